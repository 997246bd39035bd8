"""Profiled trials: the sampler names the line that takes the time, and what is called there."""

from __future__ import annotations

import gc
import json
import sys
import unittest
from collections import Counter
from functools import partial
from time import monotonic, sleep
from typing import Any
from unittest.mock import patch

from batchmark.driver import code_places
from batchmark.driver.code_places import (
    CLIENT_LIBRARY,
    NO_PLACE,
    OWN,
    PACKAGE,
    STANDARD_LIBRARY,
    kind_of,
)
from batchmark.driver.sampler import Sampler, _stack
from tests.support import DriverProcess, Message, has, served
from tests.test_own import OwnTest

HELPERS = """
    import asyncio, json, sys, threading, time
    from concurrent.futures import ThreadPoolExecutor

    TEXT = json.dumps([{"id": number, "name": "x" * 20} for number in range(2000)])
    LOCK = threading.Lock()

"""


def profiled(driver: DriverProcess, count: int) -> Message:
    """Run a profiled trial and return its `done`."""
    driver.send(op="trial", id=8, requests=count, warm_up=False, profile=True)
    columns, done = driver.receive(), driver.receive()
    assert (columns["op"], done["op"]) == ("columns", "done"), (columns, done)
    return done


def samples(profile: Message) -> Counter[tuple[str, str]]:
    """Return how many nanoseconds each place has, by its state and its text."""
    found: Counter[tuple[str, str]] = Counter()
    times = [0, *profile["times"]]
    columns = profile["samples"]
    rows = zip(columns["time"], columns["state"], columns["place"])
    for time, state, position in rows:
        found[state, text(profile["places"][position])] += times[time + 1] - times[time]
    return found


def text(place: dict[str, Any]) -> str:
    """Return a place as `mine.py in one -> json.loads`."""
    calls = [place[key] for key in ("library", "inner") if key in place]
    return " -> ".join([f"{place['file']} in {place['function']}", *calls])


class Places(OwnTest):
    """Which line of the user's code is named."""

    def profile(self, code: str, count: int = 3) -> Message:
        """Profile a function that was run once without a profile."""
        with DriverProcess("--own", self.write(HELPERS + code)) as driver:
            self.assertTrue(driver.hello()["profiles"])
            self.assertEqual(driver.prepare("own/f", self.urls(count))["op"], "ready")
            columns = driver.trial(count)
            self.assertNotIn("error", columns)
            profile: Message = profiled(driver, count)["profile"]
            return profile

    def largest(self, code: str, state: str = "inside") -> str:
        """Profile a function, and return the place of the user's code with the most time."""
        return self.largest_of(self.profile(code), state)

    def largest_of(self, profile: Message, state: str = "inside") -> str:
        """Return the place of the user's code with the most time.

        Reads do not count: how long they take depends on the server and on what else runs here.
        """
        found = samples(profile).items()
        own = [(time, place) for (each, place), time in found if each == state]
        own = [each for each in own if each[1].startswith("mine.py")]
        return max(each for each in own if not each[1].startswith("mine.py in read"))[1]

    def line_of(self, profile: Message, text_of_line: str) -> set[str]:
        lines = (self.folder / "mine.py").read_text(encoding="utf-8").splitlines()
        return {
            place["function"]
            for place in profile["places"]
            if place["file"] == "mine.py" and text_of_line in lines[place["line"] - 1]
        }

    def test_a_call_that_computes_on_the_event_loop_is_named(self) -> None:
        place = self.largest(
            """
    @batchmark.strategy
    async def f(urls):
        async def one(url):
            body = await asyncio.to_thread(read, url)
            for _ in range(30):
                json.loads(TEXT)
            return body
        return await asyncio.gather(*map(one, urls))
            """
        )
        self.assertEqual(place, "mine.py in one -> json.loads")

    def test_a_line_that_computes_without_a_call_is_named(self) -> None:
        profile = self.profile(
            """
    @batchmark.strategy
    def f(urls):
        total = 0
        for number in range(1_000_000):
            total += number * number  # busy
        return [read(url) for url in urls]
            """
        )
        self.assertIn("f", self.line_of(profile, "# busy"))
        self.assertEqual(self.largest_of(profile), "mine.py in f")

    def test_a_sleep_in_a_coroutine_is_named(self) -> None:
        place = self.largest(
            """
    @batchmark.strategy
    async def f(urls):
        bodies = [read(url) for url in urls]
        time.sleep(0.1)
        return bodies
            """
        )
        self.assertEqual(place, "mine.py in f -> time.sleep")

    def test_an_awaited_sleep_is_the_place_of_its_task(self) -> None:
        place = self.largest(
            """
    async def pause():
        await asyncio.sleep(0.1)

    @batchmark.strategy
    async def f(urls):
        bodies = [read(url) for url in urls]
        await asyncio.gather(pause(), asyncio.sleep(0.2))
        return bodies
            """,
            "suspended",
        )
        self.assertEqual(place, "mine.py in pause -> asyncio.sleep")

    def test_a_thread_that_waits_for_a_lock_is_in_the_line_that_takes_it(self) -> None:
        profile = self.profile(
            """
    def one(url):
        with LOCK:  # waits
            time.sleep(0.05)  # holds it
            return read(url)

    @batchmark.strategy
    def f(urls):
        with ThreadPoolExecutor(3) as pool:
            return list(pool.map(one, urls))
            """
        )
        self.assertEqual(self.line_of(profile, "# waits"), {"one"})
        self.assertEqual(self.line_of(profile, "# holds it"), {"one"})
        self.assertGreater(len(set(profile["samples"]["thread"])), 3)

    def test_a_line_that_imports_says_so(self) -> None:
        place = self.largest(
            """
    @batchmark.strategy
    def f(urls):
        for _ in range(1000):
            try:
                import missing
            except ImportError:
                pass
        return [read(url) for url in urls]
            """
        )
        self.assertEqual(place, "mine.py in f -> import")

    def test_the_sampler_is_not_imported_by_other_trials(self) -> None:
        code = """
    @batchmark.strategy
    def f(urls):
        assert "batchmark.driver.sampler" not in sys.modules
        return [read(url) for url in urls]
        """
        with DriverProcess("--own", self.write(HELPERS + code)) as driver:
            driver.prepare("own/f", self.urls(2))
            self.assertNotIn("error", driver.trial(2))

    def test_a_trial_after_a_profiled_one_switches_threads_as_before(self) -> None:
        code = """
    @batchmark.strategy
    def f(urls):
        assert threading.active_count() == 1
        return [str(sys.getswitchinterval()) * 3 for url in urls]
        """
        with DriverProcess("--own", self.write(HELPERS + code)) as driver:
            driver.prepare("own/f", self.urls(2))
            before = driver.trial(2)
            profiled(driver, 2)
            self.assertEqual(driver.trial(2), before)


