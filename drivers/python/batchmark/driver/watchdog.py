"""Keeps the time limit of a batch with a signal, so that no extra thread runs beside the batch.

A script that fetches sequentially has one thread, so the driver has one too. With threads that
waited for commands and for the limit, one request that loads its usual certificates took 4% longer
than in the script (`docs/the-question.md`). The signal's handler starts a thread only once the
limit has passed.

Python handles signals on the main thread, between two bytecode instructions. Three things escape
the limit: C calls, calls that resume after a signal (such as name resolution), and code that takes
over the timer. The runner's own limit, five seconds later, covers these.

The functions are imported by name, because gevent replaces those of the modules.
"""

from __future__ import annotations

import signal
from _thread import start_new_thread
from threading import Event, Lock
from time import monotonic
from typing import Callable, Optional

MIN_LIMIT = 1e-6
"""The shortest limit in seconds: a timer set to zero is switched off."""


class Attempt:
    """A function that runs under a limit. The first to claim it, function or timer, reports it."""

    def __init__(self, limit: float, on_timeout: Callable[[Event], None]) -> None:
        self.deadline = monotonic() + limit
        self.has_returned = Event()
        self.is_reported = Event()
        self._on_timeout = on_timeout
        self._claim = Lock()

    def claim(self) -> bool:
        """Claim the attempt; `False` if it was claimed before."""
        return self._claim.acquire(blocking=False)

    def report_timeout(self) -> None:
        """Call `on_timeout`, and record that it has returned."""
        try:
            self._on_timeout(self.has_returned)
        finally:
            self.is_reported.set()


class Watchdog:
    """Keeps one limit at a time. It must be made on the main thread."""

    def __init__(self) -> None:
        self._attempt: Optional[Attempt] = None
        signal.signal(signal.SIGALRM, lambda _signal, _frame: self._check())

    def run(
        self, function: Callable[[], None], limit: float, on_timeout: Callable[[Event], None]
    ) -> bool:
        """Run a function under a time limit.

        Args:
            function: What to run, on this thread.
            limit: The limit in seconds.
            on_timeout: Called on another thread once the limit has passed. The function may still
                be running; the event is set when it has returned.

        Returns:
            Whether the function kept its limit. If it did not, this returns after both the
            function and `on_timeout`.

        Raises:
            BaseException: Whatever the function raised within its limit.
        """
        attempt = self._attempt = Attempt(limit, on_timeout)
        raised: Optional[BaseException] = None
        signal.setitimer(signal.ITIMER_REAL, max(limit, MIN_LIMIT))
        try:
            function()
        except BaseException as error:  # a client's code may call sys.exit() too
            raised = error
        attempt.has_returned.set()
        if not attempt.claim():
            attempt.is_reported.wait()
            return False
        signal.setitimer(signal.ITIMER_REAL, 0)
        if raised is not None:
            raise raised
        return True

    def _check(self) -> None:
        """Handle a signal, which may arrive late and concern an attempt that is over."""
        attempt = self._attempt
        if attempt is None:
            return
        left = attempt.deadline - monotonic()
        if left > 0:
            signal.setitimer(signal.ITIMER_REAL, max(left, MIN_LIMIT))
        elif attempt.claim():
            # `threading` would record this thread among those of the measured code.
            start_new_thread(attempt.report_timeout, ())
