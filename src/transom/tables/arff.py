"""How an ARFF file becomes a step file: its rows, dense or sparse, as columns of the kinds that its header declares."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pyarrow as pa

from transom.model.texts import cut
from transom.tables.arff_header import VALUE, Attribute, UnfitError, attribute_of, items, unquoted
from transom.tables.csv_text import MOST_COLUMNS
from transom.tables.growth import refuse_growth
from transom.tables.keeping import Columns, keep_columns, told
from transom.tables.lines import Lines, Place
from transom.tables.utf_8 import with_utf_8

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from transom.tables.reading import Read, Reading

WORD = "ARFF"
_SPARSE_ITEM = re.compile(rf"\s*+(?P<index>[0-9]{{1,9}})\s++{VALUE}\s*+(?P<end>,|\Z)")
#: The weight of a row, which stands in braces behind it.
_WEIGHT = re.compile(r",\s*+\{\s*+[0-9.eE+-]++\s*+\}\s*+\Z")
_BYTES_OF_A_CELL = 8
_REPAIR = "Repair the line, or export the table again."

#: The values of a dense row in order, those of a sparse one by the number of their attribute.
_Row = list[str | None] | dict[int, str | None]


def read_arff(reading: Reading, target: Path) -> Read:
    """Read a table with a header of attributes into the step file `target`."""
    columns, warnings = with_utf_8(reading, target, lambda path: _Table(reading, path).columns())
    return keep_columns(reading, replace(columns, warnings=(*warnings, *columns.warnings)), target, WORD)


@dataclass(slots=True)
class _Rows:
    """The rows of a block, and the number of the line of each within it."""

    place: Place
    rows: list[_Row] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)


class _Table:
    """One ARFF file on its way: what its header has said, and the columns of the blocks that were read."""

    def __init__(self, reading: Reading, path: Path) -> None:
        self._reading = reading
        self._lines = Lines(reading, path)
        self._attributes: list[Attribute] = []
        self._in_data = False
        self._rows = 0
        self._weights = 0
        self._left_out: set[str] = set()

    def columns(self) -> Columns:
        """The table. Raises InputUnreadable, with the line, and UnicodeDecodeError."""
        parts: list[list[pa.Array]] = []
        for block in self._blocks():
            parts.append([self._column(block, number) for number in range(len(self._attributes))])
            self._rows += len(block.rows)
            self._reading.tell(block.place[1], self._lines.size)
            if self._reading.sample is not None and self._rows >= self._reading.sample:
                break
        if not self._in_data:
            raise self._reading.unreadable("it has no line @data", "An ARFF file declares its attributes, then @data.")
        values = [
            _joined(list(chunks), one)
            for chunks, one in zip(zip(*parts, strict=True), self._attributes, strict=bool(parts))
        ]
        values = values or [pa.chunked_array([one.array([])]) for one in self._attributes]
        return Columns([one.name for one in self._attributes], values, self._rows, tuple(self._warnings()))

    def _warnings(self) -> Iterator[str]:
        if self._weights:
            yield f"The weights of {self._weights:,} rows were left out, since a table has none."
        if self._left_out:
            named = ", ".join(told(name) for name in sorted(self._left_out)[:10])
            yield f"Sparse rows that leave out a text or a date have a missing value there: {named}."

    def _blocks(self) -> Iterator[_Rows]:
        for place in self._lines.places():
            block = _Rows(place)
            sparse = b"{" in self._lines.content(place)
            for number, line in self._lines.numbered(place):
                try:
                    self._take(line.strip(), block, number)
                except UnfitError as wrong:
                    raise self._wrong(place, number, str(wrong)) from None
                if sparse and not len(block.rows) % 1024:
                    self._refuse_size(len(block.rows))
            self._refuse_size(len(block.rows))
            yield block

    def _take(self, line: str, block: _Rows, number: int) -> None:
        if line.startswith("%"):
            return
        if self._in_data:
            block.rows.append(self._row(line))
            block.numbers.append(number)
            return
        word = line.split(None, 1)[0].lower()
        if word == "@attribute":
            self._attributes.append(attribute_of(line))
            if len(self._attributes) > MOST_COLUMNS:
                raise UnfitError(f"declares one attribute more than the {MOST_COLUMNS:,} that a table has at most")
        elif word == "@data":
            self._in_data = True
            if not self._attributes:
                raise UnfitError("begins the data, and no attribute was declared")
        elif word != "@relation":
            raise UnfitError("is no declaration, and stands before @data")

    def _row(self, line: str) -> _Row:
        weight = _WEIGHT.search(line) if line.endswith("}") else None
        if weight:
            line = line[: weight.start()]
            self._weights += 1
        if line.startswith("{") and line.endswith("}"):
            return self._sparse(line[1:-1])
        values = items(line)
        wanted = len(self._attributes)
        if len(values) == 1 < wanted and "'" not in line and '"' not in line:
            values = [None if one == "?" else one for one in line.split()]  # blanks may stand for commas
        if len(values) != wanted:
            than = "more" if len(values) > wanted else "fewer"
            raise UnfitError(f"has {len(values):,} values, {than} than the {wanted:,} attributes")
        return values

    def _sparse(self, text: str) -> _Row:
        row: dict[int, str | None] = {}
        place = 0
        while text.strip():
            item = _SPARSE_ITEM.match(text, place)
            if item is None or (item["plain"] or "").startswith(("'", '"')):
                raise UnfitError("is a sparse row that is not INDEX VALUE, INDEX VALUE, ...")
            index, value = int(item["index"]), unquoted(item)
            if index >= len(self._attributes) or index in row:
                raise UnfitError(f"names the attribute {index:,}, which is not there or was named already")
            row[index] = None if item["plain"] is not None and value == "?" else value
            if not item["end"]:
                break
            place = item.end()
        return row

    def _refuse_size(self, rows: int) -> None:
        size = (self._rows + rows) * len(self._attributes) * _BYTES_OF_A_CELL
        refuse_growth(self._reading, size, self._reading.path.stat().st_size)

    def _column(self, block: _Rows, number: int) -> pa.Array:
        attribute = self._attributes[number]
        left_out = attribute.left_out
        values = [row[number] if isinstance(row, list) else row.get(number, left_out) for row in block.rows]
        if left_out is None and any(isinstance(row, dict) and number not in row for row in block.rows):
            self._left_out.add(attribute.name)
        try:
            return attribute.array(values)
        except UnfitError:
            raise self._misfit(block, attribute, values) from None

    def _misfit(self, block: _Rows, attribute: Attribute, values: list[str | None]) -> Exception:
        for line, value in zip(block.numbers, values, strict=True):
            try:
                attribute.array([value])
            except UnfitError as wrong:
                said = f"has {cut(repr(value), 80)} in the column {told(attribute.name)}, {wrong}"
                return self._wrong(block.place, line, said)
        return self._reading.unreadable(f"column {told(attribute.name)} is not of the kind that is declared", _REPAIR)

    def _wrong(self, place: Place, number: int, said: str) -> Exception:
        return self._reading.unreadable(f"{self._lines.named(place, number)} {said}", _REPAIR)


def _joined(chunks: list[pa.Array], attribute: Attribute) -> pa.ChunkedArray:
    """The chunks of a column: decimals where one of them needed that; dates in nanoseconds where these reach."""
    kinds = {one.type for one in chunks}
    if len(kinds) > 1:
        chunks = [one.cast(pa.float64()) for one in chunks]
    column = pa.chunked_array(chunks)
    if attribute.kind == "date":
        try:
            return column.cast(pa.timestamp("ns", column.type.tz))
        except pa.ArrowInvalid:
            return column
    return column
