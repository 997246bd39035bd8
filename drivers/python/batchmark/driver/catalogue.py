"""The table of the strategies: each is a client library, a mode and its conditions.

The file of a client is imported when one of its strategies is prepared, never earlier: a library
may read at import what the target decides.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Callable, NamedTuple, Optional

from batchmark.clients.sleeper import AsyncSleeper, MultiSleeper, Sleeper
from batchmark.driver import observe
from batchmark.driver.client import BlockingClient
from batchmark.driver.conditions import Condition, Settings, condition
from batchmark.driver.modes import Concurrent, Mode, Multi, Sequential, Threads
from batchmark.driver.row import MILESTONES
from batchmark.driver.target import Target
from batchmark.driver.versions import is_installed, is_provided_by_itself

COLUMNS = (*MILESTONES, "connection", "status", "bytes", "error")
HTTP_COLUMNS = ("writing", "sent", "first_byte", "connection")
"""What the hooks in the standard library's HTTP client observe. urllib3 is built on that client."""
COLUMNS_WITH_WORKER = (*COLUMNS, "worker")
COLUMNS_OF_PYCURL = tuple(
    name for name in COLUMNS if name not in ("resolved", "connected", "securing", "secured")
)
"""libcurl calls nothing when a lookup, a connect or a handshake has ended."""
UNHOOKED_COLUMNS = ("submitted", "started", "done", "status", "bytes", "error")
"""What is known of a client that has no hooks. The endpoint and the socket witness see the rest."""


class ModeKind(NamedTuple):
    """A mode, and the control that shows what the mode costs by itself."""

    use: Callable[[Any, Settings], Mode]
    """Applies the mode to a client."""
    sleeper: Callable[[float], Any]
    """The client of the control: each of its requests sleeps instead of fetching."""


class Strategy(NamedTuple):
    """A row of the table."""

    name: str
    module: str
    """The module that must be importable; also the name of its distribution."""
    client: str
    """The file in `batchmark.clients`, and what makes the client there."""
    summary: str
    conditions: Sequence[str]
    mode: ModeKind
    columns: Sequence[str]
    observe: Callable[[], None]
    """Installs the hooks that this client needs in addition to the shared ones."""
    variable: Optional[str] = None
    """The environment variable that must name what the client connects to."""

    def is_available(self) -> bool:
        """Return whether it can be measured here."""
        return is_installed(self.module) and self._is_connected()

    def _is_connected(self) -> bool:
        return self.variable is None or bool(os.environ.get(self.variable))

    def known_conditions(self) -> list[Condition]:
        """Describe the conditions that are available here."""
        available = [each for each in self.conditions if each != "uvloop" or is_installed("uvloop")]
        client, _, _ = self.name.partition("/")
        return [condition(each, client) for each in available]

    def as_spec(self) -> dict[str, Any]:
        """Describe it as `hello` does."""
        unobservable = self._unobservable()
        return {
            "name": self.name,
            "summary": self.summary,
            "conditions": [condition.as_spec() for condition in self.known_conditions()],
            "columns": [name for name in self.columns if name not in unobservable],
        }

    def _unobservable(self) -> Sequence[str]:
        """List the columns that stay empty where another package provides the module urllib3."""
        is_urllib3 = self.module in ("requests", "urllib3")
        return () if not is_urllib3 or is_provided_by_itself("urllib3") else HTTP_COLUMNS

    def as_missing(self) -> dict[str, str]:
        """Describe what is missing here, as `hello` does."""
        module = self.module
        if is_installed(module) and not self._is_connected():
            return {
                "name": self.name,
                "reason": f"the variable {self.variable} names no scheduler",
                "remedy": f"export {self.variable}=tcp://HOST:8786",
            }
        return {
            "name": self.name,
            "reason": f"the module {module} cannot be imported: No module named '{module}'",
            "remedy": f"{shlex.quote(sys.executable)} -m pip install {module}",
        }

    def assemble(self, target: Target, settings: Settings) -> Mode:
        """Apply the mode to the client, or to the control that only sleeps."""
        sleep = settings.sleep()
        client = self._client(target, settings) if sleep is None else self.mode.sleeper(sleep)
        return self.mode.use(client, settings)

    def _client(self, target: Target, settings: Settings) -> Any:
        """Import the client's library and make its client."""
        file, _, name = self.client.partition(":")
        return getattr(import_module(f"batchmark.clients.{file}"), name)(target, settings)


def _sequential(client: BlockingClient[Any], _settings: Settings) -> Mode:
    return Sequential(client)


SEQUENTIAL = ModeKind(_sequential, Sleeper)
THREADS = ModeKind(Threads, Sleeper)
CONCURRENT = ModeKind(Concurrent, AsyncSleeper)
MULTI = ModeKind(Multi, MultiSleeper)

