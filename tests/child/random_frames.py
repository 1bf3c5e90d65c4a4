"""Random frames of every dtype that a pandas has: what a source of random numbers asks for, it gets, and no more.

The source is a `random.Random`; hypothesis may stand behind it.
"""
# ruff: noqa: UP017

import datetime
import decimal
import uuid

import numpy as np
import pandas as pd

TEXTS = ["", "a", "NaN", "None", "é😀", "0", "1.0", "x" * 300, " ", "a\0b", "2020-01-01", "\n"]
ZONES = ["UTC", "Europe/Paris", "America/New_York", "Asia/Kathmandu", datetime.timezone(datetime.timedelta(minutes=90))]
NANOSECONDS = (-(2**62), 2**62)


def random_frame(source):
    """A frame of up to six rows and five columns, with a row index of any kind."""
    rows = source.choice([0, 1, 2, 3, 6])
    names = source.sample(["a", "b", "", "é", "index", "__index_level_0__", "level_0", "c d"], source.randint(0, 5))
    columns = [random_column(source, rows) for _ in names]
    frame = pd.DataFrame(dict(enumerate(columns)), index=pd.RangeIndex(rows))
    if names:
        frame.columns = names
    frame.index = random_index(source, rows)
    return frame


def random_column(source, rows):
    """A Series of one of the dtypes that this pandas has."""
    while True:
        maker = source.choice(MAKERS)
        try:
            return pd.Series(maker(source, rows), index=pd.RangeIndex(rows))
        except (TypeError, AttributeError, ValueError, ImportError, OverflowError):
            continue  # this pandas has no such column


def random_index(source, rows):
    levels = source.choice([0, 0, 1, 1, 2])
    names = [source.choice([None, "a", "key", "", 7]) for _ in range(levels)]
    if levels == 0:
        start, step = source.randint(-3, 3), source.choice([1, 2, -1])
        return pd.RangeIndex(start, start + step * rows, step, name=source.choice([None, "n"]))
    made = [_index_level(source, rows) for _ in names]
    if levels == 1:
        made[0].name = names[0]
        return made[0]
    return pd.MultiIndex.from_arrays(made, names=names)


def _index_level(source, rows):
    while True:
        column = random_column(source, rows)
        if not _fits_an_index(column) or str(column.dtype).startswith(("Sparse", "float16")):
            continue
        try:
            return pd.Index(column.values if column.dtype == object else column.array, dtype=column.dtype)
        except (TypeError, ValueError, NotImplementedError):
            continue  # this pandas has no such index


def _fits_an_index(column):
    """Not what has no hash, nor what does not equal itself, nor complex objects, whose index pandas guesses about."""
    strange = (np.ndarray, list, tuple, dict, set, complex)
    return column.dtype != object or not any(isinstance(cell, strange) or _is_decimal_nan(cell) for cell in column)


def _is_decimal_nan(cell):
    return isinstance(cell, decimal.Decimal) and cell.is_nan()


def _objects(cells):
    made = np.empty(len(cells), dtype=object)
    for place, cell in enumerate(cells):
        made[place] = cell
    return made


def _numbers(name):
    def make(source, rows):
        if name.startswith("float"):
            cells = [source.choice([0.0, -0.0, 1.5, np.nan, np.inf, -np.inf, 1e4]) for _ in range(rows)]
        else:
            limits = np.iinfo(name)
            cells = [source.choice([limits.min, limits.max, 0, 1]) for _ in range(rows)]
        return np.array(cells, dtype=name)

    return make


def _nullable(name):
    def make(source, rows):
        cells = [source.choice([0, 1, None]) for _ in range(rows)]
        if name == "boolean":
            cells = [None if cell is None else bool(cell) for cell in cells]
        return pd.array(cells, dtype=name)

    return make


def _text(dtype):
    def make(source, rows):
        return pd.Series([source.choice([*TEXTS, None]) for _ in range(rows)], dtype=dtype).array

    return make


def _times(kind, unit):
    def make(source, rows):
        cells = [source.choice([0, 1, -1, 10**9, NANOSECONDS[0], NANOSECONDS[1], None]) for _ in range(rows)]
        least = np.iinfo(np.int64).min
        shrink = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9}[unit]
        numbers = [least if cell is None else int(cell / shrink) for cell in cells]
        return np.array(numbers, dtype=np.int64).view(kind + "[" + unit + "]")

    return make


def _zoned(source, rows):
    unit = source.choice(["ns", "us", "s"])
    naive = pd.Series(_times("M8", unit)(source, rows))
    return naive.dt.tz_localize("UTC").dt.tz_convert(source.choice(ZONES)).array


