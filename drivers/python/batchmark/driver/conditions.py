"""The conditions of the strategies, and the values that were given for them.

`conditions.json` defines the conditions for all drivers; this module only reads it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Optional, Union

from batchmark.driver.refusal import Refusal

UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}
YEAR = 365 * 86_400.0


class Condition(NamedTuple):
    """A setting of a strategy. It takes any of the words, a count, or a time after a prefix."""

    name: str
    default: str
    summary: str
    words: tuple[str, ...] = ()
    count_from: Optional[int] = None
    time_after: Optional[str] = None

    def accepts(self, value: str) -> bool:
        """Return whether the condition takes this value."""
        if value in self.words:
            return True
        if self.time_after is not None and value.startswith(self.time_after):
            return seconds(value[len(self.time_after) :]) is not None
        is_number = re.fullmatch("[0-9]+", value) is not None
        return self.count_from is not None and is_number and int(value) >= self.count_from

    def as_spec(self) -> dict[str, Any]:
        """Return its entry in `conditions` of `hello`."""
        values: dict[str, Any] = {}
        if self.words:
            values["words"] = list(self.words)
        if self.count_from is not None:
            values["count_from"] = self.count_from
        if self.time_after is not None:
            values["time_after"] = self.time_after
        spec = {"name": self.name, "default": self.default, "summary": self.summary}
        return {**spec, "values": values}

    def valid_values(self) -> str:
        """Describe the valid values: `native or a number from 1 up`."""
        forms = list(self.words)
        if self.count_from is not None:
            forms.append(f"a number from {self.count_from} up")
        if self.time_after is not None:
            forms.append(f"{self.time_after}TIME (such as {self.time_after}11ms)")
        return " or ".join(forms)


def condition(name: str, client: str) -> Condition:
    """Describe a condition for the strategies of a client, such as `requests`."""
    defined = _DEFINED[name]
    variants = [each for each in defined.get("variants", ()) if client in each["clients"]]
    definition = {**defined, **(variants[0] if variants else {})}
    values = definition["values"]
    return Condition(
        name,
        _default(definition["default"]),
        definition["summary"],
        words=tuple(values.get("words", ())),
        count_from=values.get("count_from"),
        time_after=values.get("time_after"),
    )


def _default(default: Union[str, Mapping[str, int]]) -> str:
    if isinstance(default, str):
        return default
    # As `ThreadPoolExecutor` counts the threads of the executor that a loop makes for itself.
    count_cpus = getattr(os, "process_cpu_count", os.cpu_count)
    return str(min(default["at_most"], (count_cpus() or 1) + default["cpus_plus"]))


_DEFINED = json.loads(Path(__file__).with_name("conditions.json").read_text("utf-8"))


def seconds(text: str) -> Optional[float]:
    """Return a time such as `11ms` in seconds; `None` if the text is not a time."""
    if text == "0":
        return 0.0
    parts = re.fullmatch(r"([0-9]+\.?[0-9]*|\.[0-9]+)([a-zµ]+)", text)
    if parts is None or parts[2] not in UNITS:
        return None
    time = float(parts[1]) * UNITS[parts[2]]
    return time if time <= YEAR else None


class Settings:
    """A value for every condition of a strategy."""

    def __init__(self, strategy: str, known: Sequence[Condition], given: Mapping[str, str]) -> None:
        conditions = {condition.name: condition for condition in known}
        for name, value in given.items():
            if name not in conditions:
                names = ", ".join(conditions) or "none"
                message = f"{strategy} has no condition {name!r}: it has {names}"
                raise Refusal("bad_condition", message)
            if not isinstance(value, str) or not conditions[name].accepts(value):
                message = f"{name}={value} is not valid: use {conditions[name].valid_values()}"
                raise Refusal("bad_condition", message)
        self._conditions = conditions
        self._given = dict(given)

    def word(self, name: str) -> str:
        """Return a condition's value; an empty string if the strategy lacks the condition."""
        condition = self._conditions.get(name)
        return "" if condition is None else self._given.get(name, condition.default)

    def chosen_count(self, name: str) -> Optional[int]:
        """Return the chosen count; `None` for the client's own default."""
        value = self._chosen(name)
        return int(value) if value is not None and value.isdigit() else None

    def chosen_switch(self, name: str) -> Optional[bool]:
        """Return the chosen switch; `None` for the client's own default."""
        value = self._chosen(name)
        return None if value is None else value == "on"

    def is_chosen(self, name: str) -> bool:
        """Return whether a condition has another value than the default."""
        return self._chosen(name) is not None

    def is_warm(self) -> bool:
        """Return whether one session serves all batches."""
        return self.word("session") == "warm"

    def sleep(self) -> Optional[float]:
        """Return how many seconds a request sleeps; `None` if it fetches."""
        value = self.word("work")
        return seconds(value[len("sleep:") :]) if value.startswith("sleep:") else None

    def _chosen(self, name: str) -> Optional[str]:
        condition = self._conditions.get(name)
        value = self.word(name)
        return None if condition is None or value == condition.default else value
