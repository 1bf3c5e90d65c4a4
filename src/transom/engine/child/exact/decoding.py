"""How an Arrow array becomes what pandas had, or the nearest that this pandas has."""

import numpy as np
import pandas as pd
import pyarrow as pa

from . import periods, stepfile, times, zones
from .downgrade import tell_change
from .memory import Memory, booleans, missing_of
from .objects_back import DECODERS as _OBJECTS
from .objects_back import objects_of

#: What this pandas makes of text when it is not told otherwise: object, or `str` since 3.
TEXT_DTYPE = pd.Series(["text"]).dtype


#: The whole numbers up to this one are exact as float64.
EXACT_IN_FLOATS = 2**53


class Reading:
    """What the decoding of a column must know beside its array: `memory`, `notes`, the column's name."""

    def __init__(self, column, memory, notes):
        self.column, self.memory, self.notes = column, memory, notes

    def tell(self, change):
        self.notes.add(self.column, change)


def decode(reading, array, entry, dtype):
    """A numpy array or an extension array of pandas.

    `entry` is the column's own entry in the metadata, or None; `dtype` what the pandas metadata says, or None.
    """
    array = _storage(array)
    encoding = (entry or {}).get("encoding")
    if encoding in _OBJECTS:
        return _OBJECTS[encoding](reading, array)
    if encoding in _ENCODINGS:
        return _ENCODINGS[encoding](reading, array, entry)
    dtype = (entry or {}).get("dtype", dtype)
    for fits, decoder in _BY_ARROW_TYPE:
        if fits(array.type):
            return decoder(reading, array, dtype)
    return objects_of(array.to_pylist())


def _storage(array):
    """An extension type of somebody else as the type that it is stored as."""
    return array.storage if hasattr(array, "storage") else array


def index_of(values):
    """An Index that holds the values as they are: objects stay objects."""
    if isinstance(values, np.ndarray) and values.dtype == object:
        return pd.Index(values, dtype=object)
    return pd.Index(values)


def _integers(reading, array, dtype):
    width = array.type.bit_width // 8
    values = reading.memory.numbers(array, ("i" if pa.types.is_signed_integer(array.type) else "u") + str(width))
    missing = missing_of(array)
    if dtype is not None and dtype[:1] in ("I", "U"):
        return _masked(values, missing, pd.arrays.IntegerArray)
    if missing is None:
        return values
    present = values[~missing]
    if len(present) and (int(present.max()) > EXACT_IN_FLOATS or int(present.min()) < -EXACT_IN_FLOATS):
        nullable = values.dtype.name.replace("int", "Int").replace("uI", "UI")
        reading.tell("whole numbers beyond 2**53 beside missing ones become {}".format(nullable))
        return _masked(values, missing, pd.arrays.IntegerArray)
    return _with_nan(values.astype(np.float64), missing)


def _masked(values, missing, array_class):
    if missing is None:
        missing = np.zeros(len(values), dtype=bool)
    return array_class(values, missing)


def _with_nan(values, missing):
    if missing is not None and not np.isnan(values[missing]).all():
        values[missing] = np.nan
    return values


