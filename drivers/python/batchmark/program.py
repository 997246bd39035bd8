"""Finds the `batchmark` program and runs it. It knows nothing of strategies or results."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Optional

from batchmark.errors import BadRecording, BadRequest, MeasurementError, ProgramNotFound
from batchmark.recording import TrialRow, read

PROGRAM = "BATCHMARK"
"""The environment variable with the program's path, for a program that is found nowhere else."""

NAME = "batchmark"

USAGE_ERROR = 2
"""The exit code for arguments that the program refuses."""

UNREACHABLE = 3
"""The exit code if no request reached the target."""

RECORDED = (0, 1, UNREACHABLE)
"""The exit codes of a run that left a recording; 1 means that some requests failed."""

SAID = "batchmark: "
REFUSED = "error: "
HELP = "For more information, try '--help'."
"""What the program writes before its error."""

Ended = subprocess.CompletedProcess[bytes]


def find_program() -> str:
    """Return the path of the `batchmark` program.

    It is the one that the variable `BATCHMARK` names, else the one that was installed with this
    package, else the one on the PATH.

    Raises:
        ProgramNotFound: There is none. The message says how to install it.
    """
    program = os.environ.get(PROGRAM) or _installed() or shutil.which(NAME)
    if program is None:
        raise ProgramNotFound(
            f"there is no program {NAME} beside {sys.executable} and none on the PATH. "
            f"Install it with  python -m pip install {NAME}  or set {PROGRAM} to its path."
        )
    return program


def _installed() -> Optional[str]:
    """Return the program that an installer put into a folder of scripts with this package."""
    for folder in _script_folders():
        program = Path(folder) / NAME
        if program.is_file() and os.access(program, os.X_OK):
            return str(program)
    return None


def _script_folders() -> Iterator[str]:
    yield sysconfig.get_path("scripts")
    # A virtual environment that was made from another one may report the scripts of that one.
    yield str(Path(sys.executable).parent)
    # pip install --user
    yield sysconfig.get_path("scripts", f"{os.name}_user")
    # pip install --target
    yield str(Path(__file__).parent.parent / "bin")


def measure(arguments: Sequence[str]) -> Ended:
    """Run `batchmark run`. What it measured is in its recording; its log is kept for errors.

    Raises:
        BadRequest: The program refused the arguments.
        MeasurementError: The run ended with an error.
    """
    command = [find_program(), "run", "--quiet", *arguments]
    environment = _with_search_path() if "--own" in arguments else None
    done = _start(command, subprocess.DEVNULL, environment)
    if done.returncode == USAGE_ERROR:
        raise BadRequest(log(done))
    # A run that ends with an error says so. Its recording may be one of an older run.
    ended_with_error = any(line.startswith(SAID) for line in _text(done.stderr).split("\n"))
    if done.returncode not in RECORDED or ended_with_error:
        raise MeasurementError(log(done))
    return done


def report(recording: Path, arguments: Sequence[str], columns: Optional[int] = None) -> str:
    """Return what `batchmark report` prints of a recording, without colours.

    Raises:
        BadRecording: The recording is not there, or cannot be read.
        BadRequest: The program refused the arguments.
    """
    command = [find_program(), "report", str(recording), *arguments]
    width = {} if columns is None else {"COLUMNS": str(columns)}
    done = _start(command, subprocess.PIPE, {**os.environ, **width})
    # Where requests failed, the report is printed all the same.
    if done.stdout:
        return done.stdout.decode(errors="replace")
    reason = BadRequest if recording.is_file() else BadRecording
    raise reason(log(done))


def analyse(recording: Path, arguments: Sequence[str] = ()) -> Mapping[str, Any]:
    """Return the program's analysis of a recording; nothing if there is none.

    Raises:
        BadRequest: The program refused the arguments.
    """
    try:
        analysis = json.loads(report(recording, ["--json", "-", *arguments]))
    except (ValueError, BadRecording):
        return {}
    return analysis if isinstance(analysis, dict) else {}


def log(done: Ended) -> str:
    """Return what the program said, or else how it ended."""
    said = _text(done.stderr).replace(SAID, "", 1).removeprefix(REFUSED)
    said = said.partition(HELP)[0].strip()
    return said or f"batchmark ended with exit code {done.returncode}"


def read_measured(recording: Path, done: Ended) -> list[TrialRow]:
    """Read the recording of a run that has ended.

    Raises:
        MeasurementError: There is none.
    """
    try:
        return read(recording)
    except (OSError, BadRecording) as error:
        raise MeasurementError(log(done)) from error


def _start(
    command: Sequence[str], stdout: int, environment: Optional[Mapping[str, str]] = None
) -> Ended:
    try:
        return subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            env=environment,
        )
    except OSError as error:
        message = f"{command[0]} cannot be run: {error}. Set {PROGRAM} to the path of batchmark."
        raise ProgramNotFound(message) from error


def _with_search_path() -> Mapping[str, str]:
    """Return the environment in which your own code finds what it imports here.

    The standard library and installed packages are found by the interpreter itself.
    """
    installed = (sys.prefix, sys.base_prefix)
    folders = [path for path in sys.path if path and Path(path).is_dir()]
    own = [path for path in folders if not path.startswith(installed)]
    known = filter(None, [os.environ.get("PYTHONPATH"), *own])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(known)}


def _text(output: bytes) -> str:
    return output.decode(errors="replace").strip()
