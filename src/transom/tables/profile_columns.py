"""As what each Arrow type is handed to DuckDB, so that no type and no file of a stranger can surprise it, and back.

Whatever is counted in units (instants, lengths of time, categories) goes as its whole numbers, which takes no copy and
loses no digit. What DuckDB has no like for is only counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from transom.model.profiles import Kind
from transom.model.texts import cut
from transom.tables.description import Description, Level
from transom.tables.display import cell_texts
from transom.tables.growth import most_bytes, unpacked_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

#: A text that is told (a smallest one, a frequent one) has at most so many characters.
LONGEST_TEXT = 200
_NUMBERS_AS_TEXT = ("decimals", "integers")
_COMPLEX = ("complex", "complexes")
_DEEPEST = 16


@dataclass(frozen=True, slots=True)
class Source:
    """A column of a step file, or a level of its row index: its name, its type in pandas' words, its values."""

    name: str | None
    type: str
    column: pa.ChunkedArray
    encoding: Mapping[str, Any]

    @property
    def shown(self) -> str:
        """What a message calls it."""
        return "the row index" if self.name is None else self.name


@dataclass(frozen=True, slots=True)
class Asked:
    """A column as DuckDB is asked about it.

    `values` is None where it is only counted; otherwise an Arrow column of the same length. `bits` are the bits of
    floating numbers as whole ones. `categories` are the texts that whole numbers stand for. `has_lengths` says that the
    length of a value means something.
    """

    source: Source
    kind: Kind
    values: pa.ChunkedArray | None = None
    bits: pa.ChunkedArray | None = None
    categories: pa.Array | None = None
    has_lengths: bool = False

    @property
    def is_floating(self) -> bool:
        """Whether the values may be infinite, or NaN."""
        return self.values is not None and pa.types.is_floating(self.values.type)

    @property
    def is_complex(self) -> bool:
        """Whether each value is a structure of `real` and `imag`, which is missing where one of them is NaN."""
        return self.source.encoding.get("encoding") in _COMPLEX and self.kind is Kind.OTHER

    @property
    def integer_type(self) -> str:
        """The type of DuckDB that has a place for all its whole numbers."""
        return "UBIGINT" if self.values is not None and self.values.type == pa.uint64() else "BIGINT"

    @property
    def largest(self) -> int:
        """The largest whole number that may stand for something: where times end."""
        narrow = self.kind.is_time and self.values is not None and self.values.type == pa.int32()
        return (1 << 31) - 1 if narrow else (1 << 64) - 1 if self.integer_type == "UBIGINT" else (1 << 63) - 1

    def value(self, number: float) -> int | float | str:
        """A number as it is told: of times the text."""
        return self.text(int(number)) if self.kind.is_time else number

    def text(self, value: Any) -> str:
        """One value that DuckDB answered, as text; a long one is cut."""
        return self.texts([value])[0]

    def texts(self, values: list[Any]) -> list[str]:
        """Values that DuckDB answered, as text; long ones are cut."""
        if self.categories is not None:
            values = self.categories.take(pa.array(values, pa.int64())).to_pylist()
        elif self.kind.is_time or self.kind in (Kind.BYTES, Kind.OTHER):
            assert self.values is not None
            told = _as_it_was(pa.array(values, self.values.type), self.source.column.type)
            values = cell_texts(pa.chunked_array([told]), self.source.encoding)
        elif self.kind is Kind.BOOLEAN:
            values = ["true" if value else "false" for value in values]
        return [cut(str(value), LONGEST_TEXT) for value in values]


def levels_of(table: pa.Table, description: Description) -> list[Source]:
    """The levels of the row index that are told of: all but the one that only counts the rows from 0."""
    counted = description.counted
    found = []
    if counted is not None and not counted.counts_rows(description.rows):
        found = [Source(counted.name, "int64", counted.values(description.rows), {})]
    return [*found, *(_level(level, table, description) for level in description.levels)]


def columns_of(table: pa.Table, description: Description) -> list[Source]:
    """The columns that are no levels of the index, in order."""
    levels = {level.field for level in description.levels}
    fields = [(position, one) for position, one in enumerate(table.schema) if one.name not in levels]
    return [
        Source(one.name, description.dtype(one), table.column(position), description.encodings.get(one.name, {}))
        for position, one in fields
    ]


