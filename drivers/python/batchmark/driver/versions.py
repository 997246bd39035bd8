"""The versions of the libraries, and the distribution that really provides each module.

A module's name does not say who made it: `urllib3-future` replaces the files of `urllib3`. So this
module looks the installed file up in the RECORD of every distribution. If several list it, the one
whose checksum matches provides it. Nothing is imported.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import platform
import re
import shlex
import ssl
import sys
from email.message import Message
from functools import cache, cached_property
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Optional, cast

from batchmark.driver.refusal import Refusal

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
    "h2",
    "anyio",
    "httpx2",
    "httpcore2",
    "niquests",
    "urllib3_future",
    "wassima",
    "pycurl",
    "curl_cffi",
    "uvloop",
    "distributed",
    "cloudpickle",
)

Version = dict[str, str]


def versions() -> list[Version]:
    """Return the versions of the runtime, the TLS library and every installed module."""
    found = [_version(module) for module in MODULES if is_installed(module)]
    return [
        {"module": "python", "version": platform.python_version()},
        {"module": "ssl", "version": ssl.OPENSSL_VERSION},
        *found,
    ]


def imported_versions() -> dict[str, str]:
    """Return the versions of the imported modules as facts.

    They can differ from `versions`: a user's file may change the path before it imports.
    """
    found = [_version(module) for module in MODULES if module in sys.modules]
    return {f"version of {each['module']}": _as_text(each) for each in found}


def is_provided_by_itself(module: str) -> bool:
    """Return whether a module comes from the distribution of its own name."""
    return "distribution" not in _version(module)


def require(module: str, reason: str, remedy: str) -> None:
    """Refuse a condition that needs a module which is not installed.

    Args:
        module: The module.
        reason: What it is needed for, as the beginning of a sentence.
        remedy: What pip installs.
    """
    if not is_installed(module):
        install = f"{shlex.quote(sys.executable)} -m pip install {shlex.quote(remedy)}"
        message = f"{reason} the package {module}, which is not installed: {install}"
        raise Refusal("bad_condition", message)


def is_installed(module: str) -> bool:
    """Return whether a module can be imported, without importing it."""
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


class _Record:
    """The files that a distribution installed, by its own record."""

    def __init__(self, distribution: metadata.Distribution) -> None:
        self._distribution = distribution
        self._text = distribution.read_text("RECORD") or ""
        self._folder = Path(str(distribution.locate_file("")))

    @cached_property
    def _metadata(self) -> Message:
        """The parsed metadata. Parsing takes longer than reading the record: few are asked."""
        return cast("Message", self._distribution.metadata)

    @property
    def name(self) -> str:
        """The name of the distribution."""
        return str(self._metadata["Name"])

    @property
    def version(self) -> str:
        """The version of the distribution."""
        return str(self._metadata["Version"])

    def lists(self, module: str) -> bool:
        """Return whether the record lists a module at the place where the module is found."""
        is_listed = f"\n{module}/__init__.py," in f"\n{self._text}"
        return is_listed and _origin(module) == self._folder / module / "__init__.py"

    def matches(self, module: str) -> bool:
        """Return whether the module's files still have the checksums of the record."""
        entries = csv.reader(
            line for line in self._text.splitlines() if line.startswith(f"{module}/")
        )
        checksums = {name: checksum for name, checksum, *_ in entries if name.count("/") == 1}
        origin = _origin(module)
        return origin is not None and all(
            _has_checksum(origin.parent / Path(name).name, checksum)
            for name, checksum in checksums.items()
            if checksum.startswith("sha256=")
        )


@cache
def _records(folders: tuple[str, ...]) -> list[_Record]:
    """Read the records once: that takes as long as a few imports."""
    return [_Record(distribution) for distribution in metadata.distributions(path=list(folders))]


def _version(module: str) -> Version:
    claimants = [record for record in _records(tuple(sys.path)) if record.lists(module)]
    if len(claimants) > 1:
        # The last one installed has overwritten the files of the others.
        claimants = [record for record in claimants if record.matches(module)] or claimants
    if not claimants:
        return {"module": module, "version": "unknown"}
    provider = claimants[0]
    version = {"module": module, "version": provider.version}
    if _normalised(provider.name) != _normalised(module):
        version["distribution"] = provider.name
    return version


def _as_text(version: Version) -> str:
    provider = version.get("distribution")
    return version["version"] + (f" from {provider}" if provider else "")


def _origin(module: str) -> Optional[Path]:
    spec = find_spec(module)
    return None if spec is None or spec.origin is None else Path(spec.origin)


def _has_checksum(path: Path, checksum: str) -> bool:
    try:
        digest = hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return False
    return checksum == "sha256=" + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _normalised(name: str) -> str:
    """Normalise a name as package indexes do (PEP 503)."""
    return re.sub("[-_.]+", "-", name).lower()
