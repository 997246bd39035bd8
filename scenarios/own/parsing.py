"""Functions that spend a known CPU time on each answer, and the same functions without it."""

import asyncio
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import aiohttp
import batchmark
import requests


def burn(seconds):
    """Keep this thread's CPU busy for so long, in pure Python."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


# Its processes begin in the first trial, which is never a counted one.
PROCESSES = ProcessPoolExecutor(2)


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


def by_threads(urls, work):
    with requests.Session() as session, ThreadPoolExecutor(len(urls)) as pool:

        def fetch(url):
            body = session.get(url).content
            work()
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
    return by_threads(urls, lambda: burn(0.008))


@batchmark.strategy
def parsed_in_processes(urls):
    return by_threads(urls, lambda: PROCESSES.submit(burn, 0.008).result())


@batchmark.strategy
def plain_threads(urls):
    return by_threads(urls, lambda: None)
