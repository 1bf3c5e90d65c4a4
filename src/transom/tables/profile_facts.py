"""What one pass over all columns tells of each, and what a second one adds: counts, extremes, sums, deviations."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from transom.model.profiles import Kind, Lengths
from transom.tables.profile_database import TABLE
from transom.tables.profile_sql import literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from transom.tables.profile_database import Database
    from transom.tables.profile_sql import Term

#: Squares of numbers within these have a place among floating numbers; others are measured scaled.
_SMALL, _LARGE = 1e-140, 1e140
_WIDEST_SCALE = 1000


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one column, as DuckDB answers: `count` values, of which about `distinct` are different.

    `low`, `high`, `total`, `mean` and `deviation` are of the finite values of a column of numbers or times, in its own
    unit; `total` of whole numbers only. Of a text `low` and `high` are the first and last one, of bytes nothing.
    """

    count: int
    distinct: int = 0
    low: Any = None
    high: Any = None
    positive_infinities: int = 0
    negative_infinities: int = 0
    total: int | None = None
    mean: float | None = None
    deviation: float | None = None
    empty: int | None = None
    lengths: Lengths | None = None

    @property
    def finite(self) -> int:
        """How many values are neither missing nor infinite."""
        return self.count - self.positive_infinities - self.negative_infinities


def facts_of(database: Database, terms: Sequence[Term]) -> dict[int, Facts]:
    """The facts of each term, by its number, without mean and deviation. Raises duckdb.Error."""
    asked = {term.number: _expressions(term) for term in terms}
    (answer,) = database.ask(
        f"SELECT {', '.join(one for each in asked.values() for one in each.values())} FROM {TABLE}"
    )
    values = iter(answer)
    return {number: _facts({name: next(values) for name in each}) for number, each in asked.items()}


def with_moments(database: Database, terms: Sequence[Term], facts: Mapping[int, Facts]) -> dict[int, Facts]:
    """The facts with mean and deviation where a term is of numbers or times. Raises duckdb.Error."""
    measured = [term for term in terms if is_measured(term, facts[term.number])]
    if not measured:
        return dict(facts)
    asked = [one for term in measured for one in _moments(term, facts[term.number])]
    (answer,) = database.ask(f"SELECT {', '.join(asked)} FROM {TABLE}")
    values = iter(answer)
    return dict(facts) | {
        term.number: _measured(term, facts[term.number], next(values), next(values)) for term in measured
    }


def is_measured(term: Term, facts: Facts) -> bool:
    """Whether the term has numbers, or times, to be measured."""
    return term.asked.kind.is_measured and facts.finite > 0


def _expressions(term: Term) -> dict[str, str]:
    """What is asked in the first pass."""
    kind = term.asked.kind
    told = {"count": f"count({term.value})", "distinct": f"approx_count_distinct({term.value})"}
    if term.asked.is_floating:
        told["positive_infinities"] = f"count_if(c{term.number} = 'inf'::DOUBLE)"
        told["negative_infinities"] = f"count_if(c{term.number} = '-inf'::DOUBLE)"
    if kind.is_measured or kind is Kind.TEXT:
        value = term.value if kind is Kind.TEXT else term.finite
        told |= {"low": f"min({value})", "high": f"max({value})"}
    if kind.is_measured and not term.asked.is_floating:
        told["total"] = f"sum({term.value})"
    if term.asked.has_lengths:
        told |= {f"{word}_length": f"{word}({term.length})" for word in ("min", "max", "avg")}
        told["empty"] = f"count_if({term.value} = '')" if kind is Kind.TEXT else f"count_if({term.length} = 0)"
    return told


def _facts(told: dict[str, Any]) -> Facts:
    lengths = [told.pop(f"{word}_length", None) for word in ("min", "max", "avg")]
    facts = Facts(**told)
    if lengths[0] is not None:
        facts = replace(facts, lengths=Lengths(*lengths))
    return replace(facts, distinct=min(facts.distinct, facts.count))


def _moments(term: Term, facts: Facts) -> tuple[str, str]:
    """The mean (of whole numbers it comes from their exact total) and the deviation, each of the scaled values."""
    if not term.asked.is_floating:
        above = term.above(facts.low, facts.high)
        return "NULL", f"stddev_samp({above}::DOUBLE)"
    scale, origin = _scale(facts), _origin(facts)
    value = f"({term.finite})"
    if origin:
        value = f"({value} - {literal(origin)})"
    if scale != 1:
        value = f"{value} * {literal(scale)}"
    return f"avg({value})", f"stddev_samp({value})"


def _measured(term: Term, facts: Facts, mean: float | None, deviation: float | None) -> Facts:
    scale = _scale(facts) if term.asked.is_floating else 1.0
    if deviation is not None:
        deviation = deviation / scale
        deviation = deviation if math.isfinite(deviation) else None
    if mean is None:
        assert facts.total is not None
        return replace(facts, mean=facts.total / facts.finite, deviation=deviation)
    # Rounding may bring the mean of equal numbers beyond them.
    return replace(facts, mean=min(max(mean / scale + _origin(facts), facts.low), facts.high), deviation=deviation)


def _origin(facts: Facts) -> float:
    """What is taken from numbers that all lie on one side of 0, so that far from it no digits of theirs get lost."""
    nearest: float = max(facts.low, 0) or min(facts.high, 0)
    return nearest


def _scale(facts: Facts) -> float:
    """A power of two by which numbers are multiplied so that neither their sum nor their squares overflow."""
    largest = max(abs(facts.low), abs(facts.high))
    if largest == 0 or _SMALL < largest < _LARGE:
        return 1.0
    return math.ldexp(1.0, max(-_WIDEST_SCALE, min(_WIDEST_SCALE, -math.frexp(largest)[1])))
