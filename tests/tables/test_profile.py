"""The statistics of a table are those that numpy and pandas find, of every dtype, and of whatever a stranger writes."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import time
from concurrent.futures import CancelledError
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from tests.tables.frames_of_every_kind import COLUMNS, INDEXES, frame, indexed

from transom.errors import InputUnreadable, WrongUse
from transom.model.profiles import ColumnProfile, Kind, Lengths, NoProfile, Point, Profile, TopValue
from transom.tables import profile_database, profile_values
from transom.tables.description import Description
from transom.tables.profile import profile
from transom.tables.profile_database import database
from transom.tables.step_file import write_step

SEED = 20261125
#: Of few rows all columns are looked at in one pass, of many each in its own; from 20,000 on quantiles take several.
SIZES = (1, 2, 7, 1000, 30_000, 60_000)


@pytest.fixture
def profiled(kept):
    """The profile of a frame, which is the same after a way through JSON."""

    def run(given: pd.DataFrame, **more: object) -> Profile:
        found = profile(kept(given), **more)
        assert Profile.from_document(json.loads(json.dumps(found.document(), allow_nan=False))) == found
        return found

    return run


@pytest.fixture
def of_arrow(tmp_path: Path):
    """The profile of an Arrow table, as a script might write one by itself."""

    def run(table: pa.Table, **more: object) -> Profile:
        path = tmp_path / "arrow.arrow"
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        return profile(path, **more)

    return run


def only(found: Profile) -> ColumnProfile:
    (column,) = found.columns
    return column


# Numbers.


def with_gaps(random: np.random.Generator, rows: int) -> np.ndarray:
    values = random.normal(size=rows)
    for gap, share in ((np.nan, 0.1), (np.inf, 0.1), (-np.inf, 0.05)):
        values[random.random(rows) < share] = gap
    return values


NUMBERS = {
    "normal": lambda random, rows: random.normal(size=rows),
    "far above 0": lambda random, rows: random.normal(size=rows) + 1e9,
    "far below 0": lambda random, rows: random.normal(size=rows) - 1e12,
    "lognormal": lambda random, rows: random.lognormal(0, 5, rows),
    "of few values": lambda random, rows: random.choice([0.1, 0.2, 0.1 + 0.2, 7.0], rows, p=[0.9, 0.05, 0.03, 0.02]),
    "with infinities and missing ones": with_gaps,
    "from end to end": lambda random, rows: random.choice([-1.7e308, 1.7e308, 0.0, 1e-300, -5e-324], rows),
    "huge": lambda random, rows: random.choice([1.5e308, 1.6e308, 1.7e308], rows),
    "tiny": lambda random, rows: random.integers(0, 40, rows) * 5e-324,
    "near together": lambda random, rows: 1.0 + random.integers(0, 3, rows) * 2.0**-52,
    "float32": lambda random, rows: random.normal(size=rows).astype("float32"),
    "float16": lambda random, rows: random.normal(size=rows).astype("float16"),
    "equal": lambda random, rows: np.full(rows, 2.5),
}


@pytest.mark.parametrize("rows", SIZES)
def test_floating_numbers_have_the_figures_that_numpy_finds(profiled, rows: int) -> None:
    given = pd.DataFrame({name: make(np.random.default_rng(SEED), rows) for name, make in NUMBERS.items()})
    for column in profiled(given, bins=13).columns:
        values = given[column.name].to_numpy()
        finite = values[np.isfinite(values)].astype("float64")
        assert (column.type, column.kind) == (str(values.dtype), Kind.NUMBER)
        assert (column.count, column.missing) == (np.sum(~np.isnan(values)), np.sum(np.isnan(values)))
        assert column.positive_infinities == np.sum(values == np.inf)
        assert column.negative_infinities == np.sum(values == -np.inf)
        assert column.unique == len(np.unique(values[~np.isnan(values)]))
        if len(finite):
            assert_measured(column, finite)


def assert_measured(column: ColumnProfile, finite: np.ndarray) -> None:
    """The figures of finite floating numbers."""
    ordered = np.sort(finite)
    assert (column.min, column.max) == (ordered[0], ordered[-1])
    exact = sum(map(Fraction, finite.tolist())) / len(finite)
    largest = float(np.max(np.abs(finite)))
    assert column.mean == pytest.approx(float(exact), rel=1e-12, abs=1e-12 * largest or 1e-320)
    assert_deviation(column, [Fraction(each) for each in finite.tolist()], exact)
    assert column.spread is not None
    exactly = [Fraction(each) for each in ordered.tolist()]
    wanted = [float(_share(exactly, step)) for step in (5, 10, 15)]
    found = [column.lower_quartile, column.median, column.upper_quartile]
    assert found == pytest.approx(wanted, rel=1e-14, abs=1e-323)
    assert_points(column.spread.points, ordered)
    assert column.histogram is not None
    edges = np.array(column.histogram.edges)
    assert (edges[0], edges[-1]) == (ordered[0], ordered[-1])
    assert len(column.histogram.counts) == len(edges) - 1 <= 13
    inner = np.searchsorted(ordered, edges[1:-1], side="left")
    assert list(column.histogram.counts) == np.diff([0, *inner, len(finite)]).tolist()
    if len(edges) == 14 and column.name != "tiny":
        np.testing.assert_allclose(edges, np.linspace(ordered[0] / 2, ordered[-1] / 2, 14) * 2, rtol=1e-9, atol=1e-9)


def assert_points(points: tuple[Point, ...], ordered: np.ndarray) -> None:
    """Each point says how many values lie below it, and at most a twentieth of all lies between two of them."""
    values = [each.value for each in points]
    assert values == sorted(set(values))
    assert (values[0], values[-1]) == (float(ordered[0]), float(ordered[-1]))
    assert [each.below for each in points] == np.searchsorted(ordered, values, side="left").tolist()
    assert [each.up_to for each in points] == np.searchsorted(ordered, values, side="right").tolist()
    assert all(right.below - left.up_to <= len(ordered) / 20 for left, right in pairwise(points))


def assert_deviation(column: ColumnProfile, values: list[Fraction], mean: Fraction) -> None:
    if len(values) == 1:
        assert column.deviation is None
        return
    squares = sum((each - mean) ** 2 for each in values) / (len(values) - 1)
    shift = max(-1000, -math.frexp(float(max(map(abs, values))))[1])  # so that the squares have a place
    scaled = math.sqrt(squares * Fraction(2) ** (2 * shift)) if squares else 0.0
    wanted = math.ldexp(scaled, -shift) if math.frexp(scaled or 1.0)[1] - shift <= 1024 else None
    assert column.deviation == (None if wanted is None else pytest.approx(wanted, rel=1e-9, abs=1e-323))


WHOLE = {
    "int8": ("int8", -128, 128),
    "int16": ("int16", -30_000, 30_000),
    "int32": ("int32", -(2**31), 2**31),
    "int64": ("int64", -(2**63), 2**63),
    "uint8": ("uint8", 0, 256),
    "uint64": ("uint64", 0, 2**64),
    "uint64, high": ("uint64", 2**64 - 50, 2**64),
    "int64, high": ("int64", 2**63 - 30, 2**63),
    "few": ("int64", 0, 5),
    "a thousand": ("int64", 0, 1000),
    "a million": ("int64", 10**15, 10**15 + 10**6),
}


@pytest.mark.parametrize("rows", SIZES)
def test_whole_numbers_have_exact_figures(profiled, rows: int) -> None:
    random = np.random.default_rng(SEED + rows)
    given = pd.DataFrame(
        {
            name: random.integers(low, high, rows, dtype=kind, endpoint=False)
            for name, (kind, low, high) in WHOLE.items()
        }
    )
    for column in profiled(given).columns:
        values = sorted(given[column.name].tolist())
        assert (column.count, column.missing) == (rows, 0)
        assert column.unique == len(set(values))
        assert (column.min, column.max) == (values[0], values[-1])
        assert column.mean == sum(values) / rows
        mean = Fraction(sum(values), rows)
        assert_deviation(column, [Fraction(each) for each in values], mean)
        found = [column.lower_quartile, column.median, column.upper_quartile]
        assert found == pytest.approx([float(_share(values, step)) for step in (5, 10, 15)], rel=1e-15)
        assert column.spread is not None
        if max(abs(values[0]), abs(values[-1])) < 2**53:
            assert_points(column.spread.points, np.array(values))
        assert column.histogram is not None
        edges = column.histogram.edges
        assert edges[0] == values[0]
        assert edges[-1] > values[-1] or edges[-1] in (2**63 - 1, 2**64 - 1)
        inner = np.searchsorted(np.array(values, dtype=object), np.array(edges[1:-1], dtype=object))
        assert list(column.histogram.counts) == np.diff([0, *inner, rows]).tolist()
        widths = {upper - lower for lower, upper in pairwise(edges[:-1])}
        assert len(widths) <= 1, "bins of whole numbers are equally wide"


def _share(values: list[int] | list[Fraction], step: int) -> Fraction:
    """The quantile of ordered values as numpy's `linear` means it, without its rounding."""
    below, rest = divmod(step * (len(values) - 1), 20)
    above = values[min(below + 1, len(values) - 1)]
    return values[below] + Fraction(above - values[below]) * rest / 20


