"""The driver: it reads the protocol's commands, has them carried out, and answers."""

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
from batchmark.driver.failure import in_words
from batchmark.driver.library_strategy import Bench
from batchmark.driver.own_file import Lack, Own
from batchmark.driver.refusal import Refusal
from batchmark.driver.target import Target
from batchmark.driver.trial import Trial
from batchmark.driver.trust import Store
from batchmark.driver.versions import is_there, versions
from batchmark.driver.watchdog import Watch

VERSION = 1

Message = Mapping[str, Any]
Offer = Union[Strategy, Own]


class Quit(Exception):
    """Nothing further is to be obeyed: it was said so, or the process is of no further use."""


class Channel(NamedTuple):
    """The driver's own way in and out."""

    commands: Iterable[bytes]
    """Line by line."""
    answer: Callable[[Message], None]


class Driver:
    """Obeys commands, one after another, on the thread that has it serve: the main one.

    A batch that cannot be made to end keeps its thread; another goes on serving.
    """

    def __init__(
        self,
        channel: Channel,
        leave: Callable[[], NoReturn],
        store: Store,
        own: Sequence[Union[Own, Lack]],
    ) -> None:
        self._commands, self._answer = channel
        self._leave = leave
        self._watch = Watch()
        self._store = store
        self._offers: list[Offer] = [each for each in STRATEGIES if is_there(each.module)]
        self._offers += [each for each in own if isinstance(each, Own)]
        lacking = [each for each in STRATEGIES if not is_there(each.module)]
        self._missing = [
            *[each.as_missing() for each in lacking],
            *[each.as_missing() for each in own if isinstance(each, Lack)],
        ]
        self._prepared: Optional[tuple[Bench, Target, bool]] = None

    def serve(self) -> None:
        """Obey until it is told to quit or the commands end. The process ends with it."""
        with self._fit_to_go_on():
            for line in self._commands:
                self._obey(line)
        self._leave()

    @contextmanager
    def _fit_to_go_on(self) -> Iterator[None]:
        """End the process where that is asked for or nothing else is left."""
        try:
            yield
        except (Quit, BrokenPipeError):
            self._leave()
        except Exception:
            traceback.print_exc()
            self._leave()

    def _obey(self, line: bytes) -> None:
        """Carry out a command. What it cannot do it refuses, and goes on."""
        try:
            command = _parse(line)
            if command["op"] == "quit":
                raise Quit
            operation = {"hello": self._hello, "prepare": self._prepare, "trial": self._trial}
            if command["op"] not in operation:
                raise Refusal("bad_command", f"there is no command {command['op']!r}")
            operation[command["op"]](command)
        except Refusal as refusal:
            self._answer({"op": "error", "kind": refusal.kind, "message": refusal.message})
        except (Quit, BrokenPipeError):
            raise
        except Exception as error:
            self._answer({"op": "error", "kind": "internal", "message": in_words(error)})

    def _hello(self, command: Message) -> None:
        if _part(command, "protocol", int) != VERSION:
            message = f"this driver speaks version {VERSION} of the protocol"
            raise Refusal("unsupported_version", message)
        self._answer(
            {
                "op": "hello",
                "protocol": VERSION,
                "driver": "python",
                "versions": versions(),
                "strategies": [offer.as_spec() for offer in self._offers],
                "missing": self._missing,
                "now": str(time.monotonic_ns()),
            }
        )

    def _prepare(self, command: Message) -> None:
        name = _part(command, "strategy", str)
        offer = next((each for each in self._offers if each.name == name), None)
        if offer is None:
            names = ", ".join(each.name for each in self._offers) or "none"
            message = f"no strategy {name!r} can be had here: there are {names}"
            raise Refusal("unknown_strategy", message)
        known = offer.known_conditions() if isinstance(offer, Strategy) else []
        settings = Settings(name, known, _part(command, "conditions", dict))
        wanted = _read_target(command)
        is_traced = _part(command, "trace", bool)
        ready = self._bench(offer, settings, wanted, is_traced)
        if self._prepared is not None:
            self._prepared[0].close()
        self._prepared = (ready, wanted, is_traced)
        self._answer({"op": "ready", "facts": ready.facts})

    def _bench(self, offer: Offer, settings: Settings, wanted: Target, is_traced: bool) -> Bench:
        if isinstance(offer, Own):
            return own_strategy.prepare(offer, wanted, self._store)
        return library_strategy.prepare(offer, settings, wanted, self._store, is_traced)

    def _trial(self, command: Message) -> None:
        identity, count = _part(command, "id", int), _part(command, "requests", int)
        if self._prepared is None:
            raise Refusal("bad_command", "a strategy must be prepared before its trials")
        ready, wanted, is_traced = self._prepared
        if not 1 <= count <= len(wanted.requests):
            message = f"a batch can have 1 to {len(wanted.requests)} requests, and not {count}"
            raise Refusal("bad_command", message)
        trial = Trial(wanted, ready.rows(count), is_traced)
        run, late = partial(ready.run, trial), partial(self._end_late, identity, ready, trial)
        try:
            is_in_time = self._watch.run(run, wanted.time_limit / 1e9, late)
        except BaseException as error:  # a client may call sys.exit() too
            raise Refusal("internal", f"the batch broke off: {in_words(error)}") from error
        if is_in_time:
            self._report(identity, trial)

    def _end_late(self, identity: int, ready: Bench, trial: Trial, has_returned: Event) -> None:
        """Report a batch whose limit has passed, and end it; if it will not, serve in its place."""
        with self._fit_to_go_on():
            trial.expire()
            if not ready.can_be_left_behind:
                self._report(identity, trial, ends=True)
                raise Quit
            self._report(identity, trial)
            # The answer is out; what follows delays nobody but the next trial.
            if interruption.is_ended(has_returned, trial.interrupt):
                return
        self.serve()

    def _report(self, identity: int, trial: Trial, **more: bool) -> None:
        self._answer({"op": "columns", "id": identity, "columns": trial.columns()})
        self._answer({"op": "done", "id": identity, **trial.done(), **more})


def _parse(line: bytes) -> Message:
    try:
        command = json.loads(line)
    except ValueError as error:
        raise Refusal("bad_command", f"not a line of JSON: {error}") from error
    if not isinstance(command, dict) or not isinstance(command.get("op"), str):
        raise Refusal("bad_command", "a command is an object with an op")
    return command


def _part(command: Message, name: str, kind: type) -> Any:
    part = command.get(name)
    if not isinstance(part, kind):
        raise Refusal("bad_command", f"{command['op']} needs {name}, as {kind.__name__}")
    return part


def _read_target(command: Message) -> Target:
    try:
        return target.read(_part(command, "target", dict))
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        message = f"the target cannot be read: {in_words(error)}"
        raise Refusal("bad_command", message) from error
