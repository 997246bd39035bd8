"""The decorator that marks a function, method or class in a user's file as a strategy.

It returns what it marks unchanged: the timed code is what its author wrote.
"""

from __future__ import annotations

from typing import Any, Callable, Optional, TypeVar, Union, overload

Marked = TypeVar("Marked", bound=Callable[..., Any])
Runner = Callable[..., Any]

RUNNER = "__batchmark_runner__"


@overload
def strategy(function: Marked) -> Marked: ...
@overload
def strategy(
    function: Optional[str] = ..., *, name: Optional[str] = ..., runner: Optional[Runner] = ...
) -> Any: ...
def strategy(
    function: Union[Marked, str, None] = None,
    *,
    name: Optional[str] = None,  # noqa: ARG001  the driver reads it in the source
    runner: Optional[Runner] = None,
) -> Any:
    """Mark a function as a strategy to compare.

    The function takes a list of URLs and returns a list of their bodies (`str` or `bytes`), in the
    same order. It may take a second parameter `headers`: a dict of the headers to send. It may be a
    coroutine function or a generator. The strategy is called `own/NAME`:

        @batchmark.strategy
        def with_requests(urls): ...  # own/with_requests

        @batchmark.strategy("pooled")
        async def fetch_all(urls, headers): ...  # own/pooled

        @batchmark.strategy(runner=trio.run)
        async def with_trio(urls): ...  # own/with_trio

    A method is called on a new instance of its class for each batch, and a class through the
    `__call__` of a new instance. If the class is a context manager, it is entered and left.

    Args:
        function: The function, method or class; or the strategy's name.
        name: The strategy's name; by default the function's name.
        runner: What runs a coroutine function instead of `asyncio.run`. It gets the function and
            its arguments, as `anyio.run` and `trio.run` do.

    Returns:
        The function, unchanged; when called with a name or a runner, a decorator.
    """
    if isinstance(function, str) or function is None:
        return lambda marked: _set_runner(marked, runner)
    return _set_runner(function, runner)


def runner_of(marked: object) -> Optional[Runner]:
    """Return what runs a marked coroutine function; `None` for asyncio."""
    runner: Optional[Runner] = getattr(marked, RUNNER, None)
    return runner


def _set_runner(marked: Any, runner: Optional[Runner]) -> Any:
    if runner is not None:
        setattr(marked, RUNNER, runner)
    return marked
