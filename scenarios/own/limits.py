"""A semaphore of three permits, a client of three connections, and no limit."""

import asyncio

import aiohttp
import batchmark


async def fetch(session, url):
    async with session.get(url) as response:
        return await response.read()


@batchmark.strategy
async def three_permits(urls):
    permits = asyncio.Semaphore(3)

    async def fetch_with_permit(session, url):
        async with permits:
            return await fetch(session, url)

    async with aiohttp.ClientSession() as session:
        return await asyncio.gather(*[fetch_with_permit(session, url) for url in urls])


@batchmark.strategy
async def three_connections(urls):
    connector = aiohttp.TCPConnector(limit=3)
    async with aiohttp.ClientSession(connector=connector) as session:
        return await asyncio.gather(*[fetch(session, url) for url in urls])


@batchmark.strategy
async def unlimited(urls):
    async with aiohttp.ClientSession() as session:
        return await asyncio.gather(*[fetch(session, url) for url in urls])
