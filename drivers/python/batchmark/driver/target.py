"""What to fetch, from whom, and what counts as an answer: the protocol's target, read."""

from __future__ import annotations

import http.client
import ipaddress
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Optional
from urllib.parse import urlsplit

from batchmark.driver.refusal import Refusal


class Request(NamedTuple):
    """One exchange to make."""

    method: str
    url: str
    body: Optional[bytes]


class Trust(NamedTuple):
    """Whose certificates are trusted: `default`, `file`, `added` or `anyone`."""

    roots: str
    path: Optional[str]


class Target(NamedTuple):
    """All that a trial fetches from."""

    requests: list[Request]
    headers: dict[str, str]
    trust: Trust
    statuses: frozenset[int]
    min_bytes: int
    time_limit: int
    """In nanoseconds."""

    @property
    def is_secure(self) -> bool:
        """Whether any request goes over TLS."""
        return any(request.url.lower().startswith("https:") for request in self.requests)

    @property
    def has_names(self) -> bool:
        """Whether any host is given by a name, and not by its address."""
        return not all(_is_address(urlsplit(request.url).hostname) for request in self.requests)


def read(given: Mapping[str, Any]) -> Target:
    """Read a target, and refuse what no trial could use.

    A part that is missing or of another type is a `KeyError`, `TypeError` or `AttributeError`.
    """
    headers = [(str(header["name"]), str(header["value"])) for header in given.get("headers", [])]
    requests = [
        Request(str(each["method"]), str(each["url"]), _encoded(each.get("body")))
        for each in given["requests"]
    ]
    target = Target(
        requests,
        dict(headers),
        Trust(str(given["trust"]["roots"]), given["trust"].get("path")),
        frozenset(int(status) for status in given["checks"]["statuses"]),
        int(given["checks"]["min_bytes"]),
        int(given["time_limit"]),
    )
    if len({name.lower() for name, _ in headers}) < len(headers):
        raise Refusal("bad_target", "each header can be given once: one stands there twice")
    for request in requests:
        _rehearse(request, target.headers)
    _open_trust(target.trust)
    return target


def _encoded(body: Optional[str]) -> Optional[bytes]:
    return None if body is None else body.encode()


def _is_address(host: Optional[str]) -> bool:
    try:
        ipaddress.ip_address(host or "")
    except ValueError:
        return False
    return True


def _rehearse(request: Request, headers: Mapping[str, str]) -> None:
    """Write the request without sending it."""
    try:
        parts = urlsplit(request.url)
        if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
            raise ValueError("it must be like https://host/path")
        connection = http.client.HTTPConnection(parts.hostname, parts.port)
        connection.putrequest(request.method, parts.path or "/")
        for name, value in headers.items():
            connection.putheader(name, value)
    except (ValueError, UnicodeError, http.client.HTTPException) as error:
        message = f"{request.method} {request.url!r} cannot be requested: {error}"
        raise Refusal("bad_target", message) from error


def _open_trust(trust: Trust) -> None:
    if trust.roots not in ("default", "file", "added", "anyone"):
        raise Refusal("bad_target", f"no certificates are known as {trust.roots!r}")
    if trust.roots not in ("file", "added"):
        return
    path = Path(str(trust.path))
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except (OSError, ValueError) as error:
        message = f"no certificates can be read from {str(path)!r}: {error}"
        raise Refusal("bad_target", message) from error
