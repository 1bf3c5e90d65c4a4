"""How a database is asked: one statement that reads, its rows streamed into a step file in the types that they have."""

from __future__ import annotations

import datetime
import json
import math
import re
import sqlite3
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from transom.errors import DatastoreFailed, TransomError, WrongUse
from transom.store.blobs import FolderBlobs
from transom.workspace.contents import refuse_full_disk, told_of_disk
from transom.workspace.datastores_masking import short_reason

if TYPE_CHECKING:
    import pyarrow
    from sqlalchemy import URL, Connection, Engine

    from transom.tables.formats import Read

#: A query may take so long, in seconds.
_LONGEST = 3600.0
_ROWS_AT_A_TIME = 10_000
_BETWEEN_LOOKS = 1_000_000
_READS = ("select", "with", "values", "table", "show", "describe", "desc", "explain")
_LITERAL = re.compile(r"'(?:[^']|'')*'")
#: Where one of these is, it is not known what of a text is a literal.
_OTHER_QUOTES = re.compile(r"[\\$\"`\[#]|--|/\*")
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
#: The package of a driver whose module has another name.
_PACKAGES = {"psycopg": "psycopg[binary]", "psycopg2": "psycopg2-binary", "MySQLdb": "mysqlclient"}
_PACKAGES |= {"cx_Oracle": "oracledb"}
_ADVICE = "Check the query with a program of the database; here it may only read."


class SqlPlace:
    """A database that a datastore leads to; `url` is its address without any password, `secrets` are shown nowhere."""

    def __init__(self, name: str, address: URL, secrets: tuple[str, ...] = ()) -> None:
        self.name = name
        self.url = address.set(password=None, query={}).render_as_string()
        self._address = address
        self._secrets = secrets

    def check_driver(self) -> None:
        """Raise DatastoreFailed where what speaks with this kind of database is not installed, or not known."""
        with self._told():
            self._address.get_dialect().import_dbapi()

    def query(self, text: str, target: Path, blobs: FolderBlobs, seconds: float | None = None) -> Read:
        """Write the rows of a query to a step file at `target`, within so many seconds.

        It is to read: what could do more is refused, the connection is told so where the database has a way for it,
        and nothing is ever committed. Raises WrongUse for another statement, DatastoreFailed and StoreUnwritable.
        """
        from transom.tables import formats

        refuse_writing(text)
        spool = _Spool(blobs)
        until = time.monotonic() + min(seconds or _LONGEST, _LONGEST)
        try:
            with self._told(), self._connected(until) as connection:
                self._read(connection, text, spool, until)
            with told_of_disk(blobs):
                return formats.read_arrow(spool.table(self.name), target)
        finally:
            spool.remove()

    def _read(self, connection: Connection, text: str, spool: _Spool, until: float) -> None:
        result = connection.exec_driver_sql(text)
        if not result.returns_rows:
            raise DatastoreFailed(name=self.name, reason="the query gives no rows", advice=_ADVICE)
        spool.begin(list(result.keys()))
        for rows in result.partitions(_ROWS_AT_A_TIME):
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
                for statement in _SAID_BEFORE.get(engine.dialect.name, ()):
                    connection.exec_driver_sql(statement.format(seconds=seconds))
                if engine.dialect.name == "sqlite":
                    _confine(connection.connection.driver_connection, until)
                yield connection.execution_options(stream_results=True, no_parameters=True)
        finally:
            engine.dispose()

    def _engine(self) -> Engine:
        from sqlalchemy import NullPool, create_engine

        if self._address.get_backend_name() == "sqlite":
            address = f"file:{quote(str(self._address.database))}?mode=ro"
            return create_engine("sqlite://", creator=lambda: sqlite3.connect(address, uri=True), poolclass=NullPool)
        engine = create_engine(self._address, poolclass=NullPool, hide_parameters=True)
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
            reason = short_reason(getattr(wrong, "orig", None) or wrong, self._secrets)
            reason = "the query took too long" if reason == "interrupted" else reason
            raise DatastoreFailed(name=self.name, reason=reason, advice=_ADVICE) from None


