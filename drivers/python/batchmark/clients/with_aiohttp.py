"""aiohttp as its users know it: a `ClientSession` with its own defaults."""

from __future__ import annotations

import ssl
from typing import Any, Union

import aiohttp
from aiohttp.client_reqrep import ClientRequest
from yarl import URL

from batchmark.driver import facts
from batchmark.driver.client import AsyncClient
from batchmark.driver.conditions import Settings
from batchmark.driver.facts import Facts
from batchmark.driver.target import Request, Target, Trust
from batchmark.driver.trial import Answer

KEPT_IDLE = 86_400.0
"""How many seconds a warm session keeps an idle connection: by default 15, so that it may be closed
between two batches."""


def _context(trust: Trust) -> Union[ssl.SSLContext, bool, None]:
    """Return what sessions pass as `ssl`: None for the context that aiohttp shares by default.

    The context for a file is shared by all sessions too: aiohttp loads certificates once a process.
    """
    if trust.roots == "anyone":
        return False
    if trust.roots != "file":
        return None
    context = ssl.create_default_context(cafile=trust.path)
    # As in aiohttp's default context: a server may refuse a client that offers no protocol.
    context.set_alpn_protocols(["http/1.1"])
    return context


def _connector(target: Target, settings: Settings) -> dict[str, Any]:
    """Make the arguments of a connector; none where aiohttp's defaults apply."""
    arguments: dict[str, Any] = {}
    pool = settings.chosen_count("pool")
    if pool is not None:
        arguments["limit"] = pool
    if settings.is_warm():
        arguments["keepalive_timeout"] = KEPT_IDLE
    context = _context(target.trust)
    if context is not None:
        arguments["ssl"] = context
    return arguments


class Aiohttp(AsyncClient[aiohttp.ClientSession]):
    """Opens an `aiohttp.ClientSession` and fetches over it."""

    def __init__(self, target: Target, settings: Settings) -> None:
        self._target = target
        # aiohttp decodes what other clients leave encoded. All clients must send the same bytes.
        self._keeps_urls = all(str(URL(each.url)) == each.url for each in target.requests)
        self._connector = _connector(target, settings)
        self._options: dict[str, Any] = {}
        if target.headers:
            self._options["headers"] = dict(target.headers)
        trust_env = settings.chosen_switch("trust_env")
        if trust_env is not None:
            self._options["trust_env"] = trust_env

    async def open(self) -> aiohttp.ClientSession:
        if not self._connector:
            return aiohttp.ClientSession(**self._options)
        connector = aiohttp.TCPConnector(**self._connector)
        return aiohttp.ClientSession(connector=connector, **self._options)

    async def fetch(self, session: aiohttp.ClientSession, request: Request) -> Answer:
        url = request.url if self._keeps_urls else URL(request.url, encoded=True)
        async with session.request(request.method, url, data=request.body) as response:
            body = await response.read()
            return Answer(response.status, len(body))

    async def close(self, session: aiohttp.ClientSession) -> None:
        await session.close()

    def facts(self, session: aiohttp.ClientSession) -> Facts:
        known = {
            **facts.default_store(self._target),
            **facts.http1(self._target),
            **facts.dns(self._target, _dns_frequency(session)),
            "redirects": "followed",
        }
        defaults = getattr(ClientRequest, "DEFAULT_HEADERS", {})
        compression = session.headers.get("Accept-Encoding", defaults.get("Accept-Encoding"))
        if compression is not None:
            known["compression"] = str(compression)
        return known


def _dns_frequency(session: aiohttp.ClientSession) -> str:
    if getattr(session.connector, "use_dns_cache", False):
        return "kept for a while and shared by connections"
    return facts.DNS_PER_CONNECTION
