"""Coroutines that are awaited in turn, that block the loop, and that run together."""

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
