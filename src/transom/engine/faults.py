"""What faulthandler's text tells: the person's own frames at the moment of a crash or a stop."""

from __future__ import annotations

import re
from collections.abc import Callable

from transom.model.runs import Frame

_FRAME = re.compile(r'^  File "(?P<file>.*)", line (?P<line>\d+) in (?P<function>.*)$')


def frames_of(text: str, shown: Callable[[str], str | None], code: Callable[[str, int], str]) -> tuple[Frame, ...]:
    """The frames of the last traceback in `text`, outermost first.

    `shown` gives the path that a person knows for a file name, or None for a file that is not theirs; `code` gives
    the line of such a path.
    """
    found: list[Frame] = []
    for line in text.rpartition("most recent call first")[2].splitlines():
        match = _FRAME.match(line)
        if match:
            path = shown(match["file"])
            if path is not None:
                number = int(match["line"])
                found.append(Frame(path, number, match["function"], code(path, number)))
    return tuple(reversed(found))
