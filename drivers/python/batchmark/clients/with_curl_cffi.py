"""curl_cffi as its users know it: an `AsyncSession` with its own defaults, imitating no browser."""

from __future__ import annotations

import inspect
from typing import Any, Optional

from curl_cffi import Curl, CurlHttpVersion
from curl_cffi.requests import AsyncSession

from batchmark.driver import facts, http3
from batchmark.driver.client import AsyncClient
from batchmark.driver.conditions import Settings
from batchmark.driver.facts import Facts
from batchmark.driver.target import Request, Target
from batchmark.driver.trial import Answer

VERSIONS: dict[int, str] = {
    CurlHttpVersion.V1_1: "1.1",
    CurlHttpVersion.V2_0: "2",
    CurlHttpVersion.V3: "3",
}
"""The versions of HTTP by libcurl's numbers."""


class CurlCffi(AsyncClient[Any]):
    """Opens a `curl_cffi.requests.AsyncSession` and fetches over it."""

    def __init__(self, target: Target, settings: Settings) -> None:
        self._target = target
        self._options: dict[str, Any] = {}
        self._http = settings.word("http")
        if self._http == "1.1":
            self._options["http_version"] = CurlHttpVersion.V1_1
        if self._http == "2":
            # Without TLS nothing is negotiated: HTTP/2 only.
            known, asked = CurlHttpVersion.V2_PRIOR_KNOWLEDGE, CurlHttpVersion.V2TLS
            self._options["http_version"] = asked if target.is_secure else known
        if self._http == "3":
            http3.check(target, _lacking())
            self._options["http_version"] = CurlHttpVersion.V3ONLY
        pool = settings.chosen_count("pool")
        if pool is not None:
            self._options["max_clients"] = pool
        if target.headers:
            self._options["headers"] = dict(target.headers)
        if target.trust.roots == "file":
            self._options["verify"] = target.trust.path
        if target.trust.roots == "anyone":
            self._options["verify"] = False

    async def open(self) -> Any:
        return AsyncSession(**self._options)

    async def fetch(self, session: Any, request: Request) -> Answer:
        method: Any = request.method
        response = await session.request(method, request.url, data=request.body)
        version = VERSIONS.get(response.http_version)
        return Answer(response.status_code, len(response.content), version)

    async def close(self, session: Any) -> None:
        await session.close()

    def facts(self, session: Any) -> Facts:
        library, _, tls = Curl().version().decode().partition(" ")
        return {
            "version of libcurl": library.partition("/")[2],
            **facts.libcurl(self._target, self._http, tls.partition(" ")[0]),
            **facts.named_bundle(self._target, "the bundle that curl_cffi finds"),
            "compression": self._accepted_encoding(session),
            "redirects": "followed" if session.allow_redirects else "not followed",
        }

    def _accepted_encoding(self, session: Any) -> str:
        headers = {name.lower(): value for name, value in self._target.headers.items()}
        default = inspect.signature(session.request).parameters["accept_encoding"].default
        return headers.get("accept-encoding", default or "none asked for")


def _lacking() -> Optional[str]:
    """Return what keeps curl_cffi from HTTP/3."""
    version = Curl().version().decode()
    if "nghttp3" in version or "quiche" in version:
        return None
    library, _, _ = version.partition(" ")
    return f"the {library} of curl_cffi was built without HTTP/3: install a newer curl_cffi"
