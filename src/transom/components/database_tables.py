"""How a table is written to any database that SQLAlchemy knows: in exact types, in chunks, nothing as a text of SQL."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transom.components.export_data import APPEND, FAIL
from transom.components.native import CannotApply, Stopped, Table
from transom.tables.display import cell_texts
from transom.tables.leaving import nan_to_null, without_index

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
    import sqlalchemy

    flat = without_index(table.arrow, table.description)
    if not flat.table.num_columns:
        raise CannotApply("The table has no columns, and no database holds such a table.", "Connect another output.")
    encodings = [table.description.encodings.get(field) if field else None for field in flat.fields]
    is_sqlite = connection.dialect.name == "sqlite"
    columns = [
        _column(name, column, encoding, is_sqlite)
        for name, column, encoding in zip(flat.table.column_names, flat.table.columns, encodings, strict=True)
    ]
    _refuse_long_names(connection, [wanted.table, *flat.table.column_names])
    # SQLAlchemy does not know every word that a database keeps for itself
    quote = None if connection.dialect.requires_name_normalize else True
    made = sqlalchemy.Table(
        wanted.table,
        sqlalchemy.MetaData(),
        *(sqlalchemy.Column(each.name, each.type, autoincrement=False, quote=quote) for each in columns),
        schema=wanted.schema,
        quote=quote,
        quote_schema=quote,
    )
    _prepare(connection, made, wanted)
    _insert(connection, made, columns, stopped)
    return [*flat.warnings, *(each.said for each in columns if each.said)]


@dataclass(frozen=True, slots=True)
class _Column:
    """One column on its way: its values in Arrow, SQLAlchemy's type, how a value is handed over, and what is said."""

    name: str
    values: pa.ChunkedArray
    type: Any
    convert: Callable[[Any], Any] | None = None
    said: str = ""


def _prepare(connection: Any, made: Any, wanted: Wanted) -> None:
    """See that the table is there and takes the columns."""
    from sqlalchemy import inspect

    there = inspect(connection).has_table(wanted.table, schema=wanted.schema)
    if there and wanted.if_exists == FAIL:
        raise CannotApply(
            f"The database has a table {wanted.table} already.",
            "Say with if_exists what becomes of it: replace or append; or name another table.",
        )
    if there and wanted.if_exists == APPEND:
        own = {column["name"] for column in inspect(connection).get_columns(wanted.table, schema=wanted.schema)}
        unknown = [column.name for column in made.columns if column.name not in own]
        if unknown:
            raise CannotApply(
                f"The table {wanted.table} of the database has no column {unknown[0]}.",
                f"Its columns are {', '.join(sorted(own)[:20])}.",
            )
        return
    if there:
        made.drop(connection)
    made.create(connection)


def _insert(connection: Any, made: Any, columns: list[_Column], stopped: Callable[[], bool]) -> None:
    from sqlalchemy import bindparam

    # names of columns may have any signs in them, and names of bound values may not
    bound = {column: bindparam(f"c{number}", type_=column.type) for number, column in enumerate(made.columns)}
    statement = made.insert().values(bound)
    rows = len(columns[0].values)
    for start in range(0, rows, _ROWS_AT_A_TIME):
        if stopped():
            raise Stopped
        cells = [_cells(each, start) for each in columns]
        names = [f"c{number}" for number in range(len(columns))]
        connection.execute(statement, [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)])


def _cells(column: _Column, start: int) -> list[Any]:
    part = column.values.slice(start, _ROWS_AT_A_TIME)
    try:
        values: list[Any] = part.to_pylist()
    except (OverflowError, ValueError):
        raise _too_far(column.name) from None
    if column.convert is None:
        return values
    return [None if value is None else column.convert(value) for value in values]


