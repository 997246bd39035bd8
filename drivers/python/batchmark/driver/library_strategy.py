"""A strategy that is ready: it runs trials, and keeps its session between them where it is warm."""

from __future__ import annotations

from typing import Protocol

from batchmark.driver import facts, observe, trust
from batchmark.driver.catalogue import Strategy
from batchmark.driver.conditions import Settings
from batchmark.driver.modes import Facts, Mode
from batchmark.driver.row import Row
from batchmark.driver.target import Target
from batchmark.driver.trial import Trial


class Bench(Protocol):
    """What runs a strategy's trials."""

    facts: Facts
    can_be_left_behind: bool
    """Whether the process is as good as before once a batch has exceeded its limit."""

    def rows(self, count: int) -> list[Row]:
        """Give the rows of a trial that is about to be run."""

    def run(self, trial: Trial) -> None:
        """Run a trial. Only what lies between its `begin` and its `end` is timed."""

    def close(self) -> None:
        """Let go of all that was kept."""


class LibraryBench:
    """A strategy of the catalogue."""

    can_be_left_behind = True

    def __init__(self, mode: Mode, is_warm: bool, told: Facts) -> None:
        self.facts = told
        self._mode = mode
        self._is_warm = is_warm
        self._is_open = False

    def rows(self, count: int) -> list[Row]:
        return self._mode.rows(count)

    def run(self, trial: Trial) -> None:
        if not self._is_warm:
            trial.begin()
            self._mode.cold(trial)
            trial.end()
            return
        if not self._is_open:
            self._mode.open()
            self._is_open = True
        try:
            trial.begin()
            self._mode.warm(trial)
            trial.end()
        finally:
            # What was interrupted is of no further use.
            if trial.has_expired:
                self.close()

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            self._mode.close()


def prepare(
    strategy: Strategy, settings: Settings, target: Target, store: trust.Store, is_traced: bool
) -> LibraryBench:
    """Import the client's library, and read off a session what is true of it."""
    store.apply(target.trust)
    mode = strategy.assemble(target, settings)
    store.apply_to_requests(target.trust)
    told = facts.of_runtime()
    if settings.sleep() is None:
        told.update(facts.of_target(target))
    told.update(mode.facts())
    observe.remove()
    if is_traced and settings.sleep() is None:
        observe.install()
        strategy.observe()
    return LibraryBench(mode, settings.is_warm(), told)