def test_a_negative_zero_is_zero(profiled) -> None:
    column = only(profiled(pd.DataFrame({"v": [0.0, -0.0, 1.0, -1.0]})))
    assert column.unique == 3
    assert column.spread is not None
    assert column.spread.points == (Point(-1.0, 0, 1), Point(0.0, 1, 3), Point(1.0, 3, 4))


def test_a_value_at_an_edge_is_counted_above_it(profiled) -> None:
    column = only(profiled(pd.DataFrame({"v": [0.0, 1.0, 1.0, 2.0, 3.0, 4.0]}), bins=4))
    assert column.histogram is not None
    assert column.histogram.edges == (0.0, 1.0, 2.0, 3.0, 4.0)
    assert column.histogram.counts == (1, 2, 1, 2)


def test_frequent_whole_numbers_are_told_only_where_they_are_few(profiled) -> None:
    found = profiled(pd.DataFrame({"few": [7, 7, 3] * 1000, "many": range(3000)}), top=5)
    assert found.columns[0].top == (TopValue("7", 2000), TopValue("3", 1000))
    assert found.columns[1].top == ()
    assert found.columns[1].unique == 3000


def test_decimals_of_arrow_are_numbers(of_arrow) -> None:
    table = pa.table(
        {
            "a": pa.array([Decimal("1.5"), None, Decimal("-2.5")], pa.decimal128(38, 10)),
            "b": pa.array([Decimal(10) ** 60, None, Decimal(1)], pa.decimal256(76, 2)),
        }
    )
    first, second = of_arrow(table).columns
    assert (first.kind, first.count, first.min, first.max, first.mean) == (Kind.NUMBER, 2, -2.5, 1.5, -0.5)
    assert (second.count, second.max) == (2, 1e60)


