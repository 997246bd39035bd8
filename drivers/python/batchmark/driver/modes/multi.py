"""All requests at once on the main thread, driven by the client itself instead of an event loop."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from time import monotonic_ns as now

from batchmark.driver.client import Ended, MultiClient, Session
from batchmark.driver.conditions import Settings
from batchmark.driver.modes.main_thread import MainThreadMode
from batchmark.driver.row import Row
from batchmark.driver.target import Request
from batchmark.driver.trial import Trial


class Multi(MainThreadMode[Session]):
    """All requests at once, without threads and without an event loop."""

    def __init__(self, client: MultiClient[Session], settings: Settings) -> None:
        super().__init__(client)
        self._client = client
        self._concurrency = settings.chosen_count("concurrency")

    def _fetch_all(self, session: Session, trial: Trial) -> None:
        trial.submit_all()
        waiting = deque(zip(trial.requests, trial.rows))
        running: dict[Hashable, Row] = {}
        most = len(waiting) if self._concurrency is None else self._concurrency
        while (waiting or running) and not trial.has_expired:
            while waiting and len(running) < most:
                request, row = waiting.popleft()
                self._start(session, trial, request, row, running)
            if running:
                for ended in self._client.wait(session):
                    _record(trial, running.pop(ended.request), ended)

    def _start(
        self,
        session: Session,
        trial: Trial,
        request: Request,
        row: Row,
        running: dict[Hashable, Row],
    ) -> None:
        if trial.is_traced:
            row.started = now()
        try:
            started = self._client.start(session, request, row if trial.is_traced else None)
        except Exception as error:
            trial.record_failure(row, error)
        else:
            running[started] = row


def _record(trial: Trial, row: Row, ended: Ended) -> None:
    if ended.outcome is None:
        trial.record_sleep(row)
    elif isinstance(ended.outcome, Exception):
        trial.record_failure(row, ended.outcome)
    else:
        trial.record_answer(row, ended.outcome)
