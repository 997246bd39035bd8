"""What can go wrong with a request, in the protocol's terms, whichever library meets it.

Libraries wrap the fault that they met into exceptions of their own. All that hang together are
looked at, and the most telling decides: a lookup that failed is `dns`, however it is wrapped.
"""

from __future__ import annotations

import asyncio
import http.client
import socket
import ssl
from collections.abc import Iterator
from typing import Union

from batchmark.driver.row import Failure, Row

UNEXPECTED_STATUS = Failure("status", "")
SHORT_BODY = Failure("check", "")

Sign = Union[type, str]

# The first row with a sign that fits decides. Library exceptions go by their names, so that no
# library need be imported.
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

# h11 and httpcore have one exception for what is no HTTP and for what ends too early.
ENDED_EARLY = ("peer closed connection", "Server disconnected")


def explain(row: Row, min_bytes: int) -> Failure:
    """Put a row's trouble into the protocol's terms."""
    trouble = row.trouble
    if trouble is UNEXPECTED_STATUS:
        return Failure("status", f"the status is {row.status}")
    if trouble is SHORT_BODY:
        message = f"the body has {row.bytes} bytes, and should have {min_bytes} at least"
        return Failure("check", message)
    if isinstance(trouble, Failure):
        return trouble
    if trouble is None:
        return Failure("protocol", "nothing is known of it")
    return Failure(kind_of(trouble), in_words(trouble))


def kind_of(error: BaseException) -> str:
    """Give the kind of failure that an exception stands for."""
    chain = list(related(error))
    if any(str(each).startswith(ENDED_EARLY) for each in chain):
        return "reset"
    for kind, signs in SIGNS:
        if any(_fits(each, sign) for each in chain for sign in signs):
            return kind
    return "protocol"


def in_words(error: BaseException) -> str:
    """Say what happened in the client's words."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def related(error: BaseException) -> Iterator[BaseException]:
    """Give an exception and all that it was made of."""
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


def _fits(error: BaseException, sign: Sign) -> bool:
    if isinstance(sign, str):
        return any(base.__name__ == sign for base in type(error).__mro__)
    if sign is OSError:
        # The exceptions of requests are all of them an OSError, without the system's number.
        return isinstance(error, OSError) and isinstance(error.errno, int)
    return isinstance(error, sign)
