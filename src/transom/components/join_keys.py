"""In which type two key columns are compared: equal values match whatever type they have, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transom.components.frame import Column
from transom.components.matching import Key
from transom.components.native import CannotApply
from transom.components.plain_values import Kind, Plain, floats_of_decimals, plain

_UNITS = ("s", "ms", "us", "ns")
_PER_UNIT = 1000
_MOST_DIGITS = 76


def key_of(left: Column, right: Column, *, match_case: bool) -> Key:
    """The two columns in one type; a missing value is null, and so is one that the other side cannot have.

    Raises CannotApply where values of one can never be those of the other.
    """
    one, other = plain(left), plain(right)
    if Kind.EMPTY in (one.kind, other.kind):
        kind = (other if one.kind is Kind.EMPTY else one).values.type
        kind = pa.bool_() if pa.types.is_null(kind) else kind
        return Key(*(_as_type(each, kind) for each in (one, other)))
    if one.kind is not other.kind or one.word != other.word:
        raise CannotApply(
            f"The left key {left.name!r} ({left.dtype}) holds {one.kind}, the right key {right.name!r} "
            f"({right.dtype}) {other.kind}.",
            "Make them of one type by Edit Metadata.",
        )
    values = [one.values, other.values]
    if one.kind is Kind.TEXT and not match_case:
        values = [pc.utf8_lower(each) for each in values]
    return Key(*_COMMON.get(one.kind, _same)(*values))


def _as_type(found: Plain, kind: pa.DataType) -> pa.ChunkedArray:
    if found.kind is Kind.EMPTY:
        return pa.chunked_array([pa.nulls(len(found.values), kind)])
    return found.values


_Two = tuple[pa.ChunkedArray, pa.ChunkedArray]


def _same(one: pa.ChunkedArray, other: pa.ChunkedArray) -> _Two:
    return one, other if one.type == other.type else other.cast(one.type)


def _texts(one: pa.ChunkedArray, other: pa.ChunkedArray) -> _Two:
    if one.type == other.type:
        return one, other
    wide = pa.large_string() if pa.types.is_large_string(one.type) or pa.types.is_large_string(other.type) else None
    wide = wide or pa.large_binary()
    return one.cast(wide), other.cast(wide)


def _numbers(one: pa.ChunkedArray, other: pa.ChunkedArray) -> _Two:
    kinds = [one.type, other.type]
    if any(pa.types.is_decimal(kind) for kind in kinds):
        return _decimals(one, other)
    if all(pa.types.is_floating(kind) for kind in kinds):
        return _float(one), _float(other)
    if all(pa.types.is_uint64(kind) for kind in kinds):
        return one, other
    return _whole(one), _whole(other)


def _float(values: pa.ChunkedArray) -> pa.ChunkedArray:
    floats = floats_of_decimals(values) if pa.types.is_decimal(values.type) else values.cast(pa.float64())
    return pc.add(floats, 0.0)  # a negative zero is a zero


def _whole(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """As whole numbers of 64 bits; null where a value is none of these."""
    if pa.types.is_floating(values.type):
        values = values.cast(pa.float64())
        fits = pc.and_(pc.equal(pc.floor(values), values), pc.less(pc.abs(values), 2.0**63))
        values = pc.if_else(fits, values, pa.scalar(None, pa.float64()))
    elif pa.types.is_uint64(values.type):
        values = pc.if_else(pc.less(values, pa.scalar(1 << 63, pa.uint64())), values, pa.scalar(None, pa.uint64()))
    return values.cast(pa.int64())


def _decimals(one: pa.ChunkedArray, other: pa.ChunkedArray) -> _Two:
    if any(pa.types.is_floating(each.type) for each in (one, other)):
        return _float(one), _float(other)
    scale = max(each.type.scale if pa.types.is_decimal(each.type) else 0 for each in (one, other))
    kind = pa.decimal256(_MOST_DIGITS, max(scale, 0))
    both = [each if pa.types.is_decimal(each.type) else each.cast(pa.decimal128(20, 0)) for each in (one, other)]
    return both[0].cast(kind), both[1].cast(kind)


def _counts(make: Callable[[str], pa.DataType]) -> Callable[[pa.ChunkedArray, pa.ChunkedArray], _Two]:
    """What compares counts of units of time: in the finer unit of the two."""

    def common(one: pa.ChunkedArray, other: pa.ChunkedArray) -> _Two:
        unit = max(one.type.unit, other.type.unit, key=_UNITS.index)
        return _in_unit(one, make(unit)), _in_unit(other, make(unit))

    return common


def _in_unit(values: pa.ChunkedArray, kind: Any) -> pa.ChunkedArray:
    """In a unit as fine or finer; null where that has no room for a value, so that no other can be equal to it."""
    factor = _PER_UNIT ** (_UNITS.index(kind.unit) - _UNITS.index(values.type.unit))
    counts, most = values.cast(pa.int64()), (2**63 - 1) // factor
    if factor > 1:
        fits = pc.and_(pc.less_equal(counts, most), pc.greater_equal(counts, -most))
        counts = pc.multiply(pc.if_else(fits, counts, pa.scalar(None, pa.int64())), factor)
    return counts.cast(kind)


_COMMON: dict[Kind, Callable[[pa.ChunkedArray, pa.ChunkedArray], _Two]] = {
    Kind.NUMBER: _numbers,
    Kind.TEXT: _texts,
    Kind.BYTES: _texts,
    Kind.INSTANT: _counts(pa.timestamp),
    Kind.ZONED: _counts(lambda unit: pa.timestamp(unit, "UTC")),
    Kind.SPAN: _counts(pa.duration),
    Kind.DATE: lambda one, other: (one.cast(pa.date32()), other.cast(pa.date32())),
    Kind.TIME: lambda one, other: (one.cast(pa.time64("ns")), other.cast(pa.time64("ns"))),
}
