"""Sleeps return at once, and only let other threads and tasks run."""

from __future__ import annotations

import asyncio
import asyncio.tasks
import time
from typing import Any

from batchmark.driver.patches import Original
from batchmark.imposed.imposition import Imposition


class SleepsSkipped(Imposition):
    """Replaces `time.sleep` and `asyncio.sleep`, which sleep as usual outside of batches.

    They are replaced before the user's file is imported, because it may import them by name.
    """

    def __init__(self) -> None:
        super().__init__()
        self._is_imposed = False

    def prepare(self) -> None:
        self._patches.wrap(time, "sleep", self._sleep)
        self._patches.wrap(asyncio.tasks, "sleep", self._sleep_async)
        self._patches.put(asyncio, "sleep", asyncio.tasks.sleep)

    def impose(self) -> None:
        self._is_imposed = True

    def end(self) -> int:
        self._is_imposed = False
        return len(self._effects)

    def close(self) -> None:
        self._patches.restore()

    def _skip(self, seconds: float) -> float:
        """Return how long to sleep."""
        if not self._is_imposed or not seconds > 0:
            return seconds
        self.count_effect()
        return 0

    def _sleep(self, original: Original) -> Original:
        def sleep(seconds: float) -> None:
            original(self._skip(seconds))

        return sleep

    def _sleep_async(self, original: Original) -> Original:
        async def sleep(delay: float, *args: Any, **options: Any) -> Any:
            return await original(self._skip(delay), *args, **options)

        return sleep
