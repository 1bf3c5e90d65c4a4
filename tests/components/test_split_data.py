"""The two parts of a table are what pandas takes of it by position, and the same rows are drawn everywhere."""

from __future__ import annotations

import datetime
from collections import Counter
from decimal import Decimal
from fractions import Fraction
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

from transom.components import drawing, split_data
from transom.components.native import CannotApply, Stopped, Table
from transom.model.components import ValueWrong
from transom.tables.description import Description

#: pandas itself takes no rows of numbers of the other byte order.
FRAMES = {name: frame for name, frame in cases().items() if name != "numbers of the other byte order"}
NUMBERS = pd.DataFrame({"number": range(10)})
RELATIVE, PATTERN = "relative_expression", "regular_expression"


def split(table: Table, folder: Path, **parameters: Any) -> tuple[Table, Table]:
    made = applied(split_data, {"dataset": table}, folder, **parameters)
    return made["results_dataset1"], made["results_dataset2"]


def places(frame: pd.DataFrame, folder: Path, **parameters: Any) -> tuple[list[int], list[int]]:
    """Which rows of a frame, by position, are in the first part, and which in the second."""
    numbered = frame.reset_index(drop=True).assign(**{"the place": range(len(frame))})
    first, second = split(written(numbered, folder), folder, **parameters)
    return first.arrow.column("the place").to_pylist(), second.arrow.column("the place").to_pylist()


def chosen(frame: pd.DataFrame, folder: Path, expression: str, mode: str = RELATIVE) -> list[int]:
    first, second = places(frame, folder, mode=mode, expression=expression)
    assert sorted(first + second) == list(range(len(frame)))
    return first


def refused(frame: pd.DataFrame, folder: Path, **parameters: Any) -> CannotApply:
    with pytest.raises(CannotApply) as found:
        split(written(frame, folder), folder, **parameters)
    assert "\n" not in found.value.problem
    return found.value


@pytest.mark.parametrize("name", list(FRAMES))
@pytest.mark.parametrize("randomized", [True, False])
def test_every_frame_is_parted_as_pandas_does(name: str, randomized: bool, tmp_path: Path):
    frame = FRAMES[name]
    parts = split(written(frame, tmp_path), tmp_path, fraction=0.6, randomized=randomized, seed=3)
    wanted = places(frame, tmp_path, fraction=0.6, randomized=randomized, seed=3)
    for part, rows in zip(parts, wanted, strict=True):
        assert_equal(read(part, tmp_path), frame.iloc[rows])


@pytest.mark.parametrize(
    "index",
    [
        None,
        pd.RangeIndex(5, 25, 2, name="n"),
        pd.RangeIndex(9, -1, -1),
        pd.RangeIndex(0, 10, name=7),
        pd.Index(range(10), name="number"),
        pd.date_range("2020-01-01", periods=10, name="day"),
        pd.MultiIndex.from_product([["a", "b"], range(5)], names=["letter", None]),
        pd.MultiIndex.from_arrays([list("abcdefghij")], names=["only"]),
        pd.Index(list("aabbccddee")),
    ],
)
@pytest.mark.parametrize("parameters", [{"randomized": False}, {"seed": 1}, {"fraction": 1}, {"fraction": 0}])
def test_rows_keep_their_labels(index: Any, parameters: dict[str, Any], tmp_path: Path):
    frame = NUMBERS.set_axis(index, axis=0) if index is not None else NUMBERS.copy()
    frame.columns.name = "columns"
    for part in split(written(frame, tmp_path), tmp_path, **parameters):
        rows = part.arrow.column("number").to_pylist()
        found = read(part, tmp_path)
        assert_equal(found, frame.iloc[rows])
        assert found.index.names == frame.index.names
        assert found.columns.name == "columns"
        assert isinstance(found.index, pd.MultiIndex) == isinstance(frame.index, pd.MultiIndex)


def test_rows_of_a_file_which_nothing_is_said_of_get_their_numbers(tmp_path: Path):
    table = Table(pa.table({"number": range(10)}), Description(10))
    for parameters in ({"randomized": False}, {"seed": 4}):
        for part in split(table, tmp_path, **parameters):
            assert_equal(read(part, tmp_path), NUMBERS.iloc[part.arrow.column("number").to_pylist()])


