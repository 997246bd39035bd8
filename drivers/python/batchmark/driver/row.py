"""What is noted of one request while its batch runs: moments as they were read, and no text."""

from __future__ import annotations

from typing import Optional, Union

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

Trouble = Union[BaseException, "Failure", None]


class Failure:
    """How a request failed, in the protocol's terms."""

    __slots__ = ("kind", "message")

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind
        self.message = message

    def as_entry(self) -> dict[str, str]:
        """Give the entry of the column `error`."""
        return {"kind": self.kind, "message": self.message}


class Row:
    """One request of a trial. Milestones are readings of the monotonic clock, in nanoseconds."""

    __slots__ = (*MILESTONES, "bytes", "connection", "is_settled", "status", "trouble", "worker")

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
    trouble: Trouble
    is_settled: bool

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget all that was noted."""
        for name in Row.__slots__:
            setattr(self, name, None)
        self.is_settled = False


def fresh(count: int) -> list[Row]:
    """Give so many new rows."""
    return [Row() for _ in range(count)]
