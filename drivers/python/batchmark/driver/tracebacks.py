"""Tracebacks of the user's own code, as Python prints them, from the user's first line on."""

from __future__ import annotations

import asyncio
import importlib
import traceback
from pathlib import Path
from types import TracebackType
from typing import Optional

MAX_LENGTH = 6000
"""In characters. A longer traceback loses its middle."""

LAST_LINES = 8
"""How many lines of a traceback a refusal shows."""

_FOREIGN = (
    str(Path(__file__).parent),
    str(Path(asyncio.__file__).parent),
    str(Path(importlib.__file__).parent),
    "<frozen importlib",
)


def traceback_of(error: BaseException) -> str:
    """Format an exception with its traceback, without the frames that led to the user's code."""
    trace = _first_user_frame(error.__traceback__)
    lines = traceback.format_exception(type(error), error.with_traceback(trace), trace)
    text = "".join(lines).rstrip()
    if len(text) <= MAX_LENGTH:
        return text
    return f"{text[: MAX_LENGTH // 2]}\n  [...]\n{text[-MAX_LENGTH // 2 :]}"


def last_lines(text: str) -> list[str]:
    """Return the last lines of a traceback."""
    return text.splitlines()[-LAST_LINES:]


def _first_user_frame(trace: Optional[TracebackType]) -> Optional[TracebackType]:
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_FOREIGN):
        trace = trace.tb_next
    return trace
