"""Pauses, limiters, blocked event loops and locks of a known length, and the same without them."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import aiohttp
import batchmark
import requests


def in_sequence(urls, pause):
    bodies = []
    with requests.Session() as session:
        for place, url in enumerate(urls):
            if place and pause:
                time.sleep(pause)
            bodies.append(session.get(url).content)
    return bodies


async def spaced(urls, gap):
    async def fetch(session, place, url):
        if gap:
            await asyncio.sleep(place * gap)
        async with session.get(url) as response:
            return await response.read()

    async with aiohttp.ClientSession() as session:
        return await asyncio.gather(*[fetch(session, *item) for item in enumerate(urls)])


async def together(urls, blocking):
    async def fetch(session, place, url):
        async with session.get(url) as response:
            body = await response.read()
        if place == 0 and blocking:
            time.sleep(blocking)
        return body

    async with aiohttp.ClientSession() as session:
        return await asyncio.gather(*[fetch(session, *item) for item in enumerate(urls)])


def behind_lock(urls, held):
    lock = threading.Lock()
    with requests.Session() as session, ThreadPoolExecutor(len(urls)) as pool:

        def fetch(url):
            if held:
                with lock:
                    time.sleep(held)
            return session.get(url).content

        return list(pool.map(fetch, urls))


@batchmark.strategy
def paused(urls):
    return in_sequence(urls, 0.010)


@batchmark.strategy
def unpaused(urls):
    return in_sequence(urls, 0)


@batchmark.strategy
async def paced(urls):
    return await spaced(urls, 0.008)


@batchmark.strategy
async def unpaced(urls):
    return await spaced(urls, 0)


@batchmark.strategy
async def blocked(urls):
    return await together(urls, 0.060)


@batchmark.strategy
async def unblocked(urls):
    return await together(urls, 0)


@batchmark.strategy
def held(urls):
    return behind_lock(urls, 0.008)


@batchmark.strategy
def not_held(urls):
    return behind_lock(urls, 0)
