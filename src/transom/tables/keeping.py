"""How columns that a reader has made become the step file, and which words people have for their types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from transom.model.texts import cut, plain_name
from transom.tables.arriving import settled
from transom.tables.column_names import unique_names
from transom.tables.description import Description
from transom.tables.reading import Read, Reading
from transom.tables.step_file import shape_of, write_step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: So many columns are named in one warning.
_COLUMNS_NAMED = 10
_LONGEST_NAME = 80
_WORDS = (
    (pa.types.is_null, "empty"),
    (pa.types.is_integer, "whole number"),
    (pa.types.is_floating, "decimal"),
    (pa.types.is_boolean, "true/false"),
    (pa.types.is_timestamp, "datetime"),
    (pa.types.is_duration, "time span"),
    (pa.types.is_dictionary, "category"),
    (pa.types.is_list, "list"),
    (pa.types.is_struct, "structure"),
)


@dataclass(frozen=True, slots=True)
class Columns:
    """What a reader has made of a file: the columns with their names, the number of rows, what a person must know."""

    names: Sequence[str]
    values: Sequence[pa.ChunkedArray]
    rows: int
    warnings: tuple[str, ...] = ()


def keep_columns(reading: Reading, columns: Columns, target: Path, word: str) -> Read:
    """Write the columns, or their first rows where no more are wanted, into the step file `target`."""
    names, renamed = unique_names(columns.names)
    types = {name: _word(values.type) for name, values in zip(names, columns.values, strict=True)}
    filled = [pa.chunked_array([pa.nulls(len(one), pa.float64())]) if _is_empty(one) else one for one in columns.values]
    table = pa.table(filled, names=list(names))
    rows = columns.rows if reading.sample is None else min(columns.rows, reading.sample)
    description = Description(rows)
    table = settled(table.slice(0, rows), description)
    write_step(table, target, description)
    return Read(shape_of(table.schema, description), types, (*columns.warnings, *renamed), word)


def told(name: str) -> str:
    """The name of a column as a message may hold it, whoever wrote it."""
    return cut(plain_name(name), _LONGEST_NAME)


def named_columns(notes: Mapping[str, str]) -> str:
    """Columns and what is said of each, in one breath: `a (3), b (1) and 2 more columns`."""
    named = [f"{told(name)} ({said})" for name, said in list(notes.items())[:_COLUMNS_NAMED]]
    left = len(notes) - _COLUMNS_NAMED
    return ", ".join(named) + (f" and {left} more columns" if left > 0 else "")


def counted_columns(counts: Mapping[str, int]) -> str:
    """How many cells of which columns, in one breath: `3 in a, 1 in b, others in 2 more columns`."""
    counted = [f"{count:,} in {told(name)}" for name, count in list(counts.items())[:_COLUMNS_NAMED]]
    left = len(counts) - _COLUMNS_NAMED
    return ", ".join(counted + [f"others in {left} more columns"] * (left > 0))


def words_sentence(columns: str) -> str:
    """What is said of cells that hold a word for nothing, in these columns."""
    return f"Cells that say NA, NULL, ? or the like were read as missing: {columns}."


def _is_empty(column: pa.ChunkedArray) -> bool:
    return bool(pa.types.is_null(column.type))


def _word(kind: pa.DataType) -> str:
    return next((word for is_such, word in _WORDS if is_such(kind)), "text")