def test_text_that_only_claims_to_be_numbers_is_text(tmp_path: Path) -> None:
    entry = {"v": {"dtype": "object", "encoding": "decimals"}}
    write_step(pa.table({"v": ["1.5", "one"]}), tmp_path / "step.arrow", Description(2, encodings=entry))
    column = only(profile(tmp_path / "step.arrow"))
    assert (column.kind, column.unique, column.min) == (Kind.TEXT, 2, "1.5")


# Every dtype.


@pytest.mark.parametrize("name", COLUMNS)
def test_every_dtype_has_the_counts_that_pandas_finds(profiled, name: str) -> None:
    given = frame(name)
    column, beside = profiled(given).columns
    assert column.name == name
    assert column.type == str(given[name].dtype)
    assert (column.count, column.missing) == (given[name].count(), given[name].isna().sum())
    assert (column.unique, column.unique_is_approximate) == (given[name].nunique(), False)
    assert sum(each.count for each in column.top) in (0, column.count)
    assert (beside.mean, beside.unique) == (2.0, 3)


@pytest.mark.parametrize("name", COLUMNS)
def test_every_dtype_may_have_no_rows(profiled, name: str) -> None:
    column = profiled(frame(name).iloc[:0]).columns[0]
    assert (column.count, column.missing, column.unique) == (0, 0, 0)
    assert (column.min, column.mean, column.histogram, column.top) == (None, None, None, ())


@pytest.mark.parametrize("name", COLUMNS)
def test_every_dtype_may_stand_in_many_rows(profiled, name: str) -> None:
    given = pd.concat([frame(name)] * 20_000, ignore_index=True)
    column = profiled(given).columns[0]
    once = profiled(frame(name)).columns[0]
    assert (column.count, column.missing) == (20_000 * once.count, 20_000 * once.missing)
    assert (column.unique, column.min, column.max) == (once.unique, once.min, once.max)
    assert [each.value for each in column.top] == [each.value for each in once.top]
    assert [each.count for each in column.top] == [20_000 * each.count for each in once.top]


@pytest.mark.parametrize("name", COLUMNS)
def test_every_dtype_may_be_a_level_of_the_row_index(profiled, kept, name: str) -> None:
    try:
        given = frame(name).set_index([name], append=True)
        kept(given, "once.arrow")
    except Exception as refused:  # no pandas index is made of everything
        pytest.skip(str(refused))
    found = profiled(given)
    assert [each.name for each in found.index] == [None, name]
    assert found.index[1].count == 3 - given.index.get_level_values(1).isna().sum()


