"""The hooks that record milestones: where the clock is read, and why that place is exact.

`CURRENT` holds the row of the request that runs in a context. A hook records a moment in that row,
calls the function that it replaces, and does nothing else. Where no request runs, it only makes the
call. If a library lacks the function that a hook expects, the hook is skipped and its milestones
stay null. Hooks are installed only for a trace, and `remove` restores every original.

A row takes each moment once, from the first exchange that gets a response. Whatever follows its
first byte, such as a redirect, is not recorded.
"""

from __future__ import annotations

import asyncio
import http.client
import itertools
import socket
import ssl
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from importlib import import_module
from time import monotonic_ns as now
from typing import Any, Callable, Optional
from weakref import WeakKeyDictionary

from batchmark.driver.patches import Hook, Original, Patches
from batchmark.driver.response_scanner import (
    STATUS_LINE,
    ResponseScanner,
    begins_interim_response,
    is_interim,
)
from batchmark.driver.row import Row

CURRENT: ContextVar[Optional[Row]] = ContextVar("batchmark_row", default=None)
"""The row of the request that runs here. Each thread and each task has its own."""

_patches = Patches()
_hooked_loops: set[type] = set()
_numbers: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
"""The numbers of connections that cannot carry an attribute."""
_next_number: Iterator[int] = itertools.count()


def install() -> None:
    """Hook what all clients share: lookups, TCP, TLS and the standard library's HTTP."""
    if _patches.are_made():
        return
    _patches.wrap(socket, "getaddrinfo", _lookup)
    _patches.wrap(socket.socket, "connect", _connect)
    _patches.wrap(ssl.SSLSocket, "do_handshake", _handshake)
    _patches.wrap(ssl.SSLObject, "do_handshake", _handshake)
    _patches.wrap(http.client.HTTPConnection, "send", _send)
    _replace_in("http.client", "HTTPResponse", "_read_status", _read_status)


def install_nothing_more() -> None:
    """Hook no library: `install` is enough for one that uses the standard library's HTTP."""


def install_aiohttp() -> None:
    """Hook aiohttp's writer and its protocol."""
    _replace_in("aiohttp.http_writer", "StreamWriter", "_write", _write_aiohttp)
    _replace_in("aiohttp.http_writer", "StreamWriter", "_writelines", _write_aiohttp)
    _replace_in("aiohttp.client_proto", "ResponseHandler", "data_received", _receive_aiohttp)


def install_httpcore() -> None:
    """Hook the network streams of httpcore, which httpx uses."""
    _replace_in("httpcore._backends.sync", "SyncStream", "write", _write_stream)
    _replace_in("httpcore._backends.sync", "SyncStream", "read", _read_stream)
    _replace_in("httpcore._backends.anyio", "AnyIOStream", "write", _write_async_stream)
    _replace_in("httpcore._backends.anyio", "AnyIOStream", "read", _read_async_stream)
    _replace_in("httpcore._sync.http2", "HTTP2Connection", "handle_request", _handle_stream)
    _replace_in(
        "httpcore._async.http2", "AsyncHTTP2Connection", "handle_async_request", _handle_stream
    )


def install_niquests() -> None:
    """Hook the HTTP/1.1 state machine of urllib3.future, which niquests uses.

    Where it has replaced urllib3, niquests imports it by that name.
    """
    package = "urllib3_future" if "urllib3_future" in sys.modules else "urllib3"
    module = f"{package}.contrib.hface.protocols.http1._h11"
    _replace_in(module, "HTTP1ProtocolHyperImpl", "bytes_to_send", _take_bytes_to_send)
    _replace_in(module, "HTTP1ProtocolHyperImpl", "bytes_received", _give_bytes)


def install_httpcore2() -> None:
    """Hook the network streams of httpcore2, which httpx2 uses."""
    _replace_in("httpcore2._backends.anyio", "AnyIOStream", "write", _write_async_stream)
    _replace_in("httpcore2._backends.anyio", "AnyIOStream", "read", _read_async_stream)
    _replace_in(
        "httpcore2._async.http2", "AsyncHTTP2Connection", "handle_async_request", _handle_stream
    )


