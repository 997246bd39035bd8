"""The verdict on what a function of one's own returned: whether these are the bodies of a batch.

A benchmark that does not fetch is quick. The mistakes that make one so are told in plain words, and
such a batch gets no time: too few bodies, coroutines that nobody awaited, iterators that nobody
consumed, responses that nobody read.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from typing import Any, Optional, Union

from batchmark.driver.row import Failure

Body = Union[str, bytes, bytearray, memoryview]
BODY = (str, bytes, bytearray, memoryview)


def of_whole(returned: object, expected: int) -> Optional[str]:
    """Say what is wrong with what was returned as a whole; nothing where it is a list that fits."""
    wrong = _of_type(returned)
    if wrong is not None:
        return wrong
    assert isinstance(returned, (list, tuple)), "anything else has been told"
    count = len(returned)
    if count == expected:
        return None
    bodies = "body" if count == 1 else "bodies"
    urls = "URL" if expected == 1 else "URLs"
    return (
        f"it returned {count} {bodies} for {expected} {urls}: return one for each, in their order"
    )


def of_element(place: int, element: object, min_bytes: int) -> Optional[Failure]:
    """Say what is wrong with one element; nothing where it is a body."""
    if not isinstance(element, BODY):
        kind = "unread" if _would_be_a_body(element) else "code"
        return Failure(kind, f"element {place} is {_element_in_words(element)}")
    if length_of(element) < min_bytes:
        message = f"the body has {length_of(element)} bytes, and should have {min_bytes} at least"
        return Failure("check", message)
    return None


def length_of(body: Body) -> int:
    """Count a body's bytes; of a text, those of its UTF-8."""
    if isinstance(body, str):
        return len(body.encode("utf-8", "surrogatepass"))
    return body.nbytes if isinstance(body, memoryview) else len(body)


def dispose(returned: object) -> None:
    """Close coroutines that were returned: what was told of them need not be warned of again."""
    for each in returned if isinstance(returned, (list, tuple)) else [returned]:
        if isinstance(each, Coroutine):
            each.close()


def _of_type(returned: object) -> Optional[str]:
    if isinstance(returned, (list, tuple)):
        return None
    if is_promise(returned):
        return _of_promise(returned)
    if returned is None:
        return "it returned None: return the list of the bodies"
    if isinstance(returned, BODY):
        return f"it returned one {_name(returned)}: return a list with a body for each URL"
    if isinstance(returned, Mapping):
        return "it returned a dict: return the bodies in a list, in the order of the URLs"
    return f"it returned {_article(_name(returned))}: return the bodies in a list"


def is_promise(returned: object) -> bool:
    """Say whether something would give bodies, if it were awaited or consumed."""
    return isinstance(returned, (Coroutine, AsyncIterator, Iterator, asyncio.Future))


def _of_promise(returned: object) -> str:
    """Say of what would give the bodies that nobody has asked it for them."""
    if isinstance(returned, Coroutine):
        return (
            f"it returned {_coroutine(returned)}, which was never awaited, so that nothing was "
            "fetched: define the function with async def, and await it there"
        )
    name = _article(_name(returned))
    if isinstance(returned, Iterator):
        return (
            f"it returned {name}, which nobody has consumed: what it would do has not been done; "
            "return list(...) of it"
        )
    return f"it returned {name}, which was never awaited: await it, and return the bodies"


def _element_in_words(element: object) -> str:
    if isinstance(element, Coroutine):
        call = getattr(element, "__name__", "...")
        return f"{_coroutine(element)}, which was never awaited: return await response.{call}()"
    if isinstance(element, asyncio.Future):
        return f"{_article(_name(element))}, which was never awaited: return what it gives"
    if isinstance(element, BaseException):
        return f"an exception, and not a body: {type(element).__name__}: {element}"
    remedy = _how_to_read(element)
    if remedy is not None:
        return f"{_article(_name(element))}, which was not read: {remedy}"
    return f"{_article(_name(element))}, and not a body: return each as str or bytes"


def _would_be_a_body(element: object) -> bool:
    """Say whether an element only has to be awaited or read to be a body."""
    return isinstance(element, (Coroutine, asyncio.Future)) or _how_to_read(element) is not None


def _how_to_read(element: object) -> Optional[str]:
    """Say how a response gives its body, where it looks like a response."""
    kind = type(element)
    for name in ("text", "read"):
        if inspect.iscoroutinefunction(getattr(kind, name, None)):
            return f"return await response.{name}()"
    for name in ("text", "content", "data"):
        if isinstance(getattr(kind, name, None), property):
            return f"return response.{name}"
    return "return response.read()" if callable(getattr(kind, "read", None)) else None


def _coroutine(coroutine: Any) -> str:
    return f"the coroutine {getattr(coroutine, '__qualname__', '?')}"


def _name(thing: object) -> str:
    """Name a thing's type as people know it: `requests.Response`, not where it is defined."""
    kind = type(thing)
    package = kind.__module__.partition(".")[0]
    return kind.__qualname__ if package == "builtins" else f"{package}.{kind.__qualname__}"


def _article(name: str) -> str:
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
