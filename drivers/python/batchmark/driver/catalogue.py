"""The table of the strategies: each a client library, a mode and the conditions that it knows.

A client's file is imported when one of its strategies is prepared, and not before: a library may
read at import what the target decides.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Callable, NamedTuple

from batchmark.clients.per_thread import PerThread
from batchmark.clients.sleeper import AsyncSleeper, Sleeper
from batchmark.driver import conditions, observe
from batchmark.driver.conditions import Condition, Settings
from batchmark.driver.modes import Concurrent, Mode, Sequential, Threads
from batchmark.driver.row import MILESTONES
from batchmark.driver.target import Target
from batchmark.driver.versions import is_provided_by_itself, is_there

Describe = Callable[[], Condition]
Assemble = Callable[["Strategy", Target, Settings], Mode]

COLUMNS = (*MILESTONES, "connection", "status", "bytes", "error")
HTTP_COLUMNS = ("writing", "sent", "first_byte", "connection")
"""What the standard library's HTTP shows, upon which urllib3 is built."""
COLUMNS_WITH_WORKER = (*COLUMNS, "worker")


class Strategy(NamedTuple):
    """A strategy as it stands in the table."""

    name: str
    module: str
    """What must be importable, which is the distribution's name too."""
    client: str
    """The file and the class in `batchmark.clients`."""
    summary: str
    conditions: Sequence[Describe]
    assemble: Assemble
    columns: Sequence[str]
    observe: Callable[[], None]
    """What is hooked for its milestones beside what all clients share."""

    def known_conditions(self) -> list[Condition]:
        """Give the conditions that can be had here."""
        known = [describe() for describe in self.conditions]
        return [each for each in known if each.name != "uvloop" or is_there("uvloop")]

    def as_spec(self) -> dict[str, Any]:
        """Describe it as `hello` does."""
        return {
            "name": self.name,
            "summary": self.summary,
            "conditions": [condition.as_spec() for condition in self.known_conditions()],
            "columns": [name for name in self.columns if name not in self._unseen()],
        }

    def _unseen(self) -> Sequence[str]:
        """Give the columns that cannot be filled where another took the place of urllib3."""
        is_urllib3 = self.module in ("requests", "urllib3")
        return () if not is_urllib3 or is_provided_by_itself("urllib3") else HTTP_COLUMNS

    def as_missing(self) -> dict[str, str]:
        """Say what it lacks here, as `hello` does."""
        module = self.module
        return {
            "name": self.name,
            "reason": f"the module {module} cannot be imported: No module named '{module}'",
            "remedy": f"{shlex.quote(sys.executable)} -m pip install {module}",
        }

    def client_of(self, target: Target, settings: Settings) -> Any:
        """Import the client's library, and make its client."""
        file, _, name = self.client.partition(":")
        return getattr(import_module(f"batchmark.clients.{file}"), name)(target, settings)


def _sequential(strategy: Strategy, target: Target, settings: Settings) -> Mode:
    seconds = settings.sleep()
    if seconds is not None:
        return Sequential(Sleeper(seconds))
    return Sequential(strategy.client_of(target, settings))


def _threads(strategy: Strategy, target: Target, settings: Settings) -> Mode:
    seconds = settings.sleep()
    if seconds is not None:
        return Threads(Sleeper(seconds), settings)
    return Threads(strategy.client_of(target, settings), settings)


def _session_per_thread(strategy: Strategy, target: Target, settings: Settings) -> Mode:
    seconds = settings.sleep()
    if seconds is not None:
        return Threads(Sleeper(seconds), settings)
    return Threads(PerThread(strategy.client_of(target, settings)), settings)


def _concurrent(strategy: Strategy, target: Target, settings: Settings) -> Mode:
    seconds = settings.sleep()
    if seconds is not None:
        return Concurrent(AsyncSleeper(seconds), settings)
    return Concurrent(strategy.client_of(target, settings), settings)


_kept = "how many idle connections to a host are kept"
_session, _workers = conditions.session, conditions.workers
_concurrency, _uvloop, _work = conditions.concurrency, conditions.uvloop, conditions.work
_requests = [
    conditions.pool(10, _kept),
    conditions.context,
    conditions.trust_env("on"),
    _work,
]
_httpx = [conditions.pool(20, _kept), conditions.trust_env("on"), _work]

STRATEGIES = (
    Strategy(
        "requests/sequential",
        "requests",
        "with_requests:Requests",
        "a requests session, one request after another",
        [_session, *_requests],
        _sequential,
        COLUMNS,
        observe.install_nothing_more,
    ),
    Strategy(
        "requests/threads",
        "requests",
        "with_requests:Requests",
        "one requests session, shared by the loop's default executor",
        [_session, _workers, *_requests],
        _threads,
        COLUMNS_WITH_WORKER,
        observe.install_nothing_more,
    ),
    Strategy(
        "requests/session-per-thread",
        "requests",
        "with_requests:Requests",
        "a requests session for each thread of the loop's default executor",
        [_session, _workers, *_requests],
        _session_per_thread,
        COLUMNS_WITH_WORKER,
        observe.install_nothing_more,
    ),
    Strategy(
        "aiohttp/async",
        "aiohttp",
        "with_aiohttp:Aiohttp",
        "one aiohttp session, all requests at once",
        [
            _session,
            _concurrency,
            conditions.pool(100, "how many connections the connector opens at most"),
            conditions.trust_env("off"),
            _uvloop,
            _work,
        ],
        _concurrent,
        COLUMNS,
        observe.install_aiohttp,
    ),
    Strategy(
        "httpx/sequential",
        "httpx",
        "with_httpx:Httpx",
        "an httpx client, one request after another",
        [_session, *_httpx],
        _sequential,
        COLUMNS,
        observe.install_httpcore,
    ),
    Strategy(
        "httpx/threads",
        "httpx",
        "with_httpx:Httpx",
        "one httpx client, shared by the loop's default executor",
        [_session, _workers, *_httpx],
        _threads,
        COLUMNS_WITH_WORKER,
        observe.install_httpcore,
    ),
    Strategy(
        "httpx/async",
        "httpx",
        "with_httpx:AsyncHttpx",
        "one asynchronous httpx client, all requests at once",
        [_session, _concurrency, *_httpx[:-1], _uvloop, _work],
        _concurrent,
        COLUMNS,
        observe.install_httpcore,
    ),
    Strategy(
        "urllib3/threads",
        "urllib3",
        "with_urllib3:Urllib3",
        "one urllib3 pool manager, shared by the loop's default executor",
        [_session, _workers, conditions.pool(1, _kept), conditions.context, _work],
        _threads,
        COLUMNS_WITH_WORKER,
        observe.install_nothing_more,
    ),
)
