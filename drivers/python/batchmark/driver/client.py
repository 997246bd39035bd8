"""The interface of a client library: open a session, fetch over it, close it, report its facts.

A client knows no mode, and a mode knows no library.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from typing import Generic, NamedTuple, Optional, TypeVar, Union

from batchmark.driver.facts import Facts
from batchmark.driver.row import Row
from batchmark.driver.target import Request
from batchmark.driver.trial import Answer

Session = TypeVar("Session")
Shared = TypeVar("Shared")


class ThreadClient(ABC, Generic[Session]):
    """A client whose methods run on the thread that calls them."""

    @abstractmethod
    def open(self) -> Session:
        """Open a session."""

    @abstractmethod
    def close(self, session: Session) -> None:
        """Close a session with all its connections, and abandon requests that have not ended."""

    @abstractmethod
    def facts(self, session: Session) -> Facts:
        """Read the facts of an open session."""


class BlockingClient(ThreadClient[Session]):
    """A client that blocks its thread until a request is done; threads may share its sessions."""

    @abstractmethod
    def fetch(self, session: Session, request: Request) -> Optional[Answer]:
        """Make one request and read the response to its end.

        Args:
            session: A session that `open` returned.
            request: The request to make.

        Returns:
            The status and the length of the body; `None` from a client that only sleeps.

        Raises:
            Exception: Whatever the library raises. The mode records it as the request's failure.
        """


class SharingClient(BlockingClient[Session], Generic[Session, Shared]):
    """A blocking client whose sessions, one for each thread, have something in common."""

    @abstractmethod
    def share(self) -> Shared:
        """Make what the sessions of a batch have in common."""

    @abstractmethod
    def open_sharing(self, shared: Shared) -> Session:
        """Open one session that uses what `share` made."""


class AsyncClient(ABC, Generic[Session]):
    """A client whose requests are coroutines. The methods mean the same as in `BlockingClient`."""

    @abstractmethod
    async def open(self) -> Session:
        """Open a session."""

    @abstractmethod
    async def fetch(self, session: Session, request: Request) -> Optional[Answer]:
        """Make one request and read the response to its end."""

    @abstractmethod
    async def close(self, session: Session) -> None:
        """Close a session with all its connections."""

    @abstractmethod
    def facts(self, session: Session) -> Facts:
        """Read the facts of an open session."""


class Ended(NamedTuple):
    """A request of a `MultiClient` that has ended."""

    request: Hashable
    """What `start` returned for it."""
    outcome: Union[Answer, Exception, None]
    """The response, or how the request failed; `None` from a client that only sleeps."""


class MultiClient(ThreadClient[Session]):
    """A client that drives many requests on the calling thread and says which have ended."""

    @abstractmethod
    def start(self, session: Session, request: Request, row: Optional[Row]) -> Hashable:
        """Start a request.

        Args:
            session: A session that `open` returned.
            request: The request to make.
            row: Where to record its milestones; `None` without a trace.

        Returns:
            What `wait` names the request by.
        """

    @abstractmethod
    def wait(self, session: Session) -> Sequence[Ended]:
        """Drive the started requests until something happens; return those that have ended."""
