"""Files of one's own: which functions they offer, read without running them.

A file is run when one of its strategies is prepared, and not before: a library that it imports may
read at import what the target decides. So it is parsed here, and the marked functions are found as
they are written.
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


class Own(NamedTuple):
    """A function of a file of one's own."""

    name: str
    """The strategy's whole name."""
    file: Path
    function: Optional[str]
    """Its name in the file, where it need not be marked."""

    def as_spec(self) -> dict[str, Any]:
        """Describe it as `hello` does."""
        summary = f"your own code in {self.file.name}"
        columns = ["bytes", "error"]
        return {"name": self.name, "summary": summary, "conditions": [], "columns": columns}


class Lack(NamedTuple):
    """A file of one's own that offers nothing."""

    name: str
    reason: str
    remedy: str

    def as_missing(self) -> dict[str, str]:
        """Say what it lacks, as `hello` does."""
        return self._asdict()


def find(argument: str) -> list[Union[Own, Lack]]:
    """Give what `FILE` or `FILE:FUNCTION` offers."""
    path, function = _split(argument)
    name = f"own/{function or path.stem}"
    if not path.is_file():
        remedy = f"name a file that is there, in the place of --own {argument}"
        return [Lack(name, f"there is no file {path}", remedy)]
    if function is not None:
        return [Own(name, path, function)]
    try:
        marked = list(_marked_names(ast.parse(path.read_bytes(), str(path))))
    except (SyntaxError, ValueError):
        return [Own(name, path, None)]  # the traceback is told when it is prepared
    if marked:
        return [Own(f"own/{each}", path, None) for each in marked]
    remedy = f"put @batchmark.strategy above a function, or name one: --own {argument}:FUNCTION"
    return [Lack(name, f"no function in {path.name} is marked with @batchmark.strategy", remedy)]


def load(own: Own) -> Function:
    """Run the file, and give the function. What it raises is told with its traceback."""
    module = _run(own.file)
    found = _pick(own, module)
    if not callable(found):
        wanted = own.function or f"function marked as {own.name}"
        raise Refusal("internal", f"{own.file.name} has no {wanted} once it has run")
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


def _pick(own: Own, module: Any) -> object:
    if own.function is not None:
        return getattr(module, own.function, None)
    wanted = own.name.partition("/")[2]
    return next((each for each in vars(module).values() if mark_of(each) == wanted), None)


def _check_arguments(own: Own, function: Function) -> None:
    try:
        inspect.signature(function).bind([])
    except TypeError as error:
        message = f"{own.name} must take the list of URLs and nothing else: {error}"
        raise Refusal("internal", message) from error
    except ValueError:
        return  # one that cannot be looked into is simply called


def _marked_names(tree: ast.Module) -> Iterator[str]:
    modules, marks = _names_of_the_mark(tree)
    for definition in _definitions(tree.body):
        for decorator in definition.decorator_list:
            call = decorator if isinstance(decorator, ast.Call) else None
            mark = call.func if call else decorator
            if _is_mark(mark, modules, marks):
                yield _given_name(call) or definition.name


def _definitions(statements: list[ast.stmt]) -> Iterator[Definition]:
    """Give the functions of a module, those under `if` and `try` too."""
    for statement in statements:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield statement
        elif isinstance(statement, (ast.If, ast.Try, ast.With)):
            for field in ("body", "orelse", "finalbody"):
                yield from _definitions(getattr(statement, field, []))
            for handler in getattr(statement, "handlers", []):
                yield from _definitions(handler.body)


def _names_of_the_mark(tree: ast.Module) -> tuple[set[str], set[str]]:
    """Give the names of the module `batchmark` and of its `strategy` in a file."""
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


def _given_name(call: Optional[ast.Call]) -> Optional[str]:
    if call is None:
        return None
    given = [*call.args, *(each.value for each in call.keywords if each.arg == "name")]
    values = [each.value for each in given if isinstance(each, ast.Constant)]
    return next((value for value in values if isinstance(value, str)), None)
