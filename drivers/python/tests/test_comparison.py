"""`compare`, `load` and what a `Comparison` shows."""

from __future__ import annotations

import asyncio
import math
import os
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any, Callable
from unittest.mock import patch

import batchmark
from batchmark import BadRecording, BadRequest, ProgramNotFound
from batchmark.program import find_program
from batchmark.slower import complaints
from tests.recorded import ARMS, ProgramTest, arm, as_text, counted, ran, trial
from tests.support import PACKAGE, has

RECORDINGS = Path(__file__).parents[3] / "docs" / "recordings"

fetched: Any = None


def fetch(urls: list[str]) -> list[str]:
    return urls


class Compare(ProgramTest):
    """`compare`, with a stand-in for the program."""

    def compare(self, *arms: Any, **parameters: Any) -> batchmark.Comparison:
        self.recording.write_text(as_text(succeeded()), encoding="utf-8")
        self.install()
        return batchmark.compare(*arms, **parameters)

    def test_compare_passes_its_arguments_to_the_program(self) -> None:
        self.compare()
        start = ["run", "--quiet", "--save", "--python", sys.executable]
        usual = ["-s", "requests/threads", "-s", "requests/sequential", "-s", "aiohttp/async"]
        self.assertEqual(self.arguments(), [*start, "-b", "16", *usual])
        own = self.folder / "mine.py"
        own.write_text("import batchmark\n@batchmark.strategy\ndef f(urls): ...\n")
        self.compare(
            fetch,
            str(own),
            "threads:workers=4",
            "other.mjs:all",
            url=["http://host/[1-16]"],
            batch=[4, 16],
            blocks=7,
            options=["--why"],
        )
        words = "-n 7 -b 4 -b 16 "
        words += f"--own {Path(__file__).absolute()}:fetch --own {own} --own other.mjs:all "
        words += "-s own/fetch -s own/f -s threads:workers=4 -s own/all --why http://host/[1-16]"
        self.assertEqual(self.arguments()[5:], words.split())

    def test_compare_refuses_options_that_are_parameters(self) -> None:
        for option in ("-n", "-b16", "--own", "-s"):
            with self.assertRaisesRegex(BadRequest, f"{option} in options is the parameter"):
                self.compare(options=[option, "7"])

    def test_compare_refuses_what_is_no_argument(self) -> None:
        wrong: dict[str, dict[str, Any]] = {
            "batch must be one value or several, not 1.5": {"batch": 1.5},
            "batch is empty: leave it out": {"batch": []},
            "blocks must be one value or several, not 2.5": {"blocks": 2.5},
            "url is empty: leave it out": {"url": []},
            "url must be one value or several": {"url": 1.5},
            "save must be the path of a file, not 5": {"save": 5},
            "options must be one value or several": {"options": 1.5},
        }
        for sentence, parameters in wrong.items():
            with self.assertRaisesRegex(BadRequest, sentence):
                batchmark.compare("requests/threads", **parameters)

    def test_a_comparison_removes_its_recording_when_it_is_closed(self) -> None:
        with self.compare() as result:
            recording = result.recording
            self.assertTrue(recording.exists())
            self.assertIn("2 blocks", repr(result))
        self.assertFalse(recording.parent.exists())
        self.assertIn("closed", repr(result))
        with self.assertRaisesRegex(BadRequest, "is closed"):
            result.table()

    def test_a_comparison_removes_its_recording_when_it_is_forgotten(self) -> None:
        result = self.compare()
        folder = result.recording.parent
        del result
        self.assertFalse(folder.exists())

    def test_a_saved_recording_is_kept(self) -> None:
        kept, copy = self.folder / "kept.jsonl", self.folder / "copy.jsonl"
        with self.compare(save=kept) as result:
            result.save(copy)
            trials = result.trials
        for file in (kept, copy):
            self.assertEqual(batchmark.load(file).trials, trials)

    def test_compare_runs_inside_a_running_event_loop(self) -> None:
        async def in_a_notebook() -> list[batchmark.Comparison]:
            return [self.compare(), await asyncio.to_thread(self.compare)]

        for result in asyncio.run(in_a_notebook()):
            self.assertEqual(len(result.trials), 4)

    def test_describe_has_a_column_for_each_arm(self) -> None:
        described = self.compare().describe()
        self.assertEqual(list(described), [f"{name}:workers=4" for name in ARMS])
        self.assertTrue(math.isclose(described[f"{ARMS[0]}:workers=4"][1], 0.011))

    def test_load_refuses_other_files(self) -> None:
        self.recording.write_text("hello\n", encoding="utf-8")
        with self.assertRaises(BadRecording):
            batchmark.load(self.recording)

    def test_every_error_is_a_batchmark_error(self) -> None:
        for error in (BadRecording, batchmark.MeasurementError, BadRequest, ProgramNotFound):
            self.assertTrue(issubclass(error, batchmark.BatchmarkError))


