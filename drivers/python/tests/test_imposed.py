"""Conditions imposed on the user's code: each takes effect, is counted, and is restored."""

from __future__ import annotations

import asyncio
import gc
import http.client
import socket
import ssl
import threading
import time
import unittest
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from multiprocessing.pool import ThreadPool
from typing import Any, Callable, Optional
from unittest import mock
from urllib.request import urlopen

from batchmark.driver.conditions import Settings
from batchmark.imposed.catalogue import Imposed, chosen, known_conditions
from tests.support import CERTIFICATE, FIXTURES, DriverProcess, has, served
from tests.test_own import OwnTest

ALL = {
    "workers": "3",
    "concurrency": "3",
    "pool": "3",
    "context": "shared",
    "trust_env": "off",
    "lookups": "cached",
    "nodelay": "on",
    "compression": "off",
    "sleeps": "skipped",
    "gc": "frozen",
    **({"uvloop": "on"} if has("uvloop") else {}),
}
PATCHED = (
    (time, "sleep"),
    (asyncio, "sleep"),
    (asyncio, "new_event_loop"),
    (asyncio.Semaphore, "__init__"),
    (asyncio.Semaphore, "acquire"),
    (socket, "getaddrinfo"),
    (socket.socket, "connect"),
    (socket.socket, "setsockopt"),
    (ssl.SSLContext, "__new__"),
    (ssl.SSLContext, "load_verify_locations"),
    (ssl.SSLContext, "wrap_socket"),
    (ThreadPoolExecutor, "submit"),
    (ThreadPool, "__init__"),
    (http.client.HTTPConnection, "putheader"),
)
LIBRARIES = (
    ("requests.sessions", "Session", "trust_env"),
    ("urllib3.connectionpool", "HTTPConnectionPool", "__init__"),
    ("httpx", "Client", "send"),
    ("httpcore", "ConnectionPool", "__init__"),
    ("aiohttp", "ClientSession", "__init__"),
    ("aiohttp.connector", "BaseConnector", "connect"),
)


def impose(**conditions: str) -> Imposed:
    return chosen(Settings("own/f", known_conditions(), conditions))


def effects(run: Callable[[], object], **conditions: str) -> dict[str, int]:
    """Run something as a batch under conditions, and return how often each took effect."""
    imposed = impose(**conditions)
    imposed.prepare()
    try:
        imposed.begin()
        try:
            run()
        finally:
            counted = imposed.end()
    finally:
        imposed.close()
    return counted


@contextmanager
def trusted() -> Iterator[str]:
    """Serve over TLS with a certificate that is trusted by default."""
    load = ssl.SSLContext.load_verify_locations

    def load_default(context: ssl.SSLContext) -> None:
        load(context, CERTIFICATE)

    patch = mock.patch.object(ssl.SSLContext, "set_default_verify_paths", load_default)
    with served(is_secure=True) as url, patch:
        yield url


def read(url: str, context: ssl.SSLContext) -> bytes:
    with urlopen(url, context=context) as response:
        body: bytes = response.read()
        return body


class Conditions(unittest.TestCase):
    """All conditions together."""

    def test_the_defaults_impose_nothing(self) -> None:
        defaults = {each.name: each.default for each in known_conditions()}
        self.assertEqual(impose(**defaults).by_name, {})
        self.assertEqual(set(defaults), set(ALL))

    def test_everything_is_restored_after_a_batch(self) -> None:
        owners = list(PATCHED)
        for module, kind, name in LIBRARIES:
            if has(module.partition(".")[0]):
                owners.append((getattr(import_module(module), kind), name))
        before = [vars(owner).get(name) for owner, name in owners]
        imposed = impose(**ALL)
        imposed.prepare()
        imposed.begin()
        for (owner, name), original in zip(owners, before):
            if name != "new_event_loop" or has("uvloop"):
                self.assertIsNot(vars(owner).get(name), original, (owner, name))
        imposed.end()
        imposed.close()
        self.assertEqual([vars(owner).get(name) for owner, name in owners], before)
        self.assertTrue(gc.isenabled())

    def test_code_on_which_nothing_can_be_imposed_is_reported(self) -> None:
        others = {name: value for name, value in ALL.items() if name != "gc"}
        self.assertEqual(effects(lambda: None, **others), dict.fromkeys(others, 0))


