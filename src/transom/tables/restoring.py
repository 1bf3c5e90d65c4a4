"""How Parquet that holds a column in another type than its step file says which it was, and how it becomes it again.

Two keys of the Parquet file's metadata: `transom_schema`, the step file's own schema, and `transom_categories`, the
categories (in their order, also those that no row has) of columns that Parquet does not hold as categories.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from transom.tables.arrow_layout import claimed_bytes
from transom.tables.one_batch import joined
from transom.tables.soundness import refuse_false_cells, refuse_false_layout

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCHEMA_KEY = b"transom_schema"
_CATEGORIES_KEY = b"transom_categories"
_MOST_KEPT_BY_PARQUET = 1 << 19
#: What comes of metadata, or of cells, that are not of the form that they are written in.
_MISUNDERSTOOD = (
    pa.ArrowException,
    ValueError,
    TypeError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RecursionError,
)
_DURATION = re.compile(r"(-?\d+) days (\+?)(\d+):(\d+):(\d+)(?:\.(\d+))?")
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def with_origin(table: pa.Table, origin: pa.Table) -> pa.Table:
    """The table, on its way to Parquet, with the two keys that lead back to `origin`."""
    aside = {
        one.name: _packed(_categories(origin.column(one.name)))
        for one in origin.schema
        if pa.types.is_dictionary(one.type) and not pa.types.is_dictionary(table.schema.field(one.name).type)
    }
    metadata = dict(table.schema.metadata or {})
    metadata[_SCHEMA_KEY] = base64.b64encode(origin.schema.serialize().to_pybytes())
    if aside:
        metadata[_CATEGORIES_KEY] = json.dumps(aside).encode()
    return table.replace_schema_metadata(metadata)


def plain_categories(table: pa.Table) -> pa.Table:
    """The table with the categories as plain values where Parquet would lose some of them, or their order."""
    for number, one in enumerate(table.schema):
        if pa.types.is_dictionary(one.type) and not _parquet_keeps(table.column(number)):
            values = table.column(number).cast(one.type.value_type)
            table = table.set_column(number, one.with_type(values.type), values)
    return table


def _parquet_keeps(column: pa.ChunkedArray) -> bool:
    text = column.type.value_type in (pa.string(), pa.large_string())
    return bool(text) and len(column) > 0 and _categories(column).nbytes < _MOST_KEPT_BY_PARQUET


def _categories(column: pa.ChunkedArray) -> pa.Array:
    if not column.num_chunks:
        return pa.array([], column.type.value_type)
    return column.unify_dictionaries().chunk(0).dictionary


@dataclass(frozen=True, slots=True)
class Origin:
    """The step file that a Parquet file was written from: its schema, and the categories that were kept aside."""

    schema: pa.Schema
    categories: Mapping[str, pa.Array]

    def changed(self, field: pa.Field) -> bool:
        """Whether the Parquet file holds the column in another type."""
        return bool(self.schema.field(field.name).type != field.type)

    def restored(self, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """The column in the type that it had; the very same where there is no way back."""
        wanted = self.schema.field(name).type
        try:
            return _restored(column, wanted, self.categories.get(name))
        except _MISUNDERSTOOD:
            return column


def origin_of(schema: pa.Schema) -> Origin | None:
    """What the metadata of a Parquet file says of its origin; None where there is none that fits its columns."""
    metadata = schema.metadata or {}
    if _SCHEMA_KEY not in metadata:
        return None
    try:
        origin = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(metadata[_SCHEMA_KEY])))
        aside = json.loads(metadata.get(_CATEGORIES_KEY, b"{}"))
        categories = {name: _unpacked(text) for name, text in aside.items()}
    except (*_MISUNDERSTOOD, OSError):
        return None
    return Origin(origin, categories) if origin.names == schema.names else None


def _restored(column: pa.ChunkedArray, wanted: pa.DataType, categories: pa.Array | None) -> pa.ChunkedArray:
    if pa.types.is_dictionary(wanted):
        if categories is None:
            return column.cast(wanted)
        codes = [
            pc.index_in(chunk.cast(categories.type), categories).cast(wanted.index_type) for chunk in column.chunks
        ]
        made = [pa.DictionaryArray.from_arrays(one, categories, ordered=wanted.ordered) for one in codes]
        return pa.chunked_array(made, wanted)
    if pa.types.is_duration(wanted) and pa.types.is_string(column.type):
        counts = [_duration(text, _PER_SECOND[wanted.unit]) for text in column.to_pylist()]
        return pa.chunked_array([pa.array(counts, pa.int64()).cast(wanted)])
    if pa.types.is_nested(wanted) and pa.types.is_string(column.type):
        return _nested(column, wanted)
    return column.cast(wanted)


def _nested(column: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray:
    """The intervals, complex numbers or JSON that `cell_texts` spelt."""
    names = [one.name for one in wanted] if pa.types.is_struct(wanted) else []
    if names in (["left", "right"], ["real", "imag"]):
        return _pairs(column, wanted)
    cells = [None if text is None else json.loads(text) for text in column.to_pylist()]
    return pa.chunked_array([pa.array(cells, wanted)])


def _pairs(column: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray:
    text = joined(column)
    if wanted.field(0).name == "left":
        sides = pc.extract_regex(text, r"^[\[(](?P<left>.*), (?P<right>.*)[\])]$")
        parts = [pc.struct_field(sides, side).cast(wanted.field(side).type) for side in ("left", "right")]
    else:
        numbers = [complex(one or "nan") for one in text.to_pylist()]
        parts = [pa.array([one.real for one in numbers]), pa.array([one.imag for one in numbers])]
        parts = [part.cast(one.type) for part, one in zip(parts, wanted, strict=True)]
    return pa.chunked_array([pa.StructArray.from_arrays(parts, fields=list(wanted), mask=pc.is_null(text))])


def _duration(text: str | None, per_second: int) -> int | None:
    found = _DURATION.fullmatch(text) if text is not None else None
    if found is None:
        return None
    hours, minutes, seconds = (int(found[number]) for number in range(3, 6))
    clock = ((hours * 60 + minutes) * 60 + seconds) * per_second
    clock += int((found[6] or "").ljust(9, "0")) * per_second // 10**9
    days = int(found[1]) * 86400 * per_second
    is_all_negative = found[1].startswith("-") and not found[2]  # as `-1 days 01:00:00` was once written for 25 hours
    return days - clock if is_all_negative else days + clock


def _packed(array: pa.Array) -> str:
    sink = pa.BufferOutputStream()
    batch = pa.record_batch([array], names=["values"])
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return base64.b64encode(sink.getvalue().to_pybytes()).decode("ascii")


def _unpacked(text: str) -> pa.Array:
    memory = pa.py_buffer(base64.b64decode(text))
    if claimed_bytes(memory):
        raise pa.ArrowInvalid("categories are never compressed")
    table = pa.ipc.open_stream(memory).read_all()
    refuse_false_layout(table, memory.size)
    refuse_false_cells(table)
    return joined(table.column(0))
