"""Times, conditions, faults and columns: what needs no process."""

from __future__ import annotations

import http.client
import socket
import ssl
import unittest

from batchmark.driver import failure
from batchmark.driver.conditions import Settings, condition, seconds
from batchmark.driver.observe import CURRENT
from batchmark.driver.refusal import Refusal
from batchmark.driver.row import Row, fresh
from batchmark.driver.row_pool import KeptRows
from batchmark.driver.target import Request, Target, Trust
from batchmark.driver.trial import Answer, Trial


def target(count: int) -> Target:
    requests = [Request("GET", f"http://127.0.0.1/{number}", None) for number in range(count)]
    return Target(requests, {}, Trust("default", None), frozenset({200}), 3, 10**9)


class Conditions(unittest.TestCase):
    """What is accepted, and what is refused in which words."""

    KNOWN = (
        condition("session", "requests"),
        condition("concurrency", "httpx"),
        condition("pool", "requests"),
        condition("trust_env", "requests"),
        condition("work", "requests"),
    )

    def settings(self, **given: str) -> Settings:
        return Settings("a/b", self.KNOWN, given)

    def test_every_default_is_accepted_and_changes_nothing(self) -> None:
        for each in (*self.KNOWN, condition("workers", "requests"), condition("uvloop", "httpx")):
            self.assertTrue(each.accepts(each.default), each.name)
        settings = self.settings(**{each.name: each.default for each in self.KNOWN})
        self.assertFalse(settings.is_warm())
        self.assertIsNone(settings.chosen_count("concurrency"))
        self.assertIsNone(settings.chosen_count("pool"))
        self.assertIsNone(settings.chosen_switch("trust_env"))
        self.assertIsNone(settings.sleep())

    def test_what_is_chosen_is_read(self) -> None:
        settings = self.settings(
            session="warm", concurrency="4", pool="20", trust_env="off", work="sleep:1.5ms"
        )
        self.assertTrue(settings.is_warm())
        self.assertEqual(settings.chosen_count("concurrency"), 4)
        self.assertEqual(settings.chosen_count("pool"), 20)
        self.assertIs(settings.chosen_switch("trust_env"), False)
        self.assertEqual(settings.sleep(), 0.0015)

    def test_refuses_an_unknown_condition_or_value_and_names_the_known_ones(self) -> None:
        with self.assertRaisesRegex(Refusal, "has no condition 'workers': it has session, "):
            self.settings(workers="3")
        with self.assertRaisesRegex(Refusal, "pool=0 is not valid: use a number from 1 up"):
            self.settings(pool="0")
        for value in ("", "-1", "1.5", "²", "many"):
            self.assertFalse(condition("pool", "requests").accepts(value), value)

    def test_times_are_those_of_the_command_line(self) -> None:
        for text, expected in (("0", 0), ("11ms", 0.011), ("2m", 120), ("250us", 0.00025)):
            self.assertAlmostEqual(seconds(text) or 0, expected)
        for text in ("", "11", "ms", "-1ms", "1e3s", "1 s", "600000m", "1.2.3s"):
            self.assertIsNone(seconds(text), text)


class Faults(unittest.TestCase):
    """The most telling of all exceptions that hang together decides."""

    def test_kinds(self) -> None:
        for error, kind in (
            (socket.gaierror(-2, "Name or service not known"), "dns"),
            (ssl.SSLCertVerificationError(1, "self-signed"), "tls"),
            (ssl.SSLEOFError(8, "EOF occurred"), "reset"),
            (ConnectionRefusedError(111, "refused"), "refused"),
            (OSError(113, "No route to host"), "refused"),
            (ConnectionResetError(104, "reset"), "reset"),
            (http.client.RemoteDisconnected("gone"), "reset"),
            (http.client.IncompleteRead(b"{", 9), "reset"),
            (http.client.BadStatusLine("hello"), "protocol"),
            (socket.timeout("timed out"), "timeout"),
            (ValueError("what is this"), "protocol"),
        ):
            with self.subTest(error):
                self.assertEqual(failure.kind_of(error), kind)
                self.assertEqual(failure.kind_of(RuntimeError("it failed", error)), kind)
                wrapped = RuntimeError("it failed")
                wrapped.__cause__ = error
                self.assertEqual(failure.kind_of(wrapped), kind)

    def test_a_body_cut_off_is_a_reset_for_a_library_without_the_standard_ones(self) -> None:
        # As in urllib3-future, whose exception of this name is none of http.client's.
        incomplete_read = type("IncompleteRead", (Exception,), {})
        self.assertEqual(failure.kind_of(RuntimeError("failed", incomplete_read())), "reset")

    def test_an_error_that_was_dealt_with_does_not_count(self) -> None:
        try:
            try:
                raise socket.gaierror(-2, "unknown")
            except socket.gaierror:
                raise ConnectionResetError(104, "reset") from None
        except ConnectionResetError as error:
            self.assertEqual(failure.kind_of(error), "reset")