def refuse_writing(text: str) -> None:
    """Raise WrongUse for what is not one statement that reads."""
    statement = text.strip().rstrip(";").rstrip()
    bare = re.sub(r"\A(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/|\()*", "", statement, flags=re.DOTALL)
    first = re.match(r"[A-Za-z]*", bare)
    word = first[0].lower() if first else ""
    if word not in _READS:
        raise WrongUse(
            problem=f"A query may only read, and this one begins with {bare[:20]!r}.",
            advice="Begin it with SELECT or WITH; change a database outside of a script.",
        )
    if ";" in statement and (_OTHER_QUOTES.search(statement) or ";" in _LITERAL.sub("", statement)):
        raise WrongUse(
            problem="A query is one statement, and this one has a semicolon in it.",
            advice="Ask one after the other; a semicolon within a text may need another way to write it, such as CHAR.",
        )


def _confine(connection: Any, until: float) -> None:
    """Let a connection of SQLite read its one file, until then, and do nothing else."""
    connection.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY)
    connection.set_progress_handler(lambda: time.monotonic() > until, _BETWEEN_LOOKS)


class _Spool:
    """Rows on their way to a table: batches of one type after the other in files aside."""

    def __init__(self, blobs: FolderBlobs) -> None:
        self._blobs = blobs
        self._names: list[str] = []
        self._files: list[Path] = []
        self._writer: Any = None
        self._schema: pyarrow.Schema | None = None

    def begin(self, names: list[str]) -> None:
        """The names of the columns, as the database has them."""
        self._names = names

    def take(self, rows: Sequence[Sequence[Any]]) -> None:
        """Write so many rows to the disk. Raises StoreUnwritable."""
        import pyarrow

        refuse_full_disk(self._blobs)
        columns = [_array([row[number] for row in rows]) for number in range(len(self._names))]
        # several columns may have one name, and a schema may not
        batch = pyarrow.record_batch(columns, names=[str(number) for number in range(len(columns))])
        with told_of_disk(self._blobs):
            if batch.schema != self._schema:
                self._close()
                self._files.append(self._blobs.new_aside(".arrow"))
                self._writer = pyarrow.ipc.new_file(str(self._files[-1]), batch.schema)
                self._schema = batch.schema
            self._writer.write_batch(batch)

    def table(self, name: str) -> pyarrow.Table:
        """All rows as one table, mapped from the files. Raises DatastoreFailed for what goes into no column."""
        import pyarrow

        from transom.workspace.contents_columns import NoCommonType, joined

        self._close()
        if not self._files:
            return pyarrow.table([pyarrow.nulls(0) for _ in self._names], names=self._names)
        try:
            tables = [pyarrow.ipc.open_file(pyarrow.memory_map(str(file))).read_all() for file in self._files]
            return joined(tables, mixed_as_text=True).rename_columns(self._names)
        except NoCommonType as wrong:
            column = self._names[int(wrong.column)]
            raise DatastoreFailed(
                name=name,
                reason=f"the column {column} has {wrong.before} and {wrong.found}",
                advice="Bring it to one type in the query, with CAST.",
            ) from None

    def remove(self) -> None:
        """Remove the files."""
        self._close()
        for file in self._files:
            file.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._writer is not None:
            with told_of_disk(self._blobs):
                self._writer.close()
            self._writer = None


def _array(values: list[Any]) -> pyarrow.Array:
    """One batch of a column in the type of its values; what has no type of its own, or several, becomes text."""
    import pyarrow

    kinds = {type(value) for value in values if value is not None}
    if kinds & {bytearray, memoryview}:
        values = [bytes(value) if isinstance(value, (bytearray, memoryview)) else value for value in values]
        kinds = {bytes if kind in (bytearray, memoryview) else kind for kind in kinds}
    if kinds == {datetime.date, datetime.datetime}:  # Arrow would cut the times off
        values = [_as_time(value) for value in values]
        kinds = {datetime.datetime}
    if (len(kinds) <= 1 and not kinds & {dict, list, tuple, set, uuid.UUID}) or kinds in ({int, float}, {int, Decimal}):
        try:
            return pyarrow.array(values)
        except (pyarrow.ArrowException, OverflowError, UnicodeError, TypeError, ValueError):
            pass  # a whole number of more than 64 bits, say
    return pyarrow.array([None if value is None else _text(value) for value in values], pyarrow.large_string())


def _as_time(value: Any) -> Any:
    if value is None or isinstance(value, datetime.datetime):
        return value
    return datetime.datetime.combine(value, datetime.time())


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value).encode("utf-8", "backslashreplace").decode()
