"""How much larger than its file a table may become: what a small file claims to unpack to is not believed for long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from transom.tables.description import SPARED_ROWS, counting

if TYPE_CHECKING:
    from transom.errors import InputUnreadable
    from transom.tables.reading import Reading

#: So much any file may unpack to, however small it is.
SPARED_BYTES = 1 << 30
#: A larger table has no more than so many bytes for each byte of its file.
MOST_TIMES_LARGER = 500
_WORTH_COUNTING = 1 << 24


def most_bytes(file_bytes: int) -> int:
    """The bytes that a file of this size may unpack to."""
    return max(SPARED_BYTES, MOST_TIMES_LARGER * file_bytes)


def most_rows(file_bytes: int) -> int:
    """The rows that a file of this size may hold."""
    return max(SPARED_ROWS, 8 * file_bytes)


def refuse_growth(reading: Reading, size: int, file_bytes: int, column: str | None = None) -> None:
    """Raise InputUnreadable where a table (or a column of it) has more bytes than its file may unpack to."""
    if size > most_bytes(file_bytes):
        raise grown(reading, column)


def refuse_rows(reading: Reading, rows: int, file_bytes: int) -> None:
    """Raise InputUnreadable where a file claims more rows than it can hold."""
    if not 0 <= rows <= most_rows(file_bytes):
        raise reading.unreadable(
            f"it claims {rows:,} rows, more than its {file_bytes:,} bytes can hold",
            "It is damaged or made to do harm; write it again.",
        )


def grown(reading: Reading, column: str | None = None) -> InputUnreadable:
    """The refusal of a file that unpacks to too much."""
    what = "it" if column is None else f"its column {column}"
    return reading.unreadable(
        f"{what} unpacks to more than {MOST_TIMES_LARGER} times the size of the file, as a zip bomb does",
        "If it is honest, unpack it yourself, or write it without compression, and give that.",
    )


def unpacked_bytes(column: pa.ChunkedArray) -> int:
    """The bytes that a column has, or would have as plain values; exact only where they may be many.

    Categories, views and runs name the same value many times, so that few bytes in a file may become very many.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return sum(_of_categories(chunk) for chunk in column.chunks)
    if pa.types.is_run_end_encoded(kind):
        return sum(_of_runs(chunk) for chunk in column.chunks)
    if pa.types.is_string_view(kind) or pa.types.is_binary_view(kind):
        return sum(_of_text_views(chunk) for chunk in column.chunks)
    if pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind):
        return sum(_of_views(chunk) for chunk in column.chunks)
    return int(column.nbytes)


def _widest(values: pa.Array) -> int:
    """The most bytes that one of the values can have; what is in lists counts as all of it."""
    kind = values.type
    if not len(values):
        return 0
    if pa.types.is_string_view(kind) or pa.types.is_binary_view(kind):
        return _of_text_views(values)
    if _is_text(kind):
        return int(pc.max(pc.binary_length(values)).as_py() or 0)
    fixed = pa.types.is_primitive(kind) or pa.types.is_decimal(kind) or pa.types.is_fixed_size_binary(kind)
    return -(-kind.bit_width // 8) if fixed else int(values.nbytes)


def _of_categories(chunk: pa.DictionaryArray) -> int:
    bound = len(chunk) * _widest(chunk.dictionary)
    if bound <= _WORTH_COUNTING or not _is_text(chunk.dictionary.type):
        return bound
    lengths = pc.cast(pc.binary_length(chunk.dictionary), pa.int64())
    return int(pc.sum(lengths.take(chunk.indices)).as_py() or 0)


def _of_runs(chunk: pa.RunEndEncodedArray) -> int:
    return len(chunk) * _widest(chunk.values)


def _of_text_views(chunk: pa.Array) -> int:
    """A view is 16 bytes, of which the first four are the length of its text."""
    numbers = pa.Array.from_buffers(pa.int32(), 4 * (chunk.offset + len(chunk)), [None, chunk.buffers()[1]])
    lengths = numbers.take(counting(len(chunk), 4 * chunk.offset, 4)).cast(pa.int64())
    return 8 * len(chunk) + int(pc.sum(lengths.filter(chunk.is_valid())).as_py() or 0)


def _of_views(chunk: pa.Array) -> int:
    values = int(pc.sum(pc.list_value_length(chunk)).as_py() or 0)
    return 8 * len(chunk) + values * _widest(chunk.values)


def _is_text(kind: pa.DataType) -> bool:
    small = pa.types.is_string(kind) or pa.types.is_binary(kind)
    return bool(small or pa.types.is_large_string(kind) or pa.types.is_large_binary(kind))
