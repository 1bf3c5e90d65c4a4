"""What becomes one table: a file, many files, the rows of a query; and what is said where that cannot be."""

from __future__ import annotations

import datetime
import os
import sqlite3
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.components.stepping import Ground, table
from tests.store.databases import Server
from tests.workspace.web import served

from transom.components import export_data, import_data
from transom.components.native import CannotApply, Stopped, Table
from transom.tables.formats import write
from transom.tables.known_formats import WRITTEN
from transom.tables.step_file import write_step
from transom.workspace.datastores import add_datastore
from transom.workspace.reaching_marks import ONLY_NOW
from transom.workspace.secrets import set_secret


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    monkeypatch.setenv("TRANSOM_SECRET_KEY", "a key of this test that is long enough")
    return Ground.at(tmp_path)


@pytest.fixture
def shop(ground: Ground) -> Path:
    path = ground.folder / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table sales (make text, price real, sold int, photo blob)")
        rows = [("audi", 1.5, 3, b"\x00"), ("bmw", None, 2**62, None)]
        connection.executemany("insert into sales values (?, ?, ?, ?)", rows)
    connection.close()
    return path


def read(ground: Ground, **parameters: Any) -> Table:
    return ground.apply(import_data, **parameters)["dataset"]


def refused(ground: Ground, **parameters: Any) -> CannotApply:
    with pytest.raises(CannotApply) as found:
        read(ground, **parameters)
    assert "\n" not in found.value.problem
    return found.value


def written(ground: Ground, **files: str) -> None:
    for name, text in files.items():
        path = ground.folder / "sales" / f"{name.replace('__', '/')}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_a_file_is_read_and_the_types_that_were_chosen_are_told(ground: Ground):
    (ground.folder / "cars.csv").write_text("make;price\naudi;1,5\nbmw;2,5\n")
    made = read(ground, path="cars.csv", read="types=make:text")
    assert made.arrow.to_pylist() == [{"make": "audi", "price": 1.5}, {"make": "bmw", "price": 2.5}]
    assert ground.said == ["cars.csv (CSV): 2 rows x 2 columns (make: text, price: decimal)"]


@pytest.mark.parametrize("ending", [each.endings[0] for each in WRITTEN])
def test_every_format_that_is_written_is_read(ground: Ground, tmp_path: Path, ending: str):
    one = table({"a": [1, 2], "b": ["x", "y"]})
    write_step(one.arrow, tmp_path / "step.arrow", one.description)
    target = f"{ground.folder}/table{ending}"
    write(tmp_path / "step.arrow", target)
    assert read(ground, path=f"table{ending}").arrow.to_pylist() == one.arrow.to_pylist()


def test_a_row_index_of_one_file_stays_and_of_several_becomes_columns(ground: Ground):
    frame = pd.DataFrame({"x": [1, 2]}, index=pd.Index(["a", "b"], name="key"))
    (ground.folder / "many").mkdir()
    for name in ("one", "two"):
        frame.to_parquet(ground.folder / "many" / f"{name}.parquet")
    assert [level.name for level in read(ground, path="many/one.parquet").description.levels] == ["key"]
    made = read(ground, path="many")
    assert made.description.levels == ()
    assert made.arrow.column_names == ["key", "x"]
    assert made.arrow.column("key").to_pylist() == ["a", "b", "a", "b"]


def test_files_of_a_folder_are_one_table_in_the_order_of_their_names(ground: Ground):
    written(ground, b="x,y\n2,b\n", a__2020="y,x\na,1\n", c="x,y\n3.5,\n")
    made = read(ground, path="sales/**/*.csv", file_column="from")
    assert made.arrow.to_pylist() == [
        {"y": "a", "x": 1.0, "from": "a/2020.csv"},
        {"y": "b", "x": 2.0, "from": "b.csv"},
        {"y": None, "x": 3.5, "from": "c.csv"},
    ]
    assert ground.said == ["sales/**/*.csv: 3 files."]
    assert read(ground, path="sales").arrow.num_rows == 3


