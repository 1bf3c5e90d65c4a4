"""A database is copied once a day while it is sound, and a copy is put back without mixing the two."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.store.databases import Where, begun, ended, writer

from transom.errors import DatabaseBusy, DatabaseDamaged, WorkspaceUnusable
from transom.store.backups import back_up, back_up_if_due, backups_in, newest_backup, restore
from transom.store.database import Database
from transom.store.history import History


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    return tmp_path / "backups"


@pytest.fixture
def database(path: Path, backups: Path) -> Iterator[Database]:
    """A database with one run."""
    database = Database.at(path, backups)
    record(database, "first")
    yield database
    database.close()


def record(database: Database, run: str) -> None:
    history = History(database, "w")
    history.begin(begun(run))
    history.end(run, ended(document={"text": "x" * 5000}))


def runs_of(path: Path, backups: Path) -> list[str]:
    database = Database.at(path, backups)
    try:
        return [each.id for each in History(database, "w").list()]
    finally:
        database.close()


def days_ago(days: float) -> str:
    return f"workspace-{datetime.now(UTC) - timedelta(days=days):%Y%m%d-%H%M%S}-0003.db"


def damage(path: Path) -> None:
    with path.open("r+b") as stream:
        stream.seek(4096)
        stream.write(os.urandom(path.stat().st_size - 4096))


def test_a_backup_is_made_once_a_day(database: Database, backups: Path) -> None:
    made = back_up_if_due(database)
    assert made is not None
    assert made.parent == backups
    assert made.name.endswith("-0003.db")
    assert list(backups.iterdir()) == [made]
    assert back_up_if_due(database) is None
    made.rename(backups / days_ago(1.1))
    assert back_up_if_due(database) is not None
    assert len(backups_in(backups)) == 2


def test_a_backup_is_whole_while_others_write(database: Database, path: Path, backups: Path) -> None:
    other = writer(Where(f"sqlite:///{path}"), "run_for_ever")
    assert other.stdout.readline() == "begins\n"
    made = [back_up(database, "0002") for _ in range(5)]
    other.kill()
    other.communicate()
    for each in set(made):
        with closing(sqlite3.connect(each)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            torn = "SELECT count(*) FROM runs WHERE status != 'running' AND id != 'first' AND number NOT IN (SELECT run FROM run_files)"
            assert connection.execute(torn).fetchall() == [(0,)]
    assert not [each for each in backups.iterdir() if each.suffix != ".db"]


def test_the_newest_five_backups_are_kept(database: Database, backups: Path) -> None:
    backups.mkdir()
    for days in range(2, 9):
        (backups / days_ago(days)).write_bytes(b"")
    (backups / "notes.txt").write_text("mine")
    (backups / "workspace-20269999-999999-0003.db").write_text("no time")
    made = back_up_if_due(database)
    kept = backups_in(backups)
    assert kept[0] == made == newest_backup(backups)
    assert len(kept) == 5
    assert {each.name for each in kept[1:]} < {days_ago(days) for days in (2, 3, 4, 5)} | {each.name for each in kept}
    assert (backups / "notes.txt").exists()
    assert (backups / "workspace-20269999-999999-0003.db").exists()


def test_a_backup_of_the_future_keeps_nobody_from_making_one(database: Database, backups: Path) -> None:
    backups.mkdir()
    (backups / days_ago(-400)).write_bytes(b"")
    assert back_up_if_due(database) is not None


def test_what_a_killed_backup_left_is_removed(database: Database, backups: Path) -> None:
    backups.mkdir()
    left = backups / f"{days_ago(3)}.123-abcd.part"
    for each in (left, left.with_name(f"{left.name}-journal")):
        each.write_bytes(b"x")
    assert backups_in(backups) == []
    made = back_up_if_due(database)
    assert list(backups.iterdir()) == [made]


def test_a_damaged_database_is_told_and_replaces_no_backup(database: Database, path: Path, backups: Path) -> None:
    for run in range(50):
        record(database, f"run-{run}")
    made = back_up_if_due(database)
    assert made is not None
    old = made.rename(backups / days_ago(3))
    content = old.read_bytes()
    for days in (4, 5, 6, 7):
        shutil.copy(old, backups / days_ago(days))
    database.close()
    before = sorted(backups.iterdir())
    with path.open("r+b") as stream:  # the first page stays, so that it can be opened
        stream.seek(path.stat().st_size // 2)
        stream.write(b"\xff" * 20_000)
    with pytest.raises(DatabaseDamaged, match=f"The newest backup is {old}"):
        back_up_if_due(Database.at(path, backups))
    assert sorted(backups.iterdir()) == before
    assert old.read_bytes() == content


def test_a_backup_that_has_no_room_leaves_nothing(database: Database, backups: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can mount a small disk")
    for run in range(100):
        record(database, f"run-{run}")
    backups.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(backups)], check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        with pytest.raises(WorkspaceUnusable):
            back_up_if_due(database)
        assert list(backups.iterdir()) == []
    finally:
        subprocess.run(["umount", str(backups)], check=True)
    record(database, "after")


def test_a_backups_folder_that_cannot_be_made_is_told(database: Database, backups: Path) -> None:
    backups.write_text("a file")
    with pytest.raises(WorkspaceUnusable, match=f"The workspace {backups} cannot be used"):
        back_up_if_due(database)


def test_only_one_process_makes_a_backup(database: Database, backups: Path) -> None:
    import fcntl

    backups.mkdir()
    held = os.open(backups, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    assert back_up_if_due(database) is None
    os.close(held)
    assert back_up_if_due(database) is not None


def test_the_database_of_a_server_has_no_backups(request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue("server")
    assert back_up_if_due(Database(server.url())) is None


def test_the_newest_backup_is_put_back_and_the_damaged_database_kept(
    database: Database, path: Path, backups: Path
) -> None:
    made = back_up_if_due(database)
    record(database, "second")
    database.close()
    damage(path)
    damaged = path.read_bytes()
    backup, aside = restore(path, backups)
    assert backup == made
    assert aside is not None
    assert aside.parent == path.parent
    assert aside.name.startswith("workspace.db.damaged-")
    assert aside.read_bytes() == damaged
    assert runs_of(path, backups) == ["first"]
    assert made is not None
    assert made.exists()


def test_a_backup_that_is_damaged_is_passed_over(database: Database, path: Path, backups: Path) -> None:
    for run in range(20):
        record(database, f"run-{run}")
    good = back_up(database, "0002").rename(backups / days_ago(3))
    sound = good.read_bytes()
    torn = sound[:50_000] + b"\xff" * 20_000 + sound[70_000:]
    for days, content in ((2, b"garbage"), (1, b""), (0.5, sound[:8000]), (0.2, torn)):
        (backups / days_ago(days)).write_bytes(content)
    database.close()
    backup, _ = restore(path, backups)
    assert backup == good
    assert len(runs_of(path, backups)) == 21
    assert sorted(each.suffix for each in backups.iterdir()) == [".db"] * 5


def test_without_a_backup_nothing_is_changed(database: Database, path: Path, backups: Path) -> None:
    database.close()
    damage(path)
    before = path.read_bytes()
    with pytest.raises(WorkspaceUnusable, match="there is no sound backup"):
        restore(path, backups)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_nothing_is_put_back_while_a_process_has_the_database_open(
    database: Database, path: Path, backups: Path
) -> None:
    back_up_if_due(database)
    database.close()
    other = writer(Where(f"sqlite:///{path}"), "keep_open")
    assert other.stdout.readline() == "begins\n"
    before = path.read_bytes()
    with pytest.raises(DatabaseBusy):
        restore(path, backups)
    assert path.read_bytes() == before
    other.communicate("\n")
    restore(path, backups)


def test_what_was_written_ahead_of_the_damaged_database_does_not_reach_the_restored_one(
    database: Database, path: Path, backups: Path
) -> None:
    """A kill leaves such a file; so does one in the middle of an earlier restoring, then without a database."""
    back_up_if_due(database)
    database.close()
    left = writer(Where(f"sqlite:///{path}"), "run_for_ever")
    assert left.stdout.readline() == "begins\n"
    while not path.with_name("workspace.db-wal").exists() or path.with_name("workspace.db-wal").stat().st_size < 10_000:
        time.sleep(0.01)
    left.kill()
    left.communicate()
    assert path.with_name("workspace.db-wal").stat().st_size > 0
    ahead = path.with_name("workspace.db-wal").read_bytes()
    _, aside = restore(path, backups)
    assert aside is not None
    assert aside.with_name(f"{aside.name}-wal").read_bytes() == ahead
    assert runs_of(path, backups) == ["first"]

    path.unlink()
    path.with_name("workspace.db-wal").write_bytes(ahead)
    _, aside = restore(path, backups)
    assert aside is None
    assert runs_of(path, backups) == ["first"]
