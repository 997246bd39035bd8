"""Adds one certificate to those that every client in this process trusts by default.

The addition must not change what is measured. A client still loads its usual bundle of about 140
certificates, by the same calls and from the same place. There it finds a copy with one certificate
more. A bundle of one certificate would hide what loading the usual one costs. A path passed to the
client would take a different route through its code than the default.

requests and httpx load the bundle that `certifi.where()` names; aiohttp and urllib3 load OpenSSL's
default store. Both are changed for every client, before any is imported, because some load at
import. `docs/trust.md` lists what is done for each client.
"""

from __future__ import annotations

import contextlib
import os
import ssl
import sys
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Callable, Optional

from batchmark.driver.target import Trust

VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""The environment variables that name another bundle."""

BUNDLES = (
    ("requests.utils", "DEFAULT_CA_BUNDLE_PATH"),
    ("curl_cffi.curl", "DEFAULT_CACERT"),
    ("curl_cffi.aio", "DEFAULT_CACERT"),
    ("batchmark.clients.with_pycurl", "DEFAULT_BUNDLE"),
)
"""The variables of modules that name a client's default bundle."""

SYSTEM_BUNDLES = (
    "/etc/ssl/cert.pem",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/cert.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/usr/share/ssl/certs/ca-bundle.crt",
    "/usr/local/share/certs/ca-root-nss.crt",
    ssl.get_default_verify_paths().openssl_cafile,
)
"""Where systems have the bundle that clients load by default."""

BEGIN = b"-----BEGIN CERTIFICATE-----"


class TrustStore:
    """What clients trust by default in this process."""

    def __init__(self, parent: Optional[Path] = None) -> None:
        self._parent = parent
        self._folder: Optional[Path] = None
        self._bundle: Optional[str] = None
        """The copy of certifi's bundle that was made last."""
        self._bundle_of_parent: Optional[str] = None
        self._load_defaults = ssl.SSLContext.set_default_verify_paths
        self._load_locations: Callable[..., None] = ssl.SSLContext.load_verify_locations

    @classmethod
    def of_parent(cls, shared: Mapping[str, Optional[str]]) -> TrustStore:
        """Return a store that uses the copies of the parent process, as `as_shared` named them."""
        store = cls()
        folder = shared["folder"]
        store._folder = None if folder is None else Path(folder)
        store._bundle_of_parent = shared["bundle"]
        return store

    def as_shared(self) -> dict[str, Optional[str]]:
        """Name the copies, for child processes."""
        folder = None if self._folder is None else str(self._folder)
        return {"folder": folder, "bundle": self._bundle}

    def apply_to_any_code(self, trust: Trust) -> None:
        """Make code that takes no option trust what the target trusts."""
        if trust.roots == "file":
            self.trust_only(str(trust.path))
        else:
            self.apply(trust)

    def apply(self, trust: Trust) -> None:
        """Make every client trust the target's certificate by default.

        Only `added` changes anything. The clients apply the other kinds through their own options.
        """
        if trust.roots == "added":
            self._add(Path(str(trust.path)))

    def apply_to_imported(self, trust: Trust) -> None:
        """Add to the certificates that imported clients find in their own ways.

        Call this after the client was imported: only then does it name its bundle.
        """
        if trust.roots != "added":
            return
        certificate = Path(str(trust.path)).read_bytes()
        for module, name in BUNDLES:
            bundle = getattr(sys.modules.get(module), name, None)
            if bundle is not None and not self._is_copy(bundle):
                _replace_bundle(module, name, self._copy(bundle, certificate))
        wassima: Any = sys.modules.get("wassima")
        if wassima is not None:
            wassima.register_ca(certificate.decode("ascii"))

    def trust_only(self, path: str) -> None:
        """Make clients trust only the certificates of a file, for code that takes no option."""
        self._patch_certifi(path)
        for variable in VARIABLES:
            if os.environ.get(variable):
                os.environ[variable] = path

        load_locations = self._load_locations

        def load(context: ssl.SSLContext) -> None:
            load_locations(context, cafile=path)

        _patch_context("set_default_verify_paths", load)

    def remove_copies(self) -> None:
        """Delete the copies of bundles."""
        if self._folder is not None:
            for copy in self._folder.iterdir():
                copy.unlink()
            self._folder.rmdir()
            self._folder = None

    def _add(self, path: Path) -> None:
        certificate = path.read_bytes()
        for variable in VARIABLES:
            self._add_to_variable(variable, certificate)
        if find_spec("certifi") is not None:
            import certifi

            self._bundle = self._bundle_of_parent or self._copy(certifi.where(), certificate)
            self._patch_certifi(self._bundle)
        self._add_to_stores(certificate.decode("ascii"))

    def _add_to_stores(self, certificate: str) -> None:
        """Add to OpenSSL's default store, and to folders of certificates, at every load."""
        load_defaults, load_locations = self._load_defaults, self._load_locations

        def load(context: ssl.SSLContext) -> None:
            load_defaults(context)
            load_locations(context, cadata=certificate)

        def load_and_add(
            context: ssl.SSLContext, cafile: Any = None, capath: Any = None, cadata: Any = None
        ) -> None:
            load_locations(context, cafile, capath, cadata)
            if capath is not None or cafile in SYSTEM_BUNDLES:
                load_locations(context, cadata=certificate)

        _patch_context("set_default_verify_paths", load)
        _patch_context("load_verify_locations", load_and_add)

    def _patch_certifi(self, path: str) -> None:
        """Make certifi name another file, and correct the modules that have asked it before."""
        if find_spec("certifi") is None:
            return
        import certifi
        import certifi.core

        def where() -> str:
            return path

        certifi.where = certifi.core.where = where
        _patch_requests(path)

    def _add_to_variable(self, variable: str, certificate: bytes) -> None:
        bundle = os.environ.get(variable)
        if bundle and Path(bundle).is_file() and not self._is_copy(bundle):
            os.environ[variable] = self._copy(bundle, certificate)

    def _is_copy(self, bundle: str) -> bool:
        return Path(bundle).parent == self._folder

    def _copy(self, bundle: str, certificate: bytes) -> str:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="batchmark-trust-", dir=self._parent))
        copy = self._folder / f"{len(list(self._folder.iterdir()))}.pem"
        copy.write_bytes(Path(bundle).read_bytes() + b"\n" + certificate)
        return str(copy)


def bundle_size(path: str) -> int:
    """Return how many certificates a bundle holds; 0 if it cannot be read."""
    with contextlib.suppress(OSError):
        return Path(path).read_bytes().count(BEGIN)
    return 0


def _replace_bundle(module: str, name: str, path: str) -> None:
    """Make an imported client load another bundle by default."""
    if module == "requests.utils":
        _patch_requests(path)
    else:
        setattr(sys.modules[module], name, path)


def _patch_requests(path: str) -> None:
    """Correct the path that an imported requests read at import."""
    for name in ("requests.certs", "requests.utils", "requests.adapters"):
        module: Any = sys.modules.get(name)
        if hasattr(module, "where"):
            module.where = lambda: path
        if hasattr(module, "DEFAULT_CA_BUNDLE_PATH"):
            module.DEFAULT_CA_BUNDLE_PATH = path


def _patch_context(name: str, load: Callable[..., None]) -> None:
    """Replace a method of `SSLContext` that loads certificates, `load_default_certs` included."""
    setattr(ssl.SSLContext, name, load)
