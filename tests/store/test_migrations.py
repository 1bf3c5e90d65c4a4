"""An older database is upgraded on opening: whole or not at all, after a backup, with all that was in it."""

from __future__ import annotations

import importlib.resources
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from tests.store.databases import Where, begun, digest, ended, writer

from transom.errors import DatabaseDamaged, WorkspaceUnusable
from transom.model.assets import Reference
from transom.store.backups import backups_in
from transom.store.database import Database
from transom.store.history import History
from transom.store.registry import Registry
from transom.store.schema import REVISION, REVISIONS, metadata

#: What an older Transom wrote.
ROWS = (
    "INSERT INTO workspace (id, name, created) VALUES ('the id', '', '2026-11-01 10:00:00.000001')",
    "INSERT INTO alembic_version (version_num) VALUES ('0001')",
    "INSERT INTO last_versions (kind, name, version) VALUES ('dataset', 'cars', 7)",
    "INSERT INTO datasets (id, name, version, kind, digest, bytes, created, shape, files, source, format, description, tags)"
    " VALUES ('one', 'cars', 7, 'files', 'd', 5, '2026-11-01 10:00:00.000001', NULL, 1, 'x', '', 'Cars', '{\"a\":\"b\"}')",
    "INSERT INTO runs (number, id, created, script_shown, script, entry_point, experiment, request, status, ended, seconds,"
    " contents_kept) VALUES (3, 'r', '2026-11-01 10:00:00.000001', 's', 's', 'e', 'x', '{}', 'succeeded',"
    " '2026-11-01 10:00:01.000000', 1, true)",
    "INSERT INTO run_inputs (run, place, port, shown, digest, bytes, shape, kept)"
    " VALUES (3, 0, 'dataset1', 'cars.csv', 'i', 9, NULL, true)",
    'INSERT INTO run_documents (run, document) VALUES (3, \'{"status":"succeeded"}\')',
)


def config_on(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "transom.store:migrations")
    return config


def make_old(url: str) -> None:
    """A database as the revision 0001 made and filled it."""
    engine = create_engine(url)
    with engine.begin() as connection:
        command.upgrade(config_on(connection), "0001")
        connection.exec_driver_sql("DELETE FROM alembic_version")
        for row in ROWS:
            connection.exec_driver_sql(row)
    engine.dispose()


@pytest.fixture
def old(where: Where) -> Where:
    """A database of an older revision, of each kind."""
    make_old(where.url)
    return where


@pytest.fixture
def old_file(tmp_path: Path) -> Path:
    """One in a file, with a folder for backups beside it."""
    make_old(f"sqlite:///{tmp_path}/workspace.db")
    return tmp_path / "workspace.db"


def differences(database: Database) -> list[object]:
    with database.reading() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))


def what_is_in(path: Path) -> list[object]:
    """All tables and rows of a file."""
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def test_the_revisions_are_those_that_are_shipped() -> None:
    scripts = ScriptDirectory(str(importlib.resources.files("transom.store") / "migrations"))
    assert scripts.get_heads() == [REVISION]
    shipped = [each.revision for each in scripts.walk_revisions()]
    assert shipped == list(reversed(REVISIONS))


def test_what_is_upgraded_has_the_tables_of_what_is_made(old: Where, where: Where) -> None:
    database = old.open()
    assert database.revision() == REVISION
    assert differences(database) == []


def test_what_is_made_has_the_tables_of_the_schema(database: Database) -> None:
    assert differences(database) == []


def test_what_was_in_it_survives(old: Where) -> None:
    database = old.open()
    registry, history = Registry(database, "w"), History(database, "w")
    assert registry.workspace_facts().id == "the id"
    dataset = registry.dataset(Reference("cars", 7))
    assert (dataset.id, dataset.description, dataset.tags) == ("one", "Cars", {"a": "b"})
    record = history.get("r")
    assert record.ended is not None
    assert record.ended.document == {"status": "succeeded"}
    assert [(each.digest, each.sample, each.dataset) for each in record.ended.inputs] == [("i", None, None)]
    registry.keep_profile(digest("a"), {})
    if database.path is None:  # the server counts by itself, and the old rows were given numbers
        with database.writing() as connection:
            connection.exec_driver_sql("SELECT setval(pg_get_serial_sequence('runs', 'number'), 10)")
    history.begin(begun("new"))
    history.end("new", ended())
    assert [each.id for each in history.list()] == ["new", "r"]


def test_a_backup_of_the_old_revision_is_made_first(old_file: Path) -> None:
    before = what_is_in(old_file)
    backups = old_file.parent / "backups"
    Database.at(old_file, backups).close()
    (backup,) = backups_in(backups)
    assert backup.name.endswith("-0001.db")
    assert what_is_in(backup) == before
    assert list(backups.iterdir()) == [backup]
    Database.at(old_file, backups).close()
    assert backups_in(backups) == [backup]


