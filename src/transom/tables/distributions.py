"""What differs between two tables as wholes: of each column its type, what is missing, how its values are spread.

Cells are not compared (that is `compare`): the rows may be others, more, or in another order.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from transom.model.profiles import ColumnProfile, Kind, Profile, Value
from transom.model.texts import cut, visible
from transom.tables.distribution_distances import are_alike, distance, least_told
from transom.tables.profile import MOST_TOP, profile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

#: So many columns have a sentence, and so many new or vanished values are named in it.
SENTENCES = 20
_NAMED = 5
_LONGEST = 60
#: Figures that are this near are the same: the order of additions shows in the last digits.
_TOLERANCE = 1e-9
_OF_OTHER_KINDS = 2.0
#: A distance is known to about so much, as profiles keep only some points of a distribution.
_APART = 0.01
#: Whole numbers of no more different values are taken for labels, of which new ones are told.
_LABELS = 20
_DAY, _HOUR, _MINUTE = 86400.0, 3600.0, 60.0


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a column in both tables, where it differs.

    `change` is by how much the later one is larger: of numbers as they are, of times in seconds; None of a text.
    """

    what: str
    before: Value | None
    after: Value | None
    change: float | None = None


@dataclass(frozen=True, slots=True)
class ColumnDifference:
    """What differs in a column that both tables have.

    `distance` says how far apart the values are distributed, from 0 to 1; None where that cannot be said. `weight` is
    how much the column differs in all: the distance or what the missing shares differ by, 2 where the values are of
    other kinds. `new` are values that are in the later table only, or only there among the frequent ones; `vanished`
    the other way round.
    """

    column: str
    weight: float
    distance: float | None
    figures: tuple[Figure, ...]
    new: tuple[str, ...]
    vanished: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Distributions:
    """What differs between two tables. `columns` are those that differ, the most different first.

    `removed` and `added` are columns that only the earlier, only the later table has; `rows` are of both.
    """

    rows: tuple[int, int]
    removed: tuple[str, ...]
    added: tuple[str, ...]
    columns: tuple[ColumnDifference, ...]
    sentences: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """All of it for JSON."""
        return asdict(self)


def distributions(
    before: Path | Profile, after: Path | Profile, *, stop: Callable[[], bool] | None = None
) -> Distributions:
    """How the later of two tables differs from the earlier one; each is given as a step file or as its profile.

    Columns are matched by their names, of one name by their order; levels of the row index by their order. From step
    files more frequent values are known than from kept profiles. Raises what `profile` raises.
    """
    one, other = (
        each if isinstance(each, Profile) else profile(each, top=MOST_TOP, stop=stop) for each in (before, after)
    )
    columns, others = _named(one), _named(other)
    differences = [_difference(name, columns[name], others[name]) for name in columns if name in others]
    differing = sorted((each for each in differences if each is not None), key=lambda each: -each.weight)
    removed = tuple(name for name in columns if name not in others)
    added = tuple(name for name in others if name not in columns)
    rows = (one.rows, other.rows)
    return Distributions(rows, removed, added, tuple(differing), tuple(_sentences(rows, removed, added, differing)))


def _named(told: Profile) -> dict[str, ColumnProfile]:
    """The levels and columns by what they are called, each once."""
    several = len(told.index) > 1
    found = {
        f"the row index{f' (level {number})' if several else ''}": level for number, level in enumerate(told.index)
    }
    seen: dict[str, int] = {}
    for column in told.columns:
        name = column.name or ""
        seen[name] = seen.get(name, 0) + 1
        called = name if seen[name] == 1 else f"{name} ({seen[name]})"
        while called in found:
            called += "'"
        found[called] = column
    return found


def _difference(name: str, before: ColumnProfile, after: ColumnProfile) -> ColumnDifference | None:
    figures = tuple(_figures(before, after))
    new, vanished = _only_in(after, before), _only_in(before, after)
    apart = distance(before, after)
    if not (figures or new or vanished or (apart or 0.0) >= _APART):
        return None
    missing = abs(after.missing_share - before.missing_share)
    weight = max(apart or 0.0, missing) if are_alike(before, after) else _OF_OTHER_KINDS
    return ColumnDifference(name, weight, apart, figures, new, vanished, _sentence(name, figures, new, vanished, apart))


def _only_in(one: ColumnProfile, other: ColumnProfile) -> tuple[str, ...]:
    """Frequent values of a column that another one lacks, or that would be frequent there if nothing had changed."""
    if not are_alike(one, other) or (one.kind is Kind.NUMBER and (one.unique or 0) > _LABELS):
        return ()
    there = {each.value for each in other.top}
    least = least_told(other)
    return tuple(each.value for each in one.top if each.value not in there and each.count / one.count > least)


def _figures(before: ColumnProfile, after: ColumnProfile) -> Iterator[Figure]:
    """The figures that differ."""
    if before.type != after.type:
        yield Figure("type", before.type, after.type)
    shares = before.missing_share, after.missing_share
    if not _is_same(*shares, 1.0):
        yield Figure("missing share", *shares, shares[1] - shares[0])
    if are_alike(before, after):
        yield from _measured(before, after)
        yield from _counted(before, after)


