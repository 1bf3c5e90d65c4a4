"""How one file, or all files of a folder, become one table: which of them count, and how their columns meet."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from transom.components.native import CannotApply, Given, Stopped
from transom.components.told import told_of_disk
from transom.errors import FormatUnknown, InputUnreadable, TransomError
from transom.tables.description import PANDAS_KEY, Description, with_description
from transom.tables.formats import Read, read, read_arrow
from transom.tables.joined_pieces import NoCommonType, joined
from transom.tables.leaving import nan_to_null, without_index
from transom.tables.options import ReadOptions
from transom.tables.step_file import describe_step, open_step

_DATAFRAME_DIRECTORY = "_meta.yaml"
_NAMED = 5
_TYPES_TOLD = 30


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the files are read. `name` is how messages call the place; `file_column` is a column to be added, or empty.

    `ending` says what a file holds whose own name does not.
    """

    name: str
    options: ReadOptions
    file_column: str = ""
    ending: str = ""


def table_of(source: Path, wanted: Wanted, given: Given, target: Path) -> list[str]:
    """Read a file, a DataFrameDirectory or all files of a folder into the step file `target`; returns the warnings.

    Raises CannotApply, which names the file, and the column where one does not fit; and Stopped.
    """
    if not source.is_dir() or (source / _DATAFRAME_DIRECTORY).exists():
        part = given.folder / "one.arrow" if wanted.file_column else target
        one = _read(source, wanted.name, wanted, given, part)
        given.say(_told(wanted.name, one))
        if not wanted.file_column:
            return list(one.warnings)
        return [*one.warnings, *_together([(source.name, part)], wanted, given, target)]
    warnings: list[str] = []
    parts: list[tuple[str, Path]] = []
    for name in _names(source, wanted):
        part = given.folder / f"part-{len(parts)}.arrow"
        one = _read(source / name, name, wanted, given, part)
        warnings += [f"{name}: {warning}" for warning in one.warnings]
        parts.append((name, part))
    given.say(f"{wanted.name}: {len(parts):,} files.")
    return [*warnings, *_together(parts, wanted, given, target)]


def _told(name: str, one: Read) -> str:
    """What was read, with the types that were chosen."""
    columns = one.shape.columns
    types = ", ".join(f"{column.name}: {one.types.get(column.name, column.type)}" for column in columns[:_TYPES_TOLD])
    more = f", and {len(columns) - _TYPES_TOLD:,} more" if len(columns) > _TYPES_TOLD else ""
    return f"{name} ({one.format}): {one.shape.rows:,} rows x {len(columns):,} columns ({types}{more})"


def _names(folder: Path, wanted: Wanted) -> list[str]:
    """The files below a folder, in order, without hidden ones and those of other programs (`_SUCCESS`)."""
    found = []
    for at, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith((".", "_")))
        found += [os.path.relpath(os.path.join(at, each), folder) for each in files if not each.startswith((".", "_"))]
    if not found:
        raise CannotApply(f"{wanted.name} has no files.", "Name a folder that has some; hidden ones do not count.")
    return sorted(found, key=lambda name: name.split(os.sep))


def _read(path: Path, name: str, wanted: Wanted, given: Given, target: Path) -> Read:
    def look(_done: int = 0, _total: int = 0) -> None:
        if given.stopped():
            raise Stopped

    look()
    try:
        with told_of_disk(given.folder):
            return read(_with_ending(path, wanted.ending, given.folder), target, wanted.options, progress=look)
    except InputUnreadable as wrong:
        raise CannotApply(f"{name} cannot be read as a table: {wrong.facts['reason']}.", wrong.remedy) from None
    except FormatUnknown as wrong:
        advice = "Say what it holds with the parameter format, or name the files that are tables: **/*.csv."
        raise CannotApply(f"{name} has an ending that names no table format.", f"{advice} {wrong.remedy}") from None
    except TransomError as wrong:
        raise CannotApply(wrong.message, wrong.remedy) from None


def _with_ending(path: Path, ending: str, folder: Path) -> Path:
    """The file under a name that says what it holds."""
    if not ending or path.is_dir():
        return path
    link = folder / f"source.{ending}"
    link.unlink(missing_ok=True)
    link.symlink_to(path.absolute())
    return link