def _level(level: Level, table: pa.Table, description: Description) -> Source:
    position = table.schema.names.index(level.field)
    word = description.dtype(table.schema.field(position))
    return Source(level.name, word, table.column(position), description.encodings.get(level.field, {}))


def asked(source: Source) -> Asked:
    """How DuckDB is asked about a column. Copies only rare kinds: decimals, float16, numbers kept as text."""
    column = source.column
    if isinstance(column.type, pa.BaseExtensionType):
        column = pa.chunked_array([chunk.storage for chunk in column.chunks], column.type.storage_type)
    try:
        return _asked(source, column)
    except pa.ArrowException:  # a value, or a dictionary, that has no place in the wider type
        return only_counted(source)


def only_counted(source: Source) -> Asked:
    """A column of which nothing but the missing values is told."""
    return Asked(source, Kind.EMPTY if pa.types.is_null(source.column.type) else Kind.OTHER)


def missing_of(column: pa.ChunkedArray) -> int:
    """How many values of a column are missing, found without DuckDB."""
    try:
        return sum(pc.is_null(chunk, nan_is_null=True).true_count for chunk in column.chunks)
    except pa.ArrowException:
        return int(column.null_count)


def copied_bytes(source: Source) -> int:
    """The bytes of memory that `asked` takes for a column, about."""
    kind = source.column.type
    is_number = source.encoding.get("encoding") in _NUMBERS_AS_TEXT or pa.types.is_decimal(kind)
    return 8 * len(source.column) if is_number or pa.types.is_float16(kind) or pa.types.is_dictionary(kind) else 0


def _asked(source: Source, column: pa.ChunkedArray) -> Asked:
    kind = column.type
    if source.encoding.get("encoding") in _NUMBERS_AS_TEXT and _is_text(kind):
        return _numbers_in_text(source, column)
    if pa.types.is_dictionary(kind):
        return _category(source, column)
    for fits, make in _MAKERS:
        if fits(kind):
            return make(source, column)
    return only_counted(source)


def _whole_numbers(source: Source, column: pa.ChunkedArray) -> Asked:
    return Asked(source, Kind.NUMBER, column)


def _floating(source: Source, column: pa.ChunkedArray) -> Asked:
    if pa.types.is_float16(column.type):
        column = column.cast(pa.float32())
    kind = pa.int32() if column.type == pa.float32() else pa.int64()
    bits = pa.chunked_array([chunk.view(kind) for chunk in column.chunks], kind)
    return Asked(source, Kind.NUMBER, column, bits)


def _decimals(source: Source, column: pa.ChunkedArray) -> Asked:
    return _floating(source, column.cast(pa.float64(), safe=False))


def _numbers_in_text(source: Source, column: pa.ChunkedArray) -> Asked:
    try:
        return _floating(source, column.cast(pa.float64()))
    except pa.ArrowInvalid:  # they are what somebody else has written there
        return _text(source, column)


def _counted_units(source: Source, column: pa.ChunkedArray) -> Asked:
    is_instant = pa.types.is_timestamp(column.type) or pa.types.is_date(column.type)
    return Asked(source, Kind.INSTANT if is_instant else Kind.DURATION, column.cast(_stored(column.type)))


def _flags(source: Source, column: pa.ChunkedArray) -> Asked:
    return Asked(source, Kind.BOOLEAN, column)


def _text(source: Source, column: pa.ChunkedArray) -> Asked:
    if _is_bomb(column):
        return only_counted(source)
    plain = source.encoding.get("encoding") in (None, "string", "arrow")
    return Asked(source, Kind.TEXT, column, has_lengths=plain)


def _bytes(source: Source, column: pa.ChunkedArray) -> Asked:
    if pa.types.is_fixed_size_binary(column.type):
        column = column.cast(pa.large_binary())
    return Asked(source, Kind.BYTES, column, has_lengths=True)


def _nested(source: Source, column: pa.ChunkedArray) -> Asked:
    stored = _stored(column.type)
    if stored is None:
        return only_counted(source)
    return Asked(source, Kind.OTHER, column.cast(stored), has_lengths=pa.types.is_large_list(stored))


