"""What a batch does before its first request: a setting that takes 50 ms to be read, and none."""

import time

import batchmark
import requests


def settings():
    """Stand for what is read before a client can be made: a secret, a file, a service's address."""
    time.sleep(0.050)


@batchmark.strategy
def slow_to_begin(urls):
    settings()
    return quick_to_begin(urls)


@batchmark.strategy
def quick_to_begin(urls):
    with requests.Session() as session:
        return [session.get(url).content for url in urls]