@pytest.mark.parametrize("name", INDEXES)
def test_the_row_index_is_told_of_unless_it_only_counts(profiled, name: str) -> None:
    given = indexed(name)
    found = profiled(given)
    assert [each.name for each in found.columns] == ["v", "t"]
    if name == "0..n-1":
        assert found.index == ()
        return
    assert [each.name for each in found.index] == list(given.index.names)
    for place, level in enumerate(found.index):
        values = given.index.get_level_values(place)
        assert (level.count, level.unique) == (3, values.nunique())


# Times.


def test_times_have_the_figures_that_pandas_finds(profiled) -> None:
    random = np.random.default_rng(SEED)
    units = random.integers(-(10**17), 10**18, 50_001)
    given = pd.DataFrame(
        {
            "ns": units.astype("datetime64[ns]"),
            "zoned": pd.DatetimeIndex(units.astype("datetime64[ns]")).tz_localize("UTC").tz_convert("Europe/Paris"),
            "length": units.astype("timedelta64[ns]"),
        }
    )
    given.loc[7, :] = pd.NaT
    for column in profiled(given).columns:
        values = given[column.name]
        as_value = pd.Timedelta if column.name == "length" else pd.Timestamp
        assert (column.kind, column.count, column.missing) == (
            Kind.DURATION if column.name == "length" else Kind.INSTANT,
            50_000,
            1,
        )
        assert (as_value(column.min), as_value(column.max)) == (values.min(), values.max())
        assert as_value(column.median).value == math.floor(_share(sorted(np.delete(units, 7).tolist()), 10))
        assert abs(as_value(column.mean) - values.mean()) <= pd.Timedelta(1000)
        assert abs(pd.Timedelta(column.deviation) - values.std()) < pd.Timedelta("10us")
        assert column.histogram is not None
        edges = pd.Series([as_value(each) for each in column.histogram.edges])
        kept_values = values.dropna()
        wanted = [((kept_values >= low) & (kept_values < high)).sum() for low, high in pairwise(edges)]
        assert list(column.histogram.counts) == wanted
        assert column.spread is not None
        assert column.spread.points[0].value == pytest.approx(pd.Series(units).drop(7).min() / 1e9, rel=1e-15)


