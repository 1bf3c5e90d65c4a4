"""How a block of JSON lines is read by Python's own JSON: slowly, exactly, and with the line in every error."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Any

from transom.tables.csv_text import MOST_COLUMNS
from transom.tables.growth import refuse_growth
from transom.tables.keeping import told

if TYPE_CHECKING:
    from transom.tables.json_lines_types import Seen
    from transom.tables.lines import Lines, Place
    from transom.tables.reading import Reading

_WORDS = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
#: What may be too large for a decimal.
_LARGE_EXPONENT = re.compile(rb"[eE]\+?0*[1-9][0-9]{2}")
_REPAIR = 'Repair the line; each is an object of its own, such as {"a": 1, "b": "x"}.'
#: A table of rows by columns has at least so many bytes for each cell, also where nothing is in it.
BYTES_OF_A_CELL = 8


class _TwiceError(ValueError):
    """A name stands twice in an object."""


def rows_of(reading: Reading, lines: Lines, place: Place) -> list[dict[str, Any]]:
    """The objects of a block, in order. Raises InputUnreadable, with the line, and UnicodeDecodeError."""
    careful = bool(_LARGE_EXPONENT.search(lines.content(place)))
    decode = json.JSONDecoder(object_pairs_hook=_object, parse_float=_finite if careful else None).decode
    rows = []
    for number, line in lines.numbered(place):
        try:
            row = decode(line)
        except (ValueError, OverflowError, RecursionError) as wrong:
            raise reading.unreadable(f"{lines.named(place, number)} {said_of(wrong)}", _REPAIR) from None
        if type(row) is not dict:
            held = _WORDS.get(type(row), "a number")
            raise reading.unreadable(f"{lines.named(place, number)} holds {held}, not an object", _REPAIR)
        rows.append(row)
    return rows


def names_of(reading: Reading, rows: list[dict[str, Any]], known: dict[str, Seen]) -> list[str]:
    """All names of columns, in the order in which they came. Raises InputUnreadable for a table too wide."""
    names = [*known, *(name for name in dict.fromkeys(chain.from_iterable(rows)) if name not in known)]
    if len(names) > MOST_COLUMNS:
        raise reading.unreadable(
            f"its objects have more than {MOST_COLUMNS:,} names, and a table has no more columns",
            "Names that differ from row to row are values: keep them in a column.",
        )
    refuse_growth(reading, len(names) * len(rows) * BYTES_OF_A_CELL, reading.path.stat().st_size)
    return names


def refuse_half_pairs(reading: Reading, lines: Lines, place: Place) -> None:
    """Raise InputUnreadable for the line with an escape such as `\\ud800` that is no letter."""
    for number, line in lines.numbered(place):
        try:
            json.dumps(json.loads(line), ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise reading.unreadable(
                f"{lines.named(place, number)} holds half of a surrogate pair (\\ud800 to \\udfff), which is no letter",
                "Write the text again, or take the escape out.",
            ) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        raise _TwiceError(counts.most_common(1)[0][0])
    return made


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise OverflowError(text)
    return number


def said_of(wrong: Exception) -> str:
    """What is wrong with a piece of JSON, as what follows `line 7`."""
    if isinstance(wrong, _TwiceError):
        return f"has the name {told(str(wrong))} twice in one object"
    if isinstance(wrong, json.JSONDecodeError):
        return f"is no JSON ({wrong.msg.lower()}, character {wrong.colno})"
    if isinstance(wrong, RecursionError):
        return "is nested too deeply"
    too_large = isinstance(wrong, OverflowError)
    return "holds a number too large for a decimal" if too_large else "holds a number of thousands of digits"
