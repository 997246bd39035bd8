"""Batches that exceed their time limit, and a driver whose stdin ends during a batch."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import textwrap
import unittest
from functools import partial
from pathlib import Path
from threading import Event

from batchmark.driver.watchdog import Watchdog
from tests.support import SECOND, DriverProcess, Message, has

URLS = ["http://127.0.0.1:1/"]
DEADLINE = 30.0
"""After how many seconds a test gives up waiting for an event."""
TASKS = Path("/proc/self/task")
"""Where Linux lists a process's threads."""


def kinds(columns: Message) -> list[str]:
    return [error["kind"] for error in columns["error"]]


class WatchdogLimits(unittest.TestCase):
    """The watchdog by itself, in this process."""

    def setUp(self) -> None:
        self.addCleanup(signal.signal, signal.SIGALRM, signal.getsignal(signal.SIGALRM))
        self.watchdog = Watchdog()

    def never(self, _: Event) -> None:
        raise AssertionError("the function was in time")

    def test_a_function_in_time_leaves_no_timer_running(self) -> None:
        self.assertTrue(self.watchdog.run(lambda: None, 20, self.never))
        self.assertEqual(signal.getitimer(signal.ITIMER_REAL), (0.0, 0.0))

    def test_a_stray_signal_does_not_end_a_function(self) -> None:
        stray = partial(os.kill, os.getpid(), signal.SIGALRM)
        self.assertTrue(self.watchdog.run(stray, 20, self.never))

    def test_an_exception_of_the_function_propagates(self) -> None:
        with self.assertRaises(SystemExit):
            self.watchdog.run(sys.exit, 20, self.never)

    def test_a_late_return_leaves_the_next_limit_running(self) -> None:
        is_late: list[bool] = []
        next_started, next_expired = Event(), Event()

        def on_timeout(has_returned: Event) -> None:
            def outlast() -> None:
                next_started.set()
                has_returned.wait(DEADLINE)
                next_expired.wait(DEADLINE)

            is_late.append(not has_returned.is_set())
            is_late.append(not self.watchdog.run(outlast, 0.5, lambda _: next_expired.set()))

        def return_late() -> None:
            next_started.wait(DEADLINE)

        self.assertFalse(self.watchdog.run(return_late, 0.1, on_timeout))
        self.assertEqual(is_late, [True, True])


@unittest.skipUnless(has("requests"), "requests is not installed")
class UninterruptibleBatches(unittest.TestCase):
    """A client that sleeps, so that closing its connections does not wake it."""

    def prepare(self, driver: DriverProcess, duration: str, limit: int) -> None:
        ready = driver.prepare(
            "requests/sequential", URLS, conditions={"work": f"sleep:{duration}"}, time_limit=limit
        )
        self.assertEqual(ready["op"], "ready")

    def test_later_batches_run_on_another_thread_under_their_own_limits(self) -> None:
        with DriverProcess() as driver:
            self.prepare(driver, "60s", SECOND // 5)
            self.assertEqual(kinds(driver.trial(1)), ["timeout"])
            self.assertEqual(kinds(driver.trial(1)), ["timeout"])
            self.prepare(driver, "1ms", 20 * SECOND)
            self.assertNotIn("error", driver.trial(1))
            driver.end()
            self.assertEqual(driver.process.returncode, 0)

    def test_a_late_batch_that_ends_disturbs_no_later_one(self) -> None:
        with DriverProcess() as driver:
            self.prepare(driver, "3s", SECOND // 5)
            self.assertEqual(kinds(driver.trial(1)), ["timeout"])
            self.prepare(driver, "2s", 20 * SECOND)
            self.assertNotIn("error", driver.trial(1))
            self.prepare(driver, "60s", SECOND // 5)
            self.assertEqual(kinds(driver.trial(1)), ["timeout"])

    def test_a_limit_applies_to_each_batch_separately(self) -> None:
        with DriverProcess() as driver:
            self.prepare(driver, "400ms", 2 * SECOND)
            for _ in range(6):
                self.assertNotIn("error", driver.trial(1))


class DriverStreams(unittest.TestCase):
    """The driver's threads, and the end of its stdin."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name) / "mine.py"

    def start(self, body: str) -> DriverProcess:
        code = f"import batchmark, os, time\n\n@batchmark.strategy\ndef f(urls):\n    {body}\n"
        self.file.write_text(textwrap.dedent(code))
        driver = DriverProcess("--own", str(self.file))
        self.addCleanup(driver.end)
        self.assertEqual(driver.prepare("own/f", URLS)["op"], "ready")
        return driver

    @unittest.skipUnless(TASKS.exists(), "this system does not list threads")
    def test_a_batch_runs_in_a_process_with_one_thread(self) -> None:
        driver = self.start(f"return [str(os.listdir('{TASKS}'))]")
        [length] = driver.trial(1)["bytes"]
        self.assertEqual(length, len(str([str(driver.process.pid)])))

    def test_the_end_of_stdin_ends_a_running_batch(self) -> None:
        driver = self.start("time.sleep(60)")
        driver.send(op="trial", id=1, requests=1, warm_up=False)
        answered, _ = driver.process.communicate(timeout=10)
        self.assertEqual((answered, driver.process.returncode), (b"", 0))

    def test_commands_before_the_end_of_stdin_are_carried_out(self) -> None:
        driver = self.start("return ['body']")
        for number in range(3):
            driver.send(op="trial", id=number, requests=1, warm_up=False)
        answered, _ = driver.process.communicate(timeout=10)
        replies = [json.loads(line) for line in answered.splitlines()]
        self.assertEqual([reply["id"] for reply in replies], [0, 0, 1, 1, 2, 2])
        self.assertEqual(driver.process.returncode, 0)


if __name__ == "__main__":
    unittest.main()
