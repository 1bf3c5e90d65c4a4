"""A database from before there were pipelines gets their tables, whole or not at all, and its runs are of scripts."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect
from tests.store.databases import Where, begun, digest, ended, writer

from transom.errors import DatabaseDamaged, WorkspaceNewer
from transom.model.records import PIPELINE
from transom.model.step_records import StepEnded
from transom.store.backups import backups_in
from transom.store.database import Database
from transom.store.history import History
from transom.store.schema import REVISION, metadata
from transom.store.steps import Steps

#: What each revision wrote of one run that has ended and one that has not.
RUNS = (
    "INSERT INTO workspace (id, name, created) VALUES ('the id', '', '2026-11-01 10:00:00.000001')",
    "INSERT INTO runs (number, id, created, script_shown, script, entry_point, experiment, request, status, ended, seconds,"
    " contents_kept) VALUES (3, 'r', '2026-11-01 10:00:00.000001', 'clean.py', 's', 'e', 'x', '{}', 'succeeded',"
    " '2026-11-01 10:00:01.000000', 1, true)",
    "INSERT INTO runs (number, id, created, script_shown, script, entry_point, experiment, request, status, contents_kept)"
    " VALUES (4, 'q', '2026-11-01 10:00:00.000001', 'clean.py', 's', 'e', 'x', '{}', 'running', true)",
    "INSERT INTO run_inputs (run, place, port, shown, digest, bytes, kept) VALUES (3, 0, 'dataset1', 'c', 'i', 9, true)",
    'INSERT INTO run_documents (run, document) VALUES (3, \'{"status":"succeeded"}\')',
)


def make_old(url: str, revision: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", "transom.store:migrations")
        command.upgrade(config, revision)
        for row in RUNS:
            connection.exec_driver_sql(row)
    engine.dispose()


@pytest.fixture(params=["0001", "0002"])
def revision(request: pytest.FixtureRequest) -> str:
    """One from before."""
    return str(request.param)


@pytest.fixture
def old_file(tmp_path: Path, revision: str) -> Path:
    """A file of that revision."""
    make_old(f"sqlite:///{tmp_path}/workspace.db", revision)
    return tmp_path / "workspace.db"


def columns(database: Database) -> dict[str, list[tuple[str, str, bool, str]]]:
    """What each table has, as the database itself tells it."""
    with database.reading() as connection:
        told = inspect(connection)
        return {
            table: [(c["name"], str(c["type"]), c["nullable"], str(c["default"])) for c in told.get_columns(table)]
            + [(str(i["name"]), str(i["column_names"]), bool(i["unique"]), "") for i in told.get_indexes(table)]
            for table in sorted(told.get_table_names())
        }


def test_what_is_upgraded_is_what_is_made(
    where: Where, revision: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    make_old(where.url, revision)
    database = where.open()
    assert database.revision() == REVISION
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    if database.path is not None:
        fresh = Database.at(tmp_path_factory.mktemp("fresh") / "workspace.db", tmp_path_factory.mktemp("backups"))
        upgraded, made = columns(database), columns(fresh)
        assert {table: sorted(each) for table, each in upgraded.items()} == {
            table: sorted(each) for table, each in made.items()
        }
        fresh.close()
    database.close()


def test_runs_that_are_there_are_of_scripts_and_have_no_steps(where: Where, revision: str) -> None:
    make_old(where.url, revision)
    database = where.open()
    history = History(database, "w")
    steps = Steps(database, history)
    assert [(each.id, each.status, each.begun.kind) for each in history.list()] == [
        ("q", "running", "script"),
        ("r", "succeeded", "script"),
    ]
    record = history.get("r")
    assert record.ended is not None
    assert [each.digest for each in record.ended.inputs] == ["i"]
    assert steps.of_run("r") == []
    assert steps.needed_digests() == set()
    database.close()


def test_pipelines_are_recorded_after_an_upgrade(where: Where, revision: str) -> None:
    make_old(where.url, revision)
    database = where.open()
    history = History(database, "w")
    if database.path is None:  # the server counts by itself, and the old rows were given numbers
        with database.writing() as connection:
            connection.exec_driver_sql("SELECT setval(pg_get_serial_sequence('runs', 'number'), 10)")
    steps = Steps(database, history)
    steps.begin(begun("p", kind=PIPELINE), [("clean", "c")])
    steps.record("p", [], [StepEnded("clean", "succeeded", key="k", outcome={"digest": digest("7")})])
    history.end("p", ended())
    assert steps.found(["k"])["k"].outcome == {"digest": digest("7")}
    history.remove(["p"])
    assert steps.found(["k"]) == {}
    database.close()


def test_a_backup_of_the_old_revision_is_kept(old_file: Path, revision: str) -> None:
    backups = old_file.parent / "backups"
    Database.at(old_file, backups).close()
    (backup,) = backups_in(backups)
    assert backup.name.endswith(f"-{revision}.db")
    with closing(sqlite3.connect(backup)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(revision,)]
        assert "kind" not in [name for _, name, *_ in connection.execute("PRAGMA table_info(runs)")]


def test_an_upgrade_that_is_killed_before_any_of_its_statements_can_be_done_again(
    old_file: Path, revision: str
) -> None:
    content, killed = old_file.read_bytes(), 0
    for number in range(0, 200, 3):
        for each in old_file.parent.glob("workspace.db*"):
            each.unlink()
        old_file.write_bytes(content)
        process = writer(Where(f"sqlite:///{old_file}"), "killed_at_statement", str(old_file.parent / "b"), str(number))
        process.communicate()
        if process.returncode == 0:
            break
        killed += 1
        database = Database.at(old_file, old_file.parent / "b")
        assert database.revision() == REVISION
        assert [each.id for each in History(database, "w").list()] == ["q", "r"]
        database.close()
    assert killed > 2


def test_a_table_of_steps_that_is_there_already_is_told_and_nothing_is_changed(old_file: Path, revision: str) -> None:
    with closing(sqlite3.connect(old_file)) as connection:
        connection.execute("CREATE TABLE steps (x INTEGER)")
        connection.commit()
        before = list(connection.iterdump())
    with pytest.raises(DatabaseDamaged, match=f"it cannot be upgraded from revision {revision}: table steps"):
        Database.at(old_file, old_file.parent / "backups")
    with closing(sqlite3.connect(old_file)) as connection:
        assert list(connection.iterdump()) == before


def test_a_database_of_a_later_revision_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "workspace.db"
    Database.at(path, tmp_path / "backups").close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(WorkspaceNewer):
        Database.at(path, tmp_path / "backups")
