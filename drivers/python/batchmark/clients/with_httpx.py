"""httpx, as its users know it: a `Client` or an `AsyncClient` with its own defaults."""

from __future__ import annotations

import ssl
from typing import Any, Union

import httpx

from batchmark.driver import facts
from batchmark.driver.conditions import Settings
from batchmark.driver.modes import Facts
from batchmark.driver.target import Request, Target
from batchmark.driver.trial import Answer

VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Where httpx is told of another bundle, in this order."""

MOST_CONNECTIONS = 100
"""How many connections httpx opens at most when it is left alone."""


class Httpx:
    """Opens clients of httpx that block, and fetches with them."""

    def __init__(self, target: Target, settings: Settings) -> None:
        self._options = Options(target, settings)

    def open(self) -> httpx.Client:
        return httpx.Client(**self._options.read())

    def fetch(self, session: httpx.Client, request: Request) -> Answer:
        response = session.request(request.method, request.url, content=request.body)
        return Answer(response.status_code, len(response.content))

    def close(self, session: httpx.Client) -> None:
        session.close()

    def facts(self, session: httpx.Client) -> Facts:
        return self._options.facts(session)


class AsyncHttpx:
    """Opens asynchronous clients of httpx, and fetches with them."""

    def __init__(self, target: Target, settings: Settings) -> None:
        self._options = Options(target, settings)

    async def open(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(**self._options.read())

    async def fetch(self, session: httpx.AsyncClient, request: Request) -> Answer:
        response = await session.request(request.method, request.url, content=request.body)
        return Answer(response.status_code, len(response.content))

    async def close(self, session: httpx.AsyncClient) -> None:
        await session.aclose()

    def facts(self, session: httpx.AsyncClient) -> Facts:
        return self._options.facts(session)


class Options:
    """What a client of either kind is told; nothing where its defaults hold."""

    def __init__(self, target: Target, settings: Settings) -> None:
        self._target = target
        self._pool = settings.chosen_count("pool")
        self._trust_env = settings.chosen_switch("trust_env")

    def read(self) -> dict[str, Any]:
        options: dict[str, Any] = {}
        if self._target.headers:
            options["headers"] = dict(self._target.headers)
        if self._trust_env is not None:
            options["trust_env"] = self._trust_env
        if self._pool is not None:
            options["limits"] = httpx.Limits(
                max_connections=max(MOST_CONNECTIONS, self._pool),
                max_keepalive_connections=self._pool,
            )
        if self._target.trust.roots == "file":
            options["verify"] = ssl.create_default_context(cafile=self._target.trust.path)
        if self._target.trust.roots == "anyone":
            options["verify"] = False
        return options

    def facts(self, session: Union[httpx.Client, httpx.AsyncClient]) -> Facts:
        return {
            **facts.of_bundle(self._target, "httpx", VARIABLES if session.trust_env else []),
            **facts.of_connections(self._target),
            **facts.of_lookups(self._target, "looked up for each connection"),
            "compression": session.headers.get("Accept-Encoding", "none asked for"),
            "redirects": "followed" if session.follow_redirects else "not followed",
        }
