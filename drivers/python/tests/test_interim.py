"""Interim responses are passed over: the first byte of a request is that of its final response."""

from __future__ import annotations

import asyncio
import http.client
import socket
import threading
import time
import unittest
import urllib.error
from contextvars import copy_context
from email.message import Message
from time import monotonic_ns as now
from typing import Any, Callable, Optional

from batchmark.driver import failure, observe
from batchmark.driver.response_scanner import ResponseScanner
from batchmark.driver.row import Row
from batchmark.driver.target import Target, Trust
from batchmark.driver.trial import Answer, Trial
from tests.support import has

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
FINAL = b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"id":1}'


class Scanner(unittest.TestCase):
    """The parts of a response arrive at the moments 0, 1, 2, and so on."""

    def found(self, *parts: bytes) -> Optional[int]:
        scanner = ResponseScanner()
        moments = (scanner.take(part, moment) for moment, part in enumerate(parts))
        return next((moment for moment in moments if moment is not None), None)

    def test_finds_the_first_byte_of_a_final_response(self) -> None:
        self.assertEqual(self.found(FINAL), 0)
        self.assertEqual(self.found(b"", b"H", b"TTP/1.0 2", b"04 No Content"), 1)
        self.assertEqual(self.found(b"HTTP/1.1 101 Switching Protocols\r\n"), 0)
        self.assertEqual(self.found(b"SSH-2.0"), 0)
        self.assertIsNone(self.found(b"HTTP/1.1 20"))

    def test_passes_over_interim_responses(self) -> None:
        self.assertIsNone(self.found(HINTS))
        self.assertEqual(self.found(HINTS, HINTS, FINAL), 2)
        self.assertEqual(self.found(CONTINUE + FINAL), 0)
        self.assertEqual(self.found(b"HTTP/1.1 1", b"03\nA: b\n", b"\nHT", b"TP/1.1 200 "), 2)
        self.assertEqual(self.found(b"HTTP/1.1 102 Processing\r\n\r", b"\nHTTP/1.1 500 "), 1)


class HintingServer:
    """Answers each connection's first request with interim responses, and a while later finally."""

    def __init__(self, interim: bytes) -> None:
        self._interim = interim
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self.answered: Optional[int] = None
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                connection.sendall(self._interim)
                time.sleep(0.02)
                self.answered = now()
                connection.sendall(FINAL)
                connection.recv(65536)


class Clients(unittest.TestCase):
    """A fetch through each client's hooks."""

    def fetched(
        self, interim: bytes, install: Callable[[], None], fetch: Callable[[str], Any]
    ) -> None:
        server = HintingServer(interim)
        self.addCleanup(server.close)
        observe.install()
        install()
        self.addCleanup(observe.remove)
        row = Row()

        def request() -> None:
            observe.CURRENT.set(row)
            fetch(server.url)

        copy_context().run(request)
        assert row.first_byte is not None
        assert server.answered is not None
        self.assertGreaterEqual(row.first_byte, server.answered)

    def test_of_the_standard_library(self) -> None:
        def fetch(url: str) -> None:
            connection = http.client.HTTPConnection(url.split("/")[2])
            connection.request("GET", "/")
            self.assertEqual(connection.getresponse().read(), b'{"id":1}')
            connection.close()

        self.fetched(CONTINUE, observe.install_nothing_more, fetch)

    def test_of_aiohttp(self) -> None:
        if not has("aiohttp"):
            self.skipTest("the library is not installed")
        import aiohttp

        async def fetch(url: str) -> None:
            async with aiohttp.ClientSession() as session, session.get(url) as response:
                self.assertEqual(await response.read(), b'{"id":1}')

        for interim in (CONTINUE, HINTS, HINTS + HINTS):
            with self.subTest(interim):
                self.fetched(interim, observe.install_aiohttp, lambda url: asyncio.run(fetch(url)))

    def test_of_httpx(self) -> None:
        if not has("httpx"):
            self.skipTest("the library is not installed")
        import httpx

        async def fetch(url: str) -> None:
            async with httpx.AsyncClient() as client:
                self.assertEqual((await client.get(url)).content, b'{"id":1}')

        for interim in (CONTINUE, HINTS, HINTS + HINTS):
            with self.subTest(interim):
                self.fetched(interim, observe.install_httpcore, httpx.get)
                self.fetched(interim, observe.install_httpcore, lambda url: asyncio.run(fetch(url)))


class Statuses(unittest.TestCase):
    """A client may take an interim response for the final one."""

    def test_an_error_for_an_interim_status_has_the_same_kind(self) -> None:
        error = urllib.error.HTTPError("http://host/", 103, "Early Hints", Message(), None)
        self.assertEqual(failure.kind_of(error), "interim_status")
        error.code = 404
        self.assertNotEqual(failure.kind_of(error), "interim_status")

    def test_an_interim_status_is_a_failure_of_its_own_kind(self) -> None:
        target = Target([], {}, Trust("default", None), frozenset([200]), 0, 10**9)
        rows = [Row(), Row()]
        trial = Trial(target, rows, is_traced=False)
        for row, status in zip(rows, (103, 404)):
            trial.record_answer(row, Answer(status, 0))
        errors = trial.columns()["error"]
        self.assertEqual([error["kind"] for error in errors], ["interim_status", "status"])
        self.assertEqual(
            errors[0]["message"], "the client takes the interim response 103 for the final one"
        )


if __name__ == "__main__":
    unittest.main()
