"""Where a table goes, in which types it lies there, and that what was there before is lost only where that was said."""

from __future__ import annotations

import datetime
import os
import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import fsspec
import pandas as pd
import pyarrow as pa
import pytest
from tests.components.stepping import Ground
from tests.store.databases import Server

from transom.components import database_tables, export_data, import_data
from transom.components.native import CannotApply, Stopped
from transom.tables.known_formats import WRITTEN
from transom.workspace.datastores import add_datastore
from transom.workspace.secrets import set_secret

CARS = {"make": ["audi", "bmw"], "price": [13950.5, 16430.0]}
MOMENT = datetime.datetime(2020, 1, 1, 8, 30, 15, 123456, tzinfo=datetime.UTC)
EXACT = {
    "small": pa.array([-(2**15), None], pa.int16()),
    "whole": pa.array([2**63 - 1, -(2**63)]),
    "unsigned": pa.array([2**32 - 1, 0], pa.uint32()),
    "huge": pa.array([2**64 - 1, None], pa.uint64()),
    "float": pa.array([0.1 + 0.2, None]),
    "single": pa.array([0.1, None], pa.float32()),
    "exact": pa.array([Decimal("12345678901234567890.12"), None]),
    "text": ["'; drop table cars; --", "ä\n%s :c0"],
    "flag": [True, None],
    "moment": pa.array([MOMENT, None], pa.timestamp("us", "Europe/Paris")),
    "plain": pa.array([datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31, 23, 59, 59, 999999)]),
    "day": [datetime.date(2020, 2, 29), None],
    "clock": [datetime.time(10, 30, 0, 5), None],
    "bytes": [b"\x00\xff", None],
    "kind": pa.array(["x", None]).dictionary_encode(),
    "nothing": pa.nulls(2),
}


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    monkeypatch.setenv("TRANSOM_SECRET_KEY", "a key of this test that is long enough")
    return Ground.at(tmp_path)


def exported(ground: Ground, content: Any = None, **parameters: Any) -> None:
    stop_after = parameters.pop("stop_after", None)
    tables = {"dataset": CARS if content is None else content}
    assert ground.apply(export_data, tables, stop_after=stop_after, **parameters) == {}


def refused(ground: Ground, content: Any = None, **parameters: Any) -> CannotApply:
    with pytest.raises(CannotApply) as found:
        exported(ground, content, **parameters)
    assert "\n" not in found.value.problem
    return found.value


def rows(ground: Ground, query: str, file: str = "shop.db") -> list[Any]:
    connection = sqlite3.connect(ground.folder / file)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_an_export_changes_what_is_outside_and_names_the_file_that_it_wrote():
    assert export_data.COMPONENT.effects
    assert export_data.target_of({"path": "x.csv"}) == ("x.csv", None)
    assert export_data.target_of({"path": "x.csv", "datastore": "mine", "secret": "key"}) == (
        "azureml://datastores/mine/paths/x.csv",
        "key",
    )
    for other in ({}, {"table": "t", "database": "sqlite:///x.db"}, {"path": "x.csv", "if_exists": export_data.FAIL}):
        assert export_data.target_of(other) is None
    assert export_data.COMPONENT.outputs == ()


@pytest.mark.parametrize("ending", [each.endings[0] for each in WRITTEN])
def test_a_file_is_written_in_the_format_of_its_ending_and_read_again(ground: Ground, ending: str):
    exported(ground, path=f"out/cars{ending}")
    made = ground.apply(import_data, path=f"out/cars{ending}")["dataset"]
    assert made.arrow.to_pylist() == [{"make": "audi", "price": 13950.5}, {"make": "bmw", "price": 16430.0}]
    assert ground.said[0] == f"2 rows written to {ground.folder}/out/cars{ending.rstrip('/')}."
    assert [path.name for path in (ground.folder / "out").iterdir()] == [f"cars{ending}".rstrip("/")]


