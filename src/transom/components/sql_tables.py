"""What a table is within a database, which has neither a row index nor pandas' types, and what comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transom.components.frame import without_index
from transom.components.native import CannotApply, Table
from transom.components.plain_values import AS_IN_ARROW, floats_of_decimals, is_text
from transom.tables.column_names import unique_names
from transom.tables.description import Description, with_description
from transom.tables.display import cell_texts
from transom.tables.leaving import nan_to_null

#: A float gives back so many digits of a decimal number as they were.
_DIGITS_OF_FLOAT = 15
_DAY = 86_400
_DAY_NS = _DAY * 10**9
_PER_SECOND = {"us": 10**6, "ns": 10**9}


@dataclass(frozen=True, slots=True)
class Flat:
    """A table as a database is given it, sentences on what became of it, and the roles of its columns."""

    arrow: pa.Table
    said: tuple[str, ...]
    roles: Mapping[str, str]


def flattened(table: Table) -> Flat:
    """The table without its row index: an unnamed one is dropped, named levels become the first columns.

    Missing floats are null; what a database has no type for is text.
    """
    columns, said = without_index(table)
    names, _ = unique_names(one.name for one in columns)  # no two are equal by now, but one may be empty
    plain: list[pa.ChunkedArray] = []
    for name, one in zip(names, columns, strict=True):
        changed, became_text = _plain(one.values, one.encoding)
        plain.append(changed)
        if became_text:
            said.append(f"The column {name} is text here: a database has no type for what it holds.")
    roles = {name: one.role for name, one in zip(names, columns, strict=True) if one.role is not None}
    return Flat(pa.table(plain, names=list(names)), tuple(said), roles)


def _plain(column: pa.ChunkedArray, encoding: Mapping[str, Any] | None) -> tuple[pa.ChunkedArray, bool]:
    """The column in a type that databases know, and whether that is text although it was none."""
    kind, word = column.type, (encoding or {}).get("encoding")
    if word in ("integers", "decimals") and is_text(kind):
        return _numbers(column, word)
    if word is not None and word not in AS_IN_ARROW:
        return pa.chunked_array([pa.array(cell_texts(column, encoding), pa.string())]), not is_text(kind)
    if pa.types.is_dictionary(kind) and not is_text(kind.value_type):
        return _plain(column.cast(kind.value_type), None)
    if pa.types.is_floating(kind):
        column = nan_to_null(column)
        return (column.cast(pa.float32()) if pa.types.is_float16(kind) else column), False
    if pa.types.is_decimal256(kind):
        try:
            return column.cast(pa.decimal128(38, kind.scale)), False
        except pa.ArrowException:
            return column.cast(pa.string()), True
    return column, False


def _numbers(column: pa.ChunkedArray, word: str) -> tuple[pa.ChunkedArray, bool]:
    """Exact numbers that are kept as text, as numbers where 38 digits are enough."""
    try:
        values = [None if text is None else Decimal(text) for text in column.to_pylist()]
        if word == "integers":
            return pa.chunked_array([pa.array(values, pa.decimal128(38, 0))]), False
        made = pa.array(values)
    except (pa.ArrowException, InvalidOperation, ValueError, TypeError):  # TypeError: Arrow's own for an infinite one
        return column, True
    return (column, True) if pa.types.is_decimal256(made.type) else (pa.chunked_array([made]), False)


def settled_result(table: pa.Table, words: list[str], given: Sequence[Flat], say: Callable[[str], None]) -> pa.Table:
    """What a query gave, in types that a script can work with, and with what a step file must know of it.

    `words` are the database's own types: `HUGEINT` becomes 64 bits where all its values fit, else Python's whole
    numbers; `DECIMAL` becomes floats where these give each value back, unless decimals were `given`; spans of time
    without months become durations, others text; so do times where one is 24:00:00. A column that has the name of a
    given one has its role.

    Raises CannotApply for lists and structures with values that no step file holds.
    """
    keep_decimals = any(pa.types.is_decimal(kind) for one in given for kind in one.arrow.schema.types)
    roles = {name: role for one in reversed(given) for name, role in one.roles.items()}
    encodings: dict[str, dict[str, Any]] = {}
    columns: list[pa.ChunkedArray] = []
    names, renamed = unique_names(table.schema.names)
    for warning in renamed:
        say(warning)
    for name, word, column in zip(names, words, table.columns, strict=True):
        _refuse_out_of_range(name, column)
        changed = _settled(column, word, keep_decimals)
        if word in ("HUGEINT", "UHUGEINT") and is_text(changed.type):
            encodings[name] = {"dtype": "object", "encoding": "integers"}
        elif word.startswith("DECIMAL") and not keep_decimals and not pa.types.is_floating(changed.type):
            say(f"The column {name} stays {word}: it has more digits than floats have.")
        elif pa.types.is_time(column.type) and is_text(changed.type):
            say(f"The column {name} is text: it has the time 24:00:00, which no script reads as a time.")
        columns.append(changed)
    made = pa.table(columns, names=list(names))
    roles = {name: role for name, role in roles.items() if name in names}
    return made.replace_schema_metadata(
        with_description(made.schema, Description(made.num_rows, encodings=encodings, roles=roles)).metadata
    )


def _settled(column: pa.ChunkedArray, word: str, keep_decimals: bool) -> pa.ChunkedArray:
    if word in ("HUGEINT", "UHUGEINT"):
        return _whole(column)
    if word.startswith("DECIMAL") and not keep_decimals:
        return _as_floats(column)
    if column.type == pa.month_day_nano_interval():
        return _spans(column)
    if pa.types.is_time64(column.type):
        return _times(column)
    if pa.types.is_dictionary(column.type) and not pa.types.is_signed_integer(column.type.index_type):
        return column.cast(pa.dictionary(pa.int32(), column.type.value_type))
    return column


def _refuse_out_of_range(name: str, column: pa.ChunkedArray) -> None:
    """DuckDB has times and whole numbers that Arrow has not; those that stand alone are made fit by `_settled`."""
    if not pa.types.is_nested(column.type):
        return
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        raise CannotApply(
            f"The column {name} of the query has values that no table holds in lists or structures: times of 24:00:00, "
            "or whole numbers of 39 digits.",
            "Let the query make text of it: cast(... as varchar).",
        ) from None


def _whole(column: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        return column.cast(pa.int64())
    except pa.ArrowException:
        return column.cast(pa.string())


def _as_floats(column: pa.ChunkedArray) -> pa.ChunkedArray:
    scale = column.type.scale
    most = pc.max(pc.abs(column)).as_py()
    if most is not None and most >= Decimal(10) ** (_DIGITS_OF_FLOAT - scale):
        return column
    return floats_of_decimals(column)


def _times(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Times of day; as text where one is the end of the day, which only DuckDB knows."""
    per_second = _PER_SECOND[column.type.unit]
    counts = column.cast(pa.int64())
    most = pc.max(counts).as_py()
    if most is None or most < _DAY * per_second:
        return column
    texts = [None if count is None else _time_text(count, per_second) for count in counts.to_pylist()]
    return pa.chunked_array([pa.array(texts, pa.string())])


