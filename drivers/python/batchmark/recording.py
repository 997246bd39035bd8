"""Reads the trials of a recording as rows, for pandas or anything that takes a list of dicts."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Optional, TypedDict, Union

from batchmark.errors import BadRecording
from batchmark.packed import column

SCHEMAS = ("batchmark-recording/2", "batchmark-recording/1")


class TrialRow(TypedDict):
    """One trial. Unknown values are `None`; times are in seconds, sizes in bytes."""

    trial: int
    """The trial's number."""
    arm: str
    """The arm's unique name, such as `requests/threads:workers=4@16`."""
    label: Optional[str]
    """The strategy with the conditions that the user chose."""
    strategy: Optional[str]
    """The strategy's full name."""
    batch_size: Optional[int]
    """How many requests are in the batch."""
    role: Optional[str]
    """Why the arm is in the plan: `measured`, or a control such as `aa`."""
    stage: str
    """`counted`, or `pilot`, `warm_up` or `profile`, which never count."""
    block: Optional[int]
    """The block of a counted trial, from 0."""
    slot: Optional[int]
    """The trial's place in the order of its block, from 0."""
    process: int
    """Which of the arm's processes ran the trial, from 0."""
    seconds: float
    """How long the batch took; NaN if a request failed or the trial was lost."""
    failed: Optional[int]
    """How many requests failed; `None` for a lost trial."""
    error: Optional[str]
    """The first failure, or why the trial was lost."""
    connections: Optional[int]
    """How many connections the endpoint saw opened."""
    connections_used: Optional[int]
    """How many connections carried requests: seen by the endpoint, else reported by the client."""
    bytes: Optional[int]
    """The size of all bodies together."""
    user_seconds: Optional[float]
    """CPU time outside the kernel."""
    system_seconds: Optional[float]
    """CPU time inside the kernel."""
    peak_memory: Optional[int]
    """The peak memory of the process since its start, in bytes."""


def read(file: Union[str, os.PathLike[str]]) -> list[TrialRow]:
    """Read the trials of a recording.

    `pandas.DataFrame(batchmark.read("run.jsonl"))` makes a table of them. The trials behind the
    results have the stage `counted` and the role `measured`.

    Args:
        file: A file that `batchmark run --save FILE` wrote.

    Returns:
        One row for each trial, in the order in which they ran.

    Raises:
        BadRecording: The file is not a recording, or its format is another version's.
        OSError: The file cannot be opened.
    """
    path = Path(file)
    lines = _lines(path)
    header = next(lines, None)
    if header is None or header.get("line") != "header":
        raise BadRecording(f"{path} is not a recording: its first line is not a header")
    if header.get("schema") not in SCHEMAS:
        raise BadRecording(
            f"{path} has the schema {header.get('schema')!r}; this version reads {SCHEMAS[0]!r}. "
            "Install the version of batchmark that wrote it, or a newer one."
        )
    rest = list(lines)
    plan: Mapping[str, Any] = next((line for line in rest if line["line"] == "plan"), {})
    arms = {arm["name"]: arm for arm in plan.get("arms", [])}
    return [_row(line, arms.get(line["arm"], {})) for line in rest if line["line"] == "trial"]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of a recording, except a last line that was cut off."""
    with path.open(encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            if not text.endswith("\n"):
                return
            try:
                line = json.loads(text)
            except ValueError as error:
                raise BadRecording(f"line {number} of {path} cannot be read: {error}") from error
            if not isinstance(line, dict) or not isinstance(line.get("line"), str):
                raise BadRecording(f"line {number} of {path} is not a line of a recording")
            yield line


def _row(trial: Mapping[str, Any], arm: Mapping[str, Any]) -> TrialRow:
    stage = trial["stage"]
    run = trial["outcome"].get("ran", {})
    columns, usage = run.get("columns", {}), run.get("usage", {})
    totals = run["sampled"]["totals"] if "sampled" in run else None
    failures = _failures(columns, totals)
    opened, used = _connections(trial.get("witness"), columns, totals)
    return {
        "trial": trial["id"],
        "arm": trial["arm"],
        "label": arm.get("label"),
        "strategy": arm.get("strategy"),
        "batch_size": arm.get("batch_size"),
        "role": arm.get("role"),
        "stage": stage["is"],
        "block": stage.get("block"),
        "slot": stage.get("slot"),
        "process": trial["process"],
        "seconds": _seconds(run, failures),
        "failed": sum(failure["requests"] for failure in failures) if run else None,
        "error": _error(trial["outcome"], failures),
        "connections": opened,
        "connections_used": used,
        "bytes": totals["bytes"] if totals else _sum(_column(columns, "bytes")),
        "user_seconds": _in_seconds(usage.get("user")),
        "system_seconds": _in_seconds(usage.get("system")),
        "peak_memory": usage.get("peak_memory"),
    }


def _failures(
    columns: Mapping[str, Any], totals: Optional[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return how requests failed, and how many in each way."""
    if totals is not None:
        return list(totals.get("failures", []))
    errors = [error for error in columns.get("error") or [] if error is not None]
    return [{"failure": error, "requests": 1} for error in errors]


def _seconds(run: Mapping[str, Any], failures: list[dict[str, Any]]) -> float:
    if not run or failures:
        return math.nan
    return (int(run["finished"]) - int(run["started"])) / 1e9


def _error(outcome: Mapping[str, Any], failures: list[dict[str, Any]]) -> Optional[str]:
    if "lost" in outcome:
        return str(outcome["lost"]["message"])
    return str(failures[0]["failure"]["message"]) if failures else None


def _connections(
    witness: Optional[Mapping[str, Any]],
    columns: Mapping[str, Any],
    totals: Optional[Mapping[str, Any]],
) -> tuple[Optional[int], Optional[int]]:
    """Return how many connections were opened, and how many carried requests."""
    if witness is not None and "totals" in witness:
        return int(witness["totals"]["opened"]), int(witness["totals"]["used"])
    if totals is not None:
        return None, None
    if witness is not None:
        requests = witness["requests"]
        if isinstance(requests, dict):
            used = set(column(requests, "connection") or [])
        else:
            used = {request["connection"] for request in requests}
        return _length(witness["connections"]), len(used)
    carried = _column(columns, "connection") or [None]
    return None, None if None in carried else len(set(carried))


def _column(columns: Mapping[str, Any], name: str) -> Optional[list[Optional[int]]]:
    """Return a column of what a driver reported, which is packed where it is long."""
    return column(columns["packed"], name) if "packed" in columns else columns.get(name)


def _length(rows: Any) -> int:
    """Return how many rows there are, also where they are packed."""
    return int(rows["rows"]) if isinstance(rows, dict) else len(rows)


def _sum(entries: Optional[list[Optional[int]]]) -> Optional[int]:
    known = [entry for entry in entries or [] if entry is not None]
    return sum(known) if known else None


def _in_seconds(nanoseconds: Optional[int]) -> Optional[float]:
    return None if nanoseconds is None else nanoseconds / 1e9
