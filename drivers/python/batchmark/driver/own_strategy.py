"""A user's function as a strategy: called unchanged, cold, once for each batch."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import ssl
import sys
import warnings
from collections.abc import Iterator
from operator import attrgetter
from typing import Any

from batchmark.driver import collecting, facts, imports, own_result, shadows, thread_starts
from batchmark.driver.conditions import Settings
from batchmark.driver.facts import Facts
from batchmark.driver.failure import Failure, kind_of_refusal
from batchmark.driver.own_call import OwnCall, resolve
from batchmark.driver.own_file import OwnFunction
from batchmark.driver.own_module import import_file, prepare_children
from batchmark.driver.prepared import PreparedStrategy
from batchmark.driver.refusal import Refusal
from batchmark.driver.target import Target
from batchmark.driver.tracebacks import last_lines, traceback_of
from batchmark.driver.trial import Trial
from batchmark.driver.trust import TrustStore
from batchmark.driver.versions import imported_versions
from batchmark.imposed.catalogue import Imposed, chosen

NEVER_AWAITED = "was never awaited"


class PreparedFunction(PreparedStrategy):
    """Runs a user's function.

    Its code cannot be stopped from outside, and what it keeps is unknown. So its process ends after
    a batch that exceeded its limit.
    """

    survives_timeout = False

    def __init__(self, own: OwnFunction, call: OwnCall, target: Target, imposed: Imposed) -> None:
        self._own = own
        self._imposed = imposed
        self._call_own = call
        self._headers = target.headers
        self._url = attrgetter("url") if call.takes_headers else target.url_with_userinfo
        self._min_bytes = target.min_bytes
        self.facts = {**_facts(target, call), **imports.fact(own.file)}
        self._process = os.getpid()

    def run(self, trial: Trial) -> None:
        urls = [self._url(request) for request in trial.requests]
        with _unawaited_coroutines() as unawaited:
            with thread_starts.record() as trial.thread_starts:
                returned = self._call(trial, urls)
            self._check(trial, returned)
            own_result.close_coroutines(returned)
            del returned
            gc.collect()
        if unawaited and not any(row.failure for row in trial.rows):
            _fail_all(trial, Failure("code", f"{unawaited[0]}, so its work was not done: await it"))

    def close(self) -> None:
        """Restore what was replaced to impose conditions; a function keeps no session here."""
        self._imposed.close()

    def _call(self, trial: Trial, urls: list[str]) -> object:
        """Call the function between two readings of the clock; an exception is returned."""
        self._imposed.begin()
        with collecting.record() as trial.collections:
            trial.begin()
            try:
                returned = self._call_own(urls, self._headers)
            except BaseException as error:  # it may call sys.exit() too
                returned = error
            trial.end()
        if os.getpid() != self._process:
            os._exit(0)  # a process that the function forked must not serve the driver's commands
        trial.imposed = self._imposed.end()
        return returned

    def _check(self, trial: Trial, returned: object) -> None:
        if isinstance(returned, BaseException):
            message = f"it raised an exception:\n{traceback_of(returned)}"
            hint = shadows.hint(self._own.file, returned)
            message += f"\n{hint}" if hint else ""
            _fail_all(trial, Failure(kind_of_refusal(returned) or "code", message))
            return
        failure = own_result.check_result(returned, len(trial.rows))
        if failure is not None:
            _fail_all(trial, failure)
            return
        assert isinstance(returned, (list, tuple)), "`check_result` refuses anything else"
        for place, (row, element) in enumerate(zip(trial.rows, returned)):
            row.failure = own_result.check_element(place, element, self._min_bytes)
            if isinstance(element, own_result.BODY_TYPES):
                row.bytes = own_result.body_length(element)
            row.is_settled = True


def prepare(
    own: OwnFunction, settings: Settings, target: Target, store: TrustStore
) -> PreparedFunction:
    """Run the user's file, after setting up the target's trust where its clients look by default.

    Args:
        own: The function to prepare.
        settings: A value for each condition that can be imposed on it.
        target: What the trials will fetch.
        store: What this process trusts by default.

    Returns:
        The function, ready for its first trial.

    Raises:
        Refusal: The target asks for something that a list of URLs does not express, or the file
            or the function cannot be used.
    """
    _check_target(own, target)
    store.apply_to_any_code(target.trust)
    prepare_children(own.file, store, target.trust)
    imposed = chosen(settings)
    imposed.prepare()
    try:
        call = resolve(own, _import(own, target, store))
    except Refusal:
        imposed.close()
        raise
    return PreparedFunction(own, call, target, imposed)


def _import(own: OwnFunction, target: Target, store: TrustStore) -> object:
    try:
        return import_file(own.file, store, target.trust)
    except BaseException as error:  # the file may call sys.exit() too
        hint = shadows.hint(own.file, error)
        lines = [f"{own.file.name} cannot be imported:", *last_lines(traceback_of(error))]
        raise Refusal("internal", "\n".join([*lines, *([hint] if hint else [])])) from error


def _check_target(own: OwnFunction, target: Target) -> None:
    plain = all(request.method == "GET" and request.body is None for request in target.requests)
    if not plain:
        message = f"{own.name} only gets URLs and headers: it cannot be given a method or a body"
        raise Refusal("unsupported", message)
    if target.trust.roots == "anyone" and target.is_secure:
        message = (
            f"{own.name} decides by itself whether to verify certificates: "
            "switch verification off in your code, and leave out -k"
        )
        raise Refusal("unsupported", message)


def _facts(target: Target, call: OwnCall) -> Facts:
    known = {**facts.runtime(), **imported_versions()}
    if target.headers_beside_userinfo and not call.takes_headers:
        known["headers"] = "not sent"
    if call.uses_asyncio:
        loop = asyncio.new_event_loop()
        known["asyncio_debug"] = "on" if loop.get_debug() else "off"
        loop.close()
    if target.is_secure:
        known["tls_library"] = ssl.OPENSSL_VERSION
        known["trust"] = {
            "default": "what its clients trust by default",
            "added": "what its clients trust by default, plus one certificate",
            "file": "only the certificates of one file, where its clients look by default",
        }[target.trust.roots]
    return known


def _fail_all(trial: Trial, failure: Failure) -> None:
    """Fail the batch: the first request says why, the others point to it."""
    for place, row in enumerate(trial.rows):
        message = "the whole batch failed: see request 0" if place else failure.message
        row.failure = Failure(failure.kind, message)
        row.is_settled = True


@contextlib.contextmanager
def _unawaited_coroutines() -> Iterator[list[str]]:
    """Collect Python's warnings of coroutines that were never awaited, and still show them."""
    found: list[str] = []
    show, handle_unraisable = warnings.showwarning, sys.unraisablehook

    def collect(message: object) -> None:
        if NEVER_AWAITED in str(message):
            found.append(str(message))

    def showwarning(message: Any, *rest: Any, **options: Any) -> None:
        collect(message)
        show(message, *rest, **options)

    def unraisablehook(unraisable: Any) -> None:
        collect(unraisable.exc_value)
        handle_unraisable(unraisable)

    with warnings.catch_warnings():
        warnings.filterwarnings("always", f".*{NEVER_AWAITED}", RuntimeWarning)
        warnings.showwarning = showwarning
        sys.unraisablehook = unraisablehook
        try:
            yield found
        finally:
            sys.unraisablehook = handle_unraisable