class SharedContexts(unittest.TestCase):
    """`context=shared`."""

    def test_contexts_with_the_same_settings_load_certificates_once(self) -> None:
        loads = []
        load = ssl.SSLContext.load_verify_locations

        def counted(context: ssl.SSLContext, *args: Any, **options: Any) -> None:
            loads.append(args)
            load(context, *args, **options)

        def batch() -> None:
            for _ in range(3):
                read(url, ssl.create_default_context(cafile=CERTIFICATE))

        patch = mock.patch.object(ssl.SSLContext, "load_verify_locations", counted)
        with served(is_secure=True) as url, patch:
            self.assertEqual(effects(batch, context="shared"), {"context": 2})
        self.assertEqual(len(loads), 1)

    def test_threads_that_begin_together_load_certificates_once(self) -> None:
        loads = []

        def load_slowly(context: ssl.SSLContext) -> None:
            loads.append(context)
            time.sleep(0.05)  # meanwhile the other threads ask for the same certificates

        def batch() -> None:
            ready = threading.Barrier(4)

            def make(_place: int) -> ssl.SSLContext:
                ready.wait()
                return ssl.create_default_context()

            with ThreadPoolExecutor(4) as pool:
                contexts = list(pool.map(make, range(4)))
            self.assertEqual((len(contexts), len(loads)), (4, 1))

        patch = mock.patch.object(ssl.SSLContext, "set_default_verify_paths", load_slowly)
        with patch:
            effects(batch, context="shared")

    def test_a_context_with_other_settings_is_not_replaced(self) -> None:
        def batch() -> None:
            lax = ssl.create_default_context()
            lax.check_hostname = False
            lax.verify_mode = ssl.CERT_NONE
            read(url, lax)
            strict = ssl.create_default_context()
            read(url, strict)
            own = ssl.create_default_context(cafile=CERTIFICATE)
            read(url, own)

        with trusted() as url:
            self.assertEqual(effects(batch, context="shared"), {"context": 0})

    def test_a_context_that_trusts_more_is_not_replaced_by_one_that_trusts_less(self) -> None:
        def batch() -> None:
            read(url, ssl.create_default_context())
            read(url, ssl.create_default_context(cafile=CERTIFICATE))
            both = ssl.create_default_context()
            both.load_verify_locations(cafile=CERTIFICATE)
            read(url, both)

        with trusted() as url:
            self.assertEqual(effects(batch, context="shared"), {"context": 0})

    def test_contexts_with_certificates_of_their_own_are_not_replaced(self) -> None:
        def batch() -> None:
            for _ in range(2):
                context = ssl.create_default_context()
                context.load_cert_chain(FIXTURES / "server.pem")
                read(url, context)

        with trusted() as url:
            self.assertEqual(effects(batch, context="shared"), {"context": 0})

    def test_a_context_that_trusts_nothing_still_refuses(self) -> None:
        def batch() -> None:
            read(url, ssl.create_default_context())
            with self.assertRaises(OSError):
                read(url, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))

        with trusted() as url:
            self.assertEqual(effects(batch, context="shared"), {"context": 0})

    def test_a_context_that_outlives_its_batch_has_its_certificates(self) -> None:
        kept: list[ssl.SSLContext] = []

        def batch() -> None:
            kept.extend(ssl.create_default_context() for _ in range(3))
            read(url, kept[0])

        with trusted() as url:
            effects(batch, context="shared")
            self.assertEqual([read(url, context) != b"" for context in kept], [True] * 3)

    def test_code_may_look_at_the_certificates_of_its_context(self) -> None:
        counts: list[int] = []

        def batch() -> None:
            counts.extend(
                ssl.create_default_context(cafile=CERTIFICATE).cert_store_stats()["x509"]
                for _ in range(2)
            )

        effects(batch, context="shared")
        self.assertEqual(counts, [1, 1])

    def test_a_file_that_does_not_exist_is_refused_each_time(self) -> None:
        def batch() -> None:
            for _ in range(2):
                with self.assertRaises(FileNotFoundError):
                    ssl.create_default_context(cafile="/nonexistent.pem")

        self.assertEqual(effects(batch, context="shared"), {"context": 0})


