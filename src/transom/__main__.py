"""`python -m transom` and the command `transom`."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # it was closed before we were started
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 (for as long as we run)
    try:
        from transom.cli.app import run_command_line

        sys.exit(run_command_line(sys.argv[1:]))
    except KeyboardInterrupt:  # while modules are still imported
        sys.exit(130)


if __name__ == "__main__":
    main()
