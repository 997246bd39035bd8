"""The user's own files: finds the functions that they offer, without running them.

A file runs only when one of its strategies is prepared, because a library that it imports may read
at import what the target decides. So this module parses the file and finds the marked functions in
its syntax tree.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Optional, Union

from batchmark.driver.conditions import Condition
from batchmark.imposed.catalogue import known_conditions

FunctionDefinition = (ast.FunctionDef, ast.AsyncFunctionDef)
Definition = Union[ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef]


class OwnFunction(NamedTuple):
    """A function, a method or a class in one of the user's files."""

    name: str
    """The strategy's full name, `own/NAME`."""
    file: Path
    path: str
    """Where it is in the file: `function` or `Class.method`."""

    def as_spec(self) -> dict[str, Any]:
        """Return its entry in `strategies` of `hello`."""
        summary = f"your own code in {self.file.name}"
        conditions = [condition.as_spec() for condition in self.known_conditions()]
        columns = ["bytes", "error"]
        return {
            "name": self.name,
            "summary": summary,
            "conditions": conditions,
            "columns": columns,
        }

    def known_conditions(self) -> list[Condition]:
        """Describe the conditions that can be imposed on it."""
        return known_conditions()


class MissingFunction(NamedTuple):
    """A user's file that offers nothing."""

    name: str
    reason: str
    remedy: str

    def as_missing(self) -> dict[str, str]:
        """Return its entry in `missing` of `hello`."""
        return self._asdict()


class MarkedDefinition(NamedTuple):
    """A marked function, method or class in a syntax tree."""

    name: str
    """The strategy's name."""
    path: str
    """`function` or `Class.method`."""


def find_functions(argument: str) -> list[Union[OwnFunction, MissingFunction]]:
    """Find what a file offers, without running it.

    Args:
        argument: `FILE` for its marked functions, or `FILE:FUNCTION` for one function.

    Returns:
        The functions, or the one reason why there are none.
    """
    file, function = _split(argument)
    name = f"own/{function or file.stem}"
    if not file.is_file():
        remedy = f"correct the path in --own {argument}"
        return [MissingFunction(name, f"there is no file {file}", remedy)]
    try:
        marked = list(_marked(ast.parse(file.read_bytes(), str(file))))
    except (SyntaxError, ValueError) as error:
        reason = f"{file.name} does not parse: {_describe(error)}"
        return [MissingFunction(name, reason, f"correct {file}")]
    if function is not None:
        return [OwnFunction(name, file, function)]
    if marked:
        return [OwnFunction(f"own/{each.name}", file, each.path) for each in marked]
    remedy = f"put @batchmark.strategy above a function, or name one: --own {argument}:FUNCTION"
    reason = f"no function in {file.name} is marked with @batchmark.strategy"
    return [MissingFunction(name, reason, remedy)]


def _split(argument: str) -> tuple[Path, Optional[str]]:
    path, colon, function = argument.rpartition(":")
    is_name = all(part.isidentifier() for part in function.split("."))
    if colon and is_name and not Path(argument).is_file():
        return Path(path).absolute(), function
    return Path(argument).absolute(), None


def _describe(error: Exception) -> str:
    """Return what is wrong with a source, on one line: `line 3: '(' was never closed: def f(`."""
    if not isinstance(error, SyntaxError) or error.lineno is None:
        return str(error)
    source = f": {error.text.strip()}" if error.text else ""
    return f"line {error.lineno}: {error.msg}{source}"


def _marked(tree: ast.Module) -> Iterator[MarkedDefinition]:
    modules, marks = _imported_names(tree)
    for owner, definition in _definitions(tree.body, ""):
        for decorator in definition.decorator_list:
            call = decorator if isinstance(decorator, ast.Call) else None
            mark = call.func if call else decorator
            if _is_mark(mark, modules, marks):
                name = _name_argument(call) or definition.name
                yield MarkedDefinition(name, f"{owner}{definition.name}")


def _definitions(statements: list[ast.stmt], owner: str) -> Iterator[tuple[str, Definition]]:
    """Yield functions and classes, also those in classes and under `if`, `try` and `with`.

    Args:
        statements: The statements of a module or class.
        owner: The class, with a dot at its end; empty for a module.

    Yields:
        The class, and the definition.
    """
    for statement in statements:
        if isinstance(statement, (*FunctionDefinition, ast.ClassDef)):
            yield owner, statement
        if isinstance(statement, ast.ClassDef):
            yield from _definitions(statement.body, f"{owner}{statement.name}.")
        elif isinstance(statement, (ast.If, ast.Try, ast.With)):
            for field in ("body", "orelse", "finalbody"):
                yield from _definitions(getattr(statement, field, []), owner)
            for handler in getattr(statement, "handlers", []):
                yield from _definitions(handler.body, owner)


def _imported_names(tree: ast.Module) -> tuple[set[str], set[str]]:
    """Return the names under which a file imports `batchmark` and `batchmark.strategy`."""
    modules: set[str] = set()
    marks: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {each.asname or each.name for each in node.names if each.name == "batchmark"}
        elif isinstance(node, ast.ImportFrom) and node.module == "batchmark":
            marks |= {each.asname or each.name for each in node.names if each.name == "strategy"}
    return modules, marks


def _is_mark(node: ast.expr, modules: set[str], marks: set[str]) -> bool:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.attr == "strategy" and node.value.id in modules
    return isinstance(node, ast.Name) and node.id in marks


def _name_argument(call: Optional[ast.Call]) -> Optional[str]:
    if call is None:
        return None
    arguments = [*call.args, *(each.value for each in call.keywords if each.arg == "name")]
    values = [each.value for each in arguments if isinstance(each, ast.Constant)]
    return next((value for value in values if isinstance(value, str)), None)
