"""Records when a piece of code starts threads, through `threading` or an executor.

If a batch makes its requests one after another, this separates two causes. Code that started
threads before the first response meant to be concurrent, so a lock held it up. Code that started
none is sequential.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from time import monotonic_ns as now


@contextlib.contextmanager
def record() -> Iterator[list[int]]:
    """Collect the moments at which threads start inside the `with` block.

    Yields:
        The moments, in nanoseconds of the monotonic clock. The list grows while the block runs.
    """
    moments: list[int] = []
    start = threading.Thread.start

    def recording_start(self: threading.Thread) -> None:
        moments.append(now())
        start(self)

    threading.Thread.start = recording_start  # type: ignore[method-assign]
    try:
        yield moments
    finally:
        threading.Thread.start = start  # type: ignore[method-assign]
