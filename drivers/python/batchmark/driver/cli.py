"""The driver's command line: reads the options, takes over the streams and serves until the end."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple, NoReturn, Optional

from batchmark.driver import streams
from batchmark.measure import INSIDE_DRIVER

OPTIONS = {"--own": "--own FILE[:FUNCTION]", "--folder": "--folder FOLDER"}

PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy", "no_proxy")


class Options(NamedTuple):
    """The driver's options."""

    own: Sequence[str]
    """The user's own files, or functions in them."""
    folder: Optional[Path]
    """Where the driver writes its temporary files. Its parent process removes the folder."""


def main(arguments: Sequence[str]) -> None:
    """Serve the strategies. The process ends here, whatever still runs in it."""
    commands, replies = streams.claim()
    os.environ[INSIDE_DRIVER] = "1"
    _remove_proxy_variables()
    _remove_current_folder_from_path()

    from batchmark.driver.own_file import find_functions
    from batchmark.driver.protocol import Channel, Driver
    from batchmark.driver.trust import TrustStore

    options = _read_options(arguments)
    store = TrustStore(options.folder)

    def leave() -> NoReturn:
        with suppress(OSError):
            store.remove_copies()
        with suppress(OSError, ValueError):
            sys.stderr.flush()
        os._exit(0)

    streams.leave_at_end(commands, leave)
    own = [each for argument in options.own for each in find_functions(argument)]
    Driver(Channel(commands, partial(streams.write, replies)), leave, store, own).serve()


def _read_options(arguments: Sequence[str]) -> Options:
    own: list[str] = []
    folder = None
    rest = iter(arguments)
    for argument in rest:
        if argument not in OPTIONS:
            sys.exit(f"unknown option {argument!r}; the options are {', '.join(OPTIONS.values())}")
        value = next(rest, None)
        if value is None:
            sys.exit(f"{argument} needs a value: {OPTIONS[argument]}")
        if argument == "--own":
            own.append(value)
        else:
            folder = Path(value)
    return Options(own, folder)


def _remove_proxy_variables() -> None:
    """Keep clients from using a proxy: a proxy on the path is not what is measured."""
    for name in list(os.environ):
        if name.lower() in PROXY_VARIABLES:
            del os.environ[name]


def _remove_current_folder_from_path() -> None:
    """Import nothing from the working directory, which `python3 -m` puts on the path."""
    if sys.path and sys.path[0] in ("", os.getcwd()):  # noqa: PTH109
        del sys.path[0]
