"""How far the making of an environment is, in a terminal or a log. All on standard error."""

from __future__ import annotations

import sys
import time

from transom.cli.printing import visible

_WORDS = {
    "resolve": "choosing versions",
    "download": "downloading",
    "install": "installing",
    "compile": "compiling",
    "check": "trying it",
}


class Stages:
    """Shows each stage: in a terminal on one line that is drawn again, elsewhere a line each."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._in_terminal = sys.stderr.isatty()
        self._last = ""
        self._began = time.monotonic()

    def __call__(self, stage: str, detail: str) -> None:
        """Show a stage and what of it is done now."""
        if stage == "begin":
            sys.stderr.write(f"{visible(detail)}\n")
            return
        words = _WORDS.get(stage, stage)
        if self._in_terminal:
            text = f"{self._name}: {words} {visible(detail)} ({time.monotonic() - self._began:.0f} s)"
            sys.stderr.write(f"\r\x1b[K{text}")
        elif stage != self._last:
            sys.stderr.write(f"{self._name}: {words} {visible(detail)}".rstrip() + "\n")
        sys.stderr.flush()
        self._last = stage

    def done(self) -> None:
        """Remove the line."""
        if self._in_terminal and self._last:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
        self._last = ""
