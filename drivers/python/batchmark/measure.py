"""Measures from Python: runs the `batchmark` program and returns the times that it recorded."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Callable, Union

from batchmark.recording import TrialRow, read

STRATEGIES = ("requests/threads", "requests/sequential", "aiohttp/async")
"""What `bench` compares by default."""

PROGRAM = "BATCHMARK"
"""The environment variable with the program's path, for a program that is not on the PATH."""

INSIDE_DRIVER = "BATCHMARK_DRIVING"
"""The environment variable that is set in a driver's process."""

MEASURED = (0, 1)
"""The exit codes of a run that measured; 1 means that some requests failed."""

Own = Union[str, Callable[..., Any]]


class BenchError(Exception):
    """Nothing was measured. The message says why, and what to do."""


class BenchWarning(UserWarning):
    """Some batches failed and have no time. The message counts them and names the first failure."""


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
        options: More options of `batchmark run`, such as `["--link", "rtt=50ms"]`.

    Returns:
        The times of each strategy in seconds, one for each block. Entries with the same index come
        from the same block. A batch with a failed request is NaN.

    Raises:
        BenchError: Nothing was measured.

    Warns:
        BenchWarning: Some batches failed.
    """
    if INSIDE_DRIVER in os.environ:
        raise BenchError(
            "this file calls bench() when it is imported, and a driver imports it to measure it. "
            'Put the call under  if __name__ == "__main__":'
        )
    files = [_own_argument(each) for each in _as_list(own)]
    chosen = [] if strategies is None else _as_list(strategies)
    names = [*(chosen or STRATEGIES), *_own_names(files)]
    with tempfile.TemporaryDirectory(prefix="batchmark-bench-") as folder:
        recording = Path(folder) / "run.jsonl"
        command = [_program(), "run", "--quiet", "--python", sys.executable]
        command += ["--save", str(recording), "-n", str(n_iters), "-b", str(batch_size)]
        command += [word for file in files for word in ("--own", file)]
        command += [word for name in dict.fromkeys(names) for word in ("-s", name)]
        command += [*options, *_as_list(url)]
        _run(command)
        rows = _counted(read(recording))
    _warn_of_failures(rows)
    return _times_by_strategy(rows)


def _as_list(given: Any) -> list[Any]:
    if given is None:
        return []
    return [given] if isinstance(given, str) or callable(given) else list(given)


def _program() -> str:
    program = os.environ.get(PROGRAM) or shutil.which("batchmark")
    if program is None:
        raise BenchError(
            f"there is no program batchmark on the PATH. Install it, or set {PROGRAM} to its path."
        )
    return program


def _run(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(  # noqa: PLW1510 - the exit code is checked below
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
    except OSError as error:
        message = f"{command[0]} cannot be run: {error}. Set {PROGRAM} to the path of batchmark."
        raise BenchError(message) from error
    if done.returncode not in MEASURED:
        message = done.stderr.decode(errors="replace").strip()
        raise BenchError(message or f"batchmark ended with exit code {done.returncode}")


def _counted(rows: Sequence[TrialRow]) -> list[TrialRow]:
    """Return the counted trials of the measured arms, in the order in which each first ran."""
    order = list(dict.fromkeys(row["label"] for row in rows))
    counted = [row for row in rows if row["stage"] == "counted" and row["role"] == "measured"]
    return sorted(counted, key=lambda row: order.index(row["label"]))


def _warn_of_failures(rows: Sequence[TrialRow]) -> None:
    """Warn for each strategy with failed batches: NaN alone would not say why."""
    for label in dict.fromkeys(row["label"] for row in rows):
        trials = [row for row in rows if row["label"] == label]
        failed = [row for row in trials if math.isnan(row["seconds"])]
        if failed:
            message = f"{label}: {len(failed)} of {len(trials)} batches failed and are NaN"
            warnings.warn(f"{message}: {failed[0]['error']}", BenchWarning, stacklevel=3)


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
        raise BenchError(
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
                raise BenchError(f"{found.reason}: {found.remedy}")
            yield found.name
