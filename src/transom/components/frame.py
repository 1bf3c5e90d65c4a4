"""How a table is taken apart into columns that know what they are, and put together again with the right row index.

What pandas must know of a column (its entry of pandas' metadata, its encoding of ours, its role) goes with the column,
whatever name it gets; what a kept table says of its row index stays true of the rows that are left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from transom.components.native import Table
from transom.tables.column_names import unique_names
from transom.tables.description import CountedIndex, Description, Level, counting, data_fields

_Rows = TypeVar("_Rows", pa.Table, pa.ChunkedArray)
_WHOLE = {"pandas_type": "int64", "numpy_type": "int64", "metadata": None}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name and values, and what pandas, the encodings of ours and the roles say of it (None: nothing)."""

    name: str
    values: pa.ChunkedArray
    entry: Mapping[str, Any] | None = None
    encoding: Mapping[str, Any] | None = None
    role: str | None = None

    @property
    def dtype(self) -> str:
        """The type in pandas' word, or a plain one where pandas has said nothing."""
        encodings = {} if self.encoding is None else {self.name: self.encoding}
        pandas = None if self.entry is None else {"columns": [{**self.entry, "field_name": self.name}]}
        return Description(0, encodings=encodings, pandas=pandas).dtype(pa.field(self.name, self.values.type))


def columns_of(table: Table) -> list[Column]:
    """The columns that are no levels of the row index, in order."""
    return [_column(table, field, field) for field in names_of(table)]


def column_of(table: Table, name: str) -> Column:
    """The column of that name, which must be there."""
    return _column(table, name, name)


def names_of(table: Table) -> list[str]:
    """The names of the columns that are no levels of the row index, in order."""
    return data_fields(table.arrow.schema, table.description)


def _column(table: Table, field: str, name: str) -> Column:
    description = table.description
    return Column(
        name,
        table.arrow.column(field),
        description.pandas_entry(field),
        description.encodings.get(field),
        description.roles.get(field),
    )


def with_columns(table: Table, columns: Sequence[Column]) -> Table:
    """The table with the same rows and the same row index, but with these columns."""
    taken = {column.name for column in columns}
    levels, kept = [], []
    for number, level in enumerate(table.description.levels):
        field = _free(level.field if level.field not in taken else f"__index_level_{number}__", taken)
        taken.add(field)
        levels.append(replace(level, field=field))
        kept.append(_column(table, level.field, field))
    description = replace(table.description, levels=tuple(levels))
    return _assembled(columns, kept, description)


def made_of(columns: Sequence[Column], rows: int, like: Description) -> Table:
    """A table of these columns with a row index of nothing but row numbers; its labels are of the kind of `like`'s."""
    pandas = None if like.pandas is None else {**like.pandas, "index_columns": []}
    more = {key: said for key, said in like.more.items() if key in ("columns_name", "columns_dtype", "attrs")}
    return _assembled(columns, [], Description(rows, pandas=pandas, more=more))


def _assembled(columns: Sequence[Column], levels: Sequence[Column], like: Description) -> Table:
    every = [*columns, *levels]
    pandas = like.pandas
    if pandas is not None:
        shown = {level.field: level.name for level in like.levels}
        entries = [
            {**column.entry, "name": shown.get(column.name, column.name), "field_name": column.name}
            for column in every
            if column.entry is not None
        ]
        index = [one for one in pandas.get("index_columns", ()) if not isinstance(one, str)]
        pandas = {**pandas, "columns": entries, "index_columns": [*index, *(level.field for level in like.levels)]}
    description = replace(
        like,
        pandas=pandas,
        encodings={column.name: column.encoding for column in every if column.encoding is not None},
        roles={column.name: column.role for column in columns if column.role is not None},
    )
    arrow = pa.table([column.values for column in every], names=[column.name for column in every])
    return Table(arrow, description)


def _free(field: str, taken: set[str]) -> str:
    while field in taken:
        field += "_"
    return field


