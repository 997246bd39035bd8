"""Tests of reading recordings, with data that the program packed."""

from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path
from typing import Any

import batchmark
from batchmark.packed import column

EXAMPLE = json.loads((Path(__file__).parent / "fixtures" / "packed.json").read_text())


def field(row: Any, name: str) -> Any:
    """Return a field of a row by its dotted name, or `None` where there is none."""
    for key in name.split("."):
        row = row.get(key) if isinstance(row, dict) else None
    return row


def texts(name: str) -> list[Any]:
    """Return a column of texts."""
    forms = next(text["forms"] for text in EXAMPLE["table"]["texts"] if text["name"] == name)
    places = column(EXAMPLE["table"], f"{name}.form") or []
    numbers = column(EXAMPLE["table"], f"{name}.number") or [None] * len(places)
    return [
        None
        if place is None
        else forms[place][0] + ("" if number is None else str(number)) + forms[place][1]
        for place, number in zip(places, numbers)
    ]


class PackedColumns(unittest.TestCase):
    def test_numbers_are_those_that_were_packed(self) -> None:
        packed = [each["name"] for each in EXAMPLE["table"]["columns"]]
        numbers = [name for name in packed if not name.endswith((".form", ".number"))]
        self.assertGreater(len(numbers), 5)
        for name in numbers:
            expected = [field(row, name) for row in EXAMPLE["rows"]]
            expected = [int(value) if value is not None else None for value in expected]
            self.assertEqual(column(EXAMPLE["table"], name), expected, name)

    def test_some_columns_are_sparse_and_some_follow_others(self) -> None:
        columns = EXAMPLE["table"]["columns"]
        self.assertTrue(any("since" in each for each in columns))
        self.assertIn(None, column(EXAMPLE["table"], "small") or [])
        self.assertIn((1 << 64) - 1, column(EXAMPLE["table"], "at") or [])

    def test_texts_are_those_that_were_packed(self) -> None:
        names = [text["name"] for text in EXAMPLE["table"]["texts"]]
        self.assertIn("path", names)
        for name in names:
            self.assertEqual(texts(name), [field(row, name) for row in EXAMPLE["rows"]], name)

    def test_a_column_that_is_missing_holds_nothing(self) -> None:
        self.assertIsNone(column(EXAMPLE["table"], "other"))


class SampledTrials(unittest.TestCase):
    def test_a_sampled_trial_has_the_totals_of_all_requests(self) -> None:
        failure = {"kind": "reset", "message": "gone"}
        totals: dict[str, Any] = {"requests": 100_000, "bytes": 700}
        sampled = {
            "stretch": {"first": 5, "requests": 2},
            "from": 1,
            "length": 2,
            "totals": totals,
        }
        run = {
            "started": "1000000000",
            "finished": "3000000000",
            "columns": {"bytes": [1, 2]},
            "sampled": sampled,
        }
        witness = {"connections": [], "requests": [], "totals": {"opened": 64, "used": 65}}
        self.assertEqual(self.read(run, witness)["seconds"], 2.0)
        totals["failures"] = [{"failure": failure, "requests": 3}]
        row = self.read(run, witness)
        self.assertEqual((row["failed"], row["error"]), (3, "gone"))
        self.assertEqual((row["connections"], row["connections_used"]), (64, 65))
        self.assertEqual(row["bytes"], 700)

    def read(self, run: Any, witness: Any) -> Any:
        """Return the row of a recording with this trial."""
        header = {"line": "header", "schema": "batchmark-recording/2"}
        trial = {
            "line": "trial",
            "id": 0,
            "arm": "a/x@100000",
            "stage": {"is": "counted", "block": 0, "slot": 0},
            "process": 0,
            "outcome": {"ran": run},
            "witness": witness,
        }
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "run.jsonl"
            file.write_text("".join(json.dumps(line) + "\n" for line in (header, trial)))
            return batchmark.read(file)[0]


if __name__ == "__main__":
    unittest.main()
