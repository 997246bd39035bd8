"""Measures how long Python's HTTP clients, or your own code, take for a batch of requests, and why.

- `compare` measures strategies and functions, and returns what the run has shown.
- `bench` measures, and returns only the times of each strategy.
- `strategy` marks a function of yours as one to compare.
- `load` and `read` take a recording: `load` for all that it shows, `read` for its trials.

The driver that serves the strategies to the `batchmark` program is `batchmark.driver`.
"""

import sys

# An older Python must get through this file: the driver then reports that it is too old.
if sys.version_info >= (3, 9):
    from batchmark.comparison import Cause, Comparison, Ratio, compare, load
    from batchmark.errors import (
        AllBatchesFailed,
        BadRecording,
        BadRequest,
        BatchmarkError,
        MeasurementError,
        MeasurementWarning,
        ProgramNotFound,
        TargetUnreachable,
    )
    from batchmark.mark import strategy
    from batchmark.measure import bench
    from batchmark.program import find_program
    from batchmark.recording import TrialRow, read

    __all__ = [
        "AllBatchesFailed",
        "BadRecording",
        "BadRequest",
        "BatchmarkError",
        "Cause",
        "Comparison",
        "MeasurementError",
        "MeasurementWarning",
        "ProgramNotFound",
        "Ratio",
        "TargetUnreachable",
        "TrialRow",
        "bench",
        "compare",
        "find_program",
        "load",
        "read",
        "strategy",
    ]