def _periods(source, rows):
    freq = source.choice(
        ["M", "D", "Q-DEC", "Q-JAN", "W-SUN", "W-WED", "A", "Y", "H", "h", "min", "s", "ns", "2M", "3D"]
    )
    ordinals = [source.choice([0, 1, -5, 600, 20000]) for _ in range(rows)]
    cells = [source.choice([pd.Period(ordinal=one, freq=freq), pd.NaT]) for one in ordinals]
    return pd.PeriodIndex(cells, freq=freq).array


def _intervals(source, rows):
    closed = source.choice(["left", "right", "both", "neither"])
    left = source.choice([np.arange(rows), np.arange(rows) / 2, pd.date_range("2020-01-01", periods=rows)])
    shift = pd.Timedelta(days=1) if isinstance(left, pd.DatetimeIndex) else 1
    return pd.arrays.IntervalArray.from_arrays(left, left + shift, closed=closed)


def _complexes(source, rows):
    name = source.choice(["c8", "c16"])
    return np.array([source.choice([0, 1 + 2j, complex(np.nan, 1), complex(np.inf, -0.0)]) for _ in range(rows)], name)


def _sparse(source, rows):
    fill = source.choice([0, 0.0, np.nan, 1, False])
    others = {bool: [True, False], int: [0, 1, 5], float: [0.0, 1.5, np.nan]}[type(fill)]
    return pd.arrays.SparseArray([source.choice(others) for _ in range(rows)], fill_value=fill)


def _categories(source, rows):
    while True:
        column = random_column(source, 4)
        if not _fits_an_index(column) or str(column.dtype).startswith(("Sparse", "category", "float16", "complex")):
            continue
        try:
            distinct = pd.Index(column.dropna().unique())
            codes = [source.randint(-1, len(distinct) - 1) for _ in range(rows)]
            return pd.Categorical.from_codes(codes, categories=distinct, ordered=source.choice([True, False]))
        except (TypeError, ValueError, NotImplementedError):
            continue


CELLS = {
    "integers": [0, 1, -(2**63), 2**63, 10**30, np.int8(5)],
    "floats": [0.5, 3.0, float("inf"), np.float32(1.5)],
    "booleans": [True, False, np.bool_(True)],
    "texts": TEXTS,
    "bytes": [b"", b"a", b"\xff"],
    "dates": [datetime.date(1, 1, 1), datetime.date(2020, 2, 29), datetime.date(9999, 12, 31)],
    "datetimes": [datetime.datetime(1, 1, 1), datetime.datetime(2020, 2, 29, 1, 2, 3, 4)],
    "aware": [
        datetime.datetime(2020, 2, 29, 1, tzinfo=datetime.timezone.utc),
        datetime.datetime(2020, 2, 29, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=-3))),
        pd.Timestamp("2020-10-25 02:30", tz="UTC").tz_convert("Europe/Paris"),
    ],
    "timestamps": [pd.Timestamp("2020-01-01"), pd.Timestamp(1), pd.Timestamp("1700-01-01 01:02:03.000000001")],
    "times": [datetime.time(0), datetime.time(23, 59, 59, 999999)],
    "durations": [datetime.timedelta(1), datetime.timedelta(-1, 5, 7), pd.Timedelta(1, unit="ns")],
    "decimals": [decimal.Decimal("1.100"), decimal.Decimal("1E+10"), decimal.Decimal("NaN"), decimal.Decimal("-0")],
    "complexes": [1j, 2 + 0j],
    "uuids": [uuid.UUID(int=1)],
    "lists": [[1, 2], [], (1.5,), ["a"]],
    "arrays": [np.array([1, 2]), np.array([], "i8")],
    "collections": [{1, 2}, {"a": None}, frozenset()],
    "strangers": [object, ValueError("x")],
}
MISSING = [None, np.nan, pd.NaT]


def _of_objects(source, rows):
    kinds = [source.choice(sorted(CELLS))]
    if source.choice([False, False, True]):
        kinds.append(source.choice(sorted(CELLS)))
    cells = [cell for kind in kinds for cell in CELLS[kind]] + MISSING
    return _objects([source.choice(cells) for _ in range(rows)])


NUMBER_NAMES = [
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float16",
    "float32",
    "float64",
]
MAKERS = (
    [_numbers(name) for name in NUMBER_NAMES]
    + [_nullable(name) for name in ("Int8", "Int64", "UInt64", "boolean", "Float32", "Float64")]
    + [_text(dtype) for dtype in (object, "string", "str", None)]
    + [_times(kind, unit) for kind in ("M8", "m8") for unit in ("s", "ms", "us", "ns")]
    + [_zoned, _zoned, _periods, _periods, _intervals, _complexes, _sparse, _categories, _categories, _categories]
    + [_of_objects] * 8
    + [lambda source, rows: np.array([source.choice([True, False]) for _ in range(rows)], dtype=bool)]
)
