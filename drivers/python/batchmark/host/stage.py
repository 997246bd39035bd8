"""Where strategies run: the main thread, as they would in a script.

The protocol's thread gives it one job after another and waits, so that it can stop waiting. A job
that does not end is left behind on its thread, and another thread takes its place.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Callable, Optional

SWEEP = 0.02
"""How many seconds pass between two attempts to end a job."""
SWEEPS = 100

DESCRIPTORS = Path("/dev/fd")
"""Where the system lists what a process holds open."""


class Job:
    """Something to run, and what came of it."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self.done = threading.Event()
        self.outcome: Any = None
        self.error: Optional[BaseException] = None
        self._function = function

    def run(self) -> None:
        """Run it; whatever it raises is kept."""
        try:
            self.outcome = self._function()
        except BaseException as error:  # a strategy may call sys.exit() too
            self.error = error
        finally:
            self.done.set()

    def result(self) -> Any:
        """Wait for it, and give what it returned or raise what it raised."""
        self.done.wait()
        if self.error is not None:
            raise self.error
        return self.outcome


class Stage:
    """A thread that runs jobs."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Job] = SimpleQueue()

    def serve(self) -> None:
        """Run jobs on this thread, for as long as the process lasts."""
        while True:
            self._jobs.get().run()

    def start(self, function: Callable[[], Any]) -> Job:
        """Have a job run."""
        job = Job(function)
        self._jobs.put(job)
        return job


def beside() -> Stage:
    """Give a stage on a thread of its own, in the place of one that does not come back."""
    stage = Stage()
    threading.Thread(target=stage.serve, name="batchmark-stage", daemon=True).start()
    return stage


def has_ended(job: Job, interrupt: Callable[[], None]) -> bool:
    """Make a job end that took too long, if it can be made to.

    What it waits for is mostly a server: all connections are shut down, again and again, for a
    client may open others.
    """
    for _ in range(SWEEPS):
        interrupt()
        _shut_connections_down()
        if job.done.wait(SWEEP):
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
