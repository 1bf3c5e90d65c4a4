"""Whether a table is equal to what was expected, or which columns, rows and cells differ, found column by column."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa

from transom.errors import InputUnreadable, WrongUse
from transom.tables.compare_cells import Side, differing_rows
from transom.tables.description import Description, data_fields
from transom.tables.display import cell_texts
from transom.tables.leaving import without_index
from transom.tables.paths import shown
from transom.tables.step_file import describe_step, open_step

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CELLS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class DifferingCell:
    """One cell that differs; `row` counts from 0, a missing value is None."""

    row: int
    column: str
    actual: str | None
    expected: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a table has in common with the expected one. `cells` counts those that differ, `first` shows some.

    Cells are compared in the rows and columns that both tables have. `sentences` says all of it for people.
    """

    equal: bool
    sentences: tuple[str, ...]
    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    reordered: bool = False
    rows: int = 0
    expected_rows: int = 0
    cells: int = 0
    first: tuple[DifferingCell, ...] = ()


@dataclass(frozen=True, slots=True)
class _Compared:
    """A column of both tables: its name, its sides and the rows that differ."""

    name: str
    rows: list[int]
    count: int
    actual: Side
    expected: Side


def compare(actual: Path, expected: Path, tolerance: float = 1e-9) -> Comparison:
    """Compare two step files; rows by their position, columns by their name.

    Numbers may differ by `tolerance`, absolute and relative to the expected one; NaN and missing are the same, and so
    are 1 and 1.0. The row index counts where both have one; where the expected table has none, the actual one is taken
    as it would leave for a format without an index. Raises WrongUse where the tolerance is no number from 0 on.
    """
    if not 0 <= tolerance < math.inf:
        raise WrongUse(
            problem=f"The tolerance is {tolerance}, which is no finite number from 0 on.",
            advice="Give how far numbers may be apart, such as 1e-9; 0 asks for the very same.",
        )
    try:
        return _comparison(*_columns_of_both(actual, expected), tolerance)
    except (pa.ArrowException, ArithmeticError, RecursionError) as wrong:
        said = " ".join(str(wrong).split()).rstrip(".")
        raise InputUnreadable(
            path=shown(actual),
            reason=f"its values cannot be compared with those expected ({said})",
            advice="Leave the column out, or change its type in the script.",
        ) from None


def _comparison(found: _Columns, wanted: _Columns, tolerance: float) -> Comparison:
    missing = tuple(name for name in wanted.sides if name not in found.sides)
    added = tuple(name for name in found.sides if name not in wanted.sides)
    common = [name for name in wanted.sides if name in found.sides]
    reordered = common != [name for name in found.sides if name in wanted.sides]
    compared = [one for one in _compared(found, wanted, common, tolerance) if one.count]
    result = Comparison(
        equal=not (missing or added or reordered or compared) and found.rows == wanted.rows,
        sentences=(),
        missing=missing,
        added=added,
        reordered=reordered,
        rows=found.rows,
        expected_rows=wanted.rows,
        cells=sum(one.count for one in compared),
        first=_first(compared),
    )
    return _with_sentences(result, compared)


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of one table by name, levels of its index first."""

    sides: dict[str, Side]
    rows: int


def _columns_of_both(actual: Path, expected: Path) -> tuple[_Columns, _Columns]:
    found, wanted = open_step(actual), open_step(expected)
    found_says, wanted_says = describe_step(found), describe_step(wanted)
    if wanted_says.levels or wanted_says.counted is not None:
        return _with_index(found, found_says), _with_index(wanted, wanted_says)
    untyped = wanted_says.pandas is None
    return _without_index(found, found_says, untyped=untyped), _without_index(wanted, wanted_says, untyped=untyped)


def _without_index(table: pa.Table, description: Description, *, untyped: bool) -> _Columns:
    flat = without_index(table, description)
    sides = {}
    for name, field, column in zip(flat.table.schema.names, flat.fields, flat.table.columns, strict=True):
        sides[name] = Side(column, description.encodings.get(field or ""), untyped)
    return _Columns(sides, description.rows)


def _with_index(table: pa.Table, description: Description) -> _Columns:
    several = len(description.levels) > 1
    sides = {}
    for number, level in enumerate(description.levels):
        name = f"the row index{f' (level {number})' if several else ''}"
        sides[name] = Side(table.column(level.field), description.encodings.get(level.field))
    counted = description.counted
    if counted is not None:
        sides["the row index"] = Side(counted.values(description.rows), None)
    for name in data_fields(table.schema, description):
        sides[name] = Side(table.column(name), description.encodings.get(name))
    return _Columns(sides, description.rows)


def _compared(found: _Columns, wanted: _Columns, names: list[str], tolerance: float) -> Iterator[_Compared]:
    rows = min(found.rows, wanted.rows)
    for name in names:
        actual, expected = found.sides[name].first(rows), wanted.sides[name].first(rows)
        count = 0
        first: list[int] = []
        for rows_that_differ in differing_rows(actual, expected, tolerance):
            count += len(rows_that_differ)
            first.extend(rows_that_differ[: CELLS_SHOWN - len(first)].to_pylist())
        yield _Compared(name, first, count, actual, expected)


def _first(compared: list[_Compared]) -> tuple[DifferingCell, ...]:
    """The first differing cells of the table, from its top."""
    places = sorted((row, order) for order, one in enumerate(compared) for row in one.rows)[:CELLS_SHOWN]
    return tuple(_cell(compared[order], row) for row, order in places)


def _cell(one: _Compared, row: int) -> DifferingCell:
    return DifferingCell(row, one.name, _text(one.actual, row), _text(one.expected, row))


def _text(side: Side, row: int) -> str | None:
    return cell_texts(side.column.slice(row, 1), side.encoding)[0]


def _with_sentences(result: Comparison, compared: list[_Compared]) -> Comparison:
    said = []
    if result.missing:
        said.append(f"{_named(result.missing)} expected, but not there.")
    if result.added:
        said.append(f"{_named(result.added)} there, but not expected.")
    if result.reordered:
        said.append("The columns stand in another order than expected.")
    if result.rows != result.expected_rows:
        said.append(f"There are {result.rows:,} rows, expected were {result.expected_rows:,}.")
    if compared:
        counts = ", ".join(f"{one.count:,} in {one.name}" for one in sorted(compared, key=lambda one: -one.count)[:10])
        cells = "cell differs" if result.cells == 1 else "cells differ"
        said.append(f"{result.cells:,} {cells}: {counts}{', and more' if len(compared) > 10 else ''}.")
    if not said:
        said.append("Equal to what was expected.")
    return replace(result, sentences=tuple(said))


def _named(columns: tuple[str, ...]) -> str:
    shown = ", ".join(columns[:10]) + (f" and {len(columns) - 10} more" if len(columns) > 10 else "")
    return f"The column {shown} was" if len(columns) == 1 else f"The columns {shown} were"
