"""How a database is connected to for a step: in one transaction, which ends with the block, for reading and writing."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from transom.components.database_kinds import said_by
from transom.components.native import CannotApply
from transom.errors import DatastoreFailed, NotThere, TransomError
from transom.tables.paths import near, shown
from transom.workspace.datastores import database_of_datastore, find_datastore
from transom.workspace.datastores_addresses import sql_address
from transom.workspace.datastores_masking import scheme_of, short_reason
from transom.workspace.datastores_sql import ADD_AGAIN, DIALECTS, REFUSES_THE_USER, WAITING, SqlPlace
from transom.workspace.opening import Workspace
from transom.workspace.reaching_addresses import Address, Kind
from transom.workspace.reaching_bounds import Bounds
from transom.workspace.reaching_chains import check_database

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

#: A connection is waited for so long, in seconds, and so is another one that writes to the same file of SQLite.
_PATIENCE = 30
_MODES = ("ro", "rw", "rwc")
#: How files of SQLite are called.
_ENDINGS = (".db", ".db3", ".sqlite", ".sqlite3")
#: SQLite's codes for what is wrong with the file or the machine, and not with a statement: BUSY, LOCKED, NOMEM,
#: READONLY, INTERRUPT, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB.
_OF_THE_FILE = frozenset({5, 6, 7, 8, 9, 10, 11, 13, 14, 26})
#: The same of servers, as the classes of SQLSTATE: the connection, what it lacks, an operator, the system.
_OF_THE_SERVER = frozenset({"08", "53", "57", "58"})
_ADVICE = "Check the query, or the rows and column names"


def database_url(address: Address, folder: Path, workspace: Workspace, bounds: Bounds) -> tuple[URL, tuple[str, ...]]:
    """SQLAlchemy's address of a database, its password in it, and what of it no message may show.

    Raises CannotApply, also for a file of SQLite that is not there and is not to be made.
    """
    try:
        if address.kind is Kind.DATASTORE:
            datastore = find_datastore(workspace, address.datastore)
            bounds.check_datastore(datastore)
            place = database_of_datastore(workspace, datastore)
            return place.address, place.secrets
        if address.kind is not Kind.DATABASE:
            raise _no_database(address)
        url = sql_address(address.shown, address.text)
        if url.get_backend_name() != "sqlite":
            check_database(address, url.get_backend_name(), url.query, bounds)
        SqlPlace(address.shown, url).check_driver()
    except DatastoreFailed as wrong:
        raise failed(address, wrong.facts["reason"], wrong.remedy) from None
    except TransomError as wrong:
        raise CannotApply(wrong.message, wrong.remedy) from None
    if url.get_backend_name() == "sqlite":
        return _of_sqlite(url, address, folder, bounds), ()
    if address.secret is None:
        return url, address.words
    return url.set(password=address.secret), address.words


def _no_database(address: Address) -> CannotApply:
    package = DIALECTS.get(scheme_of(address.text)) if address.kind is Kind.DISTANT else None
    if package is not None:
        return failed(
            address, f"the package {package} is missing", f"Install it beside Transom: `pip install {package}`."
        )
    return CannotApply(
        f"{address.shown} is no database.", "Write it as postgresql://USER@HOST/DATABASE, or sqlite:///FILE."
    )


def failed(
    address: Address, reason: str, advice: str = "Check its address, and whether it can be reached."
) -> CannotApply:
    """The error that says why a database cannot be used."""
    return CannotApply(f"{_called(address)} cannot be used: {reason}.", advice)


def _called(address: Address) -> str:
    is_stored = address.kind is Kind.DATASTORE
    return f"The datastore {shown(address.datastore)}" if is_stored else f"The database {address.shown}"


def _said_of_it(wrong: Exception, address: Address, words: tuple[str, ...]) -> CannotApply:
    """What went wrong within a connection that was there, which is mostly what was asked of it."""
    own = getattr(wrong, "orig", None) or wrong
    said = said_by(wrong)
    reason, advice = (short_reason(Exception(text), words) for text in (said.reason, said.advice or _ADVICE))
    code = getattr(own, "sqlite_errorcode", None)
    if (
        getattr(wrong, "connection_invalidated", False)
        or (isinstance(code, int) and code & 0xFF in _OF_THE_FILE)
        or str(getattr(own, "sqlstate", None) or "")[:2] in _OF_THE_SERVER
    ):
        return failed(address, reason)
    return CannotApply(f"{_called(address)} refuses it: {reason}.", f"{advice}.")


def _of_sqlite(url: URL, address: Address, folder: Path, bounds: Bounds) -> URL:
    if not url.database or url.database == ":memory:":
        raise CannotApply(f"{address.shown} names no file of SQLite.", "Write it as sqlite:///FILE.")
    file = Path(os.path.abspath(folder / os.path.expanduser(url.database)))
    mode = str(url.query.get("mode", "rw"))
    if mode not in _MODES:
        raise CannotApply(f"{address.shown} has the mode {mode}.", f"The modes of SQLite are {', '.join(_MODES)}.")
    bounds.check_read(file)
    if mode == "rwc":
        bounds.check_write(file, follows=True)
        if not _is_database(file, bounds):
            raise bounds.refused(shown(file), f"a new database ends in {', '.join(_ENDINGS)}")
    elif not file.is_file():
        missing = NotThere(path=shown(file), near=near(file))
        raise CannotApply(missing.message, missing.remedy)
    elif not bounds.may_write(file) or not _is_database(file, bounds):
        mode = "ro"
    return url.set(database=str(file), query={"mode": mode})


def _is_database(file: Path, bounds: Bounds) -> bool:
    """Whether it is a database, or has the name of one: rows of a stranger in what is to be a startup file of Python or
    of a shell would be executed.
    """
    real = Path(os.path.realpath(file))
    return bounds.is_open or real.suffix.lower() in _ENDINGS or (real.is_file() and real.stat().st_size > 0)


@contextmanager
def connection_to(url: URL, address: Address, words: tuple[str, ...]) -> Iterator[Any]:
    """A connection in a transaction: committed when the block ends, rolled back where it raises."""
    from sqlalchemy.exc import SQLAlchemyError

    with _told_of_connecting(address, words):
        engine = _engine(url)
    made = _file_to_be_made(url)
    # the last two for values that a driver refuses, the one before for what is asked of the driver itself
    wrongs = (SQLAlchemyError, engine.dialect.loaded_dbapi.Error, ValueError, OverflowError)
    try:
        with _connected(engine, address, words) as connection, connection.begin():
            yield connection
    except wrongs as wrong:
        raise _said_of_it(wrong, address, words) from None
    finally:
        engine.dispose()
        if made is not None and made.is_file() and not made.stat().st_size:
            made.unlink()


def _connected(engine: Engine, address: Address, words: tuple[str, ...]) -> Connection:
    with _told_of_connecting(address, words):
        return engine.connect()


@contextmanager
def _told_of_connecting(address: Address, words: tuple[str, ...]) -> Iterator[None]:
    try:
        yield
    except Exception as wrong:  # drivers raise what they like, for an option that they do not know, say
        reason = short_reason(Exception(said_by(wrong).reason), words)
        if not REFUSES_THE_USER.search(reason):
            raise failed(address, reason) from None
        if address.kind is Kind.DATASTORE:
            raise failed(address, reason, ADD_AGAIN) from None
        raise failed(
            address,
            reason,
            "Write the user in the address, keep the password with `transom secret set NAME`, and name it as `secret`.",
        ) from None


def _file_to_be_made(url: URL) -> Path | None:
    """The file of SQLite that is not there yet."""
    if url.get_backend_name() != "sqlite" or Path(str(url.database)).exists():
        return None
    return Path(str(url.database))


def _engine(url: URL) -> Engine:
    from sqlalchemy import NullPool, create_engine, event

    if url.get_backend_name() != "sqlite":
        waits = {"connect_timeout": _PATIENCE} if url.get_backend_name() in WAITING else {}
        return create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=waits)
    file = f"file:{quote(str(url.database))}?mode={url.query.get('mode', 'rw')}"

    def connect() -> sqlite3.Connection:
        # without a level the driver begins nothing by itself, and its rows and tables are in one transaction
        return sqlite3.connect(file, timeout=_PATIENCE, isolation_level=None, uri=True, check_same_thread=False)

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine
