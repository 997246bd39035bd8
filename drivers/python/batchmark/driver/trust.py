"""Trust: how one certificate is added to those that a client trusts anyway.

It must not change what is measured. A client that loads its usual bundle of some 140 certificates
goes on loading it, by the same calls and from where it looks by default; there lies a copy with one
certificate more. A bundle of one would hide what loading the usual one costs, and a path that is
passed to the client takes another way through it than the default.

`certifi.where()` tells requests and httpx where to look; OpenSSL's own default store serves aiohttp
and urllib3. Both are done whatever client runs, before any is imported, for some load at import.
"""

from __future__ import annotations

import contextlib
import os
import ssl
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Callable, Optional

from batchmark.driver.target import Trust

VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""Where people tell clients of another bundle."""

BEGIN = b"-----BEGIN CERTIFICATE-----"


class Store:
    """What is trusted by default in this process."""

    def __init__(self, place: Optional[Path] = None) -> None:
        self._place = place
        self._folder: Optional[Path] = None
        self._load_defaults = ssl.SSLContext.set_default_verify_paths
        self._load_locations: Callable[..., None] = ssl.SSLContext.load_verify_locations

    def apply(self, trust: Trust) -> None:
        """Have every client trust by default what the target says, where they look for it.

        Only `added` changes anything: for the other kinds clients are told in their own ways.
        """
        if trust.roots == "added":
            self._add(Path(str(trust.path)))

    def apply_to_requests(self, trust: Trust) -> None:
        """Add to the bundle of a requests that does not ask certifi, as in some distributions.

        Only once it has been imported does it tell where it looks.
        """
        bundle = getattr(sys.modules.get("requests.utils"), "DEFAULT_CA_BUNDLE_PATH", None)
        if trust.roots == "added" and bundle is not None and not self._is_copy(bundle):
            _tell_requests(self._copy(bundle, Path(str(trust.path)).read_bytes()))

    def replace(self, path: str) -> None:
        """Have clients trust the certificates of a file alone, for code that cannot be told."""
        self._stand_in(path)
        for variable in VARIABLES:
            if os.environ.get(variable):
                os.environ[variable] = path

        load_locations = self._load_locations

        def load(context: ssl.SSLContext) -> None:
            load_locations(context, cafile=path)

        _replace("set_default_verify_paths", load)

    def remove(self) -> None:
        """Remove the copies."""
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

            self._stand_in(self._copy(certifi.where(), certificate))
        self._add_to_stores(certificate.decode("ascii"))

    def _add_to_stores(self, certificate: str) -> None:
        """Add to OpenSSL's default store, and to folders, whenever they are loaded."""
        load_defaults, load_locations = self._load_defaults, self._load_locations

        def load(context: ssl.SSLContext) -> None:
            load_defaults(context)
            load_locations(context, cadata=certificate)

        def load_too(
            context: ssl.SSLContext, cafile: Any = None, capath: Any = None, cadata: Any = None
        ) -> None:
            load_locations(context, cafile, capath, cadata)
            if capath is not None:
                load_locations(context, cadata=certificate)

        _replace("set_default_verify_paths", load)
        _replace("load_verify_locations", load_too)

    def _stand_in(self, path: str) -> None:
        """Have certifi name another file. What asked it before is told too."""
        if find_spec("certifi") is None:
            return
        import certifi
        import certifi.core

        def where() -> str:
            return path

        certifi.where = certifi.core.where = where
        _tell_requests(path)

    def _add_to_variable(self, variable: str, certificate: bytes) -> None:
        bundle = os.environ.get(variable)
        if bundle and Path(bundle).is_file() and not self._is_copy(bundle):
            os.environ[variable] = self._copy(bundle, certificate)

    def _is_copy(self, bundle: str) -> bool:
        return Path(bundle).parent == self._folder

    def _copy(self, bundle: str, certificate: bytes) -> str:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="batchmark-trust-", dir=self._place))
        copy = self._folder / f"{len(list(self._folder.iterdir()))}.pem"
        copy.write_bytes(Path(bundle).read_bytes() + b"\n" + certificate)
        return str(copy)


def bundle_size(path: str) -> int:
    """Count the certificates of a bundle."""
    with contextlib.suppress(OSError):
        return Path(path).read_bytes().count(BEGIN)
    return 0


def _tell_requests(path: str) -> None:
    """Tell a requests that has been imported what it read then."""
    for name in ("requests.certs", "requests.utils", "requests.adapters"):
        module: Any = sys.modules.get(name)
        if hasattr(module, "where"):
            module.where = lambda: path
        if hasattr(module, "DEFAULT_CA_BUNDLE_PATH"):
            module.DEFAULT_CA_BUNDLE_PATH = path


def _replace(name: str, load: Callable[..., None]) -> None:
    """Replace what loads certificates; `load_default_certs` goes through it too."""
    setattr(ssl.SSLContext, name, load)
