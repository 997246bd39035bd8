"""What modes share that make all requests on the main thread, without an event loop."""

from __future__ import annotations

from abc import abstractmethod
from typing import Generic

from batchmark.driver.client import Session, ThreadClient
from batchmark.driver.facts import Facts
from batchmark.driver.modes.mode import Mode
from batchmark.driver.trial import Trial


class MainThreadMode(Mode, Generic[Session]):
    """One session on the main thread; a mode adds how the requests of a batch are made over it."""

    def __init__(self, client: ThreadClient[Session]) -> None:
        self._sessions = client
        self._session: Session

    def run_cold(self, trial: Trial) -> None:
        session = self._sessions.open()
        try:
            self._fetch_all(session, trial)
        finally:
            self._sessions.close(session)

    def open(self) -> None:
        self._session = self._sessions.open()

    def run_warm(self, trial: Trial) -> None:
        self._fetch_all(self._session, trial)

    def close(self) -> None:
        self._sessions.close(self._session)

    def facts(self) -> Facts:
        session = self._sessions.open()
        try:
            return self._sessions.facts(session)
        finally:
            self._sessions.close(session)

    @abstractmethod
    def _fetch_all(self, session: Session, trial: Trial) -> None:
        """Make the requests of a batch."""
