"""What cells that a person wrote become as a table: names, columns, and the type that each column's cells have."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from transom.components.native import CannotApply, Given, Made, Table
from transom.components.told import one_line
from transom.tables.arriving import settled
from transom.tables.column_names import unique_names
from transom.tables.csv_types import by_the_rule
from transom.tables.description import Description

_ADVICE = "Write each row as a list of cells, [audi, 13950], or as a mapping, {make: audi, price: 13950}."


def entered(given: Given) -> Made:
    """The table. Each column is of the type that its cells have; those of `data` are read as the cells of a CSV file.

    Raises CannotApply.
    """
    rows, data = given.parameters["rows"], given.parameters["data"]
    if (rows is None) == (data is None):
        raise CannotApply("Give either rows or data.", _ADVICE)
    if data is not None:
        rows = _parsed(data)
    names, cells = _columns(rows, has_header=given.parameters["has_header"])
    unique, warnings = unique_names(names)
    for warning in warnings:
        given.say(warning)
    made = [_typed(name, column, read=data is not None) for name, column in zip(unique, cells, strict=True)]
    description = Description(len(cells[0]) if cells else 0)
    try:
        table = pa.table([pa.chunked_array([column]) for column in made], names=list(unique))
    except UnicodeEncodeError:
        raise CannotApply("The name of a column holds half a character.", "Write whole ones.") from None
    return {"dataset": Table(settled(table, description), description)}


def _parsed(text: str) -> list[list[str | None]]:
    try:
        read = list(csv.reader(io.StringIO(text), strict=True))
    except csv.Error as wrong:
        raise CannotApply(f"data is no text with commas: {one_line(wrong)}.", _ADVICE) from None
    return [[cell or None for cell in row] for row in read if row]


def _columns(rows: Sequence[Any], *, has_header: bool) -> tuple[list[str], list[list[Any]]]:
    """The names of the columns, and the cells of each."""
    if any(isinstance(row, Mapping) for row in rows):
        return _of_mappings(rows)
    wrong = next((number for number, row in enumerate(rows) if not isinstance(row, (list, tuple))), None)
    if wrong is not None:
        raise CannotApply(f"Row {wrong + 1} is {one_line(repr(rows[wrong]))}, not a list of cells.", _ADVICE)
    header, body = (rows[0], rows[1:]) if has_header and rows else (None, rows)
    width = len(header) if header is not None else max(map(len, body), default=0)
    long = next((number for number, row in enumerate(body) if len(row) > width), None)
    if long is not None:
        more = 2 if header is not None else 1
        raise CannotApply(
            f"Row {long + more} has {len(body[long])} cells, the first one {width}.", "Give each row as many cells."
        )
    names = ["" if name is None else str(name) for name in header] if header is not None else _numbered(width)
    return names, [[row[place] if place < len(row) else None for row in body] for place in range(width)]


def _numbered(width: int) -> list[str]:
    return [f"Column{number + 1}" for number in range(width)]


def _of_mappings(rows: Sequence[Any]) -> tuple[list[str], list[list[Any]]]:
    names: dict[Any, None] = {}
    for number, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise CannotApply(f"Row {number + 1} is {one_line(repr(row))}, and others are mappings.", _ADVICE)
        names |= dict.fromkeys(row)
    return [str(name) for name in names], [[row.get(name) for row in rows] for name in names]


def _typed(name: str, cells: Sequence[Any], *, read: bool) -> pa.Array:
    """A column of the type that its cells have. Where they have several, or `read` says so, their texts are read."""
    for number, cell in enumerate(cells):
        if cell is not None and not isinstance(cell, (str, int, float)) and not hasattr(cell, "isoformat"):
            raise CannotApply(
                f"Row {number + 1} of the column {name!r} holds {one_line(repr(cell))}, which is no cell.", _ADVICE
            )
    kinds = {type(cell) for cell in cells if cell is not None}
    if not kinds:
        return pa.array([float("nan")] * len(cells), pa.float64())
    if kinds <= {int, float}:
        return _numbers(name, cells)
    if len(kinds) == 1 and str not in kinds:
        return pa.array(list(cells))
    texts = _texts(name, cells)
    if read or (len(kinds) > 1 and bool not in kinds):
        return by_the_rule(texts)
    dates = by_the_rule(texts) if kinds == {str} else texts
    return dates if pa.types.is_timestamp(dates.type) else texts


def _texts(name: str, cells: Sequence[Any]) -> pa.Array:
    try:
        return pa.array([_text(cell) for cell in cells], pa.string())
    except UnicodeEncodeError:
        raise CannotApply(f"The column {name!r} holds half a character.", "Write whole ones.") from None


def _text(cell: Any) -> str | None:
    if cell is None:
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return cell.isoformat() if hasattr(cell, "isoformat") else str(cell)


def _numbers(name: str, cells: Sequence[Any]) -> pa.Array:
    """Whole numbers, or decimal ones where some are. Raises CannotApply where no decimal is one of the whole ones."""
    if all(cell is None or isinstance(cell, int) for cell in cells):
        try:
            return pa.array(list(cells), pa.int64())
        except OverflowError:
            return by_the_rule(pa.array([_text(cell) for cell in cells], pa.string()))
    lost = next((row for row, cell in enumerate(cells) if isinstance(cell, int) and not _is_float(cell)), None)
    if lost is not None:
        raise CannotApply(
            f"Row {lost + 1} of the column {name!r} holds {one_line(repr(cells[lost]))}, "
            "which would be rounded, as other rows hold decimal numbers.",
            "Write the cells of this column as texts, in quotes, or all as whole numbers.",
        )
    return pa.array([float("nan") if cell is None else float(cell) for cell in cells], pa.float64())


def _is_float(number: int) -> bool:
    """Whether a float is exactly this whole number."""
    try:
        return int(float(number)) == number
    except OverflowError:
        return False
