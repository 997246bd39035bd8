"""Unpacks the tables of numbers in which a recording holds long lists of rows."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from itertools import repeat
from typing import Any, Optional

_MODULUS = 1 << 64

Entries = list[Optional[int]]


def column(table: Mapping[str, Any], name: str) -> Optional[Entries]:
    """Return a column of numbers of a packed table, or `None` if it holds nothing.

    A text is in two columns: `NAME.form` and `NAME.number`.
    """
    packed = next((each for each in table["columns"] if each["name"] == name), None)
    if packed is None:
        return None
    since = column(table, packed["since"]) if "since" in packed else None
    return _undo(_differences(packed["packed"], table["rows"]), since)


def _undo(differences: Entries, since: Optional[Entries]) -> Entries:
    entries: Entries = []
    last = 0
    for difference, predicted in zip(differences, repeat(None) if since is None else since):
        if difference is None:
            entries.append(None)
        else:
            last = ((last if predicted is None else predicted) + difference) % _MODULUS
            entries.append(last)
    return entries


def _differences(packed: str, rows: int) -> Entries:
    data = zlib.decompress(base64.b64decode(packed), wbits=-zlib.MAX_WBITS)
    count, is_sparse, at = data[0], data[1], 2
    present = list(range(rows))
    if is_sparse:
        bits = data[at : at + (rows + 7) // 8]
        present = [row for row in present if bits[row // 8] >> row % 8 & 1]
        at += len(bits)
    length = len(present)
    planes = [data[at + plane * length :][:length] for plane in range(count)]
    values = [int.from_bytes(value, "little") for value in zip(*planes)] or [0] * length
    entries: Entries = [None] * rows
    for row, value in zip(present, values):
        entries[row] = -(value >> 1) - 1 if value & 1 else value >> 1
    return entries
