"""How data reaches standard output: whole, in UTF-8, also where a text holds what UTF-8 cannot say."""

from __future__ import annotations

import json
import sys
from typing import Any


def print_json(document: Any) -> None:
    """Print one JSON document. Half a surrogate pair (of a script's text, or a file name) becomes its escape."""
    text = json.dumps(document, ensure_ascii=False, indent=2, default=str, allow_nan=False)
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
    sys.stdout.buffer.flush()


def visible(text: str) -> str:
    """A text without what a terminal would obey: control characters are shown as their symbols, except line ends."""
    return text.translate(_SYMBOLS)


_SYMBOLS = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\n\t"}
_SYMBOLS |= (
    {0x7F: "\u2421"} | dict.fromkeys(range(0x80, 0xA0), "\ufffd") | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
)
