"""A trial: one batch, with a row for each request, and the columns that are reported afterwards.

While the batch runs, it only reads the clock and stores what it gets. Another thread may freeze it
at any moment; whatever is recorded after that is not reported.
"""

from __future__ import annotations

from collections import Counter
from time import monotonic_ns as now
from typing import Any, Callable, NamedTuple, Optional

from batchmark.driver import usage
from batchmark.driver.failure import Failure
from batchmark.driver.response_scanner import is_interim
from batchmark.driver.row import MILESTONES, Row
from batchmark.driver.target import Target

Entries = list[Any]

# Markers, so that no sentence is written while the clock runs.
UNEXPECTED_STATUS = Failure("status", "")
INTERIM_STATUS = Failure("interim_status", "")
SHORT_BODY = Failure("check", "")


class Answer(NamedTuple):
    """A response whose body was read to its end."""

    status: int
    length: int
    version: Optional[str] = None
    """Its version of HTTP, such as `2`; `None` from a client that does not show it."""


class Trial:
    """A batch of the target's first requests, with a row for each."""

    def __init__(self, target: Target, rows: list[Row], is_traced: bool) -> None:
        self.requests = target.requests[: len(rows)]
        self.rows = rows
        self.is_traced = is_traced
        self.has_expired = False
        self.cancel: Optional[Callable[[], None]] = None
        """Ends the batch early; `None` where nothing can."""
        self.thread_starts: Optional[list[int]] = None
        """When the user's own function started threads; `None` for a library."""
        self.profile: Optional[Callable[[int, int], dict[str, Any]]] = None
        """Makes the profile of the batch from its start and end; `None` if nothing was sampled."""
        self.collections: Optional[list[int]] = None
        """How long each garbage collection in the user's function took; `None` for a library."""
        self.imposed: dict[str, int] = {}
        """How often each condition took effect that was imposed on the user's own function."""
        self._target = target
        self._started: Optional[int] = None
        self._finished: Optional[int] = None
        self._before = self._after = usage.read_before()

    def begin(self) -> None:
        """Start the clock."""
        self._before = usage.read_before()
        self._started = now()

    def end(self) -> None:
        """Stop the clock."""
        self._finished = now()
        self._after = usage.read_after()

    def submit_all(self) -> None:
        """Record that all requests are handed over now."""
        if self.is_traced:
            moment = now()
            for row in self.rows:
                row.submitted = moment

    def record_answer(self, row: Row, answer: Answer) -> None:
        """Check a response that was read to its end, and record it."""
        row.status, row.bytes, row.version = answer
        is_expected = answer.status in self._target.statuses
        is_long_enough = answer.length >= self._target.min_bytes
        if self.is_traced:
            row.done = now()
        if not is_expected:
            row.failure = INTERIM_STATUS if is_interim(answer.status) else UNEXPECTED_STATUS
        elif not is_long_enough:
            row.failure = SHORT_BODY
        row.is_settled = True

    def record_sleep(self, row: Row) -> None:
        """Record the end of a request that only slept."""
        if self.is_traced:
            row.done = now()
        row.is_settled = True

    def record_failure(self, row: Row, error: BaseException) -> None:
        """Record that a request failed."""
        row.failure = error
        row.is_settled = True

    def expire(self) -> None:
        """Freeze the trial because its time limit has passed: unfinished requests are late."""
        self.has_expired = True
        self.rows = [_copy(row) for row in self.rows]
        late = reached_limit(self._target.time_limit)
        for row in self.rows:
            if not row.is_settled:
                row.failure, row.done = late, None
        self._finished = now()
        self._after = usage.read_after()
        if self._started is None:
            self._started = self._finished

    def interrupt(self) -> None:
        """End the batch early where that is possible. Only the first call has an effect."""
        cancel, self.cancel = self.cancel, None
        if cancel is not None:
            cancel()

    def columns(self) -> dict[str, Entries]:
        """Return every column in which something was observed."""
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
        """Return the fields of `done` except the trial's number."""
        return {
            "started": str(self._started),
            "finished": str(self._finished),
            "usage": {**usage.difference(self._before, self._after), **self._of_own_code()},
            **({"imposed": self.imposed} if self.imposed else {}),
            **self._response_versions(),
            **self._profile(),
        }

    def _response_versions(self) -> dict[str, Any]:
        versions = Counter(row.version for row in self.rows if row.version is not None)
        return {"http": dict(versions)} if versions else {}

    def _profile(self) -> dict[str, Any]:
        if self.profile is None or self._started is None or self._finished is None:
            return {}
        return {"profile": self.profile(self._started, self._finished)}

    def _of_own_code(self) -> dict[str, Any]:
        if self.thread_starts is None or self.collections is None:
            return {}
        started = self._started or 0
        return {
            "thread_starts": [_since(started, moment) for moment in self.thread_starts],
            "collecting": sum(self.collections),
        }

    def _error(self, row: Row) -> Optional[dict[str, str]]:
        failure = row.failure
        if failure is None:
            return None
        if failure is UNEXPECTED_STATUS:
            failure = Failure("status", f"the status is {row.status}")
        elif failure is INTERIM_STATUS:
            failure = interim_status(row.status)
        elif failure is SHORT_BODY:
            failure = short_body(row.bytes or 0, self._target.min_bytes)
        elif isinstance(failure, BaseException):
            failure = Failure.from_exception(failure)
        return failure.as_entry()


def interim_status(status: Optional[int]) -> Failure:
    """Return the failure of a client that took an interim response for the final one."""
    return Failure(
        "interim_status", f"the client takes the interim response {status} for the final one"
    )


def reached_limit(nanoseconds: int) -> Failure:
    """Return the failure of a request that had not ended when the time limit passed.

    The drivers of all languages write it alike: `30 s`, `1500 ms`.
    """
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    limit = f"{nanoseconds / 1e6:.15g} ms" if rest else f"{seconds} s"
    return Failure("timeout", f"the trial reached its time limit of {limit}")


def short_body(length: int, min_bytes: int) -> Failure:
    """Return the failure of a body that is shorter than the target allows."""
    return Failure("check", f"the body has {length} bytes; at least {min_bytes} are expected")


def _copy(row: Row) -> Row:
    """Copy a row that another thread may still write to. `is_settled` is read first."""
    copy = Row()
    copy.is_settled = row.is_settled
    for name in Row.__slots__:
        if name != "is_settled":
            setattr(copy, name, getattr(row, name))
    return copy


def _since(started: int, moment: Optional[int]) -> Optional[int]:
    return None if moment is None else moment - started


def _ordinals(workers: Entries) -> Entries:
    """Number the workers from 0 in order of appearance."""
    numbers: dict[Any, int] = {}
    return [
        None if worker is None else numbers.setdefault(worker, len(numbers)) for worker in workers
    ]