STRATEGIES = (
    Strategy(
        "requests/sequential",
        "requests",
        "with_requests:Requests",
        "a requests session, one request after another",
        ["session", "pool", "context", "trust_env", "work"],
        SEQUENTIAL,
        COLUMNS,
        observe.install_nothing_more,
    ),
    Strategy(
        "requests/threads",
        "requests",
        "with_requests:Requests",
        "one requests session, shared by the loop's default executor",
        ["session", "workers", "pool", "context", "trust_env", "work"],
        THREADS,
        COLUMNS_WITH_WORKER,
        observe.install_nothing_more,
    ),
    Strategy(
        "requests/session-per-thread",
        "requests",
        "with_requests:requests_per_thread",
        "a requests session for each thread of the loop's default executor",
        ["session", "workers", "pool", "context", "trust_env", "work"],
        THREADS,
        COLUMNS_WITH_WORKER,
        observe.install_nothing_more,
    ),
    Strategy(
        "aiohttp/async",
        "aiohttp",
        "with_aiohttp:Aiohttp",
        "one aiohttp session, all requests at once",
        ["session", "concurrency", "pool", "trust_env", "uvloop", "work"],
        CONCURRENT,
        COLUMNS,
        observe.install_aiohttp,
    ),
    Strategy(
        "httpx/sequential",
        "httpx",
        "with_httpx:Httpx",
        "an httpx client, one request after another",
        ["session", "pool", "trust_env", "http", "work"],
        SEQUENTIAL,
        COLUMNS,
        observe.install_httpcore,
    ),
    Strategy(
        "httpx/threads",
        "httpx",
        "with_httpx:Httpx",
        "one httpx client, shared by the loop's default executor",
        ["session", "workers", "pool", "trust_env", "work"],
        THREADS,
        COLUMNS_WITH_WORKER,
        observe.install_httpcore,
    ),
    Strategy(
        "httpx/async",
        "httpx",
        "with_httpx:AsyncHttpx",
        "one asynchronous httpx client, all requests at once",
        ["session", "concurrency", "pool", "trust_env", "uvloop", "http", "work"],
        CONCURRENT,
        COLUMNS,
        observe.install_httpcore,
    ),
    Strategy(
        "httpx2/async",
        "httpx2",
        "with_httpx2:AsyncHttpx2",
        "one asynchronous httpx2 client, all requests at once",
        ["session", "concurrency", "pool", "trust_env", "uvloop", "http", "work"],
        CONCURRENT,
        COLUMNS,
        observe.install_httpcore2,
    ),
    Strategy(
        "niquests/sequential",
        "niquests",
        "with_niquests:Niquests",
        "a niquests session, one request after another",
        ["session", "pool", "trust_env", "http", "work"],
        SEQUENTIAL,
        COLUMNS,
        observe.install_niquests,
    ),
    Strategy(
        "niquests/threads",
        "niquests",
        "with_niquests:Niquests",
        "one niquests session, shared by the loop's default executor",
        ["session", "workers", "pool", "trust_env", "http", "work"],
        THREADS,
        COLUMNS_WITH_WORKER,
        observe.install_niquests,
    ),
    Strategy(
        "niquests/async",
        "niquests",
        "with_niquests:AsyncNiquests",
        "one asynchronous niquests session, all requests at once",
        ["session", "concurrency", "pool", "trust_env", "uvloop", "http", "work"],
        CONCURRENT,
        COLUMNS,
        observe.install_niquests,
    ),
    Strategy(
        "pycurl/multi",
        "pycurl",
        "with_pycurl:Pycurl",
        "one pycurl CurlMulti, all requests at once",
        ["session", "concurrency", "pool", "http", "work"],
        MULTI,
        COLUMNS_OF_PYCURL,
        observe.install_nothing_more,
    ),
    Strategy(
        "curl_cffi/async",
        "curl_cffi",
        "with_curl_cffi:CurlCffi",
        "one asynchronous curl_cffi session, all requests at once",
        ["session", "concurrency", "pool", "uvloop", "http", "work"],
        CONCURRENT,
        UNHOOKED_COLUMNS,
        observe.install_nothing_more,
    ),
    Strategy(
        "urllib/sequential",
        "urllib",
        "with_urllib:Urllib",
        "urllib.request.urlopen, one request after another, each over its own connection",
        ["context", "work"],
        SEQUENTIAL,
        COLUMNS,
        observe.install_nothing_more,
    ),
    Strategy(
        "urllib3/sequential",
        "urllib3",
        "with_urllib3:Urllib3",
        "a urllib3 pool manager, one request after another",
        ["session", "pool", "context", "work"],
        SEQUENTIAL,
        COLUMNS,
        observe.install_nothing_more,
    ),
    Strategy(
        "urllib3/threads",
        "urllib3",
        "with_urllib3:Urllib3",
        "one urllib3 pool manager, shared by the loop's default executor",
        ["session", "workers", "pool", "context", "work"],
        THREADS,
        COLUMNS_WITH_WORKER,
        observe.install_nothing_more,
    ),
    Strategy(
        "dask/gather",
        "distributed",
        "with_dask:Gather",
        "a Dask client, each request a task of the cluster's workers",
        ["concurrency", "work"],
        CONCURRENT,
        UNHOOKED_COLUMNS,
        observe.install_nothing_more,
        "DASK_SCHEDULER_ADDRESS",
    ),
)
