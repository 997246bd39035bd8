"""The modes: ways of using a client for a batch. A mode knows no library, and a library no mode.

What `cold` does lies wholly inside the timed section. A warm session is opened by `open`, used by
`warm` and closed by `close`, of which only `warm` is timed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import get_ident
from time import monotonic_ns as now
from typing import Any, Optional, Protocol, TypeVar

from batchmark.driver import interruption, observe
from batchmark.driver.conditions import Settings
from batchmark.driver.row import Row, fresh
from batchmark.driver.row_pool import KeptRows
from batchmark.driver.target import Request
from batchmark.driver.trial import Answer, Trial

Result = TypeVar("Result")
Facts = dict[str, str]


class BlockingClient(Protocol):
    """A client that blocks its thread until a request is done; threads may share its sessions."""

    def open(self) -> Any:
        """Open a session."""

    def fetch(self, session: Any, request: Request) -> Optional[Answer]:
        """Make a request and read its answer to the end; none of a client that only sleeps."""

    def close(self, session: Any) -> None:
        """Close a session with all its connections."""

    def facts(self, session: Any) -> Facts:
        """Read off a session what is true of it."""


class AsyncClient(Protocol):
    """A client whose requests are coroutines."""

    async def open(self) -> Any:
        """Open a session."""

    async def fetch(self, session: Any, request: Request) -> Optional[Answer]:
        """Make a request and read its answer to the end; none of a client that only sleeps."""

    async def close(self, session: Any) -> None:
        """Close a session with all its connections."""

    def facts(self, session: Any) -> Facts:
        """Read off a session what is true of it."""


class Mode(Protocol):
    """A way of using a client for a batch."""

    def rows(self, count: int) -> list[Row]:
        """Give the rows of a batch that is about to begin."""

    def cold(self, trial: Trial) -> None:
        """Open a session, make the requests, and close it."""

    def open(self) -> None:
        """Open the session that is kept."""

    def warm(self, trial: Trial) -> None:
        """Make the requests over the session that is kept."""

    def close(self) -> None:
        """Close the session that is kept."""

    def facts(self) -> Facts:
        """Read off a session what is true of it. It is opened for that, and closed."""


class Loops:
    """The event loops of a strategy: asyncio's own, or uvloop's."""

    def __init__(self, settings: Settings) -> None:
        self._has_uvloop = settings.word("uvloop") == "on"

    def run(self, main: Coroutine[Any, Any, Result]) -> Result:
        """Make a loop, run it to the end and close it, as a script does."""
        if self._has_uvloop:
            import uvloop

            return uvloop.run(main)
        return asyncio.run(main)

    def new(self) -> asyncio.AbstractEventLoop:
        """Give a loop that is kept."""
        if self._has_uvloop:
            import uvloop

            return uvloop.new_event_loop()
        return asyncio.new_event_loop()

    def facts(self) -> Facts:
        """Read off a loop what is true of it."""
        loop = self.new()
        debug = "on" if loop.get_debug() else "off"
        loop.close()
        module = type(loop).__module__.partition(".")[0]
        return {"event_loop": module, "asyncio_debug": debug}


class Sequential:
    """One request after another."""

    def __init__(self, client: BlockingClient) -> None:
        self._client = client
        self._session: Any = None

    def rows(self, count: int) -> list[Row]:
        return fresh(count)

    def cold(self, trial: Trial) -> None:
        session = self._client.open()
        try:
            self._requests(session, trial)
        finally:
            self._client.close(session)

    def open(self) -> None:
        self._session = self._client.open()

    def warm(self, trial: Trial) -> None:
        self._requests(self._session, trial)

    def close(self) -> None:
        self._client.close(self._session)

    def facts(self) -> Facts:
        session = self._client.open()
        try:
            return self._client.facts(session)
        finally:
            self._client.close(session)

    def _requests(self, session: Any, trial: Trial) -> None:
        for request, row in zip(trial.requests, trial.rows):
            if trial.is_traced:
                row.submitted = now()
            _make(self._client, session, trial, request, row)


class Looped:
    """What the modes have in common that an event loop drives, once for each batch or for all."""

    def __init__(self, loops: Loops) -> None:
        self._loops = loops
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        self._session: Any = None

    def rows(self, count: int) -> list[Row]:
        return fresh(count)

    def cold(self, trial: Trial) -> None:
        self._loops.run(self._whole(trial))

    def open(self) -> None:
        self._loop = self._loops.new()
        self._session = self._loop.run_until_complete(self._enter())

    def warm(self, trial: Trial) -> None:
        assert self._loop is not None, "a warm session is opened first"
        self._loop.run_until_complete(self._interruptible(self._session, trial))

    def close(self) -> None:
        loop = self._loop
        if loop is None:
            return
        loop.run_until_complete(self._leave(self._session))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()

    def facts(self) -> Facts:
        return {**self._loops.facts(), **self._loops.run(self._facts())}

    async def _whole(self, trial: Trial) -> None:
        session = await self._enter()
        try:
            await self._interruptible(session, trial)
        finally:
            await self._leave(session)

    async def _interruptible(self, session: Any, trial: Trial) -> None:
        trial.cancel = interruption.of_this_task()
        if trial.is_traced:
            observe.install_loop(asyncio.get_running_loop())
        await self._requests(session, trial)
        trial.cancel = None

    async def _facts(self) -> Facts:
        session = await self._enter()
        try:
            return self._facts_of(session)
        finally:
            await self._leave(session)

    async def _enter(self) -> Any:
        raise NotImplementedError

    async def _requests(self, session: Any, trial: Trial) -> None:
        raise NotImplementedError

    async def _leave(self, session: Any) -> None:
        raise NotImplementedError

    def _facts_of(self, session: Any) -> Facts:
        raise NotImplementedError


class Threads(Looped):
    """All requests at once, each on a thread of the loop's default executor."""

    def __init__(self, client: BlockingClient, settings: Settings) -> None:
        super().__init__(Loops(settings))
        self._client = client
        self._workers = settings.chosen_count("workers")

    async def _enter(self) -> Any:
        if self._workers is not None:
            executor = ThreadPoolExecutor(self._workers)
            asyncio.get_running_loop().set_default_executor(executor)
        return self._client.open()

    async def _requests(self, session: Any, trial: Trial) -> None:
        loop = asyncio.get_running_loop()
        trial.submit_all()
        await asyncio.gather(
            *[
                loop.run_in_executor(None, _work, self._client, session, trial, request, row)
                for request, row in zip(trial.requests, trial.rows)
            ]
        )

    async def _leave(self, session: Any) -> None:
        self._client.close(session)

    def _facts_of(self, session: Any) -> Facts:
        return self._client.facts(session)


