"""What Import Data and Export Data do with a real PostgreSQL: types, names, COPY, faults, stops, and what is said."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from tests.components.stepping import Ground, table
from tests.store.databases import Server

from transom.components import database_copy, database_tables, export_data, import_data
from transom.components.database_columns import column_for
from transom.components.database_kinds import said_by, writes_a_file
from transom.components.native import CannotApply, Stopped
from transom.flow.exported import databases, files
from transom.workspace.datastores import add_datastore, database_of_datastore, find_datastore
from transom.workspace.secrets import set_secret

TEXTS = ["", None, "\\.", "a\n\\.\nb", "\\N", "NULL", 'a"b', "é😀\t,;\r\n", "%s", "  "]


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    monkeypatch.setenv("TRANSOM_SECRET_KEY", "a key of this test that is long enough")
    return Ground.at(tmp_path)


@pytest.fixture
def url(server: Server) -> str:
    return server.url()


def exported(ground: Ground, url: str, content: Any, name: str = "t", **parameters: Any) -> None:
    ground.apply(export_data, {"dataset": content}, database=url, table=name, **parameters)


def rows(ground: Ground, url: str, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
    made = ground.apply(import_data, database=url, query=query, **parameters)["dataset"].arrow
    return [tuple(row.values()) for row in made.to_pylist()]


def done(ground: Ground, url: str, *statements: str) -> None:
    with ground.reach().connected(url, None) as connection:
        for statement in statements:
            connection.execution_options(no_parameters=True).exec_driver_sql(statement)


def refused(work: Callable[..., Any], *given: Any, **parameters: Any) -> CannotApply:
    with pytest.raises(CannotApply) as found:
        work(*given, **parameters)
    assert "\n" not in found.value.problem
    assert found.value.problem.endswith(".")
    return found.value


def test_texts_and_bytes_arrive_to_the_last_sign(ground: Ground, url: str):
    data = [None if text is None else text.encode() for text in TEXTS]
    exported(ground, url, {"text": TEXTS, "data": data})
    assert rows(ground, url, "select text, data from t") == list(zip(TEXTS, data, strict=True))
    exported(ground, url, {"text": TEXTS}, "alone")
    assert [text for (text,) in rows(ground, url, "select * from alone")] == TEXTS


def test_numbers_arrive_to_the_last_bit(ground: Ground, url: str):
    floats = [5e-324, 1.7976931348623157e308, 0.1 + 0.2, -0.0, float("inf"), float("-inf"), 1e15]
    singles = pa.array([0.1, 3.4028234663852886e38, 1e-45, None, 1, 2, 3], pa.float32())
    exact = pa.array([Decimal("123456789012345678901234567.0123456789"), *[None] * 6], pa.decimal128(38, 10))
    exported(ground, url, {"f": floats, "s": singles, "d": exact, "n": pa.array([None, *range(6)])})
    found = rows(ground, url, "select f, s::text, d, n::text from t")
    assert [row[0] for row in found] == floats
    assert [row[1] for row in found] == ["0.1", "3.4028235e+38", "1e-45", None, "1", "2", "3"]
    assert found[0][2] == exact[0].as_py()
    assert [row[3] for row in found] == [None, "0", "1", "2", "3", "4", "5"]


def test_a_column_of_gaps_alone_is_written(ground: Ground, url: str):
    exported(ground, url, {"n": pa.array([None, None, 3])})
    assert rows(ground, url, "select count(*), count(n) from t") == [(3, 1)]


def test_names_may_have_any_signs(ground: Ground, url: str):
    names = ["select", "Order", "%s", "%(p)s :c0 (x)", 'qu"o`te', "a.b", "Ünï", "a b"]
    exported(ground, url, {name: [number] for number, name in enumerate(names)}, 'Sel "ect" 100%')
    made = ground.apply(import_data, database=url, query='select * from "Sel ""ect"" 100%"')["dataset"].arrow
    assert made.to_pylist() == [{name: number for number, name in enumerate(names)}]
    exported(ground, url, {"%": [1]}, 'Sel "ect" 100%', if_exists="replace")
    exported(ground, url, {"%": [2]}, 'Sel "ect" 100%', if_exists="append")
    assert rows(ground, url, 'select * from "Sel ""ect"" 100%"') == [(1,), (2,)]


def test_a_table_lies_in_the_schema_that_is_named(ground: Ground, url: str):
    done(ground, url, 'create schema "Other %"')
    exported(ground, url, {"x": [1]}, schema="Other %")
    exported(ground, url, {"x": [2]}, schema="Other %", if_exists="append")
    assert rows(ground, url, 'select * from "Other %".t') == [(1,), (2,)]
    assert 'schema "nope" does not exist' in refused(exported, ground, url, {"x": [1]}, schema="nope").problem
    done(ground, url, 'drop schema "Other %" cascade')


def test_rows_are_appended_by_the_names_of_their_columns_in_the_types_that_are_there(ground: Ground, url: str):
    done(
        ground,
        url,
        "create type mood as enum ('sad', 'happy')",
        "create table t (n int not null, m mood, u uuid, j jsonb, d date, at timestamptz, k int default 7, e numeric)",
    )
    one = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
    content = {"j": ['{"a": 1}'], "u": [one], "m": ["happy"], "n": [1.0], "d": ["2020-02-29"], "e": [0.5]}
    exported(ground, url, {**content, "at": [datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)]}, if_exists="append")
    exported(
        ground, url, {"n": pa.array([2, None, 10**9]).drop_null().cast("double"), "k": pa.nulls(2)}, if_exists="append"
    )
    found = rows(
        ground, url, "select n, m::text, u::text, j::text, d::text, at at time zone 'utc', k, e from t order by n"
    )
    assert found[0] == (1, "happy", one, '{"a": 1}', "2020-02-29", datetime.datetime(2020, 1, 1), 7, Decimal("0.5"))
    assert [row[0] for row in found] == [1, 2, 10**9]
    assert rows(ground, url, "select count(*) from t where k is null") == [(2,)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"n": [1, 2], "m": ["a", "far too long"]}, "character varying(5) (row 2, column m)"),
        ({"n": ["1", "x"]}, 'type integer: "x" (row 2, column n)'),
        ({"n": [1.5]}, "has 1.5"),
        ({"n": [float("inf")]}, "has inf"),
        ({"n": [2**40]}, "out of range"),
        ({"n": [1, 1]}, "Key (n)=(1) already exists; row 2"),
        ({"m": ["hush"]}, 'null value in column "n" of relation "t" violates not-null constraint (row 1).'),
        ({"N": [1]}, "has no column N"),
    ],
)
def test_what_does_not_fit_is_told_with_its_row_and_nothing_of_it_is_kept(
    ground: Ground, url: str, content: Any, said: str
):
    done(ground, url, "create table t (n int primary key, m varchar(5))", "insert into t values (7, 'old')")
    wrong = refused(exported, ground, url, content, if_exists="append")
    assert said in wrong.problem
    assert "hush" not in wrong.problem
    assert rows(ground, url, "select * from t") == [(7, "old")]


def test_where_nothing_can_be_copied_rows_are_inserted(ground: Ground, url: str, monkeypatch: pytest.MonkeyPatch):
    done(
        ground,
        url,
        "create table t (n int, at date, m text)",
        "create view v as select * from t",
        "create table ruled (n int)",
        "create rule twice as on insert to ruled do also insert into t (n) values (new.n)",
    )

    def copied(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(database_tables, "copy_rows", copied)
    exported(ground, url, {"n": [1.0, 2.0], "at": pa.nulls(2), "m": ["a", None]}, "v", if_exists="append")
    exported(ground, url, {"n": [3]}, "ruled", if_exists="append")
    assert rows(ground, url, "select n, m from t") == [(1, "a"), (2, None), (3, None)]
    assert "is a view" in refused(exported, ground, url, {"n": [1]}, "v", if_exists="replace").problem
    assert "already" in refused(exported, ground, url, {"n": [1]}, "v").problem


def test_many_rows_go_in_pieces(ground: Ground, url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(database_copy, "_ROWS_AT_A_TIME", 7)
    exported(ground, url, {"n": list(range(1000)), "s": [f"é{number}" for number in range(1000)]})
    assert rows(ground, url, "select count(*), sum(n), max(s) from t") == [(1000, 499500, "é999")]


@pytest.mark.parametrize("far", [-(2**62), 2**62, 253402300800])
def test_a_time_that_nobody_reads_again_is_refused(ground: Ground, url: str, far: int):
    wrong = refused(exported, ground, url, {"x": pa.array([0, far], pa.timestamp("s"))})
    assert wrong.problem == "The column x has a time that no database holds."
    days = {"x": pa.array([0, far // 86400 % 2**31], pa.int32()).cast(pa.date32())}
    if far == 253402300800:
        assert "no database holds" in refused(exported, ground, url, days).problem


def test_an_export_that_is_stopped_or_loses_its_server_leaves_the_table_as_it_was(
    ground: Ground, url: str, monkeypatch: pytest.MonkeyPatch
):
    exported(ground, url, {"x": [7]})
    many = {"x": pa.array(range(1_000_000)), "y": pa.array(["text"] * 1_000_000)}
    with pytest.raises(Stopped):
        exported(ground, url, many, if_exists="replace", stop_after=0.2)
    assert rows(ground, url, "select x from t") == [(7,)]
    sent = database_copy._texts

    def sent_to_nobody(column: pa.ChunkedArray) -> pa.ChunkedArray:
        done(ground, url, "select pg_terminate_backend(pid) from pg_stat_activity where query like 'COPY %'")
        return sent(column)

    monkeypatch.setattr(database_copy, "_texts", sent_to_nobody)
    assert "cannot be used" in refused(exported, ground, url, many, if_exists="replace").problem
    assert rows(ground, url, "select x from t") == [(7,)]


def test_a_step_that_waits_for_a_lock_is_stopped(ground: Ground, url: str):
    exported(ground, url, {"x": [7]})
    for how in ("append", "replace"):
        with ground.reach().connected(url, None) as connection:
            connection.exec_driver_sql("lock table t")
            began = time.monotonic()
            with pytest.raises(Stopped):
                exported(ground, url, {"x": [8]}, if_exists=how, stop_after=0.3)
            assert time.monotonic() - began < 3
    assert rows(ground, url, "select x from t") == [(7,)]


def test_a_slow_query_is_ended_in_the_server_too(ground: Ground, url: str):
    began = time.monotonic()
    with pytest.raises(Stopped):
        rows(ground, url, "select pg_sleep(30)", stop_after=0.3)
    assert time.monotonic() - began < 3
    working = "select count(*) from pg_stat_activity where state = 'active' and pid <> pg_backend_pid()"
    assert rows(ground, url, f"{working} and backend_type = 'client backend'") == [(0,)]


@pytest.mark.parametrize("query", ["show server_version", "explain select 1", "/* a */ (table t)", "values (1), (2)"])
def test_all_that_reads_is_asked(ground: Ground, url: str, query: str):
    done(ground, url, "create table t (x int)", "insert into t values (1)")
    assert rows(ground, url, query)
    add_datastore(ground.workspace, "server", url)
    place = database_of_datastore(ground.workspace, find_datastore(ground.workspace, "server"))
    assert place.query(query, ground.folder / "rows.arrow", ground.workspace.blobs)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select * from nope", 'relation "nope" does not exist.'),
        ("select 1 +", "syntax error at end of input."),
        ("select 1/0", "division by zero."),
        ("select 'infinity'::timestamp", "timestamp too large"),
    ],
)
def test_a_wrong_query_is_told_in_the_words_of_the_server_alone(ground: Ground, url: str, query: str, said: str):
    wrong = refused(rows, ground, url, query)
    assert f"refuses it: {said}" in wrong.problem
    assert "LINE" not in wrong.problem
    assert "CURSOR" not in wrong.problem


def test_the_advice_of_the_server_is_passed_on(ground: Ground, url: str):
    done(ground, url, "create table t (price int)")
    assert '"t.price"' in refused(rows, ground, url, "select prise from t").advice


def test_who_is_not_let_in_is_told_what_to_store(ground: Ground, url: str):
    set_secret(ground.workspace, "key", "hidden word")
    away = "postgresql+psycopg://me@127.0.0.1:1/shop"
    wrong = refused(rows, ground, away, "select 1", secret="key")
    assert "cannot be used" in wrong.problem
    assert "hidden" not in wrong.problem + wrong.advice
    nobody = url.replace("tester@", "nobody@")
    assert 'role "nobody" does not exist' in refused(rows, ground, nobody, "select 1").problem


@pytest.mark.parametrize(
    ("address", "package"),
    [
        ("postgresql+psycopg2://me@host/db", "psycopg2-binary"),
        ("mysql+mysqlconnector://me@host/db", "mysql-connector-python"),
        ("duckdb:///x.db", "duckdb-engine"),
        ("snowflake://me@host/db", "snowflake-sqlalchemy"),
    ],
)
def test_a_driver_that_is_missing_is_named_by_its_package(ground: Ground, address: str, package: str):
    wrong = refused(rows, ground, address, "select 1")
    assert wrong.problem.endswith("is missing.")
    assert wrong.advice == f"Install it beside Transom: `pip install {package}`."


def test_an_exported_script_reads_the_same_rows_and_writes_the_same_types(ground: Ground, url: str):
    query = """
        select n, 'a%' like '%s%' as text, n::numeric(20, 2) / 4 as exact, '{"a": 1}'::jsonb as doc, array[n] as list,
            'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid as id, '\\x00ff'::bytea as data, null as nothing,
            case when n > 1 then 9007199254740993 end as large, timestamptz '2020-01-01 10:00+02' as at
        from generate_series(1, 2) as n
    """
    wanted = ground.apply(import_data, database=url, query=query)["dataset"].arrow
    frame = databases.read_query(url.replace("postgresql+psycopg", "postgres"), query)
    assert list(frame.columns) == wanted.column_names
    for name, column in zip(wanted.column_names, wanted.columns, strict=True):
        assert [None if pd.isna(one) else one for one in frame[name]] == column.to_pylist(), name
    databases.write_rows(frame, url, "made")
    exported(ground, url, wanted, "ours")
    kinds = "select column_name, data_type from information_schema.columns where table_name = '{}' order by 1"
    ours, made = (dict(rows(ground, url, kinds.format(name))) for name in ("ours", "made"))
    assert {name for name in ours if ours[name] != made[name]} <= {"nothing"}
    assert databases.read_query(url, "select 1 as x where false").columns.tolist() == ["x"]


def test_a_secret_of_an_exported_script_may_have_any_name(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(SystemExit, match="environment variable SHOP_PASSWORD: a step needs the secret shop-password"):
        files.secret("shop-password")
    monkeypatch.setenv("SHOP_PASSWORD", "one")
    assert files.secret("shop-password") == "one"
    monkeypatch.setenv("shop-password", "two")
    assert files.secret("shop-password") == "two"


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        (["1.5", "1E+30"], "NUMERIC(32, 1)"),
        (["1E+70"], "LONGTEXT"),
        (["NaN"], "NUMERIC(1, 0)"),
        (["12"], "NUMERIC(2, 0)"),
    ],
)
def test_an_exported_script_rounds_no_exact_number(texts: list[str], wanted: str):
    kind = databases.type_of_column(pd.Series([*map(Decimal, texts), None], dtype=object), "mysql")
    assert compiled(kind, "mysql") == wanted


def test_what_a_driver_of_mysql_says_has_no_number_around_it():
    assert said_by(Exception(1146, "Table 'shop.nope' doesn't exist")).reason == "Table 'shop.nope' doesn't exist"
    assert said_by(ValueError("no")).reason == "no"
    assert said_by(ValueError()).reason == "ValueError"


@pytest.mark.parametrize(
    ("query", "writes"),
    [
        ("select 1 INTO  OUTFILE '/tmp/x'", True),
        ("select 1 into/* a */dumpfile '/tmp/x'", True),
        ("select 1 into -- a\n outfile '/tmp/x'", True),
        ("select 1 /*!50000 into outfile '/tmp/x' */", True),
        ("select 'into outfile ' as x", False),
        ("select 1 as outfile", False),
    ],
)
def test_a_query_of_mysql_that_has_a_file_written_is_known(query: str, *, writes: bool):
    assert writes_a_file("mysql", query) is writes
    assert writes_a_file("mariadb", query) is writes
    assert not writes_a_file("postgresql", query)


MOMENT = pa.array([datetime.datetime(2020, 1, 1, 1, 1, 1, 5)])


@pytest.mark.parametrize(
    ("values", "dialect", "wanted"),
    [
        (MOMENT, "mysql", "DATETIME(6)"),
        (MOMENT, "mariadb", "DATETIME(6)"),
        (MOMENT.cast(pa.timestamp("us", "UTC")), "mysql", "DATETIME(6)"),
        (MOMENT, "mssql", "DATETIME2(6)"),
        (MOMENT.cast(pa.timestamp("us", "UTC")), "mssql", "DATETIMEOFFSET(6)"),
        (MOMENT, "oracle", "TIMESTAMP"),
        (MOMENT, "postgresql", "TIMESTAMP WITHOUT TIME ZONE"),
        (pa.array([datetime.time(1, 1, 1, 5)]), "mysql", "TIME(6)"),
        (pa.array(["a"]), "mysql", "LONGTEXT"),
        (pa.array(["a"]), "mssql", "NVARCHAR(max)"),
        (pa.array([b"a"]), "mysql", "LONGBLOB"),
        (pa.array([Decimal("1.25")], pa.decimal256(76, 10)), "mysql", "LONGTEXT"),
        (pa.array([Decimal("1200")], pa.decimal128(5, -2)), "mysql", "NUMERIC(7, 0)"),
        (pa.array([2**64 - 1], pa.uint64()), "mysql", "NUMERIC(20, 0)"),
    ],
)
def test_each_database_has_a_type_that_loses_nothing(values: pa.Array, dialect: str, wanted: str):
    assert compiled(column_for("x", pa.chunked_array([values]), None, dialect).type, dialect) == wanted


@pytest.mark.parametrize(
    ("texts", "dialect", "wanted"),
    [
        (["1.5", "1234567890123456789012.25", None, "0.001"], "mysql", "NUMERIC(25, 3)"),
        (["1E+30", "12"], "mysql", "NUMERIC(31, 0)"),
        (["0.00001"], "mssql", "NUMERIC(6, 5)"),
        (["NaN"], "mysql", "LONGTEXT"),
        (["1E+70"], "mysql", "LONGTEXT"),
        ([None], "mysql", "NUMERIC(1, 0)"),
        (["1.5"], "postgresql", "NUMERIC"),
    ],
)
def test_exact_numbers_have_room_for_all_their_digits(texts: list[str | None], dialect: str, wanted: str):
    column = column_for("x", pa.chunked_array([pa.array(texts, pa.string())]), {"encoding": "decimals"}, dialect)
    assert compiled(column.type, dialect) == wanted


def test_an_infinite_number_is_told_where_a_database_has_none():
    values = table({"x": [1.0, float("inf")]}).arrow.column(0)
    with pytest.raises(CannotApply, match="The column x has an infinite number"):
        column_for("x", values, None, "mariadb")


def compiled(kind: Any, dialect: str) -> str:
    """How a database is told of a type."""
    from sqlalchemy.dialects import mssql, mysql, oracle, postgresql

    known: dict[str, Any] = {
        "mysql": mysql,
        "mariadb": mysql,
        "mssql": mssql,
        "oracle": oracle,
        "postgresql": postgresql,
    }
    made = known[dialect].dialect()
    if dialect == "mssql":
        made.deprecate_large_types = True
    return str(kind.compile(made))
