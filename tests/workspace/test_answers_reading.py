"""How places become one table or one set of files for a script: of datastores, of the web, of its own files."""

from __future__ import annotations

import gzip
import sqlite3
from pathlib import Path
from typing import Any

import pandas
import pyarrow
import pyarrow.parquet
import pytest
from tests.workspace.asking import Asker
from tests.workspace.web import served

from transom.errors import DatastoreFailed, InputUnreadable, NotAllowed, Unknown, WrongUse
from transom.model.policies import Network, Policy
from transom.settings import Settings
from transom.tables.step_file import open_step
from transom.workspace.datastores import add_datastore
from transom.workspace.opening import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace", Settings())


@pytest.fixture
def script(workspace: Workspace) -> Asker:
    return Asker(workspace)


@pytest.fixture
def lake(workspace: Workspace, tmp_path: Path) -> Path:
    """A datastore `lake` with tables of two years, and what programs leave beside tables."""
    folder = tmp_path / "lake"
    for name, content in {
        "weather/2018/a.csv": "city,rain\nA,1\nB,2\n",
        "weather/2019/a.csv": "city,rain\nC,3.5\n",
        "weather/_SUCCESS": "",
        "weather/.part.crc": "crc",
        "notes.txt": "a;b\n1;2\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    add_datastore(workspace, "lake", str(folder))
    return folder


def on_lake(path: str) -> dict[str, str]:
    return {"datastore": "lake", "path": path}


def kinds(script: Asker, answer: dict[str, Any]) -> dict[str, str]:
    schema = open_step(script.path(answer)).schema
    return {name: str(kind) for name, kind in zip(schema.names, schema.types, strict=True)}


def nothing_is_left(workspace: Workspace) -> bool:
    aside = (workspace.blobs.folder / "aside").rglob("*")
    return not [path for path in aside if path.name != "lock" and not path.is_dir()]


def test_files_of_a_folder_become_one_table_in_the_order_of_their_names(script: Asker, lake: Path):
    answer = script.read(on_lake("weather"))
    assert script.rows(answer) == [("A", "1.0"), ("B", "2.0"), ("C", "3.5")]
    assert (answer["rows"], answer["columns"]) == (
        3,
        [{"name": "city", "type": "text"}, {"name": "rain", "type": "float64"}],
    )
    assert answer["warnings"] == []
    assert script.rows(script.read(on_lake("weather/*/a.csv"))) == script.rows(answer)
    assert script.rows(script.read(on_lake("/weather/2018/a.csv"))) == [("A", "1"), ("B", "2")]
    assert nothing_is_left(script.workspace)


def test_places_are_read_in_their_order(script: Asker, lake: Path):
    answer = script.read(on_lake("weather/2019/a.csv"), script.file("mine.csv", "city,rain\nZ,9\n"))
    assert script.rows(answer) == [("C", "3.5"), ("Z", "9.0")]


def test_a_place_that_leads_to_no_file_is_said(script: Asker, lake: Path):
    for path in ("weather/2020", "weather/*.parquet", "weather/2018/b.csv"):
        with pytest.raises(WrongUse, match="There is no file weather"):
            script.read(on_lake(path))
    with pytest.raises(Unknown, match="Did you mean lake"):
        script.read({"datastore": "lage", "path": "x"})
    with pytest.raises(WrongUse, match="names no file here"):
        script.read(on_lake("../secret"))


def test_columns_are_found_by_their_names_and_a_missing_one_is_missing(script: Asker):
    answer = script.read(script.file("a.csv", "x,y\n1,2\n"), script.file("b.csv", "y,z\n3,w\n"))
    assert script.rows(answer) == [("1.0", "2", None), (None, "3", "w")]
    assert "different columns" in answer["warnings"][0]


def test_a_column_that_is_a_word_somewhere_is_text_everywhere_as_it_was_written(script: Asker):
    answer = script.read(
        script.file("a.csv", "zip,v\n1.50,1\n"),
        script.file("b.csv", "zip,v\nSW1,2\n"),
        script.file("c.csv", "zip,v\n,3\n"),
    )
    assert script.rows(answer) == [("1.50", "1"), ("SW1", "2"), (None, "3")]


def test_whole_numbers_with_missing_ones_keep_every_digit(script: Asker):
    answer = script.read(script.file("a.csv", "x\n9007199254740993\n"), script.file("b.csv", "x,y\n,1\n2,2\n"))
    assert [row[0] for row in script.rows(answer)] == ["9007199254740993", None, "2"]


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        (None, [("1", "2"), ("3", "4")]),
        (True, [("1", "2"), ("3", "4")]),
        ("same", [("1", "2"), ("3", "4")]),
        ("each", [("1", "2"), ("3", "4")]),
        ("first", [("1", "2"), ("a", "b"), ("3", "4")]),
        (False, [("a", "b"), ("1", "2"), ("a", "b"), ("3", "4")]),
        ("none", [("a", "b"), ("1", "2"), ("a", "b"), ("3", "4")]),
    ],
)
def test_which_files_begin_with_names_can_be_said(script: Asker, header: Any, rows: list[tuple[str, ...]]):
    places = (script.file("1.csv", "a,b\n1,2\n"), script.file("2.csv", "a,b\n3,4\n"))
    answer = script.read(*places, header=header)
    assert script.rows(answer) == rows
    names = [each["name"] for each in answer["columns"]]
    assert names == (["Column1", "Column2"] if header in (False, "none") else ["a", "b"])


