"""The step file, the Arrow file that one step hands to the next: how it is written, mapped and looked into.

It is one uncompressed Arrow IPC file with one record batch, read by pyarrow from 0.16 to the newest.
"""

from __future__ import annotations

from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from typing import TYPE_CHECKING

import pyarrow as pa

from transom.errors import InputUnreadable
from transom.model.runs import Column, TableShape
from transom.tables.arrow_layout import claimed_bytes
from transom.tables.description import Description, data_fields, describe, with_description
from transom.tables.display import cell_texts
from transom.tables.one_batch import write_one_batch
from transom.tables.paths import shown
from transom.tables.soundness import refuse_false_cells, refuse_false_layout

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def open_step(path: Path) -> pa.Table:
    """The table of a step file, mapped and not read; its schema keeps the metadata.

    Every offset, index and text in it is looked at, as a script may have written the file by itself (0.15 s for five
    million rows of 20 columns; numbers cost nothing). Raises InputUnreadable where the file is no Arrow file, or a
    false one.
    """
    table = _mapped(path)
    try:
        refuse_false_cells(table)
    except pa.ArrowException as wrong:
        raise _no_step(path, wrong) from None
    return table


def _mapped(path: Path) -> pa.Table:
    """The table of a step file of which no cell has been looked at: only its layout is known to be sound."""
    try:
        with path.open("rb") as file:
            memory = pa.py_buffer(mmap(file.fileno(), 0, access=ACCESS_READ))  # Arrow's own map goes by way of a thread
        if claimed_bytes(memory):
            raise pa.ArrowInvalid("it is compressed")
        table = pa.ipc.open_file(memory).read_all()
        refuse_false_layout(table, memory.size)
    except (pa.ArrowException, OSError, ValueError, MemoryError) as wrong:  # ValueError: the file is empty
        raise _no_step(path, wrong) from None
    return table


def _no_step(path: Path, wrong: Exception) -> InputUnreadable:
    said = " ".join(str(wrong).split()).rstrip(".")
    return InputUnreadable(
        path=shown(path), reason=f"it is no Arrow file, or a damaged one ({said})", advice="Run the step again."
    )


def write_step(table: pa.Table, target: Path, description: Description) -> None:
    """Write `table` as one record batch; `description` becomes its metadata."""
    write_one_batch(target, with_description(table.schema, description), table.columns, table.num_rows)


def describe_step(table: pa.Table) -> Description:
    """What the metadata of an opened step file says of it."""
    return describe(table.schema, table.num_rows)


def shape(path: Path) -> TableShape:
    """Rows, columns with their types and index levels of a step file; reads none of its values."""
    table = _mapped(path)
    return shape_of(table.schema, describe_step(table))


def shape_of(schema: pa.Schema, description: Description) -> TableShape:
    """The shape of a table with this schema and description."""
    columns = tuple(Column(name, description.dtype(schema.field(name))) for name in data_fields(schema, description))
    index: tuple[str | None, ...] = tuple(level.name for level in description.levels)
    counted = description.counted
    if counted is not None and not counted.counts_rows(description.rows):
        index = (counted.name, *index)
    return TableShape(description.rows, columns, index)


@dataclass(frozen=True, slots=True)
class FirstRows:
    """The beginning of a table as text: `shape` is the whole table's; a missing cell is None.

    `index` holds, for each shown row, the text of each level that `shape.index` names (() for the row numbers).
    """

    shape: TableShape
    index: tuple[tuple[str | None, ...], ...]
    rows: tuple[tuple[str | None, ...], ...]


def first_rows(path: Path, count: int) -> FirstRows:
    """The first `count` rows of a step file as text for people, with the levels of its index."""
    table = _mapped(path)
    description = describe_step(table)
    head = table.slice(0, count)
    try:
        refuse_false_cells(head)
    except pa.ArrowException as wrong:
        raise _no_step(path, wrong) from None
    rows = min(count, description.rows)
    levels = [level.field for level in description.levels]
    counted = description.counted
    before = []
    if counted is not None and not counted.counts_rows(description.rows):
        before = [[str(counted.start + row * counted.step) for row in range(rows)]]
    return FirstRows(
        shape=shape_of(table.schema, description),
        index=_by_rows([*before, *_texts(head, levels, description)], rows),
        rows=_by_rows(_texts(head, data_fields(table.schema, description), description), rows),
    )


def _texts(head: pa.Table, names: list[str], description: Description) -> list[list[str | None]]:
    return [cell_texts(head.column(name), description.encodings.get(name)) for name in names]


def _by_rows(columns: Sequence[Sequence[str | None]], rows: int) -> tuple[tuple[str | None, ...], ...]:
    return tuple(tuple(column[row] for column in columns) for row in range(rows))
