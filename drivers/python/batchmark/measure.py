"""Measures from Python: runs the `batchmark` program and returns the times that it recorded."""

from __future__ import annotations

import math
import os
import sys
import tempfile
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Callable, Optional, Union

from batchmark import program
from batchmark.errors import (
    AllBatchesFailed,
    BadRequest,
    MeasurementError,
    MeasurementWarning,
    TargetUnreachable,
)
from batchmark.own_code import Own, own_argument, own_names
from batchmark.recording import TrialRow

STRATEGIES = ("requests/threads", "requests/sequential", "aiohttp/async")
"""What `bench` compares by default."""

INSIDE_DRIVER = "BATCHMARK_DRIVING"
"""The environment variable that is set in a driver's process."""

PILOT_FAILED = "pilot_failed"
"""Why a run stopped in whose pilot every batch failed."""

GIVEN = {
    "-n": "n_iters",
    "--iterations": "n_iters",
    "-b": "batch_size",
    "--batch-size": "batch_size",
}
"""The options that are parameters of `bench`."""


def bench(
    n_iters: int = 50,
    batch_size: int = 4,
    *,
    url: Union[str, Sequence[str], None] = None,
    strategies: Union[str, Sequence[str], None] = None,
    own: Union[Own, Sequence[Own], None] = None,
    options: Sequence[str] = (),
) -> dict[str, list[float]]:
    """Measure how long each strategy takes for a batch of requests.

    All strategies run in this Python's interpreter, interleaved: each block runs every strategy
    once, in random order. `pandas.DataFrame(bench()).describe()` makes the usual table.

    Args:
        n_iters: The number of blocks.
        batch_size: The number of requests in a batch.
        url: What to fetch, as in `batchmark run`: one URL, such as `https://host/todos/[1-16]`, or
            several. By default, the embedded endpoint.
        strategies: What to compare, such as `requests/threads:workers=4`: one name or several. By
            default `requests/threads`, `requests/sequential` and `aiohttp/async`.
        own: Your own code to compare with these, one item or several: a function that a file
            defines, `"my.py"` for every function in it with `@batchmark.strategy`, or `"my.py:f"`
            for one function. It takes the list of URLs and returns the bodies; it may be `async`.
        options: More options of `batchmark run`, such as `["--link", "rtt=50ms"]`. With
            `["--save", FILE]` the recording is kept.

    Returns:
        The times of each strategy in seconds, one for each block. Entries with the same index come
        from the same block. A batch with a failed request is NaN.

    Raises:
        MeasurementError: Nothing was measured: no batch of any strategy has a time.

    Warns:
        MeasurementWarning: Some batches failed. It names each strategy with failed batches, and
            what failed.
    """
    refuse_inside_driver("bench")
    chosen = as_list(strategies, "strategies")
    given = Options(options, "bench", GIVEN)
    with tempfile.TemporaryDirectory(prefix="batchmark-bench-") as name:
        folder = Path(name)
        files = [own_argument(each, folder) for each in as_list(own, "own")]
        recording = given.recording or folder / "run.jsonl"
        arguments = ["--save", str(recording), *given.interpreter()]
        arguments += ["-n", str(n_iters), "-b", str(batch_size)]
        arguments += words_for("--own", files)
        arguments += words_for("-s", dict.fromkeys([*(chosen or STRATEGIES), *own_names(files)]))
        rows = measure_rows(recording, [*arguments, *given.others, *map(str, as_list(url, "url"))])
    return times_by_block(rows, lambda row: str(row["label"]))


def refuse_inside_driver(caller: str) -> None:
    """Refuse to measure in a driver's process, which imports the user's file to measure it."""
    if INSIDE_DRIVER in os.environ:
        raise BadRequest(
            f"this file calls {caller}() when it is imported, and a driver imports it to measure "
            'it. Put the call under  if __name__ == "__main__":'
        )


def measure_rows(recording: Path, arguments: Sequence[str]) -> list[TrialRow]:
    """Run the program, and return the counted trials of the measured arms.

    Args:
        recording: Where the arguments say that the recording is saved.
        arguments: Those of `batchmark run`.

    Raises:
        MeasurementError: No batch has a time.

    Warns:
        MeasurementWarning: Some batches failed.
    """
    done = program.measure(arguments)
    rows = counted(program.read_measured(recording, done))
    if any(math.isnan(row["seconds"]) for row in rows) or not rows:
        analysis = program.analyse(recording)
        _raise_without_times(rows, analysis, done)
        _warn_of_failures(rows, analysis)
    return rows