def test_files_that_are_named_by_the_first_one_have_as_many_columns(script: Asker):
    answer = script.read(script.file("1.csv", "a,b\n1,2\n"), script.file("2.csv", "3,4\n"), header="first")
    assert script.rows(answer) == [("1", "2"), ("3", "4")]
    with pytest.raises(WrongUse, match=r"2\.csv has 3 columns"):
        script.read(script.file("1.csv", "a,b\n1,2\n"), script.file("2.csv", "3,4,5\n"), header="first")


def test_separator_encoding_and_packing_are_understood(script: Asker):
    assert script.rows(script.read(script.file("a.txt", "x;y\n1;2\n"), separator=";")) == [("1", "2")]
    assert script.rows(script.read(script.file("a.tsv", "x\ty\n1\t2\n"), separator="\t")) == [("1", "2")]
    assert script.rows(script.read(script.file("a.csv", "x;y\n1;2\n"))) == [("1;2",)]
    assert script.rows(script.read(script.file("a.csv", "x\nä\n".encode("cp1252")), encoding="cp1252")) == [("ä",)]
    assert script.rows(script.read(script.file("a.csv.gz", gzip.compress(b"x,y\n1,2\n")))) == [("1", "2")]
    for options in ({"separator": ""}, {"separator": "::"}, {"separator": ",encoding=utf-16"}, {"encoding": "klingon"}):
        with pytest.raises(WrongUse):
            script.read(script.file("a.csv", "x\n1\n"), **options)


def test_types_are_not_found_out_where_that_is_said(script: Asker):
    answer = script.read(script.file("a.csv", "x,y\n01,true\n"), infer_types=False)
    assert script.rows(answer) == [("01", "true")]
    assert set(kinds(script, answer).values()) == {"string"}


def test_columns_get_the_types_that_are_said(script: Asker):
    text = "zip,price,day,flag,n\n06001,'1,5',31.12.2020,TRUE,7\n1,'2,25',1.1.2021,false,8\n".replace("'", '"')
    types = {
        "zip": {"type": "text"},
        "price": {"type": "decimal", "decimal": ","},
        "day": {"type": "datetime", "formats": ["%d.%m.%Y"]},
        "flag": {"type": "boolean"},
        "n": "decimal",
        "absent": {"type": "whole"},
    }
    answer = script.read(script.file("a.csv", text), column_types=types)
    assert kinds(script, answer) == {
        "zip": "string",
        "price": "double",
        "day": "timestamp[us]",
        "flag": "bool",
        "n": "double",
    }
    assert script.rows(answer)[1] == ("1", "2.25", "2021-01-01", "false", "8.0")
    assert answer["warnings"] == []


