"""How a text of UTF-8 is cut into blocks of whole lines, and which number a line has."""

from __future__ import annotations

import codecs
import mmap
from typing import TYPE_CHECKING

from transom.tables.csv_blocks import BLOCK_BYTES, LONGEST_ROW_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from transom.tables.reading import Reading

#: Where a block begins and ends, in bytes of the text.
Place = tuple[int, int]


class Lines:
    """The lines of a text, block by block. They end with `\\n` or `\\r\\n`, or all of them with `\\r`.

    A mark before the text is none of its letters. `word` is what messages call a line.
    """

    def __init__(self, reading: Reading, path: Path, word: str = "line") -> None:
        self._reading = reading
        self._word = word
        with path.open("rb") as file:
            empty = not path.stat().st_size
            self._text: mmap.mmap | bytes = b"" if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._start = len(codecs.BOM_UTF8) if self._text[:3] == codecs.BOM_UTF8 else 0
        head = self._text[:LONGEST_ROW_BYTES] if self._text.find(b"\n") < 0 else b"\n"
        self.end = b"\n" if b"\n" in head or b"\r" not in head else b"\r"

    @property
    def size(self) -> int:
        """The bytes of the whole text."""
        return len(self._text)

    def places(self) -> Iterator[Place]:
        """Where each block begins and ends. Raises InputUnreadable where a line does not end."""
        start = self._start
        while start < self.size:
            end = self._end_of_line(min(start + BLOCK_BYTES, self.size))
            yield start, end
            start = end

    def head(self, size: int) -> bytes:
        """The first bytes of the text."""
        return self._text[self._start : size]

    def content(self, place: Place) -> bytes:
        """The bytes of a block."""
        return self._text[place[0] : place[1]]

    def numbered(self, place: Place) -> Iterator[tuple[int, str]]:
        """The lines of a block that are not blank, each with its number within the block, from 0.

        Raises UnicodeDecodeError where they are not UTF-8.
        """
        for number, line in enumerate(self.content(place).decode().split(self.end.decode())):
            if line and not line.isspace():
                yield number, line

    def named(self, place: Place, number: int) -> str:
        """What a person calls a line of a block: `line 7`."""
        start = self._start
        before = sum(
            self._text[part : min(part + BLOCK_BYTES, place[0])].count(self.end)
            for part in range(start, place[0], BLOCK_BYTES)
        )
        return f"{self._word} {before + number + 1:,}"

    def _end_of_line(self, wanted: int) -> int:
        end = self._text.find(self.end, wanted - 1, wanted + LONGEST_ROW_BYTES) + 1
        if not end and wanted + LONGEST_ROW_BYTES < self.size:
            raise self._reading.unreadable(
                f"{self.named((wanted, wanted), 0)} has more than {LONGEST_ROW_BYTES >> 20} MiB",
                "Look there for line ends that are missing.",
            )
        return end or self.size
