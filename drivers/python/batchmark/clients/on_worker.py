"""What a worker of a Dask cluster does for `dask/gather`: one request, with the standard library.

It is sent to workers that have no batchmark, so it must import nothing of it.
"""

from __future__ import annotations

import ssl
import time
import urllib.error
import urllib.request
from http.client import IncompleteRead
from typing import Any, NamedTuple, Optional

PIECE = 1 << 16


class Asked(NamedTuple):
    """A request, and whose certificates are trusted."""

    method: str
    url: str
    body: Optional[bytes]
    headers: dict[str, str]
    time_limit: float
    """In seconds. Nothing else ends a request on a worker: a thread cannot be interrupted."""
    certificates: Optional[str]
    """In PEM."""
    default: bool
    """Whether those that the worker trusts by default are trusted too."""
    anyone: bool


def fetch(asked: Asked) -> tuple[int, int]:
    """Make a request over a connection of its own; return its status and the body's length."""
    request = urllib.request.Request(asked.url, asked.body, asked.headers, method=asked.method)
    deadline = time.monotonic() + asked.time_limit
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
    if asked.url.lower().startswith("https:"):
        handlers.append(urllib.request.HTTPSHandler(context=_context(asked)))
    try:
        with urllib.request.build_opener(*handlers).open(
            request, None, asked.time_limit
        ) as response:
            return response.status, _length(response, deadline)
    except urllib.error.HTTPError as error:
        # urllib raises a response whose status is no success.
        with error:
            return error.code, _length(error, deadline)


def _length(response: Any, deadline: float) -> int:
    """Read a body to its end. The time limit of a socket is one of each call, not of all."""
    length = 0
    while piece := response.read1(PIECE):
        length += len(piece)
        if time.monotonic() > deadline:
            raise TimeoutError("the time limit has passed")
    if response.length:
        raise IncompleteRead(b"", response.length)
    return length


def _context(asked: Asked) -> ssl.SSLContext:
    if asked.default:
        context = ssl.create_default_context()
        if asked.certificates is not None:
            context.load_verify_locations(cadata=asked.certificates)
    else:
        context = ssl.create_default_context(cadata=asked.certificates)
    if asked.anyone:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    return context
