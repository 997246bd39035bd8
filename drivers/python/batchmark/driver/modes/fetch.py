"""Makes one request of a trial and records what came of it."""

from __future__ import annotations

from time import monotonic_ns as now
from typing import Optional

from batchmark.driver import observe
from batchmark.driver.client import AsyncClient, BlockingClient, Session
from batchmark.driver.row import Row
from batchmark.driver.target import Request
from batchmark.driver.trial import Answer, Trial


def fetch_blocking(
    client: BlockingClient[Session], session: Session, trial: Trial, request: Request, row: Row
) -> None:
    """Make a request on this thread."""
    if trial.has_expired:
        return
    if trial.is_traced:
        row.started = now()
        observe.CURRENT.set(row)
    try:
        answer = client.fetch(session, request)
    except Exception as error:
        trial.record_failure(row, error)
        return
    _record(trial, row, answer)


async def fetch_async(
    client: AsyncClient[Session], session: Session, trial: Trial, request: Request, row: Row
) -> None:
    """Make a request in this task, which already runs in the row's context."""
    if trial.has_expired:
        return
    if trial.is_traced:
        row.started = now()
    try:
        answer = await client.fetch(session, request)
    except Exception as error:
        trial.record_failure(row, error)
        return
    _record(trial, row, answer)


def _record(trial: Trial, row: Row, answer: Optional[Answer]) -> None:
    if answer is None:
        trial.record_sleep(row)
    else:
        trial.record_answer(row, answer)
