"""Imports the user's file as a module: in the driver, and in the processes that its code starts.

`multiprocessing` sends functions to new processes by the name of their module. A process that is
not forked imports that module again. So it must find the file under the same name, and trust the
same certificates. `prepare_children` describes both in a variable, and `child` reads it.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import find_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Callable, Optional

from batchmark.driver.target import Trust
from batchmark.driver.trust import TrustStore

VARIABLE = "BATCHMARK_OWN_FILE"
CHILD = "batchmark.driver.child"
"""The module that a new process runs before it imports anything of the user."""


class _Loader(SourceFileLoader):
    """Loads the file, and then calls a function."""

    def __init__(self, name: str, path: str, on_loaded: Callable[[], None]) -> None:
        super().__init__(name, path)
        self._on_loaded = on_loaded

    def exec_module(self, module: Any) -> None:
        super().exec_module(module)
        self._on_loaded()


class OwnFinder(MetaPathFinder):
    """Finds the user's file under its module's name."""

    def __init__(self, file: Path, on_loaded: Callable[[], None]) -> None:
        self._file = file
        self._on_loaded = on_loaded
        self.name = "own_" + re.sub(r"\W", "_", file.stem)
        """The name of the module. It hides no other module, whatever the file is called."""

    def find_spec(
        self, fullname: str, path: Optional[Sequence[str]] = None, target: Any = None
    ) -> Optional[ModuleSpec]:
        """Find the file. The other arguments are those of the import system."""
        del path, target
        if fullname != self.name:
            return None
        loader = _Loader(fullname, str(self._file), self._on_loaded)
        return spec_from_file_location(fullname, self._file, loader=loader)


def import_file(file: Path, store: TrustStore, trust: Trust) -> Any:
    """Import the user's file, whose folder comes first on the path, as for a script.

    Args:
        file: The file.
        store: What this process trusts by default. It applies `trust` already.
        trust: The target's trust.

    Returns:
        The module.

    Raises:
        BaseException: Whatever the file raises.
    """
    sys.path.insert(0, str(file.parent))
    return import_module(_install_finder(file, store, trust).name)


def prepare_children(file: Path, store: TrustStore, trust: Trust) -> None:
    """Let processes that the user's code starts import its file and trust the same certificates."""
    described = {"file": str(file), "trust": trust._asdict(), "store": store.as_shared()}
    os.environ[VARIABLE] = json.dumps(described)
    # Without the module of a main script, `multiprocessing` would run nothing first.
    main: Any = sys.modules["__main__"]
    main.__spec__ = find_spec(CHILD)


def become_child(described: Mapping[str, Any]) -> None:
    """Make the file of the parent process importable in this one.

    Args:
        described: What `prepare_children` described.
    """
    trust = Trust(**described["trust"])
    store = TrustStore.of_parent(described["store"])
    store.apply_to_any_code(trust)
    _install_finder(Path(described["file"]), store, trust)


def _install_finder(file: Path, store: TrustStore, trust: Trust) -> OwnFinder:
    finder = OwnFinder(file, lambda: store.apply_to_imported(trust))
    sys.meta_path.insert(0, finder)
    return finder