def test_a_cell_of_another_type_is_missing_and_counted_or_an_error_where_that_is_said(script: Asker):
    place = script.file("a.csv", "n,day,ok\n1,2020-01-01,true\nNA,2020-02-30,no\nx,-,false\n9e99,2020-01-03 10:00,?\n")
    types = {"n": {"type": "whole"}, "day": {"type": "datetime"}, "ok": {"type": "boolean"}}
    answer = script.read(place, column_types=types)
    assert script.rows(answer) == [
        ("1.0", "2020-01-01", "true"),
        (None, None, None),
        (None, None, "false"),
        (None, "2020-01-03 10:00:00", None),
    ]
    assert answer["warnings"] == [
        "2 cells of the column n were not of the type whole number, and are missing.",
        "2 cells of the column day were not of the type datetime, and are missing.",
        "2 cells of the column ok were not of the type true/false, and are missing.",
    ]
    with pytest.raises(WrongUse, match="The column n was to be whole number, and it holds 'x'"):
        script.read(place, column_types=types, on_error="fail")


def test_many_cells_of_another_type_take_no_long_time(script: Asker):
    words = "\n".join(f"word{number},2020-13-{number}" for number in range(100_000))
    answer = script.read(script.file("a.csv", f"x,day\n{words}\n"), column_types={"x": "whole", "day": "datetime"})
    assert answer["rows"] == 100_000
    assert open_step(script.path(answer)).column("day").null_count == 100_000
    days = "\n".join(f"2020-02-30 10:00:00.{number:06}" for number in range(100_000))
    with pytest.raises(WrongUse, match="Very many different values of the column day are no datetime"):
        script.read(script.file("a.csv", f"day\n{days}\n"), column_types={"day": "datetime"})


@pytest.mark.parametrize(
    "types",
    [
        {"x": {"type": "colour"}},
        {"x": 7},
        {"x": {"type": "whole", "mode": 1}},
        {"x": {"type": "decimal", "decimal": ";"}},
        {"x": {"type": "datetime", "formats": "%Y"}},
        [],
    ],
)
def test_types_that_are_none_are_refused(script: Asker, types: Any):
    with pytest.raises(WrongUse):
        script.read(script.file("a.csv", "x\n1\n"), column_types=types)


def test_a_format_of_times_that_is_none_fits_nothing(script: Asker):
    types = {"x": {"type": "datetime", "formats": ["%Q", "%", "(" * 100]}}
    answer = script.read(script.file("a.csv", "x\n2020\n"), column_types=types)
    assert open_step(script.path(answer)).column("x").null_count == 1


def test_the_path_of_each_row_is_a_column_where_that_is_said(script: Asker, lake: Path):
    answer = script.read(on_lake("weather/*/*.csv"), include_path=True)
    assert [each["name"] for each in answer["columns"]] == ["Path", "city", "rain"]
    assert [row[0] for row in script.rows(answer)] == ["/weather/2018/a.csv"] * 2 + ["/weather/2019/a.csv"]
    with pytest.raises(WrongUse, match="have one already"):
        script.read(script.file("a.csv", "Path\n1\n"), include_path=True)


def test_what_a_path_says_becomes_columns(script: Asker, lake: Path):
    answer = script.read(on_lake("weather/*/*.csv"), partition_format="/{what}/{year:yyyy}/a.csv")
    assert script.rows(answer)[0] == ("A", "1.0", "weather", "2018-01-01")
    answer = script.read(
        script.file("x/2020/03/04/data.csv", "v\n1\n"), partition_format="{name}/{day:yyyy/MM/dd}/data.csv"
    )
    assert script.rows(answer) == [("1", "x", "2020-03-04")]
    for wrong in ("nothing", "{a}{b}{c}/x", "{a}/{a}", "{a:QQ}", "x" * 2000 + "{a}", "{a}*{b}"):
        with pytest.raises(WrongUse):
            script.read(script.file("a.csv", "v\n1\n"), partition_format=wrong)
    with pytest.raises(WrongUse, match="is not of the form"):
        script.read(script.file("a.csv", "v\n1\n"), partition_format="/{a}/{b}/c.csv")
    with pytest.raises(WrongUse, match="tells no time"):
        script.read(script.file("2020/31/a.csv", "v\n1\n"), partition_format="{day:yyyy/MM}/a.csv")


def test_empty_texts_are_texts_where_that_is_said(script: Asker):
    answer = script.read(script.file("a.csv", "x,y\na,1\n,2\n"), empty_as_text=True)
    assert script.rows(answer) == [("a", "1"), ("", "2")]


def parquet(script: Asker, name: str, table: pyarrow.Table | pandas.DataFrame) -> dict[str, Any]:
    import io

    stream = io.BytesIO()
    if isinstance(table, pandas.DataFrame):
        table.to_parquet(stream)
    else:
        pyarrow.parquet.write_table(table, stream)
    return script.file(name, stream.getvalue())


