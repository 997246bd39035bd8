"""A function of one's own as a strategy: it is called as it stands, cold, once for each batch."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import inspect
import ssl
import sys
import warnings
from collections.abc import Iterator
from typing import Any

from batchmark.driver import facts, interruption, own_result, thread_starts
from batchmark.driver.modes import Facts
from batchmark.driver.own_file import Function, Own, load
from batchmark.driver.refusal import Refusal
from batchmark.driver.row import Failure, Row, fresh
from batchmark.driver.target import Target
from batchmark.driver.tracebacks import traceback_of
from batchmark.driver.trial import Trial
from batchmark.driver.trust import Store
from batchmark.driver.versions import of_imported

NEVER_AWAITED = "was never awaited"


class OwnBench:
    """Runs a function of one's own.

    Its code cannot be stopped from outside, and nobody knows what it keeps: once it has exceeded a
    limit, the process is of no further use.
    """

    can_be_left_behind = False

    def __init__(self, function: Function, target: Target) -> None:
        self._function = function
        self._is_async = inspect.iscoroutinefunction(function)
        self._min_bytes = target.min_bytes
        self.facts = _facts(target, self._is_async)

    def rows(self, count: int) -> list[Row]:
        """Give new ones."""
        return fresh(count)

    def run(self, trial: Trial) -> None:
        urls = [request.url for request in trial.requests]
        with _unawaited() as unawaited:
            with thread_starts.noted() as trial.thread_starts:
                returned = self._timed(trial, urls)
            self._judge(trial, returned)
            own_result.dispose(returned)
            del returned
            gc.collect()
        if unawaited and not any(row.trouble for row in trial.rows):
            _fail_all(trial, f"{unawaited[0]}: what it would do has not been done; await it")

    def close(self) -> None:
        """Have nothing to close."""

    def _timed(self, trial: Trial, urls: list[str]) -> object:
        """Call the function between two readings of the clock, and give what it returned."""
        trial.begin()
        try:
            if self._is_async:
                returned = asyncio.run(_interruptible(self._function, urls, trial))
            else:
                returned = self._function(urls)
        except BaseException as error:  # it may call sys.exit() too
            trial.end()
            return error
        trial.end()
        return returned

    def _judge(self, trial: Trial, returned: object) -> None:
        if isinstance(returned, BaseException):
            _fail_all(trial, f"it raised an exception:\n{traceback_of(returned)}")
            return
        wrong = own_result.of_whole(returned, len(trial.rows))
        if wrong is not None:
            kind = "unread" if own_result.is_promise(returned) else "code"
            _fail_all(trial, wrong, kind)
            return
        assert isinstance(returned, (list, tuple)), "anything else is wrong as a whole"
        for place, (row, element) in enumerate(zip(trial.rows, returned)):
            row.trouble = own_result.of_element(place, element, self._min_bytes)
            if isinstance(element, own_result.BODY):
                row.bytes = own_result.length_of(element)
            row.is_settled = True


def prepare(own: Own, target: Target, store: Store) -> OwnBench:
    """Run the file, with the target's trust where its clients look by default."""
    _refuse_what_urls_do_not_say(own, target)
    if target.trust.roots == "file":
        store.replace(str(target.trust.path))
    else:
        store.apply(target.trust)
    function = load(own)
    store.apply_to_requests(target.trust)
    return OwnBench(function, target)


def _refuse_what_urls_do_not_say(own: Own, target: Target) -> None:
    plain = all(request.method == "GET" and request.body is None for request in target.requests)
    if not plain or target.headers:
        message = f"{own.name} is given URLs alone: it cannot be told a method, a header or a body"
        raise Refusal("unsupported", message)
    if target.trust.roots == "anyone" and target.is_secure:
        message = f"{own.name} cannot be told to trust anyone: say so in its code, not to batchmark"
        raise Refusal("unsupported", message)


def _facts(target: Target, is_async: bool) -> Facts:
    told = {**facts.of_runtime(), **of_imported()}
    if is_async:
        loop = asyncio.new_event_loop()
        told["asyncio_debug"] = "on" if loop.get_debug() else "off"
        loop.close()
    if target.is_secure:
        told["tls_library"] = ssl.OPENSSL_VERSION
        told["trust"] = {
            "default": "what its clients trust by default",
            "added": "what its clients trust by default, with one certificate added",
            "file": "the certificates of one file, where its clients look by default",
        }[target.trust.roots]
    return told


def _fail_all(trial: Trial, message: str, kind: str = "code") -> None:
    """Fail the batch: the first request says why, the others point to it."""
    for place, row in enumerate(trial.rows):
        told = "as request 0 says, the batch failed as a whole" if place else message
        row.trouble = Failure(kind, told)
        row.is_settled = True


async def _interruptible(function: Any, urls: list[str], trial: Trial) -> object:
    trial.cancel = interruption.of_this_task()
    returned: object = await function(urls)
    trial.cancel = None
    return returned


@contextlib.contextmanager
def _unawaited() -> Iterator[list[str]]:
    """Collect what Python says of coroutines that nobody awaited, and pass on all that it says."""
    found: list[str] = []
    show, unraisable = warnings.showwarning, sys.unraisablehook

    def note(message: object) -> None:
        if NEVER_AWAITED in str(message):
            found.append(str(message))

    def showwarning(message: Any, *rest: Any, **options: Any) -> None:
        note(message)
        show(message, *rest, **options)

    def unraisablehook(unraisable_: Any) -> None:
        note(unraisable_.exc_value)
        unraisable(unraisable_)

    with warnings.catch_warnings():
        warnings.filterwarnings("always", f".*{NEVER_AWAITED}", RuntimeWarning)
        warnings.showwarning = showwarning
        sys.unraisablehook = unraisablehook
        try:
            yield found
        finally:
            sys.unraisablehook = unraisable
