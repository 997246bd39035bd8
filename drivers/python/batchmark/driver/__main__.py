"""Entry point: `python3 -m batchmark.driver [--own FILE[:FUNCTION]]... [--folder FOLDER]`.

This file and both `__init__.py` must parse on any Python, so that an old one gets a clear message.
"""

import sys

if __name__ == "__main__":
    if sys.version_info < (3, 9):
        sys.exit(
            "batchmark needs Python 3.9 or newer; this is %d.%d (%s). "
            "Choose another interpreter with --python."
            % (sys.version_info[0], sys.version_info[1], sys.executable)
        )
    from batchmark.driver.cli import main

    main(sys.argv[1:])
