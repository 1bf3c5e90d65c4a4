"""What an exported script does with tables is what the components do: the same rows, values, types and labels."""

from __future__ import annotations

import datetime
import os
from decimal import Decimal
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import fsspec
import numpy as np
import pandas as pd
import pytest
from tests.components.framing import applied, assert_equal, read, written
from tests.components.stepping import opened

from transom.components import (
    apply_sql_transformation,
    edit_metadata,
    enter_data,
    join_data,
    select_columns,
    split_data,
)
from transom.components.native import Table
from transom.flow.export_script import Script
from transom.flow.exported import files, parameters, steps
from transom.model.components import REQUIRED, Component, Parameter, ParameterKind, ValueWrong
from transom.model.pipelines import FromInput, InputType, Pipeline, PipelineInput, Step
from transom.tables.formats import read as read_file
from transom.tables.formats import write as write_file
from transom.tables.step_file import describe_step, open_step, write_step

CARS = pd.DataFrame(
    {
        "make": ["bmw", "audi", None, "vw", "audi", "Audi"],
        "doors": [4, 2, 4, 5, 3, 4],
        "price": [3.5, 1.0, 9.25, None, 2.0, 1e20],
        "new": [True, False, True, True, False, True],
        "built": pd.to_datetime(["2020-01-31", "2021-05-01", None, "1999-12-31", "2020-02-01", "2020-02-29"]),
        "text": ["1", "2", "-3", None, "+4", "5"],
    },
    index=[5, 3, 8, 1, 0, 2],
)
CARS["kind"] = CARS["make"].astype("category")


def by_component(component: Any, tables: dict[str, pd.DataFrame], folder: Path, **said: Any) -> list[pd.DataFrame]:
    """What the component makes of frames, as frames."""
    given = {}
    for port, frame in tables.items():
        own = folder / port
        own.mkdir(exist_ok=True)
        given[port] = written(frame, own)
    made = []
    for port, table in applied(component, given, folder, **said).items():
        (folder / f"of-{port}").mkdir()
        made.append(read(opened(table) if isinstance(table, Path) else table, folder / f"of-{port}"))
    return made


def same(made: pd.DataFrame, wanted: pd.DataFrame) -> None:
    """That two frames are equal whatever is noted beside their cells."""
    made = made.copy()
    made.attrs = {}
    assert_equal(made, wanted)


@pytest.mark.parametrize(
    "said",
    [
        ["price", "make", "price"],
        {"all": True, "except": ["make", "kind"]},
        {"types": ["numeric"]},
        {"types": ["string", "boolean", "datetime"], "names": ["price"]},
        {"types": ["categorical", "integer"]},
        {"from": 2, "to": 3},
        {"from": 5, "except": {"types": ["categorical"]}},
        {"names": "make", "roles": "feature"},
    ],
)
def test_the_same_columns_are_selected(said: Any, tmp_path: Path):
    [wanted] = by_component(select_columns, {"dataset": CARS}, tmp_path, columns=said)
    same(steps.select(CARS, said), wanted)


@pytest.mark.parametrize("rows", [0, 1, 2, 7, 1000])
@pytest.mark.parametrize("fraction", [0, 0.3, 0.5, 0.7, 1])
@pytest.mark.parametrize(
    "said", [{}, {"seed": 42}, {"seed": 2**63 - 1}, {"randomized": False}, {"stratify_by": "of", "seed": 3}]
)
def test_a_split_draws_the_same_rows(rows: int, fraction: float, said: dict[str, Any], tmp_path: Path):
    numbers = np.arange(rows)
    frame = pd.DataFrame({"number": numbers, "of": pd.Series((numbers * 7919) % 13 % 5).where(numbers % 11 > 0)})
    wanted = by_component(split_data, {"dataset": frame}, tmp_path, fraction=fraction, **said)
    for made, part in zip(steps.split(frame, fraction=fraction, **said), wanted, strict=True):
        assert made["number"].tolist() == part["number"].tolist()
        assert made.index.tolist() == part.index.tolist()


