"""A command that cannot be carried out: what the protocol calls an `error`."""

from __future__ import annotations


class Refusal(Exception):
    """A kind of the protocol's and a sentence for people, which says what would be right."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
