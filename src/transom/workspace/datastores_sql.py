"""How a database is asked: one statement that reads, its rows streamed into a step file in the types that they have."""

from __future__ import annotations

import math
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from transom.components.database_kinds import said_by, streaming, writes_a_file
from transom.errors import DatastoreFailed, TransomError
from transom.store.blobs import FolderBlobs
from transom.workspace.contents import refuse_full_disk, told_of_disk
from transom.workspace.datastores_masking import short_reason

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

    from transom.tables.formats import Read
    from transom.tables.query_rows import Spool

#: A query may take so long, in seconds.
_LONGEST = 3600.0
_BETWEEN_LOOKS = 1_000_000
#: What SQLite may do for a script: nothing that makes, attaches or sets anything.
_ALLOWED = frozenset(
    {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_RECURSIVE,
        sqlite3.SQLITE_TRANSACTION,
    }
)
#: What is said to a database before it is asked: that nothing is changed, and how long it may work (in `seconds`).
_SAID_BEFORE = {
    "postgresql": ("SET statement_timeout = '{seconds}s'",),
    "mysql": ("SET SESSION TRANSACTION READ ONLY", "SET SESSION MAX_EXECUTION_TIME = {seconds}000"),
    "mariadb": ("SET SESSION TRANSACTION READ ONLY", "SET SESSION max_statement_time = {seconds}"),
    "oracle": ("SET TRANSACTION READ ONLY",),
}
#: Databases whose drivers take a `connect_timeout`.
WAITING = frozenset({"postgresql", "mysql", "mariadb"})
#: A connection is waited for so long, in seconds.
_PATIENCE = 30
#: The package of a driver whose module has another name.
_PACKAGES = {"psycopg": "psycopg[binary]", "psycopg2": "psycopg2-binary", "MySQLdb": "mysqlclient"}
_PACKAGES |= {"cx_Oracle": "oracledb", "mysql": "mysql-connector-python"}
#: What brings SQLAlchemy databases that it does not know by itself.
DIALECTS = {
    "duckdb": "duckdb-engine",
    "snowflake": "snowflake-sqlalchemy",
    "redshift": "sqlalchemy-redshift",
    "bigquery": "sqlalchemy-bigquery",
    "databricks": "databricks-sqlalchemy",
    "clickhouse": "clickhouse-sqlalchemy",
    "clickhousedb": "clickhouse-connect",
    "cockroachdb": "sqlalchemy-cockroachdb",
    "trino": "trino[sqlalchemy]",
}
_WRITE_IT = "Write it as postgresql+psycopg://USER@HOST/DATABASE, or mariadb+pymysql://USER@HOST/DATABASE."
#: How databases say that they do not let somebody in.
REFUSES_THE_USER = re.compile(r"password|access denied|login failed|authentication", re.IGNORECASE)
ADD_AGAIN = "Add the datastore again, with the user and the password that it wants."
#: How they say that they ended what went on for too long.
_TOO_LONG = re.compile(r"\Ainterrupted\Z|statement timeout|max_statement_time|maximum statement execution time")
_ADVICE = "Check the query with a program of the database; here it may only read."


