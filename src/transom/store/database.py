"""How the facts of a workspace are read and written: a transaction at a time, on SQLite or on a server."""

from __future__ import annotations

import sqlite3
import time
import weakref
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, QueuePool, create_engine, event, make_url

from transom.store.database_faults import Place
from transom.store.forking import GATE
from transom.store.schema import revisions
from transom.store.upgrading import bring_up

#: Who writes waits so many seconds for another process that does.
BUSY_SECONDS = 30.0
#: An upgrade copies the database first, so who waits for one waits longer.
_UPGRADE_SECONDS = 600.0
_IDLE_CONNECTIONS = 8
_LOOK_AGAIN_SECONDS = 0.01
#: The lock of a server that who writes holds, so that there as on SQLite one writes at a time: any number, ours.
_SERVER_LOCK = 0x7472616E736F6D
_BEGIN = "transom_begin"
_READ, _WRITE = "read", "write"
#: The address without the path: what stands in a path must not be taken for an option.
_NO_PATH = URL.create("sqlite")


class Database:
    """The database of a workspace. Threads and processes may share it, and a fork gets connections of its own.

    `path` is its file; None on a server. `backups` is the folder of its backups.
    """

    def __init__(self, url: str | URL, backups: Path | None = None) -> None:
        """Open it: a fresh one gets its tables, one of an older Transom is upgraded after a backup.

        Raises WorkspaceNewer, WorkspaceUnusable, DatabaseDamaged and DatabaseBusy.
        """
        url = make_url(url)
        self._is_file = url.get_backend_name() == "sqlite"
        if self._is_file and url.database in (None, "", ":memory:"):
            raise ValueError("a workspace's database is a file")
        self.path = Path(str(url.database)).absolute() if self._is_file else None
        self.backups = backups.absolute() if self._is_file and backups is not None else None
        self.place = Place(self.path or url.render_as_string(hide_password=True), self.backups)
        self._engine = _new_engine(url, self.path)
        self._reader = self._engine.execution_options(**{_BEGIN: _READ}, **self._options())
        self._writer = self._engine.execution_options(**{_BEGIN: _WRITE})
        weakref.finalize(self, self._engine.dispose)
        GATE.watch(self)
        bring_up(self)

    @staticmethod
    def at(path: Path, backups: Path) -> Database:
        """The one in a file, which is made if it is not there. Raises what opening raises."""
        return Database(URL.create("sqlite", database=str(path)), backups)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction that sees the database as it is now, whoever writes meanwhile.

        Raises WorkspaceUnusable, DatabaseDamaged and DatabaseBusy, as `writing` does.
        """
        with self._passing(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One short transaction, the only one that writes: complete when the block ends, undone when it raises."""
        with self._passing(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def changing(self) -> Iterator[Connection]:
        """One transaction that may make tables anew: keys that lead elsewhere are checked at its end only."""
        with self._passing():
            path = self.path
            if path is None:
                with self._writer.begin() as connection:
                    yield connection
                return
            engine = create_engine(
                _NO_PATH, creator=lambda: _connected(path, _UPGRADE_SECONDS, keys=False), poolclass=NullPool
            ).execution_options(**{_BEGIN: _WRITE})
            event.listen(engine, "begin", _begin_on_sqlite)
            with engine.begin() as connection:
                yield connection
                lost = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchone()
                if lost is not None:
                    raise self.place.damaged(f"a row of the table {lost[0]} belongs to none of {lost[2]}")

    @contextmanager
    def apart(self) -> Iterator[sqlite3.Connection]:
        """A connection of SQLite's own for reading the file, within one transaction."""
        if self.path is None:
            raise ValueError(f"{self.place.shown} is no file")
        with GATE.passing(), closing(_connected(self.path, BUSY_SECONDS)) as connection:
            connection.execute("BEGIN")
            yield connection

    def revision(self) -> str:
        """The revision that it is at."""
        with self.reading() as connection:
            return str(connection.execute(revisions.select()).scalar_one())

    def close_idle(self) -> None:
        """Close the connections that are not in use; the next transaction opens one."""
        self._engine.dispose()

    close = close_idle

    @contextmanager
    def _passing(self) -> Iterator[None]:
        with self.place.told(), GATE.passing():
            if GATE.is_torn and self._is_file:
                raise self.place.unusable("this process was forked while its database was in use")
            yield

    def _options(self) -> dict[str, Any]:
        if self._is_file:
            return {}
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def _new_engine(url: URL, path: Path | None) -> Engine:
    pool: dict[str, Any] = {"pool_size": _IDLE_CONNECTIONS, "max_overflow": -1, "pool_use_lifo": True}
    if path is None:
        engine = create_engine(url, pool_pre_ping=True, **pool)
        event.listen(engine, "begin", _begin_on_server)
    else:
        engine = create_engine(_NO_PATH, creator=lambda: _connected(path, BUSY_SECONDS), poolclass=QueuePool, **pool)
        event.listen(engine, "begin", _begin_on_sqlite)
    return engine


def _connected(path: Path, busy_seconds: float, *, keys: bool = True) -> sqlite3.Connection:
    """A connection to a file. Transactions are begun by us, never by the driver."""
    connection = sqlite3.connect(str(path), timeout=busy_seconds, isolation_level=None, check_same_thread=False)
    try:
        _write_ahead(connection, busy_seconds)
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(f"PRAGMA foreign_keys={'ON' if keys else 'OFF'}")
        # What a stranger's file has as a view or a trigger calls no function that reaches further.
        connection.execute("PRAGMA trusted_schema=OFF")
    except BaseException:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection, busy_seconds: float) -> None:
    """Have the file written ahead (WAL). SQLite does not wait for others when it changes a new file to that."""
    until = time.monotonic() + busy_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").fetchall()
            return
        except sqlite3.OperationalError as wrong:
            if wrong.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(_LOOK_AGAIN_SECONDS)


def _begin_on_sqlite(connection: Connection) -> None:
    # What will write says so first: a reader that became a writer could find that it had read something old.
    is_write = connection.get_execution_options().get(_BEGIN) == _WRITE
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")


def _begin_on_server(connection: Connection) -> None:
    if connection.get_execution_options().get(_BEGIN) == _WRITE:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(BUSY_SECONDS * 1000)}")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_SERVER_LOCK})")
