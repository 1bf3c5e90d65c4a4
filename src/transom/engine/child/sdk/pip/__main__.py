"""`python -m pip`, and the same called by the path of this folder, as the commands of a job do."""

import os
import sys

if __package__ in ("", None):  # by its path: then not the folder of this file, but the one above is searched
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from pip import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
