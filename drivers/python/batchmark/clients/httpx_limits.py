"""The limits of the pool of httpx and httpx2."""

from __future__ import annotations

from typing import Any

from batchmark.driver.conditions import Settings

MAX_CONNECTIONS = 100
"""The default of both."""

MAX_KEPT = 20
"""The default of both: how many idle connections they keep."""


def limits(settings: Settings) -> dict[str, Any]:
    """Make the arguments of `Limits`; none where the defaults of the library apply."""
    pool = settings.chosen_count("pool")
    if pool is None and not settings.is_warm():
        return {}
    arguments: dict[str, Any] = {
        "max_connections": max(MAX_CONNECTIONS, pool or 0),
        "max_keepalive_connections": MAX_KEPT if pool is None else pool,
    }
    if settings.is_warm():
        # By default a connection is closed after 5 s without a request: between two batches.
        arguments["keepalive_expiry"] = None
    return arguments
