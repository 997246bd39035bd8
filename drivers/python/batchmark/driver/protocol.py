"""Dispatches the protocol's commands and writes the replies.

`docs/driver-protocol.md` defines the commands. Strategies run on the thread that reads commands.
"""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from threading import Event
from typing import Any, Callable, NamedTuple, NoReturn, Optional, Union

from batchmark.driver import interruption, library_strategy, own_strategy, target
from batchmark.driver.catalogue import STRATEGIES, Strategy
from batchmark.driver.conditions import Settings
from batchmark.driver.facts import has_interpreter_lock
from batchmark.driver.failure import describe
from batchmark.driver.own_file import MissingFunction, OwnFunction
from batchmark.driver.prepared import PreparedStrategy
from batchmark.driver.refusal import Refusal
from batchmark.driver.target import Target
from batchmark.driver.trial import Trial
from batchmark.driver.trust import TrustStore
from batchmark.driver.versions import versions
from batchmark.driver.watchdog import Watchdog

VERSION = 1

Message = Mapping[str, Any]
Offer = Union[Strategy, OwnFunction]


class Quit(Exception):
    """The driver must end: it received `quit`, or its process cannot be trusted any more."""


class Channel(NamedTuple):
    """The driver's streams."""

    commands: Iterable[bytes]
    """One line for each command."""
    reply: Callable[[Message], None]
    """Writes one reply."""


class Preparation(NamedTuple):
    """What the last successful `prepare` left."""

    strategy: PreparedStrategy
    target: Target
    is_traced: bool