@pytest.mark.parametrize("kind", [pa.timestamp("s"), pa.timestamp("us", "Europe/Paris"), pa.duration("s"), pa.date64()])
def test_times_farther_out_than_any_calendar_reaches_are_told(of_arrow, kind: pa.DataType) -> None:
    day = 86_400_000
    ends = [-(2**63) // day * day + 2 * day, 0, (2**63 - 1) // day * day]
    column = only(of_arrow(pa.table({"v": pa.array(ends, pa.int64()).cast(kind)})))
    assert (column.count, column.unique) == (3, 3)
    assert isinstance(column.min, str)
    assert isinstance(column.deviation, str)
    assert column.histogram is not None
    assert sum(column.histogram.counts) == 3


@pytest.mark.parametrize(
    ("kind", "ends"),
    [
        (pa.date32(), [-(2**31), 0, 2**31 - 1]),
        (pa.time32("s"), [0, 1, 86_399]),
        (pa.time32("ms"), [0, 1, 86_399_999]),
        (pa.time64("us"), [0, 1, 86_400 * 10**6 - 1]),
        (pa.time64("ns"), [0, 1, 86_400 * 10**9 - 1]),
    ],
)
def test_dates_and_times_of_day_are_told_to_their_ends(of_arrow, kind: pa.DataType, ends: list[int]) -> None:
    width = pa.int32() if kind.bit_width == 32 else pa.int64()
    column = only(of_arrow(pa.table({"v": pa.array(ends, width).cast(kind)})))
    assert (column.kind.is_time, column.count, column.unique) == (True, 3, 3)
    assert isinstance(column.max, str)
    assert column.histogram is not None
    assert sum(column.histogram.counts) == 3


def test_a_zone_that_this_machine_does_not_know_is_no_obstacle(of_arrow) -> None:
    column = only(of_arrow(pa.table({"v": pa.array([0, 10**9], pa.timestamp("ns", "Mars/Olympus"))})))
    assert (column.count, column.min) == (2, "1970-01-01Z") or str(column.min).startswith("1970-01-01")


# Text, bytes, categories.


def test_texts_have_lengths_in_characters_and_ends_by_code_point(profiled) -> None:
    texts = ["", "é", "\U0001f600x", "\uffff", "Z", None, "z", "a\0b", "line\nend", "'; DROP TABLE given; --"]
    column = only(profiled(pd.DataFrame({"v": texts})))
    there = [each for each in texts if each is not None]
    assert (column.min, column.max) == (min(there), max(there))
    assert column.lengths == Lengths(0, max(map(len, there)), sum(map(len, there)) / len(there))
    assert (column.empty, column.unique) == (1, len(there))
    assert {each.value for each in column.top} == set(there)


def test_the_most_frequent_come_first_and_equally_frequent_ones_in_order(profiled) -> None:
    texts = ["b"] * 3 + ["a"] * 3 + ["c"] * 5 + ["d"]
    for times in (1, 10_000):
        column = only(profiled(pd.DataFrame({"v": texts * times}), top=3))
        assert column.top == (TopValue("c", 5 * times), TopValue("a", 3 * times), TopValue("b", 3 * times))
        assert not column.top_is_whole
        numbers = only(profiled(pd.DataFrame({"v": [10, 9, 10, 9, 1] * times}), top=2))
        assert numbers.top == (TopValue("9", 2 * times), TopValue("10", 2 * times))


def test_no_frequent_values_are_told_where_none_are_wanted(profiled) -> None:
    column = only(profiled(pd.DataFrame({"v": ["a", "b", "a"]}), top=0))
    assert (column.top, column.unique) == ((), 2)


def test_long_texts_are_cut(profiled) -> None:
    column = only(profiled(pd.DataFrame({"v": ["x" * 100_000, "y" * 100_000]})))
    assert column.min == "x" * 199 + "…"
    assert [len(each.value) for each in column.top] == [200, 200]
    assert column.lengths == Lengths(100_000, 100_000, 100_000.0)


def test_categories_that_stand_twice_or_are_missing_in_a_dictionary_are_brought_together(of_arrow) -> None:
    codes = pa.array([0, 1, 2, 3, None, 1, 1, 4], pa.int8())
    given = pa.DictionaryArray.from_arrays(codes, pa.array(["x", "y", None, "x", "z"]))
    column = only(of_arrow(pa.table({"v": given})))
    assert (column.kind, column.count, column.missing, column.unique) == (Kind.CATEGORY, 6, 2, 3)
    assert [(each.value, each.count) for each in column.top] == [("y", 3), ("x", 2), ("z", 1)]


def test_a_dictionary_that_says_a_long_text_very_often_is_counted_at_once(of_arrow) -> None:
    codes = pa.array(np.zeros(300_000, dtype="int32"))
    began = time.perf_counter()
    column = only(of_arrow(pa.table({"v": pa.DictionaryArray.from_arrays(codes, pa.array(["x" * 2**24]))})))
    assert (column.unique, column.count) == (1, 300_000)
    assert time.perf_counter() - began < 20


def test_views_that_say_a_long_text_very_often_are_only_counted(of_arrow) -> None:
    long = pa.array(["x" * 2**20], pa.string_view())
    view = pa.Array.from_buffers(
        pa.string_view(),
        3000,
        [None, pa.py_buffer(bytes(long.buffers()[1])[:16] * 3000), *long.buffers()[2:]],
    )
    column = only(of_arrow(pa.table({"v": view})))
    assert (column.kind, column.count, column.unique) == (Kind.OTHER, 3000, None)


# What else Arrow has.


def test_nested_values_are_counted_and_told_as_text(of_arrow) -> None:
    table = pa.table(
        {
            "list": [[1, 2], None, [1, 2], [], [3]],
            "fixed": pa.array([[1, 2], None, [1, 2], [3, 4], [5, 6]], pa.list_(pa.int64(), 2)),
            "struct": [{"a": 1, "b": "x"}, None, {"a": 1, "b": "x"}, {"a": None, "b": "y"}, {"a": 2, "b": None}],
            "map": pa.array([[("k", 1)], None, [("k", 1)], [], [("l", 2)]], pa.map_(pa.string(), pa.int64())),
            "times": pa.array([[1], None, [1], [], [2]], pa.list_(pa.timestamp("ns", "UTC"))),
            "nothings": pa.array([[None], None, [None], [], [None, None]], pa.list_(pa.null())),
        }
    )
    by_name = {each.name: each for each in of_arrow(table).columns}
    for column in by_name.values():
        assert (column.kind, column.count, column.missing, column.unique) == (Kind.OTHER, 4, 1, 3)
        assert column.top[0].count == 2
    assert by_name["list"].top[0].value == "[1, 2]"
    assert by_name["list"].lengths == Lengths(0, 2, 1.25)
    assert by_name["list"].empty == 1
    assert by_name["struct"].top[0].value == '{"a": 1, "b": "x"}'
    assert "1970-01-01 00:00:00.000000001" in by_name["times"].top[0].value


def rare() -> dict[str, pa.Array]:
    codes = pa.array([0, None, 1], pa.int8())
    struct = pa.StructArray.from_arrays([pa.array([1, 2, 3]), pa.array([4, 5, 6])], ["a", "A"])
    return {
        "null": pa.nulls(3),
        "union": pa.UnionArray.from_sparse(
            pa.array([0, 1, 0], pa.int8()), [pa.array([1, 2, 3]), pa.array(["a", "b", "c"])]
        ),
        "runs": pa.RunEndEncodedArray.from_arrays(pa.array([2, 3], pa.int32()), pa.array([None, 1.5])),
        "list view": pa.array([[1], None, [2, 3]], pa.list_view(pa.int64())),
        "months": pa.array([(1, 2, 3), None, (1, 2, 3)], pa.month_day_nano_interval()),
        "dictionary within": pa.array([["a"], None, ["a"]], pa.list_(pa.dictionary(pa.int8(), pa.string()))),
        "dictionary of lists": pa.DictionaryArray.from_arrays(codes, pa.array([[1], [2, 3]])),
        "fields that differ in case": struct,
        "empty structures": pa.array([{}, None, {}], pa.struct([])),
        "fixed bytes": pa.array([b"ab", None, b"cd"], pa.binary(2)),
        "no bytes": pa.array([b"", None, b""], pa.binary(0)),
        "text view": pa.array(["a", None, "a text that is rather long"], pa.string_view()),
        "bytes view": pa.array([b"a", None, b"bytes that are rather many"], pa.binary_view()),
        "half within": pa.array([[1.5], None, [2.5]], pa.list_(pa.float16())),
        "decimal within": pa.array([[Decimal(1)], None, [Decimal(2)]], pa.list_(pa.decimal128(5, 2))),
        "uuid": pa.ExtensionArray.from_storage(pa.uuid(), pa.array([b"a" * 16, None, b"b" * 16], pa.binary(16))),
        "bool8": pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1, None, 0], pa.int8())),
    }


