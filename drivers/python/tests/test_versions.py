"""Which distribution really provides a module."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from tests.support import PACKAGE


def checksum(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).decode().rstrip("=")


class Installed(unittest.TestCase):
    """A test that installs invented distributions into a folder that comes first on the path."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def install(self, name: str, version: str, module: str, text: str) -> None:
        """Install a distribution as pip does: existing files are overwritten."""
        (self.folder / module).mkdir(exist_ok=True)
        (self.folder / module / "__init__.py").write_text(text, encoding="utf-8")
        about = self.folder / f"{name.replace('-', '_')}-{version}.dist-info"
        about.mkdir()
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        (about / "METADATA").write_text(metadata, encoding="utf-8")
        record = f"{module}/__init__.py,{checksum(text)},{len(text)}\n"
        (about / "RECORD").write_text(record, encoding="utf-8")

    def output_of(self, code: str) -> str:
        """Run code with the folder's path in `FOLDER`, and return what it prints."""
        code = f"import sys; FOLDER = {str(self.folder)!r}\n{code}"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=PACKAGE, capture_output=True, check=True
        )
        return done.stdout.decode().strip()


class Providers(Installed):
    """Versions that are found without importing anything."""

    def version_of(self, module: str) -> str:
        return self.output_of(
            "sys.path[:0] = [FOLDER]\n"
            "from batchmark.driver.versions import versions\n"
            f"print([each for each in versions() if each['module'] == {module!r}])"
        )

    def test_a_distribution_that_replaced_another_is_named(self) -> None:
        self.install("urllib3", "2.7.0", "urllib3", "it = 'urllib3'")
        self.install("urllib3-future", "2.12.900", "urllib3", "it = 'urllib3-future'")
        expected = [{"module": "urllib3", "version": "2.12.900", "distribution": "urllib3-future"}]
        self.assertEqual(self.version_of("urllib3"), str(expected))

    def test_a_distribution_that_was_replaced_again_is_not_named(self) -> None:
        self.install("urllib3-future", "2.12.900", "urllib3", "it = 'urllib3-future'")
        self.install("urllib3", "2.7.0", "urllib3", "it = 'urllib3'")
        expected = [{"module": "urllib3", "version": "2.7.0"}]
        self.assertEqual(self.version_of("urllib3"), str(expected))

    def test_distribution_names_are_compared_normalised(self) -> None:
        self.install("Charset.Normalizer", "3.0", "charset_normalizer", "")
        expected = [{"module": "charset_normalizer", "version": "3.0"}]
        self.assertEqual(self.version_of("charset_normalizer"), str(expected))

    def test_a_module_without_a_distribution_has_an_unknown_version(self) -> None:
        (self.folder / "h11").mkdir()
        (self.folder / "h11" / "__init__.py").write_text("", encoding="utf-8")
        expected = [{"module": "h11", "version": "unknown"}]
        self.assertEqual(self.version_of("h11"), str(expected))


class Imported(Installed):
    """Versions of imported modules, after code has changed the path."""

    def test_the_imported_version_is_reported_not_the_one_found_before(self) -> None:
        self.install("h11", "0.1", "h11", "")
        self.install("urllib3-future", "2.12.900", "urllib3", "")
        printed = self.output_of(
            "from batchmark.driver.versions import imported_versions, versions\n"
            "versions(); sys.path[:0] = [FOLDER]\n"
            "print(imported_versions())\n"
            "import h11, urllib3\n"
            "print(imported_versions())"
        )
        loaded = {"version of urllib3": "2.12.900 from urllib3-future", "version of h11": "0.1"}
        self.assertEqual(printed, f"{{}}\n{loaded}")


if __name__ == "__main__":
    unittest.main()
