"""What the statistics of a table are: of each column how many values, which, how they are spread; and their JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, TypeAlias

_VERSION = 1
#: A number as it is; an instant or a length of time as text, as a preview shows it.
Value: TypeAlias = int | float | str


class NoProfile(ValueError):
    """A document that is no profile; the text says why."""


class Kind(StrEnum):
    """What the values of a column are to whoever measures them.

    INSTANT is also a date, DURATION also a time of day, TEXT also what stands in a step file as text only, such as a
    period. EMPTY has a type that no value can have. OTHER is the rest: complex numbers, intervals, lists, structures.
    """

    NUMBER = "number"
    INSTANT = "instant"
    DURATION = "duration"
    BOOLEAN = "boolean"
    CATEGORY = "category"
    TEXT = "text"
    BYTES = "bytes"
    OTHER = "other"
    EMPTY = "empty"

    @property
    def is_time(self) -> bool:
        """Whether the values are counted in units of time."""
        return self in (Kind.INSTANT, Kind.DURATION)

    @property
    def is_measured(self) -> bool:
        """Whether the values are numbers, or counted like numbers."""
        return self is Kind.NUMBER or self.is_time


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many values lie between two edges: `counts[i]` from `edges[i]` up to, but not at, `edges[i + 1]`.

    Of floating numbers the last bin also holds the values at its upper edge, which is the largest value. Of whole
    numbers and times each bin is equally many units wide, so that the last edge lies above the largest value.
    """

    edges: tuple[Value, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TopValue:
    """A value as text (a long one cut), and in how many rows it stands."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long texts (in characters), bytes or lists (in elements) are."""

    min: int
    max: int
    mean: float


@dataclass(frozen=True, slots=True)
class Point:
    """A value of a column: so many finite values lie below it, and so many up to it and at it."""

    value: float
    below: int
    up_to: int


@dataclass(frozen=True, slots=True)
class Spread:
    """Where the finite values of a column lie, as floating numbers: of instants the seconds since 1970, of durations
    the seconds.

    `points` are values of the column, ascending, from the smallest to the largest one: at most a twentieth of all lies
    between two of them, less near the ends. `deviation` is None of one value.
    """

    mean: float
    deviation: float | None
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """The statistics of a column, or of a level of the row index (whose name may be None).

    `type` is pandas' word for it. `count` values are there, `missing` are not (NaN is missing). Of the values, `unique`
    are different ones; it is None where they were not counted, and an estimate where `unique_is_approximate`.

    Numbers, instants and durations have `min`, `max`, `mean`, `median`, quartiles, the sample's standard `deviation`
    and a `histogram`, all of their finite values; infinities are counted apart. Their `spread` is for whoever compares.
    Texts have `min` and `max` in the order of their code points; texts, bytes and lists have `lengths` and the number
    of `empty` ones.
    `top` holds the most frequent values of texts, categories, booleans, whole numbers of few values and the like,
    the most frequent first; where `top_is_approximate`, its counts are exact, but a value of it might be surpassed by
    one that is not in it.
    """

    name: str | None
    type: str
    kind: Kind
    count: int
    missing: int
    unique: int | None = None
    unique_is_approximate: bool = False
    min: Value | None = None
    max: Value | None = None
    mean: Value | None = None
    median: Value | None = None
    lower_quartile: Value | None = None
    upper_quartile: Value | None = None
    deviation: Value | None = None
    positive_infinities: int = 0
    negative_infinities: int = 0
    empty: int | None = None
    lengths: Lengths | None = None
    histogram: Histogram | None = None
    top: tuple[TopValue, ...] = ()
    top_is_approximate: bool = False
    spread: Spread | None = None

    @property
    def missing_share(self) -> float:
        """The share of the rows in which the value is missing, from 0 to 1."""
        rows = self.count + self.missing
        return self.missing / rows if rows else 0.0

    @property
    def top_is_whole(self) -> bool:
        """Whether `top` holds every value that the column has."""
        return sum(each.count for each in self.top) == self.count


@dataclass(frozen=True, slots=True)
class Profile:
    """The statistics of a table; `index` are the levels of its row index, () where that only counts from 0."""

    rows: int
    columns: tuple[ColumnProfile, ...]
    index: tuple[ColumnProfile, ...] = ()

    def document(self) -> dict[str, Any]:
        """The profile for JSON; `from_document` makes it again."""
        return {
            "profile": _VERSION,
            "rows": self.rows,
            "index": [_document(each) for each in self.index],
            "columns": [_document(each) for each in self.columns],
        }

    @staticmethod
    def from_document(document: object) -> Profile:
        """The profile whose document this is. Raises NoProfile, also for one of another version."""
        try:
            told = _mapping(document)
            if told["profile"] != _VERSION:
                raise NoProfile(f"it is of version {told['profile']!r}, not {_VERSION}")
            return Profile(
                _count(told["rows"]),
                tuple(_column(each) for each in _list(told["columns"])),
                tuple(_column(each) for each in _list(told["index"])),
            )
        except NoProfile:
            raise
        except (ValueError, TypeError, LookupError, AttributeError) as wrong:
            raise NoProfile(f"it is not of the form of a profile ({type(wrong).__name__}: {wrong})") from None


def _document(column: ColumnProfile) -> dict[str, Any]:
    """What is said of a column; what it has not is left out."""
    told = {key: value for key, value in asdict(column).items() if value not in (None, (), 0) or key in _ALWAYS}
    if column.spread is not None:
        told["spread"]["points"] = [[each.value, each.below, each.up_to] for each in column.spread.points]
    return told | {"kind": column.kind.value}


_ALWAYS = frozenset(
    ("name", "type", "count", "missing", "unique", "min", "max", "mean", "median", "deviation", "empty")
)
_ALWAYS |= {"lower_quartile", "upper_quartile"}


def _column(told: object) -> ColumnProfile:
    facts = dict(_mapping(told))
    for key, read in _READERS.items():
        if facts.get(key) is not None:
            facts[key] = read(facts[key])
    if facts["name"] is not None:
        _text(facts["name"])
    return ColumnProfile(**facts)


def _histogram(told: object) -> Histogram:
    facts = _mapping(told)
    return Histogram(_tuple(facts["edges"], _value), _tuple(facts["counts"], _count))


def _top(told: object) -> tuple[TopValue, ...]:
    return tuple(TopValue(_text(each["value"]), _count(each["count"])) for each in map(_mapping, _list(told)))


def _lengths(told: object) -> Lengths:
    facts = _mapping(told)
    return Lengths(_count(facts["min"]), _count(facts["max"]), _number(facts["mean"]))


def _spread(told: object) -> Spread:
    facts = _mapping(told)
    deviation = facts["deviation"]
    points = tuple(
        Point(_number(value), _count(below), _count(up_to)) for value, below, up_to in _list(facts["points"])
    )
    if not points:
        raise NoProfile("it has a spread without points")
    return Spread(_number(facts["mean"]), None if deviation is None else _number(deviation), points)


def _tuple(told: object, read: Callable[[object], Any]) -> tuple[Any, ...]:
    return tuple(read(each) for each in _list(told))


def _mapping(told: object) -> Mapping[str, Any]:
    if not isinstance(told, Mapping):
        raise TypeError(f"{told!r:.40} is no object")
    return told


def _list(told: object) -> Sequence[Any]:
    if not isinstance(told, (list, tuple)):
        raise TypeError(f"{told!r:.40} is no list")
    return told


def _count(told: object) -> int:
    if not isinstance(told, int) or isinstance(told, bool) or told < 0:
        raise TypeError(f"{told!r:.40} is no count")
    return told


def _number(told: object) -> float:
    if not isinstance(told, (int, float)) or isinstance(told, bool):
        raise TypeError(f"{told!r:.40} is no number")
    return float(told)


def _value(told: object) -> Value:
    if not isinstance(told, (int, float, str)):
        raise TypeError(f"{told!r:.40} is no value")
    return told


def _text(told: object) -> str:
    if not isinstance(told, str):
        raise TypeError(f"{told!r:.40} is no text")
    return told


def _flag(told: object) -> bool:
    if not isinstance(told, bool):
        raise TypeError(f"{told!r:.40} is neither true nor false")
    return told


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "type": _text,
    "kind": Kind,
    **dict.fromkeys(("count", "missing", "unique", "empty", "positive_infinities", "negative_infinities"), _count),
    **dict.fromkeys(("min", "max", "mean", "median", "lower_quartile", "upper_quartile", "deviation"), _value),
    **dict.fromkeys(("unique_is_approximate", "top_is_approximate"), _flag),
    "histogram": _histogram,
    "lengths": _lengths,
    "top": _top,
    "spread": _spread,
}