def test_parquet_files_become_one_table_in_a_type_that_holds_all(script: Asker):
    answer = script.read(
        parquet(script, "a", pyarrow.table({"n": pyarrow.array([1], "int32"), "s": ["x"]})),
        parquet(script, "b", pyarrow.table({"s": ["y"], "n": [2**40]})),
        kind="parquet",
    )
    assert kinds(script, answer)["n"] == "int64"
    assert script.rows(answer) == [("1", "x"), (str(2**40), "y")]


def test_types_that_do_not_go_together_name_file_and_column(script: Asker):
    with pytest.raises(WrongUse, match=r"the column n is string in b\.parquet, and int64 in those before it"):
        script.read(
            parquet(script, "a.parquet", pyarrow.table({"n": [1]})),
            parquet(script, "b.parquet", pyarrow.table({"n": ["x"]})),
            kind="parquet",
        )
    with pytest.raises(WrongUse, match="the column n is"):  # a float would not hold it
        script.read(
            parquet(script, "a.parquet", pyarrow.table({"n": [2**62 + 1]})),
            parquet(script, "b.parquet", pyarrow.table({"n": [0.5]})),
            kind="parquet",
        )
    answer = script.read(
        parquet(script, "a.parquet", pyarrow.table({"n": [1]})),
        parquet(script, "b.parquet", pyarrow.table({"n": ["x"]})),
        kind="parquet",
        column_types={"n": {"type": "text"}},
    )
    assert script.rows(answer) == [("1",), ("x",)]


def test_one_parquet_file_keeps_its_index_and_several_have_it_as_columns(script: Asker):
    frame = pandas.DataFrame({"x": [1, 2]}, index=pandas.Index(["a", "b"], name="key"))
    from transom.engine.child import frames

    one = script.read(parquet(script, "a", frame), kind="parquet")
    pandas.testing.assert_frame_equal(frames.read_frame(str(script.path(one)))[0], frame)
    several = script.read(parquet(script, "a", frame), parquet(script, "b", frame), kind="parquet")
    assert script.rows(several)[2] == ("a", "1")
    assert [each["name"] for each in several["columns"]] == ["key", "x"]


def test_json_lines_are_read_and_broken_ones_left_out_where_that_is_said(script: Asker):
    good, broken = '{"a": 1, "b": "x"}\n', '{"a": 1,\n[1]\n\nword\n{"a": 2}\n'
    assert script.rows(script.read(script.file("a.jsonl", good), kind="json_lines")) == [("1", "x")]
    with pytest.raises(InputUnreadable, match=r"b\.jsonl"):
        script.read(script.file("b.jsonl", broken), kind="json_lines")
    answer = script.read(
        script.file("a.jsonl", good), script.file("b.jsonl", broken), kind="json_lines", invalid_lines="drop"
    )
    assert script.rows(answer) == [("1", "x"), ("2", None)]
    assert "b.jsonl: 3 lines that are no JSON objects were left out." in answer["warnings"]
    with pytest.raises(WrongUse, match="neither 'error' nor 'drop'"):
        script.read(script.file("a.jsonl", good), kind="json_lines", invalid_lines="keep")


def test_a_file_that_cannot_be_read_is_named_as_the_script_knows_it(script: Asker, lake: Path):
    (lake / "weather" / "2019" / "b.csv").write_bytes(b"")
    (lake / "weather" / "2019" / "c.csv").write_text('city,rain\n"open,1\n')
    with pytest.raises(InputUnreadable, match=r"^/weather/2019/c\.csv cannot be read as a table"):
        script.read(on_lake("weather"))
    with pytest.raises(InputUnreadable, match="does not begin as Parquet"):
        script.read(on_lake("notes.txt"), kind="parquet")
    assert nothing_is_left(script.workspace)


def test_gathered_files_have_names_of_their_own(script: Asker, lake: Path):
    answer = script.ask("dataset/gather", places=[on_lake("weather/**/*.csv"), on_lake("weather/2018/a.csv")])
    assert answer["names"] == ["2018/a.csv", "2019/a.csv", "a.csv"]  # from the folder that was given on, as in Azure
    deep = script.ask("dataset/gather", places=[on_lake("weather/2018/*.csv")])
    assert deep["names"] == ["a.csv"]
    answer = script.ask("dataset/gather", places=[script.file("a.csv", "1"), script.file("a.csv", "2")])
    assert answer["names"] == ["2-a.csv", "a.csv"]
    assert script.ask("dataset/gather", places=[on_lake("weather")])["names"][0] == ".part.crc"


