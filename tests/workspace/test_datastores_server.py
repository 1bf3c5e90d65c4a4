"""How a database of a server is asked, where there is a PostgreSQL to try it with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.store.databases import Server, why_no_server

from transom.errors import DatastoreFailed
from transom.settings import Settings
from transom.tables import query_rows
from transom.tables.step_file import open_step
from transom.workspace.datastores import add_datastore, database_of_datastore, find_datastore
from transom.workspace.opening import Workspace

pytestmark = pytest.mark.skipif(bool(why_no_server()), reason=why_no_server() or "there is one")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.remove()


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("TRANSOM_SECRET_KEY", "a key of this test that is long enough")
    return Workspace(tmp_path / "workspace", Settings(secrets="file"))


def asked(workspace: Workspace, query: str, tmp_path: Path, seconds: float | None = None) -> Path:
    target = tmp_path / "out.arrow"
    target.unlink(missing_ok=True)
    place = database_of_datastore(workspace, find_datastore(workspace, "server"))
    place.query(query, target, workspace.blobs, seconds)
    return target


def test_rows_of_a_server_come_in_its_types(workspace: Workspace, server: Server, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(query_rows, "ROWS_AT_A_TIME", 2)
    add_datastore(workspace, "server", server.url())
    query = """
        SELECT n AS whole, n::numeric(6, 2) / 4 AS exact, n * 0.5::float8 AS part, '2020-01-01'::date + n AS day,
            ('2020-01-01 10:00:00+02'::timestamptz) AS at, n % 2 = 0 AS even, 'a' || n AS text, '{"a": 1}'::jsonb AS doc,
            ARRAY[n] AS list, '\\x00ff'::bytea AS bytes, NULL AS nothing, '5%' AS percent
        FROM generate_series(1, 5) AS n
    """
    table = open_step(asked(workspace, query, tmp_path))
    assert table.num_rows == 5
    kinds = {name: str(kind) for name, kind in zip(table.schema.names, table.schema.types, strict=True)}
    assert kinds["exact"].startswith("decimal128")
    assert {name: kinds[name] for name in ("whole", "part", "day", "even", "text", "doc", "bytes", "nothing")} == {
        "whole": "int64",
        "part": "double",
        "day": "date32[day]",
        "even": "bool",
        "text": "string",
        "doc": "large_string",
        "bytes": "binary",
        "nothing": "null",
    }
    assert kinds["at"].startswith("timestamp[us, tz=")
    row = table.slice(2, 1).to_pylist()[0]
    assert (row["whole"], float(row["exact"]), row["doc"], row["percent"]) == (3, 0.75, '{"a": 1}', "5%")
    assert row["list"] == "[3]"


@pytest.mark.parametrize(
    "query",
    [
        "WITH gone AS (DELETE FROM kept RETURNING n) SELECT * FROM gone",
        "SELECT nextval('counter')",
        "SELECT * INTO made FROM kept",
    ],
)
def test_a_server_is_told_that_nothing_is_to_be_changed(
    workspace: Workspace, server: Server, tmp_path: Path, query: str
):
    import psycopg

    with psycopg.connect(f"host={server.folder} user=tester dbname=postgres", autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS public.kept; DROP SEQUENCE IF EXISTS public.counter")
        connection.execute("CREATE TABLE public.kept AS SELECT 1 AS n; CREATE SEQUENCE public.counter")
        add_datastore(workspace, "server", f"postgresql+psycopg://tester@/postgres?host={server.folder}")
        with pytest.raises(
            DatastoreFailed, match=r"read-only transaction|must not contain data-modifying|INTO is not allowed"
        ):
            asked(workspace, query, tmp_path)
        assert connection.execute("SELECT count(*) FROM public.kept").fetchone() == (1,)


def test_the_query_of_an_address_is_secret_and_used(workspace: Workspace, server: Server):
    added = add_datastore(workspace, "server", server.url())
    assert added.url == "postgresql+psycopg://tester@/postgres"
    assert added.has_secrets
    assert str(server.folder).encode() not in (workspace.folder / "workspace.db").read_bytes()


def test_a_server_that_cannot_be_reached_is_said_in_one_line_without_the_password(workspace: Workspace, tmp_path: Path):
    add_datastore(workspace, "server", f"postgresql+psycopg://me:geheim@/db?host={tmp_path}/nowhere")
    with pytest.raises(DatastoreFailed) as caught:
        asked(workspace, "SELECT 1", tmp_path)
    assert "geheim" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "sqlalche" not in str(caught.value)


def test_a_query_of_a_server_ends_in_time(workspace: Workspace, server: Server, tmp_path: Path):
    add_datastore(workspace, "server", server.url())
    with pytest.raises(DatastoreFailed, match=r"too long|timeout"):
        asked(workspace, "SELECT pg_sleep(60)", tmp_path, 0.5)
