"""Each name is looked up once per batch, by whichever thread asks first."""

from __future__ import annotations

import socket
from threading import Lock
from typing import Any

from batchmark.driver.patches import Original
from batchmark.imposed.imposition import Imposition


class CachedLookups(Imposition):
    """Remembers what `socket.getaddrinfo` returned. Lookups that failed are made again."""

    def impose(self) -> None:
        self._found: dict[Any, list[Any]] = {}
        self._locks: dict[Any, Lock] = {}
        self._patches.wrap(socket, "getaddrinfo", self._look_up)

    def _look_up(self, original: Original) -> Original:
        def getaddrinfo(*args: Any, **options: Any) -> list[Any]:
            asked = (args, tuple(sorted(options.items())))
            with self._locks.setdefault(asked, Lock()):
                if asked in self._found:
                    self.count_effect()
                else:
                    self._found[asked] = original(*args, **options)
            return list(self._found[asked])

        return getaddrinfo
