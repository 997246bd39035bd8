"""A strategy that is ready to run trials."""

from __future__ import annotations

from abc import ABC, abstractmethod

from batchmark.driver.facts import Facts
from batchmark.driver.row import Row, new_rows
from batchmark.driver.trial import Trial


class PreparedStrategy(ABC):
    """Runs the trials of one strategy under one set of conditions."""

    facts: Facts
    survives_timeout: bool
    """Whether the process can serve more trials after a batch that exceeded its time limit."""

    def rows(self, count: int) -> list[Row]:
        """Return the rows of a trial that is about to run."""
        return new_rows(count)

    @abstractmethod
    def run(self, trial: Trial) -> None:
        """Run a trial. Only what lies between the trial's `begin` and `end` is timed."""

    @abstractmethod
    def close(self) -> None:
        """Release everything that was kept between trials."""