class Switches(unittest.TestCase):
    """The other conditions, as far as they need no library."""

    def test_a_name_is_looked_up_once_per_batch(self) -> None:
        def batch() -> None:
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(lambda _place: socket.getaddrinfo("localhost", 80), range(4)))

        def look_up_slowly(*_: object) -> list[object]:
            time.sleep(0.05)  # meanwhile the other threads ask for the same name
            return []

        with mock.patch.object(socket, "getaddrinfo", side_effect=look_up_slowly) as lookup:
            self.assertEqual(effects(batch, lookups="cached"), {"lookups": 3})
            self.assertEqual(lookup.call_count, 1)
            self.assertEqual(effects(batch, lookups="cached"), {"lookups": 3})
            self.assertEqual(lookup.call_count, 2)

    def test_a_lookup_that_failed_is_made_again(self) -> None:
        def batch() -> None:
            for _ in range(2):
                with self.assertRaises(OSError):
                    socket.getaddrinfo("name.invalid", 80)

        with mock.patch.object(socket, "getaddrinfo", side_effect=socket.gaierror):
            self.assertEqual(effects(batch, lookups="cached"), {"lookups": 0})

    def test_sockets_send_small_writes_at_once(self) -> None:
        delays: list[int] = []

        def batch(set_by_code: Optional[int]) -> None:
            with socket.socket() as connecting:
                connecting.connect(address)
                if set_by_code is not None:
                    connecting.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, set_by_code)
                delays.append(connecting.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

        with socket.create_server(("127.0.0.1", 0)) as server:
            address = server.getsockname()
            for set_by_code, counted in ((None, 1), (0, 1), (1, 0)):
                run = partial(batch, set_by_code)
                self.assertEqual(effects(run, nodelay="on"), {"nodelay": counted})
        self.assertNotIn(0, delays)

    def test_sleeps_return_at_once(self) -> None:
        async def sleep() -> str:
            return await asyncio.sleep(600, "slept")

        def batch() -> None:
            time.sleep(600)
            time.sleep(0)
            self.assertEqual(asyncio.run(sleep()), "slept")

        self.assertEqual(effects(batch, sleeps="skipped"), {"sleeps": 2})

    def test_a_sleep_that_was_imported_by_name_sleeps_after_its_batch(self) -> None:
        imposed = impose(sleeps="skipped")
        with mock.patch.object(time, "sleep") as original:
            imposed.prepare()
            sleep = time.sleep
            imposed.begin()
            sleep(600)
            self.assertEqual(imposed.end(), {"sleeps": 1})
            sleep(600)
            imposed.close()
            self.assertEqual([call.args for call in original.call_args_list], [(0,), (600,)])

    def test_no_collection_runs_in_a_batch(self) -> None:
        collections = []

        def note(phase: str, _info: object) -> None:
            collections.append(phase)

        def batch() -> None:
            gc.callbacks.append(note)
            made = [[] for _ in range(20_000)]  # type: ignore[var-annotated]
            gc.callbacks.remove(note)
            self.assertEqual((len(made), collections), (20_000, []))

        self.assertEqual(effects(batch, gc="frozen"), {"gc": 1})
        self.assertEqual(effects(gc.collect, gc="frozen"), {"gc": 0})
        self.assertEqual((gc.isenabled(), gc.get_freeze_count()), (True, 0))

    def test_every_thread_pool_has_as_many_workers(self) -> None:
        def batch() -> None:
            with ThreadPoolExecutor(1) as pool:
                futures = [pool.submit(barrier.wait) for _ in range(3)]
                self.assertEqual(sorted(future.result() for future in futures), [0, 1, 2])
            asyncio.run(on_default_executor())
            with ThreadPool(1) as threads:
                results = [threads.apply_async(barrier.wait) for _ in range(3)]
                self.assertEqual(sorted(each.get(10) for each in results), [0, 1, 2])

        async def on_default_executor() -> None:
            await asyncio.gather(*[asyncio.to_thread(barrier.wait) for _ in range(3)])

        barrier = threading.Barrier(3, timeout=10)
        self.assertEqual(effects(batch, workers="3"), {"workers": 3})

    def test_an_executor_that_outlives_its_batch_has_its_own_workers_again(self) -> None:
        with ThreadPoolExecutor(2) as pool:
            self.assertEqual(effects(lambda: pool.submit(int), workers="5"), {"workers": 1})
            self.assertEqual(pool._max_workers, 2)
            self.assertEqual(effects(lambda: pool.submit(int), workers="2"), {"workers": 0})

    def test_every_semaphore_that_limits_tasks_has_as_many_permits(self) -> None:
        most: list[int] = []

        async def meet(semaphore: asyncio.Semaphore) -> int:
            inside, greatest = 0, 0

            async def enter() -> None:
                nonlocal inside, greatest
                async with semaphore:
                    inside += 1
                    greatest = max(greatest, inside)
                    await asyncio.sleep(0)
                    inside -= 1

            await asyncio.gather(*[enter() for _ in range(5)])
            return greatest

        async def main() -> None:
            for make in (asyncio.Semaphore, asyncio.BoundedSemaphore):
                most.extend([await meet(make(2)), await meet(make(1)), await meet(make(3))])

        self.assertEqual(effects(lambda: asyncio.run(main()), concurrency="3"), {"concurrency": 10})
        self.assertEqual(most, [3, 1, 3] * 2)
        most.clear()
        asyncio.run(main())
        self.assertEqual(most, [2, 1, 3] * 2)

    @unittest.skipUnless(has("uvloop"), "python3 -m pip install uvloop")
    def test_asyncio_runs_on_uvloop(self) -> None:
        loops = []

        async def note() -> None:
            loops.append(type(asyncio.get_running_loop()).__module__.partition(".")[0])

        self.assertEqual(effects(lambda: asyncio.run(note()), uvloop="on"), {"uvloop": 1})
        asyncio.run(note())
        self.assertEqual(loops, ["uvloop", "asyncio"])


class Libraries(unittest.TestCase):
    """What is imposed on client libraries."""

    @unittest.skipUnless(has("requests"), "python3 -m pip install requests")
    def test_requests_obeys(self) -> None:
        import requests

        kept = requests.Session()
        sent: list[Any] = []

        def batch() -> None:
            with requests.Session() as session:
                response = session.get(url)
                adapter: Any = session.adapters["http://"]
                sent.append(response.headers["Asked-Encoding"])
                pool = adapter.poolmanager.connection_from_url(url)
                self.assertEqual(pool.pool.maxsize, 3)
                self.assertFalse(session.trust_env or kept.trust_env)

        conditions = {name: ALL[name] for name in ("pool", "trust_env", "compression")}
        with served(is_secure=False) as url:
            counted = effects(batch, **conditions)
        self.assertEqual((counted["pool"], counted["compression"]), (1, 1))
        self.assertEqual(sent, ["identity"])
        self.assertGreater(counted["trust_env"], 0)
        self.assertTrue(kept.trust_env and requests.Session().trust_env)

    @unittest.skipUnless(has("httpx"), "python3 -m pip install httpx")
    def test_httpx_obeys(self) -> None:
        import httpx

        async def fetch() -> None:
            async with httpx.AsyncClient() as client:
                self.assertFalse(client.trust_env)
                response = await client.get(url)
                self.assertEqual(response.headers["Asked-Encoding"], "identity")

        def batch() -> None:
            with httpx.Client() as client:
                self.assertFalse(client.trust_env)
                response = client.get(url)
                self.assertEqual(response.headers["Asked-Encoding"], "identity")
            asyncio.run(fetch())

        conditions = {name: ALL[name] for name in ("pool", "trust_env", "compression")}
        with served(is_secure=False) as url:
            counted = effects(batch, **conditions)
        self.assertEqual(counted, {"pool": 2, "trust_env": 2, "compression": 2})
        self.assertTrue(httpx.Client().trust_env)

    @unittest.skipUnless(has("aiohttp"), "python3 -m pip install aiohttp")
    def test_aiohttp_obeys(self) -> None:
        import aiohttp

        async def fetch() -> None:
            async with aiohttp.ClientSession(trust_env=True) as session:
                self.assertFalse(session.trust_env)
                async with session.get(url) as response:
                    await response.read()
                    self.assertEqual(response.headers["Asked-Encoding"], "identity")
                assert session.connector is not None
                self.assertEqual(
                    (session.connector.limit, session.connector.limit_per_host), (3, 0)
                )

        conditions = {name: ALL[name] for name in ("pool", "trust_env", "compression")}
        with served(is_secure=False) as url:
            counted = effects(lambda: asyncio.run(fetch()), **conditions)
        self.assertEqual(counted, {"pool": 1, "trust_env": 1, "compression": 1})

    def test_a_header_that_asks_for_no_compression_is_not_changed(self) -> None:
        with served(is_secure=False) as url:
            counted = effects(lambda: urlopen(url).close(), compression="off")
        self.assertEqual(counted, {"compression": 0})


class OwnCode(OwnTest):
    """What the driver reports."""

    CODE = """
        import time

        @batchmark.strategy
        def f(urls):
            time.sleep(0.001)
            return [read(url) for url in urls]
    """

    def test_effects_are_reported_for_each_batch(self) -> None:
        with DriverProcess("--own", self.write(self.CODE)) as driver:
            conditions = {"sleeps": "skipped", "lookups": "cached", "workers": "4"}
            ready = driver.prepare("own/f", self.urls(3), conditions=conditions)
            self.assertEqual(ready["op"], "ready", ready)
            for _ in range(2):
                self.assertNotIn("error", driver.trial(3))
                self.assertEqual(driver.imposed, {"workers": 0, "lookups": 2, "sleeps": 1})

    def test_code_as_it_is_reports_no_effects(self) -> None:
        with DriverProcess("--own", self.write(self.CODE)) as driver:
            conditions = {"sleeps": "native", "context": "default"}
            driver.prepare("own/f", self.urls(3), conditions=conditions)
            driver.trial(3)
            self.assertEqual(driver.imposed, {})
            self.assertGreaterEqual(driver.usage["collecting"], 0)
            unknown = driver.prepare("own/f", self.urls(3), conditions={"sleeps": "long"})
            self.assertEqual(unknown["kind"], "bad_condition")

    def test_the_time_of_garbage_collections_is_reported(self) -> None:
        code = """
            import gc

            @batchmark.strategy
            def f(urls):
                gc.collect()
                return [read(url) for url in urls]
        """
        with DriverProcess("--own", self.write(code)) as driver:
            driver.prepare("own/f", self.urls(2))
            driver.trial(2)
            self.assertGreater(driver.usage["collecting"], 0)
