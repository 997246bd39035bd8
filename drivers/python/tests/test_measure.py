"""`bench` and `read`: the command that runs, the rows of a recording, and the errors."""

from __future__ import annotations

import http.server
import math
import os
import sys
import tempfile
import threading
import unittest
import venv
from pathlib import Path
from typing import Any
from unittest.mock import patch

import batchmark
from batchmark import (
    AllBatchesFailed,
    BadRecording,
    BadRequest,
    MeasurementError,
    MeasurementWarning,
    ProgramNotFound,
    TargetUnreachable,
)
from tests.recorded import ARMS, FolderTest, ProgramTest, arm, as_text, lines


class Read(FolderTest):
    """`read`."""

    def rows(self) -> list[batchmark.TrialRow]:
        self.recording.write_text(as_text(lines()), encoding="utf-8")
        return batchmark.read(self.recording)

    def test_read_returns_a_row_for_each_trial(self) -> None:
        rows = self.rows()
        self.assertEqual([row["trial"] for row in rows], list(range(9)))
        row = rows[4]
        self.assertEqual((row["label"], row["strategy"]), (f"{ARMS[0]}:workers=4", ARMS[0]))
        self.assertEqual((row["stage"], row["block"], row["slot"]), ("counted", 0, 2))
        self.assertEqual((row["batch_size"], row["role"], row["process"]), (2, "measured", 0))
        self.assertAlmostEqual(row["seconds"], 0.010)
        self.assertEqual((row["failed"], row["error"], row["bytes"]), (0, None, 130))
        self.assertEqual((row["connections"], row["connections_used"]), (2, 1))
        self.assertEqual((row["user_seconds"], row["system_seconds"]), (0.002, 0.0005))
        self.assertEqual(row["peak_memory"], 1024)

    def test_read_counts_connections_by_the_client_without_a_witness(self) -> None:
        row = self.rows()[2]
        self.assertEqual((row["connections"], row["connections_used"]), (None, 1))

    def test_a_failed_or_lost_trial_has_no_time(self) -> None:
        failed, lost = self.rows()[6:8]
        self.assertTrue(math.isnan(failed["seconds"]))
        self.assertEqual((failed["failed"], failed["error"]), (1, "the status is 500"))
        self.assertTrue(math.isnan(lost["seconds"]))
        self.assertEqual((lost["failed"], lost["error"]), (None, "it hung"))

    def test_read_skips_a_truncated_last_line(self) -> None:
        text = as_text(lines())
        self.recording.write_text(text[: text.index('"finished": "100000000022')], encoding="utf-8")
        self.assertEqual(len(batchmark.read(str(self.recording))), 8)

    def test_read_refuses_other_files(self) -> None:
        for text, sentence in (
            ("", "is not a recording"),
            ('{"line": "plan"}\n', "is not a recording"),
            ("hello\n", "line 1 of .* cannot be read"),
            ('{"line": "header", "schema": "batchmark-recording/9"}\n', "Install the version"),
            ('{"line": "header", "schema": "batchmark-recording/1"}\n[]\n', "line 2 of "),
        ):
            self.recording.write_text(text, encoding="utf-8")
            with self.assertRaisesRegex(BadRecording, sentence):
                batchmark.read(self.recording)


