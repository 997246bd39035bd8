"""Records how long garbage collections take while a piece of code runs."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator, Mapping
from time import monotonic_ns as now


@contextlib.contextmanager
def record() -> Iterator[list[int]]:
    """Collect the lengths of the collections inside the `with` block.

    Yields:
        The lengths in nanoseconds. The list grows while the block runs.
    """
    lengths: list[int] = []
    started = 0

    def note(phase: str, _info: Mapping[str, int]) -> None:
        nonlocal started
        if phase == "start":
            started = now()
        else:
            lengths.append(now() - started)

    gc.callbacks.append(note)
    try:
        yield lengths
    finally:
        gc.callbacks.remove(note)