class SqlPlace:
    """A database that a datastore leads to; `url` is its address without any password.

    `address` has the password in it, and `secrets` are what of it is shown nowhere.
    """

    def __init__(self, name: str, address: URL, secrets: tuple[str, ...] = ()) -> None:
        self.name = name
        self.url = address.set(password=None, query={}).render_as_string()
        self.address = address
        self.secrets = secrets

    def check_driver(self) -> None:
        """Raise DatastoreFailed where what speaks with this kind of database is not installed, or not known."""
        with self._told():
            self.address.get_dialect().import_dbapi()

    def query(self, text: str, target: Path, blobs: FolderBlobs, seconds: float | None = None) -> Read:
        """Write the rows of a query to a step file at `target`, within so many seconds.

        It is to read: what could do more is refused, the connection is told so where the database has a way for it,
        and nothing is ever committed. Raises WrongUse for another statement, DatastoreFailed and StoreUnwritable.
        """
        from transom.tables import formats
        from transom.tables.joined_pieces import NoCommonType
        from transom.tables.query_rows import Spool, refuse_writing

        refuse_writing(text)
        self._refuse_file(text)
        spool = Spool(partial(blobs.new_aside, ".arrow"), partial(told_of_disk, blobs))
        until = time.monotonic() + min(seconds or _LONGEST, _LONGEST)
        try:
            with self._told(), self._connected(until) as connection:
                self._read(connection, text, spool, until, blobs)
            with told_of_disk(blobs):
                return formats.read_arrow(spool.table(), target)
        except NoCommonType as wrong:
            raise DatastoreFailed(
                name=self.name,
                reason=f"the column {wrong.column} has {wrong.before} and {wrong.found}",
                advice="Bring it to one type in the query, with CAST.",
            ) from None
        finally:
            spool.remove()

    def _refuse_file(self, text: str) -> None:
        if writes_a_file(self.address.get_backend_name(), text):
            raise DatastoreFailed(
                name=self.name, reason="the query has the server write a file", advice="Leave INTO OUTFILE out."
            )

    def _read(self, connection: Connection, text: str, spool: Spool, until: float, blobs: FolderBlobs) -> None:
        from transom.tables.query_rows import ROWS_AT_A_TIME

        result = streaming(connection, text).exec_driver_sql(text)
        if not result.returns_rows:
            raise DatastoreFailed(name=self.name, reason="the query gives no rows", advice=_ADVICE)
        spool.names = list(result.keys())
        for rows in result.partitions(ROWS_AT_A_TIME):
            refuse_full_disk(blobs)
            spool.take(rows)
            if time.monotonic() > until:
                raise DatastoreFailed(
                    name=self.name, reason="the query took too long", advice="Ask for fewer rows, or allow more time."
                )

    @contextmanager
    def _connected(self, until: float) -> Iterator[Connection]:
        engine = self._engine()
        try:
            with engine.connect() as connection:
                seconds = max(1, math.ceil(until - time.monotonic()))
                is_mariadb = getattr(engine.dialect, "is_mariadb", False)
                for statement in _SAID_BEFORE.get("mariadb" if is_mariadb else engine.dialect.name, ()):
                    connection.exec_driver_sql(statement.format(seconds=seconds))
                if engine.dialect.name == "sqlite":
                    _confine(connection.connection.driver_connection, until)
                yield connection
        finally:
            engine.dispose()

    def _engine(self) -> Engine:
        from sqlalchemy import NullPool, create_engine

        if self.address.get_backend_name() == "sqlite":
            address = f"file:{quote(str(self.address.database))}?mode=ro"
            return create_engine("sqlite://", creator=lambda: sqlite3.connect(address, uri=True), poolclass=NullPool)
        waits = {"connect_timeout": _PATIENCE} if self.address.get_backend_name() in WAITING else {}
        engine = create_engine(self.address, poolclass=NullPool, hide_parameters=True, connect_args=waits)
        options = {"postgresql_readonly": True} if engine.dialect.name == "postgresql" else {}
        return engine.execution_options(**options)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except TransomError:
            raise
        except ImportError as wrong:
            package = _PACKAGES.get(wrong.name or "", wrong.name)
            raise DatastoreFailed(
                name=self.name,
                reason=f"the driver {wrong.name} is missing",
                advice=f"Install it beside Transom: `pip install {package}`.",
            ) from None
        except Exception as wrong:  # drivers raise what they like
            reason, advice = self._said(wrong)
            raise DatastoreFailed(name=self.name, reason=reason, advice=advice) from None

    def _said(self, wrong: Exception) -> tuple[str, str]:
        """What is wrong, and what to do about it."""
        from sqlalchemy.exc import NoSuchModuleError

        said = said_by(wrong)
        reason = short_reason(Exception(said.reason), self.secrets)
        if isinstance(wrong, NoSuchModuleError):
            return reason, _WRITE_IT
        if _TOO_LONG.search(reason):
            return "the query took too long", "Ask for fewer rows, or allow more time."
        if REFUSES_THE_USER.search(reason):
            return reason, ADD_AGAIN
        return reason, f"{short_reason(Exception(said.advice or _ADVICE), self.secrets)}."


def _confine(connection: Any, until: float) -> None:
    """Let a connection of SQLite read its one file, until then, and do nothing else."""
    connection.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY)
    connection.set_progress_handler(lambda: time.monotonic() > until, _BETWEEN_LOOKS)