@pytest.mark.parametrize("by", ["make", "kind", "new", "built", "price"])
def test_strata_are_those_of_the_component(by: str, tmp_path: Path):
    many = pd.concat([CARS] * 9, ignore_index=True)
    said = {"fraction": 0.4, "seed": 5, "stratify_by": by}
    for made, part in zip(
        steps.split(many, **said), by_component(split_data, {"dataset": many}, tmp_path, **said), strict=True
    ):
        assert made.index.tolist() == part.index.tolist()


@pytest.mark.parametrize(
    "expression",
    [
        r'\"price" > 1 & < 9',
        r'\"doors" == 4 | == 2',
        r'"doors" != 4',
        r"(\2) >= 3.5",
        r'\"make" == audi',
        r"""\"make" != 'audi' """,
        r'\"make" > "b"',
        r'\"new" == true',
        r'\"built" >= 2020-02-01',
        r'\"built" < "2020-02-01 10:00"',
        r'\"kind" == bmw | == vw',
        r'\"price" != 1',
    ],
)
def test_an_expression_chooses_the_same_rows(expression: str, tmp_path: Path):
    wanted = by_component(split_data, {"dataset": CARS}, tmp_path, mode="relative_expression", expression=expression)
    for made, part in zip(steps.split_by_comparison(CARS, expression), wanted, strict=True):
        assert made.index.tolist() == part.index.tolist()


@pytest.mark.parametrize("expression", [r'\"make" ^a', r'\"make" di$|^v', r'"kind" ^$', r"(\1) (?i)^A"])
def test_a_pattern_chooses_the_same_rows(expression: str, tmp_path: Path):
    wanted = by_component(split_data, {"dataset": CARS}, tmp_path, mode="regular_expression", expression=expression)
    for made, part in zip(steps.split_by_pattern(CARS, expression), wanted, strict=True):
        assert made.index.tolist() == part.index.tolist()


PLACES = pd.DataFrame(
    {
        "make": ["audi", "bmw", "kia", None, "audi"],
        "town": ["Ingolstadt", "München", "Seoul", "nowhere", "Győr"],
        "doors": [2, 4, 9, 1, 3],
        "eu": [True, True, False, False, True],
    }
)


@pytest.mark.parametrize("join_type", ["inner", "left_outer", "full_outer", "left_semi", "left_anti"])
@pytest.mark.parametrize("keep_right_keys", [True, False])
@pytest.mark.parametrize("keys", [["make"], ["make", "doors"], ["doors"]])
def test_a_join_has_the_same_rows_in_the_same_order(
    join_type: str, keep_right_keys: bool, keys: list[str], tmp_path: Path
):
    said = {"left_keys": keys, "join_type": join_type, "keep_right_keys": keep_right_keys}
    [wanted] = by_component(join_data, {"dataset1": CARS, "dataset2": PLACES}, tmp_path, **said)
    same(steps.join(CARS, PLACES, **said), wanted)


def test_a_join_may_take_categories_other_names_and_any_case(tmp_path: Path):
    said = {"left_keys": ["kind"], "right_keys": ["make"], "match_case": False, "join_type": "left_outer"}
    right = PLACES.assign(make=["AUDI", "Bmw", "kia", None, "vw"])
    [wanted] = by_component(join_data, {"dataset1": CARS, "dataset2": right}, tmp_path, **said)
    same(steps.join(CARS, right, **said), wanted)


def test_named_levels_become_columns_of_a_join(tmp_path: Path):
    left = CARS.groupby("make")[["doors"]].sum()
    [wanted] = by_component(join_data, {"dataset1": left, "dataset2": PLACES}, tmp_path, left_keys=["make"])
    same(steps.join(left, PLACES, ["make"]), wanted)


