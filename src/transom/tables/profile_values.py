"""How many different values a column has and which come most often: exactly where that is cheap, else nearly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from transom.model.profiles import Kind, TopValue
from transom.tables.profile_database import TABLE
from transom.tables.profile_groups import FEW_ROWS
from transom.tables.profile_sql import rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from transom.tables.profile_database import Database
    from transom.tables.profile_facts import Facts
    from transom.tables.profile_sql import Term

#: Up to so many different values (by DuckDB's estimate) are counted exactly, and so many bytes of text. Of floating
#: numbers and times, which hardly ever are keys, fewer.
EXACT_VALUES = 1_000_000
EXACT_MEASURES = 100_000
EXACT_BYTES = 256 * 1024**2
#: A column of whole numbers with more different values than these has no frequent ones worth telling.
FEW_NUMBERS = 1000
#: So many columns with few values are asked about at once; those with many one by one, to hold one at a time.
_TOGETHER = 10_000
_MARGIN = 2
_ALONE = (Kind.BYTES, Kind.OTHER)


@dataclass(frozen=True, slots=True)
class Values:
    """What is known of the different values of a column."""

    unique: int
    unique_is_approximate: bool = False
    top: tuple[TopValue, ...] = ()
    top_is_approximate: bool = False


def values_of(database: Database, terms: Sequence[Term], facts: Mapping[int, Facts], top: int) -> dict[int, Values]:
    """The different values of each term, by its number, and the `top` most frequent ones. Raises duckdb.Error."""
    found: dict[int, Values] = {}
    together: list[Term] = []
    for term in terms:
        estimate = facts[term.number].distinct
        if not _is_exact(term, facts[term.number]):
            found[term.number] = _nearly(database, term, estimate, top)
        elif term.asked.kind in _ALONE or estimate > _TOGETHER:
            found |= _exactly(database, [term], facts, top)
        else:
            together.append(term)
    return found | _exactly(database, together, facts, top)


def _is_exact(term: Term, facts: Facts) -> bool:
    """Whether the different values may all be held to count them."""
    size = facts.lengths.mean * facts.distinct if facts.lengths is not None else 0
    is_measure = term.asked.is_floating or term.asked.kind.is_time
    return facts.distinct <= (EXACT_MEASURES if is_measure else EXACT_VALUES) and size <= EXACT_BYTES


def _has_top(term: Term, estimate: int) -> bool:
    if term.asked.kind is Kind.NUMBER:
        return not term.asked.is_floating and estimate <= _MARGIN * FEW_NUMBERS
    return not term.asked.kind.is_time


def _exactly(database: Database, terms: Sequence[Term], facts: Mapping[int, Facts], top: int) -> dict[int, Values]:
    ranked = [term for term in terms if _has_top(term, facts[term.number].distinct)]
    only_counted = [term for term in terms if term not in ranked]
    return _counts(database, only_counted) | _rankings(database, ranked, top)


def _counts(database: Database, terms: Sequence[Term]) -> dict[int, Values]:
    if not terms:
        return {}
    (answer,) = database.ask(f"SELECT {', '.join(f'count(DISTINCT {term.value})' for term in terms)} FROM {TABLE}")
    return {term.number: Values(unique) for term, unique in zip(terms, answer, strict=True)}


def _rankings(database: Database, terms: Sequence[Term], top: int) -> dict[int, Values]:
    if not terms:
        return {}
    least = max(top, 1)  # one row at least, as each says how many different values there are
    if terms[0].asked.kind in _ALONE:
        query = _in_a_pass(terms[0], least)
    elif rows_of(terms) <= FEW_ROWS:
        query = _in_one_pass(terms, least)
    else:
        query = " UNION ALL ".join(f"({_in_a_pass(term, least)})" for term in terms)
    answers: dict[int, list[tuple[Any, int, int]]] = {term.number: [] for term in terms}
    for number, value, count, different in database.ask(query):
        answers[number].append((value, count, different))
    return {term.number: _ranking(term, answers[term.number], top) for term in terms}


def _in_a_pass(term: Term, top: int) -> str:
    """Asks for (number of the term, value, in how many rows, how many different values there are)."""
    told = "value" if term.asked.kind in _ALONE else "value::VARCHAR"
    return (
        f"SELECT {term.number}, {told}, count(*) AS many, count(*) OVER () FROM (SELECT {term.value} AS value "
        f"FROM {TABLE}) WHERE value IS NOT NULL GROUP BY value ORDER BY many DESC, value LIMIT {top}"
    )


def _in_one_pass(terms: Sequence[Term], top: int) -> str:
    """Asks the same of many terms; whole numbers stay in their order by `place`, which is nothing of texts."""
    numbers = ", ".join(str(term.number) for term in terms)
    values = ", ".join(f"({term.value})::VARCHAR" for term in terms)
    places = ", ".join(f"({term.value})::HUGEINT" if _is_whole(term) else "0" for term in terms)
    return (
        f"SELECT number, value, many, different FROM (SELECT number, value, count(*) AS many, "
        f"count(*) OVER (PARTITION BY number) AS different, "
        f"row_number() OVER (PARTITION BY number ORDER BY count(*) DESC, place, value) AS position "
        f"FROM (SELECT unnest([{numbers}]) AS number, unnest([{values}]) AS value, unnest([{places}]) AS place "
        f"FROM {TABLE}) WHERE value IS NOT NULL GROUP BY number, value, place) WHERE position <= {top}"
    )


def _ranking(term: Term, answers: Sequence[tuple[Any, int, int]], top: int) -> Values:
    unique = max((different for _, _, different in answers), default=0)
    ranked = [(_as_value(term, value), count) for value, count, _ in answers]
    if term.asked.kind not in _ALONE:  # several queries in one keep no order
        ranked.sort(key=lambda each: (-each[1], each[0]))
    if not top or (term.asked.kind is Kind.NUMBER and unique > FEW_NUMBERS):
        return Values(unique)
    texts = term.asked.texts([value for value, _ in ranked])
    return Values(unique, top=tuple(TopValue(text, count) for text, (_, count) in zip(texts, ranked, strict=True)))


def _is_whole(term: Term) -> bool:
    return term.asked.kind in (Kind.NUMBER, Kind.CATEGORY)


def _as_value(term: Term, told: Any) -> Any:
    if _is_whole(term):
        return int(told)
    return told == "true" if term.asked.kind is Kind.BOOLEAN else told


def _nearly(database: Database, term: Term, estimate: int, top: int) -> Values:
    """Candidates come from one pass, their counts from a second one."""
    if not top or not _has_top(term, estimate):
        return Values(estimate, unique_is_approximate=True)
    values = f"(SELECT {term.value} AS value FROM {TABLE})"
    answer = database.ask(
        f"SELECT value, count(*) AS rows FROM {values} "
        f"WHERE value IN (SELECT unnest(approx_top_k(value, {top})) FROM {values}) "
        f"GROUP BY value ORDER BY rows DESC, value"
    )
    texts = term.asked.texts([value for value, _ in answer])
    ranked = tuple(TopValue(text, count) for text, (_, count) in zip(texts, answer, strict=True))
    return Values(estimate, unique_is_approximate=True, top=ranked, top_is_approximate=True)
