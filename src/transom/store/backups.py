"""How a database is copied while it is in use, which copies are kept, and how one is put back in its place."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from transom.errors import DatabaseBusy, WorkspaceUnusable
from transom.store.content_files import bring_to_disk

if TYPE_CHECKING:
    from transom.store.database import Database

#: So many are kept.
KEPT = 5
_EVERY = timedelta(days=1)
_NAMED = re.compile(r"workspace-(?P<time>\d{8}-\d{6})-(?P<revision>\w+)\.db")
_TIME = "%Y%m%d-%H%M%S"
_PART = ".part"
#: What SQLite keeps beside a database.
_BESIDE = ("", "-wal", "-shm")
#: Where every connection to a database in WAL mode holds a lock for as long as it is open: the pending byte of
#: SQLite's file format, the reserved one, and the 510 shared ones.
_LOCK_PLACE = 0x40000000
_LOCK_LENGTH = 512


def backups_in(folder: Path) -> list[Path]:
    """The backups in a folder, the newest first; none where it is not there or cannot be read."""
    try:
        found = [each for each in folder.iterdir() if _time_of(each) is not None and each.is_file()]
    except OSError:
        return []
    return sorted(found, key=lambda each: each.name, reverse=True)


def newest_backup(folder: Path) -> Path | None:
    """The newest backup in a folder."""
    return next(iter(backups_in(folder)), None)


def back_up_if_due(database: Database) -> Path | None:
    """Make today's backup, unless there is one of the last day, or somebody else is making it; the backup.

    The database is checked first. Raises DatabaseDamaged where it is found damaged, and then no backup is touched;
    WorkspaceUnusable where there is no room. A database of a server has no backups here.
    """
    if database.path is None or database.backups is None or not _is_due(database.backups):
        return None
    with _alone(database.backups) as is_alone:
        if not is_alone or not _is_due(database.backups):
            return None
        return back_up(database, database.revision())


def back_up(database: Database, revision: str) -> Path:
    """Copy a database that is in use, as it was at one moment, and remove the oldest copies.

    Raises DatabaseDamaged and WorkspaceUnusable.
    """
    folder, path = database.backups, database.path
    if folder is None or path is None:
        raise ValueError(f"{database.place.shown} has no backups")
    target = folder / f"workspace-{datetime.now(UTC).strftime(_TIME)}-{revision}.db"
    part = target.with_name(f"{target.name}.{os.getpid()}-{os.urandom(4).hex()}{_PART}")
    try:
        folder.mkdir(exist_ok=True)
        with database.place.told(), database.apart() as source:
            problem = check(source)
            if problem:
                raise database.place.damaged(problem)
            _copy(source, part)
        part.rename(target)
        bring_to_disk(folder)
    except OSError as wrong:
        raise WorkspaceUnusable(path=folder, reason=wrong.strerror or str(wrong)) from wrong
    finally:
        _remove(part)
    for old in backups_in(folder)[KEPT:]:
        _remove(old)
    return target


def check(connection: sqlite3.Connection) -> str:
    """What is wrong with a database, in SQLite's words; empty where nothing is."""
    found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(1)")]
    return "" if found == ["ok"] else " ".join("; ".join(found).split())


def restore(path: Path, backups: Path) -> tuple[Path, Path | None]:
    """Put the newest sound backup in a database's place: the backup, and where what was there lies now.

    Raises WorkspaceUnusable where there is no backup or no room, and DatabaseBusy while another process has the
    database open. Nothing of this process may have it open.
    """
    backup = next((each for each in backups_in(backups) if _is_sound(each)), None)
    if backup is None:
        raise WorkspaceUnusable(
            path=path,
            reason=f"there is no sound backup in {backups}",
            advice="Without one nothing can be put back; move the database away, and a new one is made.",
        )
    part = path.with_name(f"{path.name}.{os.getpid()}-{os.urandom(4).hex()}{_PART}")
    try:
        shutil.copyfile(backup, part)
        shutil.copymode(backup, part)
        bring_to_disk(part)
        with _unused(path):
            aside = _move_aside(path)
            part.rename(path)
        bring_to_disk(path.parent)
    except OSError as wrong:
        raise WorkspaceUnusable(path=path, reason=wrong.strerror or str(wrong)) from wrong
    finally:
        _remove(part)
    return backup, aside


def _is_due(folder: Path) -> bool:
    newest = newest_backup(folder)
    made = None if newest is None else _time_of(newest)
    # A time in the future is that of a clock that was wrong.
    return made is None or not timedelta(0) <= datetime.now(UTC) - made < _EVERY


def _time_of(backup: Path) -> datetime | None:
    named = _NAMED.fullmatch(backup.name)
    with suppress(ValueError):
        return None if named is None else datetime.strptime(named["time"], _TIME).replace(tzinfo=UTC)
    return None


def _copy(source: sqlite3.Connection, part: Path) -> None:
    with closing(sqlite3.connect(part, isolation_level=None)) as target:
        target.execute("PRAGMA synchronous=OFF")  # the whole file is flushed below, once
        source.backup(target)
        # Else whoever opens the copy writes files beside it.
        target.execute("PRAGMA journal_mode=DELETE")
    bring_to_disk(part)


def _is_sound(backup: Path) -> bool:
    """Whether a backup can be read and nothing in it is damaged; it is opened so that nothing is written beside it."""
    try:
        with closing(sqlite3.connect(f"{backup.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            return not check(connection) and bool(connection.execute("SELECT 1 FROM alembic_version").fetchall())
    except sqlite3.Error:
        return False


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether nobody else makes a backup there, until the block ends; what a kill left there is removed."""
    try:
        folder.mkdir(exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as wrong:
        raise WorkspaceUnusable(path=folder, reason=wrong.strerror or str(wrong)) from wrong
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        for left in folder.glob(f"*{_PART}*"):
            _remove(left)
        yield True
    finally:
        os.close(descriptor)


@contextmanager
def _unused(path: Path) -> Iterator[None]:
    """Hold the lock that whoever opens the database needs. Who has it open would later remove files of the new one."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        yield
        return
    try:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, _LOCK_LENGTH, _LOCK_PLACE)
        except OSError as wrong:
            if wrong.errno in (errno.EACCES, errno.EAGAIN):
                raise DatabaseBusy(path=path) from None
            raise
        yield
    finally:
        os.close(descriptor)


def _move_aside(path: Path) -> Path | None:
    """Rename a database with what belongs to it; the new name, or None where nothing is there."""
    aside = path.with_name(f"{path.name}.damaged-{datetime.now(UTC).strftime(_TIME)}-{os.urandom(2).hex()}")
    moved = False
    # The database first: a kill then leaves none, which is told, and not one without its last transactions. What lies
    # beside it must go in any case: the next database there would take it for its own.
    for ending in _BESIDE:
        with suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(aside.with_name(aside.name + ending))
            moved = moved or not ending
    return aside if moved else None


def _remove(path: Path) -> None:
    for ending in (*_BESIDE, "-journal"):
        with suppress(OSError):
            path.with_name(path.name + ending).unlink()
