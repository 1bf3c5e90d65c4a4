"""`python -m transom` and the command `transom`."""

from __future__ import annotations

import atexit
import os
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # it was closed before we were started
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 (for as long as we run)
    try:
        from transom.cli.app import run_command_line

        code = run_command_line(sys.argv[1:])
    except KeyboardInterrupt:  # while modules are still imported
        code = 130
    _leave(code)


def _leave(code: int) -> NoReturn:
    """Leave at once: to take the loaded libraries down one by one takes 60 ms, for which a person would wait."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # whoever reads it has left, which has been said
            continue
    os._exit(code)


if __name__ == "__main__":
    main()
