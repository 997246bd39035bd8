"""urllib of the standard library as its users know it: `urlopen`, which keeps no connection."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from typing import Optional

from batchmark.driver import facts
from batchmark.driver.client import BlockingClient
from batchmark.driver.conditions import Settings
from batchmark.driver.facts import Facts
from batchmark.driver.response_scanner import is_interim
from batchmark.driver.target import Request, Target
from batchmark.driver.trial import Answer


class Urllib(BlockingClient[Optional[ssl.SSLContext]]):
    """Calls `urllib.request.urlopen`. A session is the TLS context that its calls share, if any."""

    def __init__(self, target: Target, settings: Settings) -> None:
        self._target = target
        self._shares_context = settings.word("context") == "shared" and target.is_secure

    def open(self) -> Optional[ssl.SSLContext]:
        # From Python 3.12 on, the opener that urllib keeps has loaded the default certificates.
        urllib.request.install_opener(None)
        return self._make_context() if self._shares_context else None

    def fetch(self, session: Optional[ssl.SSLContext], request: Request) -> Answer:
        asked = urllib.request.Request(
            request.url, request.body, self._target.headers, method=request.method
        )
        context = session if session is not None else self._given_context()
        try:
            with urllib.request.urlopen(asked, context=context) as response:
                return Answer(response.status, len(response.read()))
        except urllib.error.HTTPError as error:
            # urllib raises a response whose status is no success. Nothing follows an interim one.
            if is_interim(error.code):
                raise
            with error:
                return Answer(error.code, len(error.read()))

    def close(self, session: Optional[ssl.SSLContext]) -> None:
        """Do nothing: each call has closed its connection."""

    def facts(self, _session: Optional[ssl.SSLContext]) -> Facts:
        return {
            **facts.default_store(self._target),
            **facts.http1(self._target),
            **facts.dns(self._target, facts.DNS_PER_CONNECTION),
            # http.client adds this header to a request without one.
            "compression": self._accepted_encoding(),
            "redirects": "followed",
        }

    def _accepted_encoding(self) -> str:
        headers = {name.lower(): value for name, value in self._target.headers.items()}
        return headers.get("accept-encoding", "identity")

    def _given_context(self) -> Optional[ssl.SSLContext]:
        """Make the context of one call; `None` where urllib makes its own."""
        is_given = self._target.is_secure and self._target.trust.roots in ("file", "anyone")
        return self._make_context() if is_given else None

    def _make_context(self) -> ssl.SSLContext:
        """Make a TLS context as urllib does for one connection."""
        trust = self._target.trust
        context = ssl.create_default_context(cafile=trust.path if trust.roots == "file" else None)
        if trust.roots == "anyone":
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        # As in the context that http.client makes for itself.
        context.set_alpn_protocols(["http/1.1"])
        return context
