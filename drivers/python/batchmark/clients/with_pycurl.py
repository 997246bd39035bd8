"""pycurl as its users know it: easy handles that one `CurlMulti` drives, with libcurl's defaults.

Milestones are the clock readings of libcurl's callbacks. libcurl's own times (`CONNECT_TIME_T` and
so on) count from a moment that it does not show, so they cannot be placed on the clock exactly.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from io import BytesIO
from time import monotonic_ns as now
from typing import Any, Optional

import pycurl

from batchmark.driver import facts, http3
from batchmark.driver.client import Ended, MultiClient
from batchmark.driver.conditions import Settings
from batchmark.driver.facts import Facts
from batchmark.driver.response_scanner import begins_interim_response
from batchmark.driver.row import Row
from batchmark.driver.target import Request, Target
from batchmark.driver.trial import Answer

SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/usr/share/ssl/certs/ca-bundle.crt",
    "/usr/local/share/certs/ca-root-nss.crt",
    "/etc/ssl/cert.pem",
)
"""Where libcurl finds its default bundle, in its order."""

DEFAULT_BUNDLE: Optional[str] = next(filter(os.path.isfile, SYSTEM_BUNDLES), None)
"""libcurl's default bundle. `TrustStore` names a copy here; `None` where there is no bundle."""

VERSIONS = {2: "1.1", 3: "2", 30: "3"}
"""The versions of HTTP by libcurl's numbers."""

HTTP3_ONLY = 31
"""libcurl's `CURL_HTTP_VERSION_3ONLY`, since 7.88."""

HTTP3_FEATURE = 1 << 25
"""libcurl's `CURL_VERSION_HTTP3`."""

LONGEST_WAIT = 1.0
"""Seconds; libcurl's own timers may end a wait earlier."""

_next_connection: Iterator[int] = itertools.count()


class Transfer:
    """A request in flight: its handle, its body, and where its milestones go."""

    __slots__ = ("body", "handle", "row")

    def __init__(self, handle: Any, row: Optional[Row]) -> None:
        self.handle = handle
        self.body = BytesIO()
        self.row = row


class MultiSession:
    """A `CurlMulti`, the handles that it can reuse, and the numbers of its connections."""

    def __init__(self, most_connections: Optional[int]) -> None:
        self.multi = pycurl.CurlMulti()
        if most_connections is not None:
            self.multi.setopt(pycurl.M_MAX_HOST_CONNECTIONS, most_connections)
        self.idle: list[Any] = []
        self.running: dict[Any, Transfer] = {}
        self.connections: dict[int, int] = {}

    def connection_of(self, handle: Any) -> Optional[int]:
        """Number the connection that carried a transfer; libcurl numbers those of one multi."""
        identity = getattr(pycurl, "CONN_ID", None)
        own = -1 if identity is None else handle.getinfo(identity)
        if own < 0:
            return None
        if own not in self.connections:
            self.connections[own] = next(_next_connection)
        return self.connections[own]


class Pycurl(MultiClient[MultiSession]):
    """Opens a `CurlMulti` and fetches over it with an easy handle for each request in flight."""

    def __init__(self, target: Target, settings: Settings) -> None:
        self._target = target
        self._pool = settings.chosen_count("pool")
        self._http = settings.word("http")
        if self._http == "3":
            http3.check(target, _lacking())
        self._headers = [f"{name}: {value}" for name, value in target.headers.items()]

    def open(self) -> MultiSession:
        return MultiSession(self._pool)

    def start(self, session: MultiSession, request: Request, row: Optional[Row]) -> Transfer:
        handle = session.idle.pop() if session.idle else pycurl.Curl()
        transfer = Transfer(handle, row)
        self._set_options(transfer, request)
        if row is not None:
            Observer(row, request).observe(handle)
        session.multi.add_handle(handle)
        session.running[handle] = transfer
        return transfer

    def wait(self, session: MultiSession) -> list[Ended]:
        multi = session.multi
        _, running = multi.perform()
        ended = _read_ended(session)
        if ended or running == 0:
            return ended
        multi.select(LONGEST_WAIT)
        multi.perform()
        return _read_ended(session)

    def close(self, session: MultiSession) -> None:
        for handle in session.running:
            session.multi.remove_handle(handle)
            handle.close()
        for handle in session.idle:
            handle.close()
        session.running.clear()
        session.idle.clear()
        session.multi.close()

    def facts(self, _session: MultiSession) -> Facts:
        _, version, _, _, _, tls, *_ = pycurl.version_info()
        headers = {name.lower(): value for name, value in self._target.headers.items()}
        return {
            "version of libcurl": version,
            **facts.libcurl(self._target, self._http, tls),
            **facts.named_bundle(self._target, "the system's bundle"),
            "compression": headers.get("accept-encoding", "none asked for"),
            "redirects": "not followed",
        }

    def _set_options(self, transfer: Transfer, request: Request) -> None:
        handle = transfer.handle
        handle.setopt(pycurl.URL, request.url)
        handle.setopt(pycurl.WRITEDATA, transfer.body)
        if request.body is not None:
            handle.setopt(pycurl.POSTFIELDS, request.body)
        if request.method != "GET":
            handle.setopt(pycurl.CUSTOMREQUEST, request.method)
        if self._headers:
            handle.setopt(pycurl.HTTPHEADER, self._headers)
        if self._http != "native":
            handle.setopt(pycurl.HTTP_VERSION, _version(self._http, request))
        trust = self._target.trust
        if trust.roots == "added":
            handle.setopt(pycurl.CAINFO, DEFAULT_BUNDLE or trust.path)
        if trust.roots == "file":
            handle.setopt(pycurl.CAINFO, trust.path)
            handle.unsetopt(pycurl.CAPATH)
        if trust.roots == "anyone":
            handle.setopt(pycurl.SSL_VERIFYPEER, 0)
            handle.setopt(pycurl.SSL_VERIFYHOST, 0)


