"""One connection per request, and one connection per batch, with the same TLS context."""

import http.client
import ssl
from urllib.parse import urlsplit

import batchmark

CONTEXT = ssl.create_default_context()


def connect(url):
    return http.client.HTTPSConnection(urlsplit(url).netloc, context=CONTEXT)


def get(connection, url):
    connection.request("GET", urlsplit(url).path)
    return connection.getresponse().read()


@batchmark.strategy
def fresh(urls):
    bodies = []
    for url in urls:
        connection = connect(url)
        bodies.append(get(connection, url))
        connection.close()
    return bodies


@batchmark.strategy
def kept(urls):
    connection = connect(urls[0])
    try:
        return [get(connection, url) for url in urls]
    finally:
        connection.close()
