"""Turns a blocking client into one that opens a session for each thread."""

from __future__ import annotations

import threading
from typing import Generic, Optional

from batchmark.driver.client import BlockingClient, Session, Shared, SharingClient
from batchmark.driver.facts import Facts
from batchmark.driver.target import Request
from batchmark.driver.trial import Answer


class ThreadSessions(threading.local, Generic[Session, Shared]):
    """The session of the current thread, and what all threads share."""

    own: Optional[Session] = None

    def __init__(self, shared: Shared, opened: list[Session]) -> None:
        self.shared = shared
        self.opened = opened


class PerThread(BlockingClient[ThreadSessions[Session, Shared]], Generic[Session, Shared]):
    """Opens a session at the first request of each thread."""

    def __init__(self, client: SharingClient[Session, Shared]) -> None:
        self._client = client

    def open(self) -> ThreadSessions[Session, Shared]:
        return ThreadSessions(self._client.share(), [])

    def fetch(self, session: ThreadSessions[Session, Shared], request: Request) -> Optional[Answer]:
        own = session.own
        if own is None:
            own = self._open_own(session)
        return self._client.fetch(own, request)

    def close(self, session: ThreadSessions[Session, Shared]) -> None:
        for opened in session.opened:
            self._client.close(opened)

    def facts(self, session: ThreadSessions[Session, Shared]) -> Facts:
        return self._client.facts(self._open_own(session))

    def _open_own(self, session: ThreadSessions[Session, Shared]) -> Session:
        own = self._client.open_sharing(session.shared)
        session.own = own
        session.opened.append(own)
        return own
