"""What becomes of a table when it leaves for a file: its row index where the format has none, NaN, encodings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from transom.tables.column_names import unique_names
from transom.tables.description import Description, counting, data_fields

if TYPE_CHECKING:
    from transom.tables.reading import Progress


@dataclass(frozen=True, slots=True)
class Leaving:
    """One table on its way out: mapped from its step file, and what its metadata says."""

    table: pa.Table
    description: Description
    progress: Progress | None = None

    def tell(self, done: int, total: int) -> None:
        """Pass on how far the writing is, where somebody listens."""
        if self.progress is not None:
            self.progress(done, total)


@dataclass(frozen=True, slots=True)
class Flat:
    """A table without a row index. `fields` names the step file's field of each column (None: a counted index)."""

    table: pa.Table
    fields: tuple[str | None, ...]
    warnings: tuple[str, ...]


def without_index(table: pa.Table, description: Description) -> Flat:
    """The table as a format without a row index holds it.

    Named levels become the first columns, an unnamed index of anything but whole numbers becomes a first column
    `index`, an unnamed one of whole numbers is dropped, with a warning unless it is 0..n-1.
    """
    names: list[str] = []
    fields: list[str | None] = []
    columns: list[pa.ChunkedArray] = []
    warnings: list[str] = []
    counted = description.counted
    if counted is not None and counted.name is not None:
        names, fields, columns = [counted.name], [None], [counted.values(description.rows)]
    elif counted is not None and not counted.counts_rows(description.rows):
        warnings.append(_DROPPED)
    several = len(description.levels) > 1
    for number, level in enumerate(description.levels):
        column = table.column(level.field)
        if level.name is None and not several and pa.types.is_integer(column.type):
            warnings.extend([] if _is_row_numbers(column) else [_DROPPED])
            continue
        names.append(level.name if level.name is not None else f"level_{number}" if several else "index")
        fields.append(level.field)
        columns.append(column)
    data = data_fields(table.schema, description)
    unique, renamed = unique_names([*names, *data])
    flat = pa.table([*columns, *(table.column(name) for name in data)], names=list(unique))
    return Flat(flat, (*fields, *data), (*warnings, *renamed))


_DROPPED = (
    "The row index (whole numbers without a name) was left out, since this format has no index; "
    "reset_index() in the script keeps it."
)


def _is_row_numbers(column: pa.ChunkedArray) -> bool:
    return not column.null_count and bool(pc.all(pc.equal(column, counting(len(column)))).as_py() in (True, None))


def without_nan(table: pa.Table, description: Description) -> pa.Table:
    """The table with nulls where a float column of numpy has NaN; columns without NaN stay the very same."""
    for number, name in enumerate(table.schema.names):
        column = table.column(number)
        if pa.types.is_floating(column.type) and name not in description.encodings:
            changed = nan_to_null(column)
            if changed is not column:
                table = table.set_column(number, table.schema.field(number), changed)
    return table


def nan_to_null(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column with nulls for NaN; the very same where it has none."""
    missing = pc.is_nan(column)
    if not pc.any(missing).as_py():
        return column
    return pc.if_else(missing, pa.scalar(None, column.type), column)
