"""How a table becomes an Excel workbook of one sheet, Sheet1: a header, then its rows, streamed into a zip file.

It is written here and not by openpyxl, which rounds numbers to 16 digits and takes 18 microseconds a cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from transom.tables.excel_cells import LONGEST_TEXT, Cells, cells_of, escaped
from transom.tables.excel_package import OTHER_PARTS, SHEET, SHEET_BEGIN, SHEET_END
from transom.tables.growth import unpacked_bytes
from transom.tables.in_blocks import in_blocks
from transom.tables.keeping import named_columns, told
from transom.tables.known_formats import NoRoomError
from transom.tables.leaving import Leaving, without_index

if TYPE_CHECKING:
    from pathlib import Path
    from zipfile import ZipFile

MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
_COMPRESSION = 3
#: A zip file says sizes in 32 bits, unless it is told ahead that they will not do. About so many bytes a cell has.
_LARGE = 1 << 31
_BYTES_OF_A_CELL = 64
_LONGEST_ESCAPE = 7
_TEXT = pa.large_string()


def write_excel(leaving: Leaving, target: Path) -> list[str]:
    """Write the table as a workbook. Raises NoRoomError where a sheet cannot hold it."""
    from zipfile import ZIP_DEFLATED, ZipFile

    flat = without_index(leaving.table, leaving.description)
    table = flat.table
    _check_room(table)
    encodings = [leaving.description.encodings.get(field) if field else None for field in flat.fields]
    cells = [cells_of(column, encoding) for column, encoding in zip(table.columns, encodings, strict=True)]
    with ZipFile(target, "w", ZIP_DEFLATED, compresslevel=_COMPRESSION) as archive:
        for name, content in OTHER_PARTS.items():
            archive.writestr(_entry(name), content)
        _write_sheet(leaving, archive, table, cells)
    notes = {name: one.note for name, one in zip(table.schema.names, cells, strict=True) if one.note}
    return [*flat.warnings, *_warnings(notes)]


def _warnings(notes: dict[str, str]) -> list[str]:
    infinite = {name: note for name, note in notes.items() if note == "infinite numbers"}
    spelt = {name: note for name, note in notes.items() if name not in infinite}
    said = []
    if spelt:
        said.append(f"Written as text, since Excel has no such type: {named_columns(spelt)}. Parquet keeps the types.")
    if infinite:
        said.append(f"Excel has no infinite numbers, so these cells are empty: {named_columns(infinite)}.")
    return said


def _check_room(table: pa.Table) -> None:
    if table.num_rows >= MOST_ROWS:
        raise NoRoomError(
            f"an Excel sheet has {MOST_ROWS - 1:,} rows below its header, and the table {table.num_rows:,}"
        )
    if table.num_columns > MOST_COLUMNS:
        raise NoRoomError(f"an Excel sheet has {MOST_COLUMNS:,} columns, and the table {table.num_columns:,}")
    for name, column in zip(table.schema.names, table.columns, strict=True):
        longest = _longest(column)
        if longest > LONGEST_TEXT:
            raise NoRoomError(
                f"a cell holds {LONGEST_TEXT:,} letters, and a text in the column {told(name)} has {longest:,}"
            )


def _longest(column: pa.ChunkedArray) -> int:
    """The most letters that a text of the column has; 0 where it is of something else."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    is_text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    return int(pc.max(pc.utf8_length(column)).as_py() or 0) if is_text else 0


def _write_sheet(leaving: Leaving, archive: ZipFile, table: pa.Table, cells: list[Cells]) -> None:
    letters = [_letters(number) for number in range(len(cells))]
    names = escaped(pa.array(table.schema.names, _TEXT)).to_pylist()
    header = "".join(
        f'<c r="{letter}1" t="inlineStr"><is><t xml:space="preserve">{name}</t></is></c>'
        for letter, name in zip(letters, names, strict=True)
    )
    values = sum(unpacked_bytes(column) for column in table.columns)
    is_large = values * _LONGEST_ESCAPE + table.num_rows * table.num_columns * _BYTES_OF_A_CELL > _LARGE
    with archive.open(_entry(SHEET), "w", force_zip64=is_large) as sink:
        sink.write(f'{SHEET_BEGIN}<row r="1">{header}</row>'.encode())
        for done, rows in in_blocks(
            table.num_rows, len(cells), lambda start, count: _rows(cells, letters, start, count)
        ):
            sink.write(memoryview(rows))
            leaving.tell(done, table.num_rows)
        sink.write(SHEET_END.encode())


def _entry(name: str) -> Any:
    from zipfile import ZIP_DEFLATED, ZipInfo

    entry = ZipInfo(name)  # without a time: the same table is the same file
    entry.compress_type = ZIP_DEFLATED
    return entry


def _rows(cells: list[Cells], letters: list[str], start: int, count: int) -> pa.Buffer:
    numbers = pa.array(range(start + 2, start + count + 2), pa.int64()).cast(_TEXT)
    nothing = pa.scalar("", _TEXT)
    parts: list[Any] = [pa.scalar('<row r="', _TEXT), numbers, pa.scalar('">', _TEXT)]
    for letter, one in zip(letters, cells, strict=True):
        before, attributes, after = (
            pa.scalar(text, _TEXT) for text in (f'<c r="{letter}', f'"{one.attributes}', one.after)
        )
        filled = pc.binary_join_element_wise(before, numbers, attributes, one.texts(start, count), after, nothing)
        parts.append(pc.fill_null(filled, ""))
    lines = pc.binary_join_element_wise(*parts, pa.scalar("</row>", _TEXT), nothing)
    return pa.py_buffer(lines.buffers()[2])


def _letters(number: int) -> str:
    """What Excel calls a column: A, B, ..., Z, AA, AB, ..."""
    name = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