def test_hidden_files_and_those_of_other_programs_are_passed_over(ground: Ground):
    written(ground, a="x\n1\n")
    for name in (".hidden.csv", "_SUCCESS", "_temporary/b.csv", ".ipynb_checkpoints/a.csv"):
        (ground.folder / "sales" / name).parent.mkdir(exist_ok=True)
        (ground.folder / "sales" / name).write_text("y\n2\n")
    assert read(ground, path="sales").arrow.to_pylist() == [{"x": 1}]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ("x\n2\n", "b.csv lacks the column y, which a.csv has."),
        ("x,y,z,w\n2,b,1,1\n", "b.csv has the columns z, w, which a.csv lacks."),
        ("x,y\nwords,b\n", "The column x of b.csv is string, and before it was int64."),
    ],
)
def test_a_column_that_differs_is_named_with_its_file(ground: Ground, other: str, said: str):
    written(ground, a="x,y\n1,a\n", b=other)
    assert refused(ground, path="sales/*.csv").problem == said


def test_a_column_without_values_fits_all_types(ground: Ground):
    written(ground, a="x,y\n,a\n", b="x,y\n2,b\n", c="x,y\n2020-01-01,c\n")
    assert read(ground, path="sales/[ab].csv").arrow.column("x").to_pylist()[1] == 2
    assert "The column x of c.csv" in refused(ground, path="sales/*.csv").problem
    as_text = read(ground, path="sales/*.csv", read="types=x:text")
    assert as_text.arrow.column("x").to_pylist() == [None, "2", "2020-01-01"]


def test_types_of_pandas_survive_where_all_files_have_them(ground: Ground):
    (ground.folder / "many").mkdir()
    frame = pd.DataFrame({"n": pd.array([1, None], "Int64"), "c": pd.Categorical(["a", "b"])})
    for name in ("one", "two"):
        frame.to_parquet(ground.folder / "many" / f"{name}.parquet")
    made = read(ground, path="many")
    assert made.description.dtype(made.arrow.schema.field("n")) == "Int64"
    assert made.arrow.column("n").to_pylist() == [1, None, 1, None]
    assert made.arrow.column("c").to_pylist() == ["a", "b", "a", "b"]


def test_a_file_that_is_no_table_is_named(ground: Ground):
    written(ground, a="x\n1\n", b="")
    assert refused(ground, path="sales").problem == "b.csv cannot be read as a table: it is empty."
    (ground.folder / "sales" / "b.csv").unlink()
    (ground.folder / "sales" / "readme.md").write_text("words")
    wrong = refused(ground, path="sales")
    assert wrong.problem == "readme.md has an ending that names no table format."
    assert "**/*.csv" in wrong.advice
    (ground.folder / "broken.parquet").write_bytes(b"PAR1" + bytes(100))
    assert "broken.parquet cannot be read as a table" in refused(ground, path="broken.parquet").problem
    (ground.folder / "none").mkdir()
    assert refused(ground, path="none").problem == "none has no files."


def test_what_a_name_does_not_say_a_parameter_does(ground: Ground):
    (ground.folder / "cars.dat").write_text("x\ty\n1\t2\n")
    assert "format" in refused(ground, path="cars.dat").advice
    assert read(ground, path="cars.dat", format="tsv").arrow.to_pylist() == [{"x": 1, "y": 2}]
    with served() as server:
        address = f"http://{server.place}/file?download=1"
        assert read(ground, path=address, format="csv").arrow.num_rows == 2


def test_the_web_and_a_datastore_are_read(ground: Ground):
    with served() as server:
        address = f"http://{server.place}/file/cars.csv?sig=hidden"
        assert read(ground, path=address).arrow.column("price").to_pylist() == [13950, 16430]
        gone = refused(ground, path=f"http://{server.place}/missing/cars.csv?sig=hidden")
    assert "404" in gone.problem
    assert "hidden" not in " ".join([*ground.said, gone.problem, gone.advice])
    written(ground, a="x\n1\n", b="x\n2\n")
    add_datastore(ground.workspace, "our shop", str(ground.folder / "sales"))
    assert read(ground, datastore="our shop", path="a.csv").arrow.to_pylist() == [{"x": 1}]
    assert read(ground, datastore="our shop", path="*.csv").arrow.num_rows == 2
    assert read(ground, path="azureml://datastores/our shop/paths/b.csv").arrow.to_pylist() == [{"x": 2}]


