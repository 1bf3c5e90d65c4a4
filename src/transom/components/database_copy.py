"""How rows go to PostgreSQL many times as fast as by INSERT: as the text of a COPY, which Arrow writes."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transom.components.database_columns import Column, too_far
from transom.components.native import Stopped

#: So many rows are sent at a time: a stop is looked for in between.
_ROWS_AT_A_TIME = 20_000
#: What may not be copied into: a view, a table whose rows are each looked at, one whose INSERT means something else.
_PLAIN = """
    SELECT relkind IN ('r', 'p') AND NOT relhasrules AND NOT row_security_active(oid)
    FROM pg_class WHERE oid = to_regclass(%s)
"""


def takes_copy(connection: Any, made: Any) -> bool:
    """Whether the rows of a table, which is there, can be copied: by this driver, and as what they are."""
    if connection.dialect.name != "postgresql" or connection.dialect.driver != "psycopg":
        return False
    return connection.exec_driver_sql(_PLAIN, (_name(made),)).scalar() is True


def _name(made: Any) -> str:
    """The name of a table as PostgreSQL reads it; SQLAlchemy would write a percent sign twice."""
    return ".".join(_quoted(part) for part in (made.schema, made.name) if part)


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def copy_rows(connection: Any, made: Any, columns: Sequence[Column], stopped: Callable[[], bool]) -> None:
    """Send all rows within the connection's transaction. Raises CannotApply, Stopped, and errors of the driver."""
    from pyarrow.csv import WriteOptions, write_csv

    names = ", ".join(_quoted(column.name) for column in made.columns)
    statement = f"COPY {_name(made)} ({names}) FROM STDIN (FORMAT csv, NULL '', ENCODING 'UTF8')"
    options = WriteOptions(include_header=False)
    for column in columns:
        _refuse_far_times(column)
    rows = len(columns[0].values)
    with connection.connection.driver_connection.cursor() as cursor, cursor.copy(statement) as copy:
        for start in range(0, rows, _ROWS_AT_A_TIME):
            if stopped():
                raise Stopped
            # texts are in quotes, so that an empty one is none of the missing ones, which have no quotes
            parts = [_texts(column.values.slice(start, _ROWS_AT_A_TIME)) for column in columns]
            into = io.BytesIO()
            write_csv(pa.table(parts, names=[str(number) for number in range(len(parts))]), into, options)
            copy.write(into.getvalue())


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column as Arrow can write it: bytes in PostgreSQL's hexadecimal digits."""
    kind = column.type
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        cells = (None if value is None else f"\\x{value.hex()}" for value in column.to_pylist())
        return pa.chunked_array([pa.array(cells, pa.large_string())])
    return column


def _refuse_far_times(column: Column) -> None:
    """Years that Python does not know: what else reads the table would stumble on them."""
    kind = column.values.type
    if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind)) or column.values.null_count == len(column.values):
        return
    day = column.values.cast(pa.date32(), safe=False).cast(pa.int32())
    least, most = (pc.min_max(day)[word].as_py() + _DAYS_TO_1970 for word in ("min", "max"))
    if least < 1 or most > datetime.date.max.toordinal():
        raise too_far(column.name)


_DAYS_TO_1970 = datetime.date(1970, 1, 1).toordinal()
