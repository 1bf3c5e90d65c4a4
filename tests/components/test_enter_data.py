"""What stands in a pipeline becomes a table: each cell is what it was written as."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.components.framing import applied, assert_equal, given, read

from transom.components import enter_data
from transom.components.native import CannotApply


def entered(folder: Path, **parameters: Any) -> pd.DataFrame:
    return read(applied(enter_data, {}, folder, **parameters)["dataset"], folder)


CASES: dict[str, tuple[dict[str, Any], pd.DataFrame]] = {
    "lists with a header": (
        {"rows": [["make", "price", "turbo"], ["audi", 1, True], ["bmw", 2, False]]},
        pd.DataFrame({"make": ["audi", "bmw"], "price": [1, 2], "turbo": [True, False]}),
    ),
    "lists without a header": (
        {"rows": [["audi", 1], ["bmw", 2]], "has_header": False},
        pd.DataFrame({"Column1": ["audi", "bmw"], "Column2": [1, 2]}),
    ),
    "mappings": (
        {"rows": [{"make": "audi", "price": 1}, {"price": 2.5, "doors": 4}]},
        pd.DataFrame({"make": ["audi", None], "price": [1.0, 2.5], "doors": [None, 4.0]}),
    ),
    "missing cells": (
        {"rows": [["a", "b", "c"], [1, None, "x"], [None, None]]},
        pd.DataFrame({"a": [1.0, None], "b": [float("nan")] * 2, "c": ["x", None]}),
    ),
    "texts of digits stay text": ({"rows": [["zip"], ["5"], ["07"]]}, pd.DataFrame({"zip": ["5", "07"]})),
    "texts of dates become dates": (
        {"rows": [["day"], ["2020-01-31"], [None]]},
        pd.DataFrame({"day": pd.to_datetime(["2020-01-31", None]).as_unit("ns")}),
    ),
    "dates of Python": (
        {"rows": [["day"], [datetime.datetime(2020, 1, 31)]]},
        pd.DataFrame({"day": pd.Series([datetime.datetime(2020, 1, 31)]).dt.as_unit("us")}),
    ),
    "numbers beside a word for missing": ({"rows": [["n"], [1], ["NA"]]}, pd.DataFrame({"n": [1.0, None]})),
    "numbers beside words": ({"rows": [["n"], [1], ["x"]]}, pd.DataFrame({"n": ["1", "x"]})),
    "truths beside words": ({"rows": [["n"], [True], ["x"]]}, pd.DataFrame({"n": ["true", "x"]})),
    "text with commas": (
        {"data": 'make,price,zip,day\r\n"audi, old",1,07,2020-01-31\n\nbmw,,08,\n'},
        pd.DataFrame(
            {
                "make": ["audi, old", "bmw"],
                "price": [1.0, None],
                "zip": ["07", "08"],
                "day": pd.to_datetime(["2020-01-31", None]).as_unit("ns"),
            }
        ),
    ),
    "names that stand twice": ({"rows": [["a", "a"], [1, 2]]}, pd.DataFrame({"a": [1], "a_0": [2]})),
    "numbers as names": ({"rows": [[2020, 2021], [1, 2]]}, pd.DataFrame({"2020": [1], "2021": [2]})),
    "a header alone": ({"rows": [["a"]]}, pd.DataFrame({"a": pd.Series([], dtype="float64")})),
    "nothing": ({"rows": []}, pd.DataFrame()),
    "no text": ({"data": ""}, pd.DataFrame()),
}


@pytest.mark.parametrize("name", list(CASES))
def test_cells_become_what_they_are(name: str, tmp_path: Path):
    parameters, wanted = CASES[name]
    assert_equal(entered(tmp_path, **parameters), wanted)


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({}, "either rows or data"),
        ({"rows": [[1]], "data": "a"}, "either rows or data"),
        ({"rows": [["a"], [1, 2]]}, "Row 2 has 2 cells, the first one 1"),
        ({"rows": [["a"], 5]}, "Row 2 is 5, not a list"),
        ({"rows": [{"a": 1}, [1]]}, "Row 2 is [1], and others are mappings"),
        ({"rows": [["a"], [[1]]]}, "Row 1 of the column 'a' holds [1]"),
        ({"rows": [["a"], ["\ud800"]]}, "half a character"),
        (
            {"rows": [["n"], [0.5], [2**53 + 1]]},
            "Row 2 of the column 'n' holds 9007199254740993, which would be rounded",
        ),
        ({"rows": [["n"], [0.5], [10**400]]}, "Row 2 of the column 'n' holds 1"),
        ({"data": 'a\n"b'}, "no text with commas"),
    ],
)
def test_what_is_no_table_is_told(parameters: dict[str, Any], problem: str, tmp_path: Path):
    with pytest.raises(CannotApply) as found:
        entered(tmp_path, **parameters)
    assert problem in found.value.problem
    assert "\n" not in found.value.problem


def test_whole_numbers_of_any_size_are_never_rounded(tmp_path: Path):
    assert entered(tmp_path, rows=[["n"], [2**60 + 1], [5]])["n"].tolist() == [2**60 + 1, 5]
    assert str(entered(tmp_path, rows=[["n"], [10**30], [5]])["n"].iloc[0]) == str(10**30)


def test_whole_numbers_that_floats_are_stand_beside_decimals(tmp_path: Path):
    assert entered(tmp_path, rows=[["n"], [2**60], [0.5], [None]])["n"].tolist()[:2] == [2.0**60, 0.5]


def test_a_name_that_was_changed_is_told(tmp_path: Path):
    said: list[str] = []
    enter_data.apply(given(enter_data, {}, tmp_path, said, rows=[["a", "a"], [1, 2]]))
    assert said == ["The column name a stands twice; the later column is now a_0."]
