"""Rows of coroutines, each with the context in which its request runs, kept from batch to batch.

A context that were made for each request would be two more objects that the garbage collector
counts for as long as the request lasts. CPython 3.11 collects after 700: a batch that stays just
below that without a trace, as 16 requests of aiohttp over kept connections do, would be collected
once more with it, in 0.3 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import Context

from batchmark.driver.observe import CURRENT
from batchmark.driver.row import Row


class KeptRows:
    """Gives rows again once their requests have been answered."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._contexts: list[Context] = []
        self._taken: list[Row] = []

    def take(self, count: int) -> list[Row]:
        """Give so many rows in which nothing is noted.

        A request that failed or did not end may still write to its row, which is let go.
        """
        if any(row.trouble is not None or not row.is_settled for row in self._taken):
            self._rows, self._contexts = [], []
        for _ in range(len(self._rows), count):
            self._add()
        self._taken = self._rows[:count]
        for row in self._taken:
            row.clear()
        return list(self._taken)

    def contexts(self) -> Sequence[Context]:
        """Give a context for each row that was taken: what runs in it is that row's request."""
        return self._contexts

    def _add(self) -> None:
        row, context = Row(), Context()
        context.run(CURRENT.set, row)
        self._rows.append(row)
        self._contexts.append(context)
