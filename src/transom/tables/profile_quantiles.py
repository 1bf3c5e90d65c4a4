"""How the quantiles of columns of any length are found exactly in little memory: by their leading bits, pass by pass.

Each value has a whole number (its key) in the same order. A pass counts how many keys begin with which bits; the next
one looks only at the beginnings in which a wanted rank lies, with more bits, until whole keys are counted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from transom.tables.profile_groups import Grouping, counted
from transom.tables.profile_sql import rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from transom.tables.profile_database import Database
    from transom.tables.profile_facts import Facts
    from transom.tables.profile_sql import Term

#: Quantiles are those of 0 %, 5 %, ... 100 %.
STEPS = 20
#: The first pass counts at most 2**12 beginnings; a later one adds so many bits to each that is still looked at.
_FIRST_BITS, _MORE_BITS = 12, 8
#: So few values are counted whole.
_FEW = 20_000


@dataclass(frozen=True, slots=True)
class Place:
    """A value of a column: so many values lie below it, and `count` at it."""

    value: int | float
    below: int
    count: int


@dataclass(frozen=True, slots=True)
class Quantiles:
    """The values below which 0 %, 5 %, ... 100 % of the finite values lie; and values at these and nearer to the ends.

    Between two values a quantile lies in proportion, as numpy's `linear`; of times it is rounded down to their unit.
    """

    shares: tuple[int | float, ...]
    places: tuple[Place, ...]


def quantiles(database: Database, terms: Sequence[Term], facts: Mapping[int, Facts]) -> dict[int, Quantiles]:
    """The quantiles of each term, by its number; all have finite values. Raises duckdb.Error."""
    searches = {term.number: _search(term, facts[term.number]) for term in terms}
    while going_on := {number: each for number, each in searches.items() if each.pending}:
        asked = {number: each.beginnings() for number, each in going_on.items()}
        for number, answer in counted(database, asked, rows_of(terms)).items():
            going_on[number].narrow(answer)
    return {number: _quantiles(each) for number, each in searches.items()}


@dataclass(slots=True)
class _Search:
    """Where the search in one column has got to.

    `pending` are the ranks (from 0) whose key is not known, ascending; `found` maps the others to their places.
    `looked_at` maps the beginnings in which pending ranks lie to the number of keys below; these have been shifted by
    `shifted` bits, or it is None, before the first pass. The next pass shifts by `shift` bits.
    """

    term: Term
    count: int
    pending: list[int]
    shift: int
    shifted: int | None = None
    looked_at: dict[int, int] = field(default_factory=dict)
    found: dict[int, Place] = field(default_factory=dict)

    def beginnings(self) -> Grouping:
        """The beginnings of keys that the next pass counts."""
        key = self.term.key
        condition = f"({key}) IS NOT NULL"
        if self.shifted is not None:
            condition = f"(({key}) >> {self.shifted}) IN ({', '.join(f'({each})' for each in self.looked_at)})"
        return Grouping(f"({key}) >> {self.shift}", condition, self.term.asked.integer_type == "UBIGINT")

    def narrow(self, answer: list[tuple[int, int]]) -> None:
        """Take in what a pass has counted, beginnings ascending."""
        looked_at: dict[int, int] = {}
        left = iter(self.pending)
        rank = next(left, None)
        below, inside, previous = 0, 0, None
        for beginning, count in answer:
            if self.shifted is not None:
                above = beginning >> (self.shifted - self.shift)
                below = below if above == previous else self.looked_at[above]
                previous = above
            while rank is not None and rank < below + count:
                if self.shift:
                    looked_at[beginning] = below
                else:
                    self.found[rank] = Place(self.term.value_of(beginning), below, count)
                rank = next(left, None)
            below += count
            inside += count if beginning in looked_at else 0
        self.pending = self.pending if self.shift else []
        self.shifted, self.looked_at = self.shift, looked_at
        self.shift = 0 if inside <= _FEW else max(0, self.shift - _MORE_BITS)


def _search(term: Term, facts: Facts) -> _Search:
    last = facts.finite - 1
    ranks = sorted({rank for step in range(STEPS + 1) for rank in _ranks(step, last)} | set(_outer_ranks(last)))
    low, high = term.key_of(facts.low), term.key_of(facts.high)
    if low == high:
        only = Place(facts.low, 0, facts.finite)
        return _Search(term, facts.finite, [], 0, found=dict.fromkeys(ranks, only))
    shift = 0
    while facts.finite > _FEW and (high >> shift) - (low >> shift) >= 1 << _FIRST_BITS:
        shift += 1
    return _Search(term, facts.finite, ranks, shift)


def _ranks(step: int, last: int) -> tuple[int, int]:
    """The ranks between which a quantile lies."""
    below, rest = divmod(step * last, STEPS)
    return below, below + (1 if rest else 0)


def _outer_ranks(last: int) -> tuple[int, ...]:
    """Ranks near both ends, so that a few values far away hide nothing of the others."""
    near = {min(1, last), last // 1000, last // 100}
    return tuple(near | {last - rank for rank in near})


def _quantiles(search: _Search) -> Quantiles:
    is_time = search.term.asked.kind.is_time
    last = search.count - 1
    shares: list[int | float] = []
    told = set(_outer_ranks(last))
    for step in range(STEPS + 1):
        ranks = _ranks(step, last)
        below, above = (search.found[rank].value for rank in ranks)
        shares.append(_between(below, above, step * last % STEPS, is_time=is_time))
        told.add(ranks[0])
    places = dict.fromkeys(search.found[rank] for rank in sorted(told))  # each once, in order
    return Quantiles(tuple(shares), tuple(places))


def _between(below: int | float, above: int | float, rest: int, *, is_time: bool) -> int | float:
    """The value at `rest` twentieths of the way from one value to the next."""
    if not rest or below == above:
        return below
    if is_time:
        return int(below) + (int(above) - int(below)) * rest // STEPS
    if isinstance(below, int):
        return (below * STEPS + (int(above) - below) * rest) / STEPS
    way = above - below
    share = rest / STEPS
    return below + way * share if math.isfinite(way) else below * (1 - share) + above * share
