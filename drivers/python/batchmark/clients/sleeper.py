"""Clients that sleep instead of fetching: a control that shows what a mode itself costs."""

from __future__ import annotations

import asyncio
import time

from batchmark.driver.client import AsyncClient, BlockingClient
from batchmark.driver.facts import Facts
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
