"""When two cells count as equal: numbers within a tolerance, missing is missing, 1 is 1.0, and so on for each kind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from transom.tables.csv_types import by_the_rule
from transom.tables.display import cell_texts
from transom.tables.one_batch import joined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_ROWS_AT_ONCE = 1 << 20
_NUMBERS_AS_TEXT = ("decimals", "integers")


@dataclass(frozen=True, slots=True)
class Side:
    """A column of one of the tables. `untyped` says that the expected table came without types, as from CSV."""

    column: pa.ChunkedArray
    encoding: Mapping[str, Any] | None
    untyped: bool = False

    def first(self, rows: int) -> Side:
        """The column up to a row."""
        return replace(self, column=self.column.slice(0, rows))


def differing_rows(actual: Side, expected: Side, tolerance: float) -> Iterator[pa.Array]:
    """The numbers of the rows that differ, ascending, a block at a time; both columns are equally long."""
    one, other = _comparable(actual, expected)
    differ = _comparison(one.type, tolerance)
    for start in range(0, len(one), _ROWS_AT_ONCE):
        left, right = (_without_nan(side.slice(start, _ROWS_AT_ONCE)) for side in (one, other))
        both = pc.and_(pc.is_valid(left), pc.is_valid(right))
        missing_in_one = pc.xor(pc.is_valid(left), pc.is_valid(right))
        unequal = pc.or_(missing_in_one, pc.and_(both, pc.fill_null(differ(left, right), False)))
        rows = pc.indices_nonzero(unequal)
        if len(rows):
            yield pc.add(rows.cast(pa.int64()), start)


def _without_nan(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_floating(column.type):
        return column
    return pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)


def _comparable(actual: Side, expected: Side) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Both columns in one type that keeps what makes them differ; as text where there is no other."""
    one, other = _plain(actual), _plain(expected)
    if one.type != other.type:
        one, other = _all_missing_as(one, other.type), _all_missing_as(other, one.type)
    if actual.untyped and pa.types.is_large_string(one.type) and not pa.types.is_large_string(other.type):
        one = _plain(Side(pa.chunked_array([by_the_rule(joined(one).cast(pa.string()))]), None))
    if pa.types.is_null(one.type) and pa.types.is_null(other.type):
        return one.cast(pa.int8()), other.cast(pa.int8())
    one, other = _as_number(one, actual, other.type), _as_number(other, expected, one.type)
    kinds = (one.type, other.type)
    if one.type == other.type and not pa.types.is_nested(one.type):
        return one, other
    if all(_is_number(kind) for kind in kinds):
        wide = pa.float64() if any(pa.types.is_floating(kind) for kind in kinds) else pa.decimal128(38, 9)
        wide = pa.int64() if all(pa.types.is_signed_integer(kind) for kind in kinds) else wide
        return one.cast(wide, safe=False), other.cast(wide, safe=False)
    if all(pa.types.is_timestamp(kind) for kind in kinds) and (kinds[0].tz is None) == (kinds[1].tz is None):
        return _in_common_unit(one, other)
    texts, others = _texts(one, actual), _texts(other, expected)
    if not actual.untyped and _is_text_beside_plain(*kinds):
        mark, nothing = (pa.scalar(text, pa.large_string()) for text in ("\0", ""))
        return texts, pc.binary_join_element_wise(others, mark, nothing)  # the text 1 is not the number 1
    return texts, others


def _is_text_beside_plain(one: pa.DataType, other: pa.DataType) -> bool:
    texts = [kind == pa.large_string() for kind in (one, other)]
    return any(texts) and any(pa.types.is_primitive(kind) for kind in (one, other))


def _plain(side: Side) -> pa.ChunkedArray:
    """Categories as their values; one type for all text, one for all dates."""
    column = side.column
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_date(column.type):
        return column.cast(pa.timestamp("s" if pa.types.is_date32(column.type) else "ms"))
    if pa.types.is_string(column.type):
        column = column.cast(pa.large_string())
    if side.untyped and pa.types.is_large_string(column.type):
        return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.large_string()), column)
    return column.cast(pa.float32()) if pa.types.is_float16(column.type) else column


def _as_number(column: pa.ChunkedArray, side: Side, beside: pa.DataType) -> pa.ChunkedArray:
    """Numbers that are kept as text (decimals, very large ones) as numbers, where the other side has numbers."""
    kept_as_text = (side.encoding or {}).get("encoding") in _NUMBERS_AS_TEXT
    return (
        column.cast(pa.float64())
        if kept_as_text and pa.types.is_large_string(column.type) and _is_number(beside)
        else column
    )


def _all_missing_as(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    missing = column.null_count
    if missing < len(column) and pa.types.is_floating(column.type):
        missing = pc.sum(pc.is_null(column, nan_is_null=True)).as_py()
    return pa.chunked_array([pa.nulls(len(column), kind)]) if len(column) and missing == len(column) else column


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _in_common_unit(one: pa.ChunkedArray, other: pa.ChunkedArray) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    for unit in ("ns", "us", "ms", "s"):
        kind = pa.timestamp(unit, "UTC" if one.type.tz else None)
        try:
            return one.cast(kind), other.cast(kind)
        except pa.ArrowInvalid:
            continue
    return one.cast(pa.string()), other.cast(pa.string())


def _texts(column: pa.ChunkedArray, side: Side) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(cell_texts(column, side.encoding), pa.large_string())])


def _comparison(kind: pa.DataType, tolerance: float) -> Callable[[Any, Any], Any]:
    if not pa.types.is_floating(kind):
        return pc.not_equal  # type: ignore[no-any-return]

    def beyond(left: pa.ChunkedArray, right: pa.ChunkedArray) -> pa.ChunkedArray:
        allowed = pc.add(pc.multiply(pc.abs(right), tolerance), tolerance)
        far = pc.invert(pc.less_equal(pc.abs(pc.subtract(left, right)), allowed))
        infinite = pc.or_(pc.is_inf(left), pc.is_inf(right))
        return pc.if_else(infinite, pc.not_equal(left, right), far)

    return beyond