@pytest.mark.parametrize("name", rare())
def test_what_no_script_returns_but_a_file_may_hold_is_counted(of_arrow, name: str) -> None:
    given = rare()[name]
    column, beside = of_arrow(pa.table({name: given, "beside": [1, 2, 3]})).columns
    assert column.count + column.missing == 3
    assert column.missing == sum(each is None for each in given.to_pylist())
    assert (beside.mean, beside.unique) == (2.0, 3)


# Shapes and names.


def test_a_table_without_columns_has_rows_only(profiled) -> None:
    assert profiled(pd.DataFrame(index=range(4))) == Profile(4, ())


def test_a_table_without_anything_is_fine(profiled) -> None:
    assert profiled(pd.DataFrame()) == Profile(0, ())


def test_columns_without_a_value_are_told_as_missing(profiled) -> None:
    given = pd.DataFrame({"f": [np.nan] * 5, "t": pd.array([None] * 5, dtype="string"), "m": pd.Series([pd.NaT] * 5)})
    for column in profiled(given).columns:
        assert (column.count, column.missing, column.unique, column.missing_share) == (0, 5, 0, 1.0)
        assert (column.min, column.mean, column.histogram, column.spread, column.top) == (None, None, None, None, ())


def test_one_row_has_no_deviation(profiled) -> None:
    column = only(profiled(pd.DataFrame({"v": [3.5]})))
    assert (column.min, column.max, column.mean, column.median, column.deviation) == (3.5, 3.5, 3.5, 3.5, None)
    assert column.histogram is not None
    assert column.histogram.counts == (1,)


def test_infinities_alone_have_no_figures(profiled) -> None:
    column = only(profiled(pd.DataFrame({"v": [np.inf, -np.inf, np.inf, np.nan]})))
    assert (column.count, column.missing, column.unique) == (3, 1, 2)
    assert (column.positive_infinities, column.negative_infinities) == (2, 1)
    assert (column.min, column.mean, column.histogram, column.spread) == (None, None, None, None)


def test_names_are_only_names(of_arrow) -> None:
    names = [
        'a "quoted" name',
        "it's",
        "two\nlines",
        "",
        "c0",
        "b0",
        "given",
        "x'; DROP TABLE given; --",
        "C0",
        "naïve",
    ]
    found = of_arrow(pa.table([pa.array([place, place]) for place in range(len(names))], names=names))
    assert [(each.name, each.min) for each in found.columns] == [(name, place) for place, name in enumerate(names)]


def test_columns_of_one_name_are_each_told_of(of_arrow) -> None:
    found = of_arrow(pa.table([pa.array([1, 2]), pa.array(["a", "b"])], names=["x", "x"]))
    assert [(each.name, each.kind) for each in found.columns] == [("x", Kind.NUMBER), ("x", Kind.TEXT)]


