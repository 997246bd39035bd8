"""Asks for more than the items: a HEAD before each GET, or a request without credentials first."""

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


@batchmark.strategy
def asked_for_credentials(urls):
    bodies = []
    with requests.Session() as session:
        for url in urls:
            response = session.get(url)
            if response.status_code == 401:
                response = session.get(url, auth=("user", "password"))
            response.raise_for_status()
            bodies.append(response.content)
    return bodies


@batchmark.strategy
def with_credentials(urls):
    with requests.Session() as session:
        session.auth = ("user", "password")
        return [session.get(url).content for url in urls]
