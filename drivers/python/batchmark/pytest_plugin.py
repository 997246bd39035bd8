"""The pytest plugin: tests that measure, with the fixture `batchmark` and the marker of that name.

Such tests are skipped unless `--batchmark` is given, because they take seconds to minutes. pytest
loads this module in every project of an environment with batchmark, so it changes nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

import pytest

if TYPE_CHECKING:
    from batchmark.comparison import Comparison
    from batchmark.own_code import Own

NAME = "batchmark"
OPTION = "--batchmark"
FOLDER = "--batchmark-save"
MARKER = (
    "batchmark(**parameters): measures, and runs only with --batchmark. The parameters are the "
    "defaults of batchmark.compare(), such as batch=16."
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup(NAME)
    group.addoption(OPTION, action="store_true", help="run the tests that measure with batchmark")
    group.addoption(
        FOLDER, metavar="FOLDER", type=Path, help="keep their recordings in this folder"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", MARKER)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what measures, unless it was asked for."""
    if config.getoption(OPTION):
        return
    skip = pytest.mark.skip(reason=f"measures with batchmark: run it with {OPTION}")
    for item in items:
        if item.get_closest_marker(NAME) or NAME in getattr(item, "fixturenames", ()):
            item.add_marker(skip)


class Measurer:
    """What the fixture `batchmark` is: `compare` with the defaults of the test's marker."""

    def __init__(self, defaults: dict[str, Any], kept: Optional[Path], results: ExitStack) -> None:
        """Use the fixture.

        Args:
            defaults: The parameters of the marker.
            kept: How the recordings to keep are called, without a number; `None` to keep none.
            results: What closes the results after the test.
        """
        self._defaults = defaults
        self._kept = kept
        self._results = results
        self._count = 0

    def compare(self, *arms: Own, **parameters: Any) -> Comparison:
        """Measure as `batchmark.compare` does. The result is closed after the test."""
        import batchmark

        given = {**self._defaults, **parameters}
        if self._kept is not None and "save" not in given:
            self._count += 1
            given["save"] = self._kept.with_name(f"{self._kept.name}-{self._count}.jsonl")
        return self._results.enter_context(batchmark.compare(*arms, **given))

    __call__ = compare


@pytest.fixture
def batchmark(request: pytest.FixtureRequest) -> Iterator[Measurer]:
    """Compare ways of fetching a batch: `batchmark.compare(fetch, "requests/threads")`."""
    marker = request.node.get_closest_marker(NAME)
    folder: Optional[Path] = request.config.getoption(FOLDER)
    kept = None
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        kept = folder / re.sub(r"[^\w.-]+", "_", request.node.nodeid)
    with ExitStack() as results:
        yield Measurer(dict(marker.kwargs) if marker else {}, kept, results)
