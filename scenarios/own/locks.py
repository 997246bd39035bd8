"""Threads that hold a lock around each request, and threads that do not."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import batchmark
import requests


def by_threads(urls, lock):
    with requests.Session() as session, ThreadPoolExecutor(len(urls)) as pool:

        def fetch(url):
            with lock:
                return session.get(url).content

        return list(pool.map(fetch, urls))


@batchmark.strategy
def locked(urls):
    return by_threads(urls, threading.Lock())


@batchmark.strategy
def free(urls):
    return by_threads(urls, nullcontext())
