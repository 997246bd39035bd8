"""Measures how long Python's HTTP clients, or your own code, take for a batch of requests, and why.

- `bench` measures, and returns the times of each strategy.
- `strategy` marks a function of yours as one to compare.
- `read` returns the trials of a recording.

The driver that serves the strategies to the `batchmark` program is `batchmark.driver`.
"""

import sys

# An older Python must get through this file: the driver then reports that it is too old.
if sys.version_info >= (3, 9):
    from batchmark.errors import (
        AllBatchesFailed,
        BadRequest,
        MeasurementError,
        MeasurementWarning,
        ProgramNotFound,
        TargetUnreachable,
    )
    from batchmark.mark import strategy
    from batchmark.measure import bench
    from batchmark.recording import BadRecording, TrialRow, read

    __all__ = [
        "AllBatchesFailed",
        "BadRecording",
        "BadRequest",
        "MeasurementError",
        "MeasurementWarning",
        "ProgramNotFound",
        "TargetUnreachable",
        "TrialRow",
        "bench",
        "read",
        "strategy",
    ]
