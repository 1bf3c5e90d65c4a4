"""How a column of Python objects is kept in Arrow, so that every cell comes back as what it was or is told of."""

import datetime
import json

import numpy as np
import pandas as pd
import pyarrow as pa

from . import kinds, memory, moments, zones
from .encoded import Encoded
from .notes import Unstorable

_INT64 = np.iinfo(np.int64)


def encode_objects(column, values, notes):
    """An object array as Encoded; a column that cannot be kept raises Unstorable."""
    types = kinds.types_in(values)
    if types <= {str, type(None)}:
        return _texts(column, values, None)
    missing = kinds.missing_in(values, types)
    present = values[~missing] if missing.any() else values
    found = {kinds.kind_of(one) for one in set(map(type, present.tolist()))}
    if None in found:
        strange = next(value for value in present if kinds.kind_of(type(value)) is None)
        raise Unstorable(column, "object", "it holds values of the type {}".format(_type_name(strange)))
    try:
        return _by_kinds(found)(column, values, missing, notes)
    except (ValueError, TypeError, ArithmeticError, RecursionError) as wrong:
        raise Unstorable(column, "object", str(wrong))


def _by_kinds(found):
    if found <= {"date", "moment"} and "moment" in found:
        return _moments
    if found == {"bytes", "buffer"}:
        return _buffers
    if len(found) == 1:
        return _ENCODERS[next(iter(found))]
    if not found:
        return _nothing
    if found <= {"sequence", "collection"}:
        return _collections
    return _mixed


def _type_name(value):
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else kind.__module__ + "." + kind.__name__


def _filled(values, missing, filler, dtype):
    """A numpy array of `dtype` with `filler` where values are missing."""
    filled = np.empty(len(values), dtype=dtype)
    filled[:] = filler
    filled[~missing] = values[~missing]
    return filled


def _mapped(values, missing, change):
    """A list with None where values are missing."""
    return [None if absent else change(value) for value, absent in zip(values.tolist(), missing.tolist())]


def _texts(column, values, missing, *_):
    return Encoded(text_array(column, "object", values, missing), "object")


def text_array(column, type_name, texts, missing=None):
    """Arrow text, of wide offsets where it needs them; text that is no Unicode raises Unstorable."""
    try:
        made = pa.array(texts, type=pa.string(), mask=missing, from_pandas=True)
        if not isinstance(made, pa.Array):  # in pieces, since it is more than 2 GiB
            made = pa.array(texts, type=pa.large_string(), mask=missing, from_pandas=True)
    except UnicodeEncodeError as wrong:
        raise Unstorable(column, type_name, "the text {!r} is not valid Unicode".format(wrong.object[:80]))
    return made


def _nothing(_column, values, _missing, _notes):
    return Encoded(pa.array([None] * len(values), type=pa.string()), "object")


def _integers(_column, values, missing, _notes):
    try:
        filled = _filled(values, missing, 0, np.int64)
    except OverflowError:
        texts = _mapped(values, missing, lambda value: str(int(value)))
        return Encoded(pa.array(texts, type=pa.string()), "object", {"encoding": "integers"})
    return Encoded(memory.arrow_numbers(filled, missing), "object", {"encoding": "integers"})


def _floats(_column, values, missing, _notes):
    filled = _filled(values, missing, 0, np.float64)
    return Encoded(memory.arrow_numbers(filled, missing), "object", {"encoding": "floats"})


def _booleans(_column, values, missing, _notes):
    flags = _filled(values, missing, False, np.bool_)
    return Encoded(pa.array(flags, mask=missing), "object", {"encoding": "booleans"})


def _complexes(_column, values, missing, _notes):
    filled = _filled(values, missing, 0, np.complex128)
    return Encoded(complex_array(filled, missing), "object", {"encoding": "complexes"})


def complex_array(values, missing=None):
    """Complex numbers as a struct of `real` and `imag`."""
    return struct_array(
        ["real", "imag"], [memory.arrow_numbers(values.real), memory.arrow_numbers(values.imag)], missing
    )


def struct_array(names, arrays, missing=None):
    """Equally long arrays as one array of structs, null where `missing` is true."""
    kind = pa.struct([pa.field(name, array.type) for name, array in zip(names, arrays)])
    some = missing is not None and len(missing) and missing.any()
    return pa.Array.from_buffers(kind, len(arrays[0]), [memory.bits(~missing) if some else None], children=list(arrays))


def _bytes(_column, values, missing, _notes):
    made = pa.array(_mapped(values, missing, bytes), type=pa.binary())
    if not isinstance(made, pa.Array):
        made = pa.array(_mapped(values, missing, bytes), type=pa.large_binary())
    return Encoded(made, "object")


def _buffers(column, values, missing, notes):
    notes.add(column, "bytearrays and memoryviews come back as bytes")
    return _bytes(column, values, missing, notes)


def _dates(_column, values, missing, _notes):
    days = _filled(values, missing, datetime.date(1970, 1, 1), "M8[D]").astype(np.int64).astype(np.int32)
    return Encoded(memory.over(pa.date32(), days, missing), "object")


def _times(column, values, missing, notes):
    if any(value.tzinfo is not None for value in values[~missing]):
        return _labels(column, values, missing, notes)
    micros = _mapped(values, missing, _microseconds)
    return Encoded(pa.array(micros, type=pa.int64()).cast(pa.time64("us")), "object")


