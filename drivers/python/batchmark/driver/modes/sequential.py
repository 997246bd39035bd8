"""One request after another, on the main thread."""

from __future__ import annotations

from time import monotonic_ns as now
from typing import Generic

from batchmark.driver.client import BlockingClient, Session
from batchmark.driver.facts import Facts
from batchmark.driver.modes.fetch import fetch_blocking
from batchmark.driver.modes.mode import Mode
from batchmark.driver.trial import Trial


class Sequential(Mode, Generic[Session]):
    """One request after another."""

    def __init__(self, client: BlockingClient[Session]) -> None:
        self._client = client
        self._session: Session

    def run_cold(self, trial: Trial) -> None:
        session = self._client.open()
        try:
            self._fetch_all(session, trial)
        finally:
            self._client.close(session)

    def open(self) -> None:
        self._session = self._client.open()

    def run_warm(self, trial: Trial) -> None:
        self._fetch_all(self._session, trial)

    def close(self) -> None:
        self._client.close(self._session)

    def facts(self) -> Facts:
        session = self._client.open()
        try:
            return self._client.facts(session)
        finally:
            self._client.close(session)

    def _fetch_all(self, session: Session, trial: Trial) -> None:
        for request, row in zip(trial.requests, trial.rows):
            if trial.is_traced:
                row.submitted = now()
            fetch_blocking(self._client, session, trial, request, row)
