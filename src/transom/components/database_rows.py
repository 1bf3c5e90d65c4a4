"""How the rows of a query come from any database that SQLAlchemy knows, within a step that can be stopped."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pyarrow as pa

from transom.components.interrupting import interrupted
from transom.components.native import CannotApply
from transom.components.told import told_of_disk
from transom.errors import WrongUse
from transom.tables.joined_pieces import NoCommonType
from transom.tables.query_rows import ROWS_AT_A_TIME, Spool, refuse_writing

#: What is said to a database first, so that the query changes nothing.
_READ_ONLY = {
    "sqlite": "PRAGMA query_only = ON",
    "postgresql": "SET TRANSACTION READ ONLY",
    "mysql": "START TRANSACTION READ ONLY",
    "mariadb": "START TRANSACTION READ ONLY",
    "oracle": "SET TRANSACTION READ ONLY",
}


def rows_of(connection: Any, query: str, folder: Path, stopped: Callable[[], bool]) -> pa.Table:
    """The rows of a query, spooled to files in `folder` and mapped from there; nothing of it is committed.

    Raises CannotApply for what is not one statement that reads, and Stopped.
    """
    try:
        refuse_writing(query)
    except WrongUse as wrong:
        raise CannotApply(wrong.message, wrong.remedy) from None
    spool = _spool(folder)
    with interrupted(stopped, _interrupt_of(connection)):
        before = _READ_ONLY.get(connection.dialect.name)
        if before is not None:
            connection.exec_driver_sql(before)
        connection = connection.execution_options(stream_results=True, no_parameters=True)
        result = connection.exec_driver_sql(query)
        if not result.returns_rows:
            raise CannotApply("The query gives no rows.", "Begin it with SELECT or WITH.")
        spool.names = list(result.keys())
        for rows in result.partitions(ROWS_AT_A_TIME):
            spool.take(rows)
        connection.rollback()
    try:
        return spool.table()
    except NoCommonType as wrong:
        raise CannotApply(
            f"The column {wrong.column} of the query has {wrong.before} and {wrong.found}.",
            "Bring it to one type in the query, with CAST.",
        ) from None


def _spool(folder: Path) -> Spool:
    """Rows in files of a folder, which is removed with its step."""
    count = 0

    def new_file() -> Path:
        nonlocal count
        count += 1
        return folder / f"rows-{count}.arrow"

    def told() -> AbstractContextManager[None]:
        return told_of_disk(folder)

    return Spool(new_file, told)


def _interrupt_of(connection: Any) -> Callable[[], object]:
    """How the driver ends what it does, from another thread; those that cannot end it between two pieces of rows."""
    driver = connection.connection.driver_connection
    for name in ("interrupt", "cancel"):  # SQLite, PostgreSQL
        found = getattr(driver, name, None)
        if callable(found):
            return found  # type: ignore[no-any-return]
    return lambda: None
