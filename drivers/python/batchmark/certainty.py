"""How sure a cause is, in the program's words."""

from __future__ import annotations

UNEXPLAINED = "unexplained"
"""The code of a difference that no known cause accounts for."""


def certainty_of(code: str, *, is_confirmed: bool) -> str:
    """Return `confirmed` after an experiment, else `likely`; `cause unknown` for `UNEXPLAINED`."""
    if code == UNEXPLAINED:
        return "cause unknown"
    return "confirmed" if is_confirmed else "likely"