def test_a_dataframe_directory_is_one_table_wherever_it_lies(ground: Ground):
    for path in ("table/", "memory://imported/table/", "azureml://datastores/workspaceblobstore/paths/new/table/"):
        ground.apply(export_data, {"dataset": {"a": [1, 2]}}, path=path)
        assert read(ground, path=path).arrow.to_pylist() == [{"a": 1}, {"a": 2}]
        assert read(ground, path=path.rstrip("/")).arrow.num_rows == 2


def test_the_rows_of_a_query_come_in_the_types_that_they_have(ground: Ground, shop: Path):
    made = read(ground, database="sqlite:///shop.db", query="select * from sales where make like '%a%' or 1")
    assert made.arrow.column("sold").to_pylist() == [3, 2**62]
    assert made.arrow.column("photo").to_pylist() == [b"\x00", None]
    assert str(made.arrow.column("price").to_pylist()) == "[1.5, nan]"
    add_datastore(ground.workspace, "shop", f"sqlite:///{shop}")
    assert read(ground, datastore="shop", query="select count(*) as n from sales").arrow.to_pylist() == [{"n": 2}]


@pytest.mark.parametrize(
    "query",
    [
        "delete from sales",
        "drop table sales",
        "select 1; drop table sales",
        "with x as (select 1) delete from sales",
        "attach 'other.db' as other",
        "pragma query_only = off",
        "explain delete from sales",
        "vacuum into 'copy.db'",
        "",
    ],
)
def test_a_query_changes_nothing(ground: Ground, shop: Path, query: str):
    before = shop.read_bytes()
    if not query.startswith("explain"):
        assert refused(ground, database="sqlite:///shop.db", query=query)
    assert shop.read_bytes() == before
    assert [path.name for path in ground.folder.iterdir()] == ["shop.db"]


def test_a_query_is_one_statement_that_reads(ground: Ground, shop: Path):
    for query in ("delete from t", "select 1; drop table t", "/* select */ drop table t", ";"):
        assert "query" in refused(ground, database="sqlite:///shop.db", query=query).problem


def test_a_wrong_query_and_a_missing_database_are_told(ground: Ground, shop: Path):
    wrong = refused(ground, database="sqlite:///shop.db", query="select prize from sales")
    assert wrong.problem == "The database sqlite:///shop.db refuses it: no such column: prize."
    assert wrong.advice == "Check the query, or the rows and column names."
    assert "There is no file" in refused(ground, database="sqlite:///shap.db", query="select 1").problem
    assert not (ground.folder / "shap.db").exists()
    assert (
        "no address of a database" in refused(ground, database="postgresql://me@host:port/db", query="select 1").problem
    )
    assert "is no database" in refused(ground, database="shop.db", query="select 1").problem


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"path": "a.csv", "query": "select 1"},
        {"query": "select 1"},
        {"database": "sqlite:///shop.db"},
        {"database": "sqlite:///shop.db", "datastore": "shop", "query": "select 1"},
        {"database": "sqlite:///shop.db", "query": "select 1", "read": "header=no"},
        {"datastore": "shop", "path": "https://example.org/a.csv"},
        {"path": "a.csv", "read": "nonsense=1"},
        {"database": "sqlite:///shop.db", "query": "select '\ud800'"},
        {"database": "sqlite:///\ud800.db", "query": "select 1"},
        {"path": "\ud800.csv"},
        {"path": "pipe.csv"},
        {"path": "/dev/zero", "format": "csv"},
        {"path": "loop.csv"},
        {"path": "~nobody_of_that_name/a.csv"},
        {"path": "x" * 5000},
        {"datastore": "a/b", "path": "a.csv"},
        {"datastore": "", "path": "a.csv"},
        {"path": "https://"},
        {"path": "http://[::1/a.csv"},
        {"path": "s3://"},
        {"path": "memory://nothing-of-that-name"},
    ],
)
def test_parameters_that_do_not_go_together_are_told(ground: Ground, parameters: dict[str, str]):
    os.mkfifo(ground.folder / "pipe.csv")
    (ground.folder / "loop.csv").symlink_to("loop.csv")
    assert refused(ground, **parameters).advice


