"""The statistics of a table in a step file: which columns are measured together, and what becomes of the figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from transom.errors import InputUnreadable, WrongUse
from transom.model.profiles import ColumnProfile, Kind, Point, Profile, Spread
from transom.model.texts import cut
from transom.tables.display import cell_texts
from transom.tables.paths import shown
from transom.tables.profile_columns import (
    LONGEST_TEXT,
    Asked,
    Source,
    asked,
    columns_of,
    copied_bytes,
    levels_of,
    missing_of,
    only_counted,
)
from transom.tables.profile_database import Database, database
from transom.tables.profile_facts import Facts, facts_of, is_measured, with_moments
from transom.tables.profile_histograms import histograms
from transom.tables.profile_quantiles import STEPS, Quantiles, quantiles
from transom.tables.profile_sql import Term, registered
from transom.tables.profile_values import Values, values_of
from transom.tables.step_file import describe_step, open_step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from transom.model.profiles import Histogram, Value

MOST_BINS = 1000
MOST_TOP = 1000
#: So many columns are asked about at once, and so many bytes of them may be copied for it.
_TOGETHER = 32
_COPIED_BYTES = 256 * 1024**2
_MIDDLE, _QUARTER = STEPS // 2, STEPS // 4
_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_DAY = 86400
_LONGEST_DURATION = (1 << 63) - 1


def profile(step_file: Path, *, bins: int = 20, top: int = 10, stop: Callable[[], bool] | None = None) -> Profile:
    """The statistics of every column, and of each level of the row index that does not just count from 0.

    Histograms have at most `bins` bins (1 to 1,000), the most frequent values are `top` (0 to 1,000). DuckDB makes them
    from the mapped file with at most 1 GiB of memory of its own, whatever the table's size. `stop` is asked twenty
    times a second. Raises InputUnreadable where the file is no step file or a column cannot be measured, WrongUse, and
    concurrent.futures.CancelledError once `stop` says so.
    """
    _refuse(bins, MOST_BINS, 1, "bins of a histogram")
    _refuse(top, MOST_TOP, 0, "most frequent values")
    table = open_step(step_file)
    description = describe_step(table)
    levels, columns = levels_of(table, description), columns_of(table, description)
    measured = _measured([*levels, *columns], _Wanted(step_file, bins, top, stop))
    return Profile(description.rows, tuple(measured[len(levels) :]), tuple(measured[: len(levels)]))


@dataclass(frozen=True, slots=True)
class _Wanted:
    path: Path
    bins: int
    top: int
    stop: Callable[[], bool] | None


def _refuse(number: int, most: int, least: int, what: str) -> None:
    if not least <= number <= most:
        raise WrongUse(problem=f"{number} {what} cannot be had.", advice=f"Ask for {least} to {most:,}.")


def _unmeasured(path: Path, column: str, wrong: Exception) -> InputUnreadable:
    said = " ".join(str(wrong).split()).rstrip(".")
    return InputUnreadable(
        path=shown(path),
        reason=f"no statistics can be made of its column {cut(column, LONGEST_TEXT)} ({cut(said, LONGEST_TEXT)})",
        advice="Leave the column out, or change its type in the script.",
    )


def _measured(sources: Sequence[Source], wanted: _Wanted) -> list[ColumnProfile]:
    if not any(len(source.column) for source in sources):
        return [_only_missing(only_counted(source)) for source in sources]
    with database(wanted.stop) as opened:
        return [each for chunk in _chunks(sources) for each in _of_chunk(opened, chunk, wanted)]


def _chunks(sources: Sequence[Source]) -> Iterator[list[Source]]:
    """Columns that are measured together, in order."""
    chunk: list[Source] = []
    copied = 0
    for source in sources:
        size = copied_bytes(source)
        if chunk and (len(chunk) == _TOGETHER or copied + size > _COPIED_BYTES):
            yield chunk
            chunk, copied = [], 0
        chunk.append(source)
        copied += size
    yield chunk


def _of_chunk(opened: Database, sources: Sequence[Source], wanted: _Wanted) -> list[ColumnProfile]:
    """The profiles of some columns; where they are refused, it is found out which one it is."""
    try:
        return _profiles(opened, [asked(source) for source in sources], wanted)
    except _refusals():
        return [_alone(source, wanted) for source in sources]


def _alone(source: Source, wanted: _Wanted) -> ColumnProfile:
    """The profile of one column, in a database of its own: an error may have left the other one unusable."""
    column = asked(source)
    try:
        with database(wanted.stop) as opened:
            return _profiles(opened, [column], wanted)[0]
    except _refusals() as wrong:
        if column.kind is Kind.OTHER:  # what else there is of it can still be told
            return _only_missing(only_counted(source))
        raise _unmeasured(wanted.path, source.shown, wrong) from None


def _refusals() -> tuple[type[Exception], ...]:
    """What DuckDB and Arrow raise where they cannot do something with a column."""
    from duckdb import Error

    return (Error, pa.ArrowException, ValueError, ArithmeticError)


def _profiles(opened: Database, columns: Sequence[Asked], wanted: _Wanted) -> list[ColumnProfile]:
    """The profiles of columns that are measured together. Raises duckdb.Error."""
    terms = [Term(number, each) for number, each in enumerate(columns) if each.values is not None]
    found: dict[int, ColumnProfile] = {}
    if terms:
        opened.give(registered(terms))
        facts = with_moments(opened, terms, facts_of(opened, terms))
        measured = [term for term in terms if is_measured(term, facts[term.number])]
        bins = histograms(opened, measured, facts, wanted.bins)
        shares = quantiles(opened, measured, facts)
        values = values_of(opened, terms, facts, wanted.top)
        for term in terms:
            told = _told(term, facts[term.number], values[term.number])
            if term.number in bins:
                told |= _told_of_numbers(term.asked, facts[term.number], bins[term.number], shares[term.number])
            found[term.number] = _column(term.asked, facts[term.number].count, told)
    return [found.get(number) or _only_missing(each) for number, each in enumerate(columns)]


def _column(column: Asked, count: int, told: dict[str, Any]) -> ColumnProfile:
    source = column.source
    return ColumnProfile(source.name, source.type, column.kind, count, len(source.column) - count, **told)


def _only_missing(column: Asked) -> ColumnProfile:
    """What is told of a column that DuckDB was not asked about."""
    rows = len(column.source.column)
    count = rows - missing_of(column.source.column)
    return _column(column, count, {} if count else {"unique": 0})


def _told(term: Term, facts: Facts, values: Values) -> dict[str, Any]:
    is_text = term.asked.kind is Kind.TEXT and facts.count > 0
    return {
        "unique": values.unique,
        "unique_is_approximate": values.unique_is_approximate,
        "top": values.top,
        "top_is_approximate": values.top_is_approximate,
        "positive_infinities": facts.positive_infinities,
        "negative_infinities": facts.negative_infinities,
        "empty": facts.empty,
        "lengths": facts.lengths,
        "min": cut(facts.low, LONGEST_TEXT) if is_text else None,
        "max": cut(facts.high, LONGEST_TEXT) if is_text else None,
    }


def _told_of_numbers(column: Asked, facts: Facts, histogram: Histogram, found: Quantiles) -> dict[str, Any]:
    assert facts.mean is not None
    mean: int | float = facts.mean
    if column.kind.is_time and facts.total is not None:
        mean = facts.total // facts.finite
    return {
        "min": column.value(facts.low),
        "max": column.value(facts.high),
        "mean": column.value(mean),
        "median": column.value(found.shares[_MIDDLE]),
        "lower_quartile": column.value(found.shares[_QUARTER]),
        "upper_quartile": column.value(found.shares[-1 - _QUARTER]),
        "deviation": _deviation(column, facts.deviation),
        "histogram": histogram,
        "spread": _spread(column, facts, found),
    }


def _seconds(column: Asked) -> float:
    """How many seconds a unit of a column of times is; 1 of numbers."""
    kind = column.source.column.type
    if not column.kind.is_time:
        return 1.0
    if pa.types.is_date(kind):
        return float(_DAY) if pa.types.is_date32(kind) else _SECONDS["ms"]
    return _SECONDS[kind.unit]


def _deviation(column: Asked, deviation: float | None) -> Value | None:
    """The deviation as it is told: of times a length of time, as text."""
    if deviation is None or not column.kind.is_time:
        return deviation
    kind = column.source.column.type
    unit = "s" if pa.types.is_date32(kind) else "ms" if pa.types.is_date64(kind) else kind.unit
    units = round(deviation * (_DAY if pa.types.is_date32(kind) else 1))
    length = pa.array([min(units, _LONGEST_DURATION)], pa.int64()).cast(pa.duration(unit))
    return cell_texts(pa.chunked_array([length]))[0]


def _spread(column: Asked, facts: Facts, found: Quantiles) -> Spread:
    seconds = _seconds(column)
    assert facts.mean is not None
    deviation = None if facts.deviation is None else facts.deviation * seconds
    points = (Point(each.value * seconds, each.below, each.below + each.count) for each in found.places)
    return Spread(facts.mean * seconds, deviation, tuple(points))
