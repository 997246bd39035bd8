"""Measures from Python: runs the `batchmark` program and returns the times that it recorded."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Callable, Optional, Union

from batchmark.errors import (
    AllBatchesFailed,
    BadRequest,
    MeasurementError,
    MeasurementWarning,
    ProgramNotFound,
    TargetUnreachable,
)
from batchmark.recording import BadRecording, TrialRow, read

STRATEGIES = ("requests/threads", "requests/sequential", "aiohttp/async")
"""What `bench` compares by default."""

PROGRAM = "BATCHMARK"
"""The environment variable with the program's path, for a program that is not on the PATH."""

INSIDE_DRIVER = "BATCHMARK_DRIVING"
"""The environment variable that is set in a driver's process."""

USAGE_ERROR = 2
"""The exit code for arguments that the program refuses."""

UNREACHABLE = 3
"""The exit code if no request reached the target."""

RECORDED = (0, 1, UNREACHABLE)
"""The exit codes of a run that left a recording; 1 means that some requests failed."""

SAID = "batchmark: "
"""What the program writes before its error."""

PILOT_FAILED = "pilot_failed"
"""Why a run stopped in whose pilot every batch failed."""

GIVEN = {
    "-n": "n_iters",
    "--iterations": "n_iters",
    "-b": "batch_size",
    "--batch-size": "batch_size",
}
"""The options that are parameters of `bench`."""

Own = Union[str, Callable[..., Any]]


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
    if INSIDE_DRIVER in os.environ:
        raise BadRequest(
            "this file calls bench() when it is imported, and a driver imports it to measure it. "
            'Put the call under  if __name__ == "__main__":'
        )
    files = [_own_argument(each) for each in _as_list(own)]
    chosen = [] if strategies is None else _as_list(strategies)
    names = [*(chosen or STRATEGIES), *_own_names(files)]
    given = _Options(options)
    with tempfile.TemporaryDirectory(prefix="batchmark-bench-") as folder:
        recording = given.recording or Path(folder) / "run.jsonl"
        command = [_program(), "run", "--quiet", "--save", str(recording)]
        command += [] if given.names_python else ["--python", sys.executable]
        command += ["-n", str(n_iters), "-b", str(batch_size)]
        command += [word for file in files for word in ("--own", file)]
        command += [word for name in dict.fromkeys(names) for word in ("-s", name)]
        command += [*given.others, *_as_list(url)]
        done = _run(command)
        rows = _counted(_read(recording, done))
        if any(math.isnan(row["seconds"]) for row in rows) or not rows:
            analysis = _analyse(recording)
            _raise_without_times(rows, analysis, done)
            _warn_of_failures(rows, analysis)
    return _times_by_strategy(rows)


class _Options:
    """The `options` of `bench`, without those that it needs itself."""

    def __init__(self, options: Sequence[str]) -> None:
        self.recording: Optional[Path] = None
        self.names_python = False
        self.others: list[str] = []
        words = iter([options] if isinstance(options, str) else map(str, options))
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

    @staticmethod
    def _refuse_parameter(word: str, name: str) -> None:
        short = word[:2] if word[:1] == "-" and word[:2] != "--" else name
        parameter = GIVEN.get(short)
        if parameter is not None:
            raise BadRequest(f"{word} in options is the parameter {parameter} of bench(): use that")


def _as_list(given: Any) -> list[Any]:
    if given is None:
        return []
    return [given] if isinstance(given, str) or callable(given) else list(given)


