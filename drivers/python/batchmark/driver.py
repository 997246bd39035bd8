"""The driver's entry: `python3 -m batchmark.driver [--own FILE[:FUNCTION]]... [--folder FOLDER]`.

It must be readable for any Python, so that one that is too old can be told what it lacks.
"""

import sys

if __name__ == "__main__":
    if sys.version_info < (3, 9):
        sys.exit(
            "batchmark drives Python 3.9 or newer, and this is %d.%d (%s): "
            "name another with --python"
            % (sys.version_info[0], sys.version_info[1], sys.executable)
        )
    from batchmark.host.main import main

    main(sys.argv[1:])