@pytest.mark.parametrize(
    "said",
    [
        {"columns": ["make", "doors"], "categorical": "categorical"},
        {"columns": ["kind"], "categorical": "noncategorical"},
        {"columns": ["doors", "new"], "data_type": "string"},
        {"columns": ["price"], "data_type": "string"},
        {"columns": ["built"], "data_type": "string"},
        {"columns": ["text", "new"], "data_type": "integer"},
        {"columns": ["text", "doors"], "data_type": "double"},
        {"columns": ["new"], "data_type": "double"},
        {"columns": ["doors"], "new_column_names": ["how many"]},
        {"columns": ["doors", "text"], "new_column_names": ["text", "doors"]},
        {"columns": ["built"], "data_type": "datetime"},
    ],
)
def test_columns_become_what_they_become_by_the_component(said: dict[str, Any], tmp_path: Path):
    [wanted] = by_component(edit_metadata, {"dataset": CARS}, tmp_path, **said)
    same(steps.edit(CARS, **said), wanted)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["1", "0", "1"], {"data_type": "boolean"}),
        (["yes", "No", None], {"data_type": "boolean"}),
        (["1", "2.0", "1e3"], {"data_type": "integer"}),
        (["007", "8", None], {"data_type": "integer"}),
        (["2020-01-31", None, "2021-02-28 10:00"], {"data_type": "datetime"}),
        (["31/01/2020", "01/02/2021", None], {"data_type": "datetime", "datetime_format": "%d/%m/%Y"}),
        (["00:01:30", "2.00:00:00", None], {"data_type": "timespan"}),
        (["b", "a", None], {"data_type": "string", "categorical": "categorical"}),
    ],
)
def test_texts_are_read_as_by_the_component(texts: list[str | None], said: dict[str, Any], tmp_path: Path):
    frame = pd.DataFrame({"column": texts})
    [wanted] = by_component(edit_metadata, {"dataset": frame}, tmp_path, columns=["column"], **said)
    same(steps.edit(frame, ["column"], **said), wanted)


@pytest.mark.parametrize("data_type", ["integer", "double", "boolean", "datetime"])
def test_a_text_that_is_none_of_them_is_an_error(data_type: str):
    with pytest.raises(ValueError, match=r"cannot become|not"):
        steps.edit(pd.DataFrame({"column": ["1", "horse"]}), ["column"], data_type=data_type)


@pytest.mark.parametrize(
    "query",
    [
        "select * from t1",
        "select make, count(*) as n, sum(doors) as doors, avg(price) as price from t1 group by make order by make;",
        "select kind, max(built) as built, bool_or(new) as new from t1 group by kind order by kind nulls last",
        "select t1.make, town from t1 left join t2 using (make) order by all",
        "select built::date as day, built::date + 1 as next, 1.5 as exact, 'a' as letter, null as nothing from t1",
        "select interval 1 day as span, doors::utinyint as tiny, price::float as small, doors / 2 as half from t1",
        "select doors > 3 as many, case when doors > 3 then doors end as gaps from t1 where price is not null",
        "select text from t1 where false",
        "select t1.make, t2.doors, eu, town from t1 left join t2 on t1.make = t2.make order by all",
    ],
)
def test_a_query_gives_the_same_rows_and_types(query: str, tmp_path: Path):
    [wanted] = by_component(apply_sql_transformation, {"t1": CARS, "t2": PLACES}, tmp_path, query=query)
    same(steps.sql(query, t1=CARS, t2=PLACES), wanted)


def test_a_query_reaches_no_file(tmp_path: Path):
    (tmp_path / "x.csv").write_text("x\n1\n")
    with pytest.raises(Exception, match="disabled"):
        steps.sql(f"select * from '{tmp_path}/x.csv'", t1=CARS)


def test_roles_select_columns_and_follow_new_names(tmp_path: Path):
    made = steps.edit(CARS, ["price"], fields="label", new_column_names=["cost"])
    assert list(steps.select(made, {"roles": ["label"]})) == ["cost"]
    first, _ = steps.split(made, seed=1)
    assert list(steps.select(steps.join(first, PLACES, ["make"]), {"roles": ["label"]})) == ["cost"]


TABLE = """whole,gaps,zeros,decimal,exp,yes,truth,half,date,moment,zone,none,text,long,plus,mixed
1,1,007,1.5,1e3,yes,true,TRUE,2020-01-01,2020-01-01 10:00,2020-01-01T10:00:00Z,,a,12345678901234567,+1,1
-2,,01,2,.5,no,false,,2020-01-02,2020-01-01T10:00:01.5,2020-01-01T12:00:00+02:00,,"b,c",1.5,+2,a
30,NA,2,?,2.,yes,TRUE,false,null,1999-12-31 23:59:59,2020-01-01T10:00:00Z,, d ,2,3,
"""


