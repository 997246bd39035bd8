"""uvloop in place of asyncio's own event loop."""

from __future__ import annotations

import asyncio
import asyncio.events
from importlib import import_module
from typing import Any

from batchmark.driver.patches import Original
from batchmark.imposed.imposition import Imposition


class UvloopOn(Imposition):
    """Makes uvloop's loops where the code asks asyncio for a new one, as `asyncio.run` does."""

    def prepare(self) -> None:
        # Its import is no part of a batch.
        self._make: Original = import_module("uvloop").new_event_loop

    def impose(self) -> None:
        self._patches.put(asyncio.events, "new_event_loop", self._new_event_loop)
        self._patches.put(asyncio, "new_event_loop", self._new_event_loop)

    def _new_event_loop(self) -> Any:
        self.count_effect()
        return self._make()
