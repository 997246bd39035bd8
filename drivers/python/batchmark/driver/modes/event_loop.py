"""What the modes on an event loop share: the loop of one cold batch, or the loop that is kept."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Coroutine
from typing import Any, Generic, Optional, TypeVar

from batchmark.driver import interruption, observe
from batchmark.driver.client import Session
from batchmark.driver.conditions import Settings
from batchmark.driver.facts import Facts
from batchmark.driver.modes.mode import Mode
from batchmark.driver.trial import Trial

Result = TypeVar("Result")


class EventLoops:
    """Makes the event loops of a strategy: asyncio's own, or uvloop's."""

    def __init__(self, settings: Settings) -> None:
        self._uses_uvloop = settings.word("uvloop") == "on"

    def run(self, main: Coroutine[Any, Any, Result]) -> Result:
        """Make a loop, run a coroutine to its end and close the loop, as a script does."""
        if self._uses_uvloop:
            import uvloop

            return uvloop.run(main)
        return asyncio.run(main)

    def new(self) -> asyncio.AbstractEventLoop:
        """Make a loop that the caller keeps and closes."""
        if self._uses_uvloop:
            import uvloop

            return uvloop.new_event_loop()
        return asyncio.new_event_loop()

    def facts(self) -> Facts:
        """Read the facts of such a loop."""
        loop = self.new()
        debug = "on" if loop.get_debug() else "off"
        loop.close()
        module = type(loop).__module__.partition(".")[0]
        return {"event_loop": module, "asyncio_debug": debug}


class EventLoopMode(Mode, Generic[Session]):
    """A mode on an event loop: a new loop for each cold batch, one loop for all warm ones."""

    def __init__(self, settings: Settings) -> None:
        self._loops = EventLoops(settings)
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        self._session: Session

    @abstractmethod
    async def _open_session(self) -> Session:
        """Open a session on the running loop."""

    @abstractmethod
    async def _fetch_all(self, session: Session, trial: Trial) -> None:
        """Make all requests of a batch at once."""

    @abstractmethod
    async def _close_session(self, session: Session) -> None:
        """Close a session."""

    @abstractmethod
    def _session_facts(self, session: Session) -> Facts:
        """Read the facts of an open session."""

    def run_cold(self, trial: Trial) -> None:
        self._loops.run(self._cold_batch(trial))

    def open(self) -> None:
        self._loop = self._loops.new()
        self._session = self._loop.run_until_complete(self._open_session())

    def run_warm(self, trial: Trial) -> None:
        assert self._loop is not None, "a warm session is opened first"
        self._loop.run_until_complete(self._fetch_interruptibly(self._session, trial))

    def close(self) -> None:
        loop = self._loop
        if loop is None:
            return
        loop.run_until_complete(self._close_session(self._session))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()

    def facts(self) -> Facts:
        return {**self._loops.facts(), **self._loops.run(self._read_facts())}

    async def _cold_batch(self, trial: Trial) -> None:
        session = await self._open_session()
        try:
            await self._fetch_interruptibly(session, trial)
        finally:
            await self._close_session(session)

    async def _fetch_interruptibly(self, session: Session, trial: Trial) -> None:
        trial.cancel = interruption.canceller_of_current_task()
        if trial.is_traced:
            observe.install_loop(asyncio.get_running_loop())
        await self._fetch_all(session, trial)
        trial.cancel = None

    async def _read_facts(self) -> Facts:
        session = await self._open_session()
        try:
            return self._session_facts(session)
        finally:
            await self._close_session(session)
