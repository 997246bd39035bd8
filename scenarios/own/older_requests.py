"""A Session on threads, with the version of requests in the folder OTHER_PACKAGES."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.environ["OTHER_PACKAGES"])

import batchmark
import requests


@batchmark.strategy
def older(urls):
    with requests.Session() as session, ThreadPoolExecutor(len(urls)) as executor:
        return list(executor.map(lambda url: session.get(url).content, urls))
