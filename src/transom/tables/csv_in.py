"""How a CSV or TSV file becomes a step file: every cell is read as text first, in parallel, then the rule decides."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import csv

from transom.tables.arriving import settled
from transom.tables.csv_text import (
    Dialect,
    find_dialect,
    find_encoding,
    line_of_ragged_row,
    line_of_row,
    may_hold_line_ends,
    open_text,
    quotes_are_closed,
    settle_encoding,
    undecodable,
)
from transom.tables.csv_types import Typed, first_misfit, typed
from transom.tables.description import Description
from transom.tables.reading import Read, Reading
from transom.tables.step_file import shape_of, write_step

if TYPE_CHECKING:
    from pathlib import Path

    from transom.tables.options import Kind

_BLOCK_BYTES = 4 << 20


def read_csv(reading: Reading, target: Path) -> Read:
    """Read comma-separated (or otherwise delimited) text into the step file `target`."""
    return _read(reading, target, None, "CSV")


def read_tsv(reading: Reading, target: Path) -> Read:
    """Read tab-separated text into the step file `target`."""
    return _read(reading, target, "\t", "TSV")


def _read(reading: Reading, target: Path, delimiter: str | None, word: str) -> Read:
    encoding = find_encoding(reading)
    warnings: tuple[str, ...] = ()
    try:
        dialect, cells = _cells(reading, encoding or "utf-8", delimiter)
    except _UndecodableError:
        if encoding:
            raise undecodable(reading, encoding) from None
        encoding, warnings = settle_encoding(reading)
        dialect, cells = _cells(reading, encoding, delimiter)
    _check_types_name_columns(reading, dialect)
    columns = _typed_columns(reading, dialect, cells)
    table = pa.table([column.values for column in columns], names=list(dialect.names))
    table = settled(table, Description(table.num_rows))
    description = Description(table.num_rows)
    write_step(table, target, description)
    types = {name: column.shown for name, column in zip(dialect.names, columns, strict=True)}
    said = [*warnings, *dialect.warnings, *(one for column in columns for one in column.warnings)]
    return Read(shape_of(table.schema, description), types, tuple(said), word)


class _UndecodableError(Exception):
    """The text is not in the encoding that it was read in."""


def _cells(reading: Reading, encoding: str, delimiter: str | None) -> tuple[Dialect, pa.Table]:
    """The layout of the text and all of its cells as text, empty ones as nulls."""
    try:
        dialect = find_dialect(reading, encoding, delimiter)
        return dialect, _parsed(reading, dialect)
    except UnicodeError:
        raise _UndecodableError from None
    except pa.ArrowInvalid as wrong:
        if "UTF8" in str(wrong):
            raise _UndecodableError from None
        raise _ragged(reading, dialect, str(wrong)) from None


def _parsed(reading: Reading, dialect: Dialect) -> pa.Table:
    names = [str(number) for number in range(len(dialect.names))]
    settings = {
        "read_options": csv.ReadOptions(
            column_names=names,
            skip_rows=dialect.skipped_lines,
            skip_rows_after_names=int(dialect.has_header),
            block_size=_BLOCK_BYTES,
            encoding="utf8" if dialect.encoding in ("utf-8", "utf-8-sig") else dialect.encoding,
        ),
        "parse_options": csv.ParseOptions(
            delimiter=dialect.delimiter, newlines_in_values=may_hold_line_ends(reading, dialect)
        ),
        "convert_options": csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    }
    with _source(reading) as source:
        if reading.sample is not None:
            return _first_rows(csv.open_csv(source, **settings), reading.sample)
        cells = csv.read_csv(source, **settings)
    _check_last_quote(reading, dialect, cells)
    return cells


def _check_last_quote(reading: Reading, dialect: Dialect, cells: pa.Table) -> None:
    """That the last cell did not swallow the rest of the text because its quote is never closed."""
    last = cells.column(cells.num_columns - 1)[-1].as_py() if cells.num_rows else None
    if last is None or not ("\n" in last or "\r" in last) or quotes_are_closed(reading, dialect):
        return
    line = line_of_row(reading, dialect, cells.num_rows - 1)
    raise reading.unreadable(
        f"a quote that opens in the row of line {line} is never closed",
        "Close the quote, or double a quote that is meant as one.",
    )


def _first_rows(reader: csv.CSVStreamingReader, rows: int) -> pa.Table:
    batches, left = [], rows
    while left > 0:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            break
        batches.append(batch.slice(0, left))
        left -= batch.num_rows
    return pa.Table.from_batches(batches, reader.schema)


def _source(reading: Reading) -> pa.NativeFile:
    if reading.progress is None:
        return open_text(reading)
    return pa.PythonFile(_Counted(reading), mode="r")


class _Counted(io.RawIOBase):
    """The bytes of the text; tells after each block how far the reading is."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._total = reading.path.stat().st_size
        self._done = 0
        self._inner = open_text(reading)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        block: bytes = self._inner.read(size)
        self._done += len(block)
        self._reading.tell(min(self._done, self._total) if block else self._total, self._total)
        return block

    def close(self) -> None:
        self._inner.close()
        super().close()


def _ragged(reading: Reading, dialect: Dialect, reason: str) -> Exception:
    found = line_of_ragged_row(reading, dialect)
    if found is None:
        return reading.unreadable(reason)
    line, length = found
    wanted = len(dialect.names)
    cells = "1 cell" if length == 1 else f"{length} cells"
    than = "more" if length > wanted else "fewer"
    return reading.unreadable(
        f"line {line} has {cells}, {than} than the {wanted} of the first line",
        "Repair the line (a cell with the delimiter in it needs double quotes), or name the delimiter: delimiter=;.",
    )


def _check_types_name_columns(reading: Reading, dialect: Dialect) -> None:
    import difflib

    for name in reading.options.types:
        if name not in dialect.names:
            near = difflib.get_close_matches(name, dialect.names, n=1)
            meant = f"Did you mean {near[0]}? " if near else ""
            raise reading.unreadable(
                f"the read option types names the column {name}, which it does not have",
                f"{meant}Its columns are {', '.join(dialect.names[:20])}.",
            )


def _typed_columns(reading: Reading, dialect: Dialect, cells: pa.Table) -> list[Typed]:
    """Each column after the rule, several at once; the text of a column is let go of when it is done."""
    waiting = [cells.column(number) for number in range(cells.num_columns)]
    del cells
    decimal = reading.options.decimal or (None if dialect.delimiter == ";" else ".")

    def one(number: int) -> Typed:
        name, column = dialect.names[number], waiting[number]
        wanted = reading.options.types.get(name)
        found = typed(name, column, decimal=decimal, wanted=wanted)
        if found is None and wanted is not None:
            raise _misfit(reading, dialect, name, (column, wanted, decimal))
        waiting[number] = pa.chunked_array([], pa.string())
        assert found is not None
        return found

    with ThreadPoolExecutor(pa.cpu_count()) as pool:
        return list(pool.map(one, range(len(waiting))))


def _misfit(
    reading: Reading, dialect: Dialect, name: str, tried: tuple[pa.ChunkedArray, Kind, str | None]
) -> Exception:
    column, wanted, decimal = tried
    row, text = first_misfit(column, wanted, decimal)
    line = line_of_row(reading, dialect, row)
    return reading.unreadable(
        f"column {name} was to be {wanted.shown}, but line {line} holds {text!r}",
        f"Repair the cell, or read the column as text: types={name}:text.",
    )
