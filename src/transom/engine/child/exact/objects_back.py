"""How the cells of an object column come back from Arrow as the Python objects that they were."""

import decimal

import numpy as np
import pandas as pd

from . import moments
from .memory import booleans, missing_of


def objects_of(cells):
    """A list as an object array; a cell that is a sequence stays one cell."""
    made = np.empty(len(cells), dtype=object)
    for place, cell in enumerate(cells):
        made[place] = cell
    return made


def without_missing(values, array):
    """An object array of the values, with None where the Arrow array is null."""
    cells = values.astype(object)
    missing = missing_of(array)
    if missing is not None:
        cells[missing] = None
    return cells


def _each(change):
    return lambda _reading, array: objects_of([None if one is None else change(one) for one in array.to_pylist()])


def _integers(reading, array):
    if str(array.type) == "int64":
        return without_missing(reading.memory.numbers(array, np.int64), array)
    return _each(int)(reading, array)


def _floats(reading, array):
    return without_missing(reading.memory.numbers(array, np.float64), array)


def _booleans(_reading, array):
    return without_missing(booleans(array), array)


def _complexes(reading, array):
    real, imag = (reading.memory.numbers(array.field(place), np.float64) for place in (0, 1))
    values = np.empty(len(array), dtype=np.complex128)
    values.real, values.imag = real, imag
    return without_missing(values, array)


def _datetimes(reading, array):
    return without_missing(
        reading.memory.numbers(array, np.int64).view("M8[" + array.type.unit + "]").astype("M8[us]"), array
    )


def _timedeltas(reading, array):
    return without_missing(reading.memory.numbers(array, np.int64).view("m8[us]"), array)


def _panda_timedeltas(reading, array):
    counts = _integers(reading, array.cast("int64") if hasattr(array, "cast") else array)
    return objects_of([None if one is None else pd.Timedelta(one, unit="ns") for one in counts])


def _moments(reading, array):
    return _each(moments.moment_of)(reading, array)


DECODERS = {
    "integers": _integers,
    "floats": _floats,
    "booleans": _booleans,
    "complexes": _complexes,
    "datetimes": _datetimes,
    "timedeltas": _timedeltas,
    "Timedeltas": _panda_timedeltas,
    "moments": _moments,
    "decimals": _each(decimal.Decimal),
}
