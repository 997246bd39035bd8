"""Functions of other modules that are replaced for a while, and restored."""

from __future__ import annotations

from typing import Any, Callable

Original = Callable[..., Any]
Hook = Callable[[Original], Original]
"""Takes the function that it replaces and returns the replacement."""

_ABSENT = object()


class Patches:
    """The replacements that were made, with their originals."""

    def __init__(self) -> None:
        self._originals: list[tuple[Any, str, Any]] = []

    def are_made(self) -> bool:
        """Return whether something is replaced."""
        return bool(self._originals)

    def wrap(self, owner: Any, name: str, hook: Hook) -> None:
        """Replace a function, if its owner has it.

        An inherited one is overridden in `owner`, and its class is unchanged.
        """
        original = getattr(owner, name, None)
        if original is not None:
            self.put(owner, name, hook(original))

    def put(self, owner: Any, name: str, value: Any) -> None:
        """Give an attribute another value. The owner may lack the attribute."""
        self._originals.append((owner, name, vars(owner).get(name, _ABSENT)))
        setattr(owner, name, value)

    def restore(self) -> None:
        """Restore every original, the last one first."""
        while self._originals:
            owner, name, original = self._originals.pop()
            if original is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, original)