class Driver:
    """Carries out commands one after another on the thread that called `serve`: the main thread.

    A batch that cannot be interrupted keeps that thread. Another thread then continues to serve.
    """

    def __init__(
        self,
        channel: Channel,
        leave: Callable[[], NoReturn],
        store: TrustStore,
        own: Sequence[Union[OwnFunction, MissingFunction]],
    ) -> None:
        self._commands, self._reply = channel
        self._leave = leave
        self._watchdog = Watchdog()
        self._store = store
        self._offers: list[Offer] = [each for each in STRATEGIES if each.is_available()]
        self._offers += [each for each in own if isinstance(each, OwnFunction)]
        missing = [each for each in STRATEGIES if not each.is_available()]
        self._missing = [
            *[each.as_missing() for each in missing],
            *[each.as_missing() for each in own if isinstance(each, MissingFunction)],
        ]
        self._preparation: Optional[Preparation] = None

    def serve(self) -> None:
        """Carry out commands until `quit` or the end of stdin. The process ends with this call."""
        with self._exit_on_fatal():
            for line in self._commands:
                self._dispatch(line)
        self._leave()

    @contextmanager
    def _exit_on_fatal(self) -> Iterator[None]:
        """End the process on `Quit`, on a closed stdout and on an internal error."""
        try:
            yield
        except (Quit, BrokenPipeError):
            self._leave()
        except Exception:
            traceback.print_exc()
            self._leave()

    def _dispatch(self, line: bytes) -> None:
        """Carry out one command. A command that fails is answered by `error`."""
        try:
            command = _parse(line)
            if command["op"] == "quit":
                raise Quit
            operations = {"hello": self._hello, "prepare": self._prepare, "trial": self._trial}
            if command["op"] not in operations:
                raise Refusal("bad_command", f"there is no command {command['op']!r}")
            operations[command["op"]](command)
        except Refusal as refusal:
            self._reply({"op": "error", "kind": refusal.kind, "message": refusal.message})
        except (Quit, BrokenPipeError):
            raise
        except Exception as error:
            self._reply({"op": "error", "kind": "internal", "message": describe(error)})

    def _hello(self, command: Message) -> None:
        if _field(command, "protocol", int) != VERSION:
            message = f"this driver speaks version {VERSION} of the protocol"
            raise Refusal("unsupported_version", message)
        self._reply(
            {
                "op": "hello",
                "protocol": VERSION,
                "driver": "python",
                "versions": versions(),
                "strategies": [offer.as_spec() for offer in self._offers],
                "missing": self._missing,
                # Without the lock, a frame may end while it is looked at, and Python crashes.
                "profiles": has_interpreter_lock(),
                "now": str(time.monotonic_ns()),
            }
        )

    def _prepare(self, command: Message) -> None:
        name = _field(command, "strategy", str)
        offer = next((each for each in self._offers if each.name == name), None)
        if offer is None:
            names = ", ".join(each.name for each in self._offers) or "none"
            message = f"there is no strategy {name!r} here; available: {names}"
            raise Refusal("unknown_strategy", message)
        given = _field(command, "conditions", dict)
        settings = Settings(name, offer.known_conditions(), given)
        wanted = _read_target(command)
        is_traced = _field(command, "trace", bool)
        strategy = self._prepare_offer(offer, settings, wanted, is_traced)
        if self._preparation is not None:
            self._preparation.strategy.close()
        self._preparation = Preparation(strategy, wanted, is_traced)
        self._reply({"op": "ready", "facts": strategy.facts})

    def _prepare_offer(
        self, offer: Offer, settings: Settings, wanted: Target, is_traced: bool
    ) -> PreparedStrategy:
        if isinstance(offer, OwnFunction):
            return own_strategy.prepare(offer, settings, wanted, self._store)
        return library_strategy.prepare(offer, settings, wanted, self._store, is_traced)

    def _trial(self, command: Message) -> None:
        identity, count = _field(command, "id", int), _field(command, "requests", int)
        if self._preparation is None:
            raise Refusal("bad_command", "send prepare before trial: no strategy is prepared")
        strategy, wanted, is_traced = self._preparation
        if not 1 <= count <= len(wanted.requests):
            message = f"a batch has 1 to {len(wanted.requests)} requests here, not {count}"
            raise Refusal("bad_command", message)
        trial = Trial(wanted, strategy.rows(count), is_traced)
        run = partial(strategy.run, trial)
        if command.get("profile") is True:
            run = partial(_run_profiled, run, trial)
        on_timeout = partial(self._report_timeout, identity, strategy, trial)
        try:
            is_in_time = self._watchdog.run(run, wanted.time_limit / 1e9, on_timeout)
        except BaseException as error:  # a client may call sys.exit() too
            raise Refusal("internal", f"the batch failed: {describe(error)}") from error
        if is_in_time:
            self._report(identity, trial)

    def _report_timeout(
        self, identity: int, strategy: PreparedStrategy, trial: Trial, has_returned: Event
    ) -> None:
        """Report a batch whose limit has passed and interrupt it.

        This runs on another thread than the batch. If the batch does not end, this thread serves
        the next commands in its place.
        """
        with self._exit_on_fatal():
            trial.expire()
            if not strategy.survives_timeout:
                self._report(identity, trial, ends=True)
                raise Quit
            self._report(identity, trial)
            # The reply is out: the interruption can delay only the next trial.
            if interruption.interrupt(trial.interrupt, has_returned):
                return
        self.serve()

    def _report(self, identity: int, trial: Trial, **more: bool) -> None:
        self._reply({"op": "columns", "id": identity, "columns": trial.columns()})
        self._reply({"op": "done", "id": identity, **trial.done(), **more})


def _run_profiled(run: Callable[[], None], trial: Trial) -> None:
    # Imported only here, so that no other trial runs with it.
    from batchmark.driver.sampler import Sampler

    sampler = Sampler()
    sampler.run(run)
    trial.profile = sampler.profile


def _parse(line: bytes) -> Message:
    try:
        command = json.loads(line)
    except ValueError as error:
        raise Refusal("bad_command", f"the line is not JSON: {error}") from error
    if not isinstance(command, dict) or not isinstance(command.get("op"), str):
        raise Refusal("bad_command", "a command is a JSON object with a string `op`")
    return command


def _field(command: Message, name: str, kind: type) -> Any:
    value = command.get(name)
    if not isinstance(value, kind):
        raise Refusal("bad_command", f"{command['op']} needs `{name}`, a {kind.__name__}")
    return value


def _read_target(command: Message) -> Target:
    try:
        return target.read(_field(command, "target", dict))
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        message = f"the target cannot be read: {describe(error)}"
        raise Refusal("bad_command", message) from error