def _together(parts: list[tuple[str, Path]], wanted: Wanted, given: Given, target: Path) -> list[str]:
    """Write the tables of the parts under each other as one; their row indexes are left out or become columns."""
    warnings: list[str] = []
    tables: list[pa.Table] = []
    for name, part in parts:
        table, said = _without_index(part)
        warnings += [f"{name}: {warning}" for warning in said]
        if tables:
            _refuse_other_columns(name, table, parts[0][0], tables[0])
        tables.append(table)
    if wanted.file_column and wanted.file_column in tables[0].column_names:
        raise CannotApply(
            f"The files have a column {wanted.file_column} already.", "Choose another name for file_column."
        )
    try:
        made = joined([_without_empty(table) for table in tables])
    except NoCommonType as wrong:
        raise CannotApply(
            f"The column {wrong.column} of {parts[wrong.piece][0]} is {wrong.found}, and before it was {wrong.before}.",
            f"Say its type for all files: read: types={wrong.column}:text.",
        ) from None
    made = made.replace_schema_metadata(_metadata(tables, made))
    if wanted.file_column:
        made = made.append_column(wanted.file_column, _names_of_rows(parts, tables))
    if given.stopped():
        raise Stopped
    with told_of_disk(given.folder):
        return [*dict.fromkeys(warnings), *read_arrow(made, target).warnings]


def _without_empty(table: pa.Table) -> pa.Table:
    """The table, in which a column without a value has no type: whatever the other files have fits."""
    columns = [pa.chunked_array([pa.nulls(table.num_rows)]) if _is_empty(one) else one for one in table.columns]
    return pa.table(columns, names=table.column_names)


def _is_empty(column: pa.ChunkedArray) -> bool:
    if pa.types.is_floating(column.type):
        column = nan_to_null(column)
    return bool(column.null_count == len(column))


def _names_of_rows(parts: list[tuple[str, Path]], tables: list[pa.Table]) -> pa.ChunkedArray:
    chunks = [pa.repeat(name, table.num_rows) for (name, _), table in zip(parts, tables, strict=True)]
    return pa.chunked_array(chunks, pa.string())


def _without_index(path: Path) -> tuple[pa.Table, tuple[str, ...]]:
    """A part without its row index; its metadata tells what is known of the columns."""
    table = open_step(path)
    description = describe_step(table)
    flat = without_index(table, description)
    renamed = {field: name for field, name in zip(flat.fields, flat.table.column_names, strict=True) if field}
    encodings = {renamed[field]: entry for field, entry in description.encodings.items() if field in renamed}
    roles = {renamed[field]: role for field, role in description.roles.items() if field in renamed}
    entries = [
        {**entry, "name": renamed[field], "field_name": renamed[field]}
        for field in renamed
        if (entry := description.pandas_entry(field)) is not None
    ]
    pandas = None
    if description.pandas is not None and len(entries) == flat.table.num_columns:
        pandas = {**description.pandas, "index_columns": [], "columns": entries}
    told = Description(flat.table.num_rows, encodings=encodings, pandas=pandas, roles=roles)
    return flat.table.replace_schema_metadata(with_description(flat.table.schema, told).metadata), flat.warnings


def _metadata(tables: list[pa.Table], made: pa.Table) -> Mapping[bytes, bytes] | None:
    """What all parts say of their columns; where they say different things, the types of Arrow count."""
    said = [_said(table, made) for table in tables]
    if any(each != said[0] for each in said):
        return None
    encodings, pandas, roles = said[0]
    told = Description(made.num_rows, encodings=encodings, pandas=pandas, roles=roles)
    metadata: Mapping[bytes, bytes] = with_description(made.schema, told).metadata
    return metadata


def _said(table: pa.Table, made: pa.Table) -> tuple[Mapping[str, Any], Any, Mapping[str, str]]:
    told = describe_step(table)
    pandas = json.loads(table.schema.metadata[PANDAS_KEY]) if PANDAS_KEY in table.schema.metadata else None
    if pandas is not None:
        order = {name: number for number, name in enumerate(made.column_names)}
        pandas["columns"] = sorted(pandas["columns"], key=lambda entry: order[entry["field_name"]])
    return told.encodings, pandas, told.roles


def _refuse_other_columns(name: str, table: pa.Table, first_name: str, first: pa.Table) -> None:
    missing = [each for each in first.column_names if each not in table.column_names]
    more = [each for each in table.column_names if each not in first.column_names]
    if missing:
        raise CannotApply(
            f"{name} lacks {_named(missing)}, which {first_name} has.",
            "Files that are read together have the same columns; name those that have, such as sales-*.csv.",
        )
    if more:
        raise CannotApply(
            f"{name} has {_named(more)}, which {first_name} lacks.",
            "Files that are read together have the same columns; name those that have, such as sales-*.csv.",
        )


def _named(names: list[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return f"the column{'s' if len(names) > 1 else ''} {shown}{more}"
