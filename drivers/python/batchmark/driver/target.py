"""The protocol's target: what to fetch, whom to trust, and what counts as success."""

from __future__ import annotations

import http.client
import ipaddress
import ssl
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Optional
from urllib.parse import unquote_to_bytes, urlsplit

from batchmark.driver.refusal import Refusal


class Request(NamedTuple):
    """One request to make."""

    method: str
    url: str
    body: Optional[bytes]


class Trust(NamedTuple):
    """Whose certificates are trusted."""

    roots: str
    """`default`, `file`, `added` or `anyone`."""
    path: Optional[str]


class Target(NamedTuple):
    """What the trials fetch, and how their answers are checked."""

    requests: list[Request]
    headers: dict[str, str]
    trust: Trust
    statuses: frozenset[int]
    min_bytes: int
    time_limit: int
    """In nanoseconds."""
    userinfo: Optional[str] = None
    """The user name and password that the URLs were given with, percent-encoded. The URLs lack
    them, and `headers` holds them."""

    @property
    def is_secure(self) -> bool:
        """Whether any request uses TLS."""
        return any(request.url.lower().startswith("https:") for request in self.requests)

    def url_with_userinfo(self, request: Request) -> str:
        """Return the URL with the user name and password, for code that gets only URLs."""
        if self.userinfo is None:
            return request.url
        return request.url.replace("://", f"://{self.userinfo}@", 1)

    @property
    def headers_beside_userinfo(self) -> dict[str, str]:
        """The headers that code must be given even if its URLs contain the user name."""
        user, _, password = (self.userinfo or "").partition(":")
        pair = b":".join([unquote_to_bytes(user), unquote_to_bytes(password)])
        made = ("authorization", f"Basic {b64encode(pair).decode()}")
        return {
            name: value
            for name, value in self.headers.items()
            if self.userinfo is None or (name.lower(), value) != made
        }

    @property
    def plain_url(self) -> Optional[str]:
        """A URL without TLS, if there is one."""
        urls = (request.url for request in self.requests)
        return next((url for url in urls if not url.lower().startswith("https:")), None)

    @property
    def has_names(self) -> bool:
        """Whether any URL has a host name instead of an address."""
        return not all(_is_address(urlsplit(request.url).hostname) for request in self.requests)


def read(given: Mapping[str, Any]) -> Target:
    """Read a target, and try everything that could fail in a trial.

    Args:
        given: The `target` of a `prepare` command.

    Returns:
        The target.

    Raises:
        Refusal: A URL, a header or a certificate file cannot be used.
        KeyError: A field is missing.
        AttributeError: A field has the wrong type.
        TypeError: A field has the wrong type.
        ValueError: A number is not one.
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
        given.get("userinfo"),
    )
    if len({name.lower() for name, _ in headers}) < len(headers):
        raise Refusal("bad_target", "give each header once: one name occurs twice")
    for request in requests:
        _check_request(request, target.headers)
    _check_trust(target.trust)
    return target


def _encoded(body: Optional[str]) -> Optional[bytes]:
    return None if body is None else body.encode()


def _is_address(host: Optional[str]) -> bool:
    try:
        ipaddress.ip_address(host or "")
    except ValueError:
        return False
    return True


def _check_request(request: Request, headers: Mapping[str, str]) -> None:
    """Build the request without sending it."""
    try:
        parts = urlsplit(request.url)
        if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
            raise ValueError("a URL looks like https://host/path")
        connection = http.client.HTTPConnection(parts.hostname, parts.port)
        connection.putrequest(request.method, parts.path or "/")
        for name, value in headers.items():
            connection.putheader(name, value)
    except (ValueError, UnicodeError, http.client.HTTPException) as error:
        message = f"{request.method} {request.url!r} cannot be requested: {error}"
        raise Refusal("bad_target", message) from error


def _check_trust(trust: Trust) -> None:
    if trust.roots not in ("default", "file", "added", "anyone"):
        raise Refusal("bad_target", f"unknown trust roots {trust.roots!r}")
    if trust.roots not in ("file", "added"):
        return
    path = Path(str(trust.path))
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except (OSError, ValueError) as error:
        message = f"cannot read certificates from {str(path)!r}: {error}"
        raise Refusal("bad_target", message) from error