class Options:
    """The `options` of a measurement, without those that it needs itself."""

    def __init__(
        self, options: Union[str, Sequence[str]], caller: str, parameters: Mapping[str, str]
    ) -> None:
        self._caller = caller
        self._parameters = parameters
        self.recording: Optional[Path] = None
        self.names_python = False
        self.others: list[str] = []
        words = iter(map(str, as_list(options or None, "options")))
        for word in words:
            name, equals, value = word.partition("=")
            self._refuse_parameter(word, name)
            if name == "--save":
                self.recording = Path(value if equals else next(words, ""))
                if not self.recording.name:
                    raise BadRequest('--save in options names no file: ["--save", "run.jsonl"]')
            elif word not in ("-q", "--quiet"):
                self.names_python |= name == "--python"
                self.others.append(word)

    def interpreter(self) -> list[str]:
        """Return the words that name this interpreter, unless the options name one."""
        return [] if self.names_python else ["--python", sys.executable]

    def _refuse_parameter(self, word: str, name: str) -> None:
        short = word[:2] if word[:1] == "-" and word[:2] != "--" else name
        parameter = self._parameters.get(short)
        if parameter is not None:
            raise BadRequest(
                f"{word} in options is the parameter {parameter} of {self._caller}(): use that"
            )


def as_list(given: Any, parameter: str) -> list[Any]:
    """Return one thing or several as a list; nothing for `None`.

    Raises:
        BadRequest: It is neither, or an empty list.
    """
    if given is None:
        return []
    if isinstance(given, (str, int)) or callable(given):
        return [given]
    try:
        several = list(given)
    except TypeError:
        raise BadRequest(f"{parameter} must be one value or several, not {given!r}") from None
    if not several:
        raise BadRequest(f"{parameter} is empty: leave it out, or give at least one value")
    return several


def as_path(given: Any, parameter: str) -> Path:
    """Return the path of a file.

    Raises:
        BadRequest: It is none.
    """
    try:
        return Path(given)
    except TypeError:
        raise BadRequest(f"{parameter} must be the path of a file, not {given!r}") from None


def words_for(option: str, values: Iterable[object]) -> list[str]:
    """Return an option with each of its values."""
    return [word for value in values for word in (option, str(value))]


def _raise_without_times(
    rows: Sequence[TrialRow],
    analysis: Mapping[str, Any],
    done: program.Ended,
) -> None:
    """Raise unless some batch has a time, with the program's own sentences."""
    if not all(math.isnan(row["seconds"]) for row in rows):
        return
    ending = str(analysis.get("ending") or program.log(done))
    if done.returncode == program.UNREACHABLE:
        raise TargetUnreachable(ending)
    if rows:
        answers = [str(answer["sentence"]) for answer in analysis.get("answers", [])]
        raise AllBatchesFailed(" ".join(answers) or ending)
    raise (
        AllBatchesFailed(ending)
        if analysis.get("stopped") == PILOT_FAILED
        else MeasurementError(ending)
    )


def counted(rows: Sequence[TrialRow]) -> list[TrialRow]:
    """Return the counted trials of the measured arms, in the order in which each first ran."""
    order = list(dict.fromkeys(row["label"] for row in rows))
    counted = [row for row in rows if row["stage"] == "counted" and row["role"] == "measured"]
    return sorted(counted, key=lambda row: order.index(row["label"]))


def _warn_of_failures(rows: Sequence[TrialRow], analysis: Mapping[str, Any]) -> None:
    """Warn for each strategy with failed batches: NaN alone would not say why."""
    for label in dict.fromkeys(row["label"] for row in rows):
        trials = [row for row in rows if row["label"] == label]
        failed = [row for row in trials if math.isnan(row["seconds"])]
        if failed:
            if len(failed) == len(trials):
                message = f"{label} has no time"
            else:
                message = f"{label}: {len(failed)} of {len(trials)} batches failed and are NaN"
            reason = _reason(failed[0]["arm"], analysis) or failed[0]["error"]
            warnings.warn(f"{message}: {reason}", MeasurementWarning, stacklevel=4)


def _reason(arm: str, analysis: Mapping[str, Any]) -> Optional[str]:
    """Return the program's sentence about what failed in an arm."""
    for failed in analysis.get("failures", []):
        if arm in failed["arms"]:
            return str(failed["sentence"])
    return None


def times_by_block(
    rows: Sequence[TrialRow], name: Callable[[TrialRow], str]
) -> dict[str, list[float]]:
    """Return the times of each strategy or arm, indexed by block; NaN for a failed batch."""
    blocks = 1 + max((row["block"] or 0 for row in rows), default=-1)
    times: dict[str, list[float]] = {}
    for row in rows:
        column = times.setdefault(name(row), [math.nan] * blocks)
        column[row["block"] or 0] = row["seconds"]
    return times
