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

    def __init__(self) -> None:
        self.submitted: Optional[int] = None
        self.started: Optional[int] = None
        self.resolving: Optional[int] = None
        self.resolved: Optional[int] = None
        self.connecting: Optional[int] = None
        self.connected: Optional[int] = None
        self.securing: Optional[int] = None
        self.secured: Optional[int] = None
        self.writing: Optional[int] = None
        self.sent: Optional[int] = None
        self.first_byte: Optional[int] = None
        self.done: Optional[int] = None
        self.connection: Optional[int] = None
        self.worker: Optional[int] = None
        self.status: Optional[int] = None
        self.bytes: Optional[int] = None
        self.trouble: Trouble = None
        self.is_settled = False
