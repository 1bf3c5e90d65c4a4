"""No cell becomes another value than it was: numbers are exact, dates are those of the calendar, or the row is told."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from tests.components.framing import assert_equal
from tests.components.test_edit_metadata import edit, edited, refused

from transom.components.native import CannotApply, Table
from transom.tables.description import Description


@pytest.mark.parametrize(
    ("text", "text_format"),
    [
        ("31/02/2020", "%d/%m/%Y"),
        ("2019-02-29", "%Y-%m-%d"),
        ("202-01-01", "%Y-%m-%d"),
        ("0000-01-01", "%Y-%m-%d"),
        ("2020-01-01 10:00:60", "%Y-%m-%d %H:%M:%S"),
        ("2020-01-01 10:00:61", "%Y-%m-%d %H:%M:%S"),
        ("1012020", "%d%m%Y"),
        ("2020111", "%Y%m%d"),
        ("9/3/2020", "%d/%m/%Y"),
        ("2020-05", "%Y-%m"),
        ("24:00", "%H:%M"),
        ("10:30", "%H:%M"),
        ("2020-01-01", "%Y-%m-%d "),
        ("9999-12-31", "%Y-%m-%d"),
    ],
)
def test_a_date_is_what_strptime_of_python_reads_or_told_of(text: str, text_format: str, tmp_path: Path):
    values = ["1/1/2020 is no date of this format", text]
    try:
        wanted = datetime.datetime.strptime(text, text_format)
    except ValueError:
        wanted = None
    parameters = {"data_type": "datetime", "datetime_format": text_format}
    if wanted is None:
        assert f"row 2 holds {text!r}" in refused([None, text], tmp_path, **parameters).problem
    else:
        assert edited([None, text], tmp_path, **parameters).dt.to_pydatetime().tolist()[1:] == [wanted]
    assert "row 1 holds" in refused(values, tmp_path, **parameters).problem


def test_dates_written_in_several_ways_are_read_in_one_column(tmp_path: Path):
    made = edited(["03/09/2020", "3/9/2020", "31/12/2020"], tmp_path, data_type="datetime", datetime_format="%d/%m/%Y")
    assert made.dt.strftime("%Y-%m-%d").tolist() == ["2020-09-03", "2020-09-03", "2020-12-31"]


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (["9007199254740993", "2.0"], [2**53 + 1, 2]),
        (["9007199254740993.0", "1e3", None, "NA"], [2**53 + 1, 1000, pd.NA, pd.NA]),
        (["1e18", " +3.00 "], [10**18, 3]),
        (["123456789012345678.0"], [123456789012345678]),
        (["18446744073709551615.0", "2e0"], [2**64 - 1, 2]),
        (pd.Categorical(["9007199254740993", "2.0"]), [2**53 + 1, 2]),
    ],
)
def test_whole_numbers_in_text_are_never_rounded(values: Any, wanted: list[Any], tmp_path: Path):
    made = edited(values, tmp_path, data_type="integer").astype("object")
    assert [None if one is pd.NA else one for one in made] == [None if one is pd.NA else one for one in wanted]


@pytest.mark.parametrize(
    ("values", "data_type", "row"),
    [
        (["1.0", "1.0000000000000000001"], "integer", 2),
        (["1.0", "1e20"], "integer", 2),
        (["1.0", "1e400"], "integer", 2),
        (["1.0", "1e99999999999999999999"], "integer", 2),
        (["1.0", "inf"], "integer", 2),
        (["2.0", None, "x"], "integer", 3),
        (["-1.0", "18446744073709551615"], "integer", 2),
        (["0.5", "9007199254740993"], "double", 2),
        (["18446744073709551615"], "double", 1),
        (np.array([2**64 - 1], "u8"), "double", 1),
        ([2**63 - 1], "double", 1),
    ],
)
def test_a_number_that_would_be_rounded_is_told_with_its_row(values: Any, data_type: str, row: int, tmp_path: Path):
    assert f"row {row} holds" in refused(values, tmp_path, data_type=data_type).problem


def test_long_whole_numbers_that_floats_are_become_floats(tmp_path: Path):
    made = edited(["9007199254740994", "0.5", "NA", None], tmp_path, data_type="double")
    assert_equal(made.to_frame(), pd.DataFrame({"c": [2.0**53 + 2, 0.5, None, None]}))


def decimals(values: list[Any], kind: Any) -> Table:
    return Table(pa.table({"c": pa.array(values, kind)}), Description(len(values)))


def test_decimals_become_the_floats_nearest_to_them(tmp_path: Path):
    values = [Decimal(number) / 1000 for number in range(0, 1_000_000, 37)] + [None]
    made = edit(decimals(values, pa.decimal128(12, 3)), tmp_path, ["c"], data_type="double")
    assert made.arrow.column("c").to_pylist()[:-1] == [float(value) for value in values[:-1]]


@pytest.mark.parametrize(
    ("value", "data_type"),
    [("99.9", "integer"), ("1e30", "integer"), ("0.5", "boolean"), ("1.00000000000000000001", "boolean")],
)
def test_a_decimal_that_cannot_is_told_with_its_row(value: str, data_type: str, tmp_path: Path):
    kind = pa.decimal128(3, 1) if value == "99.9" else pa.decimal256(76, 20)
    with pytest.raises(CannotApply, match="row 2 holds"):
        edit(decimals([Decimal(1), Decimal(value)], kind), tmp_path, ["c"], data_type=data_type)


def test_equal_decimals_are_one_category_and_one_that_is_no_number_is_missing(tmp_path: Path):
    values = [Decimal("10.0"), Decimal("1.0"), Decimal("1.00"), Decimal("NaN"), Decimal("sNaN"), None, Decimal(9)]
    made = edited(pd.Series(values, dtype=object), tmp_path, categorical="categorical")
    assert [str(one) for one in made.cat.categories] == ["1.0", "9", "10.0"]
    assert made.cat.codes.tolist() == [2, 0, 0, -1, -1, -1, 1]


def test_whole_numbers_too_long_for_64_bits_are_categories_by_size(tmp_path: Path):
    values = pd.Series([10**30, 9 * 10**20, 10**30], dtype=object)
    assert edited(values, tmp_path, categorical="categorical").cat.categories.tolist() == [9 * 10**20, 10**30]
