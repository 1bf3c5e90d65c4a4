"""How the cells of a column become of another type, and which cell is told of where one cannot.

Nothing is lost silently: a number with a fraction becomes no whole number, a text that is no number becomes none. A
missing cell stays missing. True and false become `True` and `False` as text, 1 and 0 as numbers.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transom.components.categories import not_categorical
from transom.components.changing import Change
from transom.components.frame import Column
from transom.components.native import CannotApply
from transom.components.plain_values import Kind, Plain, floats_of_decimals, plain
from transom.tables.options import Kind as Cells

_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")
_SPAN = (
    r"^(?P<sign>-?)(?:(?P<days>[+-]?\d{1,6})(?:\.| days? ?))?(?P<plus>\+?)"
    r"(?P<hours>\d{1,6}):(?P<minutes>\d\d)(?::(?P<seconds>\d\d)(?:\.(?P<parts>\d{1,9}))?)?$"
)
_ONLY_DAYS = r"^(?P<days>[+-]?\d{1,6}) days?$"
_NS = 10**9
_EXACT_IN_FLOAT = 1 << 53
_FIRST_MOMENT = pa.scalar(datetime.datetime(1, 1, 1), pa.timestamp("s"))
_WHOLE_TEXT = r"^[+-]?\d+(\.0+)?$"
_LONG_WHOLE_TEXT = r"^[+-]?\d{16,}$"
_MOST_DIGITS = 20
#: Where the parts of a format stand in a moment that Arrow writes.
_PLACES = {"Y": (0, 4), "m": (5, 7), "d": (8, 10), "H": (11, 13), "M": (14, 16), "S": (17, 19)}
#: Formats of which Arrow reads all parts as Python does, if the text is written as the format writes it.
_FAST_FORMAT = re.compile(r"(?:%[YmdHMS]|[^%A-Za-z])*")


def converted(column: Column, wanted: str, date_format: str | None = None) -> Column:
    """The column as one of the TYPES; one that is so already stays the very same.

    `date_format` is that of Python's strptime, for texts that become dates. Raises CannotApply with the row (from 1).
    """
    column = not_categorical(column)
    found = plain(column)
    if _IS_ALREADY[wanted](column, found):
        return column
    change = Change(column, found, wanted)
    if found.kind is Kind.EMPTY or len(found.values) == found.values.null_count:
        values, encoding = _nothing(len(found.values), wanted)
    else:
        values, encoding = _datetimes(change, date_format) if wanted == "datetime" else _CHANGES[wanted](change)
    return replace(column, values=values, entry=None, encoding=encoding)


_Made = tuple[pa.ChunkedArray, dict[str, Any] | None]


def _nothing(rows: int, wanted: str) -> _Made:
    """A column without a value, of a type that has room for missing ones."""
    kind, encoding = _EMPTY[wanted]
    values = pa.chunked_array([pa.nulls(rows, kind)])
    if wanted == "double":
        values = pc.fill_null(values, float("nan"))
    return values, encoding


_EMPTY: dict[str, tuple[pa.DataType, dict[str, Any] | None]] = {
    "string": (pa.string(), None),
    "integer": (pa.int64(), {"dtype": "Int64"}),
    "double": (pa.float64(), {"dtype": "float64"}),
    "boolean": (pa.bool_(), {"dtype": "boolean"}),
    "datetime": (pa.timestamp("ns"), None),
    "timespan": (pa.duration("ns"), None),
}


def _integers(change: Change) -> _Made:
    values, kind = change.found.values, change.found.kind
    if kind is Kind.BOOLEAN:
        values = values.cast(pa.int64())
    elif kind is Kind.NUMBER:
        values = change.made(_whole(values))
    elif kind in (Kind.TEXT, Kind.OTHER):
        try:
            values = change.read(Cells.WHOLE)
        except CannotApply:  # 1.0 and 1e3 are whole numbers too
            values = _whole_texts(change)
    else:
        raise change.no_way()
    name = "UInt64" if pa.types.is_uint64(values.type) else "Int64"
    return values, {"dtype": name if values.null_count else name.lower()}


def _whole_texts(change: Change) -> pa.ChunkedArray:
    """Texts as whole numbers, whatever way each is written. Raises CannotApply where one is none."""
    texts = pc.ascii_trim_whitespace(change.texts)
    is_plain = pc.match_substring_regex(texts, _WHOLE_TEXT)
    plainly = pc.replace_substring_regex(texts, r"\.0+$", "")
    rest = pc.if_else(is_plain, pa.scalar(None, texts.type), texts)
    numbers = _of_texts(change, rest).read(Cells.DECIMAL)  # tells of what is no number, and knows the missing words
    rest = pc.if_else(pc.is_valid(numbers), rest, pa.scalar(None, texts.type))
    different, whole = pc.drop_null(pc.unique(rest)), []
    for text in different:
        whole.append(_whole_text(text.as_py()))
        if whole[-1] is None:
            raise change.refusal(pc.index(rest, text).as_py())
    written = pa.array(whole, texts.type).take(pc.index_in(rest, value_set=different))
    return _of_texts(change, pc.if_else(is_plain, plainly, written)).read(Cells.WHOLE)


def _whole_text(text: str) -> str | None:
    """The digits of a whole number that is written with a point or an exponent; None where it is none, or too large."""
    try:
        number = Decimal(text)
    except InvalidOperation:  # an exponent beyond all bounds
        return None
    if not number.is_finite() or number.adjusted() >= _MOST_DIGITS or number != number.to_integral_value():
        return None
    return str(int(number))


def _of_texts(change: Change, texts: pa.ChunkedArray) -> Change:
    """The change for these texts instead of the column's own."""
    return replace(change, found=Plain(Kind.TEXT, texts))


