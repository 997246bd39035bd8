"""Puts the driver together, and runs it until it is told to quit or its stdin ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple, NoReturn, Optional

from batchmark.driver import streams
from batchmark.measure import DRIVING

OPTIONS = {"--own": "--own FILE[:FUNCTION]", "--folder": "--folder FOLDER"}

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy", "no_proxy")


class Options(NamedTuple):
    """What the driver is told when it is started."""

    own: Sequence[str]
    """Files of one's own, or functions of theirs."""
    folder: Optional[Path]
    """Where it puts what it writes; somebody else removes it."""


def main(arguments: Sequence[str]) -> None:
    """Serve the strategies. The process ends here, whatever still runs in it."""
    commands, replies = streams.claim()
    os.environ[DRIVING] = "1"
    _forget_proxies()
    _forget_the_current_folder()

    from batchmark.driver.own_file import find
    from batchmark.driver.protocol import Channel, Driver
    from batchmark.driver.trust import Store

    options = _read(arguments)
    store = Store(options.folder)

    def leave() -> NoReturn:
        with suppress(OSError):
            store.remove()
        with suppress(OSError, ValueError):
            sys.stderr.flush()
        os._exit(0)

    streams.leave_at_their_end(commands, leave)
    own = [each for argument in options.own for each in find(argument)]
    Driver(Channel(commands, partial(streams.write, replies)), leave, store, own).serve()


def _read(arguments: Sequence[str]) -> Options:
    own: list[str] = []
    folder = None
    rest = iter(arguments)
    for argument in rest:
        if argument not in OPTIONS:
            sys.exit(f"there is no option {argument!r}: there are {' and '.join(OPTIONS.values())}")
        value = next(rest, None)
        if value is None:
            sys.exit(f"{argument} needs a value, as in {OPTIONS[argument]}")
        if argument == "--own":
            own.append(value)
        else:
            folder = Path(value)
    return Options(own, folder)


def _forget_proxies() -> None:
    """Have no client use a proxy: what lies between it and the target is not what is measured."""
    for name in list(os.environ):
        if name.lower() in PROXIES:
            del os.environ[name]


def _forget_the_current_folder() -> None:
    """Import nothing from where the program happens to be run, which `python3 -m` would do."""
    if sys.path and sys.path[0] in ("", os.getcwd()):  # noqa: PTH109
        del sys.path[0]
