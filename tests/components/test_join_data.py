"""Joined tables are what pandas merges, in the left order, except that a missing key matches nothing."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as some
from tests.components.framing import CATEGORIES, applied, assert_equal, cases, given, read, written

from transom.components import join_data, joining
from transom.components.native import CannotApply, Stopped, Table
from transom.tables.description import Description

CARS = pd.DataFrame({"make": ["bmw", "audi", None, "vw", "audi"], "price": [3, 1, 9, 4, 2]})
PLACES = pd.DataFrame({"make": ["audi", "bmw", "kia", None], "town": ["Ingolstadt", "München", "Seoul", "nowhere"]})
HOW = {"inner": "inner", "left_outer": "left", "full_outer": "outer"}


def tables(left: pd.DataFrame, right: pd.DataFrame, folder: Path) -> dict[str, Table]:
    made = {}
    for port, frame in (("dataset1", left), ("dataset2", right)):
        own = folder / port
        own.mkdir(exist_ok=True)
        made[port] = written(frame, own)
    return made


def join(left: pd.DataFrame, right: pd.DataFrame, folder: Path, **parameters: Any) -> pd.DataFrame:
    return read(applied(join_data, tables(left, right, folder), folder, **parameters)["results_dataset"], folder)


def refused(left: pd.DataFrame, right: pd.DataFrame, folder: Path, **parameters: Any) -> CannotApply:
    with pytest.raises(CannotApply) as found:
        join(left, right, folder, **parameters)
    assert "\n" not in found.value.problem
    return found.value


def test_rows_that_match_stand_side_by_side_in_the_left_order(tmp_path: Path):
    made = join(CARS, PLACES, tmp_path, left_keys=["make"])
    wanted = pd.DataFrame(
        {
            "make": ["bmw", "audi", "audi"],
            "price": [3, 1, 2],
            "make_1": ["bmw", "audi", "audi"],
            "town": ["München", "Ingolstadt", "Ingolstadt"],
        }
    )
    assert_equal(made, wanted)


def test_all_rows_of_both_are_there_and_a_missing_key_matches_nothing(tmp_path: Path):
    made = join(CARS, PLACES, tmp_path, left_keys=["make"], join_type="full_outer")
    assert made["price"].tolist()[:5] == [3, 1, 9, 4, 2]
    assert made["price"].isna().tolist() == [False] * 5 + [True] * 2
    assert made["town"].tolist()[-2:] == ["Seoul", "nowhere"]
    assert made["town"].isna().tolist() == [False, False, True, True, False, False, False]


def test_without_right_keys_the_left_key_of_a_row_on_the_right_alone_is_the_right_one(tmp_path: Path):
    made = join(CARS, PLACES, tmp_path, left_keys=["make"], join_type="full_outer", keep_right_keys=False)
    assert list(made.columns) == ["make", "price", "town"]
    assert made["make"].fillna("?").tolist() == ["bmw", "audi", "?", "vw", "audi", "kia", "?"]


@pytest.mark.parametrize(
    ("left", "right", "wanted"),
    [
        ([1.5], [2.5, float("nan")], pd.Series([1.5, 2.5, None])),
        ([1], [2.0, float("nan")], pd.Series([1.0, 2.0, None])),
        (np.array([0.5], "f4"), [0.1], pd.Series([0.5, 0.1])),
        ([0.5], np.array([0.25], "f4"), pd.Series([0.5, 0.25])),
        (np.array([0.5], "f2"), np.array([0.1], "f4"), pd.Series(np.array([0.5, 0.1], "f4"))),
        (pd.array([0.5], dtype="Float32"), [0.1], pd.array([0.5, 0.1], dtype="Float64")),
        (
            np.array(["2020-01-01"], "M8[s]"),
            np.array(["2020-01-01T00:00:00.25", "NaT"], "M8[us]"),
            pd.Series(np.array(["2020-01-01", "2020-01-01T00:00:00.25", "NaT"], "M8[us]")),
        ),
        (
            pd.to_datetime(["2020-01-01"]).as_unit("s").tz_localize("Europe/Paris"),
            pd.to_datetime(["2020-01-01 00:00:00.5"]).as_unit("ms").tz_localize("UTC"),
            pd.Series(pd.to_datetime(["2019-12-31 23:00", "2020-01-01 00:00:00.5"], format="ISO8601"))
            .dt.as_unit("ms")
            .dt.tz_localize("UTC")
            .dt.tz_convert("Europe/Paris"),
        ),
        (
            np.array([1], "m8[s]"),
            np.array([1, 1500], "m8[ms]"),
            pd.Series(np.array([1000, 1, 1500], "m8[ms]")),
        ),
    ],
)
def test_left_keys_become_of_the_type_that_the_right_ones_need(left: Any, right: Any, wanted: Any, tmp_path: Path):
    one, other = pd.DataFrame({"k": left}), pd.DataFrame({"k": right})
    made = join(one, other, tmp_path, left_keys=["k"], join_type="full_outer", keep_right_keys=False)
    assert_equal(made, pd.DataFrame({"k": wanted}))


def of_decimals(name: str, values: list[Any], kind: Any) -> Table:
    return Table(pa.table({name: pa.array(values, kind)}), Description(len(values)))


def test_a_decimal_key_is_filled_with_no_rounded_one(tmp_path: Path):
    left = of_decimals("k", [Decimal("0.10")], pa.decimal128(4, 2))
    right = written(pd.DataFrame({"k": [0.1, 0.75, None]}), tmp_path)
    both = {"dataset1": left, "dataset2": right}
    asked = {"left_keys": ["k"], "join_type": "full_outer", "keep_right_keys": False}
    made = applied(join_data, both, tmp_path, **asked)["results_dataset"]
    assert made.arrow.column("k").to_pylist() == [Decimal("0.10"), Decimal("0.75"), None]
    both["dataset2"] = written(pd.DataFrame({"k": [0.125]}), tmp_path)
    with pytest.raises(CannotApply, match="no common type"):
        applied(join_data, both, tmp_path, **asked)


def test_decimals_match_the_floats_nearest_to_them(tmp_path: Path):
    numbers = [Decimal(number) / 1000 for number in range(0, 1_000_000, 37)]
    left = of_decimals("k", numbers, pa.decimal128(12, 3))
    right = written(pd.DataFrame({"k": [float(number) for number in numbers]}), tmp_path)
    made = applied(join_data, {"dataset1": left, "dataset2": right}, tmp_path, left_keys=["k"])["results_dataset"]
    assert made.description.rows == len(numbers)


def test_a_float_key_is_filled_with_the_float_nearest_to_a_decimal(tmp_path: Path):
    right = of_decimals("k", [Decimal("999.9")], pa.decimal128(12, 3))
    both = {"dataset1": written(pd.DataFrame({"k": [0.5]}), tmp_path), "dataset2": right}
    asked = {"left_keys": ["k"], "join_type": "full_outer", "keep_right_keys": False}
    made = applied(join_data, both, tmp_path, **asked)["results_dataset"]
    assert made.arrow.column("k").to_pylist() == [0.5, 999.9]


@pytest.mark.parametrize("name", [name for name in CATEGORIES if name != "intervals"])
@pytest.mark.parametrize("kind", ["inner", "left_semi"])
def test_categories_stay_where_no_row_is_left(name: str, kind: str, tmp_path: Path):
    left = pd.DataFrame({"k": [1, 2], "c": pd.Categorical(CATEGORIES[name])})
    made = join(left, pd.DataFrame({"k": [9]}), tmp_path, left_keys=["k"], join_type=kind, keep_right_keys=False)
    assert_equal(made, left.iloc[:0])


def test_semi_and_anti_joins_part_the_left_rows(tmp_path: Path):
    for parameters, rows in (({"join_type": "left_semi"}, [0, 1, 4]), ({"join_type": "left_anti"}, [2, 3])):
        made = join(CARS, pd.concat([PLACES, PLACES]), tmp_path, left_keys=["make"], **parameters)
        assert_equal(made, CARS.iloc[rows].reset_index(drop=True))


@settings(max_examples=150, deadline=None)
@for_all(
    left=some.lists(some.tuples(some.integers(0, 4), some.sampled_from("abc")), max_size=12),
    right=some.lists(some.tuples(some.integers(0, 4), some.sampled_from("abc")), max_size=12),
    kind=some.sampled_from(list(HOW)),
    several=some.booleans(),
)
def test_joins_are_those_of_pandas(
    left: list[Any], right: list[Any], kind: str, several: bool, tmp_path_factory: pytest.TempPathFactory
):
    folder = tmp_path_factory.mktemp("join")
    one = pd.DataFrame(left, columns=["k", "l"]).astype({"k": "int64", "l": "str"})
    one["row"] = np.arange(len(left)) * 1.5
    other = pd.DataFrame(right, columns=["rk", "rl"]).astype({"rk": "int64", "rl": "str"})
    other["place"] = np.arange(len(right))
    keys, right_keys = (["k", "l"], ["rk", "rl"]) if several else (["k"], ["rk"])
    made = join(one, other, folder, left_keys=keys, right_keys=right_keys, join_type=kind)
    wanted = one.merge(other, how=HOW[kind], left_on=keys, right_on=right_keys)
    if kind == "full_outer":  # pandas sorts by the keys
        wanted = wanted.sort_values(["row", "place"], ignore_index=True)
    assert_equal(made, wanted)


FRAMES = cases()
#: What pandas itself cannot merge or take rows of, or makes another type of than of any other operation.
NOT_MERGED = {
    "numbers of the other byte order",
    "no columns",
    "no columns, and labels of text",
    "nothing at all",
}


@pytest.mark.parametrize("name", [name for name in FRAMES if name not in NOT_MERGED])
def test_columns_of_every_type_come_along(name: str, tmp_path: Path):
    right = FRAMES[name].reset_index(drop=True)
    right.columns = [str(column) for column in right.columns]
    right.insert(0, "the key", range(len(right)))
    left = pd.DataFrame({"the key": np.arange(len(right))[::-1].copy()})
    made = join(left, right, tmp_path, left_keys=["the key"], keep_right_keys=False)
    assert_equal(made, right.iloc[::-1].reset_index(drop=True)[list(right.columns)])


#: pandas says of these that they became something else than it makes of them everywhere else.
ODD_GAPS = NOT_MERGED | {"sparse columns", "sparse columns of small numbers", "complex numbers"}


@pytest.mark.parametrize("name", [name for name in FRAMES if name not in ODD_GAPS and len(FRAMES[name])])
def test_columns_of_every_type_may_have_gaps(name: str, tmp_path: Path):
    right = FRAMES[name].reset_index(drop=True)
    right.columns = [str(column) for column in right.columns]
    right.insert(0, "the key", range(len(right)))
    left = pd.DataFrame({"the key": [0, 10**6]})
    made = join(left, right, tmp_path, left_keys=["the key"], keep_right_keys=False, join_type="left_outer")
    wanted = left.merge(right, how="left", on="the key")
    for column in wanted.columns:
        whole = right[column].dtype.kind in "iu" and str(right[column].dtype)[:1] in "iu"
        if whole and abs(int(right[column].iloc[0])) > 2**53:  # pandas loses digits here
            wanted[column] = pd.array([right[column].iloc[0], None], dtype=str(made[column].dtype))
            assert str(made[column].dtype).lower() == str(right[column].dtype)
    assert_equal(made, wanted)


def test_whole_numbers_with_gaps_are_never_rounded(tmp_path: Path):
    right = pd.DataFrame({"k": [1], "small": [5], "large": [2**60 + 1]})
    made = join(pd.DataFrame({"k": [1, 2]}), right, tmp_path, left_keys=["k"], join_type="left_outer")
    assert made["small"].dtype == "float64"
    assert made["large"].tolist() == [2**60 + 1, pd.NA]


@pytest.mark.parametrize(
    ("left", "right", "matched"),
    [
        ([1, 2, 2**53 + 1], [1.0, 2.5, 2.0**53], [0]),
        (np.array([1, 255], "u1"), np.array([1, -1], "i8"), [0]),
        (np.array([2**64 - 1, 5], "u8"), np.array([-1, 5], "i8"), [1]),
        ([0.0, float("nan")], [-0.0, float("nan")], [0]),
        (pd.array([1, None], dtype="Int64"), [1, 0], [0]),
        (pd.Categorical(["a", "b"]), ["b", "c"], [1]),
        (pd.Categorical([5, 6]), [6, 7], [1]),
        (pd.to_datetime(["2020-01-01", "2020-01-02"]).as_unit("s"), pd.to_datetime(["2020-01-02"]).as_unit("ns"), [1]),
        (np.array(["0001-01-01", "2020-01-01"], "M8[s]"), np.array(["2020-01-01"], "M8[ns]"), [1]),
        (
            pd.to_datetime(["2020-01-01 12:00"]).tz_localize("Europe/Paris"),
            pd.to_datetime(["2020-01-01 11:00"]).tz_localize("UTC"),
            [0],
        ),
        (pd.to_timedelta(["1s", "2s"]), pd.to_timedelta(["2s"]).as_unit("s"), [1]),
        ([True, False], [False], [1]),
        ([datetime.date(2020, 1, 1)], [datetime.date(2020, 1, 1)], [0]),
        ([Decimal("1.10"), Decimal(2)], [Decimal("1.1"), Decimal("2.0")], [0, 1]),
        (pd.period_range("2020-01", periods=2, freq="M"), pd.period_range("2020-02", periods=2, freq="M"), [1]),
        (pd.interval_range(0, 2), pd.interval_range(1, 3), [1]),
        ([b"a", b"b"], [b"b"], [1]),
        ([None, None], ["a"], []),
    ],
)
def test_equal_keys_match_whatever_type_they_have(left: Any, right: Any, matched: list[int], tmp_path: Path):
    one = pd.DataFrame({"k": left}).assign(row=range(len(left)))
    made = join(one, pd.DataFrame({"k": right}), tmp_path, left_keys=["k"], join_type="left_semi")
    assert made["row"].tolist() == matched


def test_capitals_make_another_key_unless_it_is_said(tmp_path: Path):
    left, right = pd.DataFrame({"k": ["Ärger", "b"]}), pd.DataFrame({"k": ["ärger", "B", "b"], "n": [1, 2, 3]})
    assert join(left, right, tmp_path, left_keys=["k"])["n"].tolist() == [3]
    assert join(left, right, tmp_path, left_keys=["k"], match_case=False)["n"].tolist() == [1, 2, 3]


def test_named_levels_become_columns_and_an_unnamed_index_is_left_out(tmp_path: Path):
    left = CARS.set_index(["make", CARS.index.rename("row")])
    right = PLACES.set_index(pd.Index([4, 3, 2, 1]))
    said: list[str] = []
    asked = given(join_data, tables(left, right, tmp_path), tmp_path, said, left_keys=["make"], keep_right_keys=False)
    made = read(dict(join_data.apply(asked))["results_dataset"], tmp_path)
    assert_equal(made, left.reset_index().dropna().merge(right, on="make"))
    assert said == [
        "dataset2: The row index without a name was left out; reset_index() in a script makes a column of it."
    ]


def test_a_right_column_of_a_left_name_gets_a_number_which_no_column_has(tmp_path: Path):
    left = pd.DataFrame({"k": [1], "x": [1], "x_1": [2]})
    right = pd.DataFrame({"k": [1], "x": [3], "y": [4]})
    made = join(left, right, tmp_path, left_keys=["k"])
    assert made.iloc[0].to_dict() == {"k": 1, "x": 1, "x_1": 2, "k_2": 1, "x_2": 3, "y": 4}


def test_roles_of_both_come_along_under_the_new_names(tmp_path: Path):
    (tmp_path / "left").mkdir()
    left = written(CARS, tmp_path / "left", {"price": "label"})
    right = written(PLACES, tmp_path, {"make": "score", "town": "feature"})
    made = applied(join_data, {"dataset1": left, "dataset2": right}, tmp_path, left_keys=["make"])["results_dataset"]
    assert made.description.roles == {"price": "label", "make_1": "score", "town": "feature"}


@pytest.mark.parametrize(
    ("parameters", "problem", "advice"),
    [
        ({"left_keys": ["maker"]}, "'maker', which left_keys names", "Did you mean 'make'?"),
        ({"left_keys": ["price"]}, "'price', which right_keys names", "The columns are make, town"),
        ({"left_keys": ["make", "price"], "right_keys": ["make"]}, "2 columns, right_keys 1", "as many"),
        ({"left_keys": []}, "0 columns", "at least one"),
        ({"left_keys": ["price"], "right_keys": ["town"]}, "holds numbers, the right key 'town'", "Edit Metadata"),
    ],
)
def test_wrong_keys_are_told(parameters: dict[str, Any], problem: str, advice: str, tmp_path: Path):
    wrong = refused(CARS, PLACES, tmp_path, **parameters)
    assert problem in wrong.problem
    assert advice in wrong.advice


def test_a_join_that_no_memory_has_room_for_is_refused_before_it_is_made(tmp_path: Path):
    many = pd.DataFrame({"k": np.zeros(200_000, "i8"), "v": np.arange(200_000)})
    assert "40,000,000,000 rows" in refused(many, many, tmp_path, left_keys=["k"]).problem


def test_text_that_becomes_too_long_for_its_type_gets_a_wider_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(joining, "_MOST_TEXT", 100)
    right = pd.DataFrame({"k": [1] * 3, "t": ["x" * 20] * 3})
    made = applied(join_data, tables(pd.DataFrame({"k": [1] * 3}), right, tmp_path), tmp_path, left_keys=["k"])
    assert pa.types.is_large_string(made["results_dataset"].arrow.column("t").type)
    assert read(made["results_dataset"], tmp_path)["t"].tolist() == ["x" * 20] * 9


def test_it_stops_when_it_is_asked_to(tmp_path: Path):
    asked = given(join_data, tables(CARS, PLACES, tmp_path), tmp_path, left_keys=["make"])
    with pytest.raises(Stopped):
        join_data.apply(type(asked)(asked.tables, asked.parameters, tmp_path, asked.outside, asked.say, lambda: True))
