"""The hooks by which milestones are seen: where the clock is read, and why that place is exact.

A hook notes a moment in the row of the request that runs in its context (`CURRENT`), calls what it
wraps, and does nothing else. Where no request runs, it only passes on. A library that is built
otherwise than a hook expects goes without it, and its milestones stay null. Nothing is hooked
unless a trace is wanted, and `remove` takes every hook off again.

A row takes each moment once, of the exchange that was the first to be answered; what follows after
its first byte, such as a redirect, is not noted.
"""

from __future__ import annotations

import asyncio
import http.client
import itertools
import socket
import ssl
from collections.abc import Iterator
from contextvars import ContextVar
from importlib import import_module
from time import monotonic_ns as now
from typing import Any, Callable, Optional
from weakref import WeakKeyDictionary

from batchmark.driver.row import Row

CURRENT: ContextVar[Optional[Row]] = ContextVar("batchmark_row", default=None)
"""The row of the request that runs here. Threads and tasks each have their own."""

Wrapped = Callable[..., Any]

_taken: list[tuple[Any, str, Any]] = []
_loops: set[type] = set()
_numbers: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
"""Of connections that cannot carry their number themselves."""
_next_number: Iterator[int] = itertools.count()


def install() -> None:
    """Hook what clients of any kind share: lookups, TCP, TLS, the standard library's HTTP."""
    if _taken:
        return
    _wrap(socket, "getaddrinfo", _lookup)
    _wrap(socket.socket, "connect", _connect)
    _wrap(ssl.SSLSocket, "do_handshake", _handshake)
    _wrap(ssl.SSLObject, "do_handshake", _handshake)
    _wrap(http.client.HTTPConnection, "send", _send)
    _wrap(http.client.HTTPResponse, "begin", _begin)


def install_nothing_more() -> None:
    """Hook no library: what all share is enough for one that is built on the standard library."""


def install_aiohttp() -> None:
    """Hook aiohttp's writer and its protocol."""
    _wrap_in("aiohttp.http_writer", "StreamWriter", "_write", _write_aiohttp)
    _wrap_in("aiohttp.http_writer", "StreamWriter", "_writelines", _write_aiohttp)
    _wrap_in("aiohttp.client_proto", "ResponseHandler", "data_received", _receive_aiohttp)


def install_httpcore() -> None:
    """Hook the streams below httpx."""
    _wrap_in("httpcore._backends.sync", "SyncStream", "write", _write_stream)
    _wrap_in("httpcore._backends.sync", "SyncStream", "read", _read_stream)
    _wrap_in("httpcore._backends.anyio", "AnyIOStream", "write", _write_async_stream)
    _wrap_in("httpcore._backends.anyio", "AnyIOStream", "read", _read_async_stream)


def install_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Hook a kind of event loop: what it does for a lookup and for opening a TCP connection.

    The class is hooked and not the loop: attributes of its own would make every call of the loop's
    methods slower, whatever it is for.
    """
    kind = type(loop)
    if kind not in _loops:
        _loops.add(kind)
        _wrap(kind, "getaddrinfo", _lookup_async)
        _wrap(kind, "sock_connect", _connect_async)


def remove() -> None:
    """Take every hook off."""
    _loops.clear()
    while _taken:
        owner, name, original = _taken.pop()
        if original is None:
            delattr(owner, name)
        else:
            setattr(owner, name, original)


def _wrap(owner: Any, name: str, hook: Callable[[Wrapped], Wrapped]) -> None:
    """Replace a function by its hook. One that is inherited is covered, and not copied."""
    _taken.append((owner, name, vars(owner).get(name)))
    setattr(owner, name, hook(getattr(owner, name)))


def _wrap_in(module: str, owner: str, name: str, hook: Callable[[Wrapped], Wrapped]) -> None:
    try:
        found = getattr(import_module(module), owner)
        getattr(found, name)
    except (ImportError, AttributeError):
        return
    _wrap(found, name, hook)


def _seen() -> Optional[Row]:
    """Give the row that still waits for its first byte."""
    row = CURRENT.get()
    return None if row is None or row.first_byte is not None else row


def _unconnected() -> Optional[Row]:
    """Give the row that waits for its connection: no later lookup is of its host's name."""
    row = _seen()
    return None if row is None or row.connecting is not None else row


def _number(connection: Any) -> int:
    """Number a connection by the object that stands for it, anew for each that is opened."""
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


def _note_write(row: Row, connection: Any) -> None:
    """Note that bytes of a request are about to be handed over.

    Another connection than before means that the request begins anew, as after one that had gone
    stale.
    """
    number = _number(connection)
    moment = now()
    if row.connection != number:
        row.connection = number
        row.writing = moment
    row.sent = moment


def _lookup(original: Wrapped) -> Wrapped:
    """`resolving` and `resolved`: around the call that looks the name up."""

    def getaddrinfo(*args: Any, **options: Any) -> Any:
        row = _unconnected()
        if row is None or row.resolving is not None:
            return original(*args, **options)
        row.resolving = now()
        try:
            return original(*args, **options)
        finally:
            row.resolved = now()

    return getaddrinfo


