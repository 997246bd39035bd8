"""The pytest plugin, in projects of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from tests.support import PACKAGE, has

PROJECT = {
    "test_pages.py": """
import os
import pathlib
import pytest
import batchmark as package

RECORDINGS = pathlib.Path(os.environ["RECORDINGS"])

@pytest.fixture
def measured(monkeypatch):
    given = []
    def compare(*arms, **parameters):
        given.append((arms, parameters))
        return package.load(RECORDINGS / "question-why.jsonl")
    monkeypatch.setattr(package, "compare", compare)
    return given

@pytest.mark.batchmark(batch=4, url="http://host/[1-4]")
def test_passes(measured, batchmark):
    result = batchmark.compare("aiohttp/async", "requests/threads", batch=8)
    result.assert_not_slower("aiohttp/async", than="requests/threads", margin=0.05)
    (arms, parameters), = measured
    assert arms == ("aiohttp/async", "requests/threads")
    saved = parameters.pop("save", None)
    assert parameters == {"batch": 8, "url": "http://host/[1-4]"}
    assert saved is None or saved.name == "test_pages.py_test_passes-1.jsonl"

@pytest.mark.batchmark
def test_fails(measured, batchmark):
    batchmark("requests/threads").assert_not_slower("requests/threads", than="aiohttp/async")

def test_without_the_marker(measured, batchmark):
    assert batchmark.compare().causes

def test_of_something_else():
    pass
"""
}


@unittest.skipUnless(has("pytest"), "pytest is not installed")
class Plugin(unittest.TestCase):
    """The options, the marker and the fixture."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for name, source in PROJECT.items():
            (self.folder / name).write_text(source, encoding="utf-8")

    def pytest(self, *arguments: str) -> str:
        environment = {
            **os.environ,
            "PYTHONPATH": str(PACKAGE),
            "RECORDINGS": str(PACKAGE.parents[1] / "docs" / "recordings"),
        }
        command = [sys.executable, "-m", "pytest", "-p", "batchmark.pytest_plugin", "-rs"]
        ended = subprocess.run(
            [*command, "--strict-markers", "-p", "no:cacheprovider", *arguments],
            check=False,
            capture_output=True,
            cwd=self.folder,
            env=environment,
        )
        return ended.stdout.decode() + ended.stderr.decode()

    def test_what_measures_is_skipped_by_default(self) -> None:
        said = self.pytest()
        self.assertIn("1 passed, 3 skipped", said)
        self.assertIn("measures with batchmark: run it with --batchmark", said)

    @unittest.skipUnless("BATCHMARK" in os.environ, "BATCHMARK does not name the program")
    def test_what_is_slower_fails_with_its_cause(self) -> None:
        said = self.pytest("--batchmark", "--batchmark-save", "kept")
        self.assertIn("1 failed, 3 passed", said)
        self.assertIn("requests/threads is slower than aiohttp/async at batch 4", said)
        self.assertIn("confirmed cause: requests/threads loads certificates", said)
        self.assertIn("removing this saves 30.5 ms", said)
        self.assertNotIn("complaints(", said, "the traceback ends at the test")
        self.assertTrue((self.folder / "kept").is_dir())

    def test_the_options_are_in_the_help(self) -> None:
        said = self.pytest("--help")
        for text in ("--batchmark ", "--batchmark-save=FOLDER"):
            self.assertIn(text, said)
        self.assertIn("@pytest.mark.batchmark(**parameters)", self.pytest("--markers"))


if __name__ == "__main__":
    unittest.main()
