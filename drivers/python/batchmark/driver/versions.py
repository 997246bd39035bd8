"""The versions of what takes part, and the distribution that really provides each module.

A module's name does not say who made it: `urllib3-future` puts itself in the place of `urllib3`. So
the file that is there is looked for in what the installed distributions say they brought, and where
several say so, the one whose checksum it has is the one. Nothing is imported for it.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import platform
import re
import ssl
import sys
from functools import cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Optional

MODULES = (
    "requests",
    "urllib3",
    "certifi",
    "charset_normalizer",
    "chardet",
    "idna",
    "aiohttp",
    "aiohappyeyeballs",
    "multidict",
    "yarl",
    "httpx",
    "httpcore",
    "h11",
    "anyio",
    "uvloop",
)

Version = dict[str, str]


def versions() -> list[Version]:
    """Give the runtime, the TLS library and every module that is there."""
    found = [_version(module) for module in MODULES if is_there(module)]
    return [
        {"module": "python", "version": platform.python_version()},
        {"module": "ssl", "version": ssl.OPENSSL_VERSION},
        *found,
    ]


def of_imported() -> dict[str, str]:
    """Give the modules that have been imported, as facts: code may load others than it finds."""
    found = [_version(module) for module in MODULES if module in sys.modules]
    return {f"version of {each['module']}": _in_words(each) for each in found}


def is_provided_by_itself(module: str) -> bool:
    """Tell whether no distribution of another name has taken a module's place."""
    return "distribution" not in _version(module)


def is_there(module: str) -> bool:
    """Tell whether a module could be imported, without importing it."""
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


class _Record:
    """What a distribution says that it brought."""

    def __init__(self, distribution: metadata.Distribution) -> None:
        self.name = str(distribution.metadata["Name"])
        self.version = distribution.version
        self._text = distribution.read_text("RECORD") or ""
        self._folder = Path(str(distribution.locate_file("")))

    def lists(self, module: str) -> bool:
        """Tell whether it says that it brought a module, to where the module is."""
        is_listed = f"\n{module}/__init__.py," in f"\n{self._text}"
        return is_listed and _origin(module) == self._folder / module / "__init__.py"

    def brought(self, module: str) -> bool:
        """Tell whether the files of a module that are there are those that it brought."""
        entries = csv.reader(
            line for line in self._text.splitlines() if line.startswith(f"{module}/")
        )
        sums = {name: checksum for name, checksum, *_ in entries if name.count("/") == 1}
        origin = _origin(module)
        return origin is not None and all(
            _has_sum(origin.parent / Path(name).name, checksum)
            for name, checksum in sums.items()
            if checksum.startswith("sha256=")
        )


@cache
def _records(folders: tuple[str, ...]) -> list[_Record]:
    """Read what is installed, once: that takes as long as a few imports."""
    return [_Record(distribution) for distribution in metadata.distributions(path=list(folders))]


def _version(module: str) -> Version:
    claimants = [record for record in _records(tuple(sys.path)) if record.lists(module)]
    if len(claimants) > 1:
        # The files of the others were overwritten.
        claimants = [record for record in claimants if record.brought(module)] or claimants
    if not claimants:
        return {"module": module, "version": "unknown"}
    provider = claimants[0]
    version = {"module": module, "version": provider.version}
    if _plain(provider.name) != _plain(module):
        version["distribution"] = provider.name
    return version


def _in_words(version: Version) -> str:
    provider = version.get("distribution")
    return version["version"] + (f" from {provider}" if provider else "")


def _origin(module: str) -> Optional[Path]:
    spec = find_spec(module)
    return None if spec is None or spec.origin is None else Path(spec.origin)


def _has_sum(path: Path, checksum: str) -> bool:
    try:
        digest = hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return False
    return checksum == "sha256=" + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _plain(name: str) -> str:
    """Write a name as package indexes compare it."""
    return re.sub("[-_.]+", "-", name).lower()