class Concurrent(Looped):
    """All requests at once, each a coroutine."""

    def __init__(self, client: AsyncClient, settings: Settings) -> None:
        super().__init__(Loops(settings))
        self._client = client
        self._limit = settings.chosen_count("concurrency")
        self._kept = KeptRows()

    def rows(self, count: int) -> list[Row]:
        return self._kept.take(count)

    async def _enter(self) -> Any:
        return await self._client.open()

    async def _requests(self, session: Any, trial: Trial) -> None:
        trial.submit_all()
        await asyncio.gather(*self._made(session, trial))

    def _made(self, session: Any, trial: Trial) -> Sequence[Awaitable[None]]:
        make = _limited(self._limit)
        made = [
            make(self._client, session, trial, request, row)
            for request, row in zip(trial.requests, trial.rows)
        ]
        if not trial.is_traced:
            return made
        # As `gather` does it, but each in the context of its row, which holds nothing else.
        contexts = self._kept.contexts()
        return [
            context.run(asyncio.ensure_future, request) for context, request in zip(contexts, made)
        ]

    async def _leave(self, session: Any) -> None:
        await self._client.close(session)

    def _facts_of(self, session: Any) -> Facts:
        return self._client.facts(session)


def _work(client: BlockingClient, session: Any, trial: Trial, request: Request, row: Row) -> None:
    if trial.is_traced:
        row.worker = get_ident()
    _make(client, session, trial, request, row)


def _make(client: BlockingClient, session: Any, trial: Trial, request: Request, row: Row) -> None:
    if trial.has_expired:
        return
    if trial.is_traced:
        row.started = now()
        observe.CURRENT.set(row)
    try:
        answer = client.fetch(session, request)
    except Exception as error:
        trial.fail(row, error)
        return
    _conclude(trial, row, answer)


def _limited(limit: Optional[int]) -> Any:
    """Give what makes one request, so many at a time."""
    if limit is None:
        return _make_async
    permits = asyncio.Semaphore(limit)

    async def make(*args: Any) -> None:
        async with permits:
            await _make_async(*args)

    return make


async def _make_async(
    client: AsyncClient, session: Any, trial: Trial, request: Request, row: Row
) -> None:
    if trial.has_expired:
        return
    if trial.is_traced:
        row.started = now()
    try:
        answer = await client.fetch(session, request)
    except Exception as error:
        trial.fail(row, error)
        return
    _conclude(trial, row, answer)


def _conclude(trial: Trial, row: Row, answer: Optional[Answer]) -> None:
    if answer is None:
        trial.conclude_sleep(row)
    else:
        trial.conclude(row, answer)
