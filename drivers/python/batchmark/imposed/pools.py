"""The number of connections that each connection pool keeps, and opens where it limits them."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple, Optional
from weakref import WeakSet

from batchmark.driver.patches import Original
from batchmark.imposed.imposition import Imposition, imported


class Pool(NamedTuple):
    """A kind of connection pool."""

    module: str
    kind: str
    sizes: Sequence[str]
    """The arguments that limit its connections."""
    unlimited: Optional[int]
    """The size that means no limit; it is kept."""
    use: str
    """The method that a request calls first."""


POOLS = (
    # requests is built on urllib3, httpx on httpcore.
    Pool("urllib3.connectionpool", "HTTPConnectionPool", ["maxsize"], None, "urlopen"),
    Pool(
        "httpcore",
        "ConnectionPool",
        ["max_connections", "max_keepalive_connections"],
        None,
        "handle_request",
    ),
    Pool(
        "httpcore",
        "AsyncConnectionPool",
        ["max_connections", "max_keepalive_connections"],
        None,
        "handle_async_request",
    ),
    Pool("aiohttp.connector", "BaseConnector", ["limit", "limit_per_host"], 0, "connect"),
)


class Pools(Imposition):
    """Gives the pools that are made in a batch another size. They keep it after the batch.

    An effect is a request over such a pool.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size
        self._resized: WeakSet[Any] = WeakSet()

    def impose(self) -> None:
        for pool in POOLS:
            kind = imported(pool.module, pool.kind)
            if kind is not None:
                self._patches.wrap(kind, "__init__", partial(self._make, pool))
                self._patches.wrap(kind, pool.use, self._use)

    def _make(self, pool: Pool, original: Original) -> Original:
        signature = inspect.signature(original)

        def initialise(made: Any, *args: Any, **options: Any) -> None:
            bound = signature.bind(made, *args, **options)
            bound.apply_defaults()
            own = {name: bound.arguments[name] for name in pool.sizes if name in bound.arguments}
            limited = [name for name, size in own.items() if size != pool.unlimited]
            bound.arguments.update(dict.fromkeys(limited, self._size))
            original(*bound.args, **bound.kwargs)
            if any(own[name] != self._size for name in limited):
                self._resized.add(made)

        return initialise

    def _use(self, original: Original) -> Original:
        def use(pool: Any, *args: Any, **options: Any) -> Any:
            if pool in self._resized:
                self.count_effect()
            return original(pool, *args, **options)

        return use
