"""Which types a script says that columns have, as `set_column_types` of Azure's SDK does, and how a column gets one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transom.errors import WrongUse
from transom.model.texts import cut, visible
from transom.tables.options import Kind
from transom.workspace.answers.facts import Facts

_WORDS = {kind.value: kind for kind in Kind}
_WORDS |= dict.fromkeys(("string", "str"), Kind.TEXT) | dict.fromkeys(("long", "int", "integer"), Kind.WHOLE)
_WORDS |= dict.fromkeys(("float", "double", "number"), Kind.DECIMAL) | {"bool": Kind.BOOLEAN, "date": Kind.DATETIME}
_ARROW = {
    Kind.TEXT: pa.large_string(),
    Kind.WHOLE: pa.int64(),
    Kind.DECIMAL: pa.float64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.DATETIME: pa.timestamp("us"),
}
_MOST_COLUMNS = 10_000
_MOST_WORDS = 100
_ITS_NAMES = ("type", "formats", "true_values", "false_values", "decimal_mark")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The type of a column, and how its texts say it where that is not the usual way."""

    kind: Kind
    formats: tuple[str, ...] = ()
    true_values: tuple[str, ...] = ()
    false_values: tuple[str, ...] = ()
    decimal_mark: str = "."

    @property
    def is_plain(self) -> bool:
        """Whether a reader of text tables makes it by itself."""
        return not (self.formats or self.true_values or self.false_values) and self.decimal_mark == "."


def wanted_types(facts: Facts, name: str) -> dict[str, Wanted]:
    """The types by column; a type is a word, or an object with `type` and how it is written. Raises WrongUse."""
    told = facts.mapping(name)
    if len(told) > _MOST_COLUMNS:
        raise facts.wrong(f"{name} names over {_MOST_COLUMNS:,} columns")
    return {str(column): _wanted(facts, str(column), each) for column, each in told.items()}


def _wanted(facts: Facts, column: str, told: object) -> Wanted:
    entry = facts.part(told if isinstance(told, Mapping) else {"type": told}, _ITS_NAMES)
    word = entry.text("type").lower()
    if word not in _WORDS:
        known = ", ".join(kind.value for kind in Kind)
        raise facts.wrong(f"the type of {_short(column)} is {_short(word)}, which is none", f"There are {known}.")
    mark = entry.text("decimal_mark", ".")
    if mark not in (".", ","):
        raise facts.wrong(f"the decimal mark of {_short(column)} is neither a point nor a comma")
    return Wanted(
        _WORDS[word],
        _words(entry, "formats"),
        tuple(each.lower() for each in _words(entry, "true_values")),
        tuple(each.lower() for each in _words(entry, "false_values")),
        mark,
    )


def _words(facts: Facts, name: str) -> tuple[str, ...]:
    words = facts.words(name, _MOST_WORDS)
    return tuple(words)


def made(column: pa.ChunkedArray, wanted: Wanted, name: str) -> pa.ChunkedArray:
    """The column in the type that is wanted. Raises WrongUse, which names the first value that has no place in it."""
    if wanted.kind is Kind.TEXT and pa.types.is_string(column.type):
        return column
    if _is_text(column.type):
        if wanted.kind is Kind.DATETIME and wanted.formats:
            return _checked(column, _times(column, wanted.formats), wanted, name)
        if wanted.kind is Kind.BOOLEAN and (wanted.true_values or wanted.false_values):
            return _checked(column, _flags(column, wanted), wanted, name)
        if wanted.decimal_mark == ",":
            column = pc.replace_substring(pc.replace_substring(column, ".", ""), ",", ".")
    return _cast(column, wanted, name)


def _cast(column: pa.ChunkedArray, wanted: Wanted, name: str) -> pa.ChunkedArray:
    kind = _ARROW[wanted.kind]
    if wanted.kind is Kind.DATETIME and pa.types.is_timestamp(column.type):
        return column
    if wanted.kind is Kind.WHOLE and pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
    try:
        return column.cast(kind)
    except pa.ArrowException:
        raise _misfit(column, kind, wanted, name) from None


def _misfit(column: pa.ChunkedArray, kind: pa.DataType, wanted: Wanted, name: str) -> WrongUse:
    """The first value that cannot be cast, found by halves."""
    first, rest = 0, column
    while len(rest) > 1:
        half = rest.slice(0, len(rest) // 2)
        try:
            half.cast(kind)
        except pa.ArrowException:
            rest = half
        else:
            first, rest = first + len(half), rest.slice(len(half))
    return _refused(name, wanted, column[first].as_py())


def _checked(before: pa.ChunkedArray, after: pa.ChunkedArray, wanted: Wanted, name: str) -> pa.ChunkedArray:
    lost = pc.and_(pc.is_valid(before), pc.is_null(after))
    if pc.any(lost).as_py():
        raise _refused(name, wanted, before.filter(lost)[0].as_py())
    return after


def _refused(name: str, wanted: Wanted, value: object) -> WrongUse:
    return WrongUse(
        problem=f"The column {_short(name)} was to be {wanted.kind.shown}, and it holds {_short(repr(value))}.",
        advice="Repair the value, or read the column as text: set_column_types={...: DataType.to_string()}.",
    )


def _times(column: pa.ChunkedArray, formats: tuple[str, ...]) -> pa.ChunkedArray:
    """Each text by the first format that fits it, as Python writes formats."""
    known: dict[str, datetime | None] = {}
    for text in pc.unique(column).to_pylist():
        if text is not None:
            known[text] = next((time for time in (_time(text, each) for each in formats) if time is not None), None)
    return pa.chunked_array(
        [pa.array([known.get(text) for text in chunk.to_pylist()], pa.timestamp("us")) for chunk in column.chunks],
        pa.timestamp("us"),
    )


def _time(text: str, format_: str) -> datetime | None:
    try:
        return datetime.strptime(text, format_).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def _flags(column: pa.ChunkedArray, wanted: Wanted) -> pa.ChunkedArray:
    lower = pc.utf8_lower(column)
    is_true = pc.is_in(lower, pa.array(wanted.true_values or ("true",), lower.type))
    is_false = pc.is_in(lower, pa.array(wanted.false_values or ("false",), lower.type))
    missing = pa.scalar(None, pa.bool_())
    return pc.if_else(is_true, True, pc.if_else(is_false, False, missing))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _short(text: Any) -> str:
    return visible(cut(str(text), 60))
