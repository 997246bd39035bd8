"""How many threads a piece of code starts, whoever starts them for it: `threading` or an executor.

A batch whose requests go one after another is either so written or held up by a lock; that there
were threads to make them at once tells the two apart.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator


class Count:
    """How many threads have been started so far."""

    def __init__(self) -> None:
        self.threads = 0


@contextlib.contextmanager
def counted() -> Iterator[Count]:
    """Count the threads that are started within."""
    count = Count()
    start = threading.Thread.start

    def counting(self: threading.Thread) -> None:
        count.threads += 1
        start(self)

    threading.Thread.start = counting  # type: ignore[method-assign]
    try:
        yield count
    finally:
        threading.Thread.start = start  # type: ignore[method-assign]
