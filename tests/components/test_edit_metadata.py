"""Changed columns are of the type that was asked for, and a cell that cannot be is told with its row."""

from __future__ import annotations

import contextlib
import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from tests.components.framing import applied, assert_equal, cases, given, read, written

from transom.components import edit_metadata
from transom.components.native import CannotApply, Stopped, Table
from transom.tables.description import Description

FRAMES = cases()
CARS = pd.DataFrame({"make": ["audi", "bmw", None], "price": [13950, 16430, 21105], "doors": ["2", "4", "four"]})


def edit(table: Table, folder: Path, columns: Any, **parameters: Any) -> Table:
    return applied(edit_metadata, {"dataset": table}, folder, columns=columns, **parameters)["results_dataset"]


def edited(values: Any, folder: Path, **parameters: Any) -> pd.Series:
    """One column after an edit, as a script gets it."""
    frame = pd.DataFrame({"c": values})
    frame["other"] = range(len(frame))
    made = read(edit(written(frame, folder), folder, ["c"], **parameters), folder)
    assert_equal(made[["other"]], frame[["other"]])
    return made["c"]


def refused(values: Any, folder: Path, **parameters: Any) -> CannotApply:
    with pytest.raises(CannotApply) as found:
        edited(values, folder, **parameters)
    assert "\n" not in found.value.problem
    return found.value


@pytest.mark.parametrize(
    ("values", "data_type", "wanted"),
    [
        ([1, 2], "string", pd.Series(["1", "2"])),
        ([1.0, 2.5, None], "string", pd.Series(["1", "2.5", None])),
        ([True, False], "string", pd.Series(["True", "False"])),
        (pd.array([True, None], dtype="boolean"), "string", pd.Series(["True", None])),
        (pd.to_datetime(["2020-01-01", None]), "string", pd.Series(["2020-01-01", None])),
        (
            pd.to_datetime(["2020-01-01 00:00:00", "2020-01-01 10:00:00.25"], format="ISO8601"),
            "string",
            pd.Series(["2020-01-01 00:00:00", "2020-01-01 10:00:00.25"]),
        ),
        (
            pd.to_datetime(["2020-01-01 10:00"]).tz_localize("Europe/Paris"),
            "string",
            pd.Series(["2020-01-01 10:00:00+01:00"]),
        ),
        (pd.to_timedelta(["1 days 02:00:00", None]), "string", pd.Series(["1 days 02:00:00", None])),
        (pd.Categorical(["a", None]), "string", pd.Series(["a", None])),
        (pd.Categorical([5, None]), "string", pd.Series(["5", None])),
        (pd.period_range("2020-01", periods=2, freq="M"), "string", pd.Series(["2020-01", "2020-02"])),
        ([b"a\xc3\xa9", None], "string", pd.Series(["aé", None])),
        ([datetime.date(2020, 1, 1), None], "string", pd.Series(["2020-01-01", None])),
        ([Decimal("1.10"), None], "string", pd.Series(["1.10", None])),
        (["1", " 2 ", None], "integer", pd.array([1, 2, None], dtype="Int64")),
        (["1", "+2", "007"], "integer", pd.Series([1, 2, 7])),
        (["1.0", "1e3"], "integer", pd.Series([1, 1000])),
        ([1.0, 2.0], "integer", pd.Series([1, 2])),
        ([1.0, None], "integer", pd.array([1, None], dtype="Int64")),
        (np.array([1.0, 2.0], "f4"), "integer", pd.Series([1, 2])),
        ([True, False], "integer", pd.Series([1, 0])),
        (["18446744073709551615"], "integer", pd.Series(np.array([2**64 - 1], "u8"))),
        (pd.Categorical(["1", "2"]), "integer", pd.Series([1, 2])),
        ([Decimal("1.00"), Decimal(5)], "integer", pd.Series([1, 5])),
        (np.array([1, 2], "i1"), "integer", pd.Series(np.array([1, 2], "i1"))),
        (pd.array([1, None], dtype="Int16"), "integer", pd.array([1, None], dtype="Int16")),
        ([1, 2], "double", pd.Series([1.0, 2.0])),
        (["1.5", None, "NA", "1e3"], "double", pd.Series([1.5, None, None, 1000.0])),
        (pd.array([1, None], dtype="Int64"), "double", pd.Series([1.0, None])),
        (np.array([0.5, np.nan], "f4"), "double", pd.Series([0.5, None])),
        ([Decimal("1.10")], "double", pd.Series([1.1])),
        ([True, False], "double", pd.Series([1.0, 0.0])),
        (["True", "false", "YES", "no", "1", "0"], "boolean", pd.Series([True, False] * 3)),
        (["true", None], "boolean", pd.array([True, None], dtype="boolean")),
        ([1, 0], "boolean", pd.Series([True, False])),
        ([1.0, None], "boolean", pd.array([True, None], dtype="boolean")),
        (["2020-01-31", None], "datetime", pd.Series(pd.to_datetime(["2020-01-31", None]).as_unit("ns"))),
        (
            ["2020-01-31T10:00:00.5"],
            "datetime",
            pd.Series(pd.to_datetime(["2020-01-31T10:00:00.5"]).as_unit("ns")),
        ),
        (
            ["2020-01-31 10:00+01:00"],
            "datetime",
            pd.Series(pd.to_datetime(["2020-01-31 09:00"]).as_unit("ns").tz_localize("UTC")),
        ),
        ([datetime.date(2020, 1, 1), None], "datetime", pd.Series(pd.to_datetime(["2020-01-01", None]).as_unit("ns"))),
        (["0001-01-01"], "datetime", pd.Series(np.array(["0001-01-01"], "M8[us]"))),
        (["00:00:01.5", "2.00:00:00"], "timespan", pd.Series(pd.to_timedelta(["1.5s", "2 days"]).as_unit("ns"))),
        (
            ["-00:01:00", "1 days 02:03:04", "-1 days +23:59:59", "3 days", None],
            "timespan",
            pd.Series(pd.to_timedelta(["-60s", "1 days 02:03:04", "-1s", "3 days", None]).as_unit("ns")),
        ),
        ([datetime.time(1, 2, 3), None], "timespan", pd.Series(pd.to_timedelta(["01:02:03", None]).as_unit("ns"))),
        ([None, None], "integer", pd.array([None, None], dtype="Int64")),
        ([None, None], "double", pd.Series([np.nan, np.nan])),
        ([np.nan, np.nan], "string", pd.Series([None, None], dtype="str")),
        ([None, None], "datetime", pd.Series(np.array(["NaT", "NaT"], "M8[ns]"))),
    ],
)
def test_values_become_what_was_asked_for(values: Any, data_type: str, wanted: Any, tmp_path: Path):
    made = edited(values, tmp_path, data_type=data_type)
    assert_equal(made.to_frame(), pd.DataFrame({"c": wanted}))


