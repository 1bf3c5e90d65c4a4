"""What is wrong with a database is said in words for a person, and nothing of it is lost."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.store.databases import ROOT, Server, Where, begun, cars, digest, ended, writer
from tests.store.rows import add_profile, at, profile_names

from transom.errors import DatabaseDamaged, TransomError, WorkspaceUnusable
from transom.store.database import Database
from transom.store.history import History
from transom.store.registry import Registry


def record_for_ever(history: History) -> None:
    for number in itertools.count():
        history.begin(begun(f"run-{number}"))
        history.end(f"run-{number}", ended(document={"text": "x" * 20_000}))


@pytest.fixture
def filled(path: Path) -> Iterator[Path]:
    """A database of a hundred runs, which nobody has open."""
    database = at(path)
    history = History(database, "w")
    for number in range(100):
        history.begin(begun(f"run-{number}"))
        history.end(f"run-{number}", ended(document={"text": "x" * 5000}))
    database.close()
    assert not path.with_name("workspace.db-wal").exists()
    return path


def read_all(path: Path) -> None:
    history = History(at(path), "w")
    for record in history.list():
        history.get(record.id)


@pytest.mark.parametrize("content", [b"garbage", b"garbage" * 10_000, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_garbage_is_told_as_a_damaged_database(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(DatabaseDamaged) as told:
        at(path)
    assert str(told.value).startswith(f"The database {path} is damaged: ")
    assert str(told.value).endswith("There is no backup of it; move it away, and a new one is made.")
    assert path.read_bytes() == content


@pytest.mark.parametrize("part", [0.02, 0.3, 0.7, 0.99])
def test_a_truncated_database_is_told_as_damaged(filled: Path, part: float) -> None:
    size = filled.stat().st_size
    os.truncate(filled, int(size * part))
    with pytest.raises(DatabaseDamaged):
        read_all(filled)


def test_damaged_pages_are_told_with_the_newest_backup(filled: Path) -> None:
    backups = filled.parent / "backups"
    backups.mkdir()
    for name in ("workspace-20261120-000000-0002.db", "workspace-20261124-235959-0002.db", "notes.txt"):
        shutil.copy(filled, backups / name)
    with filled.open("r+b") as stream:
        stream.seek(8192)
        stream.write(os.urandom(filled.stat().st_size - 8192))
    with pytest.raises(DatabaseDamaged) as told:
        read_all(filled)
    assert f"The newest backup is {backups}/workspace-20261124-235959-0002.db: `transom workspace restore`" in str(
        told.value
    )


@pytest.mark.parametrize("is_there", [True, False])
def test_a_database_that_is_gone_is_not_made_anew_while_there_is_a_backup(filled: Path, is_there: bool) -> None:
    (filled.parent / "backups").mkdir()
    shutil.copy(filled, filled.parent / "backups" / "workspace-20261124-235959-0002.db")
    filled.unlink()
    if is_there:
        filled.touch()
    with pytest.raises(DatabaseDamaged, match="it is empty" if is_there else "it is gone"):
        at(filled)
    assert filled.exists() == is_there


def test_values_that_nobody_wrote_are_told_as_damage(database: Database) -> None:
    history = History(database, "w")
    registry = Registry(database, "w")
    history.begin(begun("a"))
    registry.add_dataset(cars())
    for change, ask in (
        ("UPDATE runs SET status = 'asleep'", history.list),
        ("UPDATE runs SET request = '{'", history.list),
        ("UPDATE datasets SET shape = '{}'", registry.datasets),
        ("UPDATE datasets SET shape = NULL, kind = 'neither'", registry.datasets),
        ("UPDATE datasets SET tags = '['", registry.datasets),
    ):
        with database.writing() as connection:
            connection.exec_driver_sql(change)
        with pytest.raises(DatabaseDamaged, match="cannot be read"):
            ask()


def test_a_time_that_is_none_is_told_as_damage(path: Path) -> None:
    database = at(path)
    History(database, "w").begin(begun("a"))
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE runs SET created = 'yesterday'")
    with pytest.raises(DatabaseDamaged, match="a time in it cannot be read"):
        History(database, "w").get("a")


def test_a_table_that_went_is_told_as_damage(database: Database) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE run_documents")
    history = History(database, "w")
    history.begin(begun("a"))
    with pytest.raises(DatabaseDamaged, match="run_documents"):
        history.end("a", ended())
    assert history.list()[0].ended is None


def test_a_file_that_cannot_be_written_any_more_undoes_the_transaction(path: Path) -> None:
    said = writer(Where(f"sqlite:///{path}"), "fill", "2000000").communicate()
    lines = said[0].splitlines()
    assert lines[0].startswith(f"WorkspaceUnusable: The workspace {path} cannot be used: "), said
    done, recorded = map(int, lines[1].split())
    assert 10 < recorded == done < 500
    check = sqlite3.connect(path)
    assert check.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    check.close()


def test_a_full_disk_undoes_the_transaction(tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        database = at(disk / "workspace.db")
        history = History(database, "w")
        with pytest.raises(WorkspaceUnusable, match=r"full.*Check the rights of its files and the room on its disk"):
            record_for_ever(history)
        records = history.list()
        assert 5 < len(records) < 100
        assert all(each.ended is not None for each in records[1:])
        assert Registry(database, "w").workspace_facts()
        database.close()
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_folder_that_may_not_be_written_is_told() -> None:
    if os.getuid() != 0:
        pytest.skip("only root can become an ordinary user")
    code = """
