"""httpx as its users know it: a `Client` or an `AsyncClient` with its own defaults."""

from __future__ import annotations

import ssl
from typing import Any, Union

import httpx

from batchmark.clients.httpx_limits import limits
from batchmark.driver import facts, versions
from batchmark.driver.client import AsyncClient, BlockingClient
from batchmark.driver.conditions import Settings
from batchmark.driver.facts import Facts
from batchmark.driver.target import Request, Target
from batchmark.driver.trial import Answer

VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""The environment variables that name another bundle for httpx, in its order."""


class Httpx(BlockingClient[httpx.Client]):
    """Opens an `httpx.Client` and fetches over it."""

    def __init__(self, target: Target, settings: Settings) -> None:
        self._options = Options(target, settings)

    def open(self) -> httpx.Client:
        return httpx.Client(**self._options.arguments())

    def fetch(self, session: httpx.Client, request: Request) -> Answer:
        response = session.request(request.method, request.url, content=request.body)
        return Answer(response.status_code, len(response.content), response.http_version[5:])

    def close(self, session: httpx.Client) -> None:
        session.close()

    def facts(self, session: httpx.Client) -> Facts:
        return self._options.facts(session)


class AsyncHttpx(AsyncClient[httpx.AsyncClient]):
    """Opens an `httpx.AsyncClient` and fetches over it."""

    def __init__(self, target: Target, settings: Settings) -> None:
        self._options = Options(target, settings)

    async def open(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(**self._options.arguments())

    async def fetch(self, session: httpx.AsyncClient, request: Request) -> Answer:
        response = await session.request(request.method, request.url, content=request.body)
        return Answer(response.status_code, len(response.content), response.http_version[5:])

    async def close(self, session: httpx.AsyncClient) -> None:
        await session.aclose()

    def facts(self, session: httpx.AsyncClient) -> Facts:
        return self._options.facts(session)


class Options:
    """The arguments of a client of either kind; none where httpx's defaults apply."""

    def __init__(self, target: Target, settings: Settings) -> None:
        self._target = target
        self._limits = limits(settings)
        self._trust_env = settings.chosen_switch("trust_env")
        self._http = settings.word("http")
        if self._http == "2":
            versions.require("h2", "httpx speaks HTTP/2 with", "httpx[http2]")

    def arguments(self) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        if self._target.headers:
            arguments["headers"] = dict(self._target.headers)
        if self._trust_env is not None:
            arguments["trust_env"] = self._trust_env
        if self._http == "2":
            arguments["http2"] = True
            # Without TLS nothing is negotiated: HTTP/2 only.
            arguments["http1"] = self._target.is_secure
        if self._limits:
            arguments["limits"] = httpx.Limits(**self._limits)
        if self._target.trust.roots == "file":
            arguments["verify"] = ssl.create_default_context(cafile=self._target.trust.path)
        if self._target.trust.roots == "anyone":
            arguments["verify"] = False
        return arguments

    def facts(self, session: Union[httpx.Client, httpx.AsyncClient]) -> Facts:
        return {
            **facts.ca_bundle(self._target, "httpx", VARIABLES if session.trust_env else []),
            **facts.asked_http(self._target, self._http),
            **facts.never_resumed(self._target),
            **facts.dns(self._target, facts.DNS_PER_CONNECTION),
            "compression": session.headers.get("Accept-Encoding", "none asked for"),
            "redirects": "followed" if session.follow_redirects else "not followed",
        }