class Bench(ProgramTest):
    """`bench`, with a stand-in for the program."""

    def test_bench_aligns_times_by_block_and_warns_of_failures(self) -> None:
        self.recording.write_text(as_text(lines()), encoding="utf-8")
        sentence = "1 of 2 requests failed in 1 of 2 trials: GET http://host/2 answered 500."
        failed = {"arms": [arm(ARMS[0])["name"]], "sentence": sentence}
        self.install(code=1, analysis={"failures": [failed]})
        with self.assertWarns(MeasurementWarning) as warned:
            output = batchmark.bench(n_iters=3, batch_size=2)
        self.assertEqual(
            [str(warning.message) for warning in warned.warnings],
            [
                f"{ARMS[0]}:workers=4: 1 of 2 batches failed and are NaN: {sentence}",
                f"{ARMS[1]}:workers=4: 1 of 3 batches failed and are NaN: it hung",
            ],
        )
        self.assertEqual(list(output), [f"{name}:workers=4" for name in ARMS])
        threads, sequential = output.values()
        self.assertAlmostEqual(threads[0], 0.010)
        self.assertEqual([math.isnan(time) for time in threads], [False, True, True])
        self.assertEqual([math.isnan(time) for time in sequential], [False, True, False])
        self.assertAlmostEqual(sequential[2], 0.022)

    def test_bench_passes_its_arguments_to_the_program(self) -> None:
        self.recording.write_text(as_text(lines()), encoding="utf-8")
        self.install()
        with self.assertWarns(MeasurementWarning):
            batchmark.bench()
        start = ["run", "--quiet", "--save", "--python", sys.executable]
        usual = ["-s", "requests/threads", "-s", "requests/sequential", "-s", "aiohttp/async"]
        self.assertEqual(self.arguments(), [*start, "-n", "50", "-b", "4", *usual])
        own = self.folder / "mine.py"
        own.write_text(
            "import batchmark\n@batchmark.strategy\ndef f(urls): ...\n", encoding="utf-8"
        )
        with self.assertWarns(MeasurementWarning):
            batchmark.bench(
                7,
                16,
                url="http://host/[1-16]",
                strategies="httpx/async:pool=4",
                own=[str(own), fetch],
                options=["--no-controls"],
            )
        words = f"-n 7 -b 16 --own {own} --own {Path(__file__).absolute()}:fetch "
        words += "-s httpx/async:pool=4 -s own/f -s own/fetch --no-controls http://host/[1-16]"
        self.assertEqual(self.arguments()[5:], words.split())

    def test_bench_raises_the_message_of_a_program_that_measured_nothing(self) -> None:
        self.install(code=2, log="batchmark: no such strategy")
        with self.assertRaisesRegex(BadRequest, "^no such strategy$"):
            batchmark.bench()
        self.install(code=0)
        with self.assertRaisesRegex(MeasurementError, "^batchmark ended with exit code 0$"):
            batchmark.bench()

    def test_bench_returns_no_older_recording_of_a_run_that_failed(self) -> None:
        kept = self.folder / "kept.jsonl"
        kept.write_text(as_text(lines()), encoding="utf-8")
        self.install(code=1, log="batchmark: the endpoint did not start")
        with self.assertRaisesRegex(MeasurementError, "the endpoint did not start"):
            batchmark.bench(options=["--save", str(kept)])

    def test_bench_raises_how_a_run_without_times_ended(self) -> None:
        pilot = [line for line in lines() if line.get("stage", {}).get("is") != "counted"]
        self.recording.write_text(as_text(pilot), encoding="utf-8")
        ending = "Nothing was measured: GET http://host/2 answered 404."
        for code, stopped, error in (
            (1, "pilot_failed", AllBatchesFailed),
            (3, "unreachable", TargetUnreachable),
            (0, "interrupted", MeasurementError),
        ):
            self.install(code=code, analysis={"stopped": stopped, "ending": ending})
            with self.assertRaisesRegex(MeasurementError, ending) as raised:
                batchmark.bench()
            self.assertIs(type(raised.exception), error)

    def test_bench_raises_the_answer_if_every_counted_batch_failed(self) -> None:
        ran_well = [line for line in lines() if line.get("id") not in (2, 4, 8)]
        self.recording.write_text(as_text(ran_well), encoding="utf-8")
        answer = {"sentence": "batch 2: no strategy has a time."}
        self.install(code=1, analysis={"stopped": "blocks", "answers": [answer]})
        with self.assertRaisesRegex(AllBatchesFailed, "^batch 2: no strategy has a time.$"):
            batchmark.bench()

    def test_bench_warns_of_a_strategy_without_times(self) -> None:
        some = [line for line in lines() if line.get("id") != 4]
        self.recording.write_text(as_text(some), encoding="utf-8")
        self.install(code=1)
        with self.assertWarnsRegex(MeasurementWarning, "has no time: the status is 500"):
            output = batchmark.bench()
        self.assertTrue(all(math.isnan(time) for time in output[f"{ARMS[0]}:workers=4"]))

    def test_bench_keeps_the_recording_that_options_name(self) -> None:
        self.recording.write_text(as_text(lines()), encoding="utf-8")
        self.install()
        kept = self.folder / "kept.jsonl"
        for options in (["--save", str(kept)], [f"--save={kept}", "--quiet", "-q"]):
            kept.unlink(missing_ok=True)
            with self.assertWarns(MeasurementWarning):
                output = batchmark.bench(options=options)
            self.assertEqual(len(output), 2)
            self.assertEqual(len(batchmark.read(kept)), 9)
            words = self.words.read_text(encoding="utf-8").split("\n")
            self.assertEqual([words.count(word) for word in ("--save", "--quiet", "-q")], [1, 1, 0])
        with self.assertRaisesRegex(BadRequest, "--save in options names no file"):
            batchmark.bench(options=["--save"])

    def test_bench_refuses_options_that_are_parameters(self) -> None:
        self.install()
        for option in ("-n", "-n7", "--iterations=7", "-b", "--batch-size"):
            with self.assertRaisesRegex(BadRequest, f"{option} in options is the parameter"):
                batchmark.bench(options=[option, "7"])

    def test_options_may_name_another_python(self) -> None:
        self.recording.write_text(as_text(lines()), encoding="utf-8")
        self.install()
        with self.assertWarns(MeasurementWarning):
            batchmark.bench(options=["--python", "python3.11"])
        self.assertEqual(self.arguments().count("--python"), 1)
        self.assertNotIn(sys.executable, self.arguments())

    def test_bench_says_how_to_name_a_missing_program(self) -> None:
        with patch.dict(os.environ, PATH=str(self.folder)):
            os.environ.pop("BATCHMARK", None)
            with self.assertRaisesRegex(ProgramNotFound, "set BATCHMARK to its path"):
                batchmark.bench()
        nothing = patch.dict(os.environ, BATCHMARK=str(self.folder / "nothing"))
        with nothing, self.assertRaisesRegex(ProgramNotFound, "cannot be run"):
            batchmark.bench()

    def test_bench_refuses_functions_that_no_file_defines(self) -> None:
        self.install()
        scope: dict[str, Any] = {}
        exec(compile("def typed(urls): ...", "<input>", "exec"), scope)
        for own in (scope["typed"], lambda urls: urls, print):
            with self.assertRaisesRegex(
                BadRequest, "not a named function at the top level of a file"
            ):
                batchmark.bench(own=own)
        with self.assertRaisesRegex(BadRequest, "there is no file"):
            batchmark.bench(own="nothing.py")

    def test_bench_refuses_to_run_inside_a_driver(self) -> None:
        os.environ["BATCHMARK_DRIVING"] = "1"
        self.addCleanup(os.environ.pop, "BATCHMARK_DRIVING")
        with self.assertRaisesRegex(BadRequest, "__main__"):
            batchmark.bench()


