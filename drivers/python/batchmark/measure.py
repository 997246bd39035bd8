"""Measuring from Python: runs the `batchmark` program, and gives the times that it recorded."""

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
"""What is compared unless something else is asked for."""

PROGRAM = "BATCHMARK"
"""The environment variable that names the program, where it is not on the PATH."""

DRIVING = "BATCHMARK_DRIVING"
"""The environment variable by which code knows that a driver runs it."""

MEASURED = (0, 1)
"""The exit codes of a run that measured; with 1, some requests failed."""

Own = Union[str, Callable[..., Any]]


class BenchError(Exception):
    """Nothing was measured: why, and what to do about it."""


class BenchWarning(UserWarning):
    """Some batches have no time: how many, and why the first of them failed."""


def bench(
    n_iters: int = 50,
    batch_size: int = 4,
    *,
    url: Union[str, Sequence[str], None] = None,
    strategies: Union[str, Sequence[str], None] = None,
    own: Union[Own, Sequence[Own], None] = None,
    options: Sequence[str] = (),
) -> dict[str, list[float]]:
    """Measure how long batches take, and give the times in seconds, a list for each strategy.

    All strategies run in this Python, interleaved in blocks of a random order. The lists are
    aligned: their i-th entries come from the i-th block. A batch in which anything failed is NaN,
    and a `BenchWarning` says why.
    `pandas.DataFrame(bench()).describe()` makes the usual table.

    - `n_iters`: how many blocks are measured.
    - `batch_size`: how many requests make a batch.
    - `url`: what to fetch, as for `batchmark run`: one URL, such as `https://host/todos/[1-16]`, or
      several. Without it, the embedded endpoint is measured.
    - `strategies`: what to compare, such as `requests/threads:workers=4`. Without it, and without
      `own`, `requests/threads`, `requests/sequential` and `aiohttp/async`.
    - `own`: functions of your own to compare with these: a function (`def f(urls)` or
      `async def f(urls)`, returning the bodies) that stands in a file, or `"my.py"` for all that
      are marked there with `@batchmark.strategy`, or `"my.py:f"` for one.
    - `options`: further options of `batchmark run`, such as `["--link", "rtt=50ms"]`.

    A `BenchError` says why nothing was measured.
    """
    if DRIVING in os.environ:
        raise BenchError(
            "bench() was called by a file that a driver imports: "
            'put the call under  if __name__ == "__main__":'
        )
    files = [_own_argument(each) for each in _listed(own)]
    asked = [] if strategies is None else _listed(strategies)
    names = [*(asked or STRATEGIES), *_own_names(files)]
    with tempfile.TemporaryDirectory(prefix="batchmark-bench-") as folder:
        recording = Path(folder) / "run.jsonl"
        words = [_program(), "run", "--quiet", "--python", sys.executable]
        words += ["--save", str(recording), "-n", str(n_iters), "-b", str(batch_size)]
        words += [word for file in files for word in ("--own", file)]
        words += [word for name in dict.fromkeys(names) for word in ("-s", name)]
        words += [*options, *_listed(url)]
        _run(words)
        rows = _counted(read(recording))
    _warn_of_failures(rows)
    return _times(rows)


def _listed(given: Any) -> list[Any]:
    if given is None:
        return []
    return [given] if isinstance(given, str) or callable(given) else list(given)


def _program() -> str:
    program = os.environ.get(PROGRAM) or shutil.which("batchmark")
    if program is None:
        raise BenchError(
            f"the program batchmark is not on the PATH: install it, or set {PROGRAM} to where it is"
        )
    return program


def _run(words: Sequence[str]) -> None:
    try:
        done = subprocess.run(  # noqa: PLW1510 - the exit code is looked at below
            words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
    except OSError as error:
        message = f"{words[0]} cannot be run: {error}; set {PROGRAM} to where batchmark is"
        raise BenchError(message) from error
    if done.returncode not in MEASURED:
        told = done.stderr.decode(errors="replace").strip()
        raise BenchError(told or f"batchmark ended with exit code {done.returncode}")


def _counted(rows: Sequence[TrialRow]) -> list[TrialRow]:
    """Give the counted trials of what was measured, in the order in which it was first tried."""
    order = list(dict.fromkeys(row["label"] for row in rows))
    counted = [row for row in rows if row["stage"] == "counted" and row["role"] == "measured"]
    return sorted(counted, key=lambda row: order.index(row["label"]))


def _warn_of_failures(rows: Sequence[TrialRow]) -> None:
    """Say why there are batches without a time: NaN alone would not."""
    for label in dict.fromkeys(row["label"] for row in rows):
        of_label = [row for row in rows if row["label"] == label]
        failed = [row for row in of_label if math.isnan(row["seconds"])]
        if failed:
            message = f"{label}: {len(failed)} of {len(of_label)} batches failed, and are NaN"
            warnings.warn(f"{message}: {failed[0]['error']}", BenchWarning, stacklevel=3)


def _times(rows: Sequence[TrialRow]) -> dict[str, list[float]]:
    """Give the times of each strategy, a block an entry."""
    blocks = 1 + max((row["block"] or 0 for row in rows), default=-1)
    times: dict[str, list[float]] = {}
    for row in rows:
        column = times.setdefault(str(row["label"]), [math.nan] * blocks)
        column[row["block"] or 0] = row["seconds"]
    return times


def _own_argument(own: Own) -> str:
    """Give what `--own` takes."""
    if isinstance(own, str):
        return own
    name = getattr(own, "__qualname__", repr(own))
    code = getattr(own, "__code__", None)
    file = Path(code.co_filename) if code is not None else None
    if file is None or not file.is_file() or not name.isidentifier():
        raise BenchError(
            f"{name} cannot be measured from here, for a driver must find it in a file, by its "
            f'name: write it into a file (in a notebook, by %%writefile my.py) and pass "my.py:f"'
        )
    return f"{file.absolute()}:{name}"


def _own_names(files: Sequence[str]) -> Iterator[str]:
    from batchmark.driver.own_file import Lack, find

    for file in files:
        for found in find(file):
            if isinstance(found, Lack):
                raise BenchError(f"{found.reason}: {found.remedy}")
            yield found.name
