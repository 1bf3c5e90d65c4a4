"""What a text may hold that a terminal, a file name or UTF-8 would take for more than a text."""

from __future__ import annotations

import re

_OBEYED = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_HALF = "\ud800-\udfff"
#: What turns the direction of all that follows, so that a text reads otherwise than it is.
_TURNING = "\u202a-\u202e\u2066-\u2069"
_NOT_VISIBLE = re.compile(f"[{_OBEYED}{_HALF}{_TURNING}]")
#: Besides these: the marks of a direction, and those that end a line or stand for nothing.
_NO_NAME = re.compile(f"[{_OBEYED}\t\n{_HALF}{_TURNING}\u200e\u200f\u2028\u2029\ufeff]")
_SYMBOLS = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\n\t"}
_SYMBOLS |= (
    {0x7F: "\u2421"} | dict.fromkeys(range(0x80, 0xA0), "\ufffd") | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
)
_SYMBOLS |= dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), "\ufffd")
_LONGEST_PART = 200
_LONGEST_ENDING = 20


def visible(text: str) -> str:
    """A text without what a terminal would obey: control characters are shown as their symbols, except line ends.

    What turns the direction of writing has none, and is shown as a character that is not known.
    """
    return text.translate(_SYMBOLS) if _NOT_VISIBLE.search(text) else text


def whole(text: str) -> str:
    """A text that UTF-8 can say: half a surrogate pair becomes its escape."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()
    return text


def cut(text: str, longest: int) -> str:
    """A text of at most so many characters; one that was longer ends in an ellipsis."""
    return text if len(text) <= longest else f"{text[: longest - 1]}\u2026"


def plain_name(name: str) -> str:
    """A relative file name that any screen shows as it is and any disk takes; one that is so already stays the same."""
    if name.isascii() and name.isprintable() and len(name) <= _LONGEST_PART:
        return name
    return "/".join(_shortened(part) for part in _NO_NAME.sub("_", name).split("/"))


def _shortened(part: str) -> str:
    """One part of a path, of at most 200 bytes: its beginning and its ending."""
    if len(part.encode()) <= _LONGEST_PART:
        return part
    stem, dot, ending = part.rpartition(".")
    if not stem or len(ending.encode()) > _LONGEST_ENDING:
        stem, dot, ending = part, "", ""
    room = _LONGEST_PART - len((dot + ending).encode())
    return stem.encode()[:room].decode(errors="ignore") + dot + ending