def test_a_file_is_replaced_unless_it_is_said_otherwise(ground: Ground):
    exported(ground, path="cars.csv")
    exported(ground, {"a": [1]}, path="cars.csv")
    assert (ground.folder / "cars.csv").read_text() == "a\n1\n"
    assert "is there already" in refused(ground, path="cars.csv", if_exists="fail").problem
    assert "appended" in refused(ground, path="cars.csv", if_exists="append").problem
    assert (ground.folder / "cars.csv").read_text() == "a\n1\n"


def test_the_row_index_becomes_a_column_where_it_has_a_name(ground: Ground):
    exported(ground, pd.DataFrame({"x": [1]}, index=pd.Index(["a"], name="key")), path="named.csv")
    assert (ground.folder / "named.csv").read_text() == "key,x\na,1\n"
    exported(ground, pd.DataFrame({"x": [1]}, index=[7]), path="unnamed.csv")
    assert any("row index" in line for line in ground.said)
    exported(ground, pd.DataFrame({"x": [1]}, index=pd.Index([7], name="n")), database="sqlite:///shop.db", table="t")
    assert rows(ground, "select * from t") == [(7, 1)]


def test_other_places_are_written_to(ground: Ground):
    exported(ground, path="memory://exported/cars.parquet")
    assert fsspec.filesystem("memory").cat("/exported/cars.parquet")[:4] == b"PAR1"
    (ground.folder / "store").mkdir()
    add_datastore(ground.workspace, "shop", str(ground.folder / "store"))
    exported(ground, datastore="shop", path="new/cars.csv")
    exported(ground, path="azureml://datastores/shop/paths/table/")
    assert (ground.folder / "store/new/cars.csv").read_text().startswith("make,price\n")
    assert (ground.folder / "store/table/_meta.yaml").is_file()


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({}, "not clear"),
        ({"path": "a.csv", "table": "t"}, "not clear"),
        ({"table": "t"}, "not clear"),
        ({"path": "a.csv", "database": "sqlite:///shop.db"}, "not clear"),
        ({"table": "t", "database": "sqlite:///shop.db", "datastore": "shop"}, "not clear"),
        ({"path": "cars"}, "names no format"),
        ({"path": "cars.xls"}, "cannot be written"),
        ({"path": "cars.csv.gz"}, "names no format"),
        ({"path": "https://example.org/cars.csv"}, "read only"),
        ({"path": "store"}, "names no format"),
        ({"path": "pipe.csv"}, "neither a file nor a folder"),
        ({"path": "/dev/null/a.csv"}, "/dev/null"),
        ({"path": "../" * 50 + "proc/cars.csv"}, "/proc/cars.csv"),
        ({"path": "\ud800.csv"}, "half a character"),
        ({"path": "x" * 300 + ".csv"}, "name too long"),
        ({"path": ""}, "not clear"),
        ({"table": "a\0b", "database": "sqlite:///shop.db"}, "null byte"),
        ({"table": "", "database": "sqlite:///shop.db"}, "not clear"),
        ({"table": "t", "database": "sqlite:///none/shop.db"}, "unable to open"),
        ({"table": "sqlite_master", "database": "sqlite:///shop.db"}, "sqlite_master"),
        ({"path": "store/"}, "holds files"),
        ({"path": "/proc/nothing/cars.csv"}, "/proc/nothing"),
        ({"path": "https://me:hidden@example.org/cars.csv?sig=hidden"}, "password"),
    ],
)
def test_a_target_that_cannot_be_is_told(ground: Ground, parameters: dict[str, str], said: str):
    os.mkfifo(ground.folder / "pipe.csv")
    (ground.folder / "store").mkdir()
    (ground.folder / "store" / "mine.txt").write_text("mine")
    wrong = refused(ground, **parameters)
    assert said in wrong.problem
    assert "hidden" not in wrong.problem + wrong.advice
    assert (ground.folder / "store" / "mine.txt").read_text() == "mine"


