"""Asks for more than the items: a HEAD before each GET."""

import batchmark
import requests


@batchmark.strategy
def head_first(urls):
    bodies = []
    with requests.Session() as session:
        for url in urls:
            there = session.head(url)
            there.raise_for_status()
            bodies.append(session.get(url).content)
    return bodies


@batchmark.strategy
def item_alone(urls):
    with requests.Session() as session:
        return [session.get(url).content for url in urls]
