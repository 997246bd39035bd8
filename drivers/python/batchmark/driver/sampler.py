"""Samples which place of the code each thread is in, for the profile of a trial.

The first profiled trial imports it, so that no other trial runs with it. While the batch runs it
keeps only code objects and numbers: `code_places` gives them names afterwards.
"""

from __future__ import annotations

import gc
import selectors
import sys
import threading
from _thread import get_ident, get_native_id, start_new_thread
from asyncio.base_events import BaseEventLoop
from asyncio.futures import _set_result_unless_cancelled  # type: ignore[attr-defined]
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event
from time import monotonic_ns, sleep, thread_time_ns
from types import CodeType, FrameType
from typing import Any, Callable, ClassVar, NamedTuple, Optional

from batchmark.driver import code_places
from batchmark.driver.code_places import Place

INTERVAL = 0.001
"""Seconds between two samples, unless they would cost more than `MOST_COST`."""
MOST_COST = 0.04
"""The largest share of the time that the sampler's thread may use on a core."""
FIRST_COST = 0.00008
"""What a sample costs, in seconds, until that is known."""
WEIGHT_OF_LAST = 0.1
"""How much the last sample counts in what a sample usually costs. One that costs more than twice as
much counts as twice: the first ones of a process are far more expensive."""
SWITCH_INTERVAL = 0.0002
"""How long a thread may compute, in seconds, before it lets the sampler take its sample. With
Python's own 5 ms, a sample would only be taken where a thread waits."""
MOST_TIMES = 20_000
"""From this many samples on, they are taken less and less often."""

INSIDE = "inside"
SUSPENDED = "suspended"

_POLLS = {
    id(selector.select.__code__)
    for selector in vars(selectors).values()
    if isinstance(selector, type) and issubclass(selector, selectors.BaseSelector)
}
"""The functions in which an event loop of asyncio waits."""


Level = tuple[CodeType, int]
"""A function on a stack, and the offset of its instruction."""
Stack = list[Level]
"""The innermost function comes first."""


class Sample(NamedTuple):
    """A thread's place at a time."""

    time: int
    """The position of the time."""
    thread: int
    """The system's number of the thread."""
    state: str
    place: int
    """The position of the place."""


