"""All requests at once, each on a thread of the loop's default executor."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import get_ident

from batchmark.driver.client import BlockingClient, Session
from batchmark.driver.conditions import Settings
from batchmark.driver.facts import Facts
from batchmark.driver.modes.event_loop import EventLoopMode
from batchmark.driver.modes.fetch import fetch_blocking
from batchmark.driver.row import Row
from batchmark.driver.target import Request
from batchmark.driver.trial import Trial


class Threads(EventLoopMode[Session]):
    """All requests at once, each on a thread of the loop's default executor."""

    def __init__(self, client: BlockingClient[Session], settings: Settings) -> None:
        super().__init__(settings)
        self._client = client
        self._workers = settings.chosen_count("workers")

    async def _open_session(self) -> Session:
        if self._workers is not None:
            executor = ThreadPoolExecutor(self._workers)
            asyncio.get_running_loop().set_default_executor(executor)
        return self._client.open()

    async def _fetch_all(self, session: Session, trial: Trial) -> None:
        loop = asyncio.get_running_loop()
        trial.submit_all()
        await asyncio.gather(
            *[
                loop.run_in_executor(
                    None, _fetch_on_worker, self._client, session, trial, request, row
                )
                for request, row in zip(trial.requests, trial.rows)
            ]
        )

    async def _close_session(self, session: Session) -> None:
        self._client.close(session)

    def _session_facts(self, session: Session) -> Facts:
        return self._client.facts(session)


def _fetch_on_worker(
    client: BlockingClient[Session], session: Session, trial: Trial, request: Request, row: Row
) -> None:
    if trial.is_traced:
        row.worker = get_ident()
    fetch_blocking(client, session, trial, request, row)
