"""Your own code as the program takes it: arguments of `--own`, and the names of strategies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Callable, Union

from batchmark.errors import BadRequest
from batchmark.written_source import NotWritable, write_source

Own = Union[str, Callable[..., Any]]
"""A function, or a file as `--own` takes it."""

PYTHON = (".py", ".pyw")
OTHERS = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts")


def is_own(arm: Own) -> bool:
    """Return whether an arm is your own code, and not the name of a strategy."""
    if not isinstance(arm, str):
        return True
    file, _, function = arm.rpartition(":")
    extensions = (*PYTHON, *OTHERS)
    return arm.endswith(extensions) or (bool(function) and file.endswith(extensions))


def own_argument(own: Own, folder: Path) -> str:
    """Return the argument of `--own` for a function or a file.

    A function that no file defines, such as one of a notebook, is written to a file, with what it
    uses.

    Args:
        own: The function, or the file.
        folder: Where such a file is written.

    Raises:
        BadRequest: A driver could not import the function.
    """
    if isinstance(own, str):
        return own
    name = getattr(own, "__qualname__", repr(own))
    code = getattr(own, "__code__", None)
    file = Path(code.co_filename) if code is not None else None
    if file is not None and file.is_file() and name.isidentifier():
        return f"{file.absolute()}:{name}"
    try:
        return write_source(own, folder)
    except NotWritable as error:
        raise BadRequest(
            f"{name} cannot be measured: it is not a named function at the top level of a file, "
            f"where a driver could import it, and {error}. Write it to a file (in a notebook: "
            '%%writefile my.py) and pass "my.py:FUNCTION".'
        ) from error


def own_names(files: Sequence[str]) -> Iterator[str]:
    """Yield the strategies that files offer.

    Raises:
        BadRequest: A Python file or a function in it is missing.
    """
    from batchmark.driver.own_file import MissingFunction, find_functions

    for file in files:
        if file.endswith(OTHERS) or file.rpartition(":")[0].endswith(OTHERS):
            yield _name_in_other_language(file)
            continue
        for found in find_functions(file):
            if isinstance(found, MissingFunction):
                raise BadRequest(f"{found.reason}: {found.remedy}")
            yield found.name


def _name_in_other_language(file: str) -> str:
    """Return the strategy of a function, or of a file's default export."""
    path, _, function = file.rpartition(":")
    return f"own/{function}" if path.endswith(OTHERS) else f"own/{Path(file).stem}"