def test_values_lie_exactly_in_sqlite(ground: Ground):
    exported(ground, EXACT, database="sqlite:///shop.db", table="exact")
    first, second = rows(ground, "select * from exact")
    assert first == (
        -(2**15),
        2**63 - 1,
        2**32 - 1,
        str(2**64 - 1),
        0.1 + 0.2,
        float(pa.scalar(0.1, pa.float32()).as_py()),
        "12345678901234567890.12",
        "'; drop table cars; --",
        1,
        "2020-01-01T08:30:15.123456+00:00",
        "0001-01-01 00:00:00.000000",
        "2020-02-29",
        "10:30:00.000005",
        b"\x00\xff",
        "x",
        None,
    )
    assert second[0] is None
    assert second[1:3] == (-(2**63), 0)
    assert second[7] == "ä\n%s :c0"
    assert "The column exact was written as text: SQLite has no exact decimal numbers." in ground.said


def test_what_databases_have_no_type_for_is_text_and_said(ground: Ground):
    content = {"list": [[1, 2]], "span": [datetime.timedelta(days=1)], "ns": pa.array([1], pa.timestamp("ns"))}
    exported(ground, content, database="sqlite:///shop.db", table="t")
    assert rows(ground, "select * from t") == [("[1, 2]", "1 days 00:00:00", "1970-01-01 00:00:00.000000")]
    assert ground.said[:3] == [
        "The column list was written as text: databases have no such type.",
        "The column span was written as text: databases have no such type.",
        "The times of the column ns were cut to microseconds, as databases do.",
    ]


def test_a_table_that_is_there_is_an_error_or_replaced_or_gets_more_rows(ground: Ground):
    to = {"database": "sqlite:///shop.db", "table": "cars"}
    exported(ground, **to)
    wrong = refused(ground, **to)
    assert wrong.problem == "The database has a table cars already."
    exported(ground, {"price": [1.0], "make": ["vw"]}, if_exists="append", **to)
    assert rows(ground, "select make, price from cars") == [("audi", 13950.5), ("bmw", 16430.0), ("vw", 1.0)]
    wrong = refused(ground, {"prize": [1.0]}, if_exists="append", **to)
    assert (wrong.problem, wrong.advice) == (
        "The table cars of the database has no column prize.",
        "Its columns are make, price.",
    )
    exported(ground, {"other": [1]}, if_exists="replace", **to)
    assert rows(ground, "select * from cars") == [(1,)]


def test_a_stop_or_an_error_leaves_the_table_as_it_was(ground: Ground, monkeypatch: pytest.MonkeyPatch):
    to = {"database": "sqlite:///shop.db", "table": "cars", "if_exists": "replace"}
    exported(ground, **to)
    before = rows(ground, "select * from cars")
    many = {"x": list(range(300_000))}
    with pytest.raises(Stopped):
        exported(ground, many, stop_after=0.4, **to)
    assert rows(ground, "select * from cars") == before
    late = {"x": pa.array([0] * 20_000 + [2**62], pa.timestamp("s"))}
    assert "has a time that no database holds" in refused(ground, late, **to).problem
    assert rows(ground, "select * from cars") == before
    assert "duplicate column" in refused(ground, {"a": [1], "A": [2]}, **to).problem
    assert rows(ground, "select * from cars") == before
    assert [path.name for path in ground.folder.iterdir()] == ["shop.db"]


