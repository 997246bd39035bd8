"""`python -m batchmark`: the program, with this interpreter as its Python."""

from __future__ import annotations

import os
import sys

from batchmark.errors import ProgramNotFound
from batchmark.program import find_program

INTERPRETER = "BATCHMARK_PYTHON"
"""The environment variable with the interpreter that the program was started from."""


def main() -> None:
    """Become the program."""
    try:
        program = find_program()
        os.environ.setdefault(INTERPRETER, sys.executable)
        os.execv(program, [program, *sys.argv[1:]])
    except (ProgramNotFound, OSError) as error:
        sys.exit(f"batchmark: {error}")


if __name__ == "__main__":
    main()
