"""How an exported script reads and writes databases: pieces that are copied into it, never executed by Transom."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import sqlalchemy

from transom.flow.exported.files import FOLDER, flat


def engine_of(address: str, password: str | None = None) -> sqlalchemy.Engine:
    """A database by its address; the file of SQLite begins at the folder of the pipeline."""
    url = sqlalchemy.make_url(address)
    if url.drivername.startswith("sqlite") and url.database and url.database != ":memory:":
        url = url.set(database=os.fspath(Path(FOLDER, url.database)))
    return sqlalchemy.create_engine(url if password is None else url.set(password=password))


def read_query(address: str, query: str, password: str | None = None) -> pd.DataFrame:
    """The rows that a query of a database gives."""
    with engine_of(address, password).connect() as connection:
        return pd.read_sql_query(query, connection)


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
        flat(frame).to_sql(table, connection, schema=schema, if_exists=if_exists, index=False)
