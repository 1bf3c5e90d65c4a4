"""Two tables: equal, or exactly what differs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from transom.errors import WrongUse
from transom.tables.compare import Comparison, DifferingCell, compare
from transom.tables.formats import read


@pytest.fixture
def compared(kept, tmp_path: Path) -> Callable[..., Comparison]:
    """Compare a frame with another, or with a CSV text."""

    def run(actual: pd.DataFrame, expected: pd.DataFrame | str, tolerance: float = 1e-9) -> Comparison:
        wanted = tmp_path / "expected.arrow"
        if isinstance(expected, str):
            (tmp_path / "expected.csv").write_text(expected)
            read(tmp_path / "expected.csv", wanted)
        else:
            wanted = kept(expected, "expected.arrow")
        return compare(kept(actual), wanted, tolerance)

    return run


def test_equal_tables_say_so(compared) -> None:
    frame = pd.DataFrame({"a": [1, 2], "t": ["x", None]})
    result = compared(frame, frame)
    assert (result.equal, result.sentences) == (True, ("Equal to what was expected.",))


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        ([1, 2], [1.0, 2.0]),
        ([1.0, np.nan], [1.0 + 1e-12, None]),
        ([1e12], [1e12 + 1]),
        ([np.inf, -np.inf], [np.inf, -np.inf]),
        (pd.array([1, None], dtype="Int64"), [1.0, np.nan]),
        (pd.Categorical(["x", "y"]), ["x", "y"]),
        (
            pd.to_datetime(["2020-01-01"]).astype("datetime64[s]"),
            pd.to_datetime(["2020-01-01"]).astype("datetime64[ns]"),
        ),
        ([None, None], [np.nan, np.nan]),
        (np.array([1.5], dtype="float32"), [1.5]),
    ],
)
def test_the_same_values_of_other_types_are_equal(compared, actual, expected) -> None:
    assert compared(pd.DataFrame({"v": actual}), pd.DataFrame({"v": expected})).equal


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        ([1.0], [1.0 + 1e-6]),
        ([1.0], [np.nan]),
        ([np.inf], [-np.inf]),
        ([np.inf], [1e308]),
        (["x"], ["X"]),
        (["1"], [1]),
        ([True], ["true"]),
        ([2**53 + 1], [2**53]),
        (pd.to_datetime(["2020-01-01"]), pd.to_datetime(["2020-01-01"]).tz_localize("UTC")),
        ([[1, 2]], [[1, 3]]),
    ],
)
def test_other_values_differ(compared, actual, expected) -> None:
    result = compared(pd.DataFrame({"v": actual}), pd.DataFrame({"v": expected}))
    assert (result.equal, result.cells) == (False, 1)
    assert result.first[0].row == 0


def test_the_tolerance_is_relative_and_absolute(compared) -> None:
    actual, expected = pd.DataFrame({"v": [1000.0, 0.0]}), pd.DataFrame({"v": [1000.5, 0.0005]})
    assert compared(actual, expected, 1e-3).equal
    assert compared(actual, expected, 1e-4).cells == 2


def test_each_difference_is_told_with_row_column_and_both_values(compared) -> None:
    actual = pd.DataFrame({"a": [1, 2, 3], "t": ["x", "y", None]})
    expected = pd.DataFrame({"a": [1, 5, 3], "t": ["x", None, "z"]})
    result = compared(actual, expected)
    assert result.first == (
        DifferingCell(1, "a", "2", "5"),
        DifferingCell(1, "t", "y", None),
        DifferingCell(2, "t", None, "z"),
    )
    assert result.sentences == ("3 cells differ: 2 in t, 1 in a.",)


def test_only_the_first_twenty_cells_are_shown_but_all_are_counted(compared) -> None:
    rows = 100
    result = compared(
        pd.DataFrame({"a": range(rows), "b": range(rows)}), pd.DataFrame({"a": [-1] * rows, "b": [-1] * rows})
    )
    assert (result.cells, len(result.first), result.first[-1].row) == (200, 20, 9)


def test_columns_that_are_missing_added_or_moved_are_named(compared) -> None:
    result = compared(pd.DataFrame({"b": [1], "a": [1], "c": [1]}), pd.DataFrame({"a": [1], "b": [1], "d": [1]}))
    assert (result.equal, result.missing, result.added, result.reordered) == (False, ("d",), ("c",), True)
    assert result.sentences[0] == "The column d was expected, but not there."


def test_rows_that_are_missing_are_counted_and_the_others_compared(compared) -> None:
    result = compared(pd.DataFrame({"a": [1, 9]}), pd.DataFrame({"a": [1, 2, 3]}))
    assert (result.equal, result.rows, result.expected_rows, result.cells) == (False, 2, 3, 1)


def test_the_row_order_matters(compared) -> None:
    assert not compared(pd.DataFrame({"a": [2, 1]}), pd.DataFrame({"a": [1, 2]})).equal


def test_the_row_index_counts_where_both_have_one(compared) -> None:
    frame = pd.DataFrame({"a": [1, 2]}, index=["r", "s"])
    assert compared(frame, frame).equal
    assert "row index" in compared(frame, frame.set_axis(["r", "q"])).sentences[0]
    assert not compared(frame, frame.reset_index(drop=True)).equal


def test_csv_is_compared_with_what_would_have_left_as_csv(compared) -> None:
    frame = pd.DataFrame({"a": ["1", ""], "b": [True, False]}, index=pd.Index(["r", "s"], name="key"))
    assert compared(frame, "key,a,b\nr,1,true\ns,,FALSE\n").equal
    assert compared(frame.reset_index(drop=True), "a,b\n1,true\n,FALSE\n").equal
    assert not compared(frame, "key,a,b\nr,1,true\ns,0,FALSE\n").equal


def test_tables_without_rows_are_equal_whatever_their_types(compared) -> None:
    assert compared(pd.DataFrame({"a": pd.Series([], dtype="int64")}), "a\n").equal


@pytest.mark.parametrize("tolerance", [float("nan"), float("inf"), -1.0, -1e-300])
def test_a_tolerance_that_is_no_finite_number_from_0_on_is_refused(compared, tolerance: float) -> None:
    frame = pd.DataFrame({"a": [1.0]})
    with pytest.raises(WrongUse, match="no finite number from 0 on"):
        compared(frame, frame, tolerance)


def test_a_tolerance_of_0_asks_for_the_very_same(compared) -> None:
    assert compared(pd.DataFrame({"a": [1.0]}), pd.DataFrame({"a": [1.0]}), 0).equal
    assert not compared(pd.DataFrame({"a": [1.0]}), pd.DataFrame({"a": [1.0 + 2e-16]}), 0).equal
