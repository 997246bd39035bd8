"""Runs first in a process that `multiprocessing` starts for the user's code without forking."""

from __future__ import annotations

import json
import os

from batchmark.driver.own_module import VARIABLE, become_child

if __name__ == "__mp_main__" and VARIABLE in os.environ:
    become_child(json.loads(os.environ[VARIABLE]))