def _category(source: Source, column: pa.ChunkedArray) -> Asked:
    """Its codes, each for another text; what the dictionary itself has twice, or as missing, is brought together."""
    kind = column.type
    if not column.num_chunks:
        return Asked(source, Kind.CATEGORY, pa.chunked_array([], pa.int32()), categories=pa.array([], pa.string()))
    chunks = column.unify_dictionaries().chunks
    dictionary = chunks[0].dictionary
    is_text = _is_text(kind.value_type)
    if not (is_text or _stored(kind.value_type)) or _is_bomb(pa.chunked_array([dictionary])):
        return only_counted(source)
    texts = dictionary
    if not is_text:
        texts = pa.array(cell_texts(pa.chunked_array([dictionary])), pa.large_string())
    distinct = texts.dictionary_encode()
    codes = [chunk.indices for chunk in chunks]
    if len(distinct.dictionary) < len(texts):
        codes = [distinct.indices.take(each) for each in codes]
    return Asked(source, Kind.CATEGORY, pa.chunked_array(codes), categories=distinct.dictionary)


def _is_bomb(column: pa.ChunkedArray) -> bool:
    """Whether a column says the same long texts so often that reading them would never end."""
    return unpacked_bytes(column) > most_bytes(column.nbytes)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_bytes(kind: pa.DataType) -> bool:
    fixed = pa.types.is_fixed_size_binary(kind)
    return bool(fixed or pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _is_counted_in_units(kind: pa.DataType) -> bool:
    return bool(pa.types.is_temporal(kind) and not pa.types.is_interval(kind))


def _is_nested(kind: pa.DataType) -> bool:
    lists = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    return bool(lists or pa.types.is_struct(kind) or pa.types.is_map(kind))


_MAKERS: tuple[tuple[Callable[[pa.DataType], bool], Callable[[Source, pa.ChunkedArray], Asked]], ...] = (
    (pa.types.is_integer, _whole_numbers),
    (pa.types.is_floating, _floating),
    (pa.types.is_boolean, _flags),
    (pa.types.is_decimal, _decimals),
    (_is_counted_in_units, _counted_units),
    (_is_text, _text),
    (_is_bytes, _bytes),
    (_is_nested, _nested),
)


def _as_it_was(values: pa.Array, kind: pa.DataType) -> pa.Array:
    try:
        return values.cast(kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind)
    except pa.ArrowException:  # Arrow makes no maps, and no nothings, of other types
        return values


def _stored(kind: pa.DataType, depth: int = 0) -> pa.DataType | None:
    """The type, of the same layout where it is not nested, in which DuckDB is given a type; None where it has none."""
    if depth > _DEEPEST:
        return None
    if _is_counted_in_units(kind):
        return pa.int32() if kind.bit_width == 32 else pa.int64()
    if _is_nested(kind):
        return _stored_nested(kind, depth + 1)
    if pa.types.is_null(kind) or pa.types.is_float16(kind):
        return pa.int8() if pa.types.is_null(kind) else pa.float32()
    return kind if any(fits(kind) for fits in _STORED_AS_THEY_ARE) else None


_STORED_AS_THEY_ARE = (
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_boolean,
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_binary,
    pa.types.is_large_binary,
)


def _stored_nested(kind: pa.DataType, depth: int) -> pa.DataType | None:
    if pa.types.is_struct(kind):
        fields = [kind.field(number) for number in range(kind.num_fields)]
        return _structure(((each.name, each.type) for each in fields), depth)
    if pa.types.is_map(kind):
        value = _structure((("key", kind.key_type), ("value", kind.item_type)), depth)
    else:
        value = _stored(kind.value_type, depth)
    return None if value is None else pa.large_list(value)


def _structure(fields: Iterable[tuple[str, pa.DataType]], depth: int) -> pa.DataType | None:
    """A structure, if each part has a name of its own (DuckDB's have no case) and a type of DuckDB's."""
    stored = [(name, _stored(kind, depth)) for name, kind in fields]
    names = {name.casefold() for name, _ in stored}
    if not stored or "" in names or len(names) < len(stored) or any(kind is None for _, kind in stored):
        return None
    return pa.struct(stored)
