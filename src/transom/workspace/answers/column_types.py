"""Which types a script says that columns have, as `set_column_types` of Azure's SDK does, and how a column gets one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transom.errors import InputUnreadable, WrongUse
from transom.model.texts import cut, visible
from transom.tables.csv_types import DoesNotFitError, climb, ladder
from transom.tables.options import Kind, ReadOptions
from transom.tables.reading import Reading
from transom.tables.retyped import as_said
from transom.workspace.answers.facts import Facts

_WORDS = {kind.value: kind for kind in Kind}
_ITS_NAMES = ("type", "formats", "decimal")
_MOST_COLUMNS = 10_000
_MOST_FORMATS = 100
#: What stands for nothing in a column of numbers or dates begins so; what exactly does is for the reader to say.
_MISSING = r"[nN?#].{0,4}|"
_DAY = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?(?:[zZ]|[+-][0-9]{2}(?::?[0-9]{2})?)?"
_DECIMAL = r"(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?|[iI][nN][fF]"
#: What a text is like that may be of a kind; whether it is, is found out of these alone.
_LIKE = {
    Kind.WHOLE: rf"^\s*(?:[+-]?[0-9]{{1,20}}|{_MISSING})\s*$",
    Kind.DECIMAL: rf"^\s*(?:[+-]?(?:{_DECIMAL})|{_MISSING})\s*$",
    Kind.BOOLEAN: r"^(?i:true|false)$",
    Kind.DATETIME: rf"^\s*(?:{_DAY}(?:[T ]{_TIME})?|{_MISSING})\s*$",
}
#: So many pieces of these are looked at, to find those that are not.
_MOST_PIECES = 5000


@dataclass(frozen=True, slots=True)
class Wanted:
    """The type of a column; `formats` are those of times, `decimal` is the sign of decimals."""

    kind: Kind
    formats: tuple[str, ...] = ()
    decimal: str = "."


@dataclass(frozen=True, slots=True)
class Typed:
    """A column in its type; `lost` cells of it had another one, and are missing now."""

    column: pa.ChunkedArray
    lost: int = 0


def wanted_types(facts: Facts, name: str) -> dict[str, Wanted]:
    """The types by column: {column: {"type", "formats", "decimal"}}. Raises WrongUse."""
    told = facts.mapping(name)
    if len(told) > _MOST_COLUMNS:
        raise facts.wrong(f"{name} names over {_MOST_COLUMNS:,} columns")
    return {str(column): _wanted(facts, str(column), each) for column, each in told.items()}


def _wanted(facts: Facts, column: str, told: object) -> Wanted:
    entry = facts.part(told if isinstance(told, Mapping) else {"type": told}, _ITS_NAMES)
    word = entry.text("type").lower()
    if word not in _WORDS:
        known = ", ".join(_WORDS)
        raise facts.wrong(f"the type of {_short(column)} is {_short(word)}, which is none", f"There are {known}.")
    mark = entry.text("decimal", ".")
    if mark not in (".", ","):
        raise facts.wrong(f"the decimal sign of {_short(column)} is neither a point nor a comma")
    return Wanted(_WORDS[word], tuple(entry.words("formats", _MOST_FORMATS)), mark)


def made(column: pa.ChunkedArray, wanted: Wanted, name: str, *, strictly: bool) -> Typed:
    """The column in the type that is wanted; what is of another one is missing, or an error where it is `strictly` so.

    Raises WrongUse, which names the first value that has no place in it.
    """
    if wanted.kind is Kind.TEXT:
        return Typed(column if _is_text(column.type) else _texts(column))
    if _is_of(column.type, wanted.kind):
        return Typed(column)
    texts = _texts(column)
    if wanted.kind is Kind.DATETIME and wanted.formats:
        after = _times(texts, wanted.formats)
        lost = pc.and_(pc.is_valid(texts), pc.is_null(after))
        return Typed(after, _counted(lost, texts, wanted, name, strictly=strictly))
    fitting = _fitting(pc.unique(texts), wanted, name)
    lost = pc.and_(pc.is_valid(texts), pc.invert(pc.is_in(texts, value_set=fitting)))
    count = _counted(lost, texts, wanted, name, strictly=strictly)
    if count:
        texts = pc.if_else(lost, pa.scalar(None, texts.type), texts)
    reading = Reading(Path(), name, ReadOptions(types={name: wanted.kind}, decimal=wanted.decimal))
    try:
        return Typed(as_said(reading, name, texts).values, count)
    except InputUnreadable as wrong:  # one by one they fit, and not all together
        raise WrongUse(problem=f"{wrong.facts['reason'].capitalize()}.", advice=wrong.facts["advice"]) from None


def _counted(lost: pa.ChunkedArray, texts: pa.ChunkedArray, wanted: Wanted, name: str, *, strictly: bool) -> int:
    count = int(pc.sum(lost).as_py() or 0)
    if count and strictly:
        value = texts.filter(lost)[0].as_py()
        raise WrongUse(
            problem=f"The column {_short(name)} was to be {wanted.kind.shown}, and it holds {_short(repr(value))}.",
            advice="Repair the value, read the column as text, or let such cells be missing (on_error='null').",
        )
    return count


def _fitting(texts: pa.Array, wanted: Wanted, name: str) -> pa.Array:
    """Those of different texts that can be of the kind. Raises WrongUse where too many are only like it."""
    like = texts.filter(pc.match_substring_regex(texts, _LIKE[wanted.kind]))
    rungs = ladder(wanted.kind, wanted.decimal)
    found: list[pa.Array] = []
    waiting = [like]
    for _ in range(_MOST_PIECES):
        if not waiting:
            return pa.concat_arrays(found) if found else pa.array([], texts.type)
        some = waiting.pop()
        try:
            climb(rungs, some)
        except DoesNotFitError:
            half = len(some) // 2
            waiting += [some.slice(0, half), some.slice(half)] if half else []
        else:
            found.append(some)
    raise WrongUse(
        problem=f"Very many different values of the column {_short(name)} are no {wanted.kind.shown}.",
        advice="Read the column as text, and change it in the script.",
    )


def _times(texts: pa.ChunkedArray, formats: tuple[str, ...]) -> pa.ChunkedArray:
    """Each text by the first format that fits it, as Python writes formats."""
    known: dict[str, datetime | None] = {}
    for text in pc.unique(texts).to_pylist():
        if text is not None:
            known[text] = next((time for time in (_time(text, each) for each in formats) if time is not None), None)
    kind = pa.timestamp("us")
    chunks = [pa.array([known.get(text) for text in chunk.to_pylist()], kind) for chunk in texts.chunks]
    return pa.chunked_array(chunks, kind)


def _time(text: str, format_: str) -> datetime | None:
    try:
        return datetime.strptime(text, format_).replace(tzinfo=None)
    except (ValueError, OverflowError, re.error):
        return None


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column as text; whole numbers that are held as floating ones have no point."""
    if pa.types.is_floating(column.type):
        whole = pc.and_(pc.equal(column, pc.trunc(column)), pc.less(pc.abs(column), pa.scalar(2.0**53)))
        if pc.all(pc.or_(whole, pc.or_kleene(pc.is_nan(column), pc.is_null(column)))).as_py():
            column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column).cast(pa.int64())
    return column.cast(pa.string())


def _is_of(kind: pa.DataType, wanted: Kind) -> bool:
    if wanted is Kind.WHOLE:
        return bool(pa.types.is_integer(kind))
    if wanted is Kind.DECIMAL:
        return bool(pa.types.is_floating(kind))
    return bool(pa.types.is_boolean(kind) if wanted is Kind.BOOLEAN else pa.types.is_timestamp(kind))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _short(text: Any) -> str:
    return visible(cut(str(text), 60))
