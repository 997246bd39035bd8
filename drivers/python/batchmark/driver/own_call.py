"""How a user's function, method or class is called: what it takes, and how its bodies are read.

Whatever must happen to get the bodies is timed: making an instance, running an event loop,
consuming a generator.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, Callable, NamedTuple, Optional

from batchmark.driver.own_file import OwnFunction
from batchmark.driver.refusal import Refusal
from batchmark.mark import runner_of

HEADERS = "headers"
USAGE = "it gets the list of URLs, or the URLs and the headers: def f(urls, headers)"


class Arguments(NamedTuple):
    """The arguments of a call."""

    by_position: list[object]
    by_name: dict[str, object]


class OwnCall:
    """A user's function, method or class, ready to be called once for each batch."""

    def __init__(self, function: Callable[..., Any], owner: Optional[type]) -> None:
        """Describe a call.

        Args:
            function: What is called. If it has an owner, its first argument is an instance.
            owner: The class of which each batch makes an instance.
        """
        self._function = function
        self._owner = owner
        self._runner = runner_of(function) or runner_of(owner)
        self._is_coroutine = _is_async(function)
        # A decorator may run the event loop itself: only its result shows whether one is needed.
        self._is_async = self._is_coroutine or _is_async(inspect.unwrap(function))
        self._is_generator = inspect.isgeneratorfunction(_code_of(function))
        self._headers_kind = _kind_of_headers(function)

    @property
    def takes_headers(self) -> bool:
        """Whether it has a parameter for the headers."""
        return self._headers_kind is not None

    @property
    def uses_asyncio(self) -> bool:
        """Whether the driver runs it by asyncio."""
        return self._is_async and self._runner is None

    def check_arguments(self, name: str) -> None:
        """Refuse what cannot be called with a list of URLs.

        Args:
            name: The strategy's name, for the message.

        Raises:
            Refusal: It takes other arguments, or its class does.
        """
        arguments = self._arguments([], {}, None)
        _check_bind(self._function, arguments, f"{name} cannot be called: {USAGE}")
        if self._owner is not None:
            sentence = f"{name} makes an instance of {self._owner.__name__} without arguments"
            _check_bind(self._owner, Arguments([], {}), sentence)

    def __call__(self, urls: list[str], headers: Mapping[str, str]) -> object:
        """Get the bodies of a batch.

        Args:
            urls: What to fetch.
            headers: The headers to send, if it takes them.

        Returns:
            What the function returned, or the list of what it yielded.
        """
        if self._is_coroutine:
            return self._run_loop(partial(self._fetch, urls, headers))
        with _entered(self._owner) as instance:
            returned = self._call(urls, headers, instance)
            if self._is_generator:
                return list(returned)
            if self._is_async and isinstance(returned, (Awaitable, AsyncIterator)):
                return self._run_loop(partial(_finish, returned))
            return returned

    async def _fetch(self, urls: list[str], headers: Mapping[str, str]) -> object:
        owner = self._owner
        if owner is None or not hasattr(owner, "__aenter__"):
            with _entered(owner) as instance:
                return await _finish(self._call(urls, headers, instance))
        instance = owner()
        async with instance:
            return await _finish(self._call(urls, headers, instance))

    def _call(self, urls: list[str], headers: Mapping[str, str], instance: object) -> Any:
        arguments = self._arguments(urls, headers, instance)
        return self._function(*arguments.by_position, **arguments.by_name)

    def _arguments(
        self, urls: list[str], headers: Mapping[str, str], instance: object
    ) -> Arguments:
        """Return what the function takes of these."""
        arguments = Arguments([] if self._owner is None else [instance], {})
        arguments.by_position.append(urls)
        if self._headers_kind is inspect.Parameter.POSITIONAL_ONLY:
            arguments.by_position.append(dict(headers))
        elif self._headers_kind is not None:
            arguments.by_name[HEADERS] = dict(headers)
        return arguments

    def _run_loop(self, fetch: Callable[[], Any]) -> object:
        return asyncio.run(fetch()) if self._runner is None else self._runner(fetch)


def resolve(own: OwnFunction, module: object) -> OwnCall:
    """Find a function in the module of the user's file, and check its parameters.

    Args:
        own: The function.
        module: The module.

    Returns:
        How it is called.

    Raises:
        Refusal: There is no such function, or it takes other arguments.
    """
    holder: object = None
    found = module
    for name in own.path.split("."):
        holder, found = found, getattr(found, name, None)
    if not callable(found):
        raise Refusal("internal", f"{own.file.name} ran, but it defines no function {own.path}")
    call = OwnCall(*_function_and_owner(own, holder, found))
    call.check_arguments(own.name)
    return call


def _function_and_owner(
    own: OwnFunction, holder: object, found: Callable[..., Any]
) -> tuple[Callable[..., Any], Optional[type]]:
    if isinstance(found, type):
        if not any("__call__" in vars(each) for each in found.__mro__):
            message = (
                f"{own.name} is a class without __call__: define __call__(self, urls), or mark "
                "one of its methods"
            )
            raise Refusal("internal", message)
        return found.__call__, found
    if isinstance(holder, type):
        attribute = inspect.getattr_static(holder, own.path.rpartition(".")[2])
        if not isinstance(attribute, (staticmethod, classmethod)):
            return found, holder
    return found, None


def _check_bind(function: Callable[..., Any], arguments: Arguments, sentence: str) -> None:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return  # it has no signature to check, as some functions written in C
    try:
        signature.bind(*arguments.by_position, **arguments.by_name)
    except TypeError as error:
        raise Refusal("internal", f"{sentence} ({error})") from error


def _kind_of_headers(function: Callable[..., Any]) -> Optional[inspect._ParameterKind]:
    """Return how a function takes the headers; `None` if it does not."""
    try:
        parameter = inspect.signature(function).parameters.get(HEADERS)
    except (TypeError, ValueError):
        return None
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return None if parameter is None or parameter.kind in several else parameter.kind


def _is_async(function: Callable[..., Any]) -> bool:
    code = _code_of(function)
    return inspect.iscoroutinefunction(code) or inspect.isasyncgenfunction(code)


def _code_of(function: Any) -> Any:
    """Return the function that runs when something is called."""
    while isinstance(function, partial):
        function = function.func
    return function if inspect.isroutine(function) else function.__call__


@contextmanager
def _entered(owner: Optional[type]) -> Iterator[object]:
    """Make an instance, and enter it if it is a context manager; yield `None` without a class."""
    instance = None if owner is None else owner()
    if hasattr(owner, "__enter__"):
        with instance:  # type: ignore[union-attr]
            yield instance
    else:
        yield instance


async def _finish(returned: Any) -> object:
    """Await a coroutine, and consume an asynchronous generator."""
    if isinstance(returned, AsyncIterator):
        return [body async for body in returned]
    return await returned if isinstance(returned, Awaitable) else returned
