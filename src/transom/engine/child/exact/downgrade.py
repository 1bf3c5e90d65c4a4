"""What a dtype becomes in a pandas that lacks it, and the sentence that says so."""

import collections
import re

import pandas as pd


def tell_change(notes, column, expected, dtype, what=""):
    """Note a column whose dtype is not the one it was written with; `what` says of which part of it this is."""
    actual = str(dtype)
    if expected is None or _plain(expected) == _plain(actual) or notes.holds(column):
        return
    notes.add(column, "{}{} becomes {} in pandas {}".format(what, expected, actual, pd.__version__))


_FREQUENCIES = {"A": "Y", "H": "h", "T": "min", "S": "s", "L": "ms", "U": "us", "N": "ns"}


def _plain(dtype):
    """A dtype's text without what only its spelling changed between versions of pandas."""
    period = re.match(r"^period\[(\d*)([A-Za-z]+)(.*)\]$", dtype)
    if period:
        count, base, anchor = period.groups()
        return "period[" + count + _FREQUENCIES.get(base, base) + anchor + "]"
    if dtype.startswith("datetime64["):
        return dtype.partition(",")[0].rstrip("]")  # the zone is kept, under the name that its library has for it
    if dtype.startswith("interval["):
        return re.sub(r", (right|left|both|neither)\]$", "]", dtype)
    return dtype


#: What a dtype becomes in a pandas older than `since`: `dtype` and `shown` for people, `becomes` as pandas says it;
#: `part` where what changes is not the dtype of the column itself; `example` makes a frame of the newest pandas.
Row = collections.namedtuple("Row", ["dtype", "becomes", "shown", "since", "example", "part"])


def _row(dtype, becomes, since, example, shown=None, part=False):
    return Row("`" + dtype + "`", becomes, shown or "`" + becomes + "`", since, example, part)


ROWS = (
    _row("str", "object", "3.0", "table(['a', None])"),
    _row("string", "object", "1.0", "table(pd.array(['a', None], dtype=pd.StringDtype('python')))"),
    _row("string[pyarrow]", "string", "1.3", "table(pd.array(['a'], dtype=pd.StringDtype('pyarrow')))", "`string`, held by Python; `object` before 1.0", True),
    _row("boolean", "object", "1.0", "table(pd.array([True, None], dtype='boolean'))"),
    _row("Float32", "float32", "1.2", "table(pd.array([1.5, None], dtype='Float32'))"),
    _row("Float64", "float64", "1.2", "table(pd.array([1.5, None], dtype='Float64'))"),
    _row("datetime64[us]", "datetime64[ns]", "2.0", "table(np.array(['2020-01-01', 'NaT'], 'M8[us]'))"),
    _row("datetime64[s, Europe/Paris]", "datetime64[ns, Europe/Paris]", "2.0", "table(np.array(['2020-01-01', 'NaT'], 'M8[s]')).apply(lambda one: one.dt.tz_localize('Europe/Paris'))"),
    _row("datetime64[us]", "object", "2.0", "table(np.array(['0001-01-01', 'NaT'], 'M8[us]'))", "`object` of datetime, where a value is before 1677 or after 2262"),
    _row("timedelta64[s]", "timedelta64[ns]", "2.0", "table(np.array([1, 'NaT'], 'm8[s]'))"),
    _row("timedelta64[s]", "object", "2.0", "table(np.array([10**11, 'NaT'], 'm8[s]'))", "`object` of timedelta, where a value is beyond 292 years"),
    _row("interval[float32, right]", "interval[float64]", "3.0", "table(pd.IntervalIndex.from_breaks(np.array([0, 1], 'f4')))"),
    _row("interval[datetime64[us], right]", "interval[datetime64[ns]]", "2.0", "table(pd.IntervalIndex.from_breaks(np.array(['2020-01-01', '2020-01-02'], 'M8[us]')))"),
    _row("int64[pyarrow]", "float64", "1.5", "table(pd.Series([1, None], dtype=pd.ArrowDtype(pa.int64())))", "`float64` where values are missing, else `int64`"),
    _row("string[pyarrow] (ArrowDtype)", "object", "1.5", "table(pd.Series(['a', None], dtype=pd.ArrowDtype(pa.string())))"),
    _row("date32[day][pyarrow]", "object", "1.5", "table(pd.Series([date(2020, 1, 1), None], dtype=pd.ArrowDtype(pa.date32())))", "`object` of date"),
    _row("category", "category", "2.0", "table(pd.Categorical.from_codes([0, -1], categories=pd.Index([5, 6], dtype='uint8')))", "`category`, its categories of 8, 16 or 32 bits wider ones of 64", True),
    _row("an index of uint8", "uint64", "2.0", "pd.DataFrame({'a': [1]}, index=pd.Index([5], dtype='uint8'))", "an index of `uint64`; so with every number of less than 64 bits", True),
)
