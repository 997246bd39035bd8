"""Finds the start of the final response among the bytes that a connection brings."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Optional

VERSION = b"HTTP/1."
STATUS = slice(9, 12)
STATUS_LINE = STATUS.stop
"""The length of a status line up to the end of its status."""

END_OF_HEAD = re.compile(rb"\n\r?\n")


def is_interim(status: int) -> bool:
    """Whether a final response follows one with this status; a 101 is final."""
    is_final = status == HTTPStatus.SWITCHING_PROTOCOLS
    return HTTPStatus.CONTINUE <= status < HTTPStatus.OK and not is_final


class ResponseScanner:
    """Reads the plaintext of one exchange: interim responses, such as 103, and the final one."""

    __slots__ = ("_began", "_head")

    def __init__(self) -> None:
        self._head = b""
        self._began: Optional[int] = None

    def take(self, data: bytes, moment: int) -> Optional[int]:
        """Take bytes that arrived at a moment.

        Args:
            data: The bytes.
            moment: When they arrived.

        Returns:
            When the first byte of the final response arrived, as soon as its status shows that it
            is final; else `None`.
        """
        if self._began is None and data:
            self._began = moment
        self._head += data
        while self._head:
            if len(self._head) < STATUS_LINE and VERSION.startswith(self._head[: len(VERSION)]):
                return None
            if not begins_interim_response(self._head):
                return self._began
            end = END_OF_HEAD.search(self._head)
            if end is None:
                return None
            self._head = self._head[end.end() :]
            self._began = moment if self._head else None
        return None


def begins_interim_response(head: bytes) -> bool:
    """Whether these bytes, a whole status line at least, begin an interim response."""
    return head.startswith(VERSION) and head[STATUS][:1] == b"1" and head[STATUS] != b"101"
