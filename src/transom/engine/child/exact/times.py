"""Which units of time and which years this pandas can hold, and what becomes of instants that it cannot."""

import datetime

import numpy as np
import pandas as pd

from .memory import missing_of

#: Units other than nanoseconds exist since pandas 2.
KEEPS_UNITS = pd.Series(np.zeros(1, dtype="M8[s]")).dtype == np.dtype("M8[s]")
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_LEAST = np.iinfo(np.int64).min


def datetimes(reading, array, dtype):
    """An Arrow timestamp array as datetime64 in UTC or without a zone; as datetimes where this pandas has no room."""
    return _counts(reading, array, dtype, "M8", "datetime")


def timedeltas(reading, array, dtype):
    """An Arrow duration array as timedelta64; as datetime.timedelta where this pandas has no room."""
    return _counts(reading, array, dtype, "m8", "timedelta")


def _counts(reading, array, dtype, kind, word):
    unit = array.type.unit
    values = reading.memory.numbers(array, kind + "[" + unit + "]")
    missing = missing_of(array)
    if missing is not None and not np.isnat(values[missing]).all():
        values[missing] = np.array("NaT", dtype=values.dtype)
    wanted = _wanted_unit(dtype, unit)
    if wanted == unit:
        return values
    converted = values.astype(kind + "[" + wanted + "]")
    if np.array_equal(_exact(converted, unit), values.view(np.int64)):
        return converted
    if _PER_SECOND[wanted] < _PER_SECOND[unit]:
        return values
    reading.tell("{}s that pandas {} has no room for become objects of {}".format(word, pd.__version__, word))
    return _python_objects(values, kind)


def _python_objects(values, kind):
    """Instants or durations as Python's own; as text beyond what Python has, as after the year 9999."""
    cells = values.astype(kind + "[us]").astype(object)
    for place, cell in enumerate(cells):
        if isinstance(cell, int):
            cells[place] = str(values[place])
    cells[np.isnat(values)] = None
    return cells


def _exact(values, unit):
    return values.astype(values.dtype.kind + "8[" + unit + "]").view(np.int64)


def _wanted_unit(dtype, unit):
    if not KEEPS_UNITS:
        return "ns"
    if dtype and "[" in dtype:
        return dtype.partition("[")[2].rstrip("]").partition(",")[0]
    return unit


def in_zone(values, zone):
    """Instants in UTC as an array of the zone; objects become datetimes of the zone."""
    if values.dtype == object:
        cells = values.copy()
        for place, cell in enumerate(values):
            if isinstance(cell, datetime.datetime):
                cells[place] = _from_utc(cell, zone)
        return cells
    return pd.DatetimeIndex(values).tz_localize("UTC").tz_convert(zone).array


def _from_utc(instant, zone):
    try:
        return instant.replace(tzinfo=datetime.timezone.utc).astimezone(zone)
    except OverflowError:  # within a day of the year 1 or the end of 9999
        return instant.replace(tzinfo=datetime.timezone.utc)


def dates(reading, array):
    """An Arrow date array as an object array of datetime.date."""
    if array.type.bit_width == 32:
        days = reading.memory.numbers(array, np.int32).astype(np.int64).view("M8[D]")
    else:
        days = reading.memory.numbers(array, "M8[ms]").astype("M8[D]")
    cells = days.astype(object)
    missing = missing_of(array)
    if missing is not None:
        cells[missing] = None
    return cells


def clock_times(reading, array):
    """An Arrow time array as an object array of datetime.time, which knows no nanoseconds."""
    if str(array.type) == "time64[ns]":
        missing = missing_of(array)
        counts = reading.memory.numbers(array, np.int64)
        if (counts[slice(None) if missing is None else ~missing] % 1000).any():
            reading.tell("its times are cut to microseconds")
    made = np.empty(len(array), dtype=object)
    made[:] = array.to_pylist()
    return made
