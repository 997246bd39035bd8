"""The conditions that strategies know, and the values that were given for them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, Callable, NamedTuple, Optional

from batchmark.driver.refusal import Refusal

UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}
YEAR = 365 * 86_400.0


class Condition(NamedTuple):
    """A setting of a strategy: any of the words, or a count, or a time behind a prefix."""

    name: str
    default: str
    summary: str
    words: tuple[str, ...] = ()
    count_from: Optional[int] = None
    time_after: Optional[str] = None

    def accepts(self, value: str) -> bool:
        """Tell whether this is a value that the condition takes."""
        if value in self.words:
            return True
        if self.time_after is not None and value.startswith(self.time_after):
            return seconds(value[len(self.time_after) :]) is not None
        is_number = re.fullmatch("[0-9]+", value) is not None
        return self.count_from is not None and is_number and int(value) >= self.count_from

    def as_spec(self) -> dict[str, Any]:
        """Describe it as `hello` does."""
        values: dict[str, Any] = {}
        if self.words:
            values["words"] = list(self.words)
        if self.count_from is not None:
            values["count_from"] = self.count_from
        if self.time_after is not None:
            values["time_after"] = self.time_after
        spec = {"name": self.name, "default": self.default, "summary": self.summary}
        return {**spec, "values": values}

    def __str__(self) -> str:
        forms = [] if self.count_from is None else [f"a number from {self.count_from} on"]
        forms.extend(self.words)
        if self.time_after is not None:
            forms.append(f"{self.time_after}TIME (such as {self.time_after}11ms)")
        return f"{self.name} is {' or '.join(forms)}"


def session() -> Condition:
    """`session=cold|warm`."""
    summary = "whether each batch opens and closes a session of its own"
    return Condition("session", "cold", summary, words=("cold", "warm"))


def workers() -> Condition:
    """`workers=N`: by default as many as the loop's default executor has."""
    summary = "how many threads make requests"
    return Condition("workers", str(default_workers()), summary, count_from=1)


def concurrency() -> Condition:
    """`concurrency=native|N`: by default only the client's own pool limits it."""
    summary = "how many requests are under way at once; native leaves that to the client"
    return Condition("concurrency", "native", summary, words=("native",), count_from=1)


def pool(default: int, summary: str) -> Callable[[], Condition]:
    """`pool=N`, with the client's own default."""
    return lambda: Condition("pool", str(default), summary, count_from=1)


def context() -> Condition:
    """`context=default|shared`."""
    summary = "whether connections share one TLS context, or each has what the client gives it"
    return Condition("context", "default", summary, words=("default", "shared"))


def trust_env(default: str) -> Callable[[], Condition]:
    """`trust_env=on|off`, with the client's own default."""
    summary = "whether the client looks into the environment and .netrc at every request"
    return lambda: Condition("trust_env", default, summary, words=("on", "off"))


def uvloop() -> Condition:
    """`uvloop=off|on`."""
    summary = "whether uvloop takes the place of asyncio's own event loop"
    return Condition("uvloop", "off", summary, words=("off", "on"))


def work() -> Condition:
    """`work=network|sleep:TIME`."""
    summary = "whether a request fetches or only sleeps"
    return Condition("work", "network", summary, words=("network",), time_after="sleep:")


def default_workers() -> int:
    """Give the size of the executor that a loop makes for itself (`ThreadPoolExecutor`)."""
    count_cpus = getattr(os, "process_cpu_count", os.cpu_count)
    return min(32, (count_cpus() or 1) + 4)


def seconds(text: str) -> Optional[float]:
    """Read a time such as `11ms`; none where it is no time."""
    if text == "0":
        return 0.0
    parts = re.fullmatch(r"([0-9]+\.?[0-9]*|\.[0-9]+)([a-zµ]+)", text)
    if parts is None or parts[2] not in UNITS:
        return None
    time = float(parts[1]) * UNITS[parts[2]]
    return time if time <= YEAR else None


class Settings:
    """A value for every condition that a strategy knows."""

    def __init__(self, strategy: str, known: Sequence[Condition], given: Mapping[str, str]) -> None:
        conditions = {condition.name: condition for condition in known}
        for name, value in given.items():
            if name not in conditions:
                names = ", ".join(conditions) or "none"
                message = f"{strategy} knows no condition {name!r}: it knows {names}"
                raise Refusal("bad_condition", message)
            if not isinstance(value, str) or not conditions[name].accepts(value):
                message = f"{name}={value} is not possible: {conditions[name]}"
                raise Refusal("bad_condition", message)
        self._conditions = conditions
        self._given = dict(given)

    def word(self, name: str) -> str:
        """Give a condition's value; empty for one that the strategy does not know."""
        condition = self._conditions.get(name)
        return "" if condition is None else self._given.get(name, condition.default)

    def chosen_count(self, name: str) -> Optional[int]:
        """Give the count that was chosen; none where the client's own default holds."""
        value = self.word(name)
        is_default = name not in self._conditions or value == self._conditions[name].default
        return None if is_default or not value.isdigit() else int(value)

    def chosen_switch(self, name: str) -> Optional[bool]:
        """Give the switch that was chosen; none where the client's own default holds."""
        value = self.word(name)
        is_default = name not in self._conditions or value == self._conditions[name].default
        return None if is_default else value == "on"

    def is_warm(self) -> bool:
        """Tell whether one session serves all batches."""
        return self.word("session") == "warm"

    def sleep(self) -> Optional[float]:
        """Give how long a request sleeps, in seconds, where it does not fetch."""
        value = self.word("work")
        return seconds(value[len("sleep:") :]) if value.startswith("sleep:") else None
