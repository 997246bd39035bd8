"""The decorator that marks a function in a user's file as a strategy.

It returns the function unchanged: the timed code is what its author wrote.
"""

from __future__ import annotations

from typing import Any, Callable, Optional, TypeVar, Union, overload

Function = TypeVar("Function", bound=Callable[..., Any])

ATTRIBUTE = "__batchmark_strategy__"


@overload
def strategy(function: Function) -> Function: ...
@overload
def strategy(function: Optional[str] = ..., *, name: Optional[str] = ...) -> Any: ...
def strategy(function: Union[Function, str, None] = None, *, name: Optional[str] = None) -> Any:
    """Mark a function as a strategy to compare.

    The function takes a list of URLs and returns a list of their bodies (`str` or `bytes`), in the
    same order. It may be a coroutine function. The strategy is called `own/NAME`:

        @batchmark.strategy
        def with_requests(urls): ...  # own/with_requests

        @batchmark.strategy("pooled")
        async def fetch_all(urls): ...  # own/pooled

    Args:
        function: The function, or the strategy's name.
        name: The strategy's name; by default the function's name.

    Returns:
        The function, unchanged; when called with a name, a decorator.
    """
    if callable(function):
        return _mark(function, name)
    chosen = function if name is None else name
    return lambda marked: _mark(marked, chosen)


def mark_of(thing: object) -> Optional[str]:
    """Return the name under which a function was marked, or `None`."""
    mark = getattr(thing, ATTRIBUTE, None)
    return mark if isinstance(mark, str) and callable(thing) else None


def _mark(function: Any, name: Optional[str]) -> Any:
    setattr(function, ATTRIBUTE, name or function.__name__)
    return function
