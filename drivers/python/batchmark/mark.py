"""The mark by which a function in a file of one's own is found.

It leaves the function as it is: what is timed is the code that its author wrote.
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
    """Mark a function as a strategy: `def f(urls)` or `async def f(urls)`, returning the bodies.

    The bodies (each a `str` or `bytes`) come in a list, in the order of the URLs. The strategy is
    called `own/NAME`, after the function or by a name of its own:

        @batchmark.strategy
        def with_requests(urls): ...

        @batchmark.strategy("pooled")
        async def fetch_all(urls): ...
    """
    if callable(function):
        return _marked(function, name)
    chosen = function if name is None else name
    return lambda marked: _marked(marked, chosen)


def mark_of(thing: object) -> Optional[str]:
    """Give the name under which a thing was marked, where it was."""
    mark = getattr(thing, ATTRIBUTE, None)
    return mark if isinstance(mark, str) and callable(thing) else None


def _marked(function: Any, name: Optional[str]) -> Any:
    setattr(function, ATTRIBUTE, name or function.__name__)
    return function
