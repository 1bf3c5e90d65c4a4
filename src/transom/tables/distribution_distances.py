"""How far apart the values of two columns are distributed, as one number from 0 (alike) to 1 (nothing in common).

Of numbers and times it is the statistic of Kolmogorov and Smirnov: the most by which the shares of values up to some
value differ. Of everything else it is the total variation: half of the sum of what the shares of each value differ by.
Both say which part of one column's values would have to be others to be distributed as in the other one, at least.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from transom.model.profiles import Kind, Point

if TYPE_CHECKING:
    from transom.model.profiles import ColumnProfile

_TOLD_BY_TEXT = ((Kind.TEXT, Kind.CATEGORY), (Kind.BOOLEAN,), (Kind.BYTES,), (Kind.OTHER,), (Kind.EMPTY,))


def are_alike(before: ColumnProfile, after: ColumnProfile) -> bool:
    """Whether the values of two columns can be compared: numbers with numbers, texts with texts or categories."""
    if before.kind.is_measured or after.kind.is_measured:
        return before.kind is after.kind
    return any(before.kind in each and after.kind in each for each in _TOLD_BY_TEXT)


def distance(before: ColumnProfile, after: ColumnProfile) -> float | None:
    """How far apart the values that are there are; None where that cannot be said, or one column has none.

    Of texts it is at least so much: what is not among the frequent values of a profile counts as similar as it can be.
    """
    if not are_alike(before, after) or not (before.count and after.count):
        return 0.0 if not (before.count or after.count) else None
    if before.kind.is_measured:
        return _largest_gap(_curve(before), _curve(after))
    if not (before.top and after.top):
        return None
    return _total_variation(before, after)


@dataclass(frozen=True, slots=True)
class _Curve:
    """The share of values below, and up to, each of some values, ascending; between two of them it is a line."""

    values: tuple[float, ...]
    below: tuple[float, ...]
    up_to: tuple[float, ...]
    least: float
    most: float

    def around(self, value: float) -> tuple[float, float]:
        """The shares below a value, and up to it."""
        left, right = bisect_left(self.values, value), bisect_right(self.values, value)
        if left < right:
            return self.below[left], self.up_to[right - 1]
        if left == 0:
            return self.least, self.least
        if left == len(self.values):
            return self.most, self.most
        start, end = self.values[left - 1] / 2, self.values[left] / 2  # halves, as the widest way has no number
        part = (value / 2 - start) / (end - start) if end > start else 0.5
        share = self.up_to[left - 1] + (self.below[left] - self.up_to[left - 1]) * part
        return share, share


def _curve(column: ColumnProfile) -> _Curve:
    """The curve of a column; infinities lie before and behind all other values."""
    points = _points(column)
    first, all_values = column.negative_infinities, column.count
    return _Curve(
        tuple(each.value for each in points),
        tuple((first + each.below) / all_values for each in points),
        tuple((first + each.up_to) / all_values for each in points),
        first / all_values,
        (all_values - column.positive_infinities) / all_values,
    )


def _points(column: ColumnProfile) -> tuple[Point, ...]:
    """All values of a column of few whole numbers, otherwise those that its profile has kept."""
    if column.top and column.top_is_whole and column.kind is Kind.NUMBER:
        points, below = [], 0
        for each in sorted(column.top, key=lambda each: int(each.value)):
            points.append(Point(float(each.value), below, below + each.count))
            below += each.count
        return tuple(points)
    return column.spread.points if column.spread is not None else ()


def _largest_gap(one: _Curve, other: _Curve) -> float:
    gaps = [abs(one.least - other.least), abs(one.most - other.most)]
    for value in {*one.values, *other.values}:
        (one_below, one_up_to), (other_below, other_up_to) = one.around(value), other.around(value)
        gaps += [abs(one_below - other_below), abs(one_up_to - other_up_to)]
    return max(gaps)


def _total_variation(before: ColumnProfile, after: ColumnProfile) -> float:
    shares, others = _shares(before), _shares(after)
    pairs = [
        (
            shares[value] if value in shares else _likely(others[value], before),
            others[value] if value in others else _likely(shares[value], after),
        )
        for value in {*shares, *others}
    ]
    rest = 1 - sum(share for share, _ in pairs), 1 - sum(share for _, share in pairs)
    return min(1.0, (sum(abs(share - other) for share, other in pairs) + abs(rest[0] - rest[1])) / 2)


def _shares(column: ColumnProfile) -> dict[str, float]:
    shares: dict[str, float] = {}
    for each in column.top:  # cut texts may have become the same
        shares[each.value] = shares.get(each.value, 0.0) + each.count / column.count
    return shares


def least_told(column: ColumnProfile) -> float:
    """A value with a larger share than this is among the frequent ones of the profile; 0 where all of them are."""
    return 0.0 if column.top_is_whole or not column.top else min(each.count for each in column.top) / column.count


def _likely(share: float, elsewhere: ColumnProfile) -> float:
    """The share, nearest to this one, that a value may have that is not among the frequent ones of another column."""
    return min(share, least_told(elsewhere))
