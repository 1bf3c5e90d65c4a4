"""How a large text is cut into blocks of whole rows, and a block parsed into cells of text."""

from __future__ import annotations

import codecs
import mmap
import re
from collections import deque
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import csv

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from transom.tables.csv_text import Dialect

BLOCK_BYTES = 4 << 20
#: A row is no longer than this; what seems so is one whose quote is never closed, or no table.
LONGEST_ROW_BYTES = 64 << 20


class RowTooLongError(Exception):
    """A row does not end. `place` is where the block begins that it is in."""

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place


class Blocks:
    """The blocks of a UTF-8 text, in order; each is parsed when it is asked for, by any thread."""

    def __init__(self, path: Path, dialect: Dialect, block_bytes: int = BLOCK_BYTES) -> None:
        self._dialect = dialect
        with path.open("rb") as file:
            self._text = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._buffer = pa.py_buffer(self._text)
        self._names = [str(number) for number in range(len(dialect.names))]
        self._quoted = self._text.find(b'"', self._end_of_header()) >= 0
        self._bytes = block_bytes
        self._last = (0, 0)

    @property
    def size(self) -> int:
        """The bytes of the whole text."""
        return len(self._text)

    def places(self) -> Iterator[tuple[int, int]]:
        """Where each block begins and ends. A block ends with a line, outside of quotes."""
        start = 0
        while start < self.size:
            end = self._end_of_row(start, min(start + self._bytes, self.size))
            self._last = start, end
            yield start, end
            start = end

    def cells(self, place: tuple[int, int], columns: Sequence[int] | None = None) -> list[pa.Array]:
        """The cells of a block (of some columns): text, nulls for empty ones.

        Raises ArrowInvalid where a row has another number of cells than the header, or text is not UTF-8.
        """
        start, end = place
        if not self._text[start : min(end, start + 64)].strip() and not self._text[start:end].strip():
            return [pa.array([], pa.string()) for _ in (self._names if columns is None else columns)]
        is_first = start == 0
        table = csv.read_csv(
            pa.BufferReader(self._content(start, end)),
            read_options=csv.ReadOptions(
                use_threads=False,
                block_size=end - start + 2,
                column_names=self._names,
                skip_rows=self._dialect.skipped_lines if is_first else 0,
                skip_rows_after_names=int(self._dialect.has_header) if is_first else 0,
            ),
            parse_options=csv.ParseOptions(delimiter=self._dialect.delimiter, newlines_in_values=self._quoted),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(self._names, pa.string()),
                include_columns=None if columns is None else [str(number) for number in columns],
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
        return [column.chunk(0) if column.num_chunks == 1 else _one(column) for column in table.columns]

    def line_of_open_quote(self) -> int | None:
        """The line, from 1, in which a quote opens that is never closed; None where every quote is closed.

        Looks into the last block: a block ends outside of quotes, so that an open one makes its block the last.
        """
        if not self._quoted:
            return None
        if self._last[1] < self.size:
            deque(self.places(), maxlen=0)
        start, end = self._last
        if start == 0 and self._text[:3] == codecs.BOM_UTF8:
            start = 3
        block = self._text[start:end]
        place = _open_quote(block, self._dialect.delimiter) if _may_be_open(block, self._dialect.delimiter) else None
        return None if place is None else self.line_at(start + place)

    def line_at(self, place: int) -> int:
        """The number, from 1, of the line that a byte of the text is in."""
        for line_end in (b"\n", b"\r"):
            parts = range(0, place, self._bytes)
            lines = sum(self._text[part : min(part + self._bytes, place)].count(line_end) for part in parts)
            if lines:
                return lines + 1
        return 1

    def _content(self, start: int, end: int) -> pa.Buffer:
        """The bytes of a block; Arrow skips no header that has no line end."""
        if start == 0 and self._text[end - 1 : end] not in (b"\n", b"\r"):
            return pa.py_buffer(self._text[:end] + b"\n")
        return self._buffer.slice(start, end - start)

    def _end_of_header(self) -> int:
        plain = self._dialect.has_header and not self._dialect.skipped_lines
        if not plain or any("\n" in name for name in self._dialect.names):
            return 0
        return max(self._text.find(b"\n"), 0)

    def _end_of_row(self, start: int, wanted: int) -> int:
        """Where the row that `wanted` is in ends. Raises RowTooLongError."""
        most = min(wanted + LONGEST_ROW_BYTES, self.size)
        end = self._quoted_end(start, wanted, most) if self._quoted else self._text.find(b"\n", wanted, most) + 1
        if not end and most < self.size:
            raise RowTooLongError(start)
        return end or self.size

    def _quoted_end(self, start: int, wanted: int, most: int) -> int:
        """The end of the first line from `wanted` on that ends outside of quotes; 0 where none does before `most`."""
        in_quotes = self._text[start:wanted].count(b'"') % 2 == 1
        position, line_end = wanted, -1
        while True:
            if in_quotes:
                position = self._text.find(b'"', position, most) + 1
                if not position:
                    return 0
            if line_end < position:  # many quotes may stand before one line end: it is looked for once
                line_end = self._text.find(b"\n", position, most)
            if line_end < 0:
                return 0
            quote = self._text.find(b'"', position, line_end)
            if quote < 0:
                return line_end + 1
            position, in_quotes = quote + 1, True


def _may_be_open(block: bytes, delimiter: str) -> bool:
    """Whether the last quote of a block may be one that opens a cell; the others need no closer look."""
    last = block.rfind(b'"')
    return last >= 0 and (last == 0 or block[last - 1 : last] in (b'"', b"\r", b"\n", delimiter.encode()))


def _open_quote(block: bytes, delimiter: str) -> int | None:
    """Where the quote stands that opens the last cell and is never closed."""
    cut = re.escape(delimiter.encode())
    tokens = rb'(?P<cell>"(?:[^"]++|"")*+(?P<closed>"?))?[^%b\r\n]*+(?:[%b\r\n]|\Z)' % (cut, cut)
    for token in re.finditer(tokens, block):
        if token["cell"] and not token["closed"]:
            return token.start()
    return None


def _one(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], pa.string())