def _microseconds(time):
    return ((time.hour * 60 + time.minute) * 60 + time.second) * 1000000 + time.microsecond


def _moments(column, values, missing, _notes):
    present = values[~missing].tolist()
    if all(type(value) is datetime.datetime and value.tzinfo is None for value in present):
        micros = _filled(values, missing, datetime.datetime(1970, 1, 1), "M8[us]").view(np.int64)
        return Encoded(memory.over(pa.timestamp("us"), micros, missing), "object", {"encoding": "datetimes"})
    try:
        texts = _mapped(values, missing, moments.moment_text)
    except zones.ZoneUnknown as wrong:
        raise Unstorable(column, "object", "it holds {}".format(wrong))
    for text, value in zip(texts, values.tolist()):
        if text is not None and not _same_moment(moments.moment_of(text), value):
            raise Unstorable(column, "object", "the moment {!r} cannot be kept exactly".format(value))
    return Encoded(pa.array(texts, type=pa.string()), "object", {"encoding": "moments"})


def _same_moment(kept, value):
    return bool(kept == value) and (getattr(kept, "tzinfo", None) is None) == (getattr(value, "tzinfo", None) is None)


def _durations(column, values, missing, notes):
    present = values[~missing].tolist()
    if all(type(value) is datetime.timedelta for value in present):
        unit, encoding = "us", "timedeltas"
    else:
        unit, encoding = "ns", "Timedeltas"
    try:
        counts = _mapped(values, missing, lambda value: _count(value, unit))
        made = pa.array(counts, type=pa.int64()).cast(pa.duration(unit))
    except (OverflowError, ValueError, pa.ArrowInvalid):
        return _labels(column, values, missing, notes)
    return Encoded(made, "object", {"encoding": encoding})


def _count(value, unit):
    """A duration in whole microseconds or nanoseconds."""
    if unit == "ns":
        return pd.Timedelta(value).value
    return (value.days * 86400 + value.seconds) * 1000000 + value.microseconds


def _decimals(_column, values, missing, _notes):
    return Encoded(pa.array(_mapped(values, missing, str), type=pa.string()), "object", {"encoding": "decimals"})


def _labels(column, values, missing, notes):
    kind = type(values[~missing][0]).__name__
    notes.add(column, "values of the type {} come back as text".format(kind))
    return Encoded(text_array(column, "object", _mapped(values, missing, str)), "object")


def _sequences(column, values, missing, notes):
    present = values[~missing].tolist()
    try:
        made = pa.array(_mapped(values, missing, _nested))
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, ValueError, TypeError, OverflowError):
        return _collections(column, values, missing, notes)
    if not isinstance(made, pa.Array) or not _storable_list(made.type):
        return _collections(column, values, missing, notes)
    if not _same_arrays(made, present):
        notes.add(column, "lists, tuples and arrays in its cells come back as arrays")
    return Encoded(made, "object")


def _nested(value):
    """A sequence as pyarrow takes it: a flat array as it is, all else as lists."""
    if isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype != object:
        return value
    return [_nested(one) if isinstance(one, (list, tuple, np.ndarray)) else one for one in value]


def _storable_list(kind):
    while pa.types.is_list(kind):
        kind = kind.value_type
    plain = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
    return plain or pa.types.is_string(kind) or pa.types.is_null(kind)


def _same_arrays(made, present):
    """Whether the cells were flat arrays already, and of the very dtype that comes back."""
    kind = made.type.value_type
    if pa.types.is_list(kind) or pa.types.is_string(kind) or pa.types.is_null(kind):
        return False
    dtype = np.dtype(kind.to_pandas_dtype())
    return all(isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype == dtype for value in present)


def _collections(column, values, missing, notes):
    notes.add(column, "sets, dicts and mixed lists in its cells come back as JSON text")
    texts = _mapped(values, missing, _json)
    return Encoded(text_array(column, "object", texts), "object")


def _json(value):
    return json.dumps(_plain(value), ensure_ascii=False, default=_json_leaf)


def _plain(value):
    """What json can write: sets in a steady order, arrays as lists, keys as text."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted((_plain(one) for one in value), key=lambda one: (str(type(one)), str(one)))
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(one) for one in value]
    return value


def _json_leaf(value):
    kind = kinds.kind_of(type(value))
    if kind is None:
        raise TypeError("it holds values of the type {}".format(_type_name(value)))
    if kind == "missing":
        return None
    return value.item() if isinstance(value, np.generic) and not isinstance(value, np.datetime64) else str(value)


def _mixed(column, values, missing, notes):
    notes.add(column, "values of several types come back as text")
    texts = _mapped(values, missing, _cell_text)
    return Encoded(text_array(column, "object", texts), "object")


def _cell_text(value):
    if kinds.kind_of(type(value)) in ("sequence", "collection"):
        return _json(value)
    if isinstance(value, (bytes, bytearray)):
        return repr(bytes(value))
    return str(value)


_ENCODERS = {
    "boolean": _booleans,
    "duration": _durations,
    "integer": _integers,
    "float": _floats,
    "complex": _complexes,
    "text": _texts,
    "bytes": _bytes,
    "buffer": _buffers,
    "moment": _moments,
    "date": _dates,
    "time": _times,
    "decimal": _decimals,
    "label": _labels,
    "sequence": _sequences,
    "collection": _collections,
}
