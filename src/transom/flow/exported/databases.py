"""How an exported script reads and writes databases: pieces that are copied into it, never executed by Transom."""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy

from transom.flow.exported.files import FOLDER, flat

#: what SQLAlchemy takes for the driver where an address names none differs from version to version
DRIVERS = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg", "oracle": "oracle+oracledb"}
MYSQL = ("mysql", "mariadb")


def engine_of(address: str, password: str | None = None) -> sqlalchemy.Engine:
    """A database by its address; the file of SQLite begins at the folder of the pipeline."""
    scheme, mark, rest = address.partition("://")
    url = sqlalchemy.make_url(f"{DRIVERS.get(scheme, scheme)}{mark}{rest}")
    if url.drivername.startswith("sqlite") and url.database and url.database != ":memory:":
        url = url.set(database=os.fspath(Path(FOLDER, url.database)))
    return sqlalchemy.create_engine(url if password is None else url.set(password=password))


def read_query(address: str, query: str, password: str | None = None) -> pd.DataFrame:
    """The rows that a query of a database gives; nothing that it does is kept."""
    with engine_of(address, password).connect() as connection:
        # a percent sign of the query is one
        result = connection.execution_options(no_parameters=True).exec_driver_sql(query)
        names = list(result.keys())
        rows = [[plain(value) for value in row] for row in result]
    columns = [column_of([row[number] for row in rows]) for number in range(len(names))]
    made = pd.DataFrame(dict(enumerate(columns)), index=range(len(rows)))
    made.columns = pd.Index(names)
    return made


def column_of(values: list[Any]) -> Any:
    """The values as a column; whole numbers with gaps are no floats where these would round them."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int} and None in values:
        most = max(abs(value) for value in values if value is not None)
        if most > 2**53:
            return pd.Series(values, dtype="Int64" if most < 2**63 else "object")
    return pd.Series(values, dtype=None if kinds else "object")


def plain(value: Any) -> Any:
    """A value as tables have it: JSON, arrays and UUIDs are text."""
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    return str(value) if isinstance(value, uuid.UUID) else value


def write_rows(
    frame: pd.DataFrame,
    address: str,
    table: str,
    schema: str | None = None,
    if_exists: str = "fail",
    password: str | None = None,
) -> None:
    """Write a table to one of a database, in one transaction."""
    with engine_of(address, password).begin() as connection:
        made = flat(frame)
        kinds = database_types(made, connection.dialect.name)
        made.to_sql(table, connection, schema=schema, if_exists=if_exists, index=False, dtype=kinds)


def database_types(frame: pd.DataFrame, dialect: str) -> dict[Any, Any]:
    """The types of the columns for which pandas takes one that loses something."""
    found = {str(name): type_of_column(frame[name], dialect) for name in frame.columns}
    return {name: kind for name, kind in found.items() if kind is not None}


def type_of_column(column: pd.Series[Any], dialect: str) -> Any:
    """The type of a column in such a database; None where pandas knows it."""
    from sqlalchemy.dialects import mysql

    word = "datetime64" if column.dtype.kind == "M" else pd.api.types.infer_dtype(column, skipna=True)
    if word == "decimal" and dialect != "sqlite":
        return decimals_of_mysql(column) if dialect in MYSQL else sqlalchemy.Numeric()
    if dialect not in MYSQL:
        return sqlalchemy.LargeBinary() if word == "bytes" else None
    known = {
        "datetime64": mysql.DATETIME(fsp=6),
        "datetime": mysql.DATETIME(fsp=6),
        "time": mysql.TIME(fsp=6),
        "bytes": mysql.LONGBLOB(),
        "string": mysql.LONGTEXT(),
        "mixed": mysql.LONGTEXT(),
        "empty": mysql.LONGTEXT(),
    }
    return known.get(word)


def decimals_of_mysql(column: pd.Series[Any]) -> Any:
    """A type with as many digits as the exact numbers of a column have, for MySQL would round them; else text."""
    from sqlalchemy.dialects import mysql

    parts = [value.as_tuple() for value in column.dropna() if value.is_finite()]
    after = max([0, *(-each.exponent for each in parts)])
    before = max([1, *(len(each.digits) + each.exponent for each in parts)])
    return sqlalchemy.Numeric(before + after, after) if before + after <= 65 and after <= 30 else mysql.LONGTEXT()