def install_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Hook the lookups and TCP connects of a class of event loops.

    The class is hooked, not the loop: attributes of its own would slow down every method call of
    the loop.
    """
    kind = type(loop)
    if kind not in _hooked_loops:
        _hooked_loops.add(kind)
        _patches.wrap(kind, "getaddrinfo", _lookup_async)
        _patches.wrap(kind, "sock_connect", _connect_async)


def remove() -> None:
    """Restore every original."""
    _hooked_loops.clear()
    _patches.restore()


def _replace_in(module: str, owner: str, name: str, hook: Hook) -> None:
    try:
        found = getattr(import_module(module), owner)
    except (ImportError, AttributeError):
        return
    _patches.wrap(found, name, hook)


def _while_unanswered(observed: Callable[..., Any]) -> Hook:
    """Turn a function into a hook that runs only while a request waits for its first byte.

    The replacement calls `observed(original, row, *arguments)`, and otherwise only the original. It
    is made once, at installation, and looks up nothing but the row: it adds no call to those that
    a hook needs anyway.
    """
    current = CURRENT.get

    def hook(original: Original) -> Original:
        def replacement(*args: Any, **options: Any) -> Any:
            row = current()
            if row is None or row.first_byte is not None:
                return original(*args, **options)
            return observed(original, row, *args, **options)

        return replacement

    return hook


def _number(connection: Any) -> int:
    """Return a connection's number, kept with the object that represents the connection."""
    known: Optional[int] = getattr(connection, "batchmark_number", None)
    if known is not None:
        return known
    if hasattr(connection, "__dict__"):
        connection.batchmark_number = number = next(_next_number)
        return number
    number = _numbers.get(connection, -1)
    if number < 0:
        number = _numbers[connection] = next(_next_number)
    return number


def _record_write(row: Row, connection: Any) -> None:
    """Record that bytes of a request are about to be handed to a connection.

    Another connection than before means that the request starts again, as after a stale one. Over
    HTTP/2 the bytes may be those of another request.
    """
    if row.is_multiplexed:
        return
    number = _number(connection)
    moment = now()
    if row.connection != number:
        row.connection = number
        row.writing = moment
        row.scanner = None
    row.sent = moment


def _record_read(row: Row, data: bytes) -> None:
    """Record that these bytes of a response have arrived, the first of the final one maybe.

    Whoever reads from a connection of HTTP/2 gets the bytes of all its streams.
    """
    if row.is_multiplexed:
        return
    moment = now()
    if row.scanner is None:
        if len(data) >= STATUS_LINE and not begins_interim_response(data):
            row.first_byte = moment
            return
        row.scanner = ResponseScanner()
    row.first_byte = row.scanner.take(data, moment)


@_while_unanswered
def _lookup(original: Original, row: Row, *args: Any, **options: Any) -> Any:
    """`resolving` and `resolved`: around the call that looks the name up.

    Only the first lookup before the connection counts: a later one is for another name.
    """
    if row.connecting is not None or row.resolving is not None:
        return original(*args, **options)
    row.resolving = now()
    try:
        return original(*args, **options)
    finally:
        row.resolved = now()


@_while_unanswered
async def _lookup_async(original: Original, row: Row, *args: Any, **options: Any) -> Any:
    """`resolving` and `resolved`: around the loop's own lookup, with the rule of `_lookup`."""
    if row.connecting is not None or row.resolving is not None:
        return await original(*args, **options)
    row.resolving = now()
    try:
        return await original(*args, **options)
    finally:
        row.resolved = now()


@_while_unanswered
def _connect(original: Original, row: Row, self: socket.socket, address: Any) -> None:
    """`connecting` and `connected`: around the system call.

    On a non-blocking socket the call raises before the connection is open. The loop's hook then
    records the end.
    """
    if row.connecting is None:
        row.connecting = now()
    original(self, address)
    if row.connected is None:
        row.connected = now()


@_while_unanswered
async def _connect_async(original: Original, row: Row, *args: Any, **options: Any) -> Any:
    """`connecting` and `connected`: around the loop's call, which ends with an open connection."""
    if row.connecting is None:
        row.connecting = now()
    result = await original(*args, **options)
    if row.connected is None:
        row.connected = now()
    return result


