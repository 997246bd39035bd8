"""How a batch that took too long is made to end, from another thread than its own.

What it waits for is mostly a server: all connections of the process are shut down, again and again,
for a client may open others. What an event loop runs is cancelled besides.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Callable

SWEEP = 0.02
"""How many seconds pass between two attempts."""
SWEEPS = 100

DESCRIPTORS = Path("/dev/fd")
"""Where the system lists what a process holds open."""


def of_this_task() -> Callable[[], None]:
    """Give what cancels the task that runs here, once it is called from another thread."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None, "a coroutine that a loop runs is a task"

    def cancel() -> None:
        with contextlib.suppress(RuntimeError):  # the loop may have been closed meanwhile
            loop.call_soon_threadsafe(task.cancel)

    return cancel


def is_ended(has_returned: Event, interrupt: Callable[[], None]) -> bool:
    """Make it end, if it can be made to."""
    for _ in range(SWEEPS):
        interrupt()
        _shut_connections_down()
        if has_returned.wait(SWEEP):
            return True
    return False


def _shut_connections_down() -> None:
    for descriptor in _sockets():
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as held:
            if held.family in (socket.AF_INET, socket.AF_INET6):
                held.shutdown(socket.SHUT_RDWR)


def _sockets() -> Iterator[int]:
    for descriptor in [int(entry.name) for entry in DESCRIPTORS.iterdir()]:
        with contextlib.suppress(OSError):
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                yield descriptor
