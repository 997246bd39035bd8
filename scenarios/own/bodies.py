"""A function that leaves bodies unread, and one that reads them."""

import asyncio

import aiohttp
import batchmark


async def gathered(urls, of_response):
    async def fetch(session, url):
        async with session.get(url) as response:
            return await of_response(response)

    async with aiohttp.ClientSession() as session:
        return await asyncio.gather(*[fetch(session, url) for url in urls])


@batchmark.strategy
async def unread(urls):
    async def content_type(response):
        return response.headers["Content-Type"]

    return await gathered(urls, content_type)


@batchmark.strategy
async def read(urls):
    return await gathered(urls, aiohttp.ClientResponse.read)