def _program() -> str:
    program = os.environ.get(PROGRAM) or shutil.which("batchmark")
    if program is None:
        raise ProgramNotFound(
            f"there is no program batchmark on the PATH. Install it, or set {PROGRAM} to its path."
        )
    return program


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    """Run the program. What it measured is in the recording; its log is kept for errors."""
    try:
        done = subprocess.run(  # noqa: PLW1510 - the exit code is checked below
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
    except OSError as error:
        message = f"{command[0]} cannot be run: {error}. Set {PROGRAM} to the path of batchmark."
        raise ProgramNotFound(message) from error
    if done.returncode == USAGE_ERROR:
        raise BadRequest(_log(done))
    # A run that ends with an error says so. Its recording may be one of an older run.
    ended_with_error = any(line.startswith(SAID) for line in _text(done.stderr).split("\n"))
    if done.returncode not in RECORDED or ended_with_error:
        raise MeasurementError(_log(done))
    return done


def _log(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return what the program said, or else how it ended."""
    said = _text(done.stderr).replace(SAID, "", 1)
    return said or f"batchmark ended with exit code {done.returncode}"


def _text(output: bytes) -> str:
    return output.decode(errors="replace").strip()


def _read(recording: Path, done: subprocess.CompletedProcess[bytes]) -> list[TrialRow]:
    try:
        return read(recording)
    except (OSError, BadRecording) as error:
        raise MeasurementError(_log(done)) from error


def _analyse(recording: Path) -> Mapping[str, Any]:
    """Return the program's analysis of a recording; nothing if there is none."""
    command = [_program(), "report", str(recording), "--json", "-"]
    done = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    try:
        analysis = json.loads(done.stdout)
    except ValueError:
        return {}
    return analysis if isinstance(analysis, dict) else {}


def _raise_without_times(
    rows: Sequence[TrialRow],
    analysis: Mapping[str, Any],
    done: subprocess.CompletedProcess[bytes],
) -> None:
    """Raise unless some batch has a time, with the program's own sentences."""
    if not all(math.isnan(row["seconds"]) for row in rows):
        return
    ending = str(analysis.get("ending") or _log(done))
    if done.returncode == UNREACHABLE:
        raise TargetUnreachable(ending)
    if rows:
        answers = [str(answer["sentence"]) for answer in analysis.get("answers", [])]
        raise AllBatchesFailed(" ".join(answers) or ending)
    raise (
        AllBatchesFailed(ending)
        if analysis.get("stopped") == PILOT_FAILED
        else MeasurementError(ending)
    )


def _counted(rows: Sequence[TrialRow]) -> list[TrialRow]:
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
            warnings.warn(f"{message}: {reason}", MeasurementWarning, stacklevel=3)


def _reason(arm: str, analysis: Mapping[str, Any]) -> Optional[str]:
    """Return the program's sentence about what failed in an arm."""
    for failed in analysis.get("failures", []):
        if arm in failed["arms"]:
            return str(failed["sentence"])
    return None


def _times_by_strategy(rows: Sequence[TrialRow]) -> dict[str, list[float]]:
    """Return the times of each strategy, indexed by block."""
    blocks = 1 + max((row["block"] or 0 for row in rows), default=-1)
    times: dict[str, list[float]] = {}
    for row in rows:
        column = times.setdefault(str(row["label"]), [math.nan] * blocks)
        column[row["block"] or 0] = row["seconds"]
    return times


def _own_argument(own: Own) -> str:
    """Return the argument of `--own` for a function or a file."""
    if isinstance(own, str):
        return own
    name = getattr(own, "__qualname__", repr(own))
    code = getattr(own, "__code__", None)
    file = Path(code.co_filename) if code is not None else None
    if file is None or not file.is_file() or not name.isidentifier():
        raise BadRequest(
            f"{name} cannot be measured: it is not a named function at the top level of a file, "
            "where a driver could import it. Write it to a file (in a notebook: %%writefile my.py) "
            'and pass "my.py:FUNCTION".'
        )
    return f"{file.absolute()}:{name}"


def _own_names(files: Sequence[str]) -> Iterator[str]:
    from batchmark.driver.own_file import MissingFunction, find_functions

    for file in files:
        for found in find_functions(file):
            if isinstance(found, MissingFunction):
                raise BadRequest(f"{found.reason}: {found.remedy}")
            yield found.name