class Robustness(unittest.TestCase):
    """What the sampler does where it cannot look."""

    def test_a_sample_that_cannot_be_taken_is_left_out(self) -> None:
        sampler = Sampler()
        with patch.object(sampler, "_place", side_effect=TypeError("the timer was cancelled")):
            sampler.run(partial(sleep, 0.02))
        profile = sampler.profile(0, 2**63)
        self.assertEqual(profile["places"], [])
        self.assertGreater(len(profile["times"]), 1)

    def test_the_garbage_collector_does_not_run_where_frames_are_looked_at(self) -> None:
        seen: Counter[bool] = Counter()

        def note(phase: str, _: dict[str, int]) -> None:
            seen[sys._getframe(1).f_code is _stack.__code__] += phase == "start"

        def allocate() -> None:
            until = monotonic() + 0.2
            while monotonic() < until:
                cycle: list[Any] = [[number] for number in range(50)]
                cycle.append(cycle)

        threshold = gc.get_threshold()
        gc.set_threshold(5)
        gc.callbacks.append(note)
        try:
            Sampler().run(allocate)
        finally:
            gc.callbacks.remove(note)
            gc.set_threshold(*threshold)
        self.assertGreater(seen[False], 0)
        if sys.version_info[:2] == (3, 11):
            self.assertEqual(seen[True], 0)
        self.assertTrue(gc.isenabled())


class Libraries(unittest.TestCase):
    """Which function of a client library is named."""

    def test_the_client_library_comes_before_the_packages_that_it_uses(self) -> None:
        files = [
            code_places.__file__,
            json.__file__,
            "/venv/lib/python3/site-packages/anyio/_core.py",
            "/venv/lib/python3/site-packages/httpcore/_utils.py",
            "/home/user/httpx/mine.py",
        ]
        kinds = [kind_of(compile("", file, "exec")) for file in files]
        self.assertEqual(kinds, [NO_PLACE, STANDARD_LIBRARY, PACKAGE, CLIENT_LIBRARY, OWN])

    @unittest.skipUnless(has("httpx"), "httpx is not installed")
    def test_the_innermost_function_of_the_package_is_named(self) -> None:
        conditions = {"session": "cold", "pool": "20", "trust_env": "on", "work": "network"}
        with served(is_secure=False) as url, DriverProcess() as driver:
            ready = driver.prepare("httpx/sequential", [f"{url}/1"], conditions=conditions)
            self.assertEqual(ready["op"], "ready", ready)
            found = samples(profiled(driver, 1)["profile"])
        place = found.most_common(1)[0][0][1]
        self.assertEqual(
            place, "httpx/_config.py in create_ssl_context -> ssl.create_default_context"
        )