def _lacking() -> Optional[str]:
    """Return what keeps pycurl from HTTP/3."""
    _, version, _, _, features, *_ = pycurl.version_info()
    if features & HTTP3_FEATURE:
        return None
    return (
        f"the libcurl {version} of pycurl was built without HTTP/3: "
        "build pycurl with a libcurl that has it, or use curl_cffi/async"
    )


def _version(http: str, request: Request) -> int:
    """Return libcurl's number of a version. Without TLS nothing is negotiated: HTTP/2 only."""
    if http == "1.1":
        return int(pycurl.CURL_HTTP_VERSION_1_1)
    if http == "3":
        return HTTP3_ONLY
    if request.url.lower().startswith("https:"):
        return int(pycurl.CURL_HTTP_VERSION_2TLS)
    return int(pycurl.CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE)


def _read_ended(session: MultiSession) -> list[Ended]:
    ended: list[Ended] = []
    left = 1
    while left:
        left, succeeded, failed = session.multi.info_read()
        ended += [_end(session, handle, None) for handle in succeeded]
        ended += [
            _end(session, handle, pycurl.error(code, message)) for handle, code, message in failed
        ]
    return ended


def _end(session: MultiSession, handle: Any, error: Optional[Exception]) -> Ended:
    """Free a handle whose transfer has ended."""
    transfer = session.running.pop(handle)
    if transfer.row is not None:
        transfer.row.connection = session.connection_of(handle)
    version = VERSIONS.get(handle.getinfo(pycurl.INFO_HTTP_VERSION))
    answer = Answer(handle.getinfo(pycurl.RESPONSE_CODE), transfer.body.tell(), version)
    session.multi.remove_handle(handle)
    handle.reset()
    session.idle.append(handle)
    return Ended(transfer, answer if error is None else error)


class Observer:
    """The callbacks of a trace, which record the milestones of one transfer."""

    __slots__ = ("_has_body", "_row", "_waits")

    def __init__(self, row: Row, request: Request) -> None:
        self._row = row
        self._has_body = request.body is not None
        self._waits = True

    def observe(self, handle: Any) -> None:
        """Install the callbacks that this libcurl has."""
        for name, callback in (
            ("RESOLVER_START_FUNCTION", self._resolve),
            ("SOCKOPTFUNCTION", self._connect),
            ("PREREQFUNCTION", self._write),
            ("HEADERFUNCTION", self._read_header),
        ):
            option = getattr(pycurl, name, None)
            if option is not None:
                handle.setopt(option, callback)

    def _resolve(self, *_: Any) -> int:
        """`resolving`: libcurl calls this before it starts a lookup."""
        if self._row.resolving is None:
            self._row.resolving = now()
        return 0

    def _connect(self, *_: Any) -> int:
        """`connecting`: libcurl calls this between `socket` and `connect`."""
        if self._row.connecting is None:
            self._row.connecting = now()
        return 0

    def _write(self, *_: Any) -> int:
        """`writing` and `sent`: libcurl calls this before it writes the head.

        A request without a body is written whole by the next call.
        """
        self._row.writing = now()
        self._row.sent = None if self._has_body else self._row.writing
        return 0

    def _read_header(self, line: bytes) -> None:
        """`first_byte`: libcurl calls this with a status line right after it was read."""
        if self._waits:
            moment = now()
            if line.startswith(b"HTTP/") and not begins_interim_response(line):
                self._row.first_byte = moment
                self._waits = False