def test_many_columns_are_told_of_in_order(profiled) -> None:
    given = pd.DataFrame({f"x{place}": [place, place + 1.5, None] for place in range(500)})
    found = profiled(given)
    assert [(each.name, each.min, each.max) for each in found.columns] == [
        (f"x{place}", float(place), place + 1.5) for place in range(500)
    ]


def test_a_file_of_several_batches_is_one_table(of_arrow) -> None:
    pieces = [pa.table({"v": [float(place), None], "t": ["a", f"b{place}"]}) for place in range(50)]
    number, text = of_arrow(pa.concat_tables(pieces)).columns
    assert (number.count, number.missing, number.mean) == (50, 50, 24.5)
    assert (text.unique, text.top[0]) == (51, TopValue("a", 50))


# What is nearly right where exact would be dear.


def test_very_many_different_values_are_estimated_and_frequent_ones_counted_exactly(profiled, monkeypatch) -> None:
    monkeypatch.setattr(profile_values, "EXACT_VALUES", 1000)
    monkeypatch.setattr(profile_values, "EXACT_MEASURES", 1000)
    texts = [f"u{place}" for place in range(40_000)] + ["often"] * 20_000 + ["less"] * 5000
    given = pd.DataFrame({"t": texts, "n": np.arange(65_000) / 7})
    text, number = profiled(given, top=2).columns
    assert (text.unique_is_approximate, number.unique_is_approximate) == (True, True)
    assert text.unique == pytest.approx(40_002, rel=0.2)
    assert number.unique == pytest.approx(65_000, rel=0.2)
    assert text.top == (TopValue("often", 20_000), TopValue("less", 5000))
    assert text.top_is_approximate
    assert number.median == np.median(given["n"])


# Asking, stopping, refusing.


@pytest.mark.parametrize("asked", [{"bins": 0}, {"bins": 1001}, {"top": -1}, {"top": 1001}])
def test_impossible_wishes_are_refused(kept, asked: dict[str, int]) -> None:
    with pytest.raises(WrongUse, match="cannot be had"):
        profile(kept(pd.DataFrame({"v": [1]})), **asked)


def test_what_is_no_step_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "step.arrow").write_text("a,b\n1,2\n")
    with pytest.raises(InputUnreadable, match="no Arrow file"):
        profile(tmp_path / "step.arrow")


def test_a_column_that_cannot_be_measured_is_named(kept, monkeypatch) -> None:
    small = {"memory_limit": "10MB", "max_temp_directory_size": "0B"}
    monkeypatch.setattr(profile_database, "_CONFIGURATION", profile_database._CONFIGURATION | small)
    given = pd.DataFrame({"fine": [1, 2, 3] * 100_000, "too 'much'": [f"{place:0>60}" for place in range(300_000)]})
    with pytest.raises(InputUnreadable, match="no statistics can be made of its column too 'much'"):
        profile(kept(given))


def test_a_nested_column_that_cannot_be_measured_is_counted(kept, monkeypatch) -> None:
    small = {"memory_limit": "10MB", "max_temp_directory_size": "0B"}
    monkeypatch.setattr(profile_database, "_CONFIGURATION", profile_database._CONFIGURATION | small)
    given = pd.DataFrame({"v": [[f"{place:0>60}"] * 3 for place in range(100_000)]})
    column = only(profile(kept(given)))
    assert (column.count, column.unique) == (100_000, None)


def test_it_stops_when_it_is_told_to(kept) -> None:
    random = np.random.default_rng(SEED)
    path = kept(pd.DataFrame({f"v{place}": random.normal(size=500_000) for place in range(20)}))
    asked = []

    def stop() -> bool:
        asked.append(None)
        return len(asked) > 3

    with pytest.raises(CancelledError):
        profile(path, stop=stop)
    assert len(asked) == 4


def test_a_query_that_would_never_end_is_interrupted() -> None:
    began = time.monotonic()
    with (
        pytest.raises(CancelledError),
        database(lambda: time.monotonic() - began > 0.3) as opened,
    ):
        opened.ask("SELECT sum(a.range * b.range) FROM range(100000000) a, range(100000000) b")
    assert time.monotonic() - began < 10


def test_an_error_of_who_is_asked_to_stop_ends_the_work(kept) -> None:
    def stop() -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        profile(kept(pd.DataFrame({"v": [1]})), stop=stop)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_text('/etc/passwd')",
        "COPY (SELECT 1) TO '/tmp/told.csv'",
        "ATTACH '/tmp/told.db'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
        "SELECT * FROM query",
    ],
)
def test_the_database_reaches_no_file_and_no_variable(query: str) -> None:
    with database() as opened, pytest.raises(duckdb.Error):
        opened.ask(query)


