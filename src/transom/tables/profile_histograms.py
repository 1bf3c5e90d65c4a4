"""Where the edges of a histogram's bins lie, and how many values fall between them, exactly.

A value is put into its bin by one formula, in DuckDB and here alike; the edges are the numbers at which that formula
changes, so that no value is counted on the wrong side of an edge.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from transom.model.profiles import Histogram
from transom.tables.profile_groups import Grouping, counted
from transom.tables.profile_sql import literal, number_at, order_of, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from transom.tables.profile_database import Database
    from transom.tables.profile_facts import Facts
    from transom.tables.profile_sql import Term


@dataclass(frozen=True, slots=True)
class _Bins:
    """The number of a bin as SQL, and the edge below each bin, with the last one above all."""

    sql: str
    edges: tuple[int | float, ...]


def histograms(
    database: Database, terms: Sequence[Term], facts: Mapping[int, Facts], bins: int
) -> dict[int, Histogram]:
    """The histogram of each term, by its number; all have finite values. Raises duckdb.Error."""
    laid = {term.number: _laid(term, facts[term.number], bins) for term in terms}
    counts = {number: [0] * (len(each.edges) - 1) for number, each in laid.items()}
    asked = {term.number: Grouping(laid[term.number].sql, f"({term.finite}) IS NOT NULL") for term in terms}
    for number, answer in counted(database, asked, rows_of(terms)).items():
        for place, count in answer:
            counts[number][place] = count
    return {term.number: _told(term, laid[term.number], counts[term.number]) for term in terms}


def _told(term: Term, laid: _Bins, counts: list[int]) -> Histogram:
    """Without bins between whose edges no number has a place."""
    kept = [place for place in range(len(counts)) if laid.edges[place] < laid.edges[place + 1] or counts[place]]
    edges = [*(laid.edges[place] for place in kept), laid.edges[-1]]
    return Histogram(tuple(map(term.asked.value, edges)), tuple(counts[place] for place in kept))


def _laid(term: Term, facts: Facts, bins: int) -> _Bins:
    if not term.asked.is_floating:
        return _of_whole_numbers(term, facts.low, facts.high, bins)
    return _of_floating_numbers(term.finite, facts.low, facts.high, bins)


def _of_whole_numbers(term: Term, low: int, high: int, bins: int) -> _Bins:
    """Each bin has equally many whole numbers: as few as fit, so there may be fewer bins than wanted."""
    width = -(-(high - low + 1) // bins)
    count = -(-(high - low + 1) // width)
    edges = tuple(min(low + place * width, term.asked.largest) for place in range(count + 1))
    return _Bins(f"({term.above(low, high)} // {width})::INTEGER", edges)


def _of_floating_numbers(value: str, low: float, high: float, bins: int) -> _Bins:
    half = 1.0 if math.isfinite(high - low) else 0.5  # so that the widest range of all has a width
    width = (high * half - low * half) / bins
    if not width:
        return _Bins("0", (low, high))
    scaled = value if half == 1 else f"({value}) * 0.5"
    sql = f"least(floor((({scaled}) - {literal(low * half)}) / {literal(width)}), {bins - 1})::INTEGER"

    def place(number: float) -> int:
        return min(math.floor((number * half - low * half) / width), bins - 1)

    inner = [_first_of(number, place, (low * half + number * width) / half, (low, high)) for number in range(1, bins)]
    return _Bins(sql, (low, *inner, high))


def _first_of(number: int, place: Callable[[float], int], near: float, ends: tuple[float, float]) -> float:
    """The smallest floating number that is put into the bin `number`, sought from `near`; the high end if none is."""
    low, high = (order_of(end) for end in ends)
    if place(ends[1]) < number:
        return ends[1]
    below, above = low, high  # the bin of `low` is 0, and lower than `number`
    step, at = 1, min(max(order_of(near), low), high)
    if place(number_at(at)) >= number:
        above = at
        while above - step > low and place(number_at(above - step)) >= number:
            above, step = above - step, 2 * step
        below = max(low, above - step)
    else:
        below = at
        while below + step < high and place(number_at(below + step)) < number:
            below, step = below + step, 2 * step
        above = min(high, below + step)
    while above - below > 1:
        middle = (above + below) // 2
        above, below = (middle, below) if place(number_at(middle)) >= number else (above, middle)
    return number_at(above)
