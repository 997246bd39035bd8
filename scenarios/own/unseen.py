"""Waits of a known length after each response that block a thread, and the same without them."""

import asyncio
import signal
import time

import aiohttp
import batchmark
import requests

LENGTH = 0.008


def in_sequence(urls, wait):
    bodies = []
    with requests.Session() as session:
        for url in urls:
            bodies.append(session.get(url).content)
            wait()
    return bodies


async def together(urls, wait):
    async def fetch(session, url):
        async with session.get(url) as response:
            body = await response.read()
        wait()
        return body

    async with aiohttp.ClientSession() as session:
        return await asyncio.gather(*[fetch(session, url) for url in urls])


def nothing():
    pass


@batchmark.strategy
def waits_for_signal(urls):
    return in_sequence(urls, lambda: signal.sigtimedwait({signal.SIGUSR1}, LENGTH))


@batchmark.strategy
def waits_for_nothing(urls):
    return in_sequence(urls, nothing)


@batchmark.strategy
async def sleeps_each(urls):
    return await together(urls, lambda: time.sleep(LENGTH))


@batchmark.strategy
async def sleeps_never(urls):
    return await together(urls, nothing)
