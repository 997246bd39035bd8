"""`python -m batchmark.dask PLAN --scheduler ADDRESS`: runs a plan on every worker of a cluster.

The workers need batchmark too. They measure one after another unless `--together` is given; then
`batchmark merge` joins their recordings. It starts no cluster: any existing one will do.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Optional

from batchmark.errors import BatchmarkError, MeasurementError
from batchmark.program import find_program

EXCHANGES = 5
"""How often the clock of a worker is read: the shortest exchange counts."""

CONNECT = "15s"
"""How long the scheduler may take to answer."""

ADDRESS = r"((tcp|tls|wss?|ucx)://)?[^\s/]+:\d+"
MISSING = ": type pip install 'batchmark[dask]'"
STAMPS = ("sent", "received", "replied", "arrived")
Exchange = dict[str, str]


class Measured(NamedTuple):
    """What a worker sends back."""

    recording: str
    """Empty where nothing was measured."""
    log: str


def measure(plan: str, options: Sequence[str]) -> Measured:
    """Run a plan on this worker."""
    from batchmark import program

    with tempfile.TemporaryDirectory(prefix="batchmark-dask-") as name:
        file, recording = Path(name) / "plan.toml", Path(name) / "run.jsonl"
        file.write_text(plan, encoding="utf-8")
        words = [str(file), "--save", str(recording), "--python", sys.executable, *options]
        try:
            done = program.measure(words)
            return Measured(recording.read_text("utf-8"), done.stderr.decode().strip())
        except (BatchmarkError, OSError) as error:
            return Measured("", str(error))


def read_clock() -> tuple[int, int]:
    """Return when a question arrived at this worker, and when it is answered."""
    return time.monotonic_ns(), time.monotonic_ns()


def run(
    plan: Path, scheduler: str, folder: Path, *, together: bool, options: Sequence[str]
) -> Iterator[tuple[str, Optional[Path], str]]:
    """Run a plan on every worker, and keep the recordings.

    Args:
        plan: A plan file. Files that it names must be on every worker.
        scheduler: The address of the scheduler, such as `tcp://10.0.0.1:8786`.
        folder: Where the recordings are kept.
        together: Whether all workers measure at the same time.
        options: More options of `batchmark run`, such as `["-n", "20"]`.

    Yields:
        The name of each worker, its recording (`None` if it measured nothing), and its log.

    Raises:
        MeasurementError: The plan is no text, or there is no such scheduler, or it has no worker.
    """
    from distributed import Client

    try:
        text = plan.read_text("utf-8")
    except UnicodeError as error:
        raise MeasurementError(f"{plan} is not UTF-8: {error}") from error
    if not re.fullmatch(ADDRESS, scheduler):
        raise MeasurementError(f"{scheduler!r} is no scheduler's address: write tcp://HOST:8786")
    try:
        client = Client(scheduler, timeout=CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise MeasurementError(f"no scheduler answers at {scheduler}: {error}") from error
    with client:
        places = _names(client)
        if not places:
            raise MeasurementError(f"the cluster at {scheduler} has no worker: start some first")
        collector = uuid.uuid4().hex
        clocks = {address: _exchanges(client, address) for address in places}

        def submit(address: str) -> Any:
            return client.submit(measure, text, options, workers=[address], pure=False, retries=0)

        started = {address: submit(address) for address in places if together}
        for address, place in places.items():
            task = started.get(address) or submit(address)
            yield _kept(task, place, folder, collector, clocks[address])


def _names(client: Any) -> dict[str, str]:
    """Return a name for the place of each worker that no other has, by its address."""
    workers = client.scheduler_info(n_workers=-1)["workers"]
    names: dict[str, str] = {}
    for address, worker in sorted(workers.items(), key=lambda each: str(each[1]["name"])):
        given = str(worker["name"])
        name = f"worker-{given}" if given.isdigit() else re.sub(r"[^\w.-]+", "-", given).strip("-.")
        taken = sum(name == other for other in names.values())
        names[address] = name if not taken else f"{name}-{len(names)}"
    return names


def _exchanges(client: Any, address: str) -> list[Exchange]:
    """Ask a worker for its clock, and stamp each question and its answer here."""
    exchanges = []
    for _ in range(EXCHANGES):
        sent = time.monotonic_ns()
        received, replied = client.run(read_clock, workers=[address])[address]
        stamps = (sent, received, replied, time.monotonic_ns())
        exchanges.append(dict(zip(STAMPS, map(str, stamps))))
    return exchanges


def _kept(
    task: Any, place: str, folder: Path, collector: str, exchanges: list[Exchange]
) -> tuple[str, Optional[Path], str]:
    """Wait for a worker, and keep its recording with the comparison of clocks."""
    try:
        recording, log = task.result()
    except ModuleNotFoundError as error:
        return place, None, f"{error}: type pip install batchmark there"
    except Exception as error:
        return place, None, f"{type(error).__name__}: {error}"
    header, newline, rest = recording.partition("\n")
    if not newline:
        return place, None, log
    clock = {"collector": collector, "exchanges": exchanges}
    compared = json.dumps({**json.loads(header), "clock": clock}, separators=(",", ":"))
    file = folder / f"{place}.jsonl"
    # Only its owner may read a recording.
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as kept:
        kept.write(compared + newline + rest)
    return place, file, log


def _arguments() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        prog="python -m batchmark.dask",
        description="Run a plan on every worker of a Dask cluster, and merge the recordings.",
        epilog="All other options are those of batchmark run, such as -n 20.",
    )
    parser.add_argument("plan", type=Path, help="plan file (see docs/plan-file.md)")
    parser.add_argument("--scheduler", required=True, help="its address: tcp://10.0.0.1:8786")
    parser.add_argument("--together", action="store_true", help="measure on all workers at once")
    parser.add_argument("--save", type=Path, default=Path(), help="folder for the recordings")
    parser.add_argument("--json", metavar="FILE", help="write the merge as JSON; - for stdout")
    return parser.parse_known_args()


def main() -> int:
    """Measure, keep the recordings, and print the merge."""
    given, options = _arguments()
    kept: list[str] = []
    code = 0
    try:
        given.save.mkdir(parents=True, exist_ok=True)
        where = (given.plan, given.scheduler, given.save)
        for place, file, log in run(*where, together=given.together, options=options):
            print(f"{place}: {log or 'measured'}", file=sys.stderr)
            code |= int(file is None)
            kept += [f"{place}={file}"] if file else []
        if kept:
            output = ["--json", given.json] if given.json else []
            merge = subprocess.run([find_program(), "merge", *kept, *output], check=False)
            code = max(code, merge.returncode)
    except (ModuleNotFoundError, BatchmarkError, OSError) as error:
        remedy = MISSING if isinstance(error, ModuleNotFoundError) else ""
        print(f"batchmark: {error}{remedy}", file=sys.stderr)
        return 2
    return code


if __name__ == "__main__":
    # Workers get functions by the name of their module, and this one is called __main__ here.
    from batchmark.dask import main as imported_main

    sys.exit(imported_main())
