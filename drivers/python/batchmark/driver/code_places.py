"""Names places of the code: whose code it is, its file, its line, and what it calls.

Only what a source file says is read: names, never values.
"""

from __future__ import annotations

import ast
import dis
import linecache
import os
import re
import sys
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple, Optional

import batchmark

NO_PLACE, STANDARD_LIBRARY, PACKAGE, CLIENT_LIBRARY, OWN = range(5)
"""Whose code it is. The driver's own is no place that is worth reporting."""

CLIENT_LIBRARIES = ("aiohttp", "httpcore", "httpx", "requests", "urllib3")
"""The packages whose users choose between them. They use others."""

_DRIVER = (
    str(Path(batchmark.__file__).parent) + os.sep,
    str(getattr(sys.modules["__main__"], "__file__", os.sep)),
)
_STANDARD_LIBRARY = str(Path(os.__file__).parent) + os.sep
_INSTALLED = re.compile(r"[/\\](site|dist)-packages[/\\]")


class Place(NamedTuple):
    """A place of the code, and what is called there."""

    code: CodeType
    instruction: int
    """The offset of its instruction in bytes."""
    called: Optional[CodeType]
    """What it calls; `None` if that is no Python function."""
    inner: CodeType
    """The innermost Python function below it, or itself."""
    inner_instruction: int


def kind_of(code: CodeType) -> int:
    """Return whose code it is."""
    file = code.co_filename
    if file.startswith(_DRIVER):
        return NO_PLACE
    installed = _INSTALLED.search(file)
    if installed:
        is_client = file[installed.end() :].startswith(CLIENT_LIBRARIES)
        return CLIENT_LIBRARY if is_client else PACKAGE
    if file.startswith((_STANDARD_LIBRARY, "<")):
        return STANDARD_LIBRARY
    return OWN


def describe(place: Place) -> dict[str, Any]:
    """Return a place as the profile has it."""
    entry = {
        "file": _shown_file(place.code),
        "line": _line(place.code, place.instruction) or 1,
        "function": _function_name(place.code),
    }
    library = _library(place)
    if library is not None:
        entry["library"] = library
    inner = _inner(place)
    if inner is not None:
        entry["inner"] = inner
    return entry


def _library(place: Place) -> Optional[str]:
    """Return the name of what is called at a place: a public one, else as the source writes it."""
    if place.called is None:
        return (
            _called_name(place.code, place.instruction)
            if _is_call(place.code, place.instruction)
            else None
        )
    if place.called.co_filename.startswith("<frozen importlib"):
        return "import"
    name = _public_name(place.called)
    is_public = not any(part.startswith(("_", "<")) for part in name.split("."))
    return name if is_public else _called_name(place.code, place.instruction) or name


def _inner(place: Place) -> Optional[str]:
    """Return the name of the innermost function, if another package has it than what is called."""
    if place.called is None or _package(place.inner) == _package(place.called):
        return None
    if _library(place) == "import":
        return None
    name = None
    if _is_call(place.inner, place.inner_instruction):
        name = _called_name(place.inner, place.inner_instruction)
    return name.rpartition(".")[2] if name else _function_name(place.inner)


def _shown_file(code: CodeType) -> str:
    """Return a file's name below the current folder, or the folder from which it is imported."""
    file = Path(code.co_filename)
    here = [Path.cwd()] if kind_of(code) == OWN else []
    for folder in [*here, *sorted(map(Path, sys.path), key=lambda each: -len(each.parts))]:
        if folder.parts and folder in file.parents:
            return str(file.relative_to(folder))
    return file.name


def _function_name(code: CodeType) -> str:
    """Return the name of a function; a comprehension or a lambda belongs to the one around it."""
    scopes = getattr(code, "co_qualname", code.co_name).split(".<locals>.")
    named = [scope for scope in scopes if not scope.startswith("<")]
    return named[-1] if named else code.co_name


def _public_name(code: CodeType) -> str:
    """Return a function's name with the shortest module path under which it can be imported."""
    module = _module(code)
    name = _function_name(code) if "." in _function_name(code) else _name_in(module, code)
    if module is None:
        return name
    parts = module.__name__.split(".")
    first = name.partition(".")[0]
    meant = vars(module).get(first)
    for count in range(1, len(parts)):
        prefix = ".".join(parts[:count])
        if meant is not None and vars(sys.modules.get(prefix, module)).get(first) is meant:
            return f"{prefix}.{name}"
    return f"{module.__name__}.{name}"


def _name_in(module: Optional[ModuleType], code: CodeType) -> str:
    """Return a function's name, with its class where an older Python does not know it."""
    for owner in list(vars(module).values()) if module else []:
        if isinstance(owner, type) and owner.__module__ == getattr(module, "__name__", None):
            method = vars(owner).get(code.co_name)
            if isinstance(method, FunctionType) and method.__code__ is code:
                return f"{owner.__name__}.{code.co_name}"
    return _function_name(code)


def _module(code: CodeType) -> Optional[ModuleType]:
    for module in list(sys.modules.values()):
        if getattr(module, "__file__", None) == code.co_filename:
            return module
    return None


def _package(code: CodeType) -> str:
    module = _module(code)
    return module.__name__.partition(".")[0] if module else code.co_filename


def _is_call(code: CodeType, instruction: int) -> bool:
    opcode = code.co_code[instruction] if 0 <= instruction < len(code.co_code) else 0
    return dis.opname[opcode].startswith(("CALL", "PRECALL"))


def _called_name(code: CodeType, instruction: int) -> Optional[str]:
    """Return the name of what an instruction calls or awaits, as the source writes it."""
    source = _source(code, instruction)
    try:
        tree = ast.parse(source.strip()) if source else None
    except (SyntaxError, ValueError):
        return None
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)] if tree else []
    # The outermost call comes first. A whole line may hold several.
    is_exact = hasattr(code, "co_positions")
    return _dotted(calls[0].func) if len(calls) == 1 or (calls and is_exact) else None


def _line(code: CodeType, instruction: int) -> Optional[int]:
    lines = [line for offset, line in dis.findlinestarts(code) if offset <= instruction and line]
    return lines[-1] if lines else None


def _source(code: CodeType, instruction: int) -> Optional[str]:
    """Return the source of an instruction; before Python 3.11, of its line."""
    lines = linecache.getlines(code.co_filename)
    if not hasattr(code, "co_positions"):
        number = _line(code, instruction)
        return lines[number - 1] if number and number <= len(lines) else None
    first, last, begin, end = list(code.co_positions())[instruction // 2]
    if first is None or last is None or last > len(lines):
        return None
    text = [line.encode() for line in lines[first - 1 : last]]
    text[-1] = text[-1][:end]
    text[0] = text[0][begin:]
    return b"".join(text).decode(errors="replace")


def _dotted(node: ast.expr) -> Optional[str]:
    """Return `a.b.c` of an expression; of a longer one only the last name."""
    if isinstance(node, ast.Name):
        return node.id
    if not isinstance(node, ast.Attribute):
        return None
    owner = _dotted(node.value) if isinstance(node.value, (ast.Name, ast.Attribute)) else None
    return f"{owner}.{node.attr}" if owner else node.attr