def fetch(urls: list[str]) -> list[str]:
    return urls


def fails(urls: list[str]) -> list[str]:
    raise ValueError(f"{len(urls)} URLs are too many")


class Items(http.server.BaseHTTPRequestHandler):
    """A server that has every item but number 7."""

    def do_GET(self) -> None:
        self.send_response(404 if self.path == "/7" else 200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"item\n")

    def log_message(self, *_: Any) -> None:
        """Stay silent."""


@unittest.skipUnless("BATCHMARK" in os.environ, "BATCHMARK does not name the program")
class BenchWithProgram(unittest.TestCase):
    """`bench` with the program itself, on servers that work, fail or are not there."""

    def setUp(self) -> None:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Items)
        self.addCleanup(server.server_close)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        self.server = f"http://127.0.0.1:{server.server_port}"

    def bench(self, url: str, batch_size: int, **more: Any) -> dict[str, list[float]]:
        options = ["--no-controls", "--warmup", "1"]
        strategies = ["urllib3/threads"]
        return batchmark.bench(
            1, batch_size, url=url, strategies=strategies, options=options, **more
        )

    def test_an_unreachable_target_is_an_error(self) -> None:
        for url in ("http://127.0.0.1:1/[1-2]", "http://nonexistent.invalid/[1-2]"):
            with self.assertRaises(TargetUnreachable) as raised:
                self.bench(url, 2)
            self.assertIn(f"GET {url.replace('[1-2]', '1')} and 1 other", str(raised.exception))

    def test_a_pilot_that_failed_names_the_url(self) -> None:
        with self.assertRaises(AllBatchesFailed) as raised:
            self.bench(self.server + "/[1-16]", 16)
        sentence = f"1 of 16 requests failed in every trial: GET {self.server}/7 answered 404"
        self.assertIn(sentence, str(raised.exception))

    def test_a_function_that_raises_has_no_time(self) -> None:
        with self.assertWarnsRegex(MeasurementWarning, "^own/fails has no time: .*2 URLs are too"):
            output = self.bench(self.server + "/[1-2]", 2, own=fails)
        self.assertTrue(math.isnan(output["own/fails"][0]))
        self.assertGreater(output["urllib3/threads"][0], 0)

    def test_an_interpreter_without_the_library_is_an_error(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            venv.create(folder)
            python = str(Path(folder) / "bin" / "python")
            with self.assertRaisesRegex(BadRequest, "urllib3/threads is not available"):
                batchmark.bench(strategies="urllib3/threads", options=["--python", python])


if __name__ == "__main__":
    unittest.main()
