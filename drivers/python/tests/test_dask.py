"""`python -m batchmark.dask` and `dask/gather`, with a cluster of two processes over loopback."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

from batchmark.driver.catalogue import UNHOOKED_COLUMNS
from tests.support import PACKAGE, TODO, DriverProcess, has, served

PLAN = """\
strategy = ["ureq/sequential", "hyper/async"]
batch-size = 2
iterations = 2
no-controls = true
no-witness = true
warmup = 1
link = "rtt=0"
"""


@unittest.skipUnless(has("distributed"), "distributed is not installed")
class Cluster(unittest.TestCase):
    """What needs a cluster."""

    cluster: Any

    @classmethod
    def setUpClass(cls) -> None:
        from distributed import LocalCluster

        path = os.pathsep.join(filter(None, [str(PACKAGE), os.environ.get("PYTHONPATH")]))
        os.environ["PYTHONPATH"] = path
        cls.cluster = LocalCluster(
            n_workers=2, threads_per_worker=2, dashboard_address=":0", silence_logs=50
        )

    @classmethod
    def tearDownClass(cls) -> None:
        cls.cluster.close()

    def driver(self) -> DriverProcess:
        return DriverProcess(DASK_SCHEDULER_ADDRESS=self.cluster.scheduler_address)

    def test_gather_fetches_every_item_on_the_workers(self) -> None:
        with served(is_secure=True) as url, self.driver() as driver:
            ready = driver.prepare("dask/gather", [f"{url}/{n}" for n in range(5)])
            self.assertEqual(ready["op"], "ready", ready)
            self.assertEqual(ready["facts"]["cluster"], "2 workers with 4 threads")
            for _ in range(2):
                columns = driver.trial(5)
                self.assertNotIn("error", columns)
                self.assertEqual(columns["bytes"], [len(TODO)] * 5)
                self.assertEqual(columns["status"], [200] * 5)
                self.assertLessEqual(set(columns), set(UNHOOKED_COLUMNS))
                for started, done in zip(columns["started"], columns["done"]):
                    self.assertLess(started, done)

    def test_what_fails_on_a_worker_is_classified(self) -> None:
        with served(is_secure=True) as url, self.driver() as driver:
            driver.prepare("dask/gather", [url], trust={"roots": "default"})
            [error] = driver.trial(1)["error"]
            self.assertEqual(error["kind"], "certificate_untrusted")
            driver.prepare("dask/gather", ["http://127.0.0.1:1/"])
            [error] = driver.trial(1)["error"]
            self.assertEqual(error["kind"], "refused")

    @unittest.skipUnless("BATCHMARK" in os.environ, "BATCHMARK does not name the program")
    def test_a_plan_runs_on_every_worker_and_is_merged(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            plan = folder / "plan.toml"
            plan.write_text(PLAN, encoding="utf-8")
            for more in ([], ["--together"]):
                with self.subTest(more):
                    self.measure(folder, [str(plan), *more])

    def measure(self, folder: Path, words: list[str]) -> None:
        scheduler = ["--scheduler", self.cluster.scheduler_address]
        command = [
            sys.executable,
            "-m",
            "batchmark.dask",
            *words,
            *scheduler,
            "--save",
            str(folder),
        ]
        done = subprocess.run(
            [*command, "--json", "-"], check=False, capture_output=True, text=True, cwd=PACKAGE
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        merge = json.loads(done.stdout)
        self.assertEqual([place["place"] for place in merge["places"]], ["worker-0", "worker-1"])
        caveats = [caveat["code"] for caveat in merge["caveats"]]
        self.assertNotIn("clocks_unknown", caveats)
        self.assertEqual("measured_at_once" in caveats, "--together" in words, done.stdout)
        for place in ("worker-0", "worker-1"):
            recording = folder / f"{place}.jsonl"
            self.assertEqual(stat.S_IMODE(recording.stat().st_mode), 0o600)


@unittest.skipUnless(has("distributed"), "distributed is not installed")
class WithoutCluster(unittest.TestCase):
    """What there is without a cluster."""

    def test_gather_is_missing_without_the_address_of_a_scheduler(self) -> None:
        with DriverProcess(DASK_SCHEDULER_ADDRESS="") as driver:
            missing = {each["name"]: each for each in driver.hello()["missing"]}
        self.assertIn("DASK_SCHEDULER_ADDRESS", missing["dask/gather"]["remedy"])

    def test_a_scheduler_that_does_not_answer_is_reported(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            plan = Path(name) / "plan.toml"
            plan.write_text(PLAN, encoding="utf-8")
            for scheduler, said in (
                ("nonsense", "'nonsense' is no scheduler's address"),
                ("foo://127.0.0.1:1", "'foo://127.0.0.1:1' is no scheduler's address"),
                ("tcp://127.0.0.1:1", "no scheduler answers at tcp://127.0.0.1:1"),
            ):
                words = [str(plan), "--scheduler", scheduler, "--save", name]
                done = subprocess.run(
                    [sys.executable, "-c", SHORT, *words],
                    check=False,
                    capture_output=True,
                    text=True,
                    cwd=PACKAGE,
                )
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(f"batchmark: {said}", done.stderr)
                self.assertNotIn("Traceback", done.stderr)


SHORT = """\
import sys
from batchmark import dask
dask.CONNECT = "1s"
sys.exit(dask.main())
"""


if __name__ == "__main__":
    unittest.main()
