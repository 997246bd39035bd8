"""Dask as its users know it: a `Client` of an existing cluster, each request a task of a worker.

What runs on the workers needs only Python's standard library: the function is sent by value.
"""

from __future__ import annotations

import asyncio
from contextvars import Context
from pathlib import Path
from typing import Any, NamedTuple, Optional

import cloudpickle
from distributed import Client

from batchmark.clients import on_worker
from batchmark.driver import facts
from batchmark.driver.client import AsyncClient
from batchmark.driver.conditions import Settings
from batchmark.driver.facts import Facts
from batchmark.driver.target import Request, Target
from batchmark.driver.trial import Answer

cloudpickle.register_pickle_by_value(on_worker)


class Gather(AsyncClient[Any]):
    """Submits each request to the cluster that `DASK_SCHEDULER_ADDRESS` names."""

    def __init__(self, target: Target, _settings: Settings) -> None:
        self._target = target
        self._trust = _sent_trust(target)

    async def open(self) -> Any:
        return await Client(asynchronous=True, set_as_default=False)

    async def fetch(self, session: Any, request: Request) -> Answer:
        limit = self._target.time_limit / 1e9
        asked = on_worker.Asked(
            request.method, request.url, request.body, self._target.headers, limit, *self._trust
        )
        # In a context of its own: the connections of Dask are none of the request.
        return await Context().run(asyncio.ensure_future, _submit(session, asked))

    async def close(self, session: Any) -> None:
        await session.close()

    def facts(self, session: Any) -> Facts:
        # Fetched when the session was opened. It gives the number of workers, but lists none.
        cluster = session.scheduler_info()
        return {
            **facts.default_store(self._target),
            **facts.http1(self._target),
            **facts.dns(self._target, facts.DNS_PER_CONNECTION),
            "redirects": "followed",
            "cluster": f"{cluster['n_workers']} workers with {cluster['total_threads']} threads",
        }


async def _submit(session: Any, asked: on_worker.Asked) -> Answer:
    # Tasks are pure by default: the second request for a URL would be answered by the first.
    return Answer(*await session.submit(on_worker.fetch, asked, pure=False, retries=0))


class SentTrust(NamedTuple):
    """Whose certificates the workers trust, in what can be sent to them."""

    certificates: Optional[str]
    """In PEM: workers may lack the file."""
    default: bool
    """Whether those that a worker trusts by default are trusted too."""
    anyone: bool


def _sent_trust(target: Target) -> SentTrust:
    trust = target.trust
    is_named = trust.roots in ("file", "added") and trust.path is not None
    certificates = Path(str(trust.path)).read_text("utf-8") if is_named else None
    return SentTrust(certificates, trust.roots != "file", trust.roots == "anyone")