@pytest.fixture
def read_by_transom(tmp_path: Path):
    """The frame that a script gets of a file."""

    def read_by_transom(path: Path) -> pd.DataFrame:
        own = Path(mkdtemp(dir=tmp_path))
        read_file(path, own / "table.arrow")
        arrow = open_step(own / "table.arrow")
        return read(Table(arrow, describe_step(arrow)), own)

    return read_by_transom


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", TABLE),
        ("semicolon.csv", "a;b;c\n1,5;x;1\n2,25;;2\n"),
        ("both.csv", "a;b;c\n1,5;1.5;1,5\n2;2;1.5\n"),
        ("points.csv", "a;b\n1.5;x\n2;\n"),
        ("tab.tsv", "a\tb\n1\tx y\n2\t\n"),
        ("one.csv", "a\n1\n\n3\n"),
        ("rows.csv", "a,b\n"),
        ("bom.csv", "\ufeffa,b\n1,é\n"),
        ("nan.csv", "a,b\nnan,inf\n1.5,-inf\n"),
        ("big.csv", "a\n18446744073709551615\n1\n"),
        ("bad_dates.csv", "a,b\n2020-13-01,2020-02-30\n2020-01-01,2020-02-01\n"),
        ("old_dates.csv", "a\n0001-01-01\n2020-01-01\n"),
        ("all_missing.csv", "a,b\n1,NA\n2,NULL\n"),
        ("quoted.csv", 'a,"b ""c"""\n"1","x\ny"\n'),
    ],
)
def test_a_text_file_is_read_as_transom_reads_it(name: str, content: str, tmp_path: Path, read_by_transom: Any):
    (tmp_path / name).write_text(content, "utf-8")
    same(files.read_table(str(tmp_path / name)), read_by_transom(tmp_path / name))


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.parquet", "t.jsonl", "t.xlsx", "t.arrow"])
def test_a_file_that_the_script_writes_is_one_that_transom_writes(name: str, tmp_path: Path, read_by_transom: Any):
    frame = CARS.drop(columns=["kind"]).rename_axis("number")
    by_script, by_transom = tmp_path / "script" / name, tmp_path / name
    files.write_table(frame, str(by_script))
    step = tmp_path / "step.arrow"
    table = written(frame, tmp_path)
    write_step(table.arrow, step, table.description)
    write_file(step, str(by_transom))
    if name.endswith((".csv", ".tsv")):
        assert by_script.read_text("utf-8").replace(".0,", ",") == by_transom.read_text("utf-8").replace(".0,", ",")
    made, wanted = read_by_transom(by_script), read_by_transom(by_transom)
    assert made.reset_index(drop=True)["doors"].tolist() == wanted.reset_index(drop=True)["doors"].tolist()
    assert set(wanted.columns) <= {*made.columns, *made.index.names}


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"a": [1, 0], "b": [True, False], "c": [True, None]}),
        pd.DataFrame({"a": [1.0, 0.0]}, index=["x", "y"]),
        pd.DataFrame({"a": [1, 0]}, index=pd.to_datetime(["2020-01-01", "2021-01-01"])),
        pd.DataFrame({"a": [1, 0]}, index=pd.MultiIndex.from_tuples([("x", 1), ("y", 2)], names=["first", None])),
        pd.DataFrame({"a": ["x,y", 'a "b"', "l\nm", None]}),
        pd.DataFrame(),
    ],
)
def test_a_text_file_is_written_as_transom_writes_it(frame: pd.DataFrame, tmp_path: Path):
    files.write_table(frame, str(tmp_path / "script.csv"))
    table = written(frame, tmp_path)
    write_step(table.arrow, tmp_path / "step.arrow", table.description)
    write_file(tmp_path / "step.arrow", str(tmp_path / "transom.csv"))
    assert (tmp_path / "script.csv").read_text() == (tmp_path / "transom.csv").read_text()