def _floats(reading, array, dtype):
    values = reading.memory.numbers(array, "f" + str(array.type.bit_width // 8))
    missing = missing_of(array)
    if dtype in ("Float32", "Float64") and hasattr(pd.arrays, "FloatingArray"):
        return _masked(values, missing, pd.arrays.FloatingArray)
    return _with_nan(values, missing)


def _flags(_reading, array, dtype):
    values, missing = booleans(array), missing_of(array)
    if dtype == "boolean" and hasattr(pd.arrays, "BooleanArray"):
        return _masked(values, missing, pd.arrays.BooleanArray)
    if missing is None and dtype != "boolean":
        return values
    values = values.astype(object)
    if missing is not None:
        values[missing] = None
    return values


def _texts(_reading, array, dtype):
    if dtype == "string" and hasattr(pd, "StringDtype"):
        return pd.StringDtype().__from_arrow__(array)
    if isinstance(TEXT_DTYPE, np.dtype):
        return array.to_pandas().values
    if dtype in ("object", "string"):
        return array.to_numpy(zero_copy_only=False)
    return TEXT_DTYPE.__from_arrow__(array)


def _strings(reading, array, entry):
    dtype = _string_dtype(entry["storage"], entry["missing"])
    if dtype is None:
        return _texts(reading, array, "object")
    if getattr(dtype, "storage", "python") != entry["storage"]:
        reading.tell("text held by {} is held by Python objects here".format(entry["storage"]))
    return dtype.__from_arrow__(array)


def _string_dtype(storage, missing):
    """The nearest dtype of text that this pandas has; None where that is object."""
    if not hasattr(pd, "StringDtype"):
        return None
    value = np.nan if missing == "NaN" else pd.NA
    for options in ({"storage": storage, "na_value": value}, {"storage": storage}, {"na_value": value}, {}):
        try:
            dtype = pd.StringDtype(**options)
        except (TypeError, ValueError, ImportError):  # no such option here, or no pyarrow that is new enough
            continue
        if missing == "NA" or dtype.na_value is not pd.NA:
            return dtype
    return None


def _arrow(reading, array, _entry):
    if hasattr(pd, "ArrowDtype"):
        return pd.ArrowDtype(array.type).__from_arrow__(array)
    return decode(reading, array, None, None)


def _byte_order(reading, array, entry):
    return decode(reading, array, None, None).astype(entry["dtype"])


def _datetimes(reading, array, dtype):
    if array.type.tz is not None:
        return _zoned(reading, array, None, dtype)
    return times.datetimes(reading, array, dtype)


def _zoned(reading, array, entry, dtype=None):
    values = times.datetimes(reading, array, entry["dtype"] if entry else dtype)
    try:
        zone = zones.pandas_zone_of(entry["zone"]) if entry else zones.default_zone(array.type.tz)
    except (KeyError, ValueError):
        reading.tell("the zone {} is not known here: its instants are those of UTC".format(array.type.tz))
        zone = zones.default_zone("UTC")
    return times.in_zone(values, zone)


def _period(reading, array, entry):
    return _periods(reading, array, entry, periods.ordinals_of)


def _period_numbers(reading, array, entry):
    return _periods(reading, array, entry, lambda numbers, _: np.asarray(numbers, dtype=np.int64))


def _periods(_reading, array, entry, ordinals_of):
    freq = periods.known(entry["freq"])
    cells = objects_of(array.to_pylist())
    if freq is None:
        return cells
    missing = missing_of(array)
    ordinals = np.full(len(cells), pd.NaT.value, dtype=np.int64)
    present = slice(None) if missing is None else ~missing
    if len(cells[present]):
        ordinals[present] = ordinals_of(cells[present], freq)
    return pd.arrays.PeriodArray(ordinals, dtype=pd.PeriodDtype(freq))


def _interval(reading, array, entry):
    sides = [_part(reading, array.field(place), entry[side]) for place, side in enumerate(("left", "right"))]
    return pd.arrays.IntervalArray.from_arrays(index_of(sides[0]), index_of(sides[1]), closed=entry["closed"])


def _part(reading, array, entry):
    return decode(reading, array, entry if "encoding" in entry else None, entry["dtype"])


def _kept_aside(reading, entry):
    """An array that the metadata itself holds."""
    within = Reading(reading.column, Memory(), reading.notes)
    return _part(within, stepfile.unpacked(entry["arrow"]), entry)


def _complexes(reading, array, entry):
    parts = [_floats(reading, array.field(place), None) for place in (0, 1)]
    values = np.empty(len(array), dtype=entry["dtype"])
    values.real, values.imag = parts
    return values


def _sparse(reading, array, entry):
    dense = _part(reading, array, entry["values"])
    fill = _kept_aside(reading, entry["fill"])[0]
    dtype = pd.SparseDtype(dense.dtype, np.nan if fill is None else fill)
    return pd.arrays.SparseArray(dense, fill_value=dtype.fill_value, kind=entry["kind"], dtype=dtype)


def _category(reading, array, entry):
    kept = entry["categories"]
    categories = _kept_aside(reading, kept) if "arrow" in kept else _part(reading, array.dictionary, kept)
    categories = index_of(categories)
    tell_change(reading.notes, reading.column, kept["dtype"], categories.dtype, "categories of ")
    if not pa.types.is_dictionary(array.type):
        return _found_again(reading, array, categories, entry)
    return _categorical(reading, array, categories, entry["ordered"])


def _found_again(reading, array, categories, entry):
    """A category of a column that lost its dictionary in a file that knows none, as Parquet."""
    kept = entry["categories"]
    if "arrow" in kept:
        array = array.cast(stepfile.unpacked(kept["arrow"]).type)
    values = index_of(_part(reading, array, kept))
    codes = categories.get_indexer(values)
    if (codes[~np.asarray(values.isna())] < 0).any():
        reading.tell("values that are none of its categories: it is no category any more")
        return _part(reading, array, kept)
    return pd.Categorical.from_codes(codes, categories=categories, ordered=entry["ordered"])


def _dictionary(reading, array, _dtype):
    values = Reading(reading.column, Memory(), reading.notes)
    categories = index_of(decode(values, array.dictionary, None, None))
    if categories.is_unique and not categories.isna().any():
        return _categorical(reading, array, categories, bool(array.type.ordered))
    return decode(reading, array.dictionary.take(array.indices), None, None)


def _categorical(reading, array, categories, ordered):
    codes = _integers(Reading(reading.column, reading.memory, reading.notes), _without_nulls(array.indices), None)
    missing = missing_of(array.indices)
    if missing is not None:
        codes = codes.astype(np.int64) if codes.dtype.kind == "u" else codes
        codes[missing] = -1
    return pd.Categorical.from_codes(codes, categories=categories, ordered=ordered)


def _without_nulls(array):
    return pa.Array.from_buffers(array.type, len(array), [None, array.buffers()[1]], offset=array.offset)


def _lists(_reading, array, _dtype):
    if pa.types.is_list(array.type):
        cells = array.to_pandas().tolist()
    else:  # pyarrow 0.16 cannot give arrays of these
        cells = array.to_pylist()
    return objects_of([None if one is None else np.asarray(one) for one in cells])


def _is(*names):
    tests = [getattr(pa.types, "is_" + name) for name in names if hasattr(pa.types, "is_" + name)]
    return lambda kind: any(test(kind) for test in tests)


_BY_ARROW_TYPE = (
    (_is("integer"), _integers),
    (_is("floating"), _floats),
    (_is("boolean"), _flags),
    (_is("string", "large_string"), _texts),
    (_is("timestamp"), _datetimes),
    (_is("duration"), times.timedeltas),
    (_is("date"), lambda reading, array, _: times.dates(reading, array)),
    (_is("time"), lambda reading, array, _: times.clock_times(reading, array)),
    (_is("dictionary"), _dictionary),
    (_is("list", "large_list", "fixed_size_list"), _lists),
)
_ENCODINGS = {
    "string": _strings,
    "arrow": _arrow,
    "byte order": _byte_order,
    "zone": _zoned,
    "period": _period,
    "period numbers": _period_numbers,
    "interval": _interval,
    "complex": _complexes,
    "sparse": _sparse,
    "category": _category,
}
