"""Files beside the user's own that hide a module: a `requests.py`, a `json.py`."""

from __future__ import annotations

import re
import sys
import traceback
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Optional

from batchmark.driver.versions import MODULES


def hint(file: Path, error: BaseException) -> Optional[str]:
    """Return what to do, if a file beside the user's own caused an error by hiding a module.

    Args:
        file: The user's file. Its folder comes first on the path, as for a script.
        error: What the file raised.

    Returns:
        A sentence; `None` if no hidden module has to do with the error.
    """
    for neighbour in sorted(file.parent.glob("*.py")):
        name = neighbour.stem
        if _is_involved(neighbour, error) and _is_module_elsewhere(name, file.parent):
            return (
                f"{neighbour.name} beside {file.name} hides the module {name}: rename {neighbour}"
            )
    return None


def _is_involved(neighbour: Path, error: BaseException) -> bool:
    frames = traceback.extract_tb(error.__traceback__)
    names_it = re.search(rf"'{re.escape(neighbour.stem)}[.']", str(error)) is not None
    is_about_modules = isinstance(error, (ImportError, AttributeError))
    runs_in_it = any(Path(frame.filename) == neighbour for frame in frames)
    return (is_about_modules and names_it) or runs_in_it


def _is_module_elsewhere(name: str, folder: Path) -> bool:
    """Return whether the standard library or a package has a module of this name."""
    if name in MODULES or name in getattr(sys, "stdlib_module_names", sys.builtin_module_names):
        return True
    elsewhere = [each for each in sys.path if Path(each or ".").resolve() != folder.resolve()]
    return PathFinder.find_spec(name, elsewhere) is not None
