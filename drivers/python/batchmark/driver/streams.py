"""The driver's own way in and out, out of reach of all other code in its process.

Whatever prints, in Python, in C or in a child process, prints to the log; whatever reads stdin
finds it empty. Neither may ever touch the protocol.
"""

from __future__ import annotations

import _thread
import fcntl
import json
import os
import select
import signal
import sys
import time
from collections.abc import Mapping
from typing import Any, BinaryIO, Callable, TextIO

GRACE = 1.0
"""How many seconds what was ordered before the end of stdin may still take."""


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


def leave_at_their_end(commands: BinaryIO, leave: Callable[[], object]) -> None:
    """Notice the end of stdin while a batch runs too: a signal tells that something has come.

    No thread waits for it; `watch` says why.
    """

    def leave_soon() -> None:
        time.sleep(GRACE)
        leave()

    def look(*_: object) -> None:
        poll = select.poll()
        poll.register(commands, 0)
        if poll.poll(0):
            _thread.start_new_thread(leave_soon, ())

    signal.signal(signal.SIGIO, look)
    fcntl.fcntl(commands, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(commands, fcntl.F_GETFL)
    fcntl.fcntl(commands, fcntl.F_SETFL, flags | fcntl.FASYNC)
