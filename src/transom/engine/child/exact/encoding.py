"""How a column of each dtype is kept in Arrow: which dtypes there are, and the encodings of ours."""

import numpy as np
import pyarrow as pa

from . import memory, periods, stepfile, zones
from .encoded import Encoded
from .notes import Unstorable
from .objects import complex_array, encode_objects, struct_array, text_array


def encode(column, content, notes):
    """A numpy array or an extension array as Encoded; `column` is the name that notes and errors say.

    Raises Unstorable where a step file cannot hold it.
    """
    dtype = content.dtype
    if isinstance(dtype, np.dtype):
        encoder = _BY_NUMPY_KIND.get(dtype.kind)
    else:
        encoder = _BY_DTYPE_CLASS.get(type(dtype).__name__)
    if encoder is None:
        raise Unstorable(column, str(dtype), "no step file has a place for this type")
    return encoder(column, content, notes)


def content_of(values):
    """What a Series or an Index holds: a numpy array, or an extension array."""
    return values.values if isinstance(values.dtype, np.dtype) else values.array


def _numbers(column, values, _notes):
    native = values.astype(values.dtype.newbyteorder("="), copy=False)
    if values.dtype.itemsize > 8:
        raise Unstorable(column, str(values.dtype), "numbers of more than 64 bits have no place in a step file")
    details = None if values.dtype.isnative else {"encoding": "byte order"}
    return Encoded(memory.arrow_numbers(native), str(values.dtype), details)


def _flags(_column, values, _notes):
    return Encoded(pa.array(np.ascontiguousarray(values)), "bool")


def _datetimes(column, values, _notes):
    return _counted(column, values, pa.timestamp)


def _timedeltas(column, values, _notes):
    return _counted(column, values, pa.duration)


def _counted(column, values, arrow_type):
    unit = np.datetime_data(values.dtype)[0]
    if unit not in ("s", "ms", "us", "ns"):
        raise Unstorable(column, str(values.dtype), "Arrow has no such unit of time")
    values = np.ascontiguousarray(values)
    return Encoded(memory.over(arrow_type(unit), values.view(np.int64), np.isnat(values)), str(values.dtype))


def _zoned(column, content, _notes):
    unit, zone = getattr(content.dtype, "unit", "ns"), content.dtype.tz
    try:
        text = zones.zone_text(zone)
    except zones.ZoneUnknown as wrong:
        raise Unstorable(column, str(content.dtype), str(wrong))
    name = zones.arrow_zone(text)
    details = None if zones.is_default(zone, name) else {"encoding": "zone", "zone": text}
    counts = np.ascontiguousarray(content.asi8)
    array = memory.over(pa.timestamp(unit, name), counts, np.asarray(content.isna()))
    return Encoded(array, str(content.dtype), details)


def _complexes(column, values, _notes):
    if values.dtype.itemsize > 16:
        raise Unstorable(column, str(values.dtype), "numbers of more than 64 bits have no place in a step file")
    return Encoded(complex_array(values), str(values.dtype), {"encoding": "complex"})


def _masked(_column, content, _notes):
    missing = np.asarray(content.isna()) if not hasattr(content, "_mask") else content._mask
    if content._data.dtype.kind == "b":
        return Encoded(pa.array(content._data, mask=missing), str(content.dtype))
    return Encoded(memory.arrow_numbers(content._data, missing), str(content.dtype))


def _strings(column, content, _notes):
    dtype = content.dtype
    storage = getattr(dtype, "storage", "python")
    missing = "NaN" if isinstance(getattr(dtype, "na_value", None), float) else "NA"
    details = {"encoding": "string", "storage": storage, "missing": missing}
    held = getattr(content, "_pa_array", getattr(content, "_data", None))
    if isinstance(held, pa.ChunkedArray):
        return Encoded(_joined(held), str(dtype), details)
    values = np.asarray(content, dtype=object)
    return Encoded(text_array(column, str(dtype), values, np.asarray(content.isna())), str(dtype), details)


def _joined(chunked):
    """One array of all chunks; the very memory of a single one."""
    if chunked.num_chunks == 1:
        return chunked.chunk(0)
    if chunked.num_chunks == 0:
        return pa.array([], type=chunked.type)
    return pa.concat_arrays(chunked.chunks)


def _arrow(column, content, _notes):
    array = _joined(content._pa_array)
    if not _readable_everywhere(array.type):
        raise Unstorable(column, str(content.dtype), "older readers of Arrow do not know this type")
    return Encoded(array, str(content.dtype), {"encoding": "arrow"})


_PLAIN = (
    "integer floating boolean string large_string binary large_binary fixed_size_binary date time timestamp "
    "duration decimal128 null"
).split()


