"""The client libraries, each against a TLS server whose certificate was added to its trust."""

from __future__ import annotations

import ssl
import unittest
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier
from typing import Any, Optional
from unittest.mock import patch

from batchmark.driver import target
from batchmark.driver.catalogue import STRATEGIES, Strategy
from batchmark.driver.conditions import Settings
from batchmark.driver.row import MILESTONES
from batchmark.driver.trial import Trial
from batchmark.driver.versions import is_installed, is_provided_by_itself
from tests.support import CERTIFICATE, TODO, DriverProcess, Message, has, served

LIBRARIES = (
    "requests",
    "urllib3",
    "aiohttp",
    "httpx",
    "httpx2",
    "niquests",
    "pycurl",
    "curl_cffi",
)
LOOKUPS = ("resolving", "resolved")

URLLIB3 = is_installed("urllib3") and is_provided_by_itself("urllib3")
REPLACED = "another distribution has replaced urllib3"


class Clients(unittest.TestCase):
    """Every strategy of the catalogue."""

    def setUp(self) -> None:
        missing = [library for library in LIBRARIES if not has(library)]
        if missing:
            self.skipTest(f"python3 -m pip install {' '.join(missing)}")
        server = served(is_secure=True)
        self.url = server.__enter__()
        self.addCleanup(server.__exit__, None, None, None)

    def urls(self, count: int) -> list[str]:
        return [f"{self.url}/todos/{number}" for number in range(count)]

    def assert_in_order(self, columns: Message) -> None:
        passed = [columns[name] for name in MILESTONES if name in columns]
        for request in zip(*passed):
            moments = [moment for moment in request if moment is not None]
            self.assertEqual(moments, sorted(moments))

    def test_every_strategy_records_its_milestones_in_order(self) -> None:
        for strategy in filter(Strategy.is_available, STRATEGIES):
            with self.subTest(strategy.name), DriverProcess() as driver:
                specs = {spec["name"]: spec for spec in driver.hello()["strategies"]}
                listed = set(specs[strategy.name]["columns"])
                ready = driver.prepare(strategy.name, self.urls(3))
                self.assertEqual(ready["op"], "ready", ready)
                columns = driver.trial(3)
                self.assertNotIn("error", columns)
                self.assertEqual(columns["bytes"], [len(TODO)] * 3)
                self.assertLessEqual(listed - {*LOOKUPS, "error"}, set(columns))
                self.assertLessEqual(set(columns), listed)
                self.assert_in_order(columns)

    @unittest.skipUnless(URLLIB3, REPLACED)
    def test_only_one_request_opens_a_kept_connection(self) -> None:
        for name in ("requests/sequential", "httpx/sequential"):
            with self.subTest(name), DriverProcess() as driver:
                driver.prepare(name, self.urls(3))
                columns = driver.trial(3)
                self.assertEqual(columns["connection"], [0, 0, 0])
                for milestone in ("connecting", "connected", "securing", "secured"):
                    self.assertEqual(columns[milestone][1:], [None, None], milestone)
                again = driver.trial(1)
                self.assertEqual(again["connection"], [1])

    def test_a_trial_without_a_trace_records_no_milestones(self) -> None:
        with DriverProcess() as driver:
            driver.prepare("requests/threads", self.urls(3), trace=False)
            self.assertEqual(set(driver.trial(3)), {"status", "bytes"})

    @unittest.skipUnless(URLLIB3, REPLACED)
    def test_a_warm_session_keeps_its_connections_and_a_cold_one_does_not(self) -> None:
        for name in ("requests/threads", "requests/session-per-thread", "aiohttp/async"):
            with self.subTest(name), DriverProcess() as driver:
                driver.prepare(name, self.urls(3), conditions={"session": "warm"})
                first, second = driver.trial(3), driver.trial(3)
                known = set(first["connection"])
                self.assertTrue(known & set(second["connection"]), (first, second))
                cold = driver.prepare(name, self.urls(3))
                self.assertEqual(cold["op"], "ready")
                self.assertFalse(known & set(driver.trial(3)["connection"]))

    def test_one_worker_fetches_sequentially(self) -> None:
        with DriverProcess() as driver:
            driver.prepare("requests/threads", self.urls(3), conditions={"workers": "1"})
            columns = driver.trial(3)
            self.assertEqual(columns["worker"], [0, 0, 0])
            self.assertLessEqual(columns["done"][0], columns["started"][1])

    def contexts(self, name: str, context: str) -> tuple[int, int]:
        """Run a batch and return how many connections and TLS contexts it used."""
        strategy = next(each for each in STRATEGIES if each.name == name)
        given = {
            "requests": [{"method": "GET", "url": url} for url in self.urls(4)],
            "trust": {"roots": "file", "path": CERTIFICATE},
            "checks": {"statuses": [200], "min_bytes": 3},
            "time_limit": 10**10,
        }
        wanted = target.read(given)
        settings = Settings(name, strategy.known_conditions(), {"context": context})
        used: list[ssl.SSLContext] = []
        order, first_two = count(), Barrier(2)
        wrap = ssl.SSLContext.wrap_socket

        def wrap_socket(self: ssl.SSLContext, *args: Any, **options: Any) -> ssl.SSLSocket:
            if not options.get("server_side"):
                used.append(self)
                if next(order) < first_two.parties:
                    # A single fast thread could make all requests over one connection.
                    first_two.wait(timeout=10)
            return wrap(self, *args, **options)

        with patch.object(ssl.SSLContext, "wrap_socket", wrap_socket):
            mode = strategy.assemble(wanted, settings)
            trial = Trial(wanted, mode.rows(4), is_traced=False)
            trial.begin()
            mode.run_cold(trial)
            trial.end()
        self.assertNotIn("error", trial.columns())
        return len(used), len({id(each) for each in used})

    def test_a_limited_client_has_no_more_requests_in_flight(self) -> None:
        for name, conditions in (
            ("pycurl/multi", {"concurrency": "1"}),
            ("curl_cffi/async", {"concurrency": "1"}),
            ("niquests/async", {"concurrency": "1"}),
        ):
            with self.subTest(name), DriverProcess() as driver:
                driver.prepare(name, self.urls(3), conditions=conditions)
                columns = driver.trial(3)
                for earlier, later in zip(columns["done"], columns["started"][1:]):
                    self.assertLessEqual(earlier, later)

    def test_pycurl_opens_as_many_connections_as_its_pool_allows(self) -> None:
        with DriverProcess() as driver:
            driver.prepare("pycurl/multi", self.urls(4), conditions={"pool": "2"})
            self.assertLessEqual(len(set(driver.trial(4)["connection"])), 2)

    @unittest.skipUnless(URLLIB3, REPLACED)
    def test_a_shared_context_is_the_only_one_in_a_batch(self) -> None:
        for name in ("requests/threads", "urllib3/threads", "requests/session-per-thread"):
            with self.subTest(name):
                connections, contexts = self.contexts(name, "default")
                self.assertEqual(contexts, connections)
                self.assertGreater(connections, 1)
                connections, contexts = self.contexts(name, "shared")
                self.assertEqual(contexts, 1)
                self.assertGreater(connections, 1)

    def test_ready_reports_the_facts_of_a_session(self) -> None:
        with DriverProcess() as driver:
            facts = driver.prepare("requests/threads", self.urls(1))["facts"]
            self.assertIn(
                "plus one certificate, in a copy that requests loads by default", facts["trust"]
            )
            self.assertEqual(facts["verification"], "on")
            self.assertEqual(facts["redirects"], "followed")
            self.assertEqual(facts["event_loop"], "asyncio")
            self.assertIn("gzip, deflate", facts["compression"])
            self.assertNotIn("dns", facts)
            headers = [{"name": "Accept-Encoding", "value": "br"}]
            facts = driver.prepare("httpx/sequential", self.urls(1), headers=headers)["facts"]
            self.assertEqual((facts["compression"], facts["redirects"]), ("br", "not followed"))
            urls = ["http://localhost:1/"]
            facts = driver.prepare("aiohttp/async", urls)["facts"]
            self.assertEqual(facts["dns"], "kept for a while and shared by connections")
            self.assertNotIn("trust", facts)
            facts = driver.prepare("aiohttp/async", urls, conditions={"work": "sleep:1ms"})["facts"]
            self.assertEqual(set(facts), {"runtime", "gil", "event_loop", "asyncio_debug"})

    def test_ready_reports_asyncio_debug_mode(self) -> None:
        with DriverProcess(PYTHONASYNCIODEBUG="1") as driver:
            facts = driver.prepare("aiohttp/async", self.urls(1))["facts"]
            self.assertEqual(facts["asyncio_debug"], "on")

    def test_clients_ignore_proxy_variables(self) -> None:
        with DriverProcess(HTTPS_PROXY="http://127.0.0.1:1", all_proxy="x://y") as driver:
            driver.prepare("requests/sequential", self.urls(1))
            self.assertNotIn("error", driver.trial(1))

    def test_curl_ignores_proxy_variables(self) -> None:
        for name in ("pycurl/multi", "curl_cffi/async", "niquests/sequential", "urllib/sequential"):
            proxies = {"HTTPS_PROXY": "http://127.0.0.1:1", "all_proxy": "http://127.0.0.1:1"}
            with self.subTest(name), DriverProcess(**proxies) as driver:
                driver.prepare(name, self.urls(1))
                self.assertNotIn("error", driver.trial(1))


