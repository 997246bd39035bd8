"""All requests at once, each a task of the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine, Sequence
from typing import Any, Callable, Optional

from batchmark.driver.client import AsyncClient, Session
from batchmark.driver.conditions import Settings
from batchmark.driver.facts import Facts
from batchmark.driver.modes.event_loop import EventLoopMode
from batchmark.driver.modes.fetch import fetch_async
from batchmark.driver.row import Row
from batchmark.driver.row_pool import RowPool
from batchmark.driver.trial import Trial

Fetch = Callable[..., Coroutine[Any, Any, None]]
"""`fetch_async`, or a wrapper of it."""


class Concurrent(EventLoopMode[Session]):
    """All requests at once, each a task of the event loop."""

    def __init__(self, client: AsyncClient[Session], settings: Settings) -> None:
        super().__init__(settings)
        self._client = client
        self._concurrency = settings.chosen_count("concurrency")
        self._pool = RowPool()

    def rows(self, count: int) -> list[Row]:
        return self._pool.take(count)

    async def _open_session(self) -> Session:
        return await self._client.open()

    async def _fetch_all(self, session: Session, trial: Trial) -> None:
        trial.submit_all()
        await asyncio.gather(*self._requests(session, trial))

    def _requests(self, session: Session, trial: Trial) -> Sequence[Awaitable[None]]:
        fetch = _limited(self._concurrency)
        requests = [
            fetch(self._client, session, trial, request, row)
            for request, row in zip(trial.requests, trial.rows)
        ]
        if not trial.is_traced:
            return requests
        # Makes tasks as `gather` does, but each in its row's context, which holds nothing else.
        contexts = self._pool.contexts()
        return [
            context.run(asyncio.ensure_future, request)
            for context, request in zip(contexts, requests)
        ]

    async def _close_session(self, session: Session) -> None:
        await self._client.close(session)

    def _session_facts(self, session: Session) -> Facts:
        return self._client.facts(session)


def _limited(concurrency: Optional[int]) -> Fetch:
    """Return `fetch_async`, held to `concurrency` requests at a time if that is a number."""
    if concurrency is None:
        return fetch_async
    permits = asyncio.Semaphore(concurrency)

    async def fetch_with_permit(*args: Any) -> None:
        async with permits:
            await fetch_async(*args)

    return fetch_with_permit