def _measured(before: ColumnProfile, after: ColumnProfile) -> Iterator[Figure]:
    numbers, others = _numbers(before), _numbers(after)
    largest = max((abs(each) for each in (*numbers.values(), *others.values())), default=0.0)
    for what in ("mean", "median", "deviation", "min", "max"):
        values = getattr(before, what), getattr(after, what)
        if what in numbers and what in others:
            change = others[what] - numbers[what]
            if not _is_same(numbers[what], others[what], largest):
                yield Figure(what, *values, change if math.isfinite(change) else None)
        elif values[0] != values[1] and before.kind is after.kind:
            yield Figure(what, *values)


def _numbers(column: ColumnProfile) -> dict[str, float]:
    """The figures of numbers, or of times in seconds."""
    spread = column.spread
    if spread is None:
        return {}
    found = {"mean": spread.mean, "min": spread.points[0].value, "max": spread.points[-1].value}
    if spread.deviation is not None:
        found["deviation"] = spread.deviation
    if column.kind is Kind.NUMBER and column.median is not None:
        found["median"] = float(column.median)
    return found


def _counted(before: ColumnProfile, after: ColumnProfile) -> Iterator[Figure]:
    counts: dict[str, tuple[int | None, int | None]] = {
        "infinities": (_infinities(before), _infinities(after)),
        "empty": (before.empty, after.empty),
    }
    if not (before.unique_is_approximate or after.unique_is_approximate):
        counts["unique"] = before.unique, after.unique
    for what, (one, other) in counts.items():
        if one != other:
            yield Figure(what, one, other, None if one is None or other is None else other - one)


def _infinities(column: ColumnProfile) -> int:
    return column.positive_infinities + column.negative_infinities


def _is_same(one: float, other: float, largest: float) -> bool:
    """Whether two figures are the same beside the largest one that they are made of."""
    return math.isclose(one, other, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE * largest)


# What is said of it.


def _sentences(
    rows: tuple[int, int], removed: Sequence[str], added: Sequence[str], columns: Sequence[ColumnDifference]
) -> Iterator[str]:
    if rows[0] != rows[1]:
        yield f"There are {rows[1]:,} rows instead of {rows[0]:,}."
    for names, what in ((removed, "gone"), (added, "new")):
        if names:
            yield f"{'Column' if len(names) == 1 else 'Columns'} {what}: {_listed(names, SENTENCES)}."
    yield from (each.sentence for each in columns[:SENTENCES])
    if len(columns) > SENTENCES:
        yield f"{len(columns) - SENTENCES:,} more columns differ."
    if rows[0] == rows[1] and not (removed or added or columns):
        yield "Every column is distributed as before."


def _sentence(
    name: str, figures: Sequence[Figure], new: Sequence[str], vanished: Sequence[str], apart: float | None
) -> str:
    by_name = {each.what: each for each in figures}
    parts = [_told(by_name[what]) for what in ("type", "missing share", "mean", "median") if what in by_name]
    if not {"mean", "median"} & set(by_name):
        parts += [
            _told(by_name[what]) for what in ("deviation", "min", "max", "infinities", "unique") if what in by_name
        ]
    for values, what in ((new, "new"), (vanished, "gone")):
        if values:
            parts.append(f"{what}: {_listed(values, _NAMED)}")
    if not parts:
        parts = ["its values are distributed otherwise"]
    told = f"{_shown(name)}: {'; '.join(parts)}"
    return f"{told} (distance {apart:.2f})." if apart is not None and apart >= _APART else f"{told}."


def _told(figure: Figure) -> str:
    if figure.what == "missing share":
        before, after = (f"{float(each or 0):.2%}" for each in (figure.before, figure.after))
        return f"{after} missing instead of {before}"
    by = ""
    if figure.change is not None and figure.what in ("mean", "median"):
        by = _by(figure.before, figure.change)
    return f"{figure.what} {_shown(figure.after)} instead of {_shown(figure.before)}{by}"


def _by(before: Value | None, change: float) -> str:
    """A change beside what it was: in percent, of times as a length of time."""
    if isinstance(before, str):
        return f" ({'+' if change > 0 else '-'}{_length(abs(change))})"
    if not before or not math.isfinite(100 * change / before):
        return ""
    return f" ({100 * change / abs(before):+.3g} %)"


def _length(seconds: float) -> str:
    for unit, size in (("days", _DAY), ("hours", _HOUR), ("minutes", _MINUTE)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"


def _shown(value: Value | None) -> str:
    """A value for a sentence: numbers short, texts visible, on one line and cut."""
    if value is None:
        return "none"
    if isinstance(value, str):
        return cut(" ".join(visible(value).split()), _LONGEST) or '""'
    return f"{value:,}" if isinstance(value, int) else f"{value:.6g}"


def _listed(names: Iterable[str], most: int) -> str:
    shown = [_shown(name) for name in names]
    more = f" and {len(shown) - most:,} more" if len(shown) > most else ""
    return ", ".join(shown[:most]) + more
