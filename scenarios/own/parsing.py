"""Functions that spend a known CPU time on each answer, and the same functions without it."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import aiohttp
import batchmark
import requests


def burn(seconds):
    """Keep this thread's CPU busy for so long, in pure Python."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def in_sequence(urls, seconds):
    bodies = []
    with requests.Session() as session:
        for url in urls:
            bodies.append(session.get(url).content)
            burn(seconds)
    return bodies


async def together(urls, seconds):
    async def fetch(session, url):
        async with session.get(url) as response:
            body = await response.read()
            burn(seconds)
            return body

    async with aiohttp.ClientSession() as session:
        return await asyncio.gather(*[fetch(session, url) for url in urls])


def by_threads(urls, seconds):
    with requests.Session() as session, ThreadPoolExecutor(len(urls)) as pool:

        def fetch(url):
            body = session.get(url).content
            burn(seconds)
            return body

        return list(pool.map(fetch, urls))


@batchmark.strategy
def parsed(urls):
    return in_sequence(urls, 0.005)


@batchmark.strategy
def plain(urls):
    return in_sequence(urls, 0)


@batchmark.strategy
async def parsed_async(urls):
    return await together(urls, 0.006)


@batchmark.strategy
async def plain_async(urls):
    return await together(urls, 0)


@batchmark.strategy
def parsed_threads(urls):
    return by_threads(urls, 0.008)


@batchmark.strategy
def plain_threads(urls):
    return by_threads(urls, 0)
