"""Tracebacks of code of one's own: as Python writes them, from its own first line on."""

from __future__ import annotations

import asyncio
import traceback
from pathlib import Path
from types import TracebackType
from typing import Optional

LONGEST = 6000
"""How many characters are told; what is longer loses its middle."""

_OURS = (str(Path(__file__).parent), str(Path(asyncio.__file__).parent), "<frozen importlib")


def traceback_of(error: BaseException) -> str:
    """Write an exception with its traceback, without the frames that led to the code."""
    trace = _first_foreign(error.__traceback__)
    lines = traceback.format_exception(type(error), error.with_traceback(trace), trace)
    text = "".join(lines).rstrip()
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST // 2]}\n  [...]\n{text[-LONGEST // 2 :]}"


def _first_foreign(trace: Optional[TracebackType]) -> Optional[TracebackType]:
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_OURS):
        trace = trace.tb_next
    return trace
