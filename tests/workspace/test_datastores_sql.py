"""How a database is asked: what may be asked, in which types its rows come, and what an error says."""

from __future__ import annotations

import datetime
import sqlite3
from pathlib import Path

import pytest

from transom.errors import DatastoreFailed, NotThere, StoreUnwritable, WrongUse
from transom.settings import Settings
from transom.tables import query_rows
from transom.tables.step_file import first_rows, open_step
from transom.workspace import contents, datastores_sql
from transom.workspace.datastores import (
    add_datastore,
    database_of_datastore,
    datastore_document,
    files_of_datastore,
    find_datastore,
    remove_datastore,
)
from transom.workspace.opening import Workspace


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("TRANSOM_SECRET_KEY", "a key of this test that is long enough")
    return Workspace(tmp_path / "workspace", Settings(secrets="file"))


@pytest.fixture
def database(tmp_path: Path, workspace: Workspace) -> Path:
    path = tmp_path / "my sales?.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table sales (make text, price real, sold int, blob blob, mixed)")
        rows = [("audi", 1.5, 3, b"\x00", 1), ("bmw", None, None, None, "word"), ("vw", 2.0, 2**62, b"\xff", 2.5)]
        connection.executemany("insert into sales values (?, ?, ?, ?, ?)", rows)
    connection.close()
    add_datastore(workspace, "sales", f"sqlite:///{path}".replace("?", "%3F").replace(" ", "%20"))
    return path


def rows(workspace: Workspace, query: str, tmp_path: Path) -> tuple[tuple[str | None, ...], ...]:
    target = tmp_path / "out.arrow"
    target.unlink(missing_ok=True)
    database_of_datastore(workspace, find_datastore(workspace, "sales")).query(query, target, workspace.blobs)
    return first_rows(target, 100).rows


def test_rows_come_in_the_types_that_they_have(workspace: Workspace, database: Path, tmp_path: Path):
    rows(workspace, "SELECT * FROM sales", tmp_path)
    table = open_step(tmp_path / "out.arrow")
    assert [str(kind) for kind in table.schema.types] == ["string", "double", "int64", "binary", "large_string"]
    assert table.column("sold").to_pylist() == [3, None, 2**62]
    assert table.column("blob").to_pylist() == [b"\x00", None, b"\xff"]
    assert table.column("mixed").to_pylist() == ["1", "word", "2.5"]


def test_types_of_later_rows_are_reconciled_with_those_before(
    workspace: Workspace, database: Path, tmp_path: Path, monkeypatch
):
    monkeypatch.setattr(query_rows, "ROWS_AT_A_TIME", 1)
    assert rows(workspace, "SELECT mixed FROM sales", tmp_path) == (("1",), ("word",), ("2.5",))
    assert rows(workspace, "SELECT 1 AS a UNION ALL SELECT NULL UNION ALL SELECT 2.5", tmp_path) == (
        ("1.0",),
        (None,),
        ("2.5",),
    )
    with pytest.raises(DatastoreFailed, match="the column b has binary and int64"):
        rows(workspace, "SELECT x'ff' AS b UNION ALL SELECT 3", tmp_path)
    left = [path for path in (workspace.blobs.folder / "aside").rglob("*") if path.is_file() and path.name != "lock"]
    assert left == []


def test_no_rows_have_columns_all_the_same_and_names_may_come_twice(
    workspace: Workspace, database: Path, tmp_path: Path
):
    assert rows(workspace, "SELECT make, price FROM sales WHERE 0", tmp_path) == ()
    assert open_step(tmp_path / "out.arrow").column_names == ["make", "price"]
    assert rows(workspace, "SELECT 1 AS a, 2 AS a", tmp_path) == (("1", "2"),)


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM sales",
        "  -- a comment\n DROP TABLE sales",
        "/* SELECT */ INSERT INTO sales VALUES (1)",
        "ATTACH DATABASE '/tmp/x' AS x",
        "PRAGMA table_info(sales)",
        "VACUUM INTO '/tmp/x'",
        "",
        "SELECT 1; DROP TABLE sales",
        "SELECT 1 -- '\n; DROP TABLE sales; -- '",
        "SELECT E'a\\'' ; DROP TABLE sales; --'",
        "SELECT $$'$$ ; DROP TABLE sales ; SELECT $$'$$",
        'SELECT "\'" ; DROP TABLE sales ; SELECT "\'"',
        "SELECT /*'*/ 1 ; DROP TABLE sales ; SELECT '",
    ],
)
def test_what_is_not_one_statement_that_reads_is_refused(query: str):
    with pytest.raises(WrongUse, match="A query"):
        query_rows.refuse_writing(query)


