"""What a script may return, and the frames that are made of it."""

import collections.abc
import datetime
import decimal
import inspect
import itertools
import numbers
import uuid

import numpy
import pandas

MOST = 2
EMPTY = pandas.DataFrame
ALLOWED = "return a DataFrame, a tuple of up to two DataFrames, or nothing"
_SCALARS = (
    str,
    bytes,
    bool,
    numbers.Number,
    numpy.generic,
    datetime.date,
    datetime.time,
    datetime.timedelta,
    decimal.Decimal,
    uuid.UUID,
    pandas.Period,
    pandas.Interval,
)


class NotATable(Exception):
    """What the script returned cannot become a table."""

    def __init__(self, value, where):
        super().__init__(
            "The script returned %s of type %s, which is no table; %s." % (where, type_name(value), ALLOWED)
        )
        self.type_name = type(value).__name__


def type_name(value):
    """The name of a value's type, with its module unless that is Python's own."""
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else "%s.%s" % (kind.__module__, kind.__name__)


def accept(returned, warn):
    """Up to two frames or Nones from what the script returned; raises NotATable."""
    if returned is None:
        return [None, None]
    if _is_one_table(returned):
        return [_table(returned, "a value", warn), None]
    if not is_sequence(returned):
        raise NotATable(returned, "a value")
    values = list(itertools.islice(iter(returned), MOST + 1))
    if len(values) > MOST:
        count = len(returned) if hasattr(returned, "__len__") else "more than two"
        warn("The script returned %s tables; the first two are kept, the others dropped." % count)
    tables = [_table(value, "an element", warn) for value in values[:MOST]]
    return tables + [None] * (MOST - len(tables))


def _is_one_table(value):
    single = (pandas.DataFrame, pandas.Series, pandas.Index, numpy.ndarray, pandas.api.extensions.ExtensionArray)
    return isinstance(value, single) or _is_scalar(value)


def _is_scalar(value):
    return isinstance(value, _SCALARS) or value is pandas.NaT or value is getattr(pandas, "NA", pandas.NaT)


def _is_lazy(returned):
    return inspect.isgenerator(returned) or (
        isinstance(returned, collections.abc.Iterator) and not isinstance(returned, (str, bytes))
    )


def is_sequence(value):
    """Whether several values can be taken from it in an order."""
    return isinstance(value, (collections.abc.Sequence, collections.abc.ValuesView)) or _is_lazy(value)


def _table(value, where, warn):
    if value is None or isinstance(value, pandas.DataFrame):
        return value
    if isinstance(value, pandas.Series):
        name = "column" if value.name is None else value.name
        frame = pandas.DataFrame({0: value})
        frame.columns = pandas.Index([name]) if not isinstance(name, tuple) else [str(name)]
        what = "a Series"
    elif isinstance(value, (numpy.ndarray, pandas.Index, pandas.api.extensions.ExtensionArray)):
        frame = _table_of_array(value, where)
        what = "an array" if not isinstance(value, pandas.Index) else "an Index"
    elif _is_scalar(value):
        frame = pandas.DataFrame({"column": [value]})
        what = "a value of type %s" % type_name(value)
    else:
        raise NotATable(value, where)
    warn("The script returned %s; it became a table of %d x %d." % (what, frame.shape[0], frame.shape[1]))
    return frame


def _table_of_array(value, where):
    if isinstance(value, pandas.MultiIndex):
        return value.to_frame(index=False)
    if isinstance(value, pandas.Index):
        return pandas.DataFrame({"column" if value.name is None else value.name: value.values})
    if value.ndim == 0:
        return pandas.DataFrame({"column": [value.item()]})
    if value.ndim == 1:
        names = getattr(getattr(value, "dtype", None), "names", None)
        return pandas.DataFrame(value) if names else pandas.DataFrame({"column": value})
    if value.ndim == 2:
        return pandas.DataFrame(value, columns=["column_%d" % number for number in range(value.shape[1])])
    raise NotATable(value, "%s of %d dimensions" % (where, value.ndim))
