"""What every mode can do."""

from __future__ import annotations

from abc import ABC, abstractmethod

from batchmark.driver.facts import Facts
from batchmark.driver.row import Row, new_rows
from batchmark.driver.trial import Trial


class Mode(ABC):
    """A way to use a client for a batch.

    `run_cold` is timed as a whole. A warm session is opened by `open`, used by `run_warm` and
    closed by `close`; only `run_warm` is timed.
    """

    def rows(self, count: int) -> list[Row]:
        """Return the rows of a batch that is about to start."""
        return new_rows(count)

    @abstractmethod
    def run_cold(self, trial: Trial) -> None:
        """Open a session, make the requests, and close the session."""

    @abstractmethod
    def open(self) -> None:
        """Open the warm session."""

    @abstractmethod
    def run_warm(self, trial: Trial) -> None:
        """Make the requests over the warm session."""

    @abstractmethod
    def close(self) -> None:
        """Close the warm session."""

    @abstractmethod
    def facts(self) -> Facts:
        """Open a session, read its facts, and close it."""
