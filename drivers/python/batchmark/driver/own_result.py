"""Checks whether a user's function returned the bodies of its batch.

A benchmark that does not fetch is fast. Each mistake that makes one so gets a message that names
the fix, and the batch gets no time: too few bodies, coroutines that were never awaited, iterators
that were never consumed, responses that were never read.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from typing import Any, Optional, Union

from batchmark.driver.failure import Failure
from batchmark.driver.trial import short_body

Body = Union[str, bytes, bytearray, memoryview]
BODY_TYPES = (str, bytes, bytearray, memoryview)


def check_result(returned: object, expected: int) -> Optional[Failure]:
    """Check the returned value as a whole.

    Args:
        returned: What the function returned.
        expected: How many bodies it should hold.

    Returns:
        What is wrong; `None` for a list or tuple of the right length.
    """
    if not isinstance(returned, (list, tuple)):
        kind = "unread" if _is_pending(returned) else "code"
        return Failure(kind, _describe_wrong_type(returned))
    count = len(returned)
    if count == expected:
        return None
    bodies = "body" if count == 1 else "bodies"
    urls = "URL" if expected == 1 else "URLs"
    return Failure(
        "code",
        f"it returned {count} {bodies} for {expected} {urls}: "
        "return one body for each URL, in the same order",
    )


def check_element(place: int, element: object, min_bytes: int) -> Optional[Failure]:
    """Check one element of the returned list.

    Args:
        place: Its index, for the message.
        element: The element.
        min_bytes: How many bytes a body must have.

    Returns:
        What is wrong; `None` for a body that is long enough.
    """
    if not isinstance(element, BODY_TYPES):
        kind = "unread" if _gives_a_body(element) else "code"
        return Failure(kind, f"element {place} is {_describe_wrong_element(element)}")
    length = body_length(element)
    return short_body(length, min_bytes) if length < min_bytes else None


def body_length(body: Body) -> int:
    """Return a body's length in bytes; for a string, that of its UTF-8 encoding."""
    if isinstance(body, str):
        return len(body.encode("utf-8", "surrogatepass"))
    return body.nbytes if isinstance(body, memoryview) else len(body)


def close_coroutines(returned: object) -> None:
    """Close the returned coroutines, so that Python does not warn of what was reported already."""
    for each in returned if isinstance(returned, (list, tuple)) else [returned]:
        if isinstance(each, Coroutine):
            each.close()


def _describe_wrong_type(returned: object) -> str:
    if _is_pending(returned):
        return _describe_pending(returned)
    if returned is None:
        return "it returned None: return the list of the bodies"
    if isinstance(returned, BODY_TYPES):
        return f"it returned one {_type_name(returned)}: return a list with one body for each URL"
    if isinstance(returned, Mapping):
        return "it returned a dict: return a list of the bodies, in the order of the URLs"
    return f"it returned {_with_article(_type_name(returned))}: return a list of the bodies"


def _is_pending(returned: object) -> bool:
    """Return whether something would give bodies if it were awaited or consumed."""
    return isinstance(returned, (Coroutine, AsyncIterator, Iterator, asyncio.Future))


def _describe_pending(returned: object) -> str:
    if isinstance(returned, Coroutine):
        return (
            f"it returned {_describe_coroutine(returned)}, which was never awaited, so nothing was "
            "fetched: define the function with async def and await the coroutine in it"
        )
    name = _with_article(_type_name(returned))
    if isinstance(returned, Iterator):
        return (
            f"it returned {name}, which was never consumed, so its work was not done: "
            "return list(...) of it"
        )
    return f"it returned {name}, which was never awaited: await it and return the bodies"


def _describe_wrong_element(element: object) -> str:
    if isinstance(element, Coroutine):
        call = getattr(element, "__name__", "...")
        coroutine = _describe_coroutine(element)
        return f"{coroutine}, which was never awaited: return await response.{call}()"
    name = _with_article(_type_name(element))
    if isinstance(element, asyncio.Future):
        return f"{name}, which was never awaited: await it and return its result"
    if isinstance(element, BaseException):
        return f"an exception, not a body: {type(element).__name__}: {element}"
    remedy = _how_to_read(element)
    if remedy is not None:
        return f"{name}, which was not read: {remedy}"
    return f"{name}, not a body: return each body as str or bytes"


def _gives_a_body(element: object) -> bool:
    """Return whether an element only has to be awaited or read to become a body."""
    return isinstance(element, (Coroutine, asyncio.Future)) or _how_to_read(element) is not None


def _how_to_read(element: object) -> Optional[str]:
    """Return how to get the body out of something that looks like a response."""
    kind = type(element)
    for name in ("text", "read"):
        if inspect.iscoroutinefunction(getattr(kind, name, None)):
            return f"return await response.{name}()"
    for name in ("text", "content", "data"):
        if isinstance(getattr(kind, name, None), property):
            return f"return response.{name}"
    return "return response.read()" if callable(getattr(kind, "read", None)) else None


def _describe_coroutine(coroutine: Any) -> str:
    return f"the coroutine {getattr(coroutine, '__qualname__', '?')}"


def _type_name(thing: object) -> str:
    """Return a type's name as users know it: `requests.Response`, without inner modules."""
    kind = type(thing)
    package = kind.__module__.partition(".")[0]
    return kind.__qualname__ if package == "builtins" else f"{package}.{kind.__qualname__}"


def _with_article(name: str) -> str:
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
