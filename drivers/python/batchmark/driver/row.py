"""What is recorded of one request while its batch runs: clock readings and numbers, no text."""

from __future__ import annotations

from typing import Optional, Union

from batchmark.driver.failure import Failure
from batchmark.driver.response_scanner import ResponseScanner

MILESTONES = (
    "submitted",
    "started",
    "resolving",
    "resolved",
    "connecting",
    "connected",
    "securing",
    "secured",
    "writing",
    "sent",
    "first_byte",
    "done",
)


class Row:
    """One request of a trial. Milestones are readings of the monotonic clock, in nanoseconds."""

    __slots__ = (
        *MILESTONES,
        "bytes",
        "connection",
        "failure",
        "is_multiplexed",
        "is_settled",
        "scanner",
        "status",
        "version",
        "worker",
    )

    submitted: Optional[int]
    started: Optional[int]
    resolving: Optional[int]
    resolved: Optional[int]
    connecting: Optional[int]
    connected: Optional[int]
    securing: Optional[int]
    secured: Optional[int]
    writing: Optional[int]
    sent: Optional[int]
    first_byte: Optional[int]
    done: Optional[int]
    connection: Optional[int]
    worker: Optional[int]
    status: Optional[int]
    bytes: Optional[int]
    version: Optional[str]
    """The response's version of HTTP, such as `2`, where the client shows it."""
    failure: Union[BaseException, Failure, None]
    scanner: Optional[ResponseScanner]
    """Reads a response that begins with an interim one or comes in small pieces."""
    is_multiplexed: bool
    """Whether the request shares its connection with others at the same time, as over HTTP/2."""
    is_settled: bool
    """Whether the request has ended, successfully or not."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Remove everything that was recorded."""
        for name in Row.__slots__:
            setattr(self, name, None)
        self.is_multiplexed = False
        self.is_settled = False


def new_rows(count: int) -> list[Row]:
    """Make `count` empty rows."""
    return [Row() for _ in range(count)]
