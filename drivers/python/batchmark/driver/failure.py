"""How a request can fail, in the protocol's terms, whichever library reports it.

Libraries wrap the exception that they met in exceptions of their own. The whole chain is examined,
and its most specific exception decides: a failed lookup is `dns`, however it is wrapped.
"""

from __future__ import annotations

import asyncio
import http.client
import socket
import ssl
from collections.abc import Iterator
from typing import Union

Sign = Union[type, str]


class Failure:
    """How a request failed: an entry of the column `error`."""

    __slots__ = ("kind", "message")

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind
        self.message = message

    @classmethod
    def from_exception(cls, error: BaseException) -> Failure:
        """Classify an exception that a client library raised."""
        return cls(kind_of(error), describe(error))

    def as_entry(self) -> dict[str, str]:
        """Return the entry of the column `error`."""
        return {"kind": self.kind, "message": self.message}


# The first row with a matching sign decides. Library exceptions are matched by name, so that no
# library has to be imported.
SIGNS: tuple[tuple[str, tuple[Sign, ...]], ...] = (
    ("dns", (socket.gaierror, "NameResolutionError", "ClientConnectorDNSError")),
    (
        "reset",
        (
            ssl.SSLEOFError,
            ssl.SSLZeroReturnError,
            "IncompleteRead",
            ConnectionResetError,
            ConnectionAbortedError,
            BrokenPipeError,
            "ServerDisconnectedError",
            "ClientPayloadError",
            "ReadError",
            "WriteError",
        ),
    ),
    ("tls", (ssl.SSLError, ssl.CertificateError, "SSLError", "ClientSSLError")),
    (
        "protocol",
        (
            http.client.HTTPException,
            "HttpProcessingError",
            "ClientResponseError",
            "RemoteProtocolError",
            "LocalProtocolError",
            "TooManyRedirects",
            "InvalidURL",
            "ContentDecodingError",
            "DecodingError",
            "DecodeError",
        ),
    ),
    ("timeout", (socket.timeout, asyncio.TimeoutError, "Timeout", "TimeoutException")),
    ("refused", (OSError, "NewConnectionError", "ConnectError", "ClientConnectorError")),
)

# h11 and httpcore raise one exception both for invalid HTTP and for a connection that ended early.
ENDED_EARLY = ("peer closed connection", "Server disconnected")


def kind_of(error: BaseException) -> str:
    """Return the protocol's kind of failure for an exception."""
    chain = list(related(error))
    if any(str(each).startswith(ENDED_EARLY) for each in chain):
        return "reset"
    for kind, signs in SIGNS:
        if any(_matches(each, sign) for each in chain for sign in signs):
            return kind
    return "protocol"


def describe(error: BaseException) -> str:
    """Return an exception's type and its own message."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def related(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and every exception that it wraps or was raised from."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop(0)
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        context = None if each.__suppress_context__ else each.__context__
        waiting += [each.__cause__, context, getattr(each, "reason", None), *each.args]


def _matches(error: BaseException, sign: Sign) -> bool:
    if isinstance(sign, str):
        return any(base.__name__ == sign for base in type(error).__mro__)
    if sign is OSError:
        # Every exception of requests is an OSError, but only the system's own have a number.
        return isinstance(error, OSError) and isinstance(error.errno, int)
    return isinstance(error, sign)
