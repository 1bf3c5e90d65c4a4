"""How a database comes to the revision of this Transom: made, upgraded after a backup, or refused."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DBAPIError

from transom.errors import WorkspaceNewer
from transom.store.backups import back_up, newest_backup
from transom.store.schema import REVISION, REVISIONS, metadata, revisions, workspace

if TYPE_CHECKING:
    from transom.store.database import Database

#: Alembic keeps what it works on in module globals.
_ONE_AT_A_TIME = threading.Lock()
_ASKED = f"SELECT version_num FROM {revisions.name}"


def bring_up(database: Database) -> None:
    """Make what is fresh, upgrade what is older, leave what is current.

    Raises WorkspaceNewer, WorkspaceUnusable, DatabaseDamaged and DatabaseBusy.
    """
    _refuse_lost(database)
    found = _revision(database)
    if found is None:
        _refuse_emptied(database)
        found = _make(database)
    if found == REVISION:
        return
    _refuse_unknown(database, found)
    _upgrade(database)


def _refuse_lost(database: Database) -> None:
    """A file that is gone or empty while there are backups was not new: a new one would lose what it held."""
    path = database.path
    if path is None or (path.exists() and not (path.is_file() and path.stat().st_size == 0)):
        return
    _refuse_emptied(database, "it is empty" if path.exists() else "it is gone")


def _refuse_emptied(database: Database, reason: str = "it has no tables") -> None:
    if database.backups is not None and newest_backup(database.backups) is not None:
        raise database.place.damaged(reason)


def _revision(database: Database) -> str | None:
    """The revision of the database; None where it has no tables of ours, an empty text where nothing tells it."""
    with database.reading() as connection:
        try:
            return str(connection.exec_driver_sql(_ASKED).scalar() or "")
        except DBAPIError as wrong:
            if not _means_no_table(wrong):
                raise
    with database.reading() as connection:
        return _looked_up(connection)


def _looked_up(connection: Connection) -> str | None:
    """The same, for one that may have no tables: it is asked which it has, since on a server no error may be made."""
    there = set(inspect(connection).get_table_names())
    if revisions.name in there:
        return str(connection.exec_driver_sql(_ASKED).scalar() or "")
    return "" if there & set(metadata.tables) else None


def _means_no_table(wrong: DBAPIError) -> bool:
    return "no such table" in str(wrong.orig) or getattr(wrong.orig, "sqlstate", "") == "42P01"


def _make(database: Database) -> str:
    """Make the tables, unless another process did meanwhile; the revision that it is at then."""
    with database.writing() as connection:
        found = _looked_up(connection)
        if found is not None:
            return found
        metadata.create_all(connection, checkfirst=False)
        revisions.create(connection, checkfirst=False)
        connection.execute(revisions.insert().values(version_num=REVISION))
        connection.execute(workspace.insert().values(id=str(uuid.uuid4()), name="", created=datetime.now(UTC)))
    return REVISION


def _refuse_unknown(database: Database, found: str) -> None:
    if not found:
        raise database.place.damaged("it does not tell its revision")
    if found not in REVISIONS:
        raise WorkspaceNewer(path=database.place.shown, found=found, known=REVISION)


def _upgrade(database: Database) -> None:
    """Back the database up and upgrade it, in one transaction: who else opens it waits for the end of that."""
    with _ONE_AT_A_TIME, database.changing() as connection:
        found = _looked_up(connection) or ""
        _refuse_unknown(database, found)
        if found == REVISION:  # another process was quicker
            return
        if database.backups is not None:
            back_up(database, found)
        try:
            _migrate(connection)
        except DBAPIError as wrong:
            raise database.place.damaged(f"it cannot be upgraded from revision {found}: {wrong.orig}") from wrong


def _migrate(connection: Connection) -> None:
    """Let Alembic do the steps, within the transaction of this connection. It takes 0.3 s to import."""
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "transom.store:migrations")
    command.upgrade(config, REVISION)
