"""Starts the carried driver. Keeps its compiled files beside its sources, for the next process that starts.

`-B` keeps those of all other code out of the user's folders.
"""

import os
import runpy
import sys
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, SourceFileLoader

CARRIED = os.path.dirname(os.path.abspath(__file__))


class Loader(SourceFileLoader):
    """Writes compiled files, whatever the interpreter was asked for."""

    def get_code(self, fullname):
        asked, sys.dont_write_bytecode = sys.dont_write_bytecode, False
        try:
            return super().get_code(fullname)
        finally:
            sys.dont_write_bytecode = asked


def finder(folder):
    """Return the finder of a carried folder."""
    if os.path.commonpath([folder, CARRIED]) != CARRIED:
        raise ImportError(folder)
    return FileFinder(folder, (Loader, SOURCE_SUFFIXES))


sys.path_hooks.insert(0, finder)
sys.path_importer_cache.pop(CARRIED, None)
runpy.run_module("batchmark.driver", run_name="__main__")
