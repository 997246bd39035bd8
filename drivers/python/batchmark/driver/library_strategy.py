"""A strategy of the catalogue, ready to run; it keeps a warm session between trials."""

from __future__ import annotations

from batchmark.driver import facts, observe
from batchmark.driver.catalogue import Strategy
from batchmark.driver.conditions import Settings
from batchmark.driver.facts import Facts
from batchmark.driver.modes import Mode
from batchmark.driver.prepared import PreparedStrategy
from batchmark.driver.row import Row
from batchmark.driver.target import Target
from batchmark.driver.trial import Trial
from batchmark.driver.trust import TrustStore


class PreparedLibrary(PreparedStrategy):
    """A client library in one mode."""

    survives_timeout = True

    def __init__(self, mode: Mode, is_warm: bool, known_facts: Facts) -> None:
        self.facts = known_facts
        self._mode = mode
        self._is_warm = is_warm
        self._is_open = False

    def rows(self, count: int) -> list[Row]:
        return self._mode.rows(count)

    def run(self, trial: Trial) -> None:
        if not self._is_warm:
            trial.begin()
            self._mode.run_cold(trial)
            trial.end()
            return
        if not self._is_open:
            self._mode.open()
            self._is_open = True
        try:
            trial.begin()
            self._mode.run_warm(trial)
            trial.end()
        finally:
            # An interrupted session cannot be reused.
            if trial.has_expired:
                self.close()

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            self._mode.close()


def prepare(
    strategy: Strategy, settings: Settings, target: Target, store: TrustStore, is_traced: bool
) -> PreparedLibrary:
    """Import the client's library, read its facts and install the hooks of the trace.

    Args:
        strategy: A row of the catalogue.
        settings: A value for each of its conditions.
        target: What the trials will fetch.
        store: What this process trusts by default.
        is_traced: Whether milestones are recorded.

    Returns:
        The strategy, ready for its first trial.

    Raises:
        Exception: Whatever the library raises at import, or when a session is opened and closed.
    """
    store.apply(target.trust)
    mode = strategy.assemble(target, settings)
    store.apply_to_imported(target.trust)
    known = facts.runtime()
    is_asleep = settings.sleep() is not None
    if not is_asleep:
        known.update(facts.target(target))
    known.update(mode.facts())
    observe.remove()
    if is_traced and not is_asleep:
        observe.install()
        strategy.observe()
    return PreparedLibrary(mode, settings.is_warm(), known)