def test_temporary_files_are_gone_afterwards(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    query = "SELECT count(*) FROM (SELECT range::VARCHAR || repeat('x', 50) AS v FROM range(4000000) GROUP BY v)"
    little = profile_database._CONFIGURATION | {"memory_limit": "200MB"}
    monkeypatch.setattr(profile_database, "_CONFIGURATION", little | {"max_temp_directory_size": "0B"})
    with database() as opened, pytest.raises(duckdb.OutOfMemoryException):
        opened.ask(query)
    monkeypatch.setattr(profile_database, "_CONFIGURATION", little)
    with database() as opened:
        assert opened.ask(query) == [(4_000_000,)]
    assert list(tmp_path.iterdir()) == []


def test_who_imports_it_does_not_wait_for_the_database() -> None:
    code = "import sys, transom.tables.profile; print(int('duckdb' in sys.modules or 'pandas' in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"


# The document.


def _without_points(told: dict[str, Any]) -> dict[str, Any]:
    return told["columns"][0]["spread"] | {"points": []}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda told: told | {"profile": 0}, "version 0"),
        (lambda told: told | {"rows": -1}, "no count"),
        (lambda told: told | {"columns": None}, "no list"),
        (lambda told: told | {"columns": [None]}, "no object"),
        (lambda told: told | {"columns": [{"name": "v"}]}, "missing"),
        (lambda told: told | {"columns": [told["columns"][0] | {"surplus": 1}]}, "surplus"),
        (lambda told: told | {"columns": [told["columns"][0] | {"count": True}]}, "no count"),
        (lambda told: told | {"columns": [told["columns"][0] | {"kind": "strange"}]}, "strange"),
        (lambda told: told | {"columns": [told["columns"][0] | {"histogram": []}]}, "no object"),
        (lambda told: told | {"columns": [told["columns"][0] | {"spread": _without_points(told)}]}, "without points"),
        (lambda told: [], "no object"),
        (lambda told: None, "no object"),
    ],
)
def test_a_document_of_another_form_is_refused(profiled, change, said: str) -> None:
    told = profiled(pd.DataFrame({"v": [1, 2]})).document()
    with pytest.raises(NoProfile, match=said):
        Profile.from_document(change(told))


def test_a_document_names_each_figure(profiled) -> None:
    told = profiled(pd.DataFrame({"v": [1.0, 2.0, np.inf]}), bins=2).document()
    assert told["rows"] == 3
    (column,) = told["columns"]
    assert column.pop("spread")["mean"] == 1.5
    assert json.loads(json.dumps(column)) == {
        "name": "v",
        "type": "float64",
        "kind": "number",
        "count": 3,
        "missing": 0,
        "unique": 3,
        "min": 1.0,
        "max": 2.0,
        "mean": 1.5,
        "median": 1.5,
        "lower_quartile": 1.25,
        "upper_quartile": 1.75,
        "deviation": pytest.approx(0.5**0.5),
        "positive_infinities": 1,
        "empty": None,
        "histogram": {"edges": [1.0, 1.5, 2.0], "counts": [1, 1]},
    }


# Strangers.


@pytest.mark.parametrize(
    ("range_", "ends"),
    [
        ((2**63 - 1, 2**63 - 1, 2**62), None),
        ((0, 5, -(2**63) + 1), None),
        ((-(2**63) + 1, 0, 2**63 - 1), (-(2**63) + 1, 2**63 - 1)),
    ],
)
def test_a_row_index_that_counts_beyond_all_numbers_counts_as_not_there(
    of_arrow, range_: tuple[int, int, int], ends: tuple[int, int] | None
) -> None:
    start, stop, step = range_
    told = {"kind": "range", "name": "far", "start": start, "stop": stop, "step": step}
    metadata = {b"pandas": json.dumps({"index_columns": [told], "columns": []}).encode()}
    index = of_arrow(pa.table({"v": [1, 2, 3]}).replace_schema_metadata(metadata)).index
    assert [(level.min, level.max) for level in index] == ([] if ends is None else [ends])


def test_damaged_copies_of_a_step_file_are_measured_or_refused(kept, tmp_path: Path) -> None:
    random = np.random.default_rng(SEED)
    given = {name: values for name, values in COLUMNS.items() if not name.startswith("category of")}
    honest = kept(pd.DataFrame(given)).read_bytes()
    damaged = tmp_path / "damaged.arrow"
    refused = 0
    for _ in range(60):
        content = bytearray(honest)
        for place in random.integers(0, len(content), random.integers(1, 8)):
            content[place] = random.integers(0, 256)
        damaged.write_bytes(content)
        try:
            profile(damaged)
        except InputUnreadable:
            refused += 1
    assert refused < 60
