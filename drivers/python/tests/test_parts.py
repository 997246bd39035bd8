"""Conditions, failures, trials and rows, in this process."""

from __future__ import annotations

import http.client
import socket
import ssl
import unittest

from batchmark.driver import failure
from batchmark.driver.conditions import Settings, condition, seconds
from batchmark.driver.observe import CURRENT
from batchmark.driver.refusal import Refusal
from batchmark.driver.row import Row, new_rows
from batchmark.driver.row_pool import RowPool
from batchmark.driver.target import Request, Target, Trust
from batchmark.driver.trial import Answer, Trial, reached_limit


def target(count: int) -> Target:
    requests = [Request("GET", f"http://127.0.0.1/{number}", None) for number in range(count)]
    return Target(requests, {}, Trust("default", None), frozenset({200}), 3, 10**9)


class Conditions(unittest.TestCase):
    """Which values are accepted and how others are refused."""

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

    def test_chosen_values_are_read(self) -> None:
        settings = self.settings(
            session="warm", concurrency="4", pool="20", trust_env="off", work="sleep:1.5ms"
        )
        self.assertTrue(settings.is_warm())
        self.assertEqual(settings.chosen_count("concurrency"), 4)
        self.assertEqual(settings.chosen_count("pool"), 20)
        self.assertIs(settings.chosen_switch("trust_env"), False)
        self.assertEqual(settings.sleep(), 0.0015)

    def test_a_refusal_names_the_accepted_conditions_and_values(self) -> None:
        with self.assertRaisesRegex(Refusal, "has no condition 'workers': it has session, "):
            self.settings(workers="3")
        with self.assertRaisesRegex(Refusal, "pool=0 is not valid: use a number from 1 up"):
            self.settings(pool="0")
        for value in ("", "-1", "1.5", "²", "many"):
            self.assertFalse(condition("pool", "requests").accepts(value), value)

    def test_times_are_read_as_on_the_command_line(self) -> None:
        for text, expected in (("0", 0), ("11ms", 0.011), ("2m", 120), ("250us", 0.00025)):
            self.assertAlmostEqual(seconds(text) or 0, expected)
        for text in ("", "11", "ms", "-1ms", "1e3s", "1 s", "600000m", "1.2.3s"):
            self.assertIsNone(seconds(text), text)


class Failures(unittest.TestCase):
    """The most specific exception of a chain decides the kind."""

    def test_every_kind_of_exception_is_classified_even_when_wrapped(self) -> None:
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

    def test_a_refused_certificate_is_classified_by_its_reason(self) -> None:
        for code, kind in (
            (10, "certificate_dates"),
            (18, "certificate_untrusted"),
            (20, "certificate_untrusted"),
            (26, "certificate_unfit"),
            (62, "certificate_name"),
            (64, "certificate_name"),
        ):
            error = ssl.SSLCertVerificationError(1, "certificate verify failed")
            error.verify_code = code
            with self.subTest(code):
                self.assertEqual(failure.kind_of(RuntimeError("it failed", error)), kind)
        by_urllib3 = type("CertificateError", (ValueError,), {})
        mismatch = by_urllib3("hostname 'a' doesn't match 'b'")
        self.assertEqual(failure.kind_of(RuntimeError(mismatch)), "certificate_name")

    def test_a_failure_of_libcurl_is_classified_by_its_code_and_message(self) -> None:
        by_pycurl = type("error", (Exception,), {"__module__": "pycurl"})
        by_curl_cffi = type("CurlError", (Exception,), {"code": 0})
        prefix = "SSL certificate OpenSSL verify result: "
        mismatch = "SSL: no alternative certificate subject name matches target host name"
        for code, message, kind in (
            (6, "Could not resolve host: nowhere.test", "dns"),
            (7, "Failed to connect", "refused"),
            (1, "Received HTTP/0.9 when not allowed", "protocol"),
            (18, "end of response with 9 bytes missing", "reset"),
            (35, "TLS connect error", "tls"),
            (35, "tlsv1 alert no application protocol", "http2_only"),
            (52, "Empty reply from server", "reset"),
            (60, mismatch, "certificate_name"),
            (60, f"{prefix}certificate has expired (10)", "certificate_dates"),
            (60, f"{prefix}self-signed certificate (18)", "certificate_untrusted"),
            (60, "SSL certificate problem: certificate has expired", "certificate_dates"),
            (60, "SSL certificate problem: something else", "certificate_unfit"),
        ):
            with self.subTest(code, message=message):
                self.assertEqual(failure.kind_of(by_pycurl(code, message)), kind)
                error = by_curl_cffi(message)
                error.code = code
                self.assertEqual(failure.kind_of(error), kind)

    def test_a_server_of_http2_only_is_recognised_by_its_alert_and_by_its_first_frame(self) -> None:
        alert = ssl.SSLError(1, "[SSL] tlsv1 alert no application protocol (_ssl.c:1006)")
        settings = b"\0\0\x06\x04\0\0\0\0\0\0\x03"
        errors = (
            alert,
            http.client.BadStatusLine(settings.decode("latin-1")),
            ValueError(f"illegal status line: {bytearray(settings)!r}"),
            ValueError(f"400, message: Expected HTTP/, RTSP/ or ICE/: {settings!r}"),
            ValueError(f"a frame of ten bytes: {bytes([0, 0, 10, *settings[3:]])!r}"),
        )
        for error in errors:
            with self.subTest(error):
                found = failure.Failure.from_exception(RuntimeError("it failed", error))
                self.assertEqual((found.kind, found.message), ("http2_only", failure.HTTP2_ONLY))

    def test_an_incomplete_read_of_any_library_is_a_reset(self) -> None:
        # urllib3-future has an exception of this name that is not derived from http.client's.
        incomplete_read = type("IncompleteRead", (Exception,), {})
        self.assertEqual(failure.kind_of(RuntimeError("failed", incomplete_read())), "reset")

    def test_a_suppressed_context_is_ignored(self) -> None:
        try:
            try:
                raise socket.gaierror(-2, "unknown")
            except socket.gaierror:
                raise ConnectionResetError(104, "reset") from None
        except ConnectionResetError as error:
            self.assertEqual(failure.kind_of(error), "reset")


