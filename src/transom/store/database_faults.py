"""What an error of a database means to a person: damaged, busy, or out of room or rights."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError, InterfaceError

from transom.errors import DatabaseBusy, DatabaseDamaged, TransomError, WorkspaceUnusable
from transom.store.backups import newest_backup
from transom.store.columns import Unreadable

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
_UNUSABLE = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_TOOBIG,
    sqlite3.SQLITE_NOLFS,
    sqlite3.SQLITE_AUTH,
}
#: The kind of an error of SQLite; what is above it says more.
_KIND = 0xFF
#: What was changed by another hand, or by a Transom that is newer than this process.
_CHANGED = re.compile(r"no such (table|column)|has no column|no such index|malformed database schema")
#: Of PostgreSQL the beginnings of its SQLSTATE.
_STATES_DAMAGED = ("XX001", "XX002", "42P01", "42703")
_STATES_BUSY = ("55P03", "40001", "40P01")
_STATES_UNUSABLE = ("08", "28", "3D", "53", "57", "58", "25006", "42501", "0A", "3F")


class Place:
    """What messages call a database, and where its backups lie, if it has any."""

    def __init__(self, shown: object, backups: Path | None) -> None:
        self.shown = shown
        self.backups = backups

    def damaged(self, reason: str) -> DatabaseDamaged:
        """The error for a database that holds what it should not, or lacks what it should hold."""
        backup = None if self.backups is None else newest_backup(self.backups)
        return DatabaseDamaged(path=self.shown, reason=reason, backup=backup)

    def unusable(self, reason: str) -> WorkspaceUnusable:
        """The error for a database that cannot be reached or written."""
        return WorkspaceUnusable(path=self.shown, reason=reason)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Turn what the database or its driver raises into what a person can act on."""
        try:
            yield
        except (DBAPIError, sqlite3.Error) as wrong:
            meant = self._meaning(wrong)
            if meant is None:
                raise
            raise meant from wrong
        except Unreadable as wrong:
            raise self.damaged(str(wrong)) from wrong

    @contextmanager
    def believed(self, what: str) -> Iterator[None]:
        """Turn what is raised by values that cannot be read back into DatabaseDamaged; `what` they belong to."""
        try:
            yield
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as wrong:
            raise self.damaged(f"{what} cannot be read ({type(wrong).__name__}: {wrong})") from wrong

    def _meaning(self, wrong: DBAPIError | sqlite3.Error) -> TransomError | None:
        original = wrong.orig if isinstance(wrong, DBAPIError) else wrong
        if isinstance(original, sqlite3.Error):
            return self._meaning_of_sqlite(original)
        return self._meaning_of_server(original, wrong)

    def _meaning_of_sqlite(self, wrong: sqlite3.Error) -> TransomError | None:
        kind = getattr(wrong, "sqlite_errorcode", 0) & _KIND
        if kind in _DAMAGED or _CHANGED.search(str(wrong)):
            return self.damaged(str(wrong))
        if kind in _BUSY:
            return DatabaseBusy(path=self.shown)
        return self.unusable(str(wrong)) if kind in _UNUSABLE else None

    def _meaning_of_server(self, original: BaseException | None, wrong: Exception) -> TransomError | None:
        state = getattr(original, "sqlstate", None) or ""
        reason = " ".join(str(original).split())
        if state.startswith(_STATES_DAMAGED):
            return self.damaged(reason)
        if state.startswith(_STATES_BUSY):
            return DatabaseBusy(path=self.shown)
        lost = isinstance(wrong, DBAPIError) and (wrong.connection_invalidated or isinstance(wrong, InterfaceError))
        if lost or not state or state.startswith(_STATES_UNUSABLE):
            return self.unusable(reason)
        return None
