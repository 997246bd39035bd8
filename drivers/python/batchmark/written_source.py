"""Writes a function that no file defines to a file, with what it uses of its module.

A driver measures a function in another process, so it has to import it. What cannot be written as
source is refused: the measured code would be another one.
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

CONSTANTS = (bool, int, float, complex, str, bytes, type(None), type(...))
COLLECTIONS = (list, tuple, set, frozenset)


class NotWritable(Exception):
    """Something cannot be written as source. The message says what, as the end of a sentence."""


def write_source(function: Any, folder: Path) -> str:
    """Write a function to a file that has its name.

    Args:
        function: The function or class.
        folder: Where the file is written.

    Returns:
        The file and the function, as `--own` takes them.

    Raises:
        NotWritable: The source is not known, or it uses something that cannot be written.
    """
    name = getattr(function, "__name__", "")
    if not name.isidentifier():
        raise NotWritable("it has no name")
    if not inspect.isfunction(function) and not inspect.isclass(function):
        raise NotWritable("it is not written in Python")
    known = _Source(getattr(inspect.unwrap(function), "__globals__", {}))
    known.add(name, function)
    # Two functions may have the same name.
    place = folder / f"own-{len(list(folder.glob('own-*')))}"
    place.mkdir()
    file = place / f"{name}.py"
    file.write_text(known.text(), encoding="utf-8")
    return f"{file}:{name}"


class _Source:
    """The source of definitions, each behind what it uses."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self._names = names
        self._parts: list[str] = []
        self._added: set[str] = set()

    def text(self) -> str:
        return "\n\n".join(self._parts) + "\n"

    def add(self, name: str, value: Any) -> None:
        """Add what defines a name, once."""
        if name in self._added:
            return
        self._added.add(name)
        if isinstance(value, ModuleType):
            self._parts.append(f"import {value.__name__} as {name}")
        elif _is_importable(value):
            self._parts.append(f"from {value.__module__} import {value.__qualname__} as {name}")
        elif _is_constant(value):
            self._parts.append(f"{name} = {value!r}")
        elif inspect.isfunction(value) or inspect.isclass(value):
            self._add_definition(name, value)
        else:
            raise NotWritable(f"it uses {name}, a {type(value).__name__}, which has no source")

    def _add_definition(self, name: str, value: Any) -> None:
        variables = getattr(getattr(value, "__code__", None), "co_freevars", ())
        if variables:
            raise NotWritable(f"{name} uses {variables[0]} of the function around it")
        source = _source_of(value)
        for used in _names_in(source):
            if used in self._names:
                self.add(used, self._names[used])
        self._parts.append(source)


def _source_of(value: Any) -> str:
    try:
        return textwrap.dedent(inspect.getsource(value)).rstrip()
    except (OSError, TypeError) as error:
        raise NotWritable(f"the source of {value.__name__} is not known") from error


def _names_in(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            yield node.id


def _is_importable(value: Any) -> bool:
    """Return whether a value can be imported by its name from a module that is no notebook."""
    module = getattr(value, "__module__", None)
    name = getattr(value, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str) or module == "__main__":
        return False
    return getattr(sys.modules.get(module), name, None) is value


def _is_constant(value: Any) -> bool:
    if isinstance(value, CONSTANTS):
        return True
    if type(value) is dict:
        return all(_is_constant(each) for pair in value.items() for each in pair)
    return type(value) in COLLECTIONS and all(map(_is_constant, value))