def _column(name: str, column: pa.ChunkedArray, encoding: Any, is_sqlite: bool) -> _Column:
    """The column with the type that it has in the database."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    word = (encoding or {}).get("encoding")
    if word == "decimals" or (word == "integers" and not pa.types.is_integer(kind)):
        return _exact_texts(name, column, is_sqlite)
    found = _number(name, column, is_sqlite) or _time(name, column, is_sqlite) or _other(name, column)
    if found is not None and word not in ("interval", "complex", "complexes", "period numbers"):
        return found
    texts = pa.chunked_array([pa.array(cell_texts(column, encoding), pa.string())])
    return _Column(name, texts, _text(), said=f"The column {name} was written as text: databases have no such type.")


def _text() -> Any:
    import sqlalchemy

    return sqlalchemy.Text()


def _exact_texts(name: str, column: pa.ChunkedArray, is_sqlite: bool) -> _Column:
    """Exact numbers that a step file holds as text."""
    import sqlalchemy

    if is_sqlite:
        return _Column(name, column.cast(pa.string()), _text(), said=_AS_TEXT_IN_SQLITE.format(name=name))
    from decimal import Decimal

    return _Column(name, column.cast(pa.string()), sqlalchemy.Numeric(), Decimal)


_AS_TEXT_IN_SQLITE = "The column {name} was written as text: SQLite has no exact decimal numbers."


def _number(name: str, column: pa.ChunkedArray, is_sqlite: bool) -> _Column | None:
    import sqlalchemy

    kind = column.type
    if pa.types.is_boolean(kind):
        return _Column(name, column, sqlalchemy.Boolean())
    if pa.types.is_uint64(kind):
        most = pc.max(column).as_py() or 0
        if most >= 1 << 63 and is_sqlite:
            return _Column(name, column.cast(pa.string()), _text(), said=_AS_TEXT_IN_SQLITE.format(name=name))
        return _Column(name, column, sqlalchemy.BigInteger() if most < 1 << 63 else sqlalchemy.Numeric(20, 0))
    if pa.types.is_integer(kind):
        narrow = kind in (pa.int8(), pa.int16(), pa.uint8())
        middle = kind in (pa.int32(), pa.uint16())
        types = sqlalchemy
        return _Column(
            name, column, types.SmallInteger() if narrow else types.Integer() if middle else types.BigInteger()
        )
    if pa.types.is_floating(kind):
        is_small = kind != pa.float64() and not is_sqlite
        return _Column(name, nan_to_null(column), sqlalchemy.REAL() if is_small else sqlalchemy.Double())
    if pa.types.is_decimal(kind):
        if is_sqlite:
            return _Column(name, column, _text(), str, _AS_TEXT_IN_SQLITE.format(name=name))
        return _Column(name, column, sqlalchemy.Numeric(kind.precision, kind.scale))
    return None


def _time(name: str, column: pa.ChunkedArray, is_sqlite: bool) -> _Column | None:
    import sqlalchemy

    kind = column.type
    if pa.types.is_date(kind):
        return _Column(name, column, sqlalchemy.Date())
    if pa.types.is_time(kind):
        column, said = _to_microseconds(name, column, pa.time64("us"))
        return _Column(name, column, sqlalchemy.Time(), said=said)
    if not pa.types.is_timestamp(kind):
        return None
    column, said = _to_microseconds(name, column, pa.timestamp("us", "UTC" if kind.tz else None))
    if kind.tz and is_sqlite:  # which would forget the zone
        return _Column(name, column, _text(), datetime.datetime.isoformat, said)
    return _Column(name, column, sqlalchemy.DateTime(timezone=kind.tz is not None), said=said)


def _to_microseconds(name: str, column: pa.ChunkedArray, wanted: pa.DataType) -> tuple[pa.ChunkedArray, str]:
    try:
        return column.cast(wanted), ""
    except pa.ArrowInvalid:
        if column.type.unit != "ns":  # of others nothing is cut: they lie further away than microseconds reach
            raise _too_far(name) from None
    return column.cast(wanted, safe=False), f"The times of the column {name} were cut to microseconds, as databases do."


def _too_far(name: str) -> CannotApply:
    return CannotApply(f"The column {name} has a time that no database holds.", "Bring it to years from 1 to 9999.")


def _other(name: str, column: pa.ChunkedArray) -> _Column | None:
    import sqlalchemy

    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind):
        return _Column(name, column, _text())
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return _Column(name, column, sqlalchemy.LargeBinary())
    return None


def _refuse_long_names(connection: Any, names: list[str]) -> None:
    """Databases cut long names, and two of them may then be one."""
    most = connection.dialect.max_identifier_length
    long = next((name for name in names if len(name.encode()) > most), None)
    if long is not None:
        raise CannotApply(
            f"The name {long[:60]}… has more than {most:,} bytes, and this database takes no longer ones.",
            "Give the column a shorter name with the component edit_metadata.",
        )
