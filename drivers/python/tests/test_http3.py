"""What is refused where HTTP/3 is asked for in vain."""

from __future__ import annotations

import unittest
from importlib import import_module
from unittest.mock import patch

from batchmark.driver import http3
from batchmark.driver.catalogue import STRATEGIES
from batchmark.driver.conditions import Settings
from batchmark.driver.refusal import Refusal
from batchmark.driver.target import Request, Target, Trust
from tests.support import has


def target(url: str) -> Target:
    requests = [Request("GET", url, None)]
    return Target(requests, {}, Trust("default", None), frozenset({200}), 0, 10**9)


class Http3(unittest.TestCase):
    """The refusals."""

    def refusal(self, name: str, url: str = "https://localhost/") -> str:
        strategy = next(each for each in STRATEGIES if each.name == name)
        settings = Settings(name, strategy.known_conditions(), {"http": "3"})
        with self.assertRaises(Refusal) as refused:
            strategy.assemble(target(url), settings)
        self.assertEqual(refused.exception.kind, "unsupported")
        return refused.exception.message

    def test_a_url_without_tls_is_refused(self) -> None:
        with self.assertRaises(Refusal) as refused:
            http3.check(target("http://localhost/"), None)
        sentence = "HTTP/3 needs https, and http://localhost/ has none"
        self.assertEqual(refused.exception.message, sentence)

    @unittest.skipUnless(has("niquests"), "python3 -m pip install niquests")
    def test_niquests_needs_qh3(self) -> None:
        module = import_module("batchmark.clients.with_niquests")
        with patch.object(module, "find_spec", return_value=None):
            self.assertIn("qh3, which is not installed", self.refusal("niquests/async"))

    @unittest.skipUnless(has("pycurl"), "python3 -m pip install pycurl")
    def test_pycurl_needs_a_libcurl_with_http3(self) -> None:
        module = import_module("batchmark.clients.with_pycurl")
        version = (0, "8.5.0", 0, "linux", 0, "OpenSSL/3.0.1")
        with patch.object(module.pycurl, "version_info", return_value=version):
            message = self.refusal("pycurl/multi")
        self.assertIn("the libcurl 8.5.0 of pycurl was built without HTTP/3", message)

    @unittest.skipUnless(has("curl_cffi"), "python3 -m pip install curl_cffi")
    def test_curl_cffi_needs_a_libcurl_with_http3(self) -> None:
        module = import_module("batchmark.clients.with_curl_cffi")
        with patch.object(module.Curl, "version", return_value=b"libcurl/8.5.0 BoringSSL"):
            message = self.refusal("curl_cffi/async")
        self.assertIn("the libcurl/8.5.0 of curl_cffi was built without HTTP/3", message)


if __name__ == "__main__":
    unittest.main()
