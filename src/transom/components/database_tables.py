"""How a table is written to any database that SQLAlchemy knows: in exact types, in pieces, nothing as a text of SQL."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transom.components.database_aside import written_aside
from transom.components.database_columns import Column, column_for
from transom.components.database_copy import copy_rows, takes_copy
from transom.components.database_kinds import interrupt_of, is_mysql
from transom.components.export_data import APPEND, FAIL, REPLACE
from transom.components.interrupting import interrupted
from transom.components.native import CannotApply, Stopped, Table
from transom.tables.leaving import without_index

#: So many rows are sent at a time: a stop is looked for in between.
_ROWS_AT_A_TIME = 5_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which table of a database is written, and what becomes of one that is there."""

    table: str
    schema: str | None
    if_exists: str


def write_table(connection: Any, table: Table, wanted: Wanted, stopped: Callable[[], bool]) -> list[str]:
    """Write the rows within the connection's transaction; returns what a person must know of it.

    Raises CannotApply, and Stopped; then the caller's transaction is rolled back.
    """
    flat = without_index(table.arrow, table.description)
    if not flat.table.num_columns:
        raise CannotApply("The table has no columns, and no database holds such a table.", "Connect another output.")
    encodings = [table.description.encodings.get(field) if field else None for field in flat.fields]
    columns = [
        column_for(name, column, encoding, connection.dialect.name)
        for name, column, encoding in zip(flat.table.column_names, flat.table.columns, encodings, strict=True)
    ]
    _refuse_long_names(connection, [wanted.table, *flat.table.column_names])
    interrupt = interrupt_of(connection)
    with _prepared(connection, columns, wanted, stopped, interrupt) as (made, sent), interrupted(stopped, interrupt):
        if takes_copy(connection, made):
            copy_rows(connection, made, sent, stopped)
        else:
            _insert(connection, made, sent, stopped)
    return [*flat.warnings, *(each.said for each in columns if each.said)]


def _made(connection: Any, columns: Sequence[Column], table: str, schema: str | None) -> Any:
    """The table as SQLAlchemy describes it."""
    import sqlalchemy

    # what a server's own default is may lack most signs
    kind = connection.dialect.name
    options: dict[str, Any] = {f"{kind}_charset": "utf8mb4"} if is_mysql(kind) else {}
    # SQLAlchemy does not know every word that a database keeps for itself
    quote = None if connection.dialect.requires_name_normalize else True
    return sqlalchemy.Table(
        table,
        sqlalchemy.MetaData(),
        *(sqlalchemy.Column(each.name, each.type, autoincrement=False, quote=quote) for each in columns),
        schema=schema,
        quote=quote,
        quote_schema=quote,
        **options,
    )


@contextlib.contextmanager
def _prepared(
    connection: Any,
    columns: list[Column],
    wanted: Wanted,
    stopped: Callable[[], bool],
    interrupt: Callable[[], object],
) -> Iterator[tuple[Any, list[Column]]]:
    """The table that the rows are sent to, and the columns as it takes them."""
    made = _made(connection, columns, wanted.table, wanted.schema)
    with interrupted(stopped, interrupt):
        there = _is_there(connection, wanted)
        if there and wanted.if_exists == APPEND:
            columns = _fitting(connection, columns, wanted)
            made = _made(connection, columns, wanted.table, wanted.schema)
        elif not is_mysql(connection.dialect.name):
            if there:
                made.drop(connection)
            made.create(connection)
    if is_mysql(connection.dialect.name) and not (there and wanted.if_exists == APPEND):
        with written_aside(connection, made, stopped, interrupt, there=there) as aside:
            yield aside, columns
    else:
        yield made, columns


def _is_there(connection: Any, wanted: Wanted) -> bool:
    """Whether there is a table of that name. Raises CannotApply for one that is not to be touched."""
    from sqlalchemy import inspect

    inspector = inspect(connection)
    if not inspector.has_table(wanted.table, schema=wanted.schema):
        return False
    if wanted.if_exists == FAIL:
        raise CannotApply(
            f"The database has a table {wanted.table} already.",
            "Say with if_exists what becomes of it: replace or append; or name another table.",
        )
    if wanted.if_exists == REPLACE and wanted.table in inspector.get_view_names(schema=wanted.schema):
        raise CannotApply(
            f"{wanted.table} is a view of the database, and tables alone are replaced.", "Name another table."
        )
    return True


def _fitting(connection: Any, columns: list[Column], wanted: Wanted) -> list[Column]:
    """The columns as a table that is there takes them. Raises CannotApply for those that it lacks, or would round."""
    import sqlalchemy

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sqlalchemy.exc.SAWarning)  # for types that SQLAlchemy does not know
        found = sqlalchemy.inspect(connection).get_columns(wanted.table, schema=wanted.schema)
    own = {column["name"]: column["type"] for column in found}
    unknown = [column.name for column in columns if column.name not in own]
    if unknown:
        raise CannotApply(
            f"The table {wanted.table} of the database has no column {unknown[0]}.",
            f"Its columns are {', '.join(sorted(own)[:20])}.",
        )
    return [_as_whole(each, own[each.name], connection.dialect.name) for each in columns]


def _as_whole(column: Column, target: Any, dialect: str) -> Column:
    """A column without a single value as one of the type that is there; whole numbers as such where they are to be.

    Whole numbers with gaps are floats in pandas, and a database would round what is between them.
    """
    import sqlalchemy

    kind = column.values.type
    if pa.types.is_null(kind):
        return replace(column, type=sqlalchemy.types.NullType())
    is_whole = isinstance(target, sqlalchemy.Integer)
    if not is_whole or dialect == "sqlite" or not (pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        return column
    try:
        return replace(column, values=column.values.cast(pa.int64()), type=sqlalchemy.BigInteger(), convert=None)
    except pa.ArrowInvalid:
        raise CannotApply(
            f"The column {column.name} is of whole numbers in the database, and the table has {_odd(column.values)}.",
            "Round it before, or change the type of the column in the database.",
        ) from None


def _odd(values: pa.ChunkedArray) -> str:
    """One of the values that are no whole numbers of 64 bits."""
    floats = values.cast(pa.float64()).drop_null()
    odd = floats.filter(pc.not_equal(floats, pc.round(floats)))
    return str((odd if len(odd) else floats.filter(pc.greater_equal(pc.abs(floats), float(1 << 53))))[0].as_py())


def _insert(connection: Any, made: Any, columns: list[Column], stopped: Callable[[], bool]) -> None:
    from sqlalchemy import bindparam

    # names of columns may have any signs in them, and names of bound values may not
    bound = {column: bindparam(f"c{number}", type_=columns[number].type) for number, column in enumerate(made.columns)}
    statement = made.insert().values(bound)
    names = [f"c{number}" for number in range(len(columns))]
    for start in range(0, len(columns[0].values), _ROWS_AT_A_TIME):
        if stopped():
            raise Stopped
        cells = [each.cells(start, _ROWS_AT_A_TIME) for each in columns]
        connection.execute(statement, [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)])


def _refuse_long_names(connection: Any, names: list[str]) -> None:
    """Databases cut long names, and two of them may then be one."""
    most = connection.dialect.max_identifier_length
    long = next((name for name in names if len(name.encode()) > most), None)
    if long is not None:
        raise CannotApply(
            f"The name {long[:60]}… has more than {most:,} bytes, and this database takes no longer ones.",
            "Give the table a shorter name, or the column one with the component edit_metadata.",
        )
