"""What the metadata of a step file's schema says of its table: index levels, dtypes in pandas' words, encodings.

Two keys stand in the schema's metadata: `pandas`, as pyarrow itself writes it, and `transom`,
`{"version": 1, "rows": N, "index": [{"field", "name"}], "columns": {FIELD: {"dtype", "encoding", ...}},
"roles": {FIELD: ROLE}}`, and what a script's process adds to it for its own pandas alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PANDAS_KEY = b"pandas"
OURS_KEY = b"transom"
VERSION = 1
#: What a column may be for whoever learns from the table.
ROLES = ("feature", "label", "score", "none")
#: So many rows any table may have; more of them need at least a bit each in its file.
SPARED_ROWS = 1 << 31
#: A whole number of 64 bits is less than it.
_LARGEST = 1 << 63
#: The numbers of a counted index; what it stops before may lie beyond what can be counted.
_MOST = {"start": _LARGEST, "stop": 2 * _LARGEST, "step": _LARGEST}

_PLAIN_WORDS = {"string": "text", "large_string": "text", "date32[day]": "date", "double": "float64", "null": "empty"}
_PLAIN_WORDS |= {"float": "float32", "halffloat": "float16", "binary": "bytes", "large_binary": "bytes"}


def counting(count: int, start: int = 0, step: int = 1) -> pa.Array:
    """`count` whole numbers from `start` on, `step` apart; all of them have 64 bits."""
    before = (start - step + _LARGEST) % (2 * _LARGEST) - _LARGEST  # may have more; the sum wraps around, back to start
    return pc.cumulative_sum(pa.repeat(pa.scalar(step, pa.int64()), count), start=before)


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the row index that is stored as a column: its field and its name (None is unnamed).

    `exact` is what pandas has for a name that is no text: a number, or a list where it has a tuple.
    """

    field: str
    name: str | None
    exact: Any = None


@dataclass(frozen=True, slots=True)
class CountedIndex:
    """A row index that only counts, as pandas' RangeIndex does; nothing of it is stored but these numbers."""

    name: str | None
    start: int
    stop: int
    step: int

    def counts_rows(self, rows: int) -> bool:
        """Whether it is nothing but the row numbers 0..n-1, without a name."""
        return self.name is None and self.start == 0 and (self.step == 1 or rows < 2)

    def values(self, rows: int) -> pa.ChunkedArray:
        """Its whole numbers, as a column."""
        return pa.chunked_array([counting(rows, self.start, self.step)])


