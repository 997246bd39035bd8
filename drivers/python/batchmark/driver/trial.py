"""A trial: one batch, with a row for each request, and what is reported of it afterwards.

While the batch runs it only reads the clock and keeps what it is given. It may be frozen at any
moment, from another thread: what is noted after that is not reported.
"""

from __future__ import annotations

from time import monotonic_ns as now
from typing import Any, Callable, NamedTuple, Optional

from batchmark.driver import failure, usage
from batchmark.driver.row import MILESTONES, Failure, Row
from batchmark.driver.target import Target

Entries = list[Any]

LATE = Failure("timeout", "the trial's time limit passed first")


class Answer(NamedTuple):
    """What came of a request whose body was read to its end."""

    status: int
    length: int


class Trial:
    """A batch of the target's first requests, with a row for each."""

    def __init__(self, target: Target, rows: list[Row], is_traced: bool) -> None:
        self.requests = target.requests[: len(rows)]
        self.rows = rows
        self.is_traced = is_traced
        self.has_expired = False
        self.cancel: Optional[Callable[[], None]] = None
        """What makes the batch end early, where it can be made to."""
        self._target = target
        self._started: Optional[int] = None
        self._finished: Optional[int] = None
        self.thread_starts: Optional[list[int]] = None
        """When the code that fetches started threads, where that is somebody else's."""
        self._before = self._after = usage.read()

    def begin(self) -> None:
        """Start the clock."""
        self._before = usage.read()
        self._started = now()

    def end(self) -> None:
        """Stop the clock."""
        self._finished = now()
        self._after = usage.read()

    def submit_all(self) -> None:
        """Note that all requests are handed over now."""
        if self.is_traced:
            moment = now()
            for row in self.rows:
                row.submitted = moment

    def conclude(self, row: Row, answer: Answer) -> None:
        """Check an answer that was read to its end."""
        row.status, row.bytes = answer
        is_expected = answer.status in self._target.statuses
        is_enough = answer.length >= self._target.min_bytes
        if self.is_traced:
            row.done = now()
        if not is_expected:
            row.trouble = failure.UNEXPECTED_STATUS
        elif not is_enough:
            row.trouble = failure.SHORT_BODY
        row.is_settled = True

    def conclude_sleep(self, row: Row) -> None:
        """Note that a request which only slept is over."""
        if self.is_traced:
            row.done = now()
        row.is_settled = True

    def fail(self, row: Row, trouble: BaseException) -> None:
        """Note that a request failed."""
        row.trouble = trouble
        row.is_settled = True

    def expire(self) -> None:
        """Freeze it: the time limit has passed, and what has not ended is late."""
        self.has_expired = True
        self.rows = [_copy(row) for row in self.rows]
        for row in self.rows:
            if not row.is_settled:
                row.trouble, row.done = LATE, None
        self._finished = now()
        self._after = usage.read()
        if self._started is None:
            self._started = self._finished

    def interrupt(self) -> None:
        """Make the batch end early, once, where it can be made to."""
        cancel, self.cancel = self.cancel, None
        if cancel is not None:
            cancel()

    def columns(self) -> dict[str, Entries]:
        """Give every column of which anything was observed."""
        started = self._started or 0
        columns: dict[str, Entries] = {
            name: [_since(started, getattr(row, name)) for row in self.rows] for name in MILESTONES
        }
        columns["connection"] = [row.connection for row in self.rows]
        columns["worker"] = _ordinals([row.worker for row in self.rows])
        columns["status"] = [row.status for row in self.rows]
        columns["bytes"] = [row.bytes for row in self.rows]
        columns["error"] = [self._error(row) for row in self.rows]
        return {
            name: entries
            for name, entries in columns.items()
            if any(entry is not None for entry in entries)
        }

    def done(self) -> dict[str, Any]:
        """Give what `done` says beside the trial's number."""
        return {
            "started": str(self._started),
            "finished": str(self._finished),
            "usage": {**usage.between(self._before, self._after), **self._thread_starts()},
        }

    def _thread_starts(self) -> dict[str, Entries]:
        if self.thread_starts is None:
            return {}
        started = self._started or 0
        return {"thread_starts": [_since(started, moment) for moment in self.thread_starts]}

    def _error(self, row: Row) -> Optional[dict[str, str]]:
        if row.trouble is None:
            return None
        return failure.explain(row, self._target.min_bytes).as_entry()


def _copy(row: Row) -> Row:
    """Copy a row that others may still write to: whether it is settled first of all."""
    copy = Row()
    copy.is_settled = row.is_settled
    for name in Row.__slots__:
        if name != "is_settled":
            setattr(copy, name, getattr(row, name))
    return copy


def _since(started: int, moment: Optional[int]) -> Optional[int]:
    return None if moment is None else moment - started


def _ordinals(workers: Entries) -> Entries:
    """Number the workers from 0 on, in the order in which they stand."""
    numbers: dict[Any, int] = {}
    return [
        None if worker is None else numbers.setdefault(worker, len(numbers)) for worker in workers
    ]
