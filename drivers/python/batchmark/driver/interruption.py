"""Ends a batch that exceeded its time limit, from another thread.

A batch mostly waits for a server. So all TCP connections of the process are shut down, repeatedly,
because a client may open new ones. A task of an event loop is also cancelled.
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

INTERVAL = 0.02
"""Seconds between two attempts."""
ATTEMPTS = 100

DESCRIPTORS = Path("/dev/fd")
"""Where the system lists the open files of this process."""


def canceller_of_current_task() -> Callable[[], None]:
    """Return a function that cancels the current task when another thread calls it."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None, "a coroutine that a loop runs is a task"

    def cancel() -> None:
        with contextlib.suppress(RuntimeError):  # the loop may be closed by now
            loop.call_soon_threadsafe(task.cancel)

    return cancel


def interrupt(cancel: Callable[[], None], has_returned: Event) -> bool:
    """Try to end a batch.

    Args:
        cancel: Cancels the batch's task, where it has one.
        has_returned: Is set when the batch has ended.

    Returns:
        Whether the batch ended.
    """
    for _ in range(ATTEMPTS):
        cancel()
        _shut_down_connections()
        if has_returned.wait(INTERVAL):
            return True
    return False


def _shut_down_connections() -> None:
    for descriptor in _sockets():
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as duplicate:
            if duplicate.family in (socket.AF_INET, socket.AF_INET6):
                duplicate.shutdown(socket.SHUT_RDWR)


def _sockets() -> Iterator[int]:
    for descriptor in [int(entry.name) for entry in DESCRIPTORS.iterdir()]:
        with contextlib.suppress(OSError):
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                yield descriptor
