"""The interface of an imposed condition: installed before a batch, restored after it, counted."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from typing import Any, Optional

from batchmark.driver.patches import Patches


class Imposition(ABC):
    """A condition that is imposed on code which it does not change."""

    def __init__(self) -> None:
        self._patches = Patches()
        self._effects: list[None] = []

    def prepare(self) -> None:  # noqa: B027 - most have nothing to do
        """Replace what the user's file may take by name when it is imported."""

    def begin(self) -> None:
        """Impose the condition, just before a batch."""
        self._effects = []
        self.impose()

    @abstractmethod
    def impose(self) -> None:
        """Install the patches of a batch."""

    def end(self) -> int:
        """Restore everything, just after a batch.

        Returns:
            How often the condition took effect in the batch.
        """
        self._patches.restore()
        return len(self._effects)

    def close(self) -> None:  # noqa: B027 - most have nothing to do
        """Restore what `prepare` replaced."""

    def count_effect(self) -> None:
        """Record one effect. Several threads may do so at once."""
        self._effects.append(None)


def imported(module: str, name: str) -> Optional[Any]:
    """Return something of a module, if the user's code has imported the module."""
    return getattr(sys.modules.get(module), name, None)
