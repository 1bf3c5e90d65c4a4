"""What the values of a column are to whoever compares them: numbers, texts, instants, whatever way they are kept in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum

import pyarrow as pa
import pyarrow.compute as pc

from transom.components.frame import Column
from transom.tables.display import cell_texts
from transom.tables.leaving import nan_to_null


class Kind(StrEnum):
    """What can be compared with each other; the word is the one that sentences have."""

    NUMBER = "numbers"
    TEXT = "text"
    BOOLEAN = "true and false"
    INSTANT = "dates and times"
    ZONED = "dates and times with a time zone"
    SPAN = "time spans"
    DATE = "dates"
    TIME = "times of day"
    BYTES = "bytes"
    EMPTY = "nothing"
    OTHER = "other values"


@dataclass(frozen=True, slots=True)
class Plain:
    """Values that compare as what they are; a missing one is null. `word` tells several kinds of OTHER apart."""

    kind: Kind
    values: pa.ChunkedArray
    word: str = ""


#: Encodings of ours whose values are what their Arrow type says; all others are understood by their texts.
AS_IN_ARROW = frozenset(
    {
        "string",
        "arrow",
        "byte order",
        "zone",
        "integers",
        "floats",
        "booleans",
        "datetimes",
        "timedeltas",
        "Timedeltas",
        "sparse",
        "category",
    }
)


def plain(column: Column) -> Plain:
    """The values of a column without its encoding."""
    values, word = column.values, (column.encoding or {}).get("encoding")
    if pa.types.is_dictionary(values.type):
        values = decoded(values)
    if word == "category" and "arrow" not in (column.encoding or {}).get("categories", {}):
        word = None
    if word == "Timedeltas" and pa.types.is_integer(values.type):
        values = values.cast(pa.duration("ns"))
    if word in ("decimals", "integers") and is_text(values.type):
        return Plain(Kind.OTHER, _each(values, _same_number), "decimal")
    if word is None or word in AS_IN_ARROW:
        for fits, kind in _KINDS:
            if fits(values.type):
                return Plain(kind, _usual(values))
    texts = pa.chunked_array([pa.array(cell_texts(values, column.encoding), pa.string())])
    return Plain(Kind.OTHER, texts, column.dtype)


def is_text(kind: pa.DataType) -> bool:
    """Whether values of the type are text."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def decoded(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of categories as its values."""
    return values.cast(values.type.value_type)


def floats_of_decimals(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Decimal numbers as the floats that are nearest to them; Arrow's own cast misses these in the last digit."""
    return column.cast(pa.string()).cast(pa.float64())


def _usual(values: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_float16(values.type):
        values = values.cast(pa.float32())
    return nan_to_null(values) if pa.types.is_floating(values.type) else values


def _each(values: pa.ChunkedArray, change: Callable[[str], str]) -> pa.ChunkedArray:
    """The texts changed one by one, each different one once."""
    coded = values.combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.chunk(0) if coded.num_chunks else pa.array([], values.type).dictionary_encode()
    changed = [change(text) for text in coded.dictionary.to_pylist()]
    return pa.chunked_array([pa.array(changed, pa.string()).take(coded.indices)])


def _same_number(text: str) -> str:
    """The one text of a decimal number that is written in several ways."""
    try:
        number = Decimal(text)
        return text if number.is_nan() else str(number.normalize()) if number else "0"
    except (InvalidOperation, ArithmeticError):
        return text


_KINDS: tuple[tuple[Callable[[pa.DataType], bool], Kind], ...] = (
    (pa.types.is_boolean, Kind.BOOLEAN),
    (pa.types.is_integer, Kind.NUMBER),
    (pa.types.is_floating, Kind.NUMBER),
    (pa.types.is_decimal, Kind.NUMBER),
    (is_text, Kind.TEXT),
    (lambda kind: pa.types.is_timestamp(kind) and kind.tz is None, Kind.INSTANT),
    (pa.types.is_timestamp, Kind.ZONED),
    (pa.types.is_date, Kind.DATE),
    (pa.types.is_time, Kind.TIME),
    (pa.types.is_duration, Kind.SPAN),
    (lambda kind: pa.types.is_binary(kind) or pa.types.is_large_binary(kind), Kind.BYTES),
    (pa.types.is_null, Kind.EMPTY),
)


def truth(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of true and false in which a missing one is false."""
    return pc.fill_null(values, False) if values.null_count else values