def test_without_a_backup_there_is_no_upgrade(old_file: Path) -> None:
    before = what_is_in(old_file)
    (old_file.parent / "backups").write_text("a file, where the folder should be")
    with pytest.raises(WorkspaceUnusable):
        Database.at(old_file, old_file.parent / "backups")
    assert what_is_in(old_file) == before


def test_a_damaged_database_is_not_upgraded(old_file: Path) -> None:
    with closing(sqlite3.connect(old_file)) as connection:
        connection.executescript("PRAGMA journal_mode=DELETE")
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'run_inputs'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with old_file.open("r+b") as stream:
        stream.seek((root - 1) * size)
        stream.write(b"\xff" * size)
    with pytest.raises(DatabaseDamaged):
        Database.at(old_file, old_file.parent / "backups")
    assert backups_in(old_file.parent / "backups") == []


def test_an_upgrade_that_cannot_be_done_changes_nothing(old_file: Path) -> None:
    """Something of the name that the upgrade makes is there already; what came before it must be undone."""
    with closing(sqlite3.connect(old_file)) as connection:
        connection.execute("ALTER TABLE run_inputs ADD COLUMN dataset TEXT")
        connection.commit()
    before = what_is_in(old_file)
    with pytest.raises(DatabaseDamaged, match="it cannot be upgraded from revision 0001: duplicate column name"):
        Database.at(old_file, old_file.parent / "backups")
    assert what_is_in(old_file) == before


def test_an_upgrade_that_is_killed_before_any_of_its_statements_is_whole_or_absent(old_file: Path) -> None:
    before = what_is_in(old_file)
    content = old_file.read_bytes()
    url = f"sqlite:///{old_file}"
    killed = 0
    for number in range(100):
        for each in old_file.parent.glob("workspace.db*"):
            each.unlink()
        old_file.write_bytes(content)
        process = writer(Where(url), "killed_at_statement", str(old_file.parent / "backups"), str(number))
        process.communicate()
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL
        killed += 1
        if number % 2:  # half of the time a reader comes first, and recovers what was written ahead
            assert what_is_in(old_file) == before
        database = Database.at(old_file, old_file.parent / "backups")
        assert (database.revision(), differences(database)) == (REVISION, [])
        assert History(database, "w").get("r").ended is not None
        database.close()
    assert 8 < killed < 60


def test_processes_that_open_an_old_database_at_once_upgrade_it_once(old: Where, tmp_path: Path) -> None:
    backups = tmp_path / "old backups"
    writers = [writer(old, "open_it", str(backups)) for _ in range(4)]
    said = [each.communicate() for each in writers]
    assert [each.returncode for each in writers] == [0] * 4, said
    assert {out for out, _ in said} == {"the id\n"}
    assert len(backups_in(backups)) == (1 if old.url.startswith("sqlite") else 0)
    assert differences(old.open()) == []


def test_a_table_can_be_made_anew_with_rows_that_others_belong_to(old_file: Path) -> None:
    """As a column of another type needs it; with keys checked at once it would remove what belongs to the rows."""
    database = Database.at(old_file, old_file.parent / "backups")
    with database.changing() as connection:
        columns = [name for _, name, *_ in connection.exec_driver_sql("PRAGMA table_info(runs)")]
        connection.exec_driver_sql("CREATE TABLE anew AS SELECT * FROM runs")
        (made,) = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'runs'").one()
        connection.exec_driver_sql("DROP TABLE runs")
        connection.exec_driver_sql(made)
        connection.exec_driver_sql(f"INSERT INTO runs SELECT {', '.join(columns)} FROM anew")
        connection.exec_driver_sql("DROP TABLE anew")
    assert len(History(database, "w").get("r").ended.inputs) == 1  # type: ignore[union-attr]
    with pytest.raises(DatabaseDamaged, match="a row of the table run_"), database.changing() as connection:
        connection.exec_driver_sql("DELETE FROM runs")
    assert History(database, "w").get("r").ended is not None


def test_alembic_begins_and_ends_no_transaction_of_its_own(old_file: Path) -> None:
    said: list[str] = []
    database = Database.at(old_file, old_file.parent / "backups")
    with closing(sqlite3.connect(old_file)) as connection:
        connection.executescript(
            "DROP TABLE steps; DROP INDEX ix_runs_script_shown_number; ALTER TABLE runs DROP COLUMN kind; "
            "DROP TABLE profiles; "
            "ALTER TABLE run_inputs DROP COLUMN sample;"
            "ALTER TABLE run_inputs DROP COLUMN dataset; UPDATE alembic_version SET version_num = '0001'"
        )
    with database.changing() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.set_trace_callback(said.append)
        command.upgrade(config_on(connection), REVISION)
        raw.set_trace_callback(None)
    assert any(each.startswith("ALTER TABLE") for each in said)
    assert not [each for each in said if each.split()[0].upper() in ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT")]
    database.close()


def test_foreign_keys_hold_after_an_upgrade(old_file: Path) -> None:
    database = Database.at(old_file, old_file.parent / "backups")
    with pytest.raises(Exception, match="FOREIGN KEY"), database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO run_documents VALUES (999, '{}')")
