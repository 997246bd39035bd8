"""The user's own files: finds the functions they offer without running them, and loads one.

A file runs only when one of its strategies is prepared, because a library that it imports may read
at import what the target decides. So this module parses the file and finds the marked functions in
its syntax tree.
"""

from __future__ import annotations

import ast
import importlib.util
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable, NamedTuple, Optional, Union

from batchmark.driver.refusal import Refusal
from batchmark.driver.tracebacks import traceback_of
from batchmark.mark import mark_of

Definition = Union[ast.FunctionDef, ast.AsyncFunctionDef]
Function = Callable[[list[str]], Any]


class OwnFunction(NamedTuple):
    """A function in one of the user's files."""

    name: str
    """The strategy's full name, `own/NAME`."""
    file: Path
    function: Optional[str]
    """Its name in the file, if it was named on the command line; it need not be marked then."""

    def as_spec(self) -> dict[str, Any]:
        """Return its entry in `strategies` of `hello`."""
        summary = f"your own code in {self.file.name}"
        columns = ["bytes", "error"]
        return {"name": self.name, "summary": summary, "conditions": [], "columns": columns}


class MissingFunction(NamedTuple):
    """A user's file that offers nothing."""

    name: str
    reason: str
    remedy: str

    def as_missing(self) -> dict[str, str]:
        """Return its entry in `missing` of `hello`."""
        return self._asdict()


def find_functions(argument: str) -> list[Union[OwnFunction, MissingFunction]]:
    """Find what a file offers, without running it.

    Args:
        argument: `FILE` for its marked functions, or `FILE:FUNCTION` for one function.

    Returns:
        The functions, or the one reason why there are none.
    """
    path, function = _split(argument)
    name = f"own/{function or path.stem}"
    if not path.is_file():
        remedy = f"correct the path in --own {argument}"
        return [MissingFunction(name, f"there is no file {path}", remedy)]
    if function is not None:
        return [OwnFunction(name, path, function)]
    try:
        marked = list(_marked_names(ast.parse(path.read_bytes(), str(path))))
    except (SyntaxError, ValueError):
        return [OwnFunction(name, path, None)]  # `load` reports the traceback
    if marked:
        return [OwnFunction(f"own/{each}", path, None) for each in marked]
    remedy = f"put @batchmark.strategy above a function, or name one: --own {argument}:FUNCTION"
    reason = f"no function in {path.name} is marked with @batchmark.strategy"
    return [MissingFunction(name, reason, remedy)]


def load(own: OwnFunction) -> Function:
    """Run the file and return the function.

    Args:
        own: One of the functions that `find_functions` returned.

    Returns:
        The function. It takes the list of URLs.

    Raises:
        Refusal: The file raises an exception, has no such function, or the function takes other
            arguments.
    """
    module = _run(own.file)
    found = _find_in_module(own, module)
    if not callable(found):
        missing = f"function {own.function}" if own.function else f"function marked as {own.name}"
        raise Refusal("internal", f"{own.file.name} ran, but it defines no {missing}")
    function: Function = found
    _check_arguments(own, function)
    return function


def _split(argument: str) -> tuple[Path, Optional[str]]:
    path, colon, function = argument.rpartition(":")
    if colon and function.isidentifier() and not Path(argument).is_file():
        return Path(path).absolute(), function
    return Path(argument).absolute(), None


def _run(file: Path) -> Any:
    sys.path.insert(0, str(file.parent))
    spec = importlib.util.spec_from_file_location(f"own_{file.stem}", file)
    assert spec is not None, "a file by its path has a loader"
    assert spec.loader is not None, "a file by its path has a loader"
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:  # the file may call sys.exit() too
        message = f"{file.name} cannot be imported:\n{traceback_of(error)}"
        raise Refusal("internal", message) from error
    return module


def _find_in_module(own: OwnFunction, module: Any) -> object:
    if own.function is not None:
        return getattr(module, own.function, None)
    wanted = own.name.partition("/")[2]
    return next((each for each in vars(module).values() if mark_of(each) == wanted), None)


def _check_arguments(own: OwnFunction, function: Function) -> None:
    try:
        inspect.signature(function).bind([])
    except TypeError as error:
        message = f"{own.name} must take one argument, the list of URLs: {error}"
        raise Refusal("internal", message) from error
    except ValueError:
        return  # it has no signature to check, as some functions written in C


def _marked_names(tree: ast.Module) -> Iterator[str]:
    modules, marks = _imported_names(tree)
    for definition in _definitions(tree.body):
        for decorator in definition.decorator_list:
            call = decorator if isinstance(decorator, ast.Call) else None
            mark = call.func if call else decorator
            if _is_mark(mark, modules, marks):
                yield _name_argument(call) or definition.name


def _definitions(statements: list[ast.stmt]) -> Iterator[Definition]:
    """Yield the functions of a module, including those under `if`, `try` and `with`."""
    for statement in statements:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield statement
        elif isinstance(statement, (ast.If, ast.Try, ast.With)):
            for field in ("body", "orelse", "finalbody"):
                yield from _definitions(getattr(statement, field, []))
            for handler in getattr(statement, "handlers", []):
                yield from _definitions(handler.body)


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