class Sampler:
    """Takes samples on a thread of its own, which `threading` does not know."""

    _usual_cost = FIRST_COST
    """What a sample cost in the trials before, in seconds."""
    _kinds: ClassVar[dict[int, int]] = {}
    """Whose code each code object is, by its number."""
    _codes: ClassVar[list[CodeType]] = []
    """Keeps the code objects alive whose numbers `_kinds` holds."""

    def __init__(self) -> None:
        self._thread: Optional[int] = None
        self._times: list[int] = []
        self._samples: list[Sample] = []
        self._places: dict[tuple[int, ...], int] = {}
        self._found: list[Place] = []
        self._has_begun, self._should_end, self._has_ended = Event(), Event(), Event()

    def run(self, function: Callable[[], None]) -> None:
        """Run a function and take samples meanwhile."""
        switch_interval = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_INTERVAL)
        start_new_thread(self._take_samples, ())
        self._has_begun.wait()
        try:
            function()
        finally:
            self._should_end.set()
            self._has_ended.wait()
            sys.setswitchinterval(switch_interval)

    def profile(self, started: int, finished: int) -> dict[str, Any]:
        """Return the profile of a batch.

        Args:
            started: When the batch began, in nanoseconds of the monotonic clock.
            finished: When it ended.

        Returns:
            The field `profile` of `done`.
        """
        times = [place for place, at in enumerate(self._times) if started <= at <= finished]
        first = times[0] if times else 0
        kept = [each for each in self._samples if 0 <= each.time - first < len(times)]
        return {
            "sampler": self._thread,
            "times": [self._times[place] - started for place in times],
            "places": [code_places.describe(place) for place in self._found],
            "samples": {
                "time": [each.time - first for each in kept],
                "thread": [each.thread for each in kept],
                "state": [each.state for each in kept],
                "place": [each.place for each in kept],
            },
        }

    def _take_samples(self) -> None:
        self._thread = get_native_id()
        own = get_ident()
        self._has_begun.set()
        before = thread_time_ns()
        try:
            while not self._should_end.is_set():
                sleep(self._interval())
                # What is looked at runs on: a timer may be cancelled, a frame left.
                with suppress(Exception):
                    self._take_sample(own)
                # Waking up and getting the interpreter lock cost about as much as the sample.
                after = thread_time_ns()
                self._note_cost((after - before) / 1e9)
                before = after
        finally:
            self._has_ended.set()

    @staticmethod
    def _note_cost(seconds: float) -> None:
        usual = Sampler._usual_cost
        Sampler._usual_cost += (min(seconds, 2 * usual) - usual) * WEIGHT_OF_LAST

    def _interval(self) -> float:
        """Return how long to sleep before the next sample, in seconds."""
        crowd = len(self._times) / MOST_TIMES
        return max(INTERVAL, Sampler._usual_cost / MOST_COST, INTERVAL * crowd)

    def _take_sample(self, own: int) -> None:
        time = len(self._times)
        self._times.append(monotonic_ns())
        # All stacks are copied first, which is quick: others run on once this thread has used up
        # its time.
        with _uncollected():
            frames = sys._current_frames().items()
            stacks = [(each, _state(frame), _stack(frame)) for each, frame in frames if each != own]
        for identity, state, stack in stacks:
            thread = threading._active.get(identity)  # type: ignore[attr-defined]
            place = self._place(stack)
            if place is not None and thread is not None and thread.native_id is not None:
                self._samples.append(Sample(time, thread.native_id, state, place))

    def _place(self, stack: Stack) -> Optional[int]:
        """Return the position of the place of a stack.

        It is the innermost one of the user's code; without any, that of a client library.
        """
        best = code_places.NO_PLACE
        found: Optional[Level] = None
        below: Optional[Level] = None
        called: Optional[Level] = None
        inner: Optional[Level] = None
        for level in stack:
            kind = self._kind(level[0])
            if kind == code_places.NO_PLACE:
                continue
            inner = inner or level
            if kind > best:
                best, found, called = kind, level, below
                if kind == code_places.OWN:
                    break
            below = level
        if found is None or inner is None:
            return None
        return self._position(Place(*found, called[0] if called else None, *inner))

    def _position(self, place: Place) -> int:
        # Code objects are slow to compare.
        key = (
            id(place.code),
            place.instruction,
            id(place.called),
            id(place.inner),
            place.inner_instruction,
        )
        position = self._places.get(key)
        if position is None:
            position = self._places[key] = len(self._found)
            self._found.append(place)
        return position

    def _kind(self, code: CodeType) -> int:
        kind = self._kinds.get(id(code))
        if kind is None:
            kind = self._kinds[id(code)] = code_places.kind_of(code)
            self._codes.append(code)
        return kind


@contextmanager
def _uncollected() -> Iterator[None]:
    """Let the garbage collector not run where a frame is looked at in Python 3.11.

    It makes an object for each frame that is looked at. If the collector ran meanwhile, a finaliser
    could let the frame's thread run on, and the object would be that of a frame that has ended:
    Python crashes. From 3.12 on the collector runs between instructions only.
    """
    pauses = sys.version_info[:2] == (3, 11) and gc.isenabled()
    if pauses:
        gc.disable()
    try:
        yield
    finally:
        if pauses:
            gc.enable()


def _state(frame: FrameType) -> str:
    return SUSPENDED if id(frame.f_code) in _POLLS else INSIDE


def _stack(frame: FrameType) -> Stack:
    """Return a thread's stack; of an event loop that waits, that of the task that it wakes next."""
    if id(frame.f_code) in _POLLS:
        return _suspended(frame)
    stack = []
    outer: Optional[FrameType] = frame
    while outer is not None:
        stack.append((outer.f_code, outer.f_lasti))
        outer = outer.f_back
    return stack


def _suspended(poll: FrameType) -> Stack:
    """Return the stack of the task that wakes up next by a timer.

    Args:
        poll: The frame in which an event loop waits.

    Returns:
        The stack; empty where the next timer wakes no task that sleeps.
    """
    loop = poll.f_back
    if loop is None or loop.f_code is not BaseEventLoop._run_once.__code__:  # type: ignore[attr-defined]
        return []
    for timer in loop.f_locals["self"]._scheduled[:1]:
        if timer._callback is _set_result_unless_cancelled:
            for callback, _ in timer._args[0]._callbacks or ():
                task = getattr(callback, "__self__", None)
                if task is not None and hasattr(task, "get_coro"):
                    return list(_awaited(task.get_coro()))[::-1]
    return []


def _awaited(coroutine: Any) -> Iterator[Level]:
    """Yield where a coroutine is, and where those are that it awaits."""
    while coroutine is not None:
        frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "gi_frame", None)
        if frame is not None:
            yield frame.f_code, frame.f_lasti
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "gi_yieldfrom", None)
