"""What an Arrow file says of its own layout, read before Arrow believes it.

Arrow checks that each buffer lies within the file, but takes every block of the footer as often as it is named, and
makes room for whatever size a compressed buffer claims. Both are summed up here first, from the flatbuffers of the
format (https://arrow.apache.org/docs/format/Columnar.html): a few microseconds a record batch.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import TypeAlias

import pyarrow as pa

_MAGIC = b"ARROW1"
_DAMAGED = "its layout is damaged"
_CONTINUED = 0xFFFFFFFF
_DICTIONARIES, _BATCHES = 2, 3  # fields of a footer
_HEADER_TYPE, _HEADER, _BODY_LENGTH = 1, 2, 3  # fields of a message
_BUFFERS, _COMPRESSION = 2, 3  # fields of a record batch
_DICTIONARY_BATCH, _RECORD_BATCH = 2, 3  # kinds of headers
_DATA = 1  # field of a dictionary batch

#: Where a table stands in a piece of memory.
Place: TypeAlias = int


def claimed_bytes(memory: pa.Buffer) -> int:
    """What the compressed buffers of an Arrow file or stream claim to unpack to; 0 where none is compressed.

    Raises ArrowInvalid where the layout contradicts itself.
    """
    whole = memoryview(memory)
    try:
        messages = _of_file(whole) if whole[:6] == _MAGIC else _of_stream(whole)
        return sum(_unpacked(whole, *message) for message in messages)
    except (struct.error, IndexError, OverflowError):
        raise pa.ArrowInvalid(_DAMAGED) from None


def _of_file(whole: memoryview) -> Iterator[tuple[Place, Place]]:
    """(place of its message, place of its body) of each block that the footer names."""
    end = len(whole) - len(_MAGIC) - 4
    (length,) = struct.unpack_from("<i", whole, end)
    if length <= 0 or length > end or whole[end + 4 :] != _MAGIC:
        raise pa.ArrowInvalid("it has no footer")
    footer = _Flat(whole[end - length : end])
    root = footer.root()
    room = len(whole)
    for number in (_DICTIONARIES, _BATCHES):
        for place in footer.structs(root, number, 24):
            offset, metadata, body = struct.unpack_from("<qi4xq", footer.memory, place)
            room -= metadata + body
            if min(offset, metadata, body) < 0 or offset + metadata + body > len(whole) or room < 0:
                raise pa.ArrowInvalid("its footer names more than the file holds")
            yield _message_at(whole, offset), offset + metadata


def _of_stream(whole: memoryview) -> Iterator[tuple[Place, Place]]:
    place = 0
    while place + 8 <= len(whole):
        message = _message_at(whole, place)
        (length,) = struct.unpack_from("<i", whole, message - 4)
        if length <= 0:
            return
        flat = _Flat(whole[message:])
        body = message + length
        size = flat.number(flat.root(), _BODY_LENGTH, "<q")
        if size < 0:
            raise pa.ArrowInvalid("a message has a negative length")
        yield message, body
        place = body + size


def _message_at(whole: memoryview, place: Place) -> Place:
    """Where the flatbuffer of the message begins whose length stands at `place`, in old or new spelling."""
    (first,) = struct.unpack_from("<I", whole, place)
    return place + (8 if first == _CONTINUED else 4)


def _unpacked(whole: memoryview, message: Place, body: Place) -> int:
    """The bytes that the compressed buffers of a message claim to unpack to."""
    flat = _Flat(whole[message:])
    root = flat.root()
    kind = flat.number(root, _HEADER_TYPE, "<B")
    batch = flat.table(root, _HEADER)
    if kind == _DICTIONARY_BATCH and batch is not None:
        batch = flat.table(batch, _DATA)
    if kind not in (_DICTIONARY_BATCH, _RECORD_BATCH) or batch is None or flat.table(batch, _COMPRESSION) is None:
        return 0
    total = 0
    for place in flat.structs(batch, _BUFFERS, 16):
        offset, length = struct.unpack_from("<qq", flat.memory, place)
        if length:
            total += max(0, *struct.unpack_from("<q", whole, body + offset))
    return total


class _Flat:
    """A flatbuffer, as far as it must be understood: tables, their numbers, tables in them and vectors of structs."""

    def __init__(self, memory: memoryview) -> None:
        self.memory = memory

    def root(self) -> Place:
        """Where its outermost table stands."""
        return int(struct.unpack_from("<I", self.memory, 0)[0])

    def number(self, table: Place, field: int, form: str) -> int:
        """A number of a table; 0 where it is not there."""
        place = self._field(table, field)
        return 0 if place is None else int(struct.unpack_from(form, self.memory, place)[0])

    def table(self, table: Place, field: int) -> Place | None:
        """Where the table (or vector) stands that a field leads to; None where it is not there."""
        place = self._field(table, field)
        return None if place is None else place + int(struct.unpack_from("<I", self.memory, place)[0])

    def structs(self, table: Place, field: int, width: int) -> range:
        """Where each struct of a vector stands."""
        vector = self.table(table, field)
        if vector is None:
            return range(0)
        (count,) = struct.unpack_from("<I", self.memory, vector)
        if count * width > len(self.memory):
            raise pa.ArrowInvalid(_DAMAGED)
        return range(vector + 4, vector + 4 + count * width, width)

    def _field(self, table: Place, field: int) -> Place | None:
        if table < 0:
            raise pa.ArrowInvalid(_DAMAGED)
        known = table - int(struct.unpack_from("<i", self.memory, table)[0])
        if known < 0:
            raise pa.ArrowInvalid(_DAMAGED)
        (size,) = struct.unpack_from("<H", self.memory, known)
        at = 4 + 2 * field
        if at + 2 > size:
            return None
        (offset,) = struct.unpack_from("<H", self.memory, known + at)
        return table + offset if offset else None
