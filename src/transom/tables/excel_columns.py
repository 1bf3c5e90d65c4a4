"""How the cells of a sheet's column become one type: numbers, true/false, dates, time spans, or else text."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from transom.tables.csv_types import MISSING_WORDS
from transom.tables.display import cell_texts

if TYPE_CHECKING:
    from collections.abc import Sequence

_EXACT_IN_FLOAT = 2**53


class Kind(Enum):
    """What a cell may hold, in people's words."""

    NUMBER = "numbers"
    FLAG = "true/false"
    MOMENT = "dates"
    TIME = "times of day"
    SPAN = "time spans"
    TEXT = "text"
    #: Nothing but words for missing: what they are depends on the rest of the column.
    WORDS = "words for missing"


_KINDS = {
    float: Kind.NUMBER,
    int: Kind.NUMBER,
    bool: Kind.FLAG,
    datetime: Kind.MOMENT,
    date: Kind.MOMENT,
    time: Kind.TIME,
    timedelta: Kind.SPAN,
    str: Kind.TEXT,
}
_TYPES = {
    Kind.NUMBER: pa.float64(),
    Kind.FLAG: pa.bool_(),
    Kind.MOMENT: pa.timestamp("us"),
    Kind.TIME: pa.time64("us"),
    Kind.SPAN: pa.duration("us"),
}
_WITH_WORDS = {Kind.NUMBER, Kind.MOMENT}


@dataclass(slots=True)
class _Chunk:
    """Some cells: of one kind, with their texts beside them where some are words for missing; or texts only."""

    kind: Kind | None
    array: pa.Array
    texts: pa.Array | None = None
    words: int = 0

    def as_texts(self) -> pa.Array:
        if self.texts is not None:
            return self.texts
        if self.kind is None:
            return pa.nulls(len(self.array), pa.string())
        return _as_texts(self.array)


@dataclass(slots=True)
class ExcelColumn:
    """A column on its way, chunk by chunk."""

    kinds: set[Kind] = field(default_factory=set)
    _chunks: list[_Chunk] = field(default_factory=list)

    def take(self, cells: Sequence[Any]) -> None:
        """Take in the next cells; the library has an empty text for an empty cell, and for one with an error."""
        values = [None if one == "" else one for one in cells]
        kinds = {_KINDS[kind] for kind in set(map(type, values)) if kind in _KINDS}
        if Kind.TEXT in kinds and self._take_words(values, kinds):
            return
        self.kinds |= kinds
        if not kinds:
            self._chunks.append(_Chunk(None, pa.nulls(len(values))))
        elif len(kinds) == 1 and Kind.TEXT not in kinds:
            kind = next(iter(kinds))
            self._chunks.append(_Chunk(kind, _array(values, kind)))
        else:
            texts = pa.array([None if one is None else _text_of(one) for one in values], pa.string())
            self._chunks.append(_Chunk(Kind.TEXT, texts, texts))

    def _take_words(self, values: list[Any], kinds: set[Kind]) -> bool:
        """Whether the only texts are words for missing, beside numbers or dates or nothing; they are taken in then."""
        others = kinds - {Kind.TEXT}
        if len(others) > 1 or not others <= _WITH_WORDS:
            return False
        words = [type(one) is str and one.strip().lower() in MISSING_WORDS for one in values]
        if any(type(one) is str and not word for one, word in zip(values, words, strict=True)):
            return False
        kind = next(iter(others), Kind.WORDS)
        kept = [None if word else one for one, word in zip(values, words, strict=True)]
        array = pa.nulls(len(values)) if kind is Kind.WORDS else _array(kept, kind)
        texts = pa.array([None if one is None else _text_of(one) for one in values], pa.string())
        self._chunks.append(_Chunk(kind, array, texts, sum(words)))
        self.kinds.add(kind)
        return True

    @property
    def is_mixed(self) -> bool:
        """Whether its cells are of several kinds, so that it is text."""
        return len(self.kinds - {Kind.WORDS}) > 1

    @property
    def words(self) -> int:
        """How many cells with a word for missing are missing."""
        kinds = self.kinds - {Kind.WORDS}
        return sum(chunk.words for chunk in self._chunks) if len(kinds) == 1 and kinds <= _WITH_WORDS else 0

    def texts(self) -> pa.ChunkedArray:
        """The cells as text."""
        return pa.chunked_array([chunk.as_texts() for chunk in self._chunks], pa.string())

    def values(self) -> pa.ChunkedArray:
        """The cells in the type that fits all of them: whole numbers where all numbers are whole."""
        kinds = self.kinds - {Kind.WORDS}
        if not self.kinds:
            return pa.chunked_array([chunk.array for chunk in self._chunks], pa.null())
        if len(kinds) != 1 or kinds & {Kind.TEXT, Kind.TIME}:
            return self.texts()
        kind = next(iter(kinds))
        wanted = _TYPES[kind]
        arrays = [
            chunk.array.cast(wanted) if pa.types.is_null(chunk.array.type) else chunk.array for chunk in self._chunks
        ]
        return _finest(pa.chunked_array(arrays, wanted), kind)


def _array(values: list[Any], kind: Kind) -> pa.Array:
    if kind is Kind.MOMENT:
        values = [datetime(one.year, one.month, one.day) if type(one) is date else one for one in values]
    elif kind is Kind.NUMBER:
        values = [None if one is None else float(one) for one in values]
    return pa.array(values, _TYPES[kind])


def _finest(column: pa.ChunkedArray, kind: Kind) -> pa.ChunkedArray:
    try:
        if kind is Kind.NUMBER:
            ends = pc.min_max(column).as_py()
            exact = ends["min"] is None or max(-ends["min"], ends["max"]) <= _EXACT_IN_FLOAT
            return column.cast(pa.int64()) if exact else column
        finest = {Kind.MOMENT: pa.timestamp("ns"), Kind.SPAN: pa.duration("ns")}
        return column.cast(finest.get(kind, column.type))
    except pa.ArrowInvalid:
        return column


def _text_of(value: Any) -> str:
    if type(value) is str:
        return value
    kind = _KINDS[type(value)]
    return str(_as_texts(_array([value], kind))[0].as_py())


def _as_texts(array: pa.Array) -> pa.Array:
    if pa.types.is_floating(array.type) or pa.types.is_boolean(array.type):
        return array.cast(pa.string())
    return pa.array(cell_texts(pa.chunked_array([array])), pa.string())
