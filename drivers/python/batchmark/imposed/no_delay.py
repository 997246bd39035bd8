"""TCP_NODELAY on every connection, so that the kernel sends small writes at once."""

from __future__ import annotations

import socket
from typing import Any
from weakref import WeakSet

from batchmark.driver.patches import Original
from batchmark.imposed.imposition import Imposition

OPTION = (socket.IPPROTO_TCP, socket.TCP_NODELAY)


class NoDelay(Imposition):
    """Sets the option before a socket connects. Sockets on which the code sets it do not count."""

    def impose(self) -> None:
        self._changed: WeakSet[socket.socket] = WeakSet()
        self._count = 0
        self._patches.wrap(socket.socket, "connect", self._connect)
        self._patches.wrap(socket.socket, "connect_ex", self._connect)
        self._patches.wrap(socket.socket, "setsockopt", self._set_option)

    def end(self) -> int:
        self._patches.restore()
        return self._count

    def _connect(self, original: Original) -> Original:
        def connect(connecting: socket.socket, address: Any) -> Any:
            if _is_tcp(connecting) and not connecting.getsockopt(*OPTION):
                connecting.setsockopt(*OPTION, 1)
                self._changed.add(connecting)
                self._count += 1
            return original(connecting, address)

        return connect

    def _set_option(self, original: Original) -> Original:
        def setsockopt(changing: socket.socket, *args: Any) -> None:
            if args[:2] != OPTION:
                original(changing, *args)
                return
            original(changing, *OPTION, 1)
            if args[2] and changing in self._changed:
                self._changed.discard(changing)
                self._count -= 1

        return setsockopt


def _is_tcp(connecting: socket.socket) -> bool:
    is_internet = connecting.family in (socket.AF_INET, socket.AF_INET6)
    return is_internet and connecting.type == socket.SOCK_STREAM
