"""Responses as they are: requests ask for `identity` in `Accept-Encoding`."""

from __future__ import annotations

import http.client
from collections.abc import MutableMapping
from typing import Any

from batchmark.driver.patches import Original
from batchmark.imposed.imposition import Imposition, imported

HEADER = "Accept-Encoding"
IDENTITY = "identity"


class CompressionOff(Imposition):
    """Changes the header where a request has it."""

    def impose(self) -> None:
        # requests, urllib3 and urllib are built on this client.
        self._patches.wrap(http.client.HTTPConnection, "putheader", self._put_header)
        for name in ("Client", "AsyncClient"):
            client = imported("httpx", name)
            if client is not None:
                self._patches.wrap(client, "send", self._send)
        request = imported("aiohttp.client_reqrep", "ClientRequest")
        if request is not None:
            self._patches.wrap(request, "update_auto_headers", self._update_headers)

    def _put_header(self, original: Original) -> Original:
        def putheader(connection: Any, header: Any, *values: Any) -> None:
            if _as_text(header).lower() == HEADER.lower() and not _is_identity(values):
                self.count_effect()
                values = (IDENTITY,)
            original(connection, header, *values)

        return putheader

    def _send(self, original: Original) -> Original:
        def send(client: Any, request: Any, *args: Any, **options: Any) -> Any:
            self._change(request.headers)
            return original(client, request, *args, **options)

        return send

    def _update_headers(self, original: Original) -> Original:
        def update_auto_headers(request: Any, *args: Any, **options: Any) -> None:
            original(request, *args, **options)
            self._change(request.headers)

        return update_auto_headers

    def _change(self, headers: MutableMapping[str, str]) -> None:
        if headers.get(HEADER, IDENTITY) != IDENTITY:
            self.count_effect()
            headers[HEADER] = IDENTITY


def _is_identity(values: tuple[Any, ...]) -> bool:
    return [_as_text(value) for value in values] == [IDENTITY]


def _as_text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
