"""How the one record batch of a step file is laid out first and filled afterwards, so that no column is held twice.

Arrow's own writer makes the layout: it is given columns whose large buffers are empty memory of the right length, and
a sink that notes where each of them belongs instead of writing it. Then the bytes are written at their places, from
chunks or straight from a reader, several columns at once.
"""

from __future__ import annotations

import mmap
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_OPTIONS = pa.ipc.IpcWriteOptions(metadata_version=pa.ipc.MetadataVersion.V4, unify_dictionaries=True)
_NO_RESERVE = getattr(mmap, "MAP_NORESERVE", 0x4000)
_MOST_BYTES_AT_ONCE = 1 << 30
_MOST_TEXT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Later:
    """A column of a fixed width without nulls whose values are read when their place in the file is known."""

    type: pa.DataType
    read: Callable[[], pa.ChunkedArray]


Source: TypeAlias = pa.ChunkedArray | Later


def write_one_batch(target: Path, schema: pa.Schema, sources: Sequence[Source], rows: int) -> None:
    """Write columns of `rows` values as the one record batch of a new file.

    Text of 2 GiB and more becomes `large_string`. OSError where the disk does not take it.
    """
    placeholders = _Placeholders()
    arrays = [placeholders.of(source, rows) for source in sources]
    fields = [one.with_type(array.type) for one, array in zip(schema, arrays, strict=True)]
    schema = pa.schema(fields, metadata=schema.metadata)
    with target.open("wb", buffering=0) as file:
        sink = _Sink(file.fileno(), placeholders)
        with pa.PythonFile(sink, mode="w") as opened, pa.ipc.new_file(opened, schema, options=_OPTIONS) as writer:
            if arrays:
                writer.write_batch(pa.record_batch(arrays, schema=schema))
        sink.fill()


@dataclass(slots=True)
class _Placeholders:
    """Memory of the right length that nobody ever touches, and what belongs in its place."""

    contents: dict[int, Callable[[], Sequence[pa.Buffer]]] = field(default_factory=dict)
    kept: list[mmap.mmap] = field(default_factory=list)

    def of(self, source: Source, rows: int) -> pa.Array:
        """An array that looks like the source; its large buffers are placeholders."""
        if isinstance(source, Later):
            values = self._place(rows * fixed_width(source.type), lambda: _value_buffers(source.read()))
            return pa.Array.from_buffers(source.type, rows, [None, values], null_count=0)
        if _is_text(source.type):
            return self._text(source)
        if fixed_width(source.type):
            values = self._place(rows * fixed_width(source.type), lambda: _value_buffers(source))
            return pa.Array.from_buffers(source.type, rows, [_validity(source), values], null_count=source.null_count)
        return joined(source)

    def _text(self, source: pa.ChunkedArray) -> pa.Array:
        size = sum(_text_length(chunk) for chunk in source.chunks)
        kind = source.type
        if size > _MOST_TEXT and kind in (pa.string(), pa.binary()):
            kind = pa.large_string() if kind == pa.string() else pa.large_binary()
        width = pa.int64() if kind in (pa.large_string(), pa.large_binary()) else pa.int32()
        parts, end = [pa.array([0], width)], 0
        for chunk in source.chunks:
            own = _offsets(chunk).cast(pa.int64())
            parts.append(pc.add(own[1:], end - own[0].as_py()).cast(width))
            end += _text_length(chunk)
        offsets = pa.concat_arrays(parts).buffers()[1]
        letters = self._place(size, lambda: _text_buffers(source))
        buffers = [_validity(source), offsets, letters]
        return pa.Array.from_buffers(kind, len(source), buffers, null_count=source.null_count)

    def _place(self, size: int, content: Callable[[], Sequence[pa.Buffer]]) -> pa.Buffer:
        if not size:
            return pa.py_buffer(b"")
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _NO_RESERVE
        memory = mmap.mmap(-1, size, flags=flags)
        self.kept.append(memory)
        buffer = pa.py_buffer(memory)
        self.contents[buffer.address] = content
        return buffer


class _Sink:
    """What Arrow's writer writes to: small pieces go into the file, the place of a placeholder is only noted."""

    closed = False

    def __init__(self, descriptor: int, placeholders: _Placeholders) -> None:
        self._descriptor = descriptor
        self._contents = placeholders.contents
        self._places: list[tuple[int, int, Callable[[], Sequence[pa.Buffer]]]] = []
        self._position = 0

    def write(self, piece: bytes | pa.Buffer) -> int:
        size = len(piece) if isinstance(piece, bytes) else piece.size
        content = self._contents.get(piece.address) if isinstance(piece, pa.Buffer) else None
        if content is None:
            _write_at(self._descriptor, piece, self._position)
        else:
            self._places.append((self._position, size, content))
        self._position += size
        return size

    def tell(self) -> int:
        return self._position

    def flush(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        self.closed = True

    def fill(self) -> None:
        """Write what belongs at the noted places, several at once."""
        with ThreadPoolExecutor(pa.cpu_count()) as pool:
            for done in [pool.submit(self._fill, *place) for place in self._places]:
                done.result()

    def _fill(self, position: int, size: int, content: Callable[[], Sequence[pa.Buffer]]) -> None:
        end = position + size
        for buffer in content():
            _write_at(self._descriptor, buffer, position)
            position += buffer.size
        if position != end:
            raise pa.ArrowInvalid(f"a column has {position - end + size} bytes where {size} were announced")


def _write_at(descriptor: int, piece: bytes | pa.Buffer, position: int) -> None:
    view = memoryview(piece)
    while view:
        written = os.pwrite(descriptor, view[:_MOST_BYTES_AT_ONCE], position)
        view, position = view[written:], position + written


def fixed_width(kind: pa.DataType) -> int:
    """The bytes of one value of a plain fixed-width type; 0 for any other."""
    fixed = pa.types.is_primitive(kind) or pa.types.is_decimal(kind)
    return kind.bit_width // 8 if fixed and not pa.types.is_boolean(kind) else 0


def _is_text(kind: pa.DataType) -> bool:
    return kind in (pa.string(), pa.large_string(), pa.binary(), pa.large_binary())


def _value_buffers(column: pa.ChunkedArray) -> list[pa.Buffer]:
    width = fixed_width(column.type)
    return [chunk.buffers()[1].slice(chunk.offset * width, len(chunk) * width) for chunk in column.chunks if len(chunk)]


def _offsets(chunk: pa.Array) -> pa.Array:
    """Where each text of a chunk begins among its letters, and where the last one ends."""
    kind = pa.int64() if chunk.type in (pa.large_string(), pa.large_binary()) else pa.int32()
    buffer = chunk.buffers()[1]
    if not len(chunk) or buffer is None or not buffer.size:
        return pa.array([0], kind)
    return pa.Array.from_buffers(kind, len(chunk) + 1, [None, buffer], offset=chunk.offset)


def _text_length(chunk: pa.Array) -> int:
    offsets = _offsets(chunk)
    return int(offsets[-1].as_py() - offsets[0].as_py())


def _text_buffers(column: pa.ChunkedArray) -> list[pa.Buffer]:
    parts = []
    for chunk in column.chunks:
        first, length = _offsets(chunk)[0].as_py(), _text_length(chunk)
        if length:
            parts.append(chunk.buffers()[2].slice(first, length))
    return parts


def _validity(column: pa.ChunkedArray) -> pa.Buffer | None:
    return joined(pc.is_valid(column)).buffers()[1] if column.null_count else None


def joined(column: pa.ChunkedArray) -> pa.Array:
    """The chunks of a column as one array; its dictionaries become one."""
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.nulls(0, column.type)
