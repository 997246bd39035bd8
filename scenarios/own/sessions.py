"""One session per request, as with `requests.get`; no session; and one session per batch."""

import asyncio
import functools
from urllib.request import urlopen

import batchmark
import httpx
import requests


@batchmark.strategy
def each_alone(urls):
    return [requests.get(url).content for url in urls]


@batchmark.strategy
def opened_each(urls):
    bodies = []
    for url in urls:
        with urlopen(url) as response:
            bodies.append(response.read())
    return bodies


@batchmark.strategy
def one_session(urls):
    with requests.Session() as session:
        return [session.get(url).content for url in urls]


@batchmark.strategy
async def clients_of_their_own(urls):
    async def fetch(url):
        async with httpx.AsyncClient() as client:
            return (await client.get(url)).content

    return await asyncio.gather(*[fetch(url) for url in urls])


@functools.cache
def context():
    """The TLS context, created before the first measured batch."""
    return httpx.create_ssl_context()


@batchmark.strategy
async def clients_with_one_context(urls):
    async def fetch(url):
        async with httpx.AsyncClient(verify=context()) as client:
            return (await client.get(url)).content

    return await asyncio.gather(*[fetch(url) for url in urls])


@batchmark.strategy
async def one_client(urls):
    async with httpx.AsyncClient() as client:
        responses = await asyncio.gather(*[client.get(url) for url in urls])
        return [response.content for response in responses]
