"""A recording whose figures the tests know, and a stand-in for the program."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any
from unittest.mock import patch

ARMS = ("requests/threads", "requests/sequential")

# A program that saves its arguments, copies a prepared recording, and reports a prepared analysis.
PROGRAM = """#!{python}
import os, sys
words = sys.argv[1:]
if words[0] == "report":
    print({analysis!r})
    sys.exit({code})
open({words!r}, "w").write("\\n".join(words))
if os.path.exists({recording!r}):
    open(words[words.index("--save") + 1], "w").write(open({recording!r}).read())
print("unrequested data")
print({log!r}, file=sys.stderr)
sys.exit({code})
"""


def arm(strategy: str, role: str = "measured") -> dict[str, Any]:
    name = f"{strategy}:workers=4@2" + ("" if role == "measured" else f"#{role}")
    return {
        "name": name,
        "label": f"{strategy}:workers=4",
        "strategy": strategy,
        "batch_size": 2,
        "role": role,
    }


def trial(number: int, name: str, stage: dict[str, Any], outcome: dict[str, Any]) -> dict[str, Any]:
    return {
        "line": "trial",
        "id": number,
        "arm": name,
        "stage": stage,
        "process": 0,
        "outcome": outcome,
    }


def ran(milliseconds: int, error: Any = None) -> dict[str, Any]:
    columns = {"bytes": [60, 70], "connection": [0, 0], "error": [None, error]}
    finished = 10**17 + milliseconds * 10**6
    usage = {"user": 2_000_000, "system": 500_000, "peak_memory": 1024}
    times = {"started": str(10**17), "finished": str(finished)}
    return {
        "ran": {
            **times,
            "usage": usage,
            "columns": columns if error else {**columns, "error": None},
        }
    }


def counted(block: int, slot: int) -> dict[str, Any]:
    return {"is": "counted", "block": block, "slot": slot, "predecessor": None}


def lines() -> list[dict[str, Any]]:
    threads, sequential, control = arm(ARMS[0]), arm(ARMS[1]), arm(ARMS[0], "aa")
    status = {"kind": "status", "message": "the status is 500"}
    witness = {"connections": [{}, {}], "requests": [{"connection": 5}, {"connection": 5}]}
    return [
        {"line": "header", "schema": "batchmark-recording/1"},
        {"line": "ready", "arm": threads["name"], "facts": {}},
        trial(0, threads["name"], {"is": "pilot"}, ran(9)),
        trial(1, sequential["name"], {"is": "pilot"}, ran(9)),
        {"line": "plan", "arms": [threads, sequential, control]},
        trial(2, sequential["name"], counted(0, 0), ran(20)),
        trial(3, control["name"], counted(0, 1), ran(99)),
        {**trial(4, threads["name"], counted(0, 2), ran(10)), "witness": witness},
        trial(5, threads["name"], {"is": "warm_up"}, ran(99)),
        trial(6, threads["name"], counted(1, 0), ran(11, status)),
        trial(7, sequential["name"], counted(1, 1), {"lost": {"message": "it hung"}}),
        trial(8, sequential["name"], counted(2, 0), ran(22)),
        {"line": "closing", "reason": "blocks", "blocks": 3},
    ]


def as_text(recording: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(line) + "\n" for line in recording)


class FolderTest(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.recording = self.folder / "run.jsonl"


class ProgramTest(FolderTest):
    """A test with a stand-in for the program."""

    def install(self, code: int = 0, log: str = "", analysis: Any = None) -> None:
        self.words = self.folder / "words"
        program = self.folder / "batchmark"
        known = {
            "python": sys.executable,
            "words": str(self.words),
            "code": code,
            "log": log,
            "analysis": json.dumps(analysis or {}),
        }
        program.write_text(PROGRAM.format(recording=str(self.recording), **known), encoding="utf-8")
        program.chmod(0o700)
        variables = patch.dict(os.environ, PATH=str(self.folder))
        variables.start()
        self.addCleanup(variables.stop)
        os.environ.pop("BATCHMARK", None)

    def arguments(self) -> list[str]:
        words = self.words.read_text(encoding="utf-8").split("\n")
        del words[words.index("--save") + 1]
        return words
