"""A function that spends 50 ms before its first request, and one that does not."""

import time

import batchmark
import requests


def settings():
    """Simulate what is read before a client can be created: a secret, a file, an address."""
    time.sleep(0.050)


@batchmark.strategy
def slow_to_begin(urls):
    settings()
    return quick_to_begin(urls)


@batchmark.strategy
def quick_to_begin(urls):
    with requests.Session() as session:
        return [session.get(url).content for url in urls]
