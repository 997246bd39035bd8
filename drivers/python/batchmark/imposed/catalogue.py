"""The imposed conditions by name, and those that a strategy's settings ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Callable, NamedTuple

from batchmark.driver.conditions import Condition, Settings, condition
from batchmark.driver.versions import is_installed
from batchmark.imposed.cached_lookups import CachedLookups
from batchmark.imposed.collection_frozen import CollectionFrozen
from batchmark.imposed.compression_off import CompressionOff
from batchmark.imposed.imposition import Imposition
from batchmark.imposed.no_delay import NoDelay
from batchmark.imposed.permits import Permits
from batchmark.imposed.pools import Pools
from batchmark.imposed.shared_context import SharedContext
from batchmark.imposed.sleeps_skipped import SleepsSkipped
from batchmark.imposed.trust_environment import TrustEnvironmentOff
from batchmark.imposed.uvloop_on import UvloopOn
from batchmark.imposed.workers import Workers

CLIENT = "own"
"""The client of own code in the definitions of the conditions."""

# The last one is imposed last and ended first, so that the work of the others is not counted.
SWITCHES: Mapping[str, Callable[[], Imposition]] = {
    "context": SharedContext,
    "trust_env": TrustEnvironmentOff,
    "lookups": CachedLookups,
    "nodelay": NoDelay,
    "compression": CompressionOff,
    "sleeps": SleepsSkipped,
    "uvloop": UvloopOn,
    "gc": CollectionFrozen,
}
COUNTS: Mapping[str, Callable[[int], Imposition]] = {
    "workers": Workers,
    "concurrency": Permits,
    "pool": Pools,
}


def known_conditions() -> list[Condition]:
    """Describe the conditions that can be imposed here. The defaults change nothing."""
    names = [*COUNTS, *SWITCHES]
    available = [name for name in names if name != "uvloop" or is_installed("uvloop")]
    return [condition(name, CLIENT) for name in available]


class Imposed(NamedTuple):
    """The conditions that are imposed on the batches of a strategy."""

    by_name: Mapping[str, Imposition]

    def prepare(self) -> None:
        """Replace what the user's file may take by name. Call this before it is imported."""
        for each in self.by_name.values():
            each.prepare()

    def begin(self) -> None:
        """Impose the conditions, just before a batch."""
        for each in self.by_name.values():
            each.begin()

    def end(self) -> dict[str, int]:
        """Restore everything after a batch, and return how often each condition took effect."""
        effects = {name: each.end() for name, each in reversed(list(self.by_name.items()))}
        return {name: effects[name] for name in self.by_name}

    def close(self) -> None:
        """Restore what `prepare` replaced."""
        for each in self.by_name.values():
            each.close()


def chosen(settings: Settings) -> Imposed:
    """Return the conditions that are not left to the user's code."""
    imposed: dict[str, Imposition] = {}
    for name, of_count in COUNTS.items():
        count = settings.chosen_count(name)
        if count is not None:
            imposed[name] = of_count(count)
    for name, switch in SWITCHES.items():
        if settings.is_chosen(name):
            imposed[name] = switch()
    return Imposed(imposed)
