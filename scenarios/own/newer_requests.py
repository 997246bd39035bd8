"""A Session on threads, with the installed version of requests."""

from concurrent.futures import ThreadPoolExecutor

import batchmark
import requests


@batchmark.strategy
def newer(urls):
    with requests.Session() as session, ThreadPoolExecutor(len(urls)) as executor:
        return list(executor.map(lambda url: session.get(url).content, urls))
