"""How a JSON file that is no object a line (one array, or objects over several lines) is made into one."""

from __future__ import annotations

import codecs
import json
import re
from typing import IO, TYPE_CHECKING

from transom.tables.csv_blocks import LONGEST_ROW_BYTES
from transom.tables.json_lines_exact import said_of

if TYPE_CHECKING:
    from pathlib import Path

    from transom.tables.reading import Reading

_PIECE = 1 << 20
_BLANK = re.compile(r"[ \t\r\n]*")
_LINE_ENDS = str.maketrans("\r\n", "  ")
_REPAIR = 'Repair it: it is to hold one array of objects, such as [{"a": 1}, {"a": 2}], or an object a line.'


def are_elements(path: Path) -> bool:
    """Whether a text of UTF-8 begins with an array, or with an object that its first line does not end."""
    with path.open("rb") as file:
        line = file.readline(_PIECE).removeprefix(codecs.BOM_UTF8)
        while line and line.isspace():
            line = file.readline(_PIECE)
    start = line.strip()
    if start.startswith(b"["):
        return True
    return start.startswith(b"{") and len(line) < _PIECE and not start.endswith(b"}") and not _begins_whole(start)


def _begins_whole(line: bytes) -> bool:
    """Whether a line begins with a whole object, whatever follows it."""
    try:
        json.JSONDecoder().raw_decode(line.decode(errors="replace"))
    except (ValueError, RecursionError):
        return False
    return True


def as_lines(reading: Reading, path: Path, target: Path) -> None:
    """Write each element of the array, or each of the objects, as a line of its own.

    Raises InputUnreadable, with the number of the element, and UnicodeDecodeError.
    """
    with path.open("rb") as source, target.open("w", encoding="utf-8", newline="") as sink:
        _Elements(reading, source).write(sink)


class _Elements:
    """A JSON text that is taken in piece by piece: no more of it is held than an element needs."""

    def __init__(self, reading: Reading, source: IO[bytes]) -> None:
        self._reading = reading
        self._source = source
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._text = ""
        self._place = 0
        self._lines = 0
        self._ended = False
        self._count = 0

    def write(self, sink: IO[str]) -> None:
        in_array = self._next_sign() == "["
        self._place += in_array
        sign = self._next_sign()
        while sign and not (in_array and sign == "]"):
            sink.write(self._element().translate(_LINE_ENDS))
            sink.write("\n")
            sign = self._next_sign()
            if in_array:
                sign = self._after_element(sign)
        if in_array:
            self._place += 1
            if not sign:
                raise self._wrong("the array is never closed")
            if self._next_sign():
                raise self._wrong("something follows the array")

    def _after_element(self, sign: str) -> str:
        """The sign after an element's comma, or the bracket that closes the array."""
        if sign == ",":
            self._place += 1
            sign = self._next_sign()
            if sign == "]":
                raise self._wrong("a comma stands before the end of the array")
        elif sign not in ("]", ""):
            raise self._wrong("a comma is missing")
        return sign

    def _element(self) -> str:
        self._count += 1
        if self._text[self._place] != "{":
            raise self._wrong("it is not an object")
        while True:
            try:
                _, end = json.JSONDecoder().raw_decode(self._text, self._place)
            except (ValueError, RecursionError) as wrong:
                if not self._more():
                    place = wrong.pos if isinstance(wrong, json.JSONDecodeError) else self._place
                    raise self._wrong(f"it {said_of(wrong)}", place) from None
                continue
            element = self._text[self._place : end]
            self._place = end
            return element

    def _next_sign(self) -> str:
        """The next sign that is no blank; empty at the end."""
        while True:
            found = _BLANK.match(self._text, self._place)
            self._place = found.end() if found else self._place
            if self._place < len(self._text):
                return self._text[self._place]
            if not self._more():
                return ""

    def _more(self) -> bool:
        """Take in as much as is held already, at least a piece; False where there is no more, or too much is held."""
        self._lines += self._text.count("\n", 0, self._place)
        self._text = self._text[self._place :]
        self._place = 0
        if self._ended or len(self._text) > LONGEST_ROW_BYTES:
            return False
        piece = self._source.read(max(_PIECE, len(self._text)))
        self._ended = not piece
        self._text += self._decode.decode(piece, self._ended)
        return True

    def _wrong(self, reason: str, place: int | None = None) -> Exception:
        line = self._lines + self._text.count("\n", 0, self._place if place is None else place) + 1
        return self._reading.unreadable(f"at element {self._count:,}, in line {line:,}, {reason}", _REPAIR)
