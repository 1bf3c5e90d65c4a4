"""What the cells of an object column hold: the kind of a Python type, and which cells are missing."""

import datetime
import decimal
import uuid

import numpy as np
import pandas as pd

#: The first that fits counts; a kind of None cannot be stored.
_KINDS = (
    ((type(None), type(pd.NaT), type(getattr(pd, "NA", None))), "missing"),
    ((bool, np.bool_), "boolean"),
    ((np.timedelta64, datetime.timedelta), "duration"),
    ((np.longdouble, np.clongdouble), None),
    ((int, np.integer), "integer"),
    ((float, np.floating), "float"),
    ((complex, np.complexfloating), "complex"),
    ((str,), "text"),
    ((bytes,), "bytes"),
    ((bytearray, memoryview), "buffer"),
    ((datetime.datetime, np.datetime64), "moment"),
    ((datetime.date,), "date"),
    ((datetime.time,), "time"),
    ((decimal.Decimal,), "decimal"),
    ((uuid.UUID,), "label"),
    ((pd.Period, pd.Interval), "label"),
    ((list, tuple, np.ndarray), "sequence"),
    ((dict, set, frozenset), "collection"),
)
#: On some platforms the widest float is an ordinary one.
_WIDE = np.dtype(np.longdouble).itemsize > 8


def kind_of(python_type):
    """The word for what a cell of this type holds; None where it cannot be stored."""
    for types, kind in _KINDS:
        if issubclass(python_type, types) and (kind is not None or _WIDE):
            return kind
    return None


def types_in(values):
    """The Python types in an object array."""
    return set(map(type, values.tolist())) if values.dtype == object else {values.dtype.type}


def missing_in(values, types):
    """Which cells of an object array are None, NaN, NaT or NA, as booleans; a NaN of Decimal or complex is a value."""
    if any(issubclass(one, (decimal.Decimal, complex, np.complexfloating)) for one in types):
        return np.fromiter((_is_missing(value) for value in values), dtype=bool, count=len(values))
    return np.asarray(pd.isna(values), dtype=bool)


def _is_missing(value):
    if kind_of(type(value)) == "missing":
        return True
    return isinstance(value, (float, np.floating)) and value != value
