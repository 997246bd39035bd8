"""How long a batch of REST requests takes, with Python's clients and with your own code, and why.

`strategy` marks a function of yours as one to compare, `bench` measures, `read` gives the trials of
a recording. The driver that serves the strategies to the `batchmark` program is `batchmark.driver`.
"""

import sys

# An older Python reads this before the driver can tell that it is too old.
if sys.version_info >= (3, 9):
    from batchmark.mark import strategy
    from batchmark.measure import BenchError, BenchWarning, bench
    from batchmark.recording import BadRecording, TrialRow, read

    __all__ = [
        "BadRecording",
        "BenchError",
        "BenchWarning",
        "TrialRow",
        "bench",
        "read",
        "strategy",
    ]
