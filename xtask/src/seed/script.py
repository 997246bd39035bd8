"""Three strategies in a script that measures by hand, without any code of batchmark.

    python3 script.py STRATEGY URL BATCH CERTIFICATE

For each line on stdin, the script fetches a batch and prints its seconds. Batchmark's times are
compared with these.

The certificate is added to the default trust before anything is timed: to a copy of the bundle that
requests reads, and to the context that aiohttp makes at its import. Where an environment variable
names another bundle, the variable is changed to a copy of that bundle.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from http import HTTPStatus
from pathlib import Path

import certifi

STRATEGY, URL, BATCH, CERTIFICATE = sys.argv[1:]
URLS = [f"{URL}{number}" for number in range(1, int(BATCH) + 1)]


FOLDER = tempfile.TemporaryDirectory()


def with_certificate(bundle: str) -> str:
    """Write a copy of a bundle with the certificate added."""
    copy = Path(FOLDER.name) / bundle.replace("/", "_")
    copy.write_bytes(Path(bundle).read_bytes() + b"\n" + Path(CERTIFICATE).read_bytes())
    return str(copy)


BUNDLE = with_certificate(certifi.where())
certifi.where = lambda: BUNDLE
for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
    if os.environ.get(variable):
        os.environ[variable] = with_certificate(os.environ[variable])

import requests  # noqa: E402


def check(status: int, body: bytes) -> bytes:
    if status != HTTPStatus.OK or len(body) <= len("{}"):
        raise ValueError(f"status {status} with {len(body)} bytes")
    return body


def fetch(session: requests.Session, url: str) -> bytes:
    response = session.get(url)
    return check(response.status_code, response.content)


def sequential() -> list[bytes]:
    with requests.Session() as session:
        return [fetch(session, url) for url in URLS]


async def on_threads() -> list[bytes]:
    loop = asyncio.get_running_loop()
    with requests.Session() as session:
        calls = [loop.run_in_executor(None, fetch, session, url) for url in URLS]
        return await asyncio.gather(*calls)


async def concurrently() -> list[bytes]:
    async def fetch_one(url: str) -> bytes:
        async with session.get(url) as response:
            return check(response.status, await response.read())

    async with aiohttp.ClientSession() as session:
        return await asyncio.gather(*[fetch_one(url) for url in URLS])


BATCHES = {
    "requests/sequential": sequential,
    "requests/threads": lambda: asyncio.run(on_threads()),
    "aiohttp/async": lambda: asyncio.run(concurrently()),
}

if STRATEGY == "aiohttp/async":
    import aiohttp
    import aiohttp.connector

    aiohttp.connector._SSL_CONTEXT_VERIFIED.load_verify_locations(CERTIFICATE)


def main() -> None:
    batch = BATCHES[STRATEGY]
    for _ in sys.stdin:
        started = time.perf_counter()
        bodies = batch()
        seconds = time.perf_counter() - started
        if len(bodies) != len(URLS):
            raise ValueError(f"{len(bodies)} bodies of {len(URLS)}")
        print(seconds, flush=True)


main()
