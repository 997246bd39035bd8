"""The protocol's streams, which no other code in this process can reach.

Whatever prints, in Python, in C or in a child process, prints to the log. Whatever reads stdin gets
an empty file. The functions of the system are imported by name, because gevent replaces those of
the modules.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
from _thread import start_new_thread
from collections.abc import Mapping
from select import poll
from time import sleep
from typing import Any, BinaryIO, Callable, TextIO

GRACE = 1.0
"""How many seconds the commands sent before the end of stdin may still take."""


def claim() -> tuple[BinaryIO, TextIO]:
    """Take over stdin and stdout for the protocol. Call this before importing anything that prints.

    Returns:
        The commands and the replies. File descriptor 0 now reads from an empty file, and 1 writes
        to the log.
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
    """Write one reply as a line of JSON."""
    replies.write(json.dumps(reply) + "\n")
    replies.flush()


def leave_at_end(commands: BinaryIO, leave: Callable[[], object]) -> None:
    """Call `leave` shortly after the end of stdin, even while a batch runs.

    A signal reports that stdin has changed, so no thread waits for it (`watchdog` says why).
    """

    def leave_soon() -> None:
        sleep(GRACE)
        leave()

    def check(*_: object) -> None:
        watched = poll()
        watched.register(commands, 0)
        if watched.poll(0):
            start_new_thread(leave_soon, ())

    signal.signal(signal.SIGIO, check)
    fcntl.fcntl(commands, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(commands, fcntl.F_GETFL)
    fcntl.fcntl(commands, fcntl.F_SETFL, flags | fcntl.FASYNC)
