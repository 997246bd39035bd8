"""Retries after the time that the server asks for."""

import time

import batchmark
import requests


@batchmark.strategy
def patient(urls):
    with requests.Session() as session:
        return [fetch(session, url) for url in urls]


def fetch(session, url):
    response = session.get(url)
    while response.status_code == requests.codes.too_many_requests:
        time.sleep(float(response.headers["Retry-After"]))
        response = session.get(url)
    return response.content
