"""How a column reads in DuckDB's SQL: its value, its finite value, its length, and a whole number in the same order."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from transom.model.profiles import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from transom.tables.profile_columns import Asked

_BEYOND_BIGINT = 1 << 63
_FORMATS = {32: ("<i", "<f"), 64: ("<q", "<d")}
_WITHOUT_SIGN = {32: (1 << 31) - 1, 64: (1 << 63) - 1}


@dataclass(frozen=True, slots=True)
class Term:
    """A column among those that are registered together: names in SQL are ours (`c0`, `b0`), never the table's."""

    number: int
    asked: Asked

    @property
    def value(self) -> str:
        """A value; NaN is missing."""
        name = f"c{self.number}"
        if self.asked.is_floating:
            return f"CASE WHEN isnan({name}) THEN NULL ELSE {name}::DOUBLE END"
        if self.asked.is_complex:
            return f"CASE WHEN isnan({name}.real) OR isnan({name}.imag) THEN NULL ELSE {name} END"
        if self.asked.kind.is_measured or self.asked.kind is Kind.CATEGORY:
            return f"{name}::{self.asked.integer_type}"
        return name

    @property
    def finite(self) -> str:
        """A value of a column of numbers or times; infinities are missing too."""
        name = f"c{self.number}"
        return f"CASE WHEN isfinite({name}) THEN {name}::DOUBLE END" if self.asked.is_floating else self.value

    @property
    def length(self) -> str:
        """The length of a value: characters of text, bytes, elements of a list."""
        name = f"c{self.number}"
        return f"octet_length({name})" if self.asked.kind is Kind.BYTES else f"length({name})"

    @property
    def key(self) -> str:
        """A whole number for each finite value, in the order of the values: of floating numbers it is their bits."""
        if not self.asked.is_floating:
            return self.value
        bits = f"b{self.number}::BIGINT"
        ordered = f"CASE WHEN {bits} < 0 THEN xor({bits}, {self._sign_flip}) + 1 ELSE {bits} END"
        return f"CASE WHEN isfinite(c{self.number}) THEN {ordered} END"

    def key_of(self, value: float) -> int:
        """The key of a value."""
        return order_of(value, self._width) if self.asked.is_floating else int(value)

    def value_of(self, key: int) -> int | float:
        """The value of a key."""
        return number_at(key, self._width) if self.asked.is_floating else key

    def above(self, low: int, high: int) -> str:
        """By how much a whole number lies above `low`, the smallest one, where `high` is the largest one."""
        wide = "HUGEINT" if high - low >= _BEYOND_BIGINT and self.asked.integer_type == "BIGINT" else None
        value = f"({self.value})::{wide}" if wide else self.value
        return f"({value} - ({low})::{wide or self.asked.integer_type})"

    @property
    def _width(self) -> int:
        assert self.asked.bits is not None
        return int(self.asked.bits.type.bit_width)

    @property
    def _sign_flip(self) -> str:
        """What turns the order of negative numbers round: all their bits but the sign."""
        return f"{_WITHOUT_SIGN[self._width]}::BIGINT"


def registered(terms: Sequence[Term]) -> pa.Table:
    """The columns of the terms under the names that their SQL uses."""
    columns = {}
    for term in terms:
        columns[f"c{term.number}"] = term.asked.values
        if term.asked.bits is not None:
            columns[f"b{term.number}"] = term.asked.bits
    return pa.table(columns)


def rows_of(terms: Sequence[Term]) -> int:
    """How many rows the columns of the terms have."""
    return max((len(term.asked.source.column) for term in terms), default=0)


def literal(number: float) -> str:
    """A floating number, to its last bit."""
    return f"'{number!r}'::DOUBLE"


def order_of(number: float, width: int = 64) -> int:
    """A whole number for a floating one of so many bits, in the order of these: its bits, if it is not negative.

    Both zeros have the same.
    """
    whole, real = _FORMATS[width]
    bits: int = struct.unpack(whole, struct.pack(real, number))[0]
    return bits if bits >= 0 else (bits ^ _WITHOUT_SIGN[width]) + 1


def number_at(order: int, width: int = 64) -> float:
    """The floating number at a place of `order_of`."""
    whole, real = _FORMATS[width]
    bits = order if order >= 0 else (order - 1) ^ _WITHOUT_SIGN[width]
    found: float = struct.unpack(real, struct.pack(whole, bits))[0]
    return found