def succeeded() -> list[dict[str, Any]]:
    """Two blocks of two arms."""
    threads, sequential = arm(ARMS[0]), arm(ARMS[1])
    blocks = [
        trial(block * 2 + slot, each["name"], counted(block, slot), ran(10 * (slot + 1) + block))
        for block in (0, 1)
        for slot, each in enumerate([threads, sequential])
    ]
    header = {"line": "header", "schema": "batchmark-recording/1"}
    return [header, {"line": "plan", "arms": [threads, sequential]}, *blocks]


class Complaints(unittest.TestCase):
    """What an arm is complained of."""

    def analysis(self, low: float) -> dict[str, Any]:
        def one(label: str, mean: float) -> dict[str, Any]:
            describe = {"count": 5, "mean": mean}
            return {
                "arm": f"{label}@4",
                "label": label,
                "role": "measured",
                "batch_size": 4,
                "describe": describe,
            }

        ratio = {"arm": "own/f@4", "baseline": "a/x@4", "ratio": low + 0.1}
        cause = {
            "code": "worker_limit",
            "arm": "own/f@4",
            "versus": "a/x@4",
            "because": False,
            "sentence": "own/f has 2 workers: removing this saves 9.1 ms.",
            "remedy": "Raise workers to 4.",
        }
        return {
            "arms": [one("a/x", 0.02), one("own/f", 0.03)],
            "ratios": [{**ratio, "low": low, "high": low + 0.2}],
            "findings": [cause],
            "failures": [],
        }

    def test_a_slower_arm_is_complained_of_with_its_cause(self) -> None:
        self.assertEqual(
            complaints(self.analysis(1.4), None, "a/x", 0.05),
            [
                "own/f is slower than a/x at batch 4: "
                "30.0 ms, not 20.0 ms, 1.50 times [1.40, 1.60]; "
                "the margin allows 1.05 times.\n"
                "  likely cause: own/f has 2 workers: removing this saves 9.1 ms.\n"
                "  Raise workers to 4.\n"
                "  see  batchmark explain worker_limit"
            ],
        )

    def test_a_slowdown_without_a_known_cause_is_not_called_likely(self) -> None:
        analysis = self.analysis(1.4)
        analysis["findings"][0]["code"] = "unexplained"
        (complaint,) = complaints(analysis, None, "a/x", 0.05)
        self.assertIn("\n  cause unknown: own/f has", complaint)

    def test_an_interval_that_touches_the_margin_is_no_complaint(self) -> None:
        self.assertEqual(complaints(self.analysis(1.04), None, "a/x", 0.05), [])
        self.assertEqual(len(complaints(self.analysis(1.06), None, "a/x", 0.05)), 1)
        self.assertEqual(complaints(self.analysis(1.06), ["a/x"], "a/x", 0.05), [])

    def test_an_arm_without_a_time_is_complained_of(self) -> None:
        analysis = self.analysis(1.0)
        analysis["arms"][1]["describe"]["count"] = 0
        analysis["failures"] = [{"arms": ["own/f@4"], "sentence": "It raised."}]
        found = complaints(analysis, None, "a/x", 0.05)
        self.assertEqual(found, ["own/f has no time at batch 4: It raised."])

    def test_an_unknown_arm_is_refused(self) -> None:
        with self.assertRaisesRegex(BadRequest, "there is no arm own/g: there are a/x, own/f"):
            complaints(self.analysis(1.0), ["own/g"], "a/x", 0.05)


@unittest.skipUnless("BATCHMARK" in os.environ, "BATCHMARK does not name the program")
class Loaded(unittest.TestCase):
    """What a recorded comparison shows, with the program itself."""

    def setUp(self) -> None:
        self.result = batchmark.load(RECORDINGS / "question-why.jsonl")

    def test_a_table_is_what_the_program_prints(self) -> None:
        for text, sections in (("vs fastest", ()), ("batch 4", ()), ("CPU share", ["counters"])):
            self.assertIn(text, self.result.table(*sections))
        self.assertEqual(str(self.result), self.result.table())
        self.assertIn("effective concurrency", self.result.report())
        with self.assertRaisesRegex(BadRequest, "there is no section"):
            self.result.table("no-such")

    def test_causes_have_their_size_and_their_remedy(self) -> None:
        causes = {(each.arm, each.code): each for each in self.result.causes}
        cause = causes["requests/threads@4", "tls_preparation"]
        self.assertTrue(cause.is_confirmed)
        self.assertAlmostEqual(cause.seconds or 0.0, 0.0305, 3)
        self.assertIn("ssl.SSLContext", str(cause))

    def test_ratios_have_the_baseline_that_was_named(self) -> None:
        by_default = {each.to for each in self.result.ratios()}
        self.assertEqual(by_default, {"requests/sequential@4"})
        ratios = {each.arm: each for each in self.result.ratios(to="aiohttp/async")}
        self.assertEqual(ratios["requests/threads@4"].verdict, "slower")
        with self.assertRaisesRegex(BadRequest, "did you mean requests/threads"):
            self.result.ratios(to="requests/thread")

    def test_a_slower_arm_fails_the_assertion(self) -> None:
        self.result.assert_not_slower("aiohttp/async", than="requests/threads")
        with self.assertRaisesRegex(AssertionError, "confirmed cause: requests/threads loads"):
            self.result.assert_not_slower(than="aiohttp/async")

    def test_a_notebook_shows_the_page_in_a_frame(self) -> None:
        shown = self.result._repr_html_()
        self.assertTrue(shown.startswith("<iframe "))
        self.assertNotIn("<script", shown)
        self.assertIn("&lt;svg", shown)

    @unittest.skipUnless(has("nanoarrow"), "nanoarrow is not installed")
    def test_trials_are_exported_to_arrow(self) -> None:
        import nanoarrow

        array = nanoarrow.Array(self.result)
        rows = list(array.iter_py())
        self.assertEqual(len(rows), len(self.result.trials))
        self.assertEqual(rows, [dict(row) for row in self.result.trials])


