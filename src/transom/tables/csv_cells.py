"""How a column's values are spelt in CSV, so that the contract's rule reads them back as what they were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from transom.tables.display import cell_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_FLOATS_SHOWN_WHOLE = 1e15
_COARSER_UNITS = ("s", "ms", "us")
#: What an encoding of ours keeps that CSV has no type for, and the types of Arrow of which that is true.
_ENCODINGS_WITHOUT_TYPE = {
    "period": "periods",
    "period numbers": "periods, as their numbers",
    "interval": "intervals",
    "complex": "complex numbers",
    "complexes": "complex numbers",
}
_TYPES_WITHOUT_TYPE = (
    (pa.types.is_binary, "bytes"),
    (pa.types.is_large_binary, "bytes"),
    (pa.types.is_fixed_size_binary, "bytes"),
    (pa.types.is_duration, "time spans"),
    (pa.types.is_time, "times of day"),
    (pa.types.is_map, "structures"),
    (pa.types.is_struct, "structures"),
    (pa.types.is_nested, "lists"),
)


@dataclass(frozen=True, slots=True)
class Cells:
    """A column and how each of its cells is spelt."""

    column: pa.ChunkedArray
    spell: Callable[[pa.Array], pa.Array]

    @classmethod
    def of(cls, column: pa.ChunkedArray, encoding: Mapping[str, Any] | None, delimiter: str) -> Cells:
        """The spelling of a column; it is one for all of its rows (dates without a time, if none has one)."""
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        spell = _spelling(column, kind, encoding)
        if pa.types.is_dictionary(column.type):
            spell = _of_categories(spell, kind)
        if _is_plain(kind):
            return cls(column, spell)
        return cls(column, lambda array: _quoted(spell(array), delimiter))

    def texts(self, start: int, count: int) -> pa.Array:
        """The cells of some rows, quoted where they must be; a missing one is null."""
        part = self.column.slice(start, count)
        return self.spell(part.chunk(0) if part.num_chunks == 1 else part.combine_chunks())


def without_type(kind: pa.DataType, encoding: Mapping[str, Any] | None) -> str | None:
    """What the values of a column are, in people's words, where CSV has no type for them and holds their text."""
    if encoding is not None and encoding.get("encoding") in ("category", "sparse"):
        inner = encoding.get("categories") or encoding.get("values")
        encoding = inner if isinstance(inner, dict) else None
    word = _ENCODINGS_WITHOUT_TYPE.get(str((encoding or {}).get("encoding")))
    if word is not None:
        return word
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return next((word for is_such, word in _TYPES_WITHOUT_TYPE if is_such(kind)), None)


def _spelling(
    column: pa.ChunkedArray, kind: pa.DataType, encoding: Mapping[str, Any] | None
) -> Callable[[pa.Array], pa.Array]:
    if pa.types.is_string(kind):
        return lambda array: array
    if pa.types.is_floating(kind):
        return _floats
    if pa.types.is_timestamp(kind) and not pa.types.is_dictionary(column.type):
        return _instants(column)
    if pa.types.is_time(kind):
        return lambda array: pc.replace_substring_regex(array.cast(pa.string()), r"\.0+$", "")
    if _is_plain(kind) or pa.types.is_large_string(kind):
        return lambda array: array.cast(pa.string())
    return lambda array: pa.array(cell_texts(pa.chunked_array([array]), encoding), pa.string())


def _of_categories(spell: Callable[[pa.Array], pa.Array], kind: pa.DataType) -> Callable[[pa.Array], pa.Array]:
    return lambda array: spell(array.cast(kind))


def _is_plain(kind: pa.DataType) -> bool:
    """Whether no cell can hold what would need quotes, and Arrow spells it as we want it."""
    exact = pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_decimal(kind)
    return bool(exact or pa.types.is_floating(kind) or pa.types.is_date(kind) or pa.types.is_time(kind))


def _floats(array: pa.Array) -> pa.Array:
    """The shortest text that reads back as the same number; 1.0 stays `1.0`, so that it stays a decimal."""
    if pa.types.is_float16(array.type):
        array = array.cast(pa.float32())
    texts = array.cast(pa.string())
    missing = pc.is_nan(array)
    if pc.any(missing).as_py():
        texts = pc.if_else(missing, pa.scalar(None, pa.string()), texts)
    whole = pc.and_(pc.equal(array, pc.trunc(array)), pc.less(pc.abs(array), _FLOATS_SHOWN_WHOLE))
    if not pc.any(whole).as_py():
        return texts
    spelt_whole = pc.and_(whole, pc.invert(pc.match_substring(texts, "e")))
    return pc.if_else(spelt_whole, pc.binary_join_element_wise(texts, "0", "."), texts)


def _instants(column: pa.ChunkedArray) -> Callable[[pa.Array], pa.Array]:
    """Dates alone where no row has a time of day; else as few digits of the second as the whole column needs."""
    kind = column.type
    if kind.tz is not None:
        return lambda array: pa.array(cell_texts(pa.chunked_array([array])), pa.string())
    if _survives(column, pa.date32()):
        return lambda array: array.cast(pa.date32()).cast(pa.string())
    unit = next((unit for unit in _COARSER_UNITS if _survives(column, pa.timestamp(unit))), kind.unit)
    return lambda array: array.cast(pa.timestamp(unit)).cast(pa.string())


def _survives(column: pa.ChunkedArray, coarser: pa.DataType) -> bool:
    try:
        return bool(column.cast(coarser).cast(column.type).equals(column))
    except pa.ArrowInvalid:
        return False


def _quoted(texts: pa.Array, delimiter: str) -> pa.Array:
    """Quotes around what holds a delimiter, a quote or a line end, around outer blanks and around empty text."""
    special = rf'[{delimiter}"\r\n]|^\s|\s$|^$'
    needs = pc.match_substring_regex(texts, special)
    if not pc.any(needs).as_py():
        return texts
    doubled = pc.replace_substring(texts, '"', '""')
    return pc.if_else(needs, pc.binary_join_element_wise(pc.binary_join_element_wise("", doubled, '"'), "", '"'), texts)