def test_a_table_of_rows_without_columns_is_parted_too(tmp_path: Path):
    for parameters in ({"randomized": False}, {"seed": 4}, {"fraction": 0.0}):
        parts = [read(part, tmp_path) for part in split(written(NUMBERS[[]], tmp_path), tmp_path, **parameters)]
        assert sorted(parts[0].index.tolist() + parts[1].index.tolist()) == list(range(10))


def test_the_same_rows_are_drawn_everywhere_and_for_ever(tmp_path: Path):
    assert places(NUMBERS, tmp_path, seed=1)[0] == [1, 2, 4, 7, 8]
    assert places(NUMBERS, tmp_path, seed=2**63 - 1)[0] != places(NUMBERS, tmp_path, seed=0)[0]


def test_keys_are_those_of_splitmix64():
    def mixed(z: int) -> int:
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
        return z ^ (z >> 31)

    wanted = [mixed((mixed(42) + (row + 1) * 0x9E3779B97F4A7C15) % 2**64) for row in range(1000)]
    assert drawing.keys(42, 1000).to_pylist() == wanted


@pytest.mark.parametrize(
    ("rows", "fraction", "count"),
    [(10, 0.7, 7), (10, 0.25, 3), (10, 0.35, 4), (10, 0.05, 1), (10, 0.04, 0), (3, 0.5, 2), (7, 1, 7), (7, 0, 0)],
)
def test_a_fraction_is_rounded_with_a_half_upwards(rows: int, fraction: float, count: int, tmp_path: Path):
    frame = pd.DataFrame({"number": range(rows)})
    for parameters in ({"randomized": False}, {"seed": 5}):
        assert len(places(frame, tmp_path, fraction=fraction, **parameters)[0]) == count


