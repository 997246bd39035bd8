"""The files that own code imports, beside libraries, as a fact.

A run that goes on later must measure the same code, and the user's file may be the same while a
file that it imports is not.
"""

from __future__ import annotations

import hashlib
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from batchmark.driver.facts import Facts

MOST = 30
"""How many files are listed one by one. The others share one hash."""
HASH = 8
"""How many hexadecimal digits of a hash are stated: enough to tell two versions apart."""
INSTALLED = {"site-packages", "dist-packages"}
"""Folders of installed libraries, whose versions are stated instead."""
DRIVER = Path(__file__).resolve().parents[1]


def fact(own: Path) -> Facts:
    """Return the fact `imports`; nothing if a file imports only libraries.

    Args:
        own: The user's file, which is imported already.
    """
    files = sorted({*_imported_files()} - {own.resolve()})
    entries = [f"{_shown(file, own)} {_hash([file])}" for file in files[:MOST]]
    if files[MOST:]:
        entries.append(f"{len(files) - MOST} more {_hash(files[MOST:])}")
    return {"imports": ", ".join(entries)} if entries else {}


def _imported_files() -> Iterator[Path]:
    paths = sysconfig.get_paths()
    libraries = {Path(paths[name]).resolve() for name in ("stdlib", "platstdlib")} | {DRIVER}
    for module in list(sys.modules.values()):
        name = getattr(module, "__file__", None)
        if not isinstance(name, str):
            continue
        file = Path(name).resolve()
        is_library = INSTALLED & {*file.parts} or libraries & {*file.parents}
        if not is_library and file.is_file():
            yield file


def _shown(file: Path, own: Path) -> str:
    """Return a file's name below the folder from which it is imported."""
    folders = [own.resolve().parent, Path.cwd(), *(Path(each).resolve() for each in sys.path)]
    below = [file.relative_to(folder) for folder in folders if folder in file.parents]
    return str(min(below, key=lambda each: len(each.parts), default=Path(file.name)))


def _hash(files: list[Path]) -> str:
    """Return the beginning of a hash of the files. One that is gone has no content."""
    content = hashlib.sha256()
    for file in files:
        content.update(file.read_bytes() if file.is_file() else b"")
    return content.hexdigest()[:HASH]
