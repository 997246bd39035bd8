"""niquests as its users know it: a `Session` or an `AsyncSession` with its own defaults."""

from __future__ import annotations

import shlex
import sys
import warnings
from importlib.util import find_spec
from typing import Any, Optional, TypeVar
from urllib.parse import urlsplit

import niquests

from batchmark.driver import facts, http3
from batchmark.driver.client import AsyncClient, BlockingClient
from batchmark.driver.conditions import Settings
from batchmark.driver.facts import Facts
from batchmark.driver.target import Request, Target
from batchmark.driver.trial import Answer

AnySession = TypeVar("AnySession", niquests.Session, niquests.AsyncSession)

VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""The environment variables that name another bundle for niquests, in its order."""


class Niquests(BlockingClient[niquests.Session]):
    """Opens a `niquests.Session` and fetches over it."""

    def __init__(self, target: Target, settings: Settings) -> None:
        self._options = Options(target, settings)

    def open(self) -> niquests.Session:
        return self._options.apply(niquests.Session(**self._options.arguments))

    def fetch(self, session: niquests.Session, request: Request) -> Answer:
        response = session.request(
            request.method, request.url, data=request.body, **self._options.of_request
        )
        return _answer(response)

    def close(self, session: niquests.Session) -> None:
        session.close()

    def facts(self, session: niquests.Session) -> Facts:
        return self._options.facts(session)


class AsyncNiquests(AsyncClient[niquests.AsyncSession]):
    """Opens a `niquests.AsyncSession` and fetches over it."""

    def __init__(self, target: Target, settings: Settings) -> None:
        self._options = Options(target, settings)

    async def open(self) -> niquests.AsyncSession:
        return self._options.apply(niquests.AsyncSession(**self._options.arguments))

    async def fetch(self, session: niquests.AsyncSession, request: Request) -> Answer:
        response = await session.request(
            request.method, request.url, data=request.body, **self._options.of_request
        )
        return _answer(response)

    async def close(self, session: niquests.AsyncSession) -> None:
        await session.close()

    def facts(self, session: niquests.AsyncSession) -> Facts:
        return self._options.facts(session)


def _answer(response: niquests.Response) -> Answer:
    """Return what a trial records of a response, whose version is a number such as 20."""
    version = response.http_version
    text = None if version is None else f"{version / 10:g}"
    return Answer(response.status_code or 0, len(response.content or b""), text)


def _lacking() -> Optional[str]:
    """Return what keeps niquests from HTTP/3."""
    if find_spec("qh3") is not None:
        return None
    install = f"{shlex.quote(sys.executable)} -m pip install qh3"
    return f"niquests speaks HTTP/3 with qh3, which is not installed: {install}"


class Options:
    """The options of a session of either kind; none where niquests's defaults apply."""

    def __init__(self, target: Target, settings: Settings) -> None:
        self._target = target
        self._trust_env = settings.chosen_switch("trust_env")
        self._http = settings.word("http")
        if self._http == "3":
            http3.check(target, _lacking())
        self.arguments: dict[str, Any] = self._versions()
        # A variable such as REQUESTS_CA_BUNDLE would replace what a session was given.
        self.of_request: dict[str, Any] = {}
        pool = settings.chosen_count("pool")
        if pool is not None:
            self.arguments["pool_maxsize"] = pool
        if target.headers:
            self.arguments["headers"] = dict(target.headers)
        if target.trust.roots == "file":
            self.of_request["verify"] = target.trust.path
        if target.trust.roots == "anyone":
            self.of_request["verify"] = False
            warnings.filterwarnings("ignore", message="Unverified HTTPS request")

    def _versions(self) -> dict[str, Any]:
        """Make the arguments that leave out versions of HTTP; none by default."""
        if self._http == "1.1":
            return {"disable_http2": True, "disable_http3": True}
        if self._http == "2":
            # Without TLS nothing is negotiated: HTTP/2 only.
            return {"disable_http1": not self._target.is_secure, "disable_http3": True}
        if self._http == "3":
            return {"disable_http1": True, "disable_http2": True}
        return {}

    def apply(self, session: AnySession) -> AnySession:
        """Set what no argument of a session sets."""
        if self._trust_env is not None:
            session.trust_env = self._trust_env
        if self._http == "3":
            # niquests tries HTTP/3 only with servers that it knows to speak it.
            for host, port in self._servers():
                session.quic_cache_layer[(host, port)] = (host, port)
        return session

    def _servers(self) -> set[tuple[str, int]]:
        urls = [urlsplit(request.url) for request in self._target.requests]
        return {(url.hostname or "", url.port or 443) for url in urls}

    def facts(self, session: Any) -> Facts:
        return {
            **facts.system_certificates(self._target, VARIABLES if session.trust_env else []),
            **facts.asked_http(self._target, self._http),
            **facts.dns(self._target, facts.DNS_PER_CONNECTION),
            "compression": str(session.headers.get("Accept-Encoding", "none asked for")),
            "redirects": "followed",
        }
