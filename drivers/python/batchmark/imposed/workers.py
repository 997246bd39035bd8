"""The number of threads in each thread pool, the default executor of event loops included."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from weakref import WeakKeyDictionary

from batchmark.driver.patches import Original
from batchmark.imposed.imposition import Imposition, imported


class Workers(Imposition):
    """Gives every executor and every `multiprocessing` thread pool this many threads."""

    def __init__(self, workers: int) -> None:
        super().__init__()
        self._workers = workers
        self._own: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
        """What the executors of this batch had before."""

    def impose(self) -> None:
        self._patches.wrap(ThreadPoolExecutor, "submit", self._submit)
        pool = imported("multiprocessing.pool", "ThreadPool")
        if pool is not None:
            self._patches.wrap(pool, "__init__", self._make_pool)

    def end(self) -> int:
        effects = super().end()
        for executor, workers in list(self._own.items()):
            executor._max_workers = workers
        self._own.clear()
        return effects

    def _submit(self, original: Original) -> Original:
        def submit(executor: Any, *args: Any, **options: Any) -> Any:
            # The executor reads the limit whenever it may start a thread.
            own = getattr(executor, "_max_workers", self._workers)
            if own != self._workers:
                self._own[executor] = own
                executor._max_workers = self._workers
                self.count_effect()
            return original(executor, *args, **options)

        return submit

    def _make_pool(self, original: Original) -> Original:
        def initialise(pool: Any, processes: Any = None, *args: Any, **options: Any) -> None:
            if processes != self._workers:
                self.count_effect()
            original(pool, self._workers, *args, **options)

        return initialise
