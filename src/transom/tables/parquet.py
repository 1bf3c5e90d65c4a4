"""How a Parquet file becomes a step file and a step file a Parquet file, with pandas' and our metadata kept."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from transom.tables.arriving import carries_missing_as_nan, settled, settled_column
from transom.tables.description import Description, describe, with_description
from transom.tables.leaving import Leaving, without_nan
from transom.tables.one_batch import Later, Source, fixed_width, write_one_batch
from transom.tables.parquet_claims import Missing, checked_claims
from transom.tables.paths import for_arrow
from transom.tables.reading import Read, Reading
from transom.tables.restoring import Origin, origin_of, plain_categories, with_origin
from transom.tables.soundness import refuse_false_cells
from transom.tables.step_file import shape_of, write_step
from transom.tables.tidying import tidied

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: As many rows as pyarrow and pandas put into one row group.
ROWS_OF_A_GROUP = 1 << 20


def read_parquet(reading: Reading, target: Path, roles: Mapping[str, str] = MappingProxyType({})) -> Read:
    """Read a Parquet file into the step file `target`; columns have these roles where it says none itself."""
    try:
        with pa.OSFile(for_arrow(reading.path)) as source, pq.ParquetFile(source) as file:
            missing = checked_claims(file, reading)
            if reading.sample is None and len(set(file.schema_arrow.names)) == len(file.schema_arrow.names):
                return _stream(file, missing, reading, target, roles)
            table, description = _restored(_first_rows(file, reading))
    except (pa.ArrowException, OSError) as wrong:
        raise reading.broken(wrong, "Parquet") from None
    return _kept(reading, table, target, _with_roles(description, roles, table.schema), "Parquet")


def _with_roles(description: Description, roles: Mapping[str, str], schema: pa.Schema) -> Description:
    known = {name: role for name, role in roles.items() if name in schema.names}
    return replace(description, roles={**known, **description.roles})


def keep(reading: Reading, table: pa.Table, target: Path, word: str) -> Read:
    """Write a table that has Arrow's own types into the step file `target`."""
    return _kept(reading, table, target, describe(table.schema, table.num_rows), word)


def _kept(reading: Reading, table: pa.Table, target: Path, description: Description, word: str) -> Read:
    table, description, warnings = tidied(table, description, reading.sample)
    table = settled(table, description)
    write_step(table, target, description)
    return _told(table.schema, description, warnings, word)


def _told(schema: pa.Schema, description: Description, warnings: tuple[str, ...], word: str) -> Read:
    found = shape_of(schema, description)
    return Read(found, {column.name: column.type for column in found.columns}, warnings, word)


def _first_rows(file: pq.ParquetFile, reading: Reading) -> pa.Table:
    if reading.sample is None:
        return _sound(file.read())
    batches, left = [], reading.sample
    for batch in file.iter_batches(batch_size=min(max(left, 1), 1 << 16)):
        batches.append(batch.slice(0, left))
        left -= batch.num_rows
        if left <= 0:
            break
    return _sound(pa.Table.from_batches(batches, file.schema_arrow))


def _sound(table: pa.Table) -> pa.Table:
    """The table, whose texts are UTF-8: Arrow believes that where a file says so. Raises ArrowInvalid."""
    refuse_false_cells(table)
    return table


def _restored(table: pa.Table) -> tuple[pa.Table, Description]:
    """The table in the types that it had in its step file, where the Parquet file tells of one."""
    origin = origin_of(table.schema)
    if origin is None:
        return table, describe(table.schema, table.num_rows)
    description = describe(origin.schema, table.num_rows)
    columns = [origin.restored(name, table.column(name)) for name in table.schema.names]
    table = pa.table(columns, names=table.schema.names)
    return table, _of_what_came_back(description, origin, table.schema)


def _of_what_came_back(description: Description, origin: Origin, schema: pa.Schema) -> Description:
    for one in schema:
        if origin.schema.field(one.name).type != one.type and pa.types.is_string(one.type):
            description = description.as_plain_text(one.name)
    return description