@pytest.mark.parametrize(
    ("values", "text_format", "wanted"),
    [
        (["31/01/2020", None], "%d/%m/%Y", ["2020-01-31", None]),
        ([" 31/01/2020 5:07"], "%d/%m/%Y %H:%M", ["2020-01-31 05:07"]),
        (["Jan 5, 2020"], "%b %d, %Y", ["2020-01-05"]),
        (["2020-01-05 10:00:00.25"], "%Y-%m-%d %H:%M:%S.%f", ["2020-01-05 10:00:00.25"]),
        ([20200131, 20200201], "%Y%m%d", ["2020-01-31", "2020-02-01"]),
    ],
)
def test_dates_are_read_by_a_format(values: Any, text_format: str, wanted: list[Any], tmp_path: Path):
    made = edited(values, tmp_path, data_type="datetime", datetime_format=text_format)
    assert_equal(made.to_frame(), pd.DataFrame({"c": pd.to_datetime(wanted).as_unit("ns")}))


@pytest.mark.parametrize(
    ("values", "parameters", "problem"),
    [
        (["1", "2", "three"], {"data_type": "integer"}, "cannot become a whole number: row 3 holds 'three'."),
        (["1.0", "1.5"], {"data_type": "integer"}, "row 2 holds '1.5'"),
        ([1.0, None, 2.5], {"data_type": "integer"}, "row 3 holds '2.5'"),
        ([1.0, float("inf")], {"data_type": "integer"}, "row 2 holds 'inf'"),
        ([1e300], {"data_type": "integer"}, "row 1 holds '1e+300'"),
        (["1", None, "x"], {"data_type": "double"}, "cannot become a decimal number: row 3 holds 'x'"),
        ([1, 2**53 + 1], {"data_type": "double"}, "row 2 holds '9007199254740993'"),
        (["true", "maybe"], {"data_type": "boolean"}, "cannot become true or false: row 2 holds 'maybe'"),
        ([0, 1, 2], {"data_type": "boolean"}, "row 3 holds '2'"),
        (["2020-01-01", "1.2.2020"], {"data_type": "datetime"}, "a date and time: row 2 holds '1.2.2020'"),
        (["1/1/2020", "2020"], {"data_type": "datetime", "datetime_format": "%d/%m/%Y"}, "row 2 holds '2020'"),
        (["Jan", "Foo"], {"data_type": "datetime", "datetime_format": "%b"}, "row 2 holds 'Foo'"),
        (["00:01:00", "soon"], {"data_type": "timespan"}, "a time span: row 2 holds 'soon'"),
        ([b"a", b"\xff"], {"data_type": "string"}, "row 2 holds"),
        ([1, 2], {"data_type": "datetime"}, "holds numbers, which cannot become a date and time"),
        (pd.to_datetime(["2020-01-01"]), {"data_type": "integer"}, "holds dates and times, which cannot"),
        ([1, 2], {"data_type": "timespan"}, "holds numbers, which cannot become a time span"),
        ([[1], [2]], {"categorical": "categorical"}, "cannot become categorical"),
    ],
)
def test_a_cell_that_cannot_is_told_with_its_column_and_row(
    values: Any, parameters: dict[str, Any], problem: str, tmp_path: Path
):
    wrong = refused(values, tmp_path, **parameters)
    assert "'c'" in wrong.problem
    assert problem in wrong.problem
    assert wrong.advice


