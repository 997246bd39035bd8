"""What the driver's process has used, as the system counts it."""

from __future__ import annotations

import resource
import sys

PEAK_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes per unit of `ru_maxrss`."""

Usage = resource.struct_rusage


def read() -> Usage:
    """Read the counters of the whole process."""
    return resource.getrusage(resource.RUSAGE_SELF)


def difference(before: Usage, after: Usage) -> dict[str, int]:
    """Return what was used between two readings, times in nanoseconds and memory in bytes."""
    return {
        "user": round((after.ru_utime - before.ru_utime) * 1e9),
        "system": round((after.ru_stime - before.ru_stime) * 1e9),
        "voluntary_switches": after.ru_nvcsw - before.ru_nvcsw,
        "involuntary_switches": after.ru_nivcsw - before.ru_nivcsw,
        "peak_memory": after.ru_maxrss * PEAK_UNIT,
    }
