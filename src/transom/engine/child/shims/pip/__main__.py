"""`python -m pip`, and the same called by the path of this folder, as the commands of a job do."""

import os
import sys

if __package__ in ("", None):  # by its path: then not the folder of this file, but the one above is searched
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from pip import main  # noqa: E402

if __name__ == "__main__":
    try:
        code = main()
        sys.stdout.flush()
    except KeyboardInterrupt:
        sys.stderr.write("ERROR: Operation cancelled\n")
        code = 130
    except BrokenPipeError:  # whoever read has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = 1
    sys.exit(code)
