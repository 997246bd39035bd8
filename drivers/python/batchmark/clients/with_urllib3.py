"""urllib3 as its users know it: a `PoolManager` with its own defaults."""

from __future__ import annotations

import http.client
import ssl
from typing import Any

import urllib3
from urllib3.util.ssl_ import create_urllib3_context

from batchmark.driver import facts
from batchmark.driver.client import BlockingClient
from batchmark.driver.conditions import Settings
from batchmark.driver.facts import Facts
from batchmark.driver.target import Request, Target
from batchmark.driver.trial import Answer


class Urllib3(BlockingClient[urllib3.PoolManager]):
    """Opens a `urllib3.PoolManager` and fetches over it."""

    def __init__(self, target: Target, settings: Settings) -> None:
        self._target = target
        self._shares_context = settings.word("context") == "shared" and target.is_secure
        self._options: dict[str, Any] = {}
        pool = settings.chosen_count("pool")
        if pool is not None:
            self._options["maxsize"] = pool
        if target.headers:
            self._options["headers"] = dict(target.headers)
        if target.trust.roots == "file" and not self._shares_context:
            self._options["ca_certs"] = target.trust.path
        if target.trust.roots == "anyone":
            self._options["cert_reqs"] = "CERT_NONE"
            urllib3.disable_warnings()

    def open(self) -> urllib3.PoolManager:
        if self._shares_context:
            return urllib3.PoolManager(ssl_context=self._context(), **self._options)
        return urllib3.PoolManager(**self._options)

    def fetch(self, session: urllib3.PoolManager, request: Request) -> Answer:
        response = session.request(request.method, request.url, body=request.body)
        body = response.data
        # Before version 2, urllib3 returned a truncated body without an error.
        missing = getattr(response, "length_remaining", None)
        if missing:
            raise http.client.IncompleteRead(body, missing)
        return Answer(response.status, len(body))

    def close(self, session: urllib3.PoolManager) -> None:
        session.clear()

    def facts(self, session: urllib3.PoolManager) -> Facts:
        headers = {name.lower(): value for name, value in session.headers.items()}
        return {
            **facts.default_store(self._target),
            **facts.urllib3(self._target),
            # http.client adds this header to a request without one.
            "compression": str(headers.get("accept-encoding", "identity")),
            "redirects": "followed",
        }

    def _context(self) -> ssl.SSLContext:
        """Make a TLS context as urllib3 does for one connection."""
        if self._target.trust.roots == "anyone":
            return create_urllib3_context(cert_reqs=ssl.CERT_NONE)
        context = create_urllib3_context()
        if self._target.trust.roots == "file":
            context.load_verify_locations(cafile=self._target.trust.path)
        else:
            context.load_default_certs()
        return context
