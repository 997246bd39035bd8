"""A blocking client with a session for each thread, in the place of one that all share."""

from __future__ import annotations

import threading
from typing import Any, Optional, Protocol

from batchmark.driver.modes import BlockingClient, Facts
from batchmark.driver.target import Request
from batchmark.driver.trial import Answer


class SharingClient(BlockingClient, Protocol):
    """A client of which several sessions can be opened that have something in common."""

    def share(self) -> Any:
        """Make what the sessions of a batch have in common."""

    def open_sharing(self, shared: Any) -> Any:
        """Open one of the sessions."""


class Sessions(threading.local):
    """The session of the thread that asks, and beside it what all threads know."""

    mine: Any = None

    def __init__(self, shared: Any, opened: list[Any]) -> None:
        self.shared = shared
        self.opened = opened


class PerThread:
    """Opens a session with the first request of each thread."""

    def __init__(self, client: SharingClient) -> None:
        self._client = client

    def open(self) -> Sessions:
        return Sessions(self._client.share(), [])

    def fetch(self, session: Sessions, request: Request) -> Optional[Answer]:
        if session.mine is None:
            self._open_mine(session)
        return self._client.fetch(session.mine, request)

    def close(self, session: Sessions) -> None:
        for opened in session.opened:
            self._client.close(opened)

    def facts(self, session: Sessions) -> Facts:
        self._open_mine(session)
        return self._client.facts(session.mine)

    def _open_mine(self, session: Sessions) -> None:
        session.mine = self._client.open_sharing(session.shared)
        session.opened.append(session.mine)
