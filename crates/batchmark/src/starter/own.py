"""Ways of fetching a batch that `plan.toml` compares. Replace them with your own code."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from urllib.request import urlopen

import batchmark

WORKERS = 4


def fetch(url: str) -> bytes:
    """Return the body. `urlopen` raises on a bad status, as your client should."""
    with urlopen(url) as response:
        body: bytes = response.read()
    return body


# A marked function takes the URLs of a batch and returns the bodies, in order. It may be `async`.
@batchmark.strategy
def one_by_one(urls: list[str]) -> list[bytes]:
    """Fetch one URL after another."""
    return [fetch(url) for url in urls]


@batchmark.strategy
def in_threads(urls: list[str]) -> list[bytes]:
    """Fetch several URLs at once, each in a thread."""
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(fetch, urls))
