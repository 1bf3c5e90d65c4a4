"""What faulthandler's text tells: the person's own frames at the moment of a crash or a stop."""

from __future__ import annotations

import re
from collections.abc import Callable

from transom.model.runs import Frame
from transom.model.texts import cut

_FRAME = re.compile(r'^  File "(?P<file>.*)", line (?P<line>[0-9]{1,9}) in (?P<function>.*)$')
#: As many frames as faulthandler itself writes, and as much of a line as a path can need.
_MOST_FRAMES = 100
_LONGEST_LINE = 8_192
_LONGEST_NAME = 1_000


def frames_of(text: str, shown: Callable[[str], str | None], code: Callable[[str, int], str]) -> tuple[Frame, ...]:
    """The frames of the last traceback in `text`, outermost first; the text may be forged.

    `shown` gives the path that a person knows for a file name, or None for a file that is not theirs; `code` gives
    the line of such a path.
    """
    found: list[Frame] = []
    for line in text.rpartition("most recent call first")[2].splitlines():
        match = _FRAME.match(line) if len(line) <= _LONGEST_LINE else None
        if match:
            path = shown(match["file"])
            if path is not None:
                number = int(match["line"])
                found.append(Frame(path, number, cut(match["function"], _LONGEST_NAME), code(path, number)))
        if len(found) == _MOST_FRAMES:
            break
    return tuple(reversed(found))
