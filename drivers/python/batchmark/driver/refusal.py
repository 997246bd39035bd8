"""A command that the driver cannot carry out: the protocol's reply `error`."""

from __future__ import annotations


class Refusal(Exception):
    """A refused command.

    Attributes:
        kind: One of the protocol's kinds, such as `bad_condition`.
        message: A sentence for people that says what would be right.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