import os, sys, tempfile
from pathlib import Path
from transom.errors import TransomError
from transom.store.database import Database
Database.at(Path("made/workspace.db"), Path("made/backups")).close()
os.setgroups([]); os.setgid(65534); os.setuid(65534)
for name in ("made", "empty"):
    try:
        Database.at(Path(name, "workspace.db"), Path(name, "backups"))
        print("opened")
    except TransomError as told:
        print(type(told).__name__, told)
"""
    folder = Path("/tmp", f"transom-read-only-{os.getpid()}")  # another user must reach it
    folder.mkdir(mode=0o755)
    try:
        (folder / "made").mkdir()
        (folder / "empty").mkdir()
        done = subprocess.run(
            [sys.executable, "-c", code],
            check=False,
            cwd=folder,
            env={"PYTHONPATH": str(ROOT / "src")},
            capture_output=True,
            text=True,
        )
    finally:
        shutil.rmtree(folder)
    lines = done.stdout.splitlines()
    assert len(lines) == 2, done.stderr
    for name, line in zip(("made", "empty"), lines, strict=True):
        assert line.startswith(f"WorkspaceUnusable The workspace {folder}/{name}/workspace.db cannot be used: ")
        assert line.endswith("Check the rights of its files and the room on its disk.")


def test_what_is_no_file_is_told(path: Path) -> None:
    path.mkdir()
    with pytest.raises(WorkspaceUnusable, match="unable to open database file"):
        at(path)
    with pytest.raises(WorkspaceUnusable, match="unable to open database file"):
        at(path / "no folder" / "workspace.db")


def test_a_server_that_is_away_is_told_without_its_password(server: Server) -> None:
    url = server.url()
    database = Database(url)
    server.stop()
    try:
        with pytest.raises(WorkspaceUnusable):
            profile_names(database)
        with pytest.raises(WorkspaceUnusable) as told:
            Database(url.replace("tester@", "tester:wordpass@"))
        assert "wordpass" not in str(told.value)
    finally:
        server.start()
    assert profile_names(database) == []


def test_a_view_of_a_stranger_calls_nothing(filled: Path) -> None:
    with sqlite3.connect(filled) as other:
        other.execute("ALTER TABLE profiles RENAME TO other")
        other.execute("CREATE VIEW profiles AS SELECT regexp('(a+)+$', 'aaaa!') AS digest, '{}' AS document")
    other.close()
    with pytest.raises(Exception, match="unsafe use of regexp"):
        profile_names(at(filled))


def test_an_error_of_ours_passes_as_it_is(database: Database) -> None:
    class Own(TransomError):
        """Something of ours."""

    with pytest.raises(Own), database.reading():
        raise Own


def test_a_writer_that_is_killed_while_it_writes_leaves_no_lock(where: Where) -> None:
    database = where.open()
    other = writer(where, "hold")
    assert other.stdout.readline() == "begins\n"
    other.send_signal(signal.SIGKILL)
    other.communicate()
    with database.writing() as connection:
        add_profile(connection, digest("a"))
