"""Which rows a random split draws: the same for the same seed on every machine, in every version.

Row number i (from 0) has the key of step i of the generator SplitMix64 that was seeded with `mixed(seed)`:

    z = mixed(seed) + (i + 1) * 0x9E3779B97F4A7C15        all in 64 bits without sign
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB
    key = z ^ (z >> 31)

where `mixed` is the last three lines, applied to the seed. No two rows of a table have the same key. The rows with the
smallest keys are drawn.

A fraction of n rows are `n * fraction` of them, rounded to the nearest whole number, a half upwards; the fraction
counts as the decimal number as which it is written. Of a stratum with m rows as many are drawn, or one less or more:
first `m * fraction` rounded down; what then lacks in the whole goes to the strata with the largest remainders, the
earlier one in the table first.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

import pyarrow as pa
import pyarrow.compute as pc

from transom.tables.description import counting

_STEP = 0x9E3779B97F4A7C15
_MIXING = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))
_LAST = 31
_WHOLE = 1 << 64


def keys(seed: int, rows: int) -> pa.Array:
    """The keys of so many rows, as uint64."""
    start, step = pa.scalar(_mixed(seed % _WHOLE), pa.uint64()), pa.scalar(_STEP, pa.uint64())
    values = pc.add(start, pc.multiply(counting(rows, 1).cast(pa.uint64()), step))
    for shift, factor in _MIXING:
        mixed = pc.bit_wise_xor(values, pc.shift_right(values, pa.scalar(shift, pa.uint64())))
        values = pc.multiply(mixed, pa.scalar(factor, pa.uint64()))
    return pc.bit_wise_xor(values, pc.shift_right(values, pa.scalar(_LAST, pa.uint64())))


def _mixed(value: int) -> int:
    for shift, factor in _MIXING:
        value = (value ^ (value >> shift)) * factor % _WHOLE
    return value ^ (value >> _LAST)


def share(rows: int, fraction: float) -> int:
    """How many rows a fraction of so many is."""
    return int((Decimal(repr(float(fraction))) * rows + Decimal("0.5")).to_integral_value(ROUND_FLOOR))


def drawn(row_keys: pa.Array, count: int) -> pa.Array:
    """Which rows are drawn, as true and false: the `count` with the smallest keys."""
    if not 0 < count < len(row_keys):
        return pa.repeat(count > 0, len(row_keys))
    first = pc.partition_nth_indices(row_keys, pivot=count)[:count]
    return pc.less_equal(row_keys, pc.max(row_keys.take(first)))


@dataclass(frozen=True, slots=True)
class Strata:
    """Which stratum each row belongs to: numbers from 0, in the order in which strata first appear."""

    numbers: pa.Array
    count: int

    @classmethod
    def of(cls, values: pa.ChunkedArray) -> Strata:
        """One stratum for each different value; missing values are one of their own."""
        coded = pc.dictionary_encode(values.combine_chunks(), null_encoding="encode")
        if isinstance(coded, pa.ChunkedArray):
            coded = coded.unify_dictionaries().combine_chunks()
        if isinstance(coded, pa.ChunkedArray):
            coded = pa.array([], pa.dictionary(pa.int32(), pa.null()))
        return cls(coded.indices, len(coded.dictionary))

    def drawn(self, row_keys: pa.Array, fraction: float) -> pa.Array:
        """Which rows are drawn, as true and false: of each stratum its share with the smallest keys."""
        rows = len(self.numbers)
        if not rows:
            return pa.array([], pa.bool_())
        by_key = pc.array_sort_indices(row_keys)
        order = by_key.take(pc.array_sort_indices(self.numbers.take(by_key)))
        sizes = pc.value_counts(self.numbers.take(order)).field("counts")
        quotas = _quotas(sizes, share(rows, fraction), fraction)
        ends = pc.cumulative_sum(sizes)
        last = pc.subtract(pc.add(pc.subtract(ends, sizes), quotas), 1)
        some = pc.greater(quotas, 0)
        limits = row_keys.take(order.take(pc.if_else(some, last, 0)))
        below = pc.less_equal(row_keys, limits.take(self.numbers))
        return pc.and_(below, some.take(self.numbers))


def _quotas(sizes: pa.Array, whole: int, fraction: float) -> pa.Array:
    exact = pc.multiply(sizes.cast(pa.float64()), fraction)
    least = pc.floor(exact)
    lacking = whole - int(pc.sum(least).as_py())
    places = counting(len(sizes))
    table = pa.table({"remainder": pc.subtract(exact, least), "place": places})
    order = pc.sort_indices(table, sort_keys=[("remainder", "descending"), ("place", "ascending")])
    more = pc.is_in(places, value_set=order[: max(lacking, 0)].cast(pa.int64()))
    return pc.min_element_wise(sizes, pc.add(least.cast(pa.int64()), more.cast(pa.int64())))
