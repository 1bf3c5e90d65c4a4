"""Thrift's compact protocol, in which the metadata of Parquet is written, read without believing it.

Arrow's own objects for a file's metadata end the process where it contradicts itself, so that it is read here first.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import pyarrow as pa

#: Fields by number: whole numbers, texts as bytes, lists, structures; flags and decimals are passed over.
Structure: TypeAlias = dict[int, Any]

_FLAGS, _BYTE, _WHOLE, _DOUBLE, _TEXT, _LISTS, _STRUCTURE = (1, 2), 3, (4, 5, 6), 7, 8, (9, 10), 12
_DEEPEST = 16
_LONGEST_NUMBER = 10


class Compact:
    """Reads a structure from memory, from `place` on. Raises IndexError or ArrowInvalid for what is none."""

    def __init__(self, memory: Any, place: int = 0) -> None:
        self.place = place
        self._memory = memory
        self._end = len(memory)

    def structure(self, depth: int = 0) -> Structure:
        """The structure that begins here."""
        found: Structure = {}
        for field, kind in self.fields(depth):
            found[field] = self.value(kind, depth)
        return found

    def fields(self, depth: int = 0) -> Any:
        """(number, kind) of each field of the structure that begins here; whoever asks reads the value in between."""
        if depth > _DEEPEST:
            raise pa.ArrowInvalid("its metadata is nested too deeply")
        memory, field = self._memory, 0
        while head := memory[self.place]:
            self.place += 1
            step = head >> 4
            field = field + step if step else self._whole()
            yield field, head & 15
        self.place += 1

    def value(self, kind: int, depth: int = 0) -> Any:
        """The value of this kind that begins here."""
        if kind in _WHOLE:
            return self._whole()
        if kind == _TEXT:
            return self._text()
        if kind == _STRUCTURE:
            return self.structure(depth + 1)
        if kind in _FLAGS:
            return None
        if kind in _LISTS:
            inner, count = self.list_head()
            if inner in _FLAGS:
                self._skip(count)
                return None
            return [self.value(inner, depth + 1) for _ in range(count)]
        if kind in (_BYTE, _DOUBLE):
            self._skip(1 if kind == _BYTE else 8)
            return None
        raise pa.ArrowInvalid("its metadata is damaged")

    def list_head(self) -> tuple[int, int]:
        """(kind of its values, number of them) of the list that begins here."""
        head = self._memory[self.place]
        self.place += 1
        count = head >> 4
        if count == 15:
            count = self._unsigned()
        if count > self._end - self.place:
            raise pa.ArrowInvalid("its metadata is damaged")
        return head & 15, count

    def _text(self) -> bytes:
        size, start = self._unsigned(), self.place
        self._skip(size)
        return bytes(self._memory[start : start + size])

    def _skip(self, size: int) -> None:
        self.place += size
        if self.place > self._end:
            raise pa.ArrowInvalid("its metadata is damaged")

    def _unsigned(self) -> int:
        memory, place = self._memory, self.place
        value = 0
        for number in range(_LONGEST_NUMBER):
            byte: int = memory[place + number]
            value |= (byte & 127) << (7 * number)
            if byte < 128:
                self.place = place + number + 1
                return value
        raise pa.ArrowInvalid("its metadata is damaged")

    def _whole(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)