def test_a_query_is_read_and_registered(script: Asker, workspace: Workspace, tmp_path: Path):
    with sqlite3.connect(tmp_path / "sales.db") as connection:
        connection.execute("create table sales (make, price)")
        connection.executemany("insert into sales values (?, ?)", [("audi", "1,5"), ("bmw", "x")])
    connection.close()
    add_datastore(workspace, "sales", f"sqlite:///{tmp_path}/sales.db")
    answer = script.ask("dataset/query", datastore="sales", query="SELECT * FROM sales", timeout=30)
    assert script.rows(answer) == [("audi", "1,5"), ("bmw", "x")]
    assert script.ask("dataset/register", name="sold", same_as=answer["token"])["rows"] == 2
    facts = {
        "datastore": "sales",
        "query": "SELECT * FROM sales",
        "column_types": {"price": {"type": "decimal", "decimal": ","}},
    }
    assert script.rows(script.ask("dataset/query", **facts)) == [("audi", "1.5"), ("bmw", None)]
    with pytest.raises(WrongUse, match="it holds 'x'"):
        script.ask("dataset/query", **facts, options={"on_error": "fail"})
    with pytest.raises(WrongUse, match="may only read"):
        script.ask("dataset/query", datastore="sales", query="DELETE FROM sales")
    with pytest.raises(DatastoreFailed, match="it is a database"):
        script.read({"datastore": "sales", "path": "x"})


def test_an_address_of_the_web_is_read_where_the_policy_lets_the_script_reach_it(workspace: Workspace):
    with served() as web:
        place = {"url": f"http://{web.place}/file/cars.csv?sig=geheim"}
        for asker in (
            Asker(workspace),
            Asker(workspace, Policy.OPEN),
            Asker(workspace, Policy.STRICT, network=Network.OPEN),
        ):
            assert asker.read(place)["rows"] == 2
        answer = Asker(workspace).read(place, include_path=True)
        assert Asker(workspace).rows(answer)[0][0] == f"http://{web.place}/file/cars.csv"
        asked = len(web.asked)
        for asker in (
            Asker(workspace, Policy.CONFINED),
            Asker(workspace, Policy.STRICT),
            Asker(workspace, Policy.GUARDED, network=Network.NONE),
        ):
            with pytest.raises(NotAllowed, match="--network open") as caught:
                asker.read(place)
            assert "geheim" not in str(caught.value)
        assert len(web.asked) == asked


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "/etc/passwd", "local:///etc/passwd", "simplecache::file:///etc/passwd", "memory://a",
     "sftp://host/x", "zip://a::file:///b", "", "FILE:///etc/passwd"],
)  # fmt: skip
def test_no_address_leads_a_script_to_files_of_this_machine(script: Asker, url: str):
    with pytest.raises(WrongUse, match="addresses of the web only"):
        script.read({"url": url})


def test_other_datastores_must_be_named_for_a_run_that_is_kept_apart(workspace: Workspace, lake: Path, tmp_path: Path):
    for policy in (Policy.CONFINED, Policy.STRICT):
        apart = Asker(workspace, policy)
        for ask in (
            lambda apart=apart: apart.read(on_lake("weather")),
            lambda apart=apart: apart.ask("dataset/gather", places=[on_lake("weather")]),
            lambda apart=apart: apart.ask("datastore/names", name="lake", prefix=""),
            lambda apart=apart: apart.ask("datastore/download", name="lake", prefix=""),
            lambda apart=apart: apart.ask(
                "datastore/upload", name="lake", files=[{"path": "x", "content": apart.handed(b"x")}], overwrite=True
            ),
            lambda apart=apart: apart.ask("dataset/query", datastore="lake", query="SELECT 1"),
        ):
            with pytest.raises(NotAllowed, match="--secret 'datastore/lake'"):
                ask()
        assert Asker(workspace, policy, secrets=("datastore/lake",)).read(on_lake("weather"))["rows"] == 3
    assert sorted(path.name for path in lake.iterdir()) == ["notes.txt", "weather"]