def first_rows(table: Table, count: int) -> tuple[Table, Table]:
    """The first `count` rows and all others, as views of the table."""
    parts = []
    for start, length in ((0, count), (count, table.description.rows - count)):
        counted = table.description.counted or CountedIndex(None, 0, table.description.rows, 1)
        begin = counted.start + start * counted.step
        part = replace(counted, start=begin, stop=begin + length * counted.step)
        arrow = table.arrow.slice(start, length) if table.arrow.num_columns else table.arrow
        parts.append(Table(arrow, _counting_on(table.description, part, length)))
    return parts[0], parts[1]


def _counting_on(description: Description, counted: CountedIndex, rows: int) -> Description:
    if description.levels:
        return replace(description, rows=rows)
    if description.counted is None and counted.start == 0:
        return replace(description, rows=rows)
    said = {"kind": "range", "name": counted.name, "start": counted.start, "stop": counted.stop, "step": counted.step}
    pandas = {"columns": [], "column_indexes": [], **(description.pandas or {}), "index_columns": [said]}
    more = dict(description.more)
    if "range" in more:
        more["range"] = {**more["range"], "start": counted.start, "stop": counted.stop, "step": counted.step}
    return replace(description, rows=rows, counted=counted, pandas=pandas, more=more)


def rows_where(table: Table, chosen: pa.Array, count: int) -> Table:
    """The `count` rows for which `chosen` is true; their labels in the row index are what they were."""
    described = table.description
    if count == described.rows:
        return table
    arrow = filtered(table.arrow, chosen, count) if table.arrow.num_columns else table.arrow
    if described.levels:
        return Table(arrow, replace(described, rows=count))
    labels = _labels(described).filter(chosen)
    return _labelled(arrow, labels, replace(described, rows=count))


def filtered(rows: _Rows, chosen: pa.Array | pa.ChunkedArray, count: int) -> _Rows:
    """The `count` rows of a table, or of a column, for which `chosen` is true."""
    return rows.filter(chosen) if count else rows.slice(0, 0)  # a filter that leaves nothing loses the categories


def _labels(description: Description) -> pa.ChunkedArray:
    if description.counted is not None:
        return description.counted.values(description.rows)
    return pa.chunked_array([counting(description.rows)])


def _labelled(arrow: pa.Table, labels: pa.ChunkedArray, description: Description) -> Table:
    """The table with a level of these whole numbers instead of an index that only counts."""
    counted = description.counted
    name = counted.name if counted is not None else None
    taken = set(arrow.schema.names)
    field = name if name is not None and name not in taken else _free("__index_level_0__", taken)
    exact = description.more.get("range", {}).get("exact")
    pandas = description.pandas
    if pandas is not None:
        entry = {"name": name, "field_name": field, **_WHOLE}
        pandas = {**pandas, "columns": [*pandas["columns"], entry], "index_columns": [field]}
    described = replace(
        description,
        levels=(Level(field, name, exact),),
        counted=None,
        pandas=pandas,
        more={key: said for key, said in description.more.items() if key != "range"},
    )
    if not arrow.num_columns:
        return Table(pa.table([labels], names=[field]), described)
    return Table(arrow.append_column(field, labels), described)


def without_index(table: Table) -> tuple[list[Column], list[str]]:
    """The columns of the table without its row index, and sentences on what became of that.

    Named levels become the first columns; what has no name is left out.
    """
    description = table.description
    columns, said, dropped = [], [], False
    counted = description.counted
    if counted is not None and counted.name is not None:
        entry = None if description.pandas is None else _WHOLE
        columns.append(Column(counted.name, counted.values(description.rows), entry))
    elif counted is not None:
        dropped = not counted.counts_rows(description.rows)
    for level in description.levels:
        if level.name is not None:
            columns.append(_column(table, level.field, level.name))
        else:
            dropped = dropped or not _are_row_numbers(table.arrow.column(level.field))
    columns += columns_of(table)
    names: Sequence[str] = [column.name for column in columns]
    renamed: Sequence[str] = ()
    if len(set(names)) < len(names):
        names, renamed = unique_names(names)
    if dropped:
        said.append("The row index without a name was left out; reset_index() in a script makes a column of it.")
    return [replace(one, name=name) for one, name in zip(columns, names, strict=True)], [*said, *renamed]


def _are_row_numbers(column: pa.ChunkedArray) -> bool:
    if not pa.types.is_integer(column.type) or column.null_count:
        return False
    return pc.all(pc.equal(column, counting(len(column)))).as_py() in (True, None)
