"""A client of the user: a session in each of a few threads."""

from concurrent.futures import ThreadPoolExecutor

import batchmark
import requests


@batchmark.strategy
def get_all(urls):
    with requests.Session() as session, ThreadPoolExecutor(6) as pool:
        return list(pool.map(lambda url: session.get(url).content, urls))
