"""How a column becomes one of categories, as pandas would make it, and how it becomes one of plain values again."""

from __future__ import annotations

import base64
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transom.components.frame import Column
from transom.components.gaps import with_gaps
from transom.components.native import CannotApply
from transom.components.plain_values import is_text
from transom.components.told import one_line
from transom.tables.arrow_layout import claimed_bytes
from transom.tables.display import cell_texts
from transom.tables.soundness import refuse_false_cells, refuse_false_layout

_CODES = ((127, pa.int8()), (32_767, pa.int16()), (2**31 - 1, pa.int32()))
_OLDEST = pa.ipc.IpcWriteOptions(metadata_version=pa.ipc.MetadataVersion.V4)


def categorical(column: Column) -> Column:
    """The column as one of categories: its different values, sorted. One that is so already stays the very same.

    Values that are equal are one category, and NaN is missing. Raises CannotApply for lists and the like.
    """
    values = column.values
    if pa.types.is_dictionary(values.type):
        return column
    if pa.types.is_nested(values.type) or pa.types.is_null(values.type):
        raise CannotApply(
            f"The column {column.name!r} ({column.dtype}) cannot become categorical.",
            "Make it text first: `data_type: string`.",
        )
    if pa.types.is_float16(values.type):  # pandas has no categories of these
        return categorical(replace(column, values=values.cast(pa.float32()), entry=None, encoding=None))
    if pa.types.is_floating(values.type):
        values = pc.if_else(
            pc.is_nan(values), pa.scalar(None, values.type), pc.add(values, pa.scalar(0.0, values.type))
        )
    if (column.encoding or {}).get("encoding") in ("decimals", "integers") and is_text(values.type):
        values, different = _written_numbers(column)
    else:
        different = pc.drop_null(pc.unique(values))
        different = different.take(pc.array_sort_indices(different))
    width = next(kind for most, kind in _CODES if len(different) < most or kind == pa.int32())
    codes = pc.index_in(values, value_set=different).combine_chunks().cast(width)
    bound = _bound(column)
    dictionary = different
    if not is_text(different.type):
        bound["arrow"] = _packed(different)
        if "encoding" in bound:
            dictionary = pa.array(cell_texts(pa.chunked_array([different]), bound), pa.string())
    made = [pa.DictionaryArray.from_arrays(each, dictionary) for each in _chunks(codes)]
    encoding = {"dtype": "category", "encoding": "category", "ordered": False, "categories": bound}
    kind = pa.dictionary(width, dictionary.type)
    return replace(column, values=pa.chunked_array(made, kind), entry=None, encoding=encoding)


def _written_numbers(column: Column) -> tuple[pa.ChunkedArray, pa.Array]:
    """Numbers kept as texts, equal ones in the text of the first (1.0, not 1.00), and the different ones by size."""
    texts = pc.drop_null(pc.unique(column.values))
    first: dict[Decimal, str] = {}
    same: list[str | None] = []
    for text in texts.to_pylist():
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise CannotApply(
                f"The column {column.name!r} ({column.dtype}) cannot become categorical: "
                f"{one_line(repr(text))} is no number.",
                "Make it text first: `data_type: string`.",
            ) from None
        same.append(None if number.is_nan() else first.setdefault(number, text))
    values = pa.array(same, texts.type).take(pc.index_in(column.values, value_set=texts))
    different = pa.array([first[number] for number in sorted(first)], texts.type)
    return pa.chunked_array(_chunks(values), texts.type), different


def _chunks(array: pa.Array | pa.ChunkedArray) -> list[pa.Array]:
    return list(array.chunks) if isinstance(array, pa.ChunkedArray) else [array]


def _bound(column: Column) -> dict[str, Any]:
    """What is noted of the categories: their dtype, and their encoding where they have one."""
    if column.encoding is not None:
        return dict(column.encoding)
    said = None if column.entry is None else column.entry.get("numpy_type")
    return {"dtype": None if said == "object" else said}  # pandas itself decides what texts are held as


def not_categorical(column: Column) -> Column:
    """The column as one of the values that its categories stand for; one that is so already stays the very same."""
    if not pa.types.is_dictionary(column.values.type):
        return column
    bound = dict((column.encoding or {}).get("categories") or {})
    packed = bound.pop("arrow", None)
    categories = None if packed is None else _unpacked(column, packed)
    if categories is None:
        values = column.values.cast(column.values.type.value_type)
    else:
        values = pa.chunked_array([categories.take(chunk.indices) for chunk in column.values.chunks], categories.type)
    encoding = bound if bound.get("dtype") is not None else None
    return with_gaps(replace(column, values=values, entry=None, encoding=encoding))


def _packed(array: pa.Array) -> str:
    """One array as text that fits into JSON, as a script's process writes and reads it."""
    sink = pa.BufferOutputStream()
    batch = pa.record_batch([array], names=["values"])
    with pa.ipc.new_file(sink, batch.schema, options=_OLDEST) as writer:
        writer.write_batch(batch)
    return base64.b64encode(sink.getvalue().to_pybytes()).decode("ascii")


def _unpacked(column: Column, text: Any) -> pa.Array:
    """The array that was packed, which strangers may have written. Raises CannotApply."""
    try:
        memory = pa.py_buffer(base64.b64decode(text))
        if claimed_bytes(memory):
            raise pa.ArrowInvalid("categories are never compressed")
        table = pa.ipc.open_file(memory).read_all()
        refuse_false_layout(table, memory.size)
        refuse_false_cells(table)
        array = table.column(0).combine_chunks()
        if any(_highest(chunk) >= len(array) for chunk in column.values.chunks):
            raise pa.ArrowInvalid("there are fewer categories than the column has")
    except (pa.ArrowException, ValueError, TypeError, IndexError) as wrong:
        raise CannotApply(
            f"The categories of the column {column.name!r} cannot be read: {wrong}.", "Run the step before it again."
        ) from None
    return array.chunk(0) if isinstance(array, pa.ChunkedArray) else array


def _highest(chunk: pa.DictionaryArray) -> int:
    found = pc.max(chunk.indices).as_py()
    return -1 if found is None else int(found)
