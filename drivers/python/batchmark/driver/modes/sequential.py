"""One request after another, on the main thread."""

from __future__ import annotations

from time import monotonic_ns as now

from batchmark.driver.client import BlockingClient, Session
from batchmark.driver.modes.fetch import fetch_blocking
from batchmark.driver.modes.main_thread import MainThreadMode
from batchmark.driver.trial import Trial


class Sequential(MainThreadMode[Session]):
    """One request after another."""

    def __init__(self, client: BlockingClient[Session]) -> None:
        super().__init__(client)
        self._client = client

    def _fetch_all(self, session: Session, trial: Trial) -> None:
        for request, row in zip(trial.requests, trial.rows):
            if trial.is_traced:
                row.submitted = now()
            fetch_blocking(self._client, session, trial, request, row)
