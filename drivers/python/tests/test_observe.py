"""The hooks record the milestones of the running request and can be removed."""

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
        (http.client.HTTPResponse, "_read_status"),
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

    def record(self, work: Callable[[], None]) -> Row:
        """Run something as a request and return the request's row."""
        row = Row()

        def request() -> None:
            observe.CURRENT.set(row)
            work()

        copy_context().run(request)
        return row

    def test_remove_restores_every_original(self) -> None:
        before = [vars(owner).get(name) for owner, name in self.HOOKED]
        observe.install()
        observe.install()
        for owner, name in self.HOOKED:
            self.assertEqual(getattr(owner, name).__module__, observe.__name__, name)
        observe.remove()
        self.assertEqual([vars(owner).get(name) for owner, name in self.HOOKED], before)

    def test_a_request_that_opens_a_connection_has_every_milestone(self) -> None:
        observe.install()
        row = self.record(lambda: fetch(self.connection()))
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

    def test_a_request_over_an_open_connection_has_no_connection_milestones(self) -> None:
        observe.install()
        connection = self.connection()
        first = self.record(lambda: fetch(connection))
        second = self.record(lambda: fetch(connection))
        self.assertEqual((second.resolving, second.connecting, second.connected), (None,) * 3)
        self.assertIsNotNone(second.first_byte)
        self.assertEqual(second.connection, first.connection)
        connection.close()
        third = self.record(lambda: fetch(connection))
        self.assertNotEqual(third.connection, first.connection)

    def test_exchanges_after_the_first_response_are_not_recorded(self) -> None:
        observe.install()
        row = Row()

        def twice() -> None:
            observe.CURRENT.set(row)
            fetch(self.connection())
            before = [getattr(row, name) for name in Row.__slots__]
            fetch(self.connection())
            self.assertEqual([getattr(row, name) for name in Row.__slots__], before)

        copy_context().run(twice)

    def test_a_stale_connection_does_not_count(self) -> None:
        """The request is written again, to a new connection."""
        observe.install()
        stale, fresh = self.connection(), self.connection()
        stale.connect()

        def again() -> None:
            stale.request("GET", "/todos/1")
            fetch(fresh)

        row = self.record(again)
        assert row.connected is not None
        assert row.writing is not None
        self.assertGreaterEqual(row.writing, row.connected)

    def test_nothing_is_recorded_outside_of_a_request(self) -> None:
        observe.install()
        self.assertIsNone(observe.CURRENT.get())
        fetch(self.connection())


if __name__ == "__main__":
    unittest.main()