@_while_unanswered
def _handshake(original: Original, row: Row, self: Any, *args: Any) -> Any:
    """`securing` and `secured`: around OpenSSL's handshake.

    Its first call writes the first byte. Over a memory buffer it is called again for every flight,
    and it returns without an exception when the handshake is over. The certificates were loaded
    before it.
    """
    if row.securing is None:
        row.securing = now()
    result = original(self, *args)
    if row.secured is None:
        row.secured = now()
    return result


@_while_unanswered
def _send(original: Original, row: Row, self: Any, data: Any) -> None:
    """`writing`, `sent` and `connection`: before the call that writes to the socket.

    `send` opens a missing connection. This hook opens it first, so that it is not counted here.
    """
    if self.sock is None and self.auto_open:
        self.connect()
    if self.sock is not None:
        _record_write(row, self.sock)
    original(self, data)


@_while_unanswered
def _read_status(original: Original, row: Row, self: Any) -> Any:
    """`first_byte`: `peek` returns after the first read that brought anything.

    The reads that follow take from the same buffer, so no read is added. The call is repeated after
    a 100. The library takes every other interim response for the final one.
    """
    moment = now() if self.fp.peek(1) else None
    version, status, reason = original(self)
    if not is_interim(status):
        row.first_byte = moment
    return version, status, reason


@_while_unanswered
def _write_aiohttp(original: Original, row: Row, self: Any, data: Any) -> None:
    """`writing`, `sent` and `connection`: before the call that writes to the transport."""
    protocol = self._protocol
    protocol.batchmark_row = row
    _record_write(row, protocol)
    original(self, data)


def _receive_aiohttp(original: Original) -> Original:
    """`first_byte`: the loop calls this with the first plaintext of the response.

    The call runs in the context in which the connection was opened, which may be another request's.
    So the row comes from the protocol, where `_write_aiohttp` left it.
    """

    def data_received(self: Any, data: bytes) -> None:
        row = getattr(self, "batchmark_row", None)
        if row is not None:
            if row.first_byte is None:
                _record_read(row, data)
            if row.first_byte is not None:
                self.batchmark_row = None
        original(self, data)

    return data_received


@_while_unanswered
def _write_stream(
    original: Original, row: Row, self: Any, buffer: bytes, timeout: Optional[float] = None
) -> None:
    """`writing`, `sent` and `connection`: before the stream's call that writes to the socket."""
    if buffer:
        _record_write(row, self)
    original(self, buffer, timeout)


@_while_unanswered
async def _write_async_stream(
    original: Original, row: Row, self: Any, buffer: bytes, timeout: Optional[float] = None
) -> None:
    """`writing`, `sent` and `connection`: as in `_write_stream`."""
    if buffer:
        _record_write(row, self)
    await original(self, buffer, timeout)


@_while_unanswered
def _read_stream(
    original: Original, row: Row, self: Any, max_bytes: int, timeout: Optional[float] = None
) -> bytes:
    """`first_byte`: after the first read that brought anything of the final response."""
    data: bytes = original(self, max_bytes, timeout)
    _record_read(row, data)
    return data


@_while_unanswered
async def _read_async_stream(
    original: Original, row: Row, self: Any, max_bytes: int, timeout: Optional[float] = None
) -> bytes:
    """`first_byte`: as in `_read_stream`."""
    data: bytes = await original(self, max_bytes, timeout)
    _record_read(row, data)
    return data


@_while_unanswered
def _handle_stream(original: Original, row: Row, self: Any, request: Any) -> Any:
    """`connection`: before a request becomes a stream of HTTP/2.

    The bytes that its task reads and writes are those of all streams, so they date none.
    """
    row.is_multiplexed = True
    row.connection = _number(self)
    return original(self, request)


@_while_unanswered
def _take_bytes_to_send(original: Original, row: Row, self: Any) -> bytes:
    """`writing`, `sent` and `connection`: the caller writes these bytes to the socket next."""
    data: bytes = original(self)
    if data:
        _record_write(row, self)
    return data


@_while_unanswered
def _give_bytes(original: Original, row: Row, self: Any, data: bytes) -> None:
    """`first_byte`: the caller has just read these bytes from the socket."""
    _record_read(row, data)
    original(self, data)