@pytest.mark.parametrize(
    "values",
    [
        ["b", "a", None, "b"],
        [3, 1, 2, 3],
        [0.5, None, -1.5],
        [True, False, True],
        pd.to_datetime(["2020-01-02", None, "2020-01-01"]),
        pd.to_datetime(["2020-01-02", None, "2020-01-01"]).tz_localize("Europe/Paris"),
        pd.to_timedelta([2, None, 1]),
        pd.array([3, None, 1], dtype="Int64"),
        pd.array(["b", None, "a"], dtype="string"),
        pd.Series(["b", None, "a"], dtype=object),
        [datetime.date(2020, 1, 2), datetime.date(2020, 1, 1), None],
        np.array([3, 1], "u1"),
        pd.period_range("2020-01", periods=3, freq="M"),
        list(range(300)),
        pd.Categorical(["b", "a"], categories=["b", "a", "unused"], ordered=True),
    ],
)
def test_categories_are_those_that_pandas_makes(values: Any, tmp_path: Path):
    frame = pd.DataFrame({"c": values})
    table = written(frame, tmp_path)
    made = edit(table, tmp_path, ["c"], categorical="categorical")
    assert_equal(read(made, tmp_path), frame.astype("category"))
    kind = frame["c"].astype("category").cat.categories.dtype
    assert_equal(
        read(edit(made, tmp_path, ["c"], categorical="noncategorical"), tmp_path),
        frame.astype("category").astype(kind),
    )


@pytest.mark.parametrize("name", [name for name in FRAMES if "categor" in name])
def test_categories_of_every_type_become_plain_values(name: str, tmp_path: Path):
    frame = FRAMES[name]
    made = read(edit(written(frame, tmp_path), tmp_path, {"all": True}, categorical="noncategorical"), tmp_path)
    for column in frame.columns:
        found, wanted = made[column].tolist(), frame[column].astype(object).tolist()
        assert [None if pd.isna(one) else one for one in found] == [None if pd.isna(one) else one for one in wanted]


#: A new name makes pandas choose the type of the labels anew.
OBJECT_LABELS = "columns with labels held as objects"


