"""How a request can fail, in the protocol's terms, whichever library reports it.

Libraries wrap the exception that they met in exceptions of their own. The whole chain is examined,
and its most specific exception decides: a failed lookup is `dns`, however it is wrapped.
"""

from __future__ import annotations

import asyncio
import http.client
import re
import socket
import ssl
import traceback
from collections.abc import Iterator
from typing import Optional, Union

from batchmark.driver.response_scanner import is_interim

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
        kind = kind_of(error)
        return cls(kind, HTTP2_ONLY if kind == "http2_only" else describe(error))

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

# Of X509_verify_cert_error_string: why OpenSSL refuses a certificate.
CERTIFICATE_KINDS = {
    2: "certificate_untrusted",  # the issuer is missing
    9: "certificate_dates",  # not valid yet
    10: "certificate_dates",  # expired
    18: "certificate_untrusted",  # self-signed
    19: "certificate_untrusted",  # self-signed certificate in the chain
    20: "certificate_untrusted",  # the issuer is missing locally
    21: "certificate_untrusted",  # a chain of one certificate, which cannot be verified
    27: "certificate_untrusted",  # not trusted for this purpose
    62: "certificate_name",  # another host name
    64: "certificate_name",  # another address
}

# Of libcurl-errors(3): what a transfer ended with.
CURL_KINDS = {
    6: "dns",  # the host could not be resolved
    7: "refused",  # no connection could be opened
    18: "reset",  # the body ended early
    28: "timeout",
    35: "tls",  # the handshake failed
    51: "certificate_name",  # before libcurl 7.62
    52: "reset",  # nothing was received
    55: "reset",  # nothing could be sent
    56: "reset",  # nothing could be received
    60: "certificate_unfit",  # the certificate was refused: its verify code says why
}
CURL_REFUSED_CERTIFICATE = 60
CURL_VERIFY_CODE = re.compile(r"verify result: .*\((\d+)\)|verify result: .* \[(\d+)\]")

HTTP2_ONLY = "the server offers only HTTP/2, and this client speaks HTTP/1.1"

# The first frame of an HTTP/2 server: settings, or a farewell, of no stream. Libraries quote it as
# it is or escaped.
HTTP2_FRAME = re.compile(
    r"\0\0.[\4\7]\0\0{4}|\\x00\\x00(\\x..|\\.|.)\\x0[47]\\x00(\\x00){4}", re.DOTALL
)

# h11 and httpcore raise one exception both for invalid HTTP and for a connection that ended early.
ENDED_EARLY = ("peer closed connection", "Server disconnected")


def kind_of(error: BaseException) -> str:
    """Return the protocol's kind of failure for an exception."""
    chain = list(related(error))
    if any(str(each).startswith(ENDED_EARLY) for each in chain):
        return "reset"
    refusal = kind_of_refusal(error)
    if refusal is not None:
        return refusal
    of_curl = next(filter(None, map(_curl_kind, chain)), None)
    if of_curl is not None:
        return of_curl
    for kind, signs in SIGNS:
        if any(_matches(each, sign) for each in chain for sign in signs):
            return kind
    return "protocol"


def _curl_kind(error: BaseException) -> Optional[str]:
    """Return the kind of a failure that libcurl reports; `None` for another exception."""
    if type(error).__module__.startswith("pycurl"):
        code = error.args[0] if error.args else None
    elif _matches(error, "CurlError"):
        code = getattr(error, "code", None)
    else:
        return None
    if not isinstance(code, int):
        return None
    if code == CURL_REFUSED_CERTIFICATE:
        return _kind_of_certificate(str(error))
    if "no application protocol" in str(error):
        return "http2_only"
    return CURL_KINDS.get(code, "protocol")


def _kind_of_certificate(message: str) -> str:
    """Return why libcurl refused a certificate, as its message says."""
    if "subject name" in message or "no alternative certificate" in message:
        return "certificate_name"
    verify = CURL_VERIFY_CODE.search(message)
    if verify is not None:
        return CERTIFICATE_KINDS.get(int(verify[1] or verify[2]), "certificate_unfit")
    for words, kind in (
        ("local issuer", "certificate_untrusted"),
        ("self-signed", "certificate_untrusted"),
        ("expired", "certificate_dates"),
        ("not yet valid", "certificate_dates"),
    ):
        if words in message:
            return kind
    return "certificate_unfit"


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


def kind_of_refusal(error: BaseException) -> Optional[str]:
    """Return the kind of a failure that lies between this client and this server.

    Args:
        error: What a library raised, also below code of the user.

    Returns:
        The kind of a refused certificate, of a server that offers only HTTP/2, or of an interim
        response; `None` for any other failure.
    """
    return next(filter(None, map(_kind_of_one_refusal, related(error))), None)


def _kind_of_one_refusal(error: BaseException) -> Optional[str]:
    status = getattr(error, "code", None)
    if type(error).__name__ == "HTTPError" and isinstance(status, int) and is_interim(status):
        return "interim_status"
    if isinstance(error, ssl.SSLCertVerificationError):
        code = getattr(error, "verify_code", None)
        # OpenSSL gives no code to an exception of Python's own, or of a test.
        return CERTIFICATE_KINDS.get(code, "certificate_unfit") if code else None
    if type(error).__name__ == "CertificateError" and "match" in str(error):
        return "certificate_name"
    if isinstance(error, ssl.SSLError) and "no application protocol" in str(error):
        return "http2_only"
    if HTTP2_FRAME.search(str(error)) or HTTP2_FRAME.search(_unread_by_h11(error)):
        return "http2_only"
    return None


def _unread_by_h11(error: BaseException) -> str:
    """Return what h11 had received when it raised an exception, which does not quote it."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        data = getattr(frame.f_locals.get("self"), "trailing_data", None)
        if isinstance(data, tuple) and isinstance(data[0], bytes):
            return data[0].decode("latin-1")
    return ""


def _matches(error: BaseException, sign: Sign) -> bool:
    if isinstance(sign, str):
        return any(base.__name__ == sign for base in type(error).__mro__)
    if sign is OSError:
        # Every exception of requests is an OSError, but only the system's own have a number.
        return isinstance(error, OSError) and isinstance(error.errno, int)
    return isinstance(error, sign)