def _stream(file: pq.ParquetFile, missing: Missing, reading: Reading, target: Path, roles: Mapping[str, str]) -> Read:
    """Column by column: what has a fixed width goes from the reader to its place in the file, never all at once."""
    schema, rows = file.schema_arrow, file.metadata.num_rows
    origin = origin_of(schema)
    description = _with_roles(describe(schema if origin is None else origin.schema, rows), roles, schema)
    columns = _Columns(reading, file.metadata, missing, description, origin)
    with ThreadPoolExecutor(pa.cpu_count()) as pool:  # text is read here, several columns at once
        sources = list(pool.map(columns.source, schema))
    fields = [one.with_type(source.type) for one, source in zip(schema, sources, strict=True)]
    schema = pa.schema(fields)
    if origin is not None:
        description = _of_what_came_back(description, origin, schema)
    write_one_batch(target, with_description(schema, description), sources, rows)
    return _told(schema, description, (), "Parquet")


class _Columns:
    """The columns of one Parquet file, each read on its own; every thread has a reader of its own."""

    def __init__(
        self,
        reading: Reading,
        metadata: pq.FileMetaData,
        missing: Missing,
        description: Description,
        origin: Origin | None,
    ) -> None:
        self._origin = origin
        self._reading = reading
        self._metadata = metadata
        self._description = description
        self._readers = threading.local()
        self._missing = missing
        self._count = len(metadata.schema.to_arrow_schema())
        self._done = 0

    def source(self, field: pa.Field) -> Source:
        """The column, or the promise to read it when its place is known."""
        if self._origin is not None and self._origin.changed(field):
            return settled_column(self._origin.restored(field.name, self._read(field)), field.name, self._description)
        nan = carries_missing_as_nan(field, self._description)
        known = settled_column(pa.chunked_array([], field.type), field.name, self._description).type == field.type
        if fixed_width(field.type) and known and (nan or self._missing.get(field.name) == 0):
            return Later(field.type, lambda: self._without_nulls(field))
        return settled_column(self._read(field), field.name, self._description)

    def _without_nulls(self, field: pa.Field) -> pa.ChunkedArray:
        column = self._read(field)
        if column.null_count:
            column = pc.fill_null(column, pa.scalar(float("nan"), column.type))
        return column

    def _read(self, field: pa.Field) -> pa.ChunkedArray:
        reader = getattr(self._readers, "file", None)
        if reader is None:
            source = pa.OSFile(for_arrow(self._reading.path))
            reader = self._readers.file = pq.ParquetFile(source, metadata=self._metadata)
        column = reader.read(columns=[field.name], use_threads=False).column(0)
        if len(column) != self._metadata.num_rows:
            raise pa.ArrowInvalid(f"its column {field.name} has {len(column):,} rows of {self._metadata.num_rows:,}")
        if not fixed_width(field.type):
            refuse_false_cells(column)  # Arrow believes that text is UTF-8 where a file says so
        self._done += 1
        size = self._reading.path.stat().st_size
        self._reading.tell(size * self._done // self._count, size)
        return column


def write_parquet(leaving: Leaving, target: Path) -> list[str]:
    """Write the table as Parquet that `pandas.read_parquet` gives back as the same frame."""
    table = plain_categories(leaving.table)
    if table is not leaving.table:
        table = with_origin(table, leaving.table)
    encode(leaving, table, target)
    return []


def encode(leaving: Leaving, table: pa.Table, target: Path) -> None:
    """Write `table`, which is what became of the leaving one, as Parquet; NaN of numpy's floats becomes null."""
    description = leaving.description
    with (
        pa.OSFile(for_arrow(target), "wb") as sink,
        pq.ParquetWriter(sink, table.schema, compression="snappy") as writer,
        ThreadPoolExecutor(1) as ahead,
    ):
        starts = range(0, max(table.num_rows, 1), ROWS_OF_A_GROUP)
        # the next rows are fetched and freed of NaN while these are encoded
        parts = [partial(without_nan, table.slice(start, ROWS_OF_A_GROUP), description) for start in starts]
        waiting = ahead.submit(parts[0])
        for number, start in enumerate(starts):
            part = waiting.result()
            if number + 1 < len(parts):
                waiting = ahead.submit(parts[number + 1])
            writer.write_table(part, row_group_size=ROWS_OF_A_GROUP)
            leaving.tell(start + part.num_rows, table.num_rows)
