"""Any blocking client with a session for each thread, in the place of one that all share."""

from __future__ import annotations

import threading
from typing import Any, Optional

from batchmark.host.modes import BlockingClient, Facts
from batchmark.host.target import Request
from batchmark.host.trial import Answer


class Sessions(threading.local):
    """The session of the thread that asks, and beside it all that were opened."""

    mine: Any = None

    def __init__(self, opened: list[Any]) -> None:
        self.opened = opened


class PerThread:
    """A client whose sessions are opened by the first request of each thread."""

    def __init__(self, client: BlockingClient) -> None:
        self._client = client

    def open(self) -> Sessions:
        return Sessions([])

    def fetch(self, session: Sessions, request: Request) -> Optional[Answer]:
        if session.mine is None:
            session.mine = self._client.open()
            session.opened.append(session.mine)
        return self._client.fetch(session.mine, request)

    def close(self, session: Sessions) -> None:
        for opened in session.opened:
            self._client.close(opened)

    def facts(self, session: Sessions) -> Facts:
        session.mine = self._client.open()
        session.opened.append(session.mine)
        return self._client.facts(session.mine)
