"""Selected columns are what pandas itself selects, and a selection says in which form it is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.components.framing import applied, assert_equal, cases, read, written

from transom.components import select_columns
from transom.components.columns import selected
from transom.components.native import CannotApply, Table

FRAMES = cases()
CARS = pd.DataFrame(
    {
        "make": ["audi", "bmw", "audi"],
        "price": [13950.5, 16430.0, None],
        "doors": [2, 4, 4],
        "turbo": [True, False, True],
        "sold": pd.to_datetime(["2020-01-01", None, "2020-03-01"]),
        "after": pd.to_timedelta([1, 2, 3], unit="D"),
        "body": pd.Categorical(["sedan", "wagon", "sedan"]),
    }
)


def select(table: Table, folder: Path, columns: Any) -> Table:
    return applied(select_columns, {"dataset": table}, folder, columns=columns)["results_dataset"]


@pytest.mark.parametrize("name", list(FRAMES))
def test_every_frame_is_what_pandas_selects_of_it(name: str, tmp_path: Path):
    frame = FRAMES[name]
    wanted = list(frame.columns[::-2])
    assert_equal(read(select(written(frame, tmp_path), tmp_path, wanted), tmp_path), frame[wanted])


@pytest.mark.parametrize(
    ("said", "names"),
    [
        (["price", "make"], ["price", "make"]),
        ("price", ["price"]),
        ({"names": ["price", "make"]}, ["price", "make"]),
        ({"all": True}, list(CARS.columns)),
        ({"all": True, "except": ["price", "doors", "sold", "after"]}, ["make", "turbo", "body"]),
        ({"types": ["numeric"]}, ["price", "doors"]),
        ({"types": ["integer", "boolean"]}, ["doors", "turbo"]),
        ({"types": "double"}, ["price"]),
        ({"types": ["datetime", "timespan", "categorical", "string"]}, ["make", "sold", "after", "body"]),
        ({"from": 6}, ["after", "body"]),
        ({"to": 2}, ["make", "price"]),
        ({"from": 2, "to": 3, "names": ["turbo", "doors"]}, ["turbo", "doors", "price"]),
        ({"types": ["numeric"], "except": {"types": ["integer"]}}, ["price"]),
        ({"roles": ["label"]}, ["turbo"]),
        ({"roles": ["feature"], "except": {"from": 3}}, ["make", "price"]),
        ({"names": []}, []),
    ],
)
def test_each_form_of_a_selection_means_its_columns(said: Any, names: list[str], tmp_path: Path):
    table = written(CARS, tmp_path, {"turbo": "label"})
    assert [column.name for column in selected(table, said, "columns")] == names


@pytest.mark.parametrize(
    ("said", "problem", "advice"),
    [
        (["prize"], "There is no column 'prize', which columns names", "Did you mean 'price'?"),
        ({"all": True, "except": ["prize"]}, "`except` of columns", "price"),
        ({"nams": ["price"]}, "'nams'", "names, all, types"),
        ({"types": ["number"]}, "'number'", "numeric"),
        ({"roles": ["labels"]}, "'labels'", "Did you mean label?"),
        ({"from": 0}, "`from` of columns is 0", "from 1 to 7"),
        ({"from": 3, "to": 2}, "from 3 to 2", "smaller position first"),
        ({"to": "3"}, "'3'", "position"),
        ({"all": "yes"}, "'yes'", "all: true"),
        ({"except": ["price"]}, "does not say which", "mapping"),
        ({}, "does not say which", "mapping"),
        ([["price"]], "['price']", "list of names"),
        ([None], "None", "list of names"),
        ({"names": {"price": 1}}, "{'price': 1}", "list"),
    ],
)
def test_a_wrong_selection_is_told_with_what_is_right(said: Any, problem: str, advice: str, tmp_path: Path):
    with pytest.raises(CannotApply) as found:
        select(written(CARS, tmp_path), tmp_path, said)
    assert problem in found.value.problem
    assert advice in found.value.advice


def test_a_level_of_the_index_is_no_column_and_stays(tmp_path: Path):
    frame = CARS.set_index(["make", "doors"])
    table = written(frame, tmp_path)
    assert_equal(read(select(table, tmp_path, ["body", "price"]), tmp_path), frame[["body", "price"]])
    with pytest.raises(CannotApply):
        select(table, tmp_path, ["make"])


def test_roles_go_with_their_columns(tmp_path: Path):
    made = select(written(CARS, tmp_path, {"price": "label", "turbo": "score"}), tmp_path, ["price", "make"])
    assert made.description.roles == {"price": "label"}


def test_no_value_is_copied(tmp_path: Path):
    table = written(CARS, tmp_path)
    made = select(table, tmp_path, ["price"])
    ours, theirs = (one.arrow.column("price").chunk(0).buffers()[1].address for one in (made, table))
    assert ours == theirs
