"""Facts: what is true of a strategy under its conditions, as far as it can be read.

The program compares the facts of all arms and reports differences that no one asked for. A fact
that is unknown, or that does not matter to the target, is left out.
"""

from __future__ import annotations

import os
import platform
import ssl
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Optional

from batchmark.driver.target import Target
from batchmark.driver.trust import bundle_size
from batchmark.driver.versions import is_provided_by_itself

Facts = dict[str, str]

DNS_PER_CONNECTION = "looked up for each connection"


def runtime() -> Facts:
    """Return the facts of the interpreter."""
    return {
        "runtime": f"{platform.python_implementation()} {platform.python_version()}",
        "gil": "on" if has_interpreter_lock() else "off",
    }


def has_interpreter_lock() -> bool:
    """Return whether only one thread at a time runs Python code."""
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


def target(target: Target) -> Facts:
    """Return the facts that the target decides for every Python client."""
    facts = {"bodies": "read to the end"}
    if target.is_secure:
        facts["tls_library"] = ssl.OPENSSL_VERSION
        facts["verification"] = "off" if target.trust.roots == "anyone" else "on"
    return facts


def http1(target: Target) -> Facts:
    """Return the facts of a client that speaks HTTP/1.1 and never resumes a TLS session."""
    return {"http": "1.1", **never_resumed(target)}


def never_resumed(target: Target) -> Facts:
    """Return the fact of a client that never resumes a TLS session."""
    return {"resumption": "never"} if target.is_secure else {}


def asked_http(target: Target, version: str) -> Facts:
    """Return the version of HTTP that a client asks for under a value of the condition `http`.

    `native` means the client lets TLS servers choose, and speaks HTTP/1.1 without TLS.
    """
    if version in ("1.1", "3"):
        return {"http": version}
    if target.is_secure:
        return {"http": "2 where the server offers it, else 1.1"}
    return {"http": "2, without asking" if version == "2" else "1.1"}


def libcurl(target: Target, version: str, tls_library: str) -> Facts:
    """Return the facts of libcurl that asks for a version of HTTP, built with this TLS library."""
    tls = {"tls_library": tls_library, "resumption": "offered"} if target.is_secure else {}
    lookups = dns(target, "kept for a minute by a session")
    return {**asked_http(target, version), **tls, **lookups}


def urllib3(target: Target) -> Facts:
    """Return the facts of urllib3's connections; none if another distribution replaced urllib3."""
    if not is_provided_by_itself("urllib3"):
        return {}
    return {**http1(target), **dns(target, DNS_PER_CONNECTION)}


def dns(target: Target, frequency: str) -> Facts:
    """Return how often a client looks names up, if the target has names."""
    return {"dns": frequency} if target.has_names else {}


def ca_bundle(target: Target, client: str, variables: Sequence[str]) -> Facts:
    """Return what a client trusts that loads a bundle: certifi's, or one that a variable names.

    Args:
        target: What the trials fetch.
        client: The client's name, for the text.
        variables: The environment variables that the client reads, in its order.
    """
    variable = _first_set(variables)
    if variable is None:
        import certifi

        path, bundle = certifi.where(), "certifi's bundle"
    else:
        path, bundle = os.environ[variable], f"the bundle in {variable}"
    manner = f"in a copy that {client} loads by default"
    if Path(path).is_dir():
        manner = "added at every load"
    return _trust(target, f"{bundle}{_size(path, target)}", manner)


def named_bundle(target: Target, bundle: str) -> Facts:
    """Return what a client trusts that loads a bundle which no variable names."""
    return _trust(target, bundle, "in a copy of that bundle")


def system_certificates(target: Target, variables: Sequence[str]) -> Facts:
    """Return what a client trusts that collects the system's certificates once for a process."""
    variable = _first_set(variables)
    if variable is not None:
        size = _size(os.environ[variable], target)
        return _trust(target, f"the bundle in {variable}{size}", "in a copy of that bundle")
    return _trust(target, "the system's certificates", "registered beside them")


def default_store(target: Target) -> Facts:
    """Return what a client trusts that loads OpenSSL's default store."""
    variable = _first_set(["SSL_CERT_FILE"])
    if variable is not None:
        size = _size(os.environ[variable], target)
        store = f"OpenSSL's default store from {variable}{size}"
        return _trust(target, store, "in a copy that OpenSSL loads by default")
    return _trust(target, "OpenSSL's default store", "added at every load")


def _first_set(variables: Sequence[str]) -> Optional[str]:
    return next((variable for variable in variables if os.environ.get(variable)), None)


def _size(path: str, target: Target) -> str:
    """Return how many certificates a bundle had before one was added, in brackets."""
    count = bundle_size(path) - (target.trust.roots == "added")
    return f" ({count} certificates)" if count > 0 else ""


def _trust(target: Target, default: str, manner: str) -> Facts:
    if not target.is_secure:
        return {}
    texts = {
        "default": default,
        "added": f"{default} plus one certificate, {manner}",
        "file": "only the certificates of one file",
        "anyone": "any certificate",
    }
    return {"trust": texts[target.trust.roots]}