class Trials(unittest.TestCase):
    """What is reported of the rows."""

    def test_moments_are_told_from_the_start_and_workers_are_numbered(self) -> None:
        trial = Trial(target(2), fresh(2), is_traced=True)
        trial.begin()
        trial.submit_all()
        for row, worker, answer in zip(trial.rows, (77, 33), (Answer(200, 5), Answer(404, 5))):
            row.worker = worker
            trial.conclude(row, answer)
        trial.end()
        columns = trial.columns()
        self.assertEqual(columns["worker"], [0, 1])
        self.assertEqual(columns["status"], [200, 404])
        self.assertEqual(columns["error"][0], None)
        self.assertEqual(columns["error"][1], {"kind": "status", "message": "the status is 404"})
        self.assertNotIn("writing", columns)
        length = int(trial.done()["finished"]) - int(trial.done()["started"])
        for moment in columns["submitted"] + columns["done"]:
            self.assertTrue(0 <= moment <= length, moment)

    def test_a_short_body_fails_its_check(self) -> None:
        trial = Trial(target(1), fresh(1), is_traced=False)
        trial.begin()
        trial.conclude(trial.rows[0], Answer(200, 2))
        trial.end()
        [error] = trial.columns()["error"]
        self.assertEqual(error["kind"], "check")
        self.assertEqual(set(trial.columns()), {"status", "bytes", "error"})

    def test_what_comes_after_the_limit_is_not_reported(self) -> None:
        trial = Trial(target(2), fresh(2), is_traced=True)
        trial.begin()
        first, second = trial.rows
        trial.conclude(first, Answer(200, 5))
        second.started = first.done
        trial.expire()
        trial.conclude(second, Answer(200, 5))
        columns = trial.columns()
        self.assertEqual(columns["status"], [200, None])
        self.assertEqual([error and error["kind"] for error in columns["error"]], [None, "timeout"])
        self.assertIsNone(columns["done"][1])

    def test_one_that_never_began_lasts_no_time(self) -> None:
        trial = Trial(target(1), fresh(1), is_traced=True)
        trial.expire()
        self.assertEqual(trial.done()["started"], trial.done()["finished"])
        self.assertEqual([error["kind"] for error in trial.columns()["error"]], ["timeout"])

    def test_it_is_interrupted_once(self) -> None:
        calls: list[int] = []
        trial = Trial(target(1), fresh(1), is_traced=True)
        trial.cancel = lambda: calls.append(1)
        trial.interrupt()
        trial.interrupt()
        self.assertEqual(calls, [1])


class Rows(unittest.TestCase):
    """A row has a place for everything that is noted."""

    def test_every_slot_has_a_first_value(self) -> None:
        row = Row()
        for name in Row.__slots__:
            self.assertIn(getattr(row, name), (None, False))

    def settle(self, rows: list[Row]) -> None:
        for row in rows:
            row.started, row.done, row.is_settled = 1, 2, True

    def test_what_was_answered_is_given_again_with_nothing_in_it(self) -> None:
        kept = KeptRows()
        first = kept.take(2)
        self.settle(first)
        again = kept.take(3)
        self.assertEqual(again[:2], first)
        for row in again:
            self.assertEqual((row.started, row.done, row.is_settled), (None, None, False))

    def test_each_row_has_a_context_that_shows_it(self) -> None:
        kept = KeptRows()
        self.settle(kept.take(3))
        rows = kept.take(2)
        seen = [context.run(CURRENT.get) for context, _ in zip(kept.contexts(), rows)]
        self.assertEqual(seen, rows)
        self.assertIsNone(CURRENT.get())

    def test_what_failed_or_did_not_end_is_let_go(self) -> None:
        """Whoever still makes that request writes to a row that nobody reads."""
        for is_settled, trouble in ((True, ValueError("it failed")), (False, None)):
            kept = KeptRows()
            before = kept.take(2)
            self.settle(before)
            before[1].is_settled, before[1].trouble = is_settled, trouble
            after = kept.take(2)
            self.assertFalse(set(before) & set(after))
            self.assertEqual(kept.contexts()[1].run(CURRENT.get), after[1])


if __name__ == "__main__":
    unittest.main()
