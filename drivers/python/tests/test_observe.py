"""The hooks: they note what passes for the request that runs, and leave nothing behind."""

from __future__ import annotations

import http.client
import socket
import ssl
import unittest
from contextvars import copy_context
from typing import Callable

from batchmark.driver import observe
from batchmark.driver.row import Row
from tests.support import served


def fetch(connection: http.client.HTTPConnection) -> None:
    connection.request("GET", "/todos/1")
    connection.getresponse().read()


class Hooks(unittest.TestCase):
    """The standard library's HTTP, with and without hooks."""

    HOOKED = (
        (socket, "getaddrinfo"),
        (socket.socket, "connect"),
        (ssl.SSLSocket, "do_handshake"),
        (ssl.SSLObject, "do_handshake"),
        (http.client.HTTPConnection, "send"),
        (http.client.HTTPResponse, "begin"),
    )

    def setUp(self) -> None:
        server = served(is_secure=False)
        self.url = server.__enter__()
        self.addCleanup(server.__exit__, None, None, None)
        self.addCleanup(observe.remove)

    def connection(self) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(self.url.partition("//")[2])
        self.addCleanup(connection.close)
        return connection

    def noted(self, work: Callable[[], None]) -> Row:
        """Run something as a request, and give what was noted of it."""
        row = Row()

        def request() -> None:
            observe.CURRENT.set(row)
            work()

        copy_context().run(request)
        return row

    def test_every_hook_is_taken_off_again(self) -> None:
        before = [vars(owner).get(name) for owner, name in self.HOOKED]
        observe.install()
        observe.install()
        for owner, name in self.HOOKED:
            self.assertEqual(getattr(owner, name).__module__, observe.__name__, name)
        observe.remove()
        self.assertEqual([vars(owner).get(name) for owner, name in self.HOOKED], before)

    def test_a_request_that_opens_its_connection(self) -> None:
        observe.install()
        row = self.noted(lambda: fetch(self.connection()))
        moments = [
            row.resolving,
            row.resolved,
            row.connecting,
            row.connected,
            row.writing,
            row.sent,
            row.first_byte,
        ]
        known = [moment for moment in moments if moment is not None]
        self.assertEqual(known, sorted(known))
        self.assertEqual(len(known), len(moments))
        self.assertEqual((row.securing, row.secured), (None, None))

    def test_a_request_that_finds_one_open(self) -> None:
        observe.install()
        connection = self.connection()
        first = self.noted(lambda: fetch(connection))
        second = self.noted(lambda: fetch(connection))
        self.assertEqual((second.resolving, second.connecting, second.connected), (None,) * 3)
        self.assertIsNotNone(second.first_byte)
        self.assertEqual(second.connection, first.connection)
        connection.close()
        third = self.noted(lambda: fetch(connection))
        self.assertNotEqual(third.connection, first.connection)

    def test_what_follows_the_first_answer_is_not_noted(self) -> None:
        observe.install()
        row = Row()

        def twice() -> None:
            observe.CURRENT.set(row)
            fetch(self.connection())
            before = [getattr(row, name) for name in Row.__slots__]
            fetch(self.connection())
            self.assertEqual([getattr(row, name) for name in Row.__slots__], before)

        copy_context().run(twice)

    def test_a_connection_that_had_gone_stale_does_not_count(self) -> None:
        """The request is written again, to a connection that is opened for it."""
        observe.install()
        stale, fresh = self.connection(), self.connection()
        stale.connect()

        def again() -> None:
            stale.request("GET", "/todos/1")
            fetch(fresh)

        row = self.noted(again)
        assert row.connected is not None
        assert row.writing is not None
        self.assertGreaterEqual(row.writing, row.connected)

    def test_without_a_request_nothing_is_noted(self) -> None:
        observe.install()
        self.assertIsNone(observe.CURRENT.get())
        fetch(self.connection())


if __name__ == "__main__":
    unittest.main()