def test_what_is_drawn_has_no_pattern():
    rows = 100_000
    counts = [sum(drawing.drawn(drawing.keys(seed, rows), rows // 2).slice(0, 1000).to_pylist()) for seed in range(20)]
    assert all(400 < count < 600 for count in counts)
    assert len(set(counts)) > 10


@settings(max_examples=60, deadline=None)
@for_all(
    values=some.lists(some.sampled_from(["a", "b", "c", None]), max_size=60),
    percent=some.integers(0, 100),
    seed=some.one_of(some.none(), some.integers(0, 2**63 - 1)),
)
def test_strata_keep_their_proportions(
    values: list[str | None], percent: int, seed: int | None, tmp_path_factory: pytest.TempPathFactory
):
    folder = tmp_path_factory.mktemp("strata")
    frame = pd.DataFrame({"key": pd.Series(values, dtype=object)})
    said = {"randomized": False} if seed is None else {"seed": seed}
    first, _ = places(frame, folder, fraction=percent / 100, stratify_by="key", **said)
    fraction = Fraction(percent, 100)
    assert len(first) == int(len(values) * fraction + Fraction(1, 2))
    whole, taken = Counter(values), Counter(values[row] for row in first)
    for key, count in whole.items():
        assert abs(taken[key] - count * fraction) < 1


@pytest.mark.parametrize(
    "key",
    [
        pd.Series([1.5, np.nan, 1.5, np.nan]),
        pd.Series(pd.Categorical(["b", None, "b", None], categories=["b", "unused"])),
        pd.Series([True, False, True, False]),
        pd.Series(pd.period_range("2020-01", periods=2, freq="M").repeat(2)),
        pd.Series(pd.interval_range(0, 2).repeat(2)),
        pd.Series(pd.to_datetime(["2020-01-01", None, "2020-01-01", None])),
        pd.Series(pd.array([1, None, 1, None], dtype="Int64")),
        pd.Series([datetime.date(2020, 1, 1), None] * 2),
        pd.Series([[1], None, [1], None]),
    ],
)
def test_a_column_of_any_type_makes_strata(key: pd.Series, tmp_path: Path):
    frame = pd.DataFrame({"key": key})
    first, second = places(frame, tmp_path, stratify_by="key")
    texts = key.astype(str).tolist()
    assert Counter(texts[row] for row in first) == Counter(texts[row] for row in second)


PRICES = pd.DataFrame(
    {
        "price": [5.0, 20.0, np.nan, 30.0, -1.5],
        "doors": pd.array([2, 4, None, 2**60 + 1, 2**60], dtype="Int64"),
        "make": ["audi", "bmw", None, "o'neill & co", "Audi"],
        "body": pd.Categorical(["sedan", "wagon", None, "sedan", "van"]),
        "sold": pd.to_datetime(["2020-01-01 00:00", "2020-06-01 10:00", None, "2021-01-01 00:00", "1999-12-31 00:00"]),
        "there": pd.to_datetime(
            ["2020-01-01 00:00", "2020-06-01 10:00", None, "2021-01-01 00:00", "1999-12-31 00:00"]
        ).tz_localize("Europe/Paris"),
        "span": pd.to_timedelta(["1s", "90s", None, "2 days", "-1s"]),
        "turbo": pd.array([True, False, None, True, False], dtype="boolean"),
        "day": pd.Series([datetime.date(2020, 1, day) if day else None for day in (1, 2, 0, 4, 5)]),
        "with & and | in it": range(5),
        'a "quoted" one': range(5),
        "nothing": [None] * 5,
    }
)


@pytest.mark.parametrize(
    ("expression", "rows"),
    [
        (r'\"price" > 10', [1, 3]),
        (r"\"price\" > 10", [1, 3]),
        ('"price" > 10', [1, 3]),
        (r'  \"price">10', [1, 3]),
        (r"(\1) > 10", [1, 3]),
        (r"\1 > 10", [1, 3]),
        (r'\"price" >= 5 & < 30', [0, 1]),
        (r'\"price" < 0 | > 25', [3, 4]),
        (r'\"price" > 25 | < 0 & < -1', [4]),
        (r'\"price" >= 5 & \"price" < 30', [0, 1]),
        (r'\"price" == 5', [0]),
        (r'\"price" != 5', [1, 3, 4]),
        (r'\"price" = -1.5e0', [4]),
        (r'\"doors" == 1152921504606846977', [3]),
        (r'\"doors" > 2.5', [1, 3, 4]),
        (r'\"doors" < 99999999999999999999', [0, 1, 3, 4]),
        (r'\"make" == audi', [0]),
        (r"""\"make" == "o'neill & co" """, [3]),
        (r"""\"make" == 'bmw' | == 'Audi' """, [1, 4]),
        (r'\"make" >= "b"', [1, 3]),
        (r'\"body" == sedan', [0, 3]),
        (r'\"sold" > 2020-01-01', [1, 3]),
        (r'\"sold" >= 2020-06-01 10:00 & <= 2020-06-01 10:00', [1]),
        (r'\"there" <= 2019-12-31 23:00Z', [0, 4]),
        (r'\"there" < 2020-01-01', [0, 4]),
        (r'\"span" > 00:01:00', [1, 3]),
        (r'\"span" >= 2.00:00:00', [3]),
        (r'\"span" < 00:00:00', [4]),
        (r'\"turbo" == true', [0, 3]),
        (r'\"turbo" != True', [1, 4]),
        (r'\"day" > 2020-01-02', [3, 4]),
        (r'\"with & and | in it" > 2', [3, 4]),
        (r'\"a ""quoted"" one" > 2', [3, 4]),
        (r'\"nothing" == 2', []),
    ],
)
def test_relative_expressions_choose_rows(expression: str, rows: list[int], tmp_path: Path):
    assert chosen(PRICES, tmp_path, expression) == rows


@pytest.mark.parametrize(
    ("expression", "rows"),
    [
        (r'\"make" ^a', [0]),
        (r'\"make" (?i)^a', [0, 4]),
        (r"(\3) \bco$", [3]),
        (r'\"body" ^(sedan|van)$', [0, 3, 4]),
        (r'\"make" ^$', [2]),
        (r'\"nothing" x', []),
    ],
)
def test_patterns_choose_rows(expression: str, rows: list[int], tmp_path: Path):
    assert chosen(PRICES, tmp_path, expression, PATTERN) == rows


@pytest.mark.parametrize("number", ["999.9", "4.35", "0.1", "-1.005"])
def test_a_decimal_is_compared_as_the_float_nearest_to_it(number: str, tmp_path: Path):
    arrow = pa.table({"d": pa.array([Decimal(number), Decimal(7)], pa.decimal128(12, 3))})
    first, _ = split(Table(arrow, Description(2)), tmp_path, mode=RELATIVE, expression=f'\\"d" == {number}')
    assert first.arrow.column("d").to_pylist() == [Decimal(number)]


@pytest.mark.parametrize("name", list(CATEGORIES))
def test_a_part_without_rows_has_all_categories(name: str, tmp_path: Path):
    frame = pd.DataFrame({"n": [1, 2], "c": pd.Categorical(CATEGORIES[name])})
    first, second = split(written(frame, tmp_path), tmp_path, mode=RELATIVE, expression=r'\"n" > 5')
    assert_equal(read(first, tmp_path), frame.iloc[:0])
    assert_equal(read(second, tmp_path), frame)


@pytest.mark.parametrize(
    ("mode", "expression", "problem", "advice"),
    [
        (RELATIVE, "price > 3", "does not begin with a column", "quotes"),
        (RELATIVE, r'\"prise" > 3', "no column 'prise'", "Did you mean 'price'?"),
        (RELATIVE, r"(\99) > 3", "the column 99", "begin at 1"),
        (RELATIVE, r"(\0) > 3", "the column 0", "begin at 1"),
        (RELATIVE, r'\"price" > dear', "holds numbers", "Give a number"),
        (RELATIVE, r'\"sold" > 31.1.2020', "holds dates and times", "2020-01-31"),
        (RELATIVE, r'\"span" > 90', "holds time spans", "00:01:30"),
        (RELATIVE, r'\"turbo" > maybe', "true and false", "true or false"),
        (RELATIVE, r'\"price"', "no comparison", "Write the column"),
        (RELATIVE, r'\"price" > 3 &', "no comparison", "Write the column"),
        (RELATIVE, r'\"price" > (3)', "holds numbers", "Give a number"),
        (RELATIVE, r'\"make" == "a" "b"', "& or |", "Write the column"),
        (RELATIVE, "", "does not begin", "quotes"),
        (RELATIVE, r'\"price" > 3 & \"doors" < 5', "and then about 'doors'", "one column"),
        (PATTERN, r'\"price" ^a', "numbers", "Edit Metadata"),
        (PATTERN, r'\"make" (', "no regular expression", "RE2"),
        (PATTERN, r'\"make" (?=a)', "no regular expression", "RE2"),
        (PATTERN, r'\"make"', "no pattern", "after the column"),
    ],
)
def test_a_wrong_expression_is_told(mode: str, expression: str, problem: str, advice: str, tmp_path: Path):
    wrong = refused(PRICES, tmp_path, mode=mode, expression=expression)
    assert problem in wrong.problem
    assert advice in wrong.advice


def test_an_expression_without_its_mode_is_told(tmp_path: Path):
    assert "relative_expression" in refused(PRICES, tmp_path, expression=r'\"price" > 3').advice


def test_a_mode_without_its_expression_is_told(tmp_path: Path):
    with pytest.raises(ValueWrong, match="is missing"):
        given(split_data, {}, tmp_path, mode=RELATIVE)


@pytest.mark.parametrize("fraction", [-0.1, 1.1, float("nan"), "many", None])
def test_a_fraction_is_from_0_to_1(fraction: Any, tmp_path: Path):
    if fraction is None:
        assert given(split_data, {}, tmp_path, fraction=None).parameters["fraction"] == 0.5
        return
    with pytest.raises(ValueWrong):
        given(split_data, {}, tmp_path, fraction=fraction)


def test_roles_are_in_both_parts(tmp_path: Path):
    for part in split(written(PRICES, tmp_path, {"price": "label"}), tmp_path):
        assert part.description.roles == {"price": "label"}


def test_it_stops_when_it_is_asked_to(tmp_path: Path):
    asked = given(split_data, {"dataset": written(NUMBERS, tmp_path)}, tmp_path)
    with pytest.raises(Stopped):
        split_data.apply(type(asked)(asked.tables, asked.parameters, tmp_path, asked.outside, asked.say, lambda: True))