def test_a_table_of_many_rows_and_strange_names_is_written(ground: Ground, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(database_tables, "_ROWS_AT_A_TIME", 7)
    names = ['a "quoted" one', "select", "x:y", "%(p)s", "ä", "a.b", "?", "id"]
    content = {name: list(range(100)) for name in names}
    exported(ground, content, database="sqlite:///shop.db", table='my "table"; --')
    assert rows(ground, 'select count(*), sum("id"), sum("%(p)s") from "my ""table""; --"') == [(100, 4950, 4950)]


def test_an_empty_table_is_written_and_one_without_columns_is_not(ground: Ground):
    exported(ground, {"a": pa.array([], pa.int64())}, database="sqlite:///shop.db", table="t")
    assert rows(ground, "select count(*) from t") == [(0,)]
    assert "has no columns" in refused(ground, {}, database="sqlite:///shop.db", table="u").problem


def test_rows_that_break_a_constraint_are_told_as_such(ground: Ground):
    connection = sqlite3.connect(ground.folder / "shop.db")
    connection.execute("create table cars (make text primary key)")
    connection.close()
    to = {"database": "sqlite:///shop.db", "table": "cars", "if_exists": "append"}
    wrong = refused(ground, {"make": ["audi", "audi"]}, **to)
    assert (wrong.problem, wrong.advice) == (
        "The database sqlite:///shop.db refuses it: UNIQUE constraint failed: cars.make.",
        "Check the query, or the rows and column names.",
    )
    assert rows(ground, "select * from cars") == []


def test_a_database_of_a_datastore_is_written_to(ground: Ground):
    sqlite3.connect(ground.folder / "shop.db").close()
    (ground.folder / "shop.db").touch()
    add_datastore(ground.workspace, "shop", f"sqlite:///{ground.folder}/shop.db")
    exported(ground, datastore="shop", table="cars")
    assert rows(ground, "select count(*) from cars") == [(2,)]


def test_values_lie_exactly_in_a_server(ground: Ground, server: Server):
    set_secret(ground.workspace, "key", "hidden word")
    to = {"database": server.url(), "secret": "key", "table": "exact"}
    exported(ground, EXACT, **to)
    made = ground.apply(import_data, database=to["database"], secret="key", query="select * from exact")["dataset"]
    first, second = made.arrow.to_pylist()
    assert {name: first[name] for name in ("whole", "exact", "moment", "plain", "day", "clock", "bytes", "flag")} == {
        "whole": 2**63 - 1,
        "exact": Decimal("12345678901234567890.12"),
        "moment": MOMENT,
        "plain": datetime.datetime(1, 1, 1),
        "day": datetime.date(2020, 2, 29),
        "clock": datetime.time(10, 30, 0, 5),
        "bytes": b"\x00\xff",
        "flag": True,
    }
    assert (first["float"], first["huge"], first["text"]) == (0.1 + 0.2, 2**64 - 1, "'; drop table cars; --")
    assert (second["exact"], second["day"], second["text"], second["huge"]) == (None, None, "ä\n%s :c0", None)
    kinds = "select column_name, data_type from information_schema.columns where table_name = 'exact'"
    told = ground.apply(import_data, database=to["database"], secret="key", query=kinds)["dataset"].arrow.to_pylist()
    found = {each["column_name"]: each["data_type"] for each in told}
    assert found["moment"] == "timestamp with time zone"
    assert (found["small"], found["whole"], found["exact"]) == ("smallint", "bigint", "numeric")


def test_a_table_of_a_server_is_replaced_whole_or_not_at_all(ground: Ground, server: Server):
    to = {"database": server.url(), "table": "cars"}
    exported(ground, **to)
    assert "has a table cars already" in refused(ground, **to).problem
    assert "refuses it" in refused(ground, {"make": ["a\0b"]}, if_exists="replace", **to).problem
    exported(ground, if_exists="append", **to)
    made = ground.apply(import_data, database=to["database"], query="select count(*) as n, sum(price) as s from cars")
    assert made["dataset"].arrow.to_pylist() == [{"n": 4, "s": 60761.0}]
    assert "more than 63 bytes" in refused(ground, {"ä" * 40: [1]}, if_exists="replace", **to).problem
    exported(ground, {"a": [1]}, if_exists="replace", **to)
    assert "column" in refused(ground, if_exists="append", **to).problem