def _readable_everywhere(kind):
    if isinstance(kind, getattr(pa, "BaseExtensionType", ())):
        return False
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _readable_everywhere(kind.value_type)
    if pa.types.is_struct(kind):
        return all(_readable_everywhere(kind.field(position).type) for position in range(kind.num_fields))
    if pa.types.is_dictionary(kind):
        return pa.types.is_signed_integer(kind.index_type) and _readable_everywhere(kind.value_type)
    return any(getattr(pa.types, "is_" + plain)(kind) for plain in _PLAIN if hasattr(pa.types, "is_" + plain))


def _period(_column, content, _notes):
    freq = str(content.dtype)[len("period[") : -1]
    missing = np.asarray(content.isna())
    ordinals = np.asarray(content.asi8)
    texts = periods.texts_of(ordinals[~missing], freq)
    if texts is None:
        details = {"encoding": "period numbers", "freq": freq}
        return Encoded(memory.arrow_numbers(ordinals, missing), str(content.dtype), details)
    cells = np.full(len(ordinals), None, dtype=object)
    cells[~missing] = texts
    details = {"encoding": "period", "freq": freq}
    return Encoded(pa.array(cells, type=pa.string()), str(content.dtype), details)


def _interval(column, content, notes):
    left, right = (encode(column, content_of(side), notes) for side in (content.left, content.right))
    details = {"encoding": "interval", "closed": content.closed, "left": bound(left), "right": bound(right)}
    array = struct_array(["left", "right"], [left.array, right.array], np.asarray(content.isna()))
    return Encoded(array, str(content.dtype), details)


def bound(part):
    """What is noted of a part of a column: its dtype, and its encoding where it has one."""
    return part.entry or {"dtype": part.dtype}


def _sparse(column, content, notes):
    fill = np.empty(1, dtype=object)
    fill[0] = content.fill_value
    kept_fill = encode(column, fill, notes)
    dense = encode(column, np.asarray(content, dtype=content.dtype.subtype), notes)
    details = {"encoding": "sparse", "values": bound(dense), "kind": content.kind, "fill": bound(kept_fill)}
    details["fill"]["arrow"] = stepfile.packed(kept_fill.array)
    return Encoded(dense.array, str(content.dtype), details)


def _category(column, content, notes):
    codes = np.asarray(content.codes)
    kept = _kept_categories(column, content.categories, notes)
    details = {"encoding": "category", "ordered": bool(content.ordered), "categories": bound(kept)}
    dictionary = kept.array
    if not (pa.types.is_string(dictionary.type) or pa.types.is_large_string(dictionary.type)):
        # Parquet knows dictionaries of text only: it gives the values of all others, and no category that is unused
        details["categories"]["arrow"] = stepfile.packed(dictionary)
    if kept.details is not None and "arrow" in details["categories"]:
        dictionary = pa.array([str(one) for one in content.categories], type=pa.string())
    elif len(set(dictionary.to_pylist())) < len(dictionary):
        codes, dictionary = _merged(codes, dictionary)
    indices = memory.arrow_numbers(np.where(codes < 0, 0, codes).astype(codes.dtype, copy=False), codes < 0)
    array = pa.DictionaryArray.from_arrays(indices, dictionary, ordered=bool(content.ordered))
    return Encoded(array, "category", details)


def _kept_categories(column, categories, notes):
    """The categories as Encoded; those that have no like in Arrow as text."""
    values = content_of(categories)
    kept = encode(column, values, notes)
    if pa.types.is_list(kept.array.type):
        notes.add(column, "its categories come back as text")
        return Encoded(text_array(column, "category", [str(one) for one in categories]), "object")
    if kept.dtype == "object" and any(issubclass(one, np.number) for one in set(map(type, values))):
        notes.add(column, "numbers of numpy among its categories come back as Python's")
    return kept


def _merged(codes, dictionary):
    """Codes for a dictionary of which several entries became the same text."""
    texts = dictionary.to_pylist()
    places = {text: place for place, text in reversed(list(enumerate(texts)))}
    kept = sorted(places.values())
    moved = np.array([kept.index(places[text]) for text in texts] + [-1], dtype=codes.dtype)
    return moved[codes], pa.array([texts[place] for place in kept], type=dictionary.type)


_BY_NUMPY_KIND = {
    "i": _numbers,
    "u": _numbers,
    "f": _numbers,
    "b": _flags,
    "M": _datetimes,
    "m": _timedeltas,
    "c": _complexes,
    "O": encode_objects,
}
_NUMBERS = [start + str(size) + "Dtype" for start in ("Int", "UInt") for size in (8, 16, 32, 64)]
_BY_DTYPE_CLASS = dict.fromkeys(_NUMBERS + ["Float32Dtype", "Float64Dtype", "BooleanDtype"], _masked)
_BY_DTYPE_CLASS.update(
    DatetimeTZDtype=_zoned,
    StringDtype=_strings,
    ArrowDtype=_arrow,
    PeriodDtype=_period,
    IntervalDtype=_interval,
    SparseDtype=_sparse,
    CategoricalDtype=_category,
)