def _time_text(count: int, per_second: int) -> str:
    seconds, part = divmod(count, per_second)
    fraction = f".{part * (10**9 // per_second):09}".rstrip("0").rstrip(".")
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}"


def _spans(column: pa.ChunkedArray) -> pa.ChunkedArray:
    cells = column.to_pylist()
    present = [cell for cell in cells if cell is not None]
    if any(cell.months for cell in present):
        return pa.chunked_array([pa.array([None if cell is None else _span_text(cell) for cell in cells], pa.string())])
    counts = [None if cell is None else cell.days * _DAY_NS + cell.nanoseconds for cell in cells]
    if any(count is not None and count % 1000 for count in counts):
        return pa.chunked_array([pa.array(counts, pa.duration("ns"))])
    return pa.chunked_array([pa.array([None if one is None else one // 1000 for one in counts], pa.duration("us"))])


def _span_text(cell: Any) -> str:
    whole, part = divmod(abs(cell.nanoseconds), 10**9)
    seconds = f"{'-' if cell.nanoseconds < 0 else ''}{whole}.{part:09}".rstrip("0").rstrip(".")
    parts = [f"{cell.months} months", f"{cell.days} days", f"{seconds} seconds"]
    return " ".join(part for part in parts if not part.startswith("0 ")) or "0 seconds"