def _lookup_async(original: Wrapped) -> Wrapped:
    """`resolving` and `resolved`: as for a thread, around the loop's own lookup."""

    async def getaddrinfo(*args: Any, **options: Any) -> Any:
        row = _unconnected()
        if row is None or row.resolving is not None:
            return await original(*args, **options)
        row.resolving = now()
        try:
            return await original(*args, **options)
        finally:
            row.resolved = now()

    return getaddrinfo


def _connect(original: Wrapped) -> Wrapped:
    """`connecting` and `connected`: around the system's call.

    Of a socket that does not block the call returns before the connection is open, by an exception;
    then the loop's hook sees its end.
    """

    def connect(self: socket.socket, address: Any) -> None:
        row = _seen()
        if row is None:
            original(self, address)
            return
        if row.connecting is None:
            row.connecting = now()
        original(self, address)
        if row.connected is None:
            row.connected = now()

    return connect


def _connect_async(original: Wrapped) -> Wrapped:
    """`connecting` and `connected`: around the loop's call, which ends with an open connection."""

    async def sock_connect(*args: Any, **options: Any) -> Any:
        row = _seen()
        if row is None:
            return await original(*args, **options)
        if row.connecting is None:
            row.connecting = now()
        result = await original(*args, **options)
        if row.connected is None:
            row.connected = now()
        return result

    return sock_connect


def _handshake(original: Wrapped) -> Wrapped:
    """`securing` and `secured`: around OpenSSL's handshake.

    Its first call writes the first byte; over a memory buffer it is called again with every flight,
    and returns without an exception when it is over. The certificates were loaded before it.
    """

    def do_handshake(self: Any, *args: Any) -> Any:
        row = _seen()
        if row is None:
            return original(self, *args)
        if row.securing is None:
            row.securing = now()
        result = original(self, *args)
        if row.secured is None:
            row.secured = now()
        return result

    return do_handshake


def _send(original: Wrapped) -> Wrapped:
    """`writing`, `sent` and `connection`: before the call that writes to the socket.

    `send` opens the connection where there is none; that comes first, so as not to be counted.
    """

    def send(self: Any, data: Any) -> None:
        row = _seen()
        if row is None:
            original(self, data)
            return
        if self.sock is None and self.auto_open:
            self.connect()
        if self.sock is not None:
            _note_write(row, self.sock)
        original(self, data)

    return send


def _begin(original: Wrapped) -> Wrapped:
    """`first_byte`: `peek` returns after the first read that brought anything.

    The reads that follow take from the same buffer, so that none is added.
    """

    def begin(self: Any) -> None:
        row = _seen()
        if row is not None and self.headers is None and self.fp.peek(1):
            row.first_byte = now()
        original(self)

    return begin


def _write_aiohttp(original: Wrapped) -> Wrapped:
    """`writing`, `sent` and `connection`: before the call that writes to the transport."""

    def write(self: Any, data: Any) -> None:
        row = _seen()
        if row is not None:
            protocol = self._protocol
            protocol.batchmark_row = row
            _note_write(row, protocol)
        original(self, data)

    return write


def _receive_aiohttp(original: Wrapped) -> Wrapped:
    """`first_byte`: the loop calls this with the first plaintext of the answer.

    It calls in the context in which the connection was opened, so that the row is the protocol's.
    """

    def data_received(self: Any, data: bytes) -> None:
        row = getattr(self, "batchmark_row", None)
        if row is not None:
            self.batchmark_row = None
            if row.first_byte is None:
                row.first_byte = now()
        original(self, data)

    return data_received


def _write_stream(original: Wrapped) -> Wrapped:
    """`writing`, `sent` and `connection`: before the stream's call that writes to the socket."""

    def write(self: Any, buffer: bytes, timeout: Optional[float] = None) -> None:
        row = _seen()
        if row is not None and buffer:
            _note_write(row, self)
        original(self, buffer, timeout)

    return write


def _write_async_stream(original: Wrapped) -> Wrapped:
    """As for a blocking stream."""

    async def write(self: Any, buffer: bytes, timeout: Optional[float] = None) -> None:
        row = _seen()
        if row is not None and buffer:
            _note_write(row, self)
        await original(self, buffer, timeout)

    return write


def _read_stream(original: Wrapped) -> Wrapped:
    """`first_byte`: after the first read that brought anything."""

    def read(self: Any, max_bytes: int, timeout: Optional[float] = None) -> bytes:
        data: bytes = original(self, max_bytes, timeout)
        row = _seen()
        if row is not None and data:
            row.first_byte = now()
        return data

    return read


def _read_async_stream(original: Wrapped) -> Wrapped:
    """As for a blocking stream."""

    async def read(self: Any, max_bytes: int, timeout: Optional[float] = None) -> bytes:
        data: bytes = await original(self, max_bytes, timeout)
        row = _seen()
        if row is not None and data:
            row.first_byte = now()
        return data

    return read
