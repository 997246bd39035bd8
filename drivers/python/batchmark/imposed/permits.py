"""The number of tasks that each `asyncio.Semaphore` lets through at once."""

from __future__ import annotations

from asyncio import locks
from typing import Any
from weakref import WeakSet

from batchmark.driver.patches import Original
from batchmark.imposed.imposition import Imposition

LEAST = 2
"""A semaphore of 1 is a lock, and one of 0 a signal: those stay as they are."""


class Permits(Imposition):
    """Gives semaphores that limit tasks another number of permits.

    They are changed where they are made, also when the user's file is imported. An effect is a task
    that passes such a semaphore.
    """

    def __init__(self, permits: int) -> None:
        super().__init__()
        self._permits = permits
        self._changed: WeakSet[Any] = WeakSet()
        self._is_imposed = False

    def prepare(self) -> None:
        self._patches.wrap(locks.Semaphore, "__init__", self._make)
        # It keeps the number a second time, before it calls the other.
        self._patches.wrap(locks.BoundedSemaphore, "__init__", self._make)
        self._patches.wrap(locks.Semaphore, "acquire", self._acquire)

    def impose(self) -> None:
        self._is_imposed = True

    def end(self) -> int:
        self._is_imposed = False
        return len(self._effects)

    def close(self) -> None:
        self._patches.restore()

    def _make(self, original: Original) -> Original:
        def initialise(semaphore: Any, value: int = 1, *args: Any, **options: Any) -> None:
            if value >= LEAST and value != self._permits:
                self._changed.add(semaphore)
                value = self._permits
            original(semaphore, value, *args, **options)

        return initialise

    def _acquire(self, original: Original) -> Original:
        async def acquire(semaphore: Any) -> Any:
            if self._is_imposed and semaphore in self._changed:
                self.count_effect()
            return await original(semaphore)

        return acquire
