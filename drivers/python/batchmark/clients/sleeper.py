"""Clients that sleep instead of fetching: a control that shows what a mode itself costs."""

from __future__ import annotations

import asyncio
import time
from typing import Optional

from batchmark.driver.client import AsyncClient, BlockingClient, Ended, MultiClient
from batchmark.driver.facts import Facts
from batchmark.driver.row import Row
from batchmark.driver.target import Request


class Sleeper(BlockingClient[None]):
    """Sleeps on the calling thread."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def open(self) -> None:
        """Do nothing."""

    def fetch(self, _session: None, _request: Request) -> None:
        time.sleep(self._seconds)

    def close(self, _session: None) -> None:
        """Do nothing."""

    def facts(self, _session: None) -> Facts:
        return {}


class AsyncSleeper(AsyncClient[None]):
    """Sleeps in the event loop."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def open(self) -> None:
        """Do nothing."""

    async def fetch(self, _session: None, _request: Request) -> None:
        await asyncio.sleep(self._seconds)

    async def close(self, _session: None) -> None:
        """Do nothing."""

    def facts(self, _session: None) -> Facts:
        return {}


class MultiSleeper(MultiClient[dict[int, float]]):
    """Sleeps until the first of its requests is due. A session holds when each request is due."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._started = 0

    def open(self) -> dict[int, float]:
        return {}

    def start(self, session: dict[int, float], _request: Request, _row: Optional[Row]) -> int:
        self._started += 1
        session[self._started] = time.monotonic() + self._seconds
        return self._started

    def wait(self, session: dict[int, float]) -> list[Ended]:
        time.sleep(max(0, min(session.values()) - time.monotonic()))
        due = [each for each, moment in session.items() if moment <= time.monotonic()]
        for each in due:
            del session[each]
        return [Ended(each, None) for each in due]

    def close(self, session: dict[int, float]) -> None:
        session.clear()

    def facts(self, _session: dict[int, float]) -> Facts:
        return {}
