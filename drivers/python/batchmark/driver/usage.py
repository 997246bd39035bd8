"""What the driver's process, and the processes that it started, have used."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Optional

PEAK_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes per unit of `ru_maxrss`."""

PROCESSES = Path("/proc")
PEAK = "VmHWM:"
FIRST_TIME, LAST_TIME = 11, 15
"""Which words behind the name in `/proc/PID/stat` are CPU times, its children's last."""


class Usage(NamedTuple):
    """A reading of the counters."""

    own: resource.struct_rusage
    """Of the driver's process."""
    children: float
    """CPU time of the processes that it started, in seconds."""


def read_before() -> Usage:
    """Read the counters before a batch, those of the driver's process last."""
    children = _children()
    return Usage(resource.getrusage(resource.RUSAGE_SELF), children)


def read_after() -> Usage:
    """Read the counters after a batch, those of the driver's process first."""
    return Usage(resource.getrusage(resource.RUSAGE_SELF), _children())


def difference(before: Usage, after: Usage) -> dict[str, int]:
    """Return what was used between two readings, times in nanoseconds and memory in bytes."""
    own, earlier = after.own, before.own
    return {
        "user": round((own.ru_utime - earlier.ru_utime) * 1e9),
        "system": round((own.ru_stime - earlier.ru_stime) * 1e9),
        # The time of a process that is not waited for is lost.
        "children": max(0, round((after.children - before.children) * 1e9)),
        "voluntary_switches": own.ru_nvcsw - earlier.ru_nvcsw,
        "involuntary_switches": own.ru_nivcsw - earlier.ru_nivcsw,
        "peak_memory": _peak_memory() or own.ru_maxrss * PEAK_UNIT,
    }


def _peak_memory() -> Optional[int]:
    """Return the most memory that this process has held, in bytes; `None` without Linux's /proc.

    `ru_maxrss` is never less than what the parent held when it started this process.
    """
    for line in _read(PROCESSES / "self" / "status").splitlines():
        if line.startswith(PEAK):
            return int(line.split()[1]) * 1024
    return None


def _children() -> float:
    """Return the CPU time of children that have ended, and of descendants that are alive."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    alive = sum(_cpu_time(process) for process in _descendants(os.getpid()))
    return ended.ru_utime + ended.ru_stime + alive


def _descendants(process: int) -> Iterator[int]:
    for thread in _entries(PROCESSES / str(process) / "task"):
        for child in _read(thread / "children").split():
            yield int(child)
            yield from _descendants(int(child))


def _cpu_time(process: int) -> float:
    """Return the CPU time of a process and of its children that have ended, in seconds."""
    text = _read(PROCESSES / str(process) / "stat")
    ticks = text.rpartition(")")[2].split()[FIRST_TIME:LAST_TIME]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []  # the process has ended, or the system has no such folder


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
