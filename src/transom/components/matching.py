"""Which rows of two tables belong together by their keys, as row numbers.

Each different key of the right table has a number. The right rows are sorted by it, so that those of one key lie side
by side; each left row takes the whole list of its key. So the left order stays, and within it the right one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True, slots=True)
class Key:
    """One key column of both tables, in one type; null matches nothing."""

    left: pa.ChunkedArray
    right: pa.ChunkedArray


@dataclass(frozen=True, slots=True)
class Pairs:
    """Row numbers of both tables side by side; null where a table has no row for it. None: all rows, in order."""

    left: pa.Array | None
    right: pa.Array | None
    rows: int


@dataclass(frozen=True, slots=True)
class Matches:
    """What belongs together: for each left row the number of its key (null: none), for each number its right rows.

    `order` are the right rows by their number, `sizes` how many of them each number has, `right` their numbers.
    """

    left: pa.Array
    right: pa.Array
    order: pa.Array
    sizes: pa.Array

    @classmethod
    def of(cls, keys: Sequence[Key]) -> Matches:
        """Find them; rows match where all of their keys do."""
        left, right, different = _numbers(keys)
        count = len(right) - right.null_count
        if count == different:  # numbers rise from row to row, as each row has another one
            order = pc.indices_nonzero(pc.is_valid(right)).cast(pa.int64())
            return cls(left, right, order, pa.repeat(pa.scalar(1, pa.int64()), different))
        order = pc.array_sort_indices(right, null_placement="at_end")[:count].cast(pa.int64())
        sizes = pc.value_counts(right.take(order)).field("counts").cast(pa.int64())
        return cls(left, right, order, sizes)

    @property
    def is_matched(self) -> pa.Array:
        """Which left rows belong to some right one."""
        return pc.is_valid(self.left)

    def count(self, *, outer: bool) -> int:
        """How many rows a join has, without right rows that belong to none."""
        return int(pc.sum(self.sizes.take(self.left), min_count=0).as_py()) + (self.left.null_count if outer else 0)

    def inner(self) -> Pairs:
        """The rows that belong together."""
        if not self._is_one_to_one:
            lists = self._lists().take(self.left)
            return _pairs(pc.list_parent_indices(lists), pc.list_flatten(lists))
        if not self.left.null_count:
            return Pairs(None, self.order.take(self.left), len(self.left))
        return _pairs(pc.indices_nonzero(self.is_matched), self.order.take(self.left.drop_null()))

    def left_outer(self) -> Pairs:
        """The same, and each left row that belongs to none."""
        if self._is_one_to_one:
            return Pairs(None, self.order.take(self.left), len(self.left))
        lists = self._lists(or_none=True).take(pc.fill_null(self.left, len(self.sizes)))
        return _pairs(pc.list_parent_indices(lists), pc.list_flatten(lists))

    def full_outer(self) -> Pairs:
        """The same, and then each right row that belongs to none."""
        pairs = self.left_outer()
        matched = pc.is_in(self.right, value_set=pc.unique(self.left).drop_null())
        alone = pc.indices_nonzero(pc.invert(matched)).cast(pa.int64())
        if not len(alone):
            return pairs
        left = pairs.left if pairs.left is not None else _all(len(self.left))
        assert pairs.right is not None
        both = (pa.concat_arrays([left, pa.nulls(len(alone), pa.int64())]), pa.concat_arrays([pairs.right, alone]))
        return Pairs(*both, len(both[0]))

    @property
    def _is_one_to_one(self) -> bool:
        return len(self.order) == len(self.sizes)

    def _lists(self, *, or_none: bool = False) -> pa.LargeListArray:
        """The right rows of each number; with `or_none` a last list of a single null."""
        offsets, rows = [pa.array([0], pa.int64()), pc.cumulative_sum(self.sizes)], self.order
        if or_none:
            offsets.append(pa.array([len(rows) + 1], pa.int64()))
            rows = pa.concat_arrays([rows, pa.nulls(1, pa.int64())])
        return pa.LargeListArray.from_arrays(pa.concat_arrays(offsets), rows)


def _pairs(left: pa.Array, right: pa.Array) -> Pairs:
    return Pairs(left.cast(pa.int64()), right.cast(pa.int64()), len(left))


def _all(rows: int) -> pa.Array:
    return pc.indices_nonzero(pa.repeat(True, rows)).cast(pa.int64())


def _numbers(keys: Sequence[Key]) -> tuple[pa.Array, pa.Array, int]:
    """The number of the whole key in each row of both tables, and how many there are.

    All right keys have numbers without a gap, in the order in which they first appear.
    """
    left, right, different = _numbered(_one(keys[0].left), _one(keys[0].right))
    for key in keys[1:]:
        more_left, more_right, count = _numbered(_one(key.left), _one(key.right))
        factor = pa.scalar(max(count, 1), pa.int64())
        both = [
            pc.add(pc.multiply(one.cast(pa.int64()), factor), more.cast(pa.int64()))
            for one, more in ((left, more_left), (right, more_right))
        ]
        left, right, different = _numbered(*both)
    return left, right, different


def _numbered(left: pa.Array, right: pa.Array) -> tuple[pa.Array, pa.Array, int]:
    coded = right.dictionary_encode()
    return pc.index_in(left, value_set=coded.dictionary), coded.indices, len(coded.dictionary)


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks or [pa.array([], column.type)])
