"""Facts: what is true of a strategy under its conditions, as far as it can be read off.

They are held against those of other arms, so that a difference that nobody asked for is told. What
is not known is left out, and so is what does not matter to the target.
"""

from __future__ import annotations

import os
import platform
import ssl
import sys

from batchmark.host import trust
from batchmark.host.target import Target

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
    facts = {"http": "1.1", "bodies": "read to the end"}
    if target.is_secure:
        facts["tls_library"] = ssl.OPENSSL_VERSION
        # No client of Python's hands an earlier session to wrap_socket.
        facts["resumption"] = "never"
        facts["verification"] = "off" if target.trust.roots == "anyone" else "on"
    return facts


def of_lookups(target: Target, manner: str) -> Facts:
    """Give how often names are looked up, where there are any."""
    return {"dns": manner} if target.has_names else {}


def of_certifi(target: Target, client: str) -> Facts:
    """Give whom a client trusts that asks certifi."""
    import certifi

    count = trust.bundle_size(certifi.where())
    return _of_trust(
        target,
        f"certifi's bundle ({count} certificates)",
        f"certifi's bundle ({count - 1} certificates) with one added, "
        f"in a copy that stands where {client} looks",
    )


def of_default_store(target: Target) -> Facts:
    """Give whom a client trusts that asks OpenSSL."""
    paths = ssl.get_default_verify_paths()
    place = paths.cafile or paths.capath or paths.openssl_cafile
    count = trust.bundle_size(place) if place and os.path.isfile(place) else 0  # noqa: PTH113
    size = f" ({count} certificates)" if count else ""
    store = f"OpenSSL's default store{size}"
    return _of_trust(target, store, f"{store} with one added whenever it is loaded")


def _of_trust(target: Target, default: str, added: str) -> Facts:
    if not target.is_secure:
        return {}
    words = {
        "default": default,
        "added": added,
        "file": "the certificates of one file, and no others",
        "anyone": "anyone",
    }
    return {"trust": words[target.trust.roots]}