def test_a_query_that_has_no_end_is_stopped(ground: Ground, shop: Path):
    began = time.monotonic()
    query = "with recursive r as (select 1 as n union all select n + 1 from r) select count(*) from r"
    with pytest.raises(Stopped):
        read(ground, database="sqlite:///shop.db", query=query, stop_after=0.3)
    assert time.monotonic() - began < 5


def test_reading_many_files_is_stopped_between_two(ground: Ground):
    written(ground, **{f"part{number}": "x\n1\n" for number in range(300)})
    with pytest.raises(Stopped):
        read(ground, path="sales", stop_after=0.05)


def test_the_source_of_a_step_can_be_asked_for_its_mark(ground: Ground, shop: Path):
    (ground.folder / "cars.csv").write_text("a\n1\n")
    address, secret = import_data.source_of({"path": "cars.csv"})
    assert ground.reach().mark(address, secret)["size"] == "4"
    address, secret = import_data.source_of({"database": "sqlite:///shop.db", "query": "select 1", "secret": "s"})
    assert (address, secret) == ("sqlite:///shop.db", "s")
    assert ONLY_NOW in ground.reach().mark(address, None)


def test_a_large_table_is_mapped_and_not_held(ground: Ground):
    pq.write_table(pa.table({"x": pa.array(range(2_000_000))}), ground.folder / "big.parquet")
    os.link(ground.folder / "big.parquet", ground.folder / "big2.parquet")
    assert read(ground, path="big*.parquet").arrow.num_rows == 4_000_000


def test_a_server_is_asked_with_a_stored_password_and_changes_nothing(ground: Ground, server: Server):
    set_secret(ground.workspace, "key", "hidden word")
    url = server.url()
    query = """
        select n as whole, n::numeric(6, 2) / 4 as exact, '2020-01-01'::date + n as day,
            '2020-01-01 10:00:00+02'::timestamptz as moment, 'a' || n as text, '\\x00ff'::bytea as bytes, '5%' as percent
        from generate_series(1, 3) as n
    """
    made = read(ground, database=url, query=query, secret="key").arrow
    assert made.num_rows == 3
    assert made.slice(0, 1).to_pylist()[0] == {
        "whole": 1,
        "exact": Decimal("0.25"),
        "day": datetime.date(2020, 1, 2),
        "moment": datetime.datetime(2020, 1, 1, 8, tzinfo=datetime.UTC),
        "text": "a1",
        "bytes": b"\x00\xff",
        "percent": "5%",
    }
    with ground.reach().connected(url, "key") as connection:
        connection.exec_driver_sql("create table t (x int)")
        connection.exec_driver_sql("create sequence s")
    for wrong in (
        "with x as (insert into t values (1) returning 1) select * from x",
        "select 1; commit; drop table t",
        "select nextval('s')",
        "select 1 into u",
    ):
        assert "hidden word" not in refused(ground, database=url, query=wrong, secret="key").problem
    with ground.reach().connected(url, "key") as connection:
        assert connection.exec_driver_sql("select (select count(*) from t), nextval('s')").one() == (0, 1)
    began = time.monotonic()
    with pytest.raises(Stopped):
        read(ground, database=url, query="select pg_sleep(60)", stop_after=0.5)
    assert time.monotonic() - began < 10
    away = refused(ground, database="postgresql+psycopg://me@127.0.0.1:1/db", query="select 1", secret="key")
    assert away.problem.startswith("The database postgresql+psycopg://me@127.0.0.1:1/db cannot be used: ")
