"""Clients that sleep where others fetch: the control that shows what a mode alone costs."""

from __future__ import annotations

import asyncio
import time

from batchmark.driver.modes import Facts
from batchmark.driver.target import Request


class Sleeper:
    """Sleeps on its thread."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def open(self) -> None:
        """Have nothing to open."""

    def fetch(self, _session: None, _request: Request) -> None:
        time.sleep(self._seconds)

    def close(self, _session: None) -> None:
        """Have nothing to close."""

    def facts(self, _session: None) -> Facts:
        return {}


class AsyncSleeper:
    """Sleeps in the event loop."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def open(self) -> None:
        """Have nothing to open."""

    async def fetch(self, _session: None, _request: Request) -> None:
        await asyncio.sleep(self._seconds)

    async def close(self, _session: None) -> None:
        """Have nothing to close."""

    def facts(self, _session: None) -> Facts:
        return {}
