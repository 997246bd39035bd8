"""Batches that take too long, and a driver whose stdin ends in the middle of one."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import textwrap
import time
import unittest
from functools import partial
from pathlib import Path
from threading import Event

from batchmark.driver.watchdog import Watch
from tests.support import SECOND, DriverProcess, Message, has

URLS = ["http://127.0.0.1:1/"]
TASKS = Path("/proc/self/task")
"""Where Linux lists a process's threads."""


def kinds(columns: Message) -> list[str]:
    return [error["kind"] for error in columns["error"]]


class Limits(unittest.TestCase):
    """The limit itself, in this process."""

    def setUp(self) -> None:
        self.addCleanup(signal.signal, signal.SIGALRM, signal.getsignal(signal.SIGALRM))
        self.watch = Watch()

    def never(self, _: Event) -> None:
        raise AssertionError("nothing was late")

    def test_what_is_in_time_leaves_no_timer(self) -> None:
        self.assertTrue(self.watch.run(lambda: None, 20, self.never))
        self.assertEqual(signal.getitimer(signal.ITIMER_REAL), (0.0, 0.0))

    def test_a_signal_that_is_not_about_it_ends_nothing(self) -> None:
        stray = partial(os.kill, os.getpid(), signal.SIGALRM)
        self.assertTrue(self.watch.run(stray, 20, self.never))

    def test_an_exception_goes_on(self) -> None:
        with self.assertRaises(SystemExit):
            self.watch.run(sys.exit, 20, self.never)

    def test_what_returns_late_leaves_the_limit_of_what_took_its_place(self) -> None:
        states: list[bool] = []

        def late(has_returned: Event) -> None:
            states.append(has_returned.is_set())

            def outlast() -> None:
                has_returned.wait()
                time.sleep(1)

            states.append(self.watch.run(outlast, 0.5, lambda _: None))

        self.assertFalse(self.watch.run(partial(time.sleep, 0.3), 0.1, late))
        self.assertEqual(states, [False, False])


@unittest.skipUnless(has("requests"), "requests is not there")
class Left(unittest.TestCase):
    """A client that no closed connection wakes."""

    def prepare(self, driver: DriverProcess, duration: str, limit: int) -> None:
        ready = driver.prepare(
            "requests/sequential", URLS, conditions={"work": f"sleep:{duration}"}, time_limit=limit
        )
        self.assertEqual(ready["op"], "ready")

    def test_the_next_batches_run_elsewhere_and_have_their_limits_too(self) -> None:
        with DriverProcess() as driver:
            self.prepare(driver, "60s", SECOND // 5)
            self.assertEqual(kinds(driver.trial(1)), ["timeout"])
            self.assertEqual(kinds(driver.trial(1)), ["timeout"])
            self.prepare(driver, "1ms", 20 * SECOND)
            self.assertNotIn("error", driver.trial(1))
            driver.end()
            self.assertEqual(driver.process.returncode, 0)

    def test_one_that_ends_after_all_disturbs_no_other(self) -> None:
        with DriverProcess() as driver:
            self.prepare(driver, "3s", SECOND // 5)
            self.assertEqual(kinds(driver.trial(1)), ["timeout"])
            self.prepare(driver, "2s", 20 * SECOND)
            self.assertNotIn("error", driver.trial(1))
            self.prepare(driver, "60s", SECOND // 5)
            self.assertEqual(kinds(driver.trial(1)), ["timeout"])

    def test_a_limit_that_passed_says_nothing_about_the_next_batch(self) -> None:
        with DriverProcess() as driver:
            self.prepare(driver, "100ms", SECOND // 5)
            for _ in range(5):
                self.assertNotIn("error", driver.trial(1))


class Streams(unittest.TestCase):
    """What holds for the process itself."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name) / "mine.py"

    def started(self, body: str) -> DriverProcess:
        code = f"import batchmark, os, time\n\n@batchmark.strategy\ndef f(urls):\n    {body}\n"
        self.file.write_text(textwrap.dedent(code))
        driver = DriverProcess("--own", str(self.file))
        self.addCleanup(driver.end)
        self.assertEqual(driver.prepare("own/f", URLS)["op"], "ready")
        return driver

    @unittest.skipUnless(TASKS.exists(), "threads are not listed here")
    def test_a_batch_has_no_thread_beside_its_own(self) -> None:
        driver = self.started(f"return [str(os.listdir('{TASKS}'))]")
        [length] = driver.trial(1)["bytes"]
        self.assertEqual(length, len(str([str(driver.process.pid)])))

    def test_the_end_of_stdin_ends_a_batch(self) -> None:
        driver = self.started("time.sleep(60)")
        driver.send(op="trial", id=1, requests=1, warm_up=False)
        answered, _ = driver.process.communicate(timeout=10)
        self.assertEqual((answered, driver.process.returncode), (b"", 0))

    def test_what_was_ordered_before_the_end_is_done(self) -> None:
        driver = self.started("return ['body']")
        for number in range(3):
            driver.send(op="trial", id=number, requests=1, warm_up=False)
        answered, _ = driver.process.communicate(timeout=10)
        replies = [json.loads(line) for line in answered.splitlines()]
        self.assertEqual([reply["id"] for reply in replies], [0, 0, 1, 1, 2, 2])
        self.assertEqual(driver.process.returncode, 0)


if __name__ == "__main__":
    unittest.main()
