"""One session per request, as with `requests.get`; no session; and one session per batch."""

import asyncio
import functools
import ssl
from concurrent.futures import ThreadPoolExecutor
from urllib.request import urlopen

import batchmark
import httpx
import requests
import urllib3


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
def clients_in_turn(urls):
    return [httpx.get(url).content for url in urls]


@batchmark.strategy
def one_client_in_turn(urls):
    with httpx.Client() as client:
        return [client.get(url).content for url in urls]


def pool():
    return urllib3.PoolManager(ssl_context=ssl.create_default_context())


def fetch_with_pool_of_its_own(url):
    with pool() as own:
        return own.request("GET", url).data


@batchmark.strategy
def pools_in_turn(urls):
    return [fetch_with_pool_of_its_own(url) for url in urls]


@batchmark.strategy
def one_pool_in_turn(urls):
    with pool() as shared:
        return [shared.request("GET", url).data for url in urls]


@batchmark.strategy
def pools_in_threads(urls):
    with ThreadPoolExecutor(4) as threads:
        return list(threads.map(fetch_with_pool_of_its_own, urls))


@batchmark.strategy
def one_pool_in_threads(urls):
    with pool() as shared, ThreadPoolExecutor(4) as threads:
        return list(threads.map(lambda url: shared.request("GET", url).data, urls))


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
async def clients_with_one_context_a_batch(urls):
    shared = httpx.create_ssl_context()

    async def fetch(url):
        async with httpx.AsyncClient(verify=shared) as client:
            return (await client.get(url)).content

    return await asyncio.gather(*[fetch(url) for url in urls])


@batchmark.strategy
async def one_client(urls):
    async with httpx.AsyncClient() as client:
        responses = await asyncio.gather(*[client.get(url) for url in urls])
        return [response.content for response in responses]
