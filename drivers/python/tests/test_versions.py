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
    """Each test installs made-up distributions into a folder that comes first."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def install(self, name: str, version: str, module: str, text: str) -> None:
        """Install one as pip does: what is there already is overwritten."""
        (self.folder / module).mkdir(exist_ok=True)
        (self.folder / module / "__init__.py").write_text(text, encoding="utf-8")
        about = self.folder / f"{name.replace('-', '_')}-{version}.dist-info"
        about.mkdir()
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        (about / "METADATA").write_text(metadata, encoding="utf-8")
        record = f"{module}/__init__.py,{checksum(text)},{len(text)}\n"
        (about / "RECORD").write_text(record, encoding="utf-8")

    def said(self, code: str) -> str:
        """Give what code prints to whom the folder's name is `FOLDER`."""
        code = f"import sys; FOLDER = {str(self.folder)!r}\n{code}"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=PACKAGE, capture_output=True, check=True
        )
        return done.stdout.decode().strip()


class Providers(Installed):
    """What is found without importing anything."""

    def version_of(self, module: str) -> str:
        return self.said(
            "sys.path[:0] = [FOLDER]\n"
            "from batchmark.driver.versions import versions\n"
            f"print([each for each in versions() if each['module'] == {module!r}])"
        )

    def test_one_that_took_the_place_of_another_is_told(self) -> None:
        self.install("urllib3", "2.7.0", "urllib3", "it = 'urllib3'")
        self.install("urllib3-future", "2.12.900", "urllib3", "it = 'urllib3-future'")
        expected = [{"module": "urllib3", "version": "2.12.900", "distribution": "urllib3-future"}]
        self.assertEqual(self.version_of("urllib3"), str(expected))

    def test_one_whose_place_was_taken_back_is_not(self) -> None:
        self.install("urllib3-future", "2.12.900", "urllib3", "it = 'urllib3-future'")
        self.install("urllib3", "2.7.0", "urllib3", "it = 'urllib3'")
        expected = [{"module": "urllib3", "version": "2.7.0"}]
        self.assertEqual(self.version_of("urllib3"), str(expected))

    def test_the_same_name_written_otherwise_is_the_same(self) -> None:
        self.install("Charset.Normalizer", "3.0", "charset_normalizer", "")
        expected = [{"module": "charset_normalizer", "version": "3.0"}]
        self.assertEqual(self.version_of("charset_normalizer"), str(expected))

    def test_a_module_that_no_distribution_brought(self) -> None:
        (self.folder / "h11").mkdir()
        (self.folder / "h11" / "__init__.py").write_text("", encoding="utf-8")
        expected = [{"module": "h11", "version": "unknown"}]
        self.assertEqual(self.version_of("h11"), str(expected))


class Imported(Installed):
    """What code has loaded, which may have put a folder before the others."""

    def test_what_was_loaded_is_told_and_not_what_was_found_before(self) -> None:
        self.install("h11", "0.1", "h11", "")
        self.install("urllib3-future", "2.12.900", "urllib3", "")
        told = self.said(
            "from batchmark.driver.versions import of_imported, versions\n"
            "versions(); sys.path[:0] = [FOLDER]\n"
            "print(of_imported())\n"
            "import h11, urllib3\n"
            "print(of_imported())"
        )
        loaded = {"version of urllib3": "2.12.900 from urllib3-future", "version of h11": "0.1"}
        self.assertEqual(told, f"{{}}\n{loaded}")


if __name__ == "__main__":
    unittest.main()
