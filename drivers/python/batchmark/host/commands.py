"""The driver: it reads the protocol's commands, has them carried out, and answers."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Optional, Union

from batchmark.host import bench, own_bench, stage, target
from batchmark.host.bench import Bench
from batchmark.host.catalogue import STRATEGIES, Strategy
from batchmark.host.conditions import Settings
from batchmark.host.faults import in_words
from batchmark.host.own_files import Lack, Own
from batchmark.host.refusal import Refusal
from batchmark.host.stage import Stage
from batchmark.host.target import Target
from batchmark.host.trial import Trial
from batchmark.host.trust import Store
from batchmark.host.versions import is_there, versions

VERSION = 1

Message = Mapping[str, Any]
Offer = Union[Strategy, Own]


class Quit(Exception):
    """Nothing further is to be obeyed: it was said so, or the process is of no further use."""


class Driver:
    """Obeys commands, one after another."""

    def __init__(self, main_stage: Stage, store: Store, own: Sequence[Union[Own, Lack]]) -> None:
        self._stage = main_stage
        self._store = store
        self._offers: list[Offer] = [each for each in STRATEGIES if is_there(each.module)]
        self._offers += [each for each in own if isinstance(each, Own)]
        lacking = [each for each in STRATEGIES if not is_there(each.module)]
        self._missing = [
            *[each.as_missing() for each in lacking],
            *[each.as_missing() for each in own if isinstance(each, Lack)],
        ]
        self._prepared: Optional[tuple[Bench, Target, bool]] = None
        self._is_stuck = False

    def obey(self, line: bytes) -> Iterator[Message]:
        """Carry out a command. What it cannot do it refuses, and goes on."""
        try:
            command = _parse(line)
            if command["op"] == "quit":
                raise Quit
            operation = {"hello": self._hello, "prepare": self._prepare, "trial": self._trial}
            if command["op"] not in operation:
                raise Refusal("bad_command", f"there is no command {command['op']!r}")
            yield from operation[command["op"]](command)
        except Refusal as refusal:
            yield {"op": "error", "kind": refusal.kind, "message": refusal.message}
        except Quit:
            raise
        except Exception as error:
            yield {"op": "error", "kind": "internal", "message": in_words(error)}

    def _hello(self, command: Message) -> Iterator[Message]:
        if _part(command, "protocol", int) != VERSION:
            message = f"this driver speaks version {VERSION} of the protocol"
            raise Refusal("unsupported_version", message)
        yield {
            "op": "hello",
            "protocol": VERSION,
            "driver": "python",
            "versions": versions(),
            "strategies": [offer.as_spec() for offer in self._offers],
            "missing": self._missing,
            "now": str(time.monotonic_ns()),
        }

    def _prepare(self, command: Message) -> Iterator[Message]:
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
        ready: Bench = self._stage.start(
            partial(self._bench, offer, settings, wanted, is_traced)
        ).result()
        if self._prepared is not None:
            self._stage.start(self._prepared[0].close).result()
        self._prepared = (ready, wanted, is_traced)
        yield {"op": "ready", "facts": ready.facts}

    def _bench(self, offer: Offer, settings: Settings, wanted: Target, is_traced: bool) -> Bench:
        if isinstance(offer, Own):
            return own_bench.prepare(offer, wanted, self._store)
        return bench.prepare(offer, settings, wanted, self._store, is_traced)

    def _trial(self, command: Message) -> Iterator[Message]:
        identity, count = _part(command, "id", int), _part(command, "requests", int)
        if self._prepared is None:
            raise Refusal("bad_command", "a strategy must be prepared before its trials")
        ready, wanted, is_traced = self._prepared
        if not 1 <= count <= len(wanted.requests):
            message = f"a batch can have 1 to {len(wanted.requests)} requests, and not {count}"
            raise Refusal("bad_command", message)
        self._find_a_stage()
        trial = Trial(wanted, ready.rows(count), is_traced)
        job = self._stage.start(partial(ready.run, trial))
        is_in_time = job.done.wait(wanted.time_limit / 1e9)
        if not is_in_time:
            trial.expire()
        elif job.error is not None:
            raise Refusal("internal", f"the batch broke off: {in_words(job.error)}")
        yield {"op": "columns", "id": identity, "columns": trial.columns()}
        if not is_in_time and not ready.can_be_left_behind:
            yield {"op": "done", "id": identity, **trial.done(), "ends": True}
            raise Quit
        yield {"op": "done", "id": identity, **trial.done()}
        # The answer is out; what follows delays nobody but the next trial.
        if not is_in_time:
            self._is_stuck = not stage.has_ended(job, trial.interrupt)

    def _find_a_stage(self) -> None:
        """Leave a batch that would not end where it is, so that it disturbs no other."""
        if self._is_stuck:
            self._stage, self._is_stuck = stage.beside(), False


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
