"""A time limit for what runs on the thread that asks for it, kept by a signal.

A script that fetches one item after another has one thread, and so has the driver. With threads
that waited for commands and for the limit, one request that loads its usual certificates took 4 %
longer than the script's (`docs/the-question.md`). So no thread waits: once the limit has passed,
the signal's handler starts one.

Python handles signals on the main thread, between two of its instructions. What that thread calls
in C and what goes on waiting through a signal, as the resolution of a name does, is held to no
limit here, and no more is code that takes the timer for itself; the runner's own limit comes a few
seconds later.
"""

from __future__ import annotations

import _thread
import signal
from threading import Event, Lock
from time import monotonic
from typing import Callable, Optional

SHORTEST = 1e-6
"""The shortest limit that a timer takes, in seconds: one of zero would stop it."""


class Attempt:
    """Something that runs under a limit; whoever takes it first speaks for it."""

    def __init__(self, limit: float, late: Callable[[Event], None]) -> None:
        self.due = monotonic() + limit
        self.has_returned = Event()
        self.is_concluded = Event()
        self._late = late
        self._taken = Lock()

    def take(self) -> bool:
        """Take it, if nobody else has."""
        return self._taken.acquire(blocking=False)

    def conclude(self) -> None:
        """Do what is to be done once it is late."""
        try:
            self._late(self.has_returned)
        finally:
            self.is_concluded.set()


class Watch:
    """Keeps the limits, one at a time. It must be made on the main thread."""

    def __init__(self) -> None:
        self._attempt: Optional[Attempt] = None
        signal.signal(signal.SIGALRM, lambda _signal, _frame: self._look())

    def run(
        self, function: Callable[[], None], limit: float, late: Callable[[Event], None]
    ) -> bool:
        """Run a function, and tell whether it kept to its limit, in seconds.

        If it did not, `late` is called on another thread, while the function may still run, with
        what says whether it has returned. This returns after both. What the function raises is
        raised if it was in time.
        """
        attempt = self._attempt = Attempt(limit, late)
        raised: Optional[BaseException] = None
        signal.setitimer(signal.ITIMER_REAL, max(limit, SHORTEST))
        try:
            function()
        except BaseException as error:  # a client's code may call sys.exit() too
            raised = error
        attempt.has_returned.set()
        if not attempt.take():
            attempt.is_concluded.wait()
            return False
        signal.setitimer(signal.ITIMER_REAL, 0)
        if raised is not None:
            raise raised
        return True

    def _look(self) -> None:
        """See what a signal is about: it may be late, and about an attempt that is over."""
        attempt = self._attempt
        if attempt is None:
            return
        left = attempt.due - monotonic()
        if left > 0:
            signal.setitimer(signal.ITIMER_REAL, max(left, SHORTEST))
        elif attempt.take():
            # Not by `threading`, whose threads are noted as those of the code that is measured.
            _thread.start_new_thread(attempt.conclude, ())
