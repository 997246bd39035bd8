"""`trust_env` off in every session: no request reads the environment and .netrc."""

from __future__ import annotations

from typing import Any

from batchmark.driver.patches import Hook, Original
from batchmark.imposed.imposition import Imposition, imported

SESSIONS = (("httpx", "Client"), ("httpx", "AsyncClient"), ("aiohttp", "ClientSession"))
"""The sessions that take `trust_env` when they are made."""
DEFAULTS = {"httpx": True, "aiohttp": False}


class TrustEnvironmentOff(Imposition):
    """Switches `trust_env` off in the sessions of requests, httpx and aiohttp."""

    def impose(self) -> None:
        session = imported("requests.sessions", "Session")
        if session is not None:
            self._patches.put(session, "trust_env", self._switched_off())
        for module, name in SESSIONS:
            kind = imported(module, name)
            if kind is not None:
                self._patches.wrap(kind, "__init__", self._without(DEFAULTS[module]))

    def _switched_off(self) -> property:
        """Return an attribute that is off whatever it is set to: requests reads it each time."""

        def read(session: Any) -> bool:
            if vars(session).get("trust_env"):
                self.count_effect()
            return False

        def write(session: Any, value: bool) -> None:
            vars(session)["trust_env"] = value

        return property(read, write)

    def _without(self, default: bool) -> Hook:
        def hook(original: Original) -> Original:
            def initialise(session: Any, *args: Any, **options: Any) -> None:
                if options.get("trust_env", default):
                    self.count_effect()
                original(session, *args, **{**options, "trust_env": False})

            return initialise

        return hook
