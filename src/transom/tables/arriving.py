"""What becomes of a table's columns when it arrives from a file, so that every interpreter can take the step file.

Numbers that pandas holds without a mask carry their missing values as NaN; types that old Arrow libraries do not
know become the nearest that they do; whatever an encoding of ours or the pandas metadata explains stays as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from transom.tables.description import Description

_EXACT_IN_FLOAT = 2**53


def settled(table: pa.Table, description: Description) -> pa.Table:
    """The table with each column as a step file holds it."""
    for number, name in enumerate(table.schema.names):
        column = table.column(number)
        changed = settled_column(column, name, description)
        if changed is not column:
            table = table.set_column(number, table.schema.field(number).with_type(changed.type), changed)
    return table


def settled_column(column: pa.ChunkedArray, name: str, description: Description) -> pa.ChunkedArray:
    """One column as a step file holds it; the very same object where nothing has to change."""
    column = _of_known_type(column)
    if not column.null_count or name in description.encodings or _is_masked(name, description):
        return column
    if pa.types.is_floating(column.type):
        return pc.fill_null(column, pa.scalar(float("nan"), column.type))
    if pa.types.is_integer(column.type):
        return _as_float_where_exact(column)
    return column


def carries_missing_as_nan(field: pa.Field, description: Description) -> bool:
    """Whether the column is of floats whose missing values are NaN, as numpy has them."""
    plain = field.name not in description.encodings and not _is_masked(field.name, description)
    return bool(pa.types.is_floating(field.type)) and plain


def _is_masked(name: str, description: Description) -> bool:
    """Whether pandas holds the column in one of its nullable types (`Int64`, `Float64`), with a mask of its own."""
    entry = description.pandas_entry(name)
    word = str(entry.get("numpy_type", "")) if entry else ""
    return word[:1].isupper() or word.endswith("[pyarrow]")


def _as_float_where_exact(column: pa.ChunkedArray) -> pa.ChunkedArray:
    ends = pc.min_max(column).as_py()
    if ends["min"] is not None and (ends["min"] < -_EXACT_IN_FLOAT or ends["max"] > _EXACT_IN_FLOAT):
        return column
    return pc.fill_null(column.cast(pa.float64()), float("nan"))


def _of_known_type(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return _of_known_type(pa.chunked_array([chunk.storage for chunk in column.chunks], kind.storage_type))
    if pa.types.is_string_view(kind):
        return column.cast(pa.large_string())
    if pa.types.is_binary_view(kind):
        return column.cast(pa.large_binary())
    if pa.types.is_run_end_encoded(kind):
        return pc.run_end_decode(column)
    if pa.types.is_decimal32(kind) or pa.types.is_decimal64(kind):
        return column.cast(pa.decimal128(kind.precision, kind.scale))
    if pa.types.is_dictionary(kind) and pa.types.is_nested(kind.value_type):
        chunks = [chunk.dictionary.take(chunk.indices) for chunk in column.chunks]
        return _of_known_type(pa.chunked_array(chunks, kind.value_type))
    if pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind):
        return _of_lists(column)
    return column


def _of_lists(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Views of lists as lists; Arrow's own cast leaves the last offset out, so that foreign memory is read there."""
    field = column.type.value_field
    wanted = pa.list_(field) if pa.types.is_list_view(column.type) else pa.large_list(field)
    chunks = []
    for chunk in column.chunks:
        lengths = pc.fill_null(pc.cast(pc.list_value_length(chunk), pa.int64()), 0)
        offsets = pa.concat_arrays([pa.array([0], pa.int64()), pc.cumulative_sum(lengths)])
        chunks.append(pa.LargeListArray.from_arrays(offsets, chunk.flatten(), mask=pc.is_null(chunk)).cast(wanted))
    return pa.chunked_array(chunks, wanted)
