"""No garbage collection during a batch."""

from __future__ import annotations

import gc
from collections.abc import Mapping

from batchmark.imposed.imposition import Imposition


class CollectionFrozen(Imposition):
    """Freezes what exists before a batch and switches the collector off.

    The effect is a batch without any collection. Code that collects by itself, or that switches the
    collector on, has none.
    """

    def impose(self) -> None:
        self._was_enabled = gc.isenabled()
        self._collections = 0
        gc.collect()
        gc.freeze()
        gc.disable()
        gc.callbacks.append(self._note)

    def end(self) -> int:
        gc.callbacks.remove(self._note)
        gc.unfreeze()
        if not self._was_enabled:
            return 0
        gc.enable()
        return int(self._collections == 0)

    def _note(self, phase: str, _info: Mapping[str, int]) -> None:
        self._collections += phase == "start"