@dataclass(frozen=True, slots=True)
class Description:
    """What is known of a table beside its Arrow columns. `encodings` maps a field to its entry of ours.

    `roles` maps a field to what the column is for whoever learns from the table: `feature`, `label`, `score`, or
    `none`; where nothing is said it is a feature. `more` is what else a script's process said of the frame.
    """

    rows: int
    levels: tuple[Level, ...] = ()
    counted: CountedIndex | None = None
    encodings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    pandas: Mapping[str, Any] | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)
    _entries: Mapping[str | None, Mapping[str, Any]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Once by name: a table may have many columns, and each asks for its entry."""
        found: dict[str | None, Mapping[str, Any]] = {}
        for entry in (self.pandas or {}).get("columns", ()):
            found.setdefault(_field_of(entry), entry)
        object.__setattr__(self, "_entries", found)

    def dtype(self, column: pa.Field) -> str:
        """The type of a column: pandas' word where pandas made the table, else a plain word."""
        if column.name in self.encodings:
            return str(self.encodings[column.name].get("dtype", "object"))
        entry = self.pandas_entry(column.name)
        return _pandas_word(entry) if entry else plain_word(column.type)

    def as_plain_text(self, field_name: str) -> Description:
        """The description for a table whose column `field_name` has become plain text."""
        entries = [
            {**entry, "pandas_type": "unicode", "numpy_type": "object", "metadata": None}
            if _field_of(entry) == field_name
            else entry
            for entry in (self.pandas or {}).get("columns", ())
        ]
        return replace(
            self,
            encodings={name: entry for name, entry in self.encodings.items() if name != field_name},
            pandas=None if self.pandas is None else {**self.pandas, "columns": entries},
        )

    def pandas_entry(self, field_name: str) -> Mapping[str, Any] | None:
        """What the pandas metadata says of the column stored as `field_name`."""
        entry = self._entries.get(field_name)
        return None if entry is None else dict(entry)


def describe(schema: pa.Schema, rows: int) -> Description:
    """What the metadata of `schema` says; whatever in it cannot be understood counts as not there."""
    metadata = schema.metadata or {}
    ours = _json_object(metadata.get(OURS_KEY)) or {}
    names = set(schema.names)
    encodings = ours.get("columns")
    encodings = encodings if isinstance(encodings, dict) else {}
    rows = rows if schema.names else _count(ours.get("rows"), rows)
    pandas = _understood(_json_object(metadata.get(PANDAS_KEY)), rows)
    return Description(
        rows=rows,
        levels=_levels(pandas, ours, names),
        counted=_counted(pandas, rows),
        encodings={name: entry for name, entry in encodings.items() if name in names and isinstance(entry, dict)},
        pandas=pandas,
        roles=_roles(ours.get("roles"), names),
        more={key: ours[key] for key, fits in _MORE.items() if key in ours and fits(ours[key], rows)},
    )


def _roles(said: object, names: set[str]) -> dict[str, str]:
    if not isinstance(said, dict):
        return {}
    return {name: role for name, role in said.items() if name in names and role in ROLES}


def _understood(pandas: dict[str, Any] | None, rows: int) -> dict[str, Any] | None:
    """The metadata of pandas, if its parts that are looked at are of the form that pandas gives them; without what it
    says of the index and cannot be, as a script's process believes it too.
    """
    if pandas is None:
        return None
    columns, index = pandas.setdefault("columns", []), pandas.setdefault("index_columns", [])
    if not isinstance(columns, list) or not isinstance(index, list):
        return None
    fine = all(isinstance(one, dict) and isinstance(one.get("metadata"), (dict, type(None))) for one in columns)
    pandas["index_columns"] = [one for one in index if isinstance(one, str) or _counting(one, rows)]
    return pandas if fine else None


def _count(said: object, rows: int) -> int:
    """The rows that a table without columns says it has, where it says so and may have them."""
    return said if isinstance(said, int) and not isinstance(said, bool) and 0 <= said <= SPARED_ROWS else rows


def with_description(schema: pa.Schema, description: Description) -> pa.Schema:
    """The schema with both keys of the description as its metadata, and no other key."""
    ours = {
        "version": VERSION,
        "rows": description.rows,
        "index": [_said_of(level) for level in description.levels],
        "columns": {name: dict(entry) for name, entry in description.encodings.items()},
    }
    if description.roles:
        ours["roles"] = dict(description.roles)
    ours |= {key: value for key, value in description.more.items() if key in _MORE}
    metadata = {OURS_KEY: json.dumps(ours).encode()}
    if description.pandas is not None:
        metadata[PANDAS_KEY] = json.dumps(description.pandas).encode()
    return schema.with_metadata(metadata)


def _said_of(level: Level) -> dict[str, Any]:
    said = {"field": level.field, "name": level.name}
    return said if level.exact is None else {**said, "exact": level.exact}


def data_fields(schema: pa.Schema, description: Description) -> list[str]:
    """The fields that are columns of the table, not levels of its index, in order."""
    levels = {level.field for level in description.levels}
    return [name for name in schema.names if name not in levels]


def plain_word(kind: pa.DataType) -> str:
    """A word for an Arrow type where pandas has said nothing."""
    if pa.types.is_dictionary(kind):
        return "category"
    if pa.types.is_timestamp(kind):
        return f"datetime64[{kind.unit}{', ' + kind.tz if kind.tz else ''}]"
    if pa.types.is_duration(kind):
        return f"timedelta64[{kind.unit}]"
    return _PLAIN_WORDS.get(str(kind), str(kind))


def _pandas_word(entry: Mapping[str, Any]) -> str:
    details = entry.get("metadata") or {}
    if entry.get("pandas_type") == "categorical":
        return "category"
    if entry.get("pandas_type") == "datetimetz":
        unit = str(entry.get("numpy_type", "datetime64[ns]")).partition("[")[2].rstrip("]") or "ns"
        return f"datetime64[{unit.partition(',')[0]}, {details.get('timezone', 'UTC')}]"
    return str(entry.get("numpy_type", "object"))


def _json_object(text: bytes | None) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _levels(pandas: Mapping[str, Any] | None, ours: Mapping[str, Any], names: set[str]) -> tuple[Level, ...]:
    stored = ours.get("index")
    if isinstance(stored, list) and all(_is_level(one, names) for one in stored):
        return tuple(Level(one["field"], one.get("name"), _exact(one.get("exact"))) for one in stored)
    if pandas is None:
        return ()
    by_field = {_field_of(entry): _text(entry.get("name")) for entry in pandas["columns"]}
    fields = [one for one in pandas["index_columns"] if isinstance(one, str) and one in names]
    return tuple(Level(one, by_field.get(one, None if one.startswith("__index_level_") else one)) for one in fields)


def _is_level(said: object, names: set[str]) -> bool:
    if not isinstance(said, dict) or not isinstance(said.get("name"), (str, type(None))):
        return False
    return isinstance(said.get("field"), str) and said["field"] in names


def _field_of(entry: Mapping[str, Any]) -> str | None:
    return _text(entry.get("field_name")) or _text(entry.get("name"))


def _text(said: object) -> str | None:
    return said if isinstance(said, str) else None


def _counted(pandas: Mapping[str, Any] | None, rows: int) -> CountedIndex | None:
    found = (_counting(one, rows) for one in (pandas or {}).get("index_columns", ()))
    return next((one for one in found if one is not None), None)


def _counting(said: object, rows: int) -> CountedIndex | None:
    """The index that pandas' metadata describes by three numbers, if so many rows can have it."""
    if not isinstance(said, dict) or said.get("kind") != "range":
        return None
    start, stop, step = (_whole(said.get(name), most) for name, most in _MOST.items())
    if start is None or stop is None or not step:
        return None
    if _whole(start + step * max(rows - 1, 0)) is None or _whole((stop - start) // step) is None:
        return None
    return CountedIndex(_text(said.get("name")), start, stop, step)


def _whole(said: object, most: int = _LARGEST) -> int | None:
    """A whole number that is none of Python's booleans, of 64 bits unless another size is said."""
    return said if type(said) is int and -most <= said < most else None


def _exact(said: object) -> Any:
    """The name of an index that is no text: a number, or a list of what a tuple holds."""
    parts = said if isinstance(said, list) else [said]
    fine = all(one is None or isinstance(one, (str, int, float)) for one in parts)
    return said if fine and isinstance(said, (int, float, list)) else None


def _is_range(said: Any, rows: int) -> bool:
    return _is_name(said, rows) and _counting({**said, "kind": "range"}, rows) is not None


def _is_name(said: Any, _rows: int) -> bool:
    if not isinstance(said, dict) or not isinstance(said.get("name", 0), (str, type(None))):
        return False
    return "exact" not in said or _exact(said["exact"]) is not None


#: What a script's process says of its frame besides, and how it must look: an index of one nested level, a counted one
#: with its exact name, the Index of the labels, `attrs`.
_MORE: Mapping[str, Callable[[Any, int], bool]] = {
    "nested": lambda said, _: said is True,
    "range": _is_range,
    "columns_name": _is_name,
    "columns_dtype": lambda said, _: isinstance(said, str),
    "attrs": lambda said, _: isinstance(said, dict),
}
