"""requests as its users know it: a `Session` with its own defaults.

Options are set only where a condition or the target asks for them.
"""

from __future__ import annotations

import http.client
import ssl
from typing import Any, Optional

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.util.ssl_ import create_urllib3_context

from batchmark.clients.per_thread import PerThread
from batchmark.driver import facts
from batchmark.driver.client import SharingClient
from batchmark.driver.conditions import Settings
from batchmark.driver.facts import Facts
from batchmark.driver.target import Request, Target
from batchmark.driver.trial import Answer

VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""The environment variables that name another bundle for requests, in its order."""


class Requests(SharingClient[requests.Session, Optional[ssl.SSLContext]]):
    """Opens a `requests.Session` and fetches over it."""

    def __init__(self, target: Target, settings: Settings) -> None:
        self._target = target
        self._pool = settings.chosen_count("pool")
        self._trust_env = settings.chosen_switch("trust_env")
        self._context = SharedContext(target) if _shares_context(target, settings) else None
        self._options = _verification(target)
        if target.trust.roots == "anyone":
            urllib3.disable_warnings()

    def open(self) -> requests.Session:
        return self.open_sharing(self.share())

    def share(self) -> Optional[ssl.SSLContext]:
        """Make the TLS context that the sessions of a batch share, if they share one."""
        return None if self._context is None else self._context.load()

    def open_sharing(self, context: Optional[ssl.SSLContext]) -> requests.Session:
        """Open one of several sessions, with their shared TLS context if there is one."""
        session = requests.Session()
        session.headers.update(self._target.headers)
        if self._trust_env is not None:
            session.trust_env = self._trust_env
        pool: dict[str, Any] = {} if self._pool is None else {"pool_maxsize": self._pool}
        if context is not None:
            session.mount("https://", SharingAdapter(context, **pool))
        elif pool:
            session.mount("https://", HTTPAdapter(**pool))
        if pool:
            session.mount("http://", HTTPAdapter(**pool))
        return session

    def fetch(self, session: requests.Session, request: Request) -> Answer:
        response = session.request(request.method, request.url, data=request.body, **self._options)
        body = response.content
        # Before urllib3 2, requests returned a truncated body without an error.
        missing = getattr(response.raw, "length_remaining", None)
        if missing:
            raise http.client.IncompleteRead(body, missing)
        return Answer(response.status_code, len(body))

    def close(self, session: requests.Session) -> None:
        session.close()

    def facts(self, session: requests.Session) -> Facts:
        return {
            **facts.ca_bundle(self._target, "requests", VARIABLES if session.trust_env else []),
            **facts.urllib3(self._target),
            "compression": str(session.headers.get("Accept-Encoding", "none asked for")),
            "redirects": "followed",
        }


class SharedContext:
    """Makes a TLS context that all connections of a session share."""

    def __init__(self, target: Target) -> None:
        self._trust = target.trust

    def load(self) -> ssl.SSLContext:
        """Make the context as requests does for one connection: load its usual bundle once."""
        if self._trust.roots == "anyone":
            return create_urllib3_context(cert_reqs=ssl.CERT_NONE)
        context = create_urllib3_context()
        path = (
            self._trust.path
            if self._trust.roots == "file"
            else requests.utils.DEFAULT_CA_BUNDLE_PATH
        )
        context.load_verify_locations(cafile=path)
        return context


def requests_per_thread(
    target: Target, settings: Settings
) -> PerThread[requests.Session, Optional[ssl.SSLContext]]:
    """Open a session for each thread, in place of one that all threads share."""
    return PerThread(Requests(target, settings))


class SharingAdapter(HTTPAdapter):
    """Gives every connection the same context and loads nothing into it."""

    def __init__(self, context: ssl.SSLContext, **pool: Any) -> None:
        self._context = context
        super().__init__(**pool)

    def init_poolmanager(self, *args: Any, **options: Any) -> Any:
        return super().init_poolmanager(*args, ssl_context=self._context, **options)

    def build_connection_pool_key_attributes(
        self, request: Any, verify: Any, cert: Any = None
    ) -> Any:
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        pool.pop("ca_certs", None)
        pool["ssl_context"] = self._context
        return host, pool

    def cert_verify(self, conn: Any, _url: Any, _verify: Any, _cert: Any) -> None:
        conn.cert_reqs = self._context.verify_mode


def _shares_context(target: Target, settings: Settings) -> bool:
    return settings.word("context") == "shared" and target.is_secure


def _verification(target: Target) -> dict[str, Any]:
    """Return the `verify` argument of each request; none where the default applies."""
    verify: dict[str, Optional[object]] = {"file": target.trust.path, "anyone": False}
    return {"verify": verify[target.trust.roots]} if target.trust.roots in verify else {}
