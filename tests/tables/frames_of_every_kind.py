"""One small frame for every dtype that a script can return, by name."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd

COLUMNS = {
    "int64": [1, 2, 3],
    "int8": np.array([1, 2, 3], dtype="int8"),
    "uint64": np.array([1, 2, 2**63], dtype="uint64"),
    "float64": [1.5, np.nan, -np.inf],
    "float32": np.array([1, 2, np.nan], dtype="float32"),
    "float16": np.array([1, 2, np.nan], dtype="float16"),
    "bool": [True, False, True],
    "Int64": pd.array([1, None, 3], dtype="Int64"),
    "Float64": pd.array([1.5, None, 3], dtype="Float64"),
    "boolean": pd.array([True, None, False], dtype="boolean"),
    "int64[pyarrow]": pd.array([1, None, 3], dtype="int64[pyarrow]"),
    "str": ["a", None, ""],
    "string": pd.array(["a", None, "b"], dtype="string"),
    "bytes": [b"a", None, b"\xff"],
    "category": pd.Categorical(["x", "y", None], categories=["z", "y", "x"]),
    "ordered category": pd.Categorical(["lo", "hi", "lo"], categories=["lo", "hi"], ordered=True),
    "category of numbers": pd.Categorical([3, 1, 3], categories=[9, 3, 1]),
    "category of periods": pd.Categorical(pd.period_range("2020-01", periods=3, freq="M")),
    "category of intervals": pd.cut([1, 5, 9], [0, 3, 6, 10]),
    "datetime64[ns]": pd.array(["2020-01-01 00:00:01.123456789", None, "2021-06-30"], dtype="datetime64[ns]"),
    "datetime64[us]": pd.array(["2020-01-01", None, "2021-06-30"], dtype="datetime64[us]"),
    "datetime64[s] out of range": pd.array(["2020-01-01", None, "1500-01-01"], dtype="datetime64[s]"),
    "datetime with a zone": pd.date_range("2020", periods=3, tz="Europe/Paris"),
    "timedelta": pd.to_timedelta(["1 days 00:00:00.5", "-2 hours", None]),
    "dates": [dt.date(2020, 1, 1), None, dt.date(1, 1, 1)],
    "times": [dt.time(1, 2, 3), None, dt.time(4, 0, 0, 5)],
    "dates and datetimes": pd.Series([dt.datetime(2020, 1, 1), dt.date(2020, 1, 1), None], dtype=object),
    "period": pd.period_range("2020-01", periods=3, freq="M"),
    "interval": pd.arrays.IntervalArray.from_breaks([0.0, 1.5, 2, 3], closed="left"),
    "complex": np.array([1 + 2j, np.nan, 3]),
    "sparse": pd.arrays.SparseArray([0, 0, 5]),
    "decimals": [Decimal("1.10"), None, Decimal("2.255")],
    "decimals too long": [Decimal("1e40"), None, Decimal("0.1")],
    "large integers": [2**70, None, 3],
    "objects of integers": pd.Series([1, None, 3], dtype=object),
    "objects of booleans": pd.Series([True, None, False], dtype=object),
    "missing numbers": [np.nan] * 3,
    "missing objects": pd.Series([None] * 3, dtype=object),
}
INDEXES = {
    "0..n-1": pd.RangeIndex(3),
    "a range": pd.RangeIndex(5, 11, 2),
    "a named range": pd.RangeIndex(3, name="row"),
    "whole numbers": pd.Index([3, 1, 2]),
    "texts": pd.Index(["r", "s", "t"]),
    "named texts": pd.Index(["r", "s", "t"], name="key"),
    "dates": pd.DatetimeIndex(["2020-01-01", "2020-01-03", "2020-02-01"], name="day"),
    "two levels": pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)], names=["g", None]),
}


def frame(name: str) -> pd.DataFrame:
    return pd.DataFrame({name: COLUMNS[name], "beside": [1, 2, 3]})


def indexed(name: str) -> pd.DataFrame:
    return pd.DataFrame({"v": [1.5, np.nan, 3.0], "t": ["a", None, "b"]}, index=INDEXES[name])


def assert_same(left: pd.DataFrame, right: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(left, right, check_exact=True, check_freq=False)