class AddedCertificate(unittest.TestCase):
    """Where the endpoint's certificate is added."""

    def failure_kind(self, strategy: str, trust: Message, **variables: str) -> Optional[str]:
        """Make one request and return the kind of its failure, or `None`."""
        with TemporaryDirectory() as folder, served(is_secure=True) as url:
            with DriverProcess(TMPDIR=folder, **variables) as driver:
                driver.prepare(strategy, [url], trust=trust)
                [error] = driver.trial(1).get("error", [None])
            self.assertEqual(list(Path(folder).iterdir()), [], "a copy was left behind")
        return error and str(error["kind"])

    def test_a_client_trusts_the_certificate_wherever_it_looks(self) -> None:
        added = {"roots": "added", "path": CERTIFICATE}
        bundle = CERTIFICATE.replace("ca.pem", "server.pem")
        folder = str(Path(CERTIFICATE).parent)
        for strategy, variables in (
            ("requests/sequential", {}),
            ("requests/sequential", {"REQUESTS_CA_BUNDLE": bundle}),
            ("requests/sequential", {"REQUESTS_CA_BUNDLE": folder}),
            ("urllib3/threads", {"SSL_CERT_FILE": bundle}),
            ("aiohttp/async", {}),
            ("httpx/sequential", {"SSL_CERT_FILE": "", "SSL_CERT_DIR": folder}),
            ("httpx/async", {"SSL_CERT_FILE": bundle}),
            ("httpx2/async", {}),
            ("niquests/threads", {"REQUESTS_CA_BUNDLE": bundle}),
            ("curl_cffi/async", {"CURL_CA_BUNDLE": bundle}),
            ("urllib/sequential", {}),
        ):
            with self.subTest(strategy, **variables):
                if not has(strategy.partition("/")[0]):
                    self.skipTest("the library is not installed")
                self.assertIsNone(self.failure_kind(strategy, added, **variables))

    def test_a_client_trusts_the_certificate_only_when_asked_to(self) -> None:
        for strategy in (
            "requests/sequential",
            "urllib3/threads",
            "aiohttp/async",
            "httpx/async",
            "httpx2/async",
            "niquests/sequential",
            "niquests/async",
            "pycurl/multi",
            "curl_cffi/async",
            "urllib/sequential",
        ):
            with self.subTest(strategy):
                if not has(strategy.partition("/")[0]):
                    self.skipTest("the library is not installed")
                self.assertEqual(
                    self.failure_kind(strategy, {"roots": "default"}), "certificate_untrusted"
                )
                self.assertIsNone(self.failure_kind(strategy, {"roots": "anyone"}))
                file = {"roots": "file", "path": CERTIFICATE}
                self.assertIsNone(self.failure_kind(strategy, file))


if __name__ == "__main__":
    unittest.main()