class Trials(unittest.TestCase):
    """The columns that a trial reports."""

    def test_columns_count_time_from_the_start_and_number_the_workers(self) -> None:
        trial = Trial(target(2), new_rows(2), is_traced=True)
        trial.begin()
        trial.submit_all()
        for row, worker, answer in zip(trial.rows, (77, 33), (Answer(200, 5), Answer(404, 5))):
            row.worker = worker
            trial.record_answer(row, answer)
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

    def test_counts_responses_by_their_version_of_http(self) -> None:
        trial = Trial(target(3), new_rows(3), is_traced=False)
        trial.begin()
        for row, version in zip(trial.rows, ("2", None, "2")):
            trial.record_answer(row, Answer(200, 5, version))
        trial.end()
        self.assertEqual(trial.done()["http"], {"2": 2})

    def test_a_short_body_fails_its_check(self) -> None:
        trial = Trial(target(1), new_rows(1), is_traced=False)
        trial.begin()
        trial.record_answer(trial.rows[0], Answer(200, 2))
        trial.end()
        [error] = trial.columns()["error"]
        self.assertEqual(error["kind"], "check")
        self.assertEqual(set(trial.columns()), {"status", "bytes", "error"})

    def test_records_after_expiry_are_not_reported(self) -> None:
        trial = Trial(target(2), new_rows(2), is_traced=True)
        trial.begin()
        first, second = trial.rows
        trial.record_answer(first, Answer(200, 5))
        second.started = first.done
        trial.expire()
        trial.record_answer(second, Answer(200, 5))
        columns = trial.columns()
        self.assertEqual(columns["status"], [200, None])
        self.assertEqual([error and error["kind"] for error in columns["error"]], [None, "timeout"])
        self.assertIsNone(columns["done"][1])

    def test_a_trial_that_never_began_has_zero_length(self) -> None:
        trial = Trial(target(1), new_rows(1), is_traced=True)
        trial.expire()
        self.assertEqual(trial.done()["started"], trial.done()["finished"])
        self.assertEqual([error["kind"] for error in trial.columns()["error"]], ["timeout"])

    def test_a_late_request_names_the_time_limit(self) -> None:
        for limit, written in [(30_000_000_000, "30 s"), (1_500_000_000, "1500 ms")]:
            late = reached_limit(limit)
            self.assertEqual(late.message, f"the trial reached its time limit of {written}")

    def test_a_trial_is_interrupted_only_once(self) -> None:
        calls: list[int] = []
        trial = Trial(target(1), new_rows(1), is_traced=True)
        trial.cancel = lambda: calls.append(1)
        trial.interrupt()
        trial.interrupt()
        self.assertEqual(calls, [1])


class Rows(unittest.TestCase):
    """Rows and the pool that reuses them."""

    def test_a_new_row_is_empty(self) -> None:
        row = Row()
        for name in Row.__slots__:
            self.assertIn(getattr(row, name), (None, False))

    def settle(self, rows: list[Row]) -> None:
        for row in rows:
            row.started, row.done, row.is_settled = 1, 2, True

    def test_settled_rows_are_reused_empty(self) -> None:
        pool = RowPool()
        first = pool.take(2)
        self.settle(first)
        again = pool.take(3)
        self.assertEqual(again[:2], first)
        for row in again:
            self.assertEqual((row.started, row.done, row.is_settled), (None, None, False))

    def test_each_row_is_current_in_its_context(self) -> None:
        pool = RowPool()
        self.settle(pool.take(3))
        rows = pool.take(2)
        seen = [context.run(CURRENT.get) for context, _ in zip(pool.contexts(), rows)]
        self.assertEqual(seen, rows)
        self.assertIsNone(CURRENT.get())

    def test_rows_of_failed_or_unfinished_requests_are_not_reused(self) -> None:
        """A request that still runs may write to its row later."""
        for is_settled, error in ((True, ValueError("it failed")), (False, None)):
            pool = RowPool()
            before = pool.take(2)
            self.settle(before)
            before[1].is_settled, before[1].failure = is_settled, error
            after = pool.take(2)
            self.assertFalse(set(before) & set(after))
            self.assertEqual(pool.contexts()[1].run(CURRENT.get), after[1])


if __name__ == "__main__":
    unittest.main()