class Written(ProgramTest):
    """Functions that no file defines."""

    def own(self, function: Callable[..., Any]) -> str:
        """Return the source that is measured."""
        self.recording.write_text(as_text(succeeded()), encoding="utf-8")
        self.install()
        with batchmark.compare(function, ARMS[0]):
            words = self.arguments()
            file, _, name = words[words.index("--own") + 1].rpartition(":")
            self.assertIn(f"own/{name}", words)
            return Path(file).read_text(encoding="utf-8")

    def test_a_function_is_written_with_what_it_uses(self) -> None:
        cell = (
            "import json as parser\n"
            "from os import path\n"
            "LIMIT = {'workers': [4, None]}\n"
            "def one(url): return parser.dumps(url)\n"
            "def all_of(urls): return [one(path.join(url, str(LIMIT))) for url in urls]\n"
        )
        scope = run_cell(cell)
        source = self.own(scope["all_of"])
        imported: dict[str, Any] = {}
        exec(source, imported)
        self.assertEqual(imported["all_of"](["a"]), scope["all_of"](["a"]))
        self.assertLess(source.index("def one"), source.index("def all_of"))

    def test_a_function_inside_another_is_written(self) -> None:
        def nested(urls: list[str]) -> list[str]:
            return [url.upper() for url in urls]

        self.assertIn("def nested(urls", self.own(nested))

    def test_what_has_no_source_is_refused(self) -> None:
        variable = [1]

        def uses_variable(urls: list[str]) -> list[Any]:
            return [variable, urls]

        scope = run_cell("lock = __import__('threading').Lock()\ndef f(urls): return lock\n")
        for own, sentence in (
            (uses_variable, "uses_variable uses variable of the function around it"),
            (scope["f"], "it uses lock, a lock, which has no source"),
            (lambda urls: urls, "has no name"),
            (print, "it is not written in Python"),
        ):
            with self.assertRaisesRegex(BadRequest, sentence):
                self.own(own)


def run_cell(source: str) -> dict[str, Any]:
    """Run a source as a notebook does: no file has it, but its lines are known."""
    import linecache

    name = f"<cell {len(source)}>"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    scope: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(source, name, "exec"), scope)
    return scope


class Program(ProgramTest):
    """Where the program is found."""

    def test_the_installed_program_comes_before_the_path(self) -> None:
        self.install()
        self.assertEqual(find_program(), str(self.folder / "batchmark"))
        scripts = self.folder / "scripts"
        scripts.mkdir()
        installed = scripts / "batchmark"
        installed.write_text("", encoding="utf-8")
        with patch("sysconfig.get_path", lambda *_: str(scripts)):
            self.assertEqual(find_program(), str(self.folder / "batchmark"), "it cannot be run")
            installed.chmod(0o700)
            self.assertEqual(find_program(), str(installed))
            with patch.dict(os.environ, BATCHMARK="elsewhere"):
                self.assertEqual(find_program(), "elsewhere")

    def test_the_module_becomes_the_program(self) -> None:
        script = '#!/bin/sh\necho "$BATCHMARK_PYTHON" "$@"\nexit 7\n'
        program = self.folder / "batchmark"
        program.write_text(script, encoding="utf-8")
        program.chmod(0o700)
        environment = {**os.environ, "BATCHMARK": str(program), "PYTHONPATH": str(PACKAGE)}
        environment.pop("BATCHMARK_PYTHON", None)
        command = [sys.executable, "-m", "batchmark", "report", "--full"]
        ended = subprocess.run(command, check=False, capture_output=True, env=environment)
        self.assertEqual(ended.stdout.decode(), f"{sys.executable} report --full\n")
        self.assertEqual(ended.returncode, 7)


if __name__ == "__main__":
    unittest.main()
