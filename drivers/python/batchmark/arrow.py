"""Exports rows to Arrow, with pyarrow or nanoarrow, whichever is installed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args, get_type_hints

from batchmark.errors import BatchmarkError
from batchmark.recording import TrialRow

Types = Mapping[str, type]


class NoArrow(BatchmarkError, ImportError):
    """Neither pyarrow nor nanoarrow is installed."""


def as_stream(rows: Sequence[TrialRow], requested_schema: object) -> object:
    """Return the rows as an Arrow stream.

    Args:
        rows: The rows.
        requested_schema: What the consumer asks for, as the Arrow protocol says.

    Raises:
        NoArrow: No library is installed that makes it.
    """
    try:
        return _with_pyarrow(rows, requested_schema)
    except ModuleNotFoundError:
        pass
    try:
        return _with_nanoarrow(rows, requested_schema)
    except ModuleNotFoundError as error:
        raise NoArrow("exporting to Arrow needs a library: pip install nanoarrow") from error


def column_types() -> Types:
    """Return the type of each column, without `None`."""
    hints = get_type_hints(TrialRow)
    return {name: _present(hint) for name, hint in hints.items()}


def _present(hint: Any) -> type:
    """Return the type of the values that are there."""
    types = [each for each in get_args(hint) if each is not type(None)] or [hint]
    present: type = types[0]
    return present


def _with_pyarrow(rows: Sequence[TrialRow], requested_schema: object) -> object:
    import pyarrow

    types = {int: pyarrow.int64(), float: pyarrow.float64(), str: pyarrow.string()}
    schema = pyarrow.schema([(name, types[kind]) for name, kind in column_types().items()])
    table = pyarrow.Table.from_pylist(rows, schema=schema)
    return table.__arrow_c_stream__(requested_schema)


def _with_nanoarrow(rows: Sequence[TrialRow], requested_schema: object) -> object:
    import nanoarrow

    types = {int: nanoarrow.int64(), float: nanoarrow.float64(), str: nanoarrow.string()}
    kinds = column_types()
    columns = [
        nanoarrow.c_array([row[name] for row in rows], types[kind])  # type: ignore[literal-required]
        for name, kind in kinds.items()
    ]
    schema = nanoarrow.struct({name: types[kind] for name, kind in kinds.items()})
    struct = nanoarrow.c_array_from_buffers(schema, len(rows), [None], children=columns)
    return nanoarrow.c_array_stream(struct).__arrow_c_stream__(requested_schema)
