"""How a column's values are written into the cells of a sheet: as numbers, true/false, dates, or else as text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from transom.tables.csv_cells import without_type
from transom.tables.display import cell_texts
from transom.tables.excel_package import DATE, MILLISECONDS, SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: A number in Excel is a double; a cell holds so many letters.
_EXACT_IN_FLOAT = 2**53
_SURE_DIGITS = 15
LONGEST_TEXT = 32767

#: Days of the 1900 that Excel counts are not those of the calendar before March.
_FIRST_DATE = datetime(1900, 3, 1)
_LAST_DATE = datetime(9999, 12, 31, 23, 59, 59)
_DAYS_TO_1970 = 25569.0
_MILLISECONDS_OF_A_DAY = 86_400_000.0
#: What XML has no letter for, and what reads like Excel's own way to write such a letter.
_UNWRITABLE = r"[\x00-\x08\x0b-\x1f\x{FFFE}\x{FFFF}]|_x[0-9A-Fa-f]{4}_"
_TO_ESCAPE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_TEXT = pa.large_string()


@dataclass(frozen=True, slots=True)
class Cells:
    """A column and how its values stand in cells. `attributes` and `after` are around each; null is an empty cell.

    `note` says what the values are, where Excel has no type for them.
    """

    column: pa.ChunkedArray
    spell: Callable[[pa.Array], pa.Array]
    attributes: str = "><v>"
    after: str = "</v></c>"
    note: str | None = None

    def texts(self, start: int, count: int) -> pa.Array:
        """What stands in the cells of some rows."""
        part = self.column.slice(start, count)
        return self.spell(part.chunk(0) if part.num_chunks == 1 else part.combine_chunks()).cast(_TEXT)


def cells_of(column: pa.ChunkedArray, encoding: Mapping[str, Any] | None) -> Cells:
    """How a column is written; one way for all of its values."""
    word = without_type(column.type, encoding)
    if word is not None:
        return _texts(column, lambda array: _shown(array, encoding), word)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kind = column.type
    if pa.types.is_boolean(kind):
        return Cells(column, lambda array: array.cast(pa.int8()).cast(_TEXT), ' t="b"><v>')
    if pa.types.is_temporal(kind):
        return _moments(column)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _numbers(column)
    if (encoding or {}).get("encoding") in ("decimals", "integers"):
        if _are_sure(column):
            return Cells(column, lambda array: array)
        return _texts(column, lambda array: array, "numbers of more digits than Excel is sure of")
    return _texts(column, lambda array: array if _is_text(kind) else _shown(array, encoding), None)


def _are_sure(texts: pa.ChunkedArray) -> bool:
    """Whether all of these numbers have so few digits that Excel changes none of them."""
    digits = pc.replace_substring(pc.replace_substring_regex(texts, r"^-?0*", ""), ".", "")
    plain = pc.match_substring_regex(texts, r"^-?[0-9]+(\.[0-9]+)?$")
    return bool(pc.all(plain).as_py() is not False and (pc.max(pc.utf8_length(digits)).as_py() or 0) <= _SURE_DIGITS)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _shown(array: pa.Array, encoding: Mapping[str, Any] | None) -> pa.Array:
    return pa.array(cell_texts(pa.chunked_array([array]), encoding), _TEXT)


def _texts(column: pa.ChunkedArray, spell: Callable[[pa.Array], pa.Array], note: str | None) -> Cells:
    return Cells(
        column,
        lambda array: escaped(spell(array)),
        ' t="inlineStr"><is><t xml:space="preserve">',
        "</t></is></c>",
        note,
    )


def _numbers(column: pa.ChunkedArray) -> Cells:
    kind = column.type
    if pa.types.is_floating(kind):
        return Cells(column, _finite, note="infinite numbers" if pc.any(pc.is_inf(column)).as_py() else None)
    if pa.types.is_decimal(kind) and kind.precision > _SURE_DIGITS:
        return _texts(column, lambda array: array.cast(pa.string()), "decimals of more digits than Excel is sure of")
    if pa.types.is_integer(kind) and len(column) > column.null_count:
        ends = pc.min_max(column).as_py()
        if max(-ends["min"], ends["max"]) > _EXACT_IN_FLOAT:
            return _texts(column, lambda array: array.cast(pa.string()), "whole numbers that Excel would round")
    return Cells(column, lambda array: array.cast(pa.string()))


def _finite(array: pa.Array) -> pa.Array:
    if pa.types.is_float16(array.type):
        array = array.cast(pa.float32())
    return pc.if_else(pc.is_finite(array), array.cast(pa.string()), pa.scalar(None, pa.string()))


def _moments(column: pa.ChunkedArray) -> Cells:
    """Dates as the days that Excel counts, where they are what it can count; else as text."""
    zoned = pa.types.is_timestamp(column.type) and column.type.tz is not None
    if pa.types.is_time(column.type) or zoned:
        return _texts(column, lambda array: _shown(array, None), "datetimes with a zone" if zoned else "times of day")
    try:
        exact = column.cast(pa.timestamp("ms"))
        ends = pc.min_max(exact).as_py()
        fits = ends["min"] is None or (ends["min"] >= _FIRST_DATE and ends["max"] <= _LAST_DATE)
    except (pa.ArrowInvalid, ValueError, OverflowError):
        fits = False
    if not fits:
        return _texts(column, lambda array: _shown(array, None), "datetimes that Excel cannot count")
    return Cells(exact, _days, f' s="{_style(exact)}"><v>')


def _style(column: pa.ChunkedArray) -> int:
    for style, coarser in ((DATE, pa.date32()), (SECONDS, pa.timestamp("s"))):
        try:
            if column.cast(coarser).cast(column.type).equals(column):
                return style
        except pa.ArrowInvalid:
            continue
    return MILLISECONDS


def _days(array: pa.Array) -> pa.Array:
    counts = array.cast(pa.int64()).cast(pa.float64())
    return pc.add(pc.divide(counts, _MILLISECONDS_OF_A_DAY), _DAYS_TO_1970).cast(pa.string())


def escaped(texts: pa.Array) -> pa.Array:
    """Texts as they stand in XML; what XML has no letter for is written as Excel writes it (`_x0001_`)."""
    if pc.any(pc.match_substring_regex(texts, _UNWRITABLE)).as_py():
        made = [None if one is None else _TO_ESCAPE.sub(_escape, one) for one in texts.to_pylist()]
        texts = pa.array(made, _TEXT)
    for sign, word in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        if pc.any(pc.match_substring(texts, sign)).as_py():
            texts = pc.replace_substring(texts, sign, word)
    return texts


def _escape(found: re.Match[str]) -> str:
    return f"_x{ord(found[0]):04X}_"
