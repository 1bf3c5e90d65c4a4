"""How the rows of a query come from any database that SQLAlchemy knows, within a step that can be stopped."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pyarrow as pa

from transom.components.database_kinds import interrupt_of, read_only, refuse_file, streaming
from transom.components.interrupting import interrupted
from transom.components.native import CannotApply, Stopped
from transom.components.told import told_of_disk
from transom.errors import WrongUse
from transom.tables.joined_pieces import NoCommonType
from transom.tables.query_rows import ROWS_AT_A_TIME, Spool, refuse_writing


def rows_of(connection: Any, query: str, folder: Path, stopped: Callable[[], bool]) -> pa.Table:
    """The rows of a query, spooled to files in `folder` and mapped from there; nothing of it is committed.

    Raises CannotApply for what is not one statement that reads, and Stopped.
    """
    try:
        refuse_writing(query)
    except WrongUse as wrong:
        raise CannotApply(wrong.message, wrong.remedy) from None
    refuse_file(connection.dialect.name, query)
    spool = _spool(folder)
    with interrupted(stopped, interrupt_of(connection)):
        read_only(connection)
        result = streaming(connection, query).exec_driver_sql(query)
        if not result.returns_rows:
            raise CannotApply("The query gives no rows.", "Begin it with SELECT or WITH.")
        spool.names = list(result.keys())
        for rows in result.partitions(ROWS_AT_A_TIME):
            spool.take(rows)
            if stopped():
                raise Stopped
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
