"""The driver's own way in and out, out of reach of all other code in its process.

Whatever prints, in Python, in C or in a child process, prints to the log; whatever reads stdin
finds it empty. Neither may ever touch the protocol.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from queue import SimpleQueue
from typing import Any, BinaryIO, Callable, Optional, TextIO

GRACE = 1.0
"""How many seconds what was ordered before the end of stdin may still take."""

Lines = SimpleQueue[Optional[bytes]]


def claim() -> tuple[BinaryIO, TextIO]:
    """Take stdin and stdout for the protocol, and leave an empty one and the log in their places.

    It comes before anything that could print is imported.
    """
    commands = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return commands, replies


def write(replies: TextIO, reply: Mapping[str, Any]) -> None:
    """Write one reply, a line."""
    replies.write(json.dumps(reply) + "\n")
    replies.flush()


def listen(commands: BinaryIO, lines: Lines, leave: Callable[[], None]) -> None:
    """Go on reading while batches run, so that the end of stdin ends the driver in any case."""

    def read() -> None:
        for line in commands:
            lines.put(line)
        lines.put(None)
        time.sleep(GRACE)
        leave()

    threading.Thread(target=read, name="batchmark-stdin", daemon=True).start()