@pytest.mark.parametrize("name", [name for name in FRAMES if len(FRAMES[name].columns) and name != OBJECT_LABELS])
def test_what_is_not_changed_stays_as_it_is(name: str, tmp_path: Path):
    frame = FRAMES[name]
    table = written(frame, tmp_path)
    renamed = edit(table, tmp_path, {"from": 1, "to": 1}, new_column_names=["another name"], fields="label")
    assert_equal(read(renamed, tmp_path), frame.rename(columns={frame.columns[0]: "another name"}))
    assert renamed.description.roles == {"another name": "label"}


#: Numbers that are none are missing to some, and values to others.
ODD_MISSING = ("objects of decimals", "complex numbers", "nullable floats")


@pytest.mark.parametrize("data_type", ["string", "double", "integer", "boolean", "datetime", "timespan"])
@pytest.mark.parametrize("name", list(FRAMES))
def test_every_column_changes_or_is_told_of(name: str, data_type: str, tmp_path: Path):
    frame = FRAMES[name]
    table = written(frame, tmp_path)
    for column in frame.columns:
        said: list[str] = []
        with contextlib.suppress(CannotApply):
            made = read(edit(table, tmp_path, [column], data_type=data_type), tmp_path)
            said.append(column)
        if said and name not in ODD_MISSING:
            assert made[column].isna().sum() == frame[column].isna().sum()
            assert made.shape == frame.shape


def test_a_type_is_changed_before_categories_are_made(tmp_path: Path):
    made = edited(["10", "9", "10"], tmp_path, data_type="integer", categorical="categorical")
    assert made.cat.categories.tolist() == [9, 10]


def test_a_table_of_which_pandas_has_said_nothing_is_changed_too(tmp_path: Path):
    table = Table(pa.table({"a": ["1", None], "b": [1, 2]}), Description(2))
    made = edit(edit(table, tmp_path, ["a"], data_type="integer"), tmp_path, ["b"], categorical="categorical")
    wanted = pd.DataFrame({"a": pd.array([1, None], dtype="Int64"), "b": pd.Categorical([1, 2])})
    assert_equal(read(made, tmp_path), wanted)


def test_a_name_that_a_level_of_the_index_has_may_be_given(tmp_path: Path):
    frame = pd.DataFrame({"a": [1, 2]}, index=pd.Index(["x", "y"], name="level"))
    made = edit(written(frame, tmp_path), tmp_path, ["a"], new_column_names=["level"])
    assert_equal(read(made, tmp_path), frame.rename(columns={"a": "level"}))


def test_names_can_be_exchanged(tmp_path: Path):
    made = edit(written(CARS, tmp_path), tmp_path, ["make", "price"], new_column_names=["price", "make"])
    assert made.arrow.column_names == ["price", "make", "doors"]
    assert made.arrow.column("make").to_pylist() == [13950, 16430, 21105]


@pytest.mark.parametrize(
    ("columns", "names", "problem"),
    [
        (["make"], ["price"], "the name 'price'"),
        (["make", "price"], ["a", "a"], "the name 'a'"),
        (["make", "price"], ["a"], "1 names for 2 columns"),
        (["make"], [""], "which is no name"),
        (["make"], ["\ud800"], "half a character"),
        (["make"], [None], "which is no name"),
        ([], ["a"], "selects no column"),
    ],
)
def test_wrong_names_are_told(columns: list[str], names: list[Any], problem: str, tmp_path: Path):
    with pytest.raises(CannotApply, match=problem):
        edit(written(CARS, tmp_path), tmp_path, columns, new_column_names=names)


def test_roles_are_given_and_cleared(tmp_path: Path):
    table = written(CARS, tmp_path, {"price": "label"})
    made = edit(edit(table, tmp_path, ["price"], fields="clear"), tmp_path, ["doors"], fields="score")
    assert made.description.roles == {"price": "none", "doors": "score"}
    assert edit(made, tmp_path, ["price"], fields="feature").description.roles["price"] == "feature"


def test_it_stops_when_it_is_asked_to(tmp_path: Path):
    asked = given(edit_metadata, {"dataset": written(CARS, tmp_path)}, tmp_path, columns=["make"])
    with pytest.raises(Stopped):
        edit_metadata.apply(
            type(asked)(asked.tables, asked.parameters, tmp_path, asked.outside, asked.say, lambda: True)
        )