def _whole(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Numbers as whole ones; null where one is none."""
    if pa.types.is_integer(values.type):
        return values if pa.types.is_uint64(values.type) else values.cast(pa.int64())
    if pa.types.is_decimal(values.type):
        floats = floats_of_decimals(values)
        fits = pc.and_(pc.equal(values, pc.trunc(values)), pc.less(pc.abs(floats), 2.0**63))
        values = pc.if_else(fits, values, pa.scalar(None, values.type))
        return values.cast(pa.decimal256(76, values.type.scale)).cast(pa.int64())
    values = values.cast(pa.float64())
    fits = pc.and_(pc.equal(pc.floor(values), values), pc.less(pc.abs(values), 2.0**63))
    return pc.if_else(fits, values, pa.scalar(None, pa.float64())).cast(pa.int64())


def _doubles(change: Change) -> _Made:
    values, kind = change.found.values, change.found.kind
    if kind is Kind.BOOLEAN:
        values = values.cast(pa.int8())
    elif kind in (Kind.TEXT, Kind.OTHER):
        values = _float_texts(change)
    elif kind is not Kind.NUMBER:
        raise change.no_way()
    if pa.types.is_decimal(values.type):
        values = floats_of_decimals(values)
    if pa.types.is_integer(values.type):
        values = _exact(change, values)
    return pc.fill_null(values.cast(pa.float64()), float("nan")), {"dtype": "float64"}


def _float_texts(change: Change) -> pa.ChunkedArray:
    """Texts as floats. Raises CannotApply where one is no number, or a whole one that no float is."""
    texts = pc.ascii_trim_whitespace(change.texts)
    is_long = pc.match_substring_regex(texts, _LONG_WHOLE_TEXT)
    if not pc.any(is_long).as_py():
        return change.read(Cells.DECIMAL)
    nothing = pa.scalar(None, texts.type)
    whole = _of_texts(change, pc.if_else(is_long, texts, nothing)).read(Cells.WHOLE)
    floats = _exact(replace(change, found=Plain(Kind.NUMBER, whole)), whole)
    return pc.coalesce(floats, _of_texts(change, pc.if_else(is_long, nothing, texts)).read(Cells.DECIMAL))


def _exact(change: Change, values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whole numbers as floats. Raises CannotApply where no float is one of them."""
    ends = pc.min_max(values).as_py()
    floats = values.cast(pa.float64(), safe=False)
    if ends["min"] is None or -_EXACT_IN_FLOAT <= ends["min"] <= ends["max"] <= _EXACT_IN_FLOAT:
        return floats
    fits = pc.less(floats, 2.0 ** (64 if pa.types.is_uint64(values.type) else 63))  # beyond it a cast means nothing
    same = pc.and_(fits, pc.equal(floats.cast(values.type, safe=False), values))
    return change.made(pc.if_else(same, floats, pa.scalar(None, pa.float64())))


def _booleans(change: Change) -> _Made:
    values, kind = change.found.values, change.found.kind
    if kind is Kind.NUMBER:
        values = _whole(values) if pa.types.is_decimal(values.type) else values
        values = values.cast(pa.float64(), safe=False)
        known = pc.or_(pc.equal(values, 1.0), pc.equal(values, 0.0))
        values = change.made(pc.if_else(known, pc.equal(values, 1.0), pa.scalar(None, pa.bool_())))
    elif kind is Kind.TEXT:
        words = pc.ascii_lower(pc.ascii_trim_whitespace(values)).cast(pa.string())
        true, false = (pc.is_in(words, value_set=pa.array(each)) for each in (_TRUE, _FALSE))
        values = change.made(pc.if_else(pc.or_(true, false), true, pa.scalar(None, pa.bool_())))
    else:
        raise change.no_way()
    return values, {"dtype": "boolean" if values.null_count else "bool"}


def _datetimes(change: Change, date_format: str | None) -> _Made:
    values, kind = change.found.values, change.found.kind
    if kind is Kind.DATE:
        return _widest(values.cast(pa.timestamp("s"))), None
    if date_format and kind in (Kind.TEXT, Kind.NUMBER):
        return change.made(_by_format(change.texts, date_format)), None
    if kind in (Kind.TEXT, Kind.OTHER):
        return change.read(Cells.DATETIME), None
    raise change.no_way()


def _widest(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Instants in nanoseconds where these have room for all of them, as texts that are read."""
    for unit in ("ns", "us"):
        try:
            return values.cast(pa.timestamp(unit))
        except pa.ArrowInvalid:
            continue
    return values


def _by_format(texts: pa.ChunkedArray, date_format: str) -> pa.ChunkedArray:
    """Texts by a format of Python's strptime; null where one does not fit."""
    texts = pc.utf8_trim_whitespace(texts).cast(pa.string())
    different = pc.drop_null(pc.unique(texts))
    fast = _fast_moments(different, date_format)
    moments = [_moment(text, date_format) for text in different.filter(pc.is_null(fast)).to_pylist()]
    zoned = any(moment is not None and moment.tzinfo is not None for moment in moments)
    kind = pa.timestamp("us", "UTC" if zoned else None)
    made = pc.replace_with_mask(fast.cast(kind), pc.is_null(fast), pa.array(moments, kind))
    made = pa.chunked_array([made]).take(pc.index_in(texts, value_set=different))
    return made if zoned else _widest(made)


def _fast_moments(texts: pa.Array, date_format: str) -> pa.Array:
    """Arrow's moments of the texts that it would write just so; it makes other days of what is none (31/02)."""
    nothing = pa.nulls(len(texts), pa.timestamp("us"))
    if not _FAST_FORMAT.fullmatch(date_format):
        return nothing
    read = pc.strptime(texts, format=date_format, unit="s", error_is_null=True)
    whole = read.cast(pa.string())
    parts = re.findall(r"%(.)|([^%]+)", date_format)
    pieces = [pc.utf8_slice_codeunits(whole, *_PLACES[part]) if part else literal for part, literal in parts]
    again = pc.binary_join_element_wise(*pieces, "")  # as strftime, which is slow
    same = pc.and_(pc.equal(again, texts), pc.greater_equal(read, _FIRST_MOMENT))
    return pc.if_else(same, read.cast(pa.timestamp("us")), nothing)


def _moment(text: str, date_format: str) -> datetime.datetime | None:
    try:
        return datetime.datetime.strptime(text, date_format)
    except (ValueError, re.error):
        return None


def _spans(change: Change) -> _Made:
    values, kind = change.found.values, change.found.kind
    if kind is Kind.TIME:
        return values.cast(pa.time64("ns")).cast(pa.int64()).cast(pa.duration("ns")), None
    if kind is not Kind.TEXT:
        raise change.no_way()
    texts = pc.utf8_trim_whitespace(values).cast(pa.string())
    texts = pc.replace_substring_regex(texts, _ONLY_DAYS, r"\1 days 00:00:00")
    parts = pc.extract_regex(texts, _SPAN)
    part = {name: _numbers(parts, name) for name in ("days", "hours", "minutes", "seconds")}
    clock = pc.add(pc.multiply(pc.add(pc.multiply(part["hours"], 60), part["minutes"]), 60), part["seconds"])
    fraction = pc.utf8_rpad(pc.struct_field(parts, "parts"), 9, "0").cast(pa.int64())
    clock = pc.add(pc.multiply(clock, _NS), fraction)
    is_negative = pc.equal(pc.struct_field(parts, "sign"), "-")
    is_all = pc.and_(
        is_negative, pc.equal(pc.struct_field(parts, "plus"), "")
    )  # else only the days are: -1 days +23:00
    try:
        days = pc.multiply_checked(pc.if_else(is_negative, pc.negate(part["days"]), part["days"]), 86_400 * _NS)
        count = pc.add_checked(days, pc.if_else(is_all, pc.negate(clock), clock))
    except pa.ArrowInvalid:
        count = pa.chunked_array([pa.nulls(len(texts), pa.int64())])
    return change.made(count.cast(pa.duration("ns"))), None


def _numbers(parts: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    texts = pc.replace_substring_regex(pc.struct_field(parts, name), r"^\+?$|^\+", "")
    return pc.if_else(pc.equal(texts, ""), "0", texts).cast(pa.int64())


def _is_numpy(column: Column, *names: str) -> bool:
    return column.dtype in names


_IS_ALREADY: dict[str, Callable[[Column, Plain], bool]] = {
    "string": lambda column, found: found.kind is Kind.TEXT and not pa.types.is_dictionary(column.values.type),
    "integer": lambda column, found: (
        found.kind is Kind.NUMBER and bool(pa.types.is_integer(column.values.type)) and column.dtype != "object"
    ),
    "double": lambda column, found: found.kind is Kind.NUMBER and _is_numpy(column, "float64", "Float64"),
    "boolean": lambda column, found: found.kind is Kind.BOOLEAN and column.dtype != "object",
    "datetime": lambda column, found: found.kind in (Kind.INSTANT, Kind.ZONED) and column.dtype != "object",
    "timespan": lambda column, found: found.kind is Kind.SPAN and column.dtype != "object",
}
_CHANGES: dict[str, Callable[[Change], _Made]] = {
    "string": lambda change: (change.texts, None),
    "integer": _integers,
    "double": _doubles,
    "boolean": _booleans,
    "timespan": _spans,
}
