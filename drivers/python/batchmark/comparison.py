"""Compares strategies and your own functions: `compare` measures, `Comparison` shows the result."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Optional, Union

from batchmark import program
from batchmark.certainty import certainty_of
from batchmark.errors import BadRecording, BadRequest
from batchmark.measure import (
    STRATEGIES,
    Options,
    as_list,
    as_path,
    counted,
    measure_rows,
    refuse_inside_driver,
    times_by_block,
    words_for,
)
from batchmark.own_code import Own, is_own, own_argument, own_names
from batchmark.recording import TrialRow, read

GIVEN = {
    "-n": "blocks",
    "--iterations": "blocks",
    "-b": "batch",
    "--batch-size": "batch",
    "--own": "*arms",
    "-s": "*arms",
    "--strategy": "*arms",
}
"""The options that are parameters of `compare`."""

NOTHING = "nothing"
"""The code of a finding that says that there is no cause."""

Location = Union[str, "os.PathLike[str]"]


@dataclass(frozen=True)
class Cause:
    """Why an arm is slower than another one."""

    code: str
    """The kind of cause, such as `worker_limit`. `batchmark explain CODE` prints its page."""
    arm: str
    """The slower arm, such as `requests/threads@16`."""
    versus: Optional[str]
    """The arm that it is compared with."""
    seconds: Optional[float]
    """What the batch would save without the cause; `None` where it left the arm without a time."""
    low: Optional[float]
    """The lower end of the 95% interval of `seconds`."""
    high: Optional[float]
    """The upper end."""
    is_confirmed: bool
    """Whether an experiment removed the cause (`options=["--why"]`); otherwise it is likely."""
    sentence: str
    """The cause with its size."""
    remedy: str
    """What to do."""

    def __str__(self) -> str:
        """Return the cause, how sure it is, and what to do."""
        certainty = certainty_of(self.code, is_confirmed=self.is_confirmed)
        return f"{self.sentence} ({certainty}: {self.code}) {self.remedy}".strip()


@dataclass(frozen=True)
class Ratio:
    """How many times as long an arm takes as another one of its batch size."""

    arm: str
    """The arm, such as `requests/threads@16`."""
    to: str
    """The arm that it is compared with."""
    ratio: float
    """The geometric mean over the blocks: above 1, the arm is slower."""
    low: Optional[float]
    """The lower end of its 95% interval; `None` below two blocks."""
    high: Optional[float]
    """The upper end."""
    verdict: str
    """`slower`, `faster`, `equal`, `inconclusive`, or `vetoed` where a control failed."""


def compare(
    *arms: Own,
    url: Union[str, Sequence[str], None] = None,
    batch: Union[int, Sequence[int]] = 16,
    blocks: Optional[int] = None,
    save: Optional[Location] = None,
    options: Sequence[str] = (),
) -> Comparison:
    """Measure ways of fetching a batch of requests beside each other.

    Each arm runs in processes of its own, in this Python's interpreter. Every block runs every arm
    once, in random order. The call returns after the last block; in a coroutine, use
    `await asyncio.to_thread(batchmark.compare, ...)`.

    Args:
        *arms: What to compare: names of strategies, such as `"requests/threads:workers=4"`; your
            own functions, which take the list of URLs and return the bodies; and files with such
            functions, `"my.py"` or `"my.py:f"`. The first is the baseline. By default the three
            strategies `requests/threads`, `requests/sequential` and `aiohttp/async`.
        url: What to fetch, as in `batchmark run`: one URL, such as `https://host/todos/[1-16]`, or
            several. By default, the embedded endpoint.
        batch: The number of requests in a batch, or several.
        blocks: The number of blocks. By default the run ends when every ratio is known to 2%.
        save: Where the recording is kept. By default it is removed with the result.
        options: More options of `batchmark run`, such as `["--link", "rtt=50ms", "--why"]`.

    Returns:
        What was measured.

    Raises:
        BadRequest: An argument is wrong, or a strategy cannot be measured here.
        MeasurementError: Nothing was measured: no batch of any arm has a time.

    Warns:
        MeasurementWarning: Some batches failed. It names each arm with failed batches, and why.
    """
    refuse_inside_driver("compare")
    given = Options(options, "compare", GIVEN)
    folder = Path(tempfile.mkdtemp(prefix="batchmark-compare-"))
    try:
        kept = as_path(save, "save") if save else given.recording
        recording = kept or folder / "run.jsonl"
        own = {arm: own_argument(arm, folder) for arm in arms if is_own(arm)}
        names = [name for arm in arms or STRATEGIES for name in _names(arm, own)]
        arguments = ["--save", str(recording), *given.interpreter()]
        arguments += words_for("-n", as_list(blocks, "blocks"))
        arguments += words_for("-b", as_list(batch, "batch"))
        arguments += words_for("--own", dict.fromkeys(own.values()))
        arguments += words_for("-s", dict.fromkeys(names))
        urls = map(str, as_list(url, "url"))
        measure_rows(recording, [*arguments, *given.others, *urls])
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Comparison(recording, folder)


def load(recording: Location) -> Comparison:
    """Load a recording, such as `batchmark run --save run.jsonl` writes.

    Args:
        recording: The file.

    Raises:
        BadRecording: The file is not a recording, or its format is another version's.
        OSError: The file cannot be opened.
    """
    read(recording)
    return Comparison(Path(recording), None)


def _names(arm: Own, own: Mapping[Own, str]) -> list[str]:
    """Return the strategies of an arm; a file may have several."""
    return list(own_names([own[arm]])) if arm in own else [str(arm)]


class Comparison:
    """What a run has shown.

    It keeps the recording until it is closed or collected. As a context manager it closes itself.
    """

    def __init__(self, recording: Path, folder: Optional[Path]) -> None:
        """Use `compare` or `load`.

        Args:
            recording: The recording.
            folder: A folder that is removed with this object.
        """
        self.recording = recording
        """The file with everything that was measured."""
        self._remove = weakref.finalize(self, _remove_folder, folder)

    def table(self, *sections: str) -> str:
        """Return what `batchmark report` prints: the summary.

        Args:
            *sections: Sections to return instead, such as `"path"` and `"findings"`.
        """
        return self._report(["--section", ",".join(sections)] if sections else [])

    def report(self) -> str:
        """Return the full report, as `batchmark report --full` prints it."""
        return self._report(["--full"])

    def html(self) -> str:
        """Return the report as an HTML page with pictures. It loads nothing."""
        return self._report(["--html", "-"])

    def save(self, recording: Location) -> None:
        """Copy the recording, to read it again with `load` or `batchmark report`."""
        self._refuse_closed()
        shutil.copyfile(self.recording, recording)

    @cached_property
    def analysis(self) -> Mapping[str, Any]:
        """Everything that `batchmark report --json` writes (docs/output/json.md)."""
        self._refuse_closed()
        return program.analyse(self.recording)

    @property
    def causes(self) -> list[Cause]:
        """Why arms are slower than others: the largest cause first."""
        return [_cause(finding) for finding in self._findings(self.analysis)]

    @property
    def trials(self) -> list[TrialRow]:
        """A row for each counted trial of the measured arms."""
        self._refuse_closed()
        return counted(read(self.recording))

    def describe(self) -> dict[str, list[float]]:
        """Return the times of each arm in seconds, one for each block; NaN if the batch failed.

        `pandas.DataFrame(result.describe()).describe()` makes the usual table. With several batch
        sizes the names are those of the arms, such as `requests/threads@16`.
        """
        rows = self.trials
        if len({row["batch_size"] for row in rows}) > 1:
            return times_by_block(rows, lambda row: row["arm"])
        return times_by_block(rows, lambda row: str(row["label"]))

    def ratios(self, to: Optional[Own] = None) -> list[Ratio]:
        """Return how many times as long each arm takes as another one.

        Args:
            to: The arm to compare with; by default the baseline, which is the first arm.

        Raises:
            BadRequest: There is no such arm.
        """
        return [_ratio(each) for each in self._against(to)["ratios"] if each["role"] == "measured"]

    def assert_not_slower(self, *arms: Own, than: Own, margin: float = 0.05) -> None:
        """Raise an `AssertionError` if an arm is certainly slower than another one.

        It is slower if its whole 95% interval lies above the margin, so noise alone fails no test.
        The message names the largest cause with its size.

        Args:
            *arms: The arms; by default all others.
            than: The arm to compare with.
            margin: By which share an arm may be slower: 0.05 allows 5%.

        Raises:
            AssertionError: An arm is slower, or it has no time.
            BadRequest: There is no such arm.
        """
        __tracebackhide__ = True
        from batchmark.slower import complaints

        other = label_of(than)
        analysis = self._against(than)
        names = [label_of(arm) for arm in arms]
        found = complaints(analysis, names or None, other, margin)
        if found:
            raise AssertionError("\n".join(found))

    def close(self) -> None:
        """Remove the recording, unless it was to be kept."""
        self._remove()

    def _report(self, arguments: Sequence[str]) -> str:
        self._refuse_closed()
        return program.report(self.recording, arguments)

    def _against(self, to: Optional[Own]) -> Mapping[str, Any]:
        """Return the analysis with another baseline."""
        if to is None:
            return self.analysis
        self._refuse_closed()
        analysis = program.analyse(self.recording, ["--baseline", label_of(to)])
        if not analysis:
            raise BadRecording(f"{self.recording} cannot be analysed")
        return analysis

    @staticmethod
    def _findings(analysis: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        return [each for each in analysis.get("findings", []) if each["code"] != NOTHING]

    def _refuse_closed(self) -> None:
        if not self._remove.alive:
            raise BadRequest("the result is closed: use it before close() or the end of its with")

    def __enter__(self) -> Comparison:
        """Return the result, which is closed at the end of the block."""
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        """Close it."""
        self.close()

    def __str__(self) -> str:
        """Return the table."""
        return self.table()

    def __repr__(self) -> str:
        """Return what was compared."""
        if not self._remove.alive:
            return "<batchmark.Comparison, closed>"
        rows = self.trials
        arms = ", ".join(dict.fromkeys(row["arm"] for row in rows))
        blocks = len({row["block"] for row in rows})
        return f"<batchmark.Comparison of {arms}: {blocks} blocks>"

    def _repr_html_(self) -> str:
        """Return the report for a notebook: the page in a frame, which shares nothing with it."""
        from html import escape

        page = escape(self.html(), quote=True)
        style = "width:100%;height:45em;border:0;resize:vertical;overflow:auto"
        attributes = f'title="Report of batchmark" sandbox="allow-scripts" style="{style}"'
        return f'<iframe {attributes} srcdoc="{page}"></iframe>'

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Export the trials to pandas, polars and others: `polars.DataFrame(result)`."""
        from batchmark.arrow import as_stream

        return as_stream(self.trials, requested_schema)


def label_of(arm: Own) -> str:
    """Return the label of an arm: that of a function is `own/NAME`."""
    return arm if isinstance(arm, str) else f"own/{getattr(arm, '__name__', arm)}"


def _remove_folder(folder: Optional[Path]) -> None:
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


def _cause(finding: Mapping[str, Any]) -> Cause:
    return Cause(
        code=finding["code"],
        arm=finding["arm"],
        versus=finding["versus"],
        seconds=finding["seconds"],
        low=finding["low"],
        high=finding["high"],
        is_confirmed=bool(finding["because"]),
        sentence=finding["sentence"],
        remedy=finding["remedy"] or "",
    )


def _ratio(ratio: Mapping[str, Any]) -> Ratio:
    return Ratio(
        arm=ratio["arm"],
        to=ratio["baseline"],
        ratio=ratio["ratio"],
        low=ratio["low"],
        high=ratio["high"],
        verdict=ratio["verdict"],
    )
