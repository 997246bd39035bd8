"""Clients find a copy of their usual bundle with one certificate more, where they always look."""

from __future__ import annotations

import subprocess
import sys
import unittest
from textwrap import dedent

from tests.support import CERTIFICATE, PACKAGE, has

PROLOGUE = f"""
    import os, ssl, sys
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        os.environ.pop(name, None)
    from batchmark.driver.target import Trust
    from batchmark.driver.trust import TrustStore, bundle_size

    store = TrustStore()
    added = Trust("added", {CERTIFICATE!r})
"""


class TrustStores(unittest.TestCase):
    """Each test runs in a process of its own, because it changes what the process trusts."""

    def run_code(self, code: str) -> None:
        whole = dedent(PROLOGUE) + dedent(code) + "\nstore.remove_copies()\n"
        done = subprocess.run(
            [sys.executable, "-c", whole], cwd=PACKAGE, capture_output=True, check=False
        )
        self.assertEqual(done.returncode, 0, done.stderr.decode())

    @unittest.skipUnless(has("certifi"), "python3 -m pip install certifi")
    def test_certifi_names_a_copy_with_one_certificate_more(self) -> None:
        self.run_code("""
            import certifi
            usual = certifi.where()
            store.apply(added)
            assert certifi.where() != usual
            assert bundle_size(certifi.where()) == bundle_size(usual) + 1
            copy = certifi.where()
            store.remove_copies()
            assert not os.path.exists(copy)
        """)

    @unittest.skipUnless(has("requests"), "python3 -m pip install requests")
    def test_requests_loads_the_copy_whether_imported_before_or_after(self) -> None:
        for order in (
            "import requests\nstore.apply(added)",
            "store.apply(added)\nimport requests",
        ):
            self.run_code(
                f"{order}\n"
                + dedent("""
                import certifi, requests.adapters, requests.utils
                assert requests.adapters.DEFAULT_CA_BUNDLE_PATH == certifi.where()
                assert requests.utils.DEFAULT_CA_BUNDLE_PATH == certifi.where()
                assert requests.certs.where() == certifi.where()
            """)
            )

    @unittest.skipUnless(has("requests"), "python3 -m pip install requests")
    def test_a_requests_with_its_own_bundle_loads_a_copy_of_that(self) -> None:
        self.run_code(f"""
            import requests.utils, requests.adapters
            store.apply(added)
            requests.utils.DEFAULT_CA_BUNDLE_PATH = {CERTIFICATE!r}
            store.apply_to_imported(added)
            assert requests.adapters.DEFAULT_CA_BUNDLE_PATH != {CERTIFICATE!r}
            assert bundle_size(requests.adapters.DEFAULT_CA_BUNDLE_PATH) == 2
        """)

    def test_the_default_store_has_one_certificate_more_by_either_call(self) -> None:
        self.run_code("""
            def count(load):
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                load(context)
                return context.cert_store_stats()["x509"]

            loads = [lambda it: it.load_default_certs(), lambda it: it.set_default_verify_paths()]
            usual = [count(load) for load in loads]
            store.apply(added)
            assert [count(load) for load in loads] == [each + 1 for each in usual]
        """)

    def test_other_kinds_of_trust_change_nothing(self) -> None:
        self.run_code("""
            load = ssl.SSLContext.set_default_verify_paths
            store.apply(Trust("default", None))
            store.apply(Trust("anyone", None))
            assert ssl.SSLContext.set_default_verify_paths is load
        """)

    def test_trust_only_loads_one_file_by_default(self) -> None:
        self.run_code(f"""
            store.trust_only({CERTIFICATE!r})
            assert ssl.create_default_context().cert_store_stats()["x509"] == 1
        """)

    def test_trust_only_replaces_the_file_that_a_variable_names(self) -> None:
        self.run_code(f"""
            os.environ["REQUESTS_CA_BUNDLE"] = "/elsewhere.pem"
            store.trust_only({CERTIFICATE!r})
            assert os.environ["REQUESTS_CA_BUNDLE"] == {CERTIFICATE!r}
            assert "CURL_CA_BUNDLE" not in os.environ
        """)


if __name__ == "__main__":
    unittest.main()