def test_all_files_of_a_folder_are_one_table(tmp_path: Path):
    for name, content in (("b/2.csv", "a\n3\n"), ("b/1.csv", "a\n1\n2\n"), ("_SUCCESS", ""), (".hidden", "x")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    assert files.read_table(str(tmp_path), file_column="from").to_dict("list") == {
        "a": [1, 2, 3],
        "from": ["b/1.csv", "b/1.csv", "b/2.csv"],
    }
    assert files.read_table(str(tmp_path / "**" / "2.csv"))["a"].tolist() == [3]


def test_an_address_means_the_same_files_as_a_path() -> None:
    memory = fsspec.filesystem("memory")
    for name in ("a/1.csv", "a/b/2.csv", "a/_other/3.csv", "a/.hidden", "a/with#sign?.csv"):
        memory.pipe_file(f"/addresses/{name}", f"n\n{len(name)}\n".encode())
    assert files.read_table("memory://addresses/a/1.csv")["n"].tolist() == [7]
    assert files.read_table("memory://addresses/a/with#sign?.csv")["n"].tolist() == [16]
    assert files.read_table("memory://addresses/a", file_column="from").to_dict("list") == {
        "n": [7, 9, 16],
        "from": ["1.csv", "b/2.csv", "with#sign?.csv"],
    }
    assert files.read_table("memory://addresses/**/2.csv")["n"].tolist() == [9]
    with pytest.raises(SystemExit, match="There is no file"):
        files.read_table("memory://addresses/*.parquet")


MOMENTS = ["2020-01-01", "2020-07-01", None]


@pytest.mark.parametrize("zones", [["Europe/Berlin"], ["Europe/Berlin", "Europe/Berlin"], ["Asia/Tokyo", "UTC"], [5.5]])
def test_a_query_reads_times_in_the_one_zone_of_all_of_them_else_in_utc(zones: list[Any], tmp_path: Path):
    frame = pd.DataFrame({"id": [1, 2, 3]})
    for number, zone in enumerate(zones):
        known = zone if isinstance(zone, str) else datetime.timezone(datetime.timedelta(hours=zone))
        frame[f"w{number}"] = pd.to_datetime(pd.Series(MOMENTS)).dt.tz_localize(known)
    query = """
        select id, cast(w0 as date) as day, extract(hour from w0) as hour, strftime(w0, '%Y-%m-%d %H') as text,
        cast(date_trunc('day', w0) as text) as start, cast(w0 as text) as shown, w0 from t1 order by id
    """
    [wanted] = by_component(apply_sql_transformation, {"t1": frame}, tmp_path, query=query)
    same(steps.sql(query, t1=frame), wanted)


@pytest.mark.parametrize(
    "moments",
    [
        ["2020-01-01", None, "2020-07-01"],
        ["2020-01-01", None, "2020-07-01 10:00"],
        ["2020-01-01", "2020-07-01 10:00:00.50", None],
        ["2020-01-01T00:00:00.000000001", "2020-07-01 10:00:00.50"],
        [None, None],
        [],
    ],
)
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin"])
def test_dates_become_days_where_all_cells_of_the_column_are_midnights(
    moments: list[str | None], zone: str | None, tmp_path: Path
):
    cells = pd.to_datetime(pd.Series(moments, dtype=object), format="ISO8601").dt.tz_localize(zone)
    frame, said = pd.DataFrame({"column": cells}), {"columns": ["column"], "data_type": "string"}
    [wanted] = by_component(edit_metadata, {"dataset": frame}, tmp_path, **said)
    same(steps.edit(frame, **said), wanted)


@pytest.mark.parametrize(
    ("cells", "data_type"),
    [
        ([Decimal("0.30"), Decimal("0.009"), Decimal("3.3")], "double"),
        ([Decimal("0.30"), None, Decimal("3.3")], "string"),
        ([Decimal("1.0"), Decimal(20), None], "integer"),
        ([1, None, 2], "double"),
        ([1, None, 2], "integer"),
        ([1, None, 2], "string"),
        ([datetime.date(2020, 1, 1), None], "string"),
        ([datetime.date(2020, 1, 1), None], "datetime"),
        ([datetime.time(1, 2), None, datetime.time(3, 4, 5, 600)], "string"),
        ([b"x", None, b"y"], "string"),
        (["1", None, "2"], "double"),
    ],
)
def test_objects_are_text_only_where_all_of_them_are_texts(cells: list[Any], data_type: str, tmp_path: Path):
    frame, said = pd.DataFrame({"column": pd.Series(cells, dtype=object)}), {"columns": ["column"]}
    [wanted] = by_component(edit_metadata, {"dataset": frame}, tmp_path, **said, data_type=data_type)
    same(steps.edit(frame, **said, data_type=data_type), wanted)


@pytest.mark.parametrize("data_type", ["integer", "boolean"])
def test_a_decimal_with_a_fraction_is_an_error(data_type: str):
    frame = pd.DataFrame({"column": [Decimal("1.5"), None]})
    with pytest.raises(ValueError, match="cannot become"):
        steps.edit(frame, ["column"], data_type=data_type)


@pytest.mark.parametrize("types", ["string", "numeric", "integer", "datetime", "boolean", "other"])
def test_objects_are_selected_by_what_they_are(types: str, tmp_path: Path):
    cells: dict[str, list[Any]] = {
        "text": ["a", None],
        "decimal": [Decimal("0.5"), None],
        "whole": [1, None],
        "day": [datetime.date(2020, 1, 1), None],
        "truth": [True, None],
        "bytes": [b"x", None],
        "time": [datetime.time(1), None],
        "none": [None, None],
    }
    frame = pd.DataFrame({name: pd.Series(each, dtype=object) for name, each in cells.items()})
    [wanted] = by_component(select_columns, {"dataset": frame}, tmp_path, columns={"types": [types]})
    assert list(steps.select(frame, {"types": [types]})) == list(wanted)


def test_spans_of_time_are_written_whole(tmp_path: Path):
    frame = pd.DataFrame({"column": pd.to_timedelta(["3 days", "1.5s", None])})
    said = {"columns": ["column"], "data_type": "string"}
    [wanted] = by_component(edit_metadata, {"dataset": frame}, tmp_path, **said)
    same(steps.edit(frame, **said), wanted)


VALUES = ["false", "TRUE", "4", "-1", "1e3", "0.5", "nan", "fast", "", 1.0, 1, 0.5, 7.5, True, None, 2.0**60, 2**62]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize(
    "parameter",
    [
        Parameter("p", "", "", ParameterKind.TEXT, "as it was"),
        Parameter("p", "", "", ParameterKind.CODE, REQUIRED),
        Parameter("p", "", "", ParameterKind.INTEGER, 3),
        Parameter("p", "", "", ParameterKind.INTEGER, REQUIRED, minimum=0),
        Parameter("p", "", "", ParameterKind.NUMBER, 0.25, minimum=0, maximum=1),
        Parameter("p", "", "", ParameterKind.BOOLEAN, True),
        Parameter("p", "", "", ParameterKind.CHOICE, "slow", choices=("slow", "fast")),
        Parameter("p", "", "", ParameterKind.COLUMN),
        Parameter("p", "", "", ParameterKind.COLUMNS, REQUIRED),
        Parameter("p", "", "", ParameterKind.LIST),
        Parameter("p", "", "", ParameterKind.MAPPING),
    ],
    ids=lambda parameter: parameter.kind,
)
def test_an_input_becomes_a_parameter_as_it_does_for_a_step(parameter: Parameter, value: Any):
    component = Component("c", "", "", "", parameters=(parameter,))
    pipeline = Pipeline(
        {"s": Step(enter_data.COMPONENT, {}, {"data": "a"})}, {"i": PipelineInput(InputType.STRING, optional=True)}
    )
    code = Script(pipeline, Path("/nowhere")).parameters(Step(component, parameters={"p": FromInput("i")}))["p"]

    def made() -> Any:
        return eval(code, {"given": {"i": value}, "parameter": parameters.parameter})

    try:
        wanted = component.checked({} if value is None else {"p": value})["p"]
    except ValueWrong:
        with pytest.raises(SystemExit, match=r"^The input i is "):
            made()
    else:
        found = made()
        assert (found, type(found)) == (wanted, type(wanted))


def test_a_path_of_an_unknown_user_stays_as_it_is():
    assert files.place("~nosuch/b.csv").endswith("~nosuch/b.csv")
    assert files.place("~/b.csv") == os.path.expanduser("~/b.csv")


def test_a_secret_that_is_not_named_is_none():
    assert files.secret(None) is None
