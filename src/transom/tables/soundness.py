"""What is checked of Arrow data before anything reads its cells: a stranger may have written offsets that lead astray.

Arrow believes offsets, indices and lengths; a false one reads foreign memory, or ends the process.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from transom.tables.growth import most_rows

#: The metadata of a schema, such as the categories of a column of numbers, has no more bytes.
MOST_METADATA_BYTES = 64 * 1024**2
#: So many values that take no bytes may lie in lists, whatever the size of the file.
_SPARED_NOTHINGS = 1 << 24


def refuse_false_layout(table: pa.Table, file_bytes: int) -> None:
    """Raise ArrowInvalid where buffers are too short for their columns or metadata too long; reads no cell."""
    metadata = table.schema.metadata or {}
    size = sum(len(key) + len(value) for key, value in metadata.items())
    if size > MOST_METADATA_BYTES:
        raise pa.ArrowInvalid(f"its metadata has {size:,} bytes, more than {MOST_METADATA_BYTES:,}")
    _refuse_names_without_letters(table.schema)
    table.validate()
    if table.num_rows > most_rows(file_bytes):
        raise pa.ArrowInvalid(f"it claims {table.num_rows:,} rows, more than its {file_bytes:,} bytes can hold")
    for name, column in zip(table.schema.names, table.columns, strict=True):
        if pa.types.is_nested(column.type) and _most_nothings(column) > max(_SPARED_NOTHINGS, 8 * file_bytes):
            raise pa.ArrowInvalid(f"its column {name} claims more values than the file can hold")


def _refuse_names_without_letters(schema: pa.Schema) -> None:
    """Raise ArrowInvalid where the name of a column, of a field within it or of a zone is not UTF-8."""
    try:
        for name, kind in zip(schema.names, schema.types, strict=True):
            _look_at_names(name, kind)
    except UnicodeError:
        raise pa.ArrowInvalid("a name in it is not UTF-8") from None


def _look_at_names(name: str, kind: pa.DataType) -> None:
    """UnicodeError where the name, or one within the type, is no text; pyarrow finds out when it is asked."""
    name.encode()
    if isinstance(kind, pa.BaseExtensionType):
        _look_at_names("", kind.storage_type)
    elif pa.types.is_timestamp(kind):
        (kind.tz or "").encode()
    elif pa.types.is_dictionary(kind):
        _look_at_names("", kind.value_type)
    elif _is_list(kind):
        _look_at_names(kind.value_field.name, kind.value_type)
    elif pa.types.is_map(kind):
        _look_at_names("", kind.key_type)
        _look_at_names("", kind.item_type)
    elif pa.types.is_struct(kind) or pa.types.is_union(kind):
        for number in range(kind.num_fields):
            _look_at_names(kind.field(number).name, kind.field(number).type)


def refuse_false_cells(data: pa.Table | pa.ChunkedArray | pa.Array) -> None:
    """Raise ArrowInvalid where an offset, an index, a text or a count of missing values is false; reads every cell."""
    data.validate(full=True)


def _most_nothings(column: pa.ChunkedArray) -> int:
    """The most values without any bytes (nulls, texts of width 0) in one array within lists and structures."""
    return max((count for chunk in column.chunks for count in _nothings(chunk)), default=0)


def _nothings(array: pa.Array) -> Iterator[int]:
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        yield from _nothings(array.storage)
    elif pa.types.is_struct(kind) or pa.types.is_union(kind):
        for number in range(kind.num_fields):
            yield from _nothings(array.field(number))
    elif pa.types.is_run_end_encoded(kind) or _is_list(kind):
        yield from _nothings(array.values)
    elif pa.types.is_map(kind):
        yield from _nothings(array.keys)
        yield from _nothings(array.items)
    elif pa.types.is_null(kind) or (pa.types.is_fixed_size_binary(kind) and not kind.byte_width):
        yield len(array)


def _is_list(kind: pa.DataType) -> bool:
    lists = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    return bool(lists or pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind))