@pytest.mark.parametrize(
    "query",
    [
        "select 1",
        "  ( SELECT 1 ) ;; ",
        "WITH a AS (SELECT 1) SELECT * FROM a;",
        "-- what is sold\nSELECT 1",
        "/* all */ SELECT 1",
        "SELECT 'a;b', 'it''s; fine' FROM sales",
        "VALUES (1)",
    ],
)
def test_one_statement_that_reads_is_taken(query: str):
    query_rows.refuse_writing(query)


@pytest.mark.parametrize(
    "query",
    [
        "WITH a AS (SELECT 1) DELETE FROM sales",
        "WITH a AS (SELECT 1) INSERT INTO sales SELECT * FROM a",
        "SELECT load_extension('x')",
        "SELECT * FROM pragma_database_list",
    ],
)
def test_sqlite_does_nothing_but_read(workspace: Workspace, database: Path, tmp_path: Path, query: str):
    before = database.read_bytes()
    with pytest.raises(DatastoreFailed, match=r"not authorized|readonly|no such"):
        rows(workspace, query, tmp_path)
    assert database.read_bytes() == before


def test_a_query_that_never_ends_is_stopped(workspace: Workspace, database: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(datastores_sql, "_LONGEST", 0.3)
    endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT {} FROM c"
    for what in ("count(*)", "x"):
        with pytest.raises(DatastoreFailed, match=r"interrupted|took too long"):
            rows(workspace, endless.format(what), tmp_path)


def test_a_query_leaves_room_on_the_disk(workspace: Workspace, database: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(contents, "SPARED_DISK_BYTES", 1 << 62)
    with pytest.raises(StoreUnwritable):
        rows(workspace, "SELECT 1", tmp_path)


def test_an_error_of_the_database_is_one_short_sentence(workspace: Workspace, database: Path, tmp_path: Path):
    with pytest.raises(DatastoreFailed, match="no such table: sail") as caught:
        rows(workspace, "SELECT * FROM sail", tmp_path)
    assert "sqlalche" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_driver_that_is_missing_is_named_when_it_is_added(workspace: Workspace):
    with pytest.raises(DatastoreFailed, match=r"driver psycopg2 is missing.*pip install psycopg2-binary"):
        add_datastore(workspace, "it", "postgresql+psycopg2://me:geheim@host/db")
    with pytest.raises(DatastoreFailed, match=r"driver MySQLdb is missing.*pip install mysqlclient"):
        add_datastore(workspace, "it", "mysql://me:geheim@host/db")
    with pytest.raises(DatastoreFailed, match="Can't load plugin"):
        add_datastore(workspace, "it", "oracle+nothing://me:geheim@host/db")
    with pytest.raises((DatastoreFailed, WrongUse)) as caught:
        add_datastore(workspace, "it", "postgresql://me:geh@eim@host/db")
    assert "eim" not in str(caught.value)


def test_a_file_of_sqlite_must_be_there(workspace: Workspace, tmp_path: Path):
    with pytest.raises(NotThere):
        add_datastore(workspace, "it", f"sqlite:///{tmp_path}/nothing.db")
    for url in ("sqlite://", "sqlite:///:memory:"):
        with pytest.raises(WrongUse, match="names no file"):
            add_datastore(workspace, "it", url)


def test_a_database_has_no_files_and_files_have_no_queries(workspace: Workspace, database: Path):
    found = find_datastore(workspace, "sales")
    assert datastore_document(found)["type"] == "sqlite"
    with pytest.raises(DatastoreFailed, match="it is a database"):
        files_of_datastore(workspace, found)
    with pytest.raises(DatastoreFailed, match="it holds files"):
        database_of_datastore(workspace, find_datastore(workspace))
    remove_datastore(workspace, "sales")
    assert database.is_file()


@pytest.mark.parametrize(
    ("values", "kind", "told"),
    [
        ([datetime.date(2020, 1, 1), datetime.datetime(2020, 1, 2, 3)], "timestamp[us]", None),
        ([1, 2**70], "large_string", ["1", str(2**70)]),
        ([True, None], "bool", None),
        ([datetime.time(1, 2), None], "time64[us]", None),
        ([datetime.time(1, 2, tzinfo=datetime.UTC), None], "large_string", ["01:02:00+00:00", None]),
        ([{"a": [1]}, None], "large_string", ['{"a": [1]}', None]),
        ([memoryview(b"ab")], "binary", [b"ab"]),
        ([b"a", "b"], "large_string", ["a", "b"]),
        (["\ud800"], "large_string", ["\\ud800"]),
        ([None, None], "null", None),
        ([], "null", None),
    ],
)
def test_a_batch_has_the_type_of_its_values_or_is_text(values: list[object], kind: str, told: list[object] | None):
    made = query_rows.array(values)
    assert str(made.type) == kind
    assert told is None or made.to_pylist() == told
