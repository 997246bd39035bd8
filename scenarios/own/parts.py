"""GETs over one kept connection, whose head leaves the client in two sends, and in one. Nothing sets
TCP_NODELAY."""

import socket
from urllib.parse import urlsplit

import batchmark


def in_turn(urls, cut):
    place = urlsplit(urls[0])
    with socket.create_connection((place.hostname, place.port)) as link:
        with link.makefile("rb") as incoming:
            return [fetch(link, incoming, url, cut) for url in urls]


def fetch(link, incoming, url, cut):
    place = urlsplit(url)
    head = f"GET {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n"
    for part in cut(head.encode()):
        link.sendall(part)
    length = 0
    while line := incoming.readline().strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return incoming.read(length)


@batchmark.strategy
def two_sends(urls):
    return in_turn(urls, lambda head: (head[:-2], head[-2:]))


@batchmark.strategy
def one_send(urls):
    return in_turn(urls, lambda head: (head,))
