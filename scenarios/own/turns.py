"""Coroutines that run one after another (with or without threads), that block the event loop, that
run in groups, and that run all at once."""

import asyncio

import aiohttp
import batchmark
import requests


async def fetch(session, url):
    async with session.get(url) as response:
        return await response.read()


@batchmark.strategy
async def in_turn(urls):
    async with aiohttp.ClientSession() as session:
        return [await fetch(session, url) for url in urls]


@batchmark.strategy
async def together(urls):
    async with aiohttp.ClientSession() as session:
        return await asyncio.gather(*[fetch(session, url) for url in urls])


@batchmark.strategy
async def blocking(urls):
    session = requests.Session()

    async def fetch_at_once(url):
        return session.get(url).content

    try:
        return await asyncio.gather(*[fetch_at_once(url) for url in urls])
    finally:
        session.close()


@batchmark.strategy
async def threads_in_turn(urls):
    with requests.Session() as session:
        return [(await asyncio.to_thread(session.get, url)).content for url in urls]


@batchmark.strategy
async def by_threes(urls):
    bodies = []
    async with aiohttp.ClientSession() as session:
        for first in range(0, len(urls), 3):
            group = urls[first : first + 3]
            bodies += await asyncio.gather(*[fetch(session, url) for url in group])
    return bodies
