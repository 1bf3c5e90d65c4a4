"""The letters of which a graph in a terminal is made, and how wide a text is there."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Signs:
    """`steps` are the signs of a step by its state, `step` that of one without. A lane goes `along`; `across` lies
    between lanes. Where a line across meets the lane it comes from, that one goes on (`branch`, `left` and `right` at
    the ends of the line) or ends (`end`, `left_end`, `right_end`).
    """

    step: str
    along: str
    across: str
    branch: str
    left: str
    right: str
    end: str
    left_end: str
    right_end: str
    arrow: str
    cut: str
    between: str
    steps: Mapping[str, str] = field(default_factory=dict)


_FULL = dict.fromkeys(("succeeded", "reused"), "●") | dict.fromkeys(("failed", "stopped"), "✗")
_PLAIN = dict.fromkeys(("succeeded", "reused"), "*") | dict.fromkeys(("failed", "stopped"), "x")
UNICODE = Signs(
    step="●",
    along="│",
    across="─",
    branch="┼",
    left="├",
    right="┤",
    end="┴",
    left_end="╰",
    right_end="╯",
    arrow="←",
    cut="…",
    between=" · ",
    steps={**_FULL, "running": "◐", "waiting": "○", "skipped": "○"},
)
ASCII = Signs(
    step="*",
    along="|",
    across="-",
    branch="+",
    left="+",
    right="+",
    end="'",
    left_end="'",
    right_end="'",
    arrow="<-",
    cut="~",
    between=" - ",
    steps={**_PLAIN, "running": ">", "waiting": "o", "skipped": "o"},
)


def columns(text: str) -> int:
    """How many columns a text takes: wide letters take two, marks on letters none."""
    if text.isascii():
        return len(text)
    return sum(_columns(letter) for letter in text)


def _columns(letter: str) -> int:
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def cut(text: str, room: int, sign: str = "…") -> str:
    """The text on one line, within so many columns; a sign says that something was left out."""
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    if columns(text) <= room:
        return text
    left, taken = room - columns(sign), 0
    for place, letter in enumerate(text):
        taken += _columns(letter)
        if taken > left:
            return text[:place].rstrip() + sign
    return text


def padded(text: str, room: int) -> str:
    """The text with blanks after it, up to so many columns."""
    return text + " " * (room - columns(text))
