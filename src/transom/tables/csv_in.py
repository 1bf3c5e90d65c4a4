"""How a CSV or TSV file becomes a step file: its text is found out, cut into blocks, typed by the rule and written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from transom.tables.arriving import settled
from transom.tables.csv_blocks import LONGEST_ROW_BYTES, Blocks, RowTooLongError
from transom.tables.csv_columns import Typed, typed_columns
from transom.tables.csv_text import (
    Dialect,
    find_dialect,
    find_encoding,
    line_of_ragged_row,
    line_of_row,
    settle_encoding,
    undecodable,
)
from transom.tables.csv_types import DoesNotFitError, climb, first_misfit, ladder
from transom.tables.description import Description
from transom.tables.keeping import counted_columns, words_sentence
from transom.tables.reading import Read, Reading
from transom.tables.retyped import check_types_name_columns, not_as_said
from transom.tables.step_file import shape_of, write_step
from transom.tables.utf_8 import write_as_utf_8

if TYPE_CHECKING:
    from pathlib import Path


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
        dialect, columns = _columns(reading, encoding or "utf-8", delimiter, target)
    except UnicodeError:
        if encoding:
            raise undecodable(reading, encoding) from None
        encoding, warnings = settle_encoding(reading)
        dialect, columns = _columns(reading, encoding, delimiter, target)
    table = pa.table([column.values for column in columns], names=list(dialect.names))
    if reading.sample is not None:
        table = table.slice(0, reading.sample)
    description = Description(table.num_rows)
    table = settled(table, description)
    write_step(table, target, description)
    types = {name: column.shown for name, column in zip(dialect.names, columns, strict=True)}
    said = [*warnings, *dialect.warnings, *(one for column in columns for one in column.warnings)]
    words = {name: column.words for name, column in zip(dialect.names, columns, strict=True) if column.words}
    if words:
        said.append(words_sentence(counted_columns(words)))
    return Read(shape_of(table.schema, description), types, tuple(said), word)


def _columns(reading: Reading, encoding: str, delimiter: str | None, target: Path) -> tuple[Dialect, list[Typed]]:
    """The layout of the text and its typed columns; UnicodeError where it is not in that encoding."""
    dialect = find_dialect(reading, encoding, delimiter)
    check_types_name_columns(reading, dialect.names)
    if dialect.encoding in ("utf-8", "utf-8-sig") and not reading.is_packed:
        return dialect, _typed(reading, dialect, Blocks(reading.path, dialect))
    plain = target.with_name(f"{target.name}.utf-8")
    try:
        write_as_utf_8(reading, dialect.encoding, plain)
        return dialect, _typed(reading, dialect, Blocks(plain, dialect))
    finally:
        plain.unlink(missing_ok=True)


def _typed(reading: Reading, dialect: Dialect, blocks: Blocks) -> list[Typed]:
    wanted = reading.options.types
    decimal = reading.options.decimal or (None if dialect.delimiter == ";" else ".")
    ladders = [(name, ladder(wanted.get(name), decimal), name in wanted) for name in dialect.names]
    try:
        columns = typed_columns(blocks, ladders, reading.sample, reading.tell)
    except DoesNotFitError:
        raise _misfit(reading, dialect, blocks) from None
    except RowTooLongError as wrong:
        raise _too_long(reading, blocks, wrong.place) from None
    except pa.ArrowInvalid as wrong:
        if "UTF8" in str(wrong):
            raise UnicodeError from None
        _check_quotes(reading, blocks)
        raise _ragged(reading, dialect, str(wrong)) from None
    if reading.sample is None:
        _check_quotes(reading, blocks)
    return columns


def _too_long(reading: Reading, blocks: Blocks, place: int) -> Exception:
    return reading.unreadable(
        f"a row in or after line {blocks.line_at(place)} has more than {LONGEST_ROW_BYTES >> 20} MiB",
        "Look there for a quote that is never closed, or for line ends that are missing.",
    )


def _check_quotes(reading: Reading, blocks: Blocks) -> None:
    """That no cell swallows the rest of the text because its quote is never closed."""
    line = blocks.line_of_open_quote()
    if line is not None:
        raise reading.unreadable(
            f"the quote that opens in line {line} is never closed",
            "Close the quote, or double a quote that is meant as one.",
        )


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


def _misfit(reading: Reading, dialect: Dialect, blocks: Blocks) -> Exception:
    """The first cell, from the top, that is not of the type that was said for its column."""
    rows = 0
    for place in blocks.places():
        cells = blocks.cells(place)
        for name, kind in reading.options.types.items():
            column = cells[dialect.names.index(name)]
            rungs = ladder(kind, reading.options.decimal or (None if dialect.delimiter == ";" else "."))
            try:
                climb(rungs, column)
            except DoesNotFitError:
                row = first_misfit(rungs, column)
                line = line_of_row(reading, dialect, rows + row)
                return not_as_said(reading, name, f"line {line}", column[row].as_py())
        rows += len(cells[0])
    return reading.unreadable("a column is not of the type that was said for it")
