"""A database is made once, and shared by threads and processes a transaction at a time."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.store.databases import Where, cars, writer
from tests.store.rows import add_profile, add_two_and_fail, at, profile_names

from transom.errors import DatabaseBusy, DatabaseDamaged, WorkspaceNewer
from transom.store import database as database_module
from transom.store.database import Database
from transom.store.registry import Registry
from transom.store.schema import REVISION, profiles

# Opening.


def test_a_fresh_database_is_made_once(where: Where) -> None:
    first = where.open()
    facts = Registry(first, "w").workspace_facts()
    again = where.open()
    assert Registry(again, "w").workspace_facts() == facts
    assert again.revision() == REVISION


def test_processes_that_make_a_database_at_once_make_one(where: Where, tmp_path: Path) -> None:
    writers = [writer(where, "open_it", str(tmp_path / "backups")) for _ in range(4)]
    said = [each.communicate() for each in writers]
    assert [each.returncode for each in writers] == [0] * 4, said
    assert len({out for out, _ in said}) == 1


def test_opening_loads_no_alembic_and_no_orm(path: Path) -> None:
    at(path).close()
    code = f"""
import sys
from pathlib import Path
from transom.store.database import Database
from transom.store.history import History
from transom.store.registry import Registry
History(Database.at(Path({str(path)!r}), Path("backups")), "w").list()
print([name for name in ("alembic", "sqlalchemy.orm", "sqlalchemy.ext.asyncio", "pandas") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("name", ["a b", "100%", "what?mode=memory", "file:x#y", "é\udcff", "a;b'\""])
def test_a_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name / f"{name}.db"
    path.parent.mkdir()
    facts = Registry(at(path), "w").workspace_facts()
    assert path.is_file()
    assert Registry(at(path), "w").workspace_facts() == facts


def test_a_relative_path_stays_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path)
    database = Database.at(Path("workspace.db"), tmp_path / "backups")
    monkeypatch.chdir(tmp_path / "below")
    database.close()
    with database.writing() as connection:
        add_profile(connection, "a")
    assert list((tmp_path / "below").iterdir()) == []
    assert profile_names(database) == ["a"]


def test_a_newer_database_is_refused_and_left_alone(where: Where) -> None:
    database = where.open()
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0099'")
    with pytest.raises(WorkspaceNewer, match=r"revision is 0099; this one knows up to 0003.*Install a newer Transom"):
        where.open()
    assert database.revision() == "0099"


def test_a_database_that_does_not_tell_its_revision_is_damaged(where: Where) -> None:
    database = where.open()
    with database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")
    with pytest.raises(DatabaseDamaged, match="it does not tell its revision"):
        where.open()
    with database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
    with pytest.raises(DatabaseDamaged, match="it does not tell its revision"):
        where.open()


# Transactions.


def test_a_transaction_is_complete_or_undone(database: Database) -> None:
    with database.writing() as connection:
        add_profile(connection, "a")
        add_profile(connection, "b")
    with pytest.raises(ZeroDivisionError), database.writing() as connection:
        add_two_and_fail(connection)
    assert profile_names(database) == ["a", "b"]


def test_who_reads_sees_one_moment_and_keeps_nobody_from_writing(database: Database) -> None:
    with database.reading() as connection:
        assert connection.execute(select(profiles)).all() == []
        with database.writing() as other:
            add_profile(other, "a")
        assert connection.execute(select(profiles)).all() == []
    assert profile_names(database) == ["a"]


def test_a_writer_reads_what_the_one_before_it_wrote(database: Database) -> None:
    """Else two that count would count the same number."""
    order: list[str] = []
    inside, go_on = threading.Event(), threading.Event()

    def first() -> None:
        with database.writing() as connection:
            add_profile(connection, "a")
            inside.set()
            go_on.wait()
            order.append("first ends")

    def second() -> None:
        with database.writing() as connection:
            order.append(f"second sees {connection.execute(select(profiles.c.digest)).scalars().all()}")

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    inside.wait()
    threads[1].start()
    time.sleep(0.2)
    go_on.set()
    for each in threads:
        each.join()
    assert order == ["first ends", "second sees ['a']"]


def test_many_threads_may_share_a_database(registry: Registry) -> None:
    wrong: list[BaseException] = []

    def add(letter: str) -> None:
        try:
            for number in range(15):
                registry.add_dataset(cars(digest=f"{letter}{number:063}"))
                registry.datasets()
        except BaseException as each:
            wrong.append(each)

    threads = [threading.Thread(target=add, args=[chr(97 + number)]) for number in range(16)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert wrong == []
    assert [each.version for each in registry.versions("cars")] == list(range(240, 0, -1))


def test_who_waits_too_long_for_another_writer_is_told(where: Where, monkeypatch: pytest.MonkeyPatch) -> None:
    where.open().close()
    other = writer(where, "hold")
    assert other.stdout.readline() == "begins\n"
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.3)
    database = where.open()
    began = time.monotonic()
    with pytest.raises(DatabaseBusy, match="being written by another process for too long"), database.writing():
        pass
    assert time.monotonic() - began < 10
    assert profile_names(database) == []
    other.communicate("\n")
    with database.writing() as connection:
        add_profile(connection, "a")
