"""Facts: what is true of a strategy under its conditions, as far as it can be read off.

They are held against those of other arms, so that a difference that nobody asked for is told. What
is not known is left out, and so is what does not matter to the target.
"""

from __future__ import annotations

import os
import platform
import ssl
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Optional

from batchmark.driver import trust
from batchmark.driver.target import Target
from batchmark.driver.versions import is_provided_by_itself

Facts = dict[str, str]


def of_runtime() -> Facts:
    """Give what is true of the interpreter."""
    is_gil_enabled = getattr(sys, "_is_gil_enabled", lambda: True)
    return {
        "runtime": f"{platform.python_implementation()} {platform.python_version()}",
        "gil": "on" if is_gil_enabled() else "off",
    }


def of_target(target: Target) -> Facts:
    """Give what the target decides for every client of Python's."""
    facts = {"bodies": "read to the end"}
    if target.is_secure:
        facts["tls_library"] = ssl.OPENSSL_VERSION
        facts["verification"] = "off" if target.trust.roots == "anyone" else "on"
    return facts


def of_connections(target: Target) -> Facts:
    """Give what is true of a client that speaks HTTP/1.1, and never goes on with a TLS session."""
    return {"http": "1.1", **({"resumption": "never"} if target.is_secure else {})}


def of_urllib3(target: Target) -> Facts:
    """Give what is true of urllib3's connections; of one that took its place it is not known."""
    if not is_provided_by_itself("urllib3"):
        return {}
    return {**of_connections(target), **of_lookups(target, "looked up for each connection")}


def of_lookups(target: Target, manner: str) -> Facts:
    """Give how often names are looked up, where there are any."""
    return {"dns": manner} if target.has_names else {}


def of_bundle(target: Target, client: str, variables: Sequence[str]) -> Facts:
    """Give whom a client trusts that asks the environment, and else certifi."""
    variable = _first_set(variables)
    if variable is None:
        import certifi

        path, bundle = certifi.where(), "certifi's bundle"
    else:
        path, bundle = os.environ[variable], f"the bundle that {variable} names"
    where = f"in a copy that stands where {client} looks"
    if Path(path).is_dir():
        where = "whenever it is loaded"
    return _of_trust(target, f"{bundle}{_size(path, target)}", where)


def of_default_store(target: Target) -> Facts:
    """Give whom a client trusts that asks OpenSSL."""
    variable = _first_set(["SSL_CERT_FILE"])
    if variable is not None:
        size = _size(os.environ[variable], target)
        store = f"OpenSSL's default store, whose file {variable} names{size},"
        return _of_trust(target, store, "in a copy that stands where OpenSSL looks")
    return _of_trust(target, "OpenSSL's default store", "whenever it is loaded")


def _first_set(variables: Sequence[str]) -> Optional[str]:
    return next((variable for variable in variables if os.environ.get(variable)), None)


def _size(path: str, target: Target) -> str:
    """Count the certificates of a bundle as it was."""
    count = trust.bundle_size(path) - (target.trust.roots == "added")
    return f" ({count} certificates)" if count > 0 else ""


def _of_trust(target: Target, default: str, where: str) -> Facts:
    if not target.is_secure:
        return {}
    words = {
        "default": default,
        "added": f"{default} with one added, {where}",
        "file": "the certificates of one file, and no others",
        "anyone": "anyone",
    }
    return {"trust": words[target.trust.roots]}
