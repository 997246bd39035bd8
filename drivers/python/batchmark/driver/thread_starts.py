"""When a piece of code starts threads, whoever starts them for it: `threading` or an executor.

A batch whose requests go one after another is either so written or held up by a lock; that there
were threads to make them at once, before the first answer came, tells the two apart.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from time import monotonic_ns as now


@contextlib.contextmanager
def noted() -> Iterator[list[int]]:
    """Note when threads are started within, by the monotonic clock, in nanoseconds."""
    moments: list[int] = []
    start = threading.Thread.start

    def noting(self: threading.Thread) -> None:
        moments.append(now())
        start(self)

    threading.Thread.start = noting  # type: ignore[method-assign]
    try:
        yield moments
    finally:
        threading.Thread.start = start  # type: ignore[method-assign]
