"""httpx2 as its users know it: an `AsyncClient` with its own defaults."""

from __future__ import annotations

import ssl
from typing import Any

import httpx2

from batchmark.clients.httpx_limits import limits
from batchmark.driver import facts, versions
from batchmark.driver.client import AsyncClient
from batchmark.driver.conditions import Settings
from batchmark.driver.facts import Facts
from batchmark.driver.target import Request, Target
from batchmark.driver.trial import Answer


class AsyncHttpx2(AsyncClient[httpx2.AsyncClient]):
    """Opens an `httpx2.AsyncClient` and fetches over it."""

    def __init__(self, target: Target, settings: Settings) -> None:
        self._target = target
        self._limits = limits(settings)
        self._trust_env = settings.chosen_switch("trust_env")
        self._http = settings.word("http")
        if self._http == "2":
            versions.require("h2", "httpx2 speaks HTTP/2 with", "httpx2[http2]")

    async def open(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(**self._options())

    async def fetch(self, session: httpx2.AsyncClient, request: Request) -> Answer:
        response = await session.request(request.method, request.url, content=request.body)
        return Answer(response.status_code, len(response.content), response.http_version[5:])

    async def close(self, session: httpx2.AsyncClient) -> None:
        await session.aclose()

    def facts(self, session: httpx2.AsyncClient) -> Facts:
        return {
            **facts.default_store(self._target),
            **facts.asked_http(self._target, self._http),
            **facts.never_resumed(self._target),
            **facts.dns(self._target, facts.DNS_PER_CONNECTION),
            "compression": session.headers.get("Accept-Encoding", "none asked for"),
            "redirects": "followed" if session.follow_redirects else "not followed",
        }

    def _options(self) -> dict[str, Any]:
        """Make the arguments of a client; none where httpx2's defaults apply."""
        options: dict[str, Any] = {}
        if self._target.headers:
            options["headers"] = dict(self._target.headers)
        if self._trust_env is not None:
            options["trust_env"] = self._trust_env
        if self._http == "2":
            options["http2"] = True
            # Without TLS nothing is negotiated: HTTP/2 only.
            options["http1"] = self._target.is_secure
        if self._limits:
            options["limits"] = httpx2.Limits(**self._limits)
        if self._target.trust.roots == "file":
            options["verify"] = ssl.create_default_context(cafile=self._target.trust.path)
        if self._target.trust.roots == "anyone":
            options["verify"] = False
        return options
