"""The metadata of a step file: the names of columns, the row index and the dtypes, as pyarrow and as Transom say it."""

import collections
import json

import numpy as np
import pandas as pd
import pyarrow as pa

from .notes import ColumnsNested, Unstorable

VERSION = 1
_SHOWN = 3

#: One level of a row index: its values, its own name, the field that holds it, and the name that messages say.
Level = collections.namedtuple("Level", ["values", "name", "field", "shown"])


def column_names(labels, notes):
    """The names of the columns as unique text; what was changed is noted. ColumnsNested for several levels."""
    if isinstance(labels, pd.MultiIndex):
        raise ColumnsNested([tuple(label) for label in labels[:_SHOWN]])
    names = []
    if not isinstance(labels, pd.RangeIndex) and str(labels.dtype) == "category":
        notes.add("columns", "labels of categories become plain text")
    for label in labels:
        name = str(label)
        if not isinstance(label, str):
            notes.add(name, "the name was of the type {} and became text".format(type(label).__name__))
        _check_text(name)
        names.append(name)
    return _unique(names, notes)


def _check_text(name):
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        raise Unstorable(name, "name", "its name is not valid Unicode")


def _unique(names, notes):
    taken = set(names)
    if len(taken) == len(names):
        return names
    made = []
    seen = set()
    for name in names:
        made.append(_free(name, taken) if name in seen else name)
        if name in seen:
            notes.add(made[-1], "another column {!r} got this name".format(name))
        seen.add(name)
    return made


def _free(name, taken):
    """The name with the first number behind it that is not taken; then it is."""
    number = 0
    while "{}_{}".format(name, number) in taken:
        number += 1
    taken.add("{}_{}".format(name, number))
    return "{}_{}".format(name, number)


def levels_of(index, names):
    """The levels of a row index that need a field of their own: none for a RangeIndex."""
    if isinstance(index, pd.RangeIndex):
        return []
    taken = set(names)
    levels = []
    for place in range(index.nlevels):
        values = index.get_level_values(place)
        name = values.name
        field = name if isinstance(name, str) and name not in taken else "__index_level_{}__".format(place)
        while field in taken:
            field += "_"
        taken.add(field)
        _check_text(field)
        levels.append(Level(values, name, field, "the index" if name is None else str(name)))
    return levels


def index_names(index):
    """The names of the levels of a row index, as text or None; empty for an unnamed 0..n-1."""
    if isinstance(index, pd.RangeIndex) and _range_of(index) == [0, len(index), 1] and index.name is None:
        return []
    return [None if name is None else str(name) for name in index.names]


def _range_of(index):
    if hasattr(index, "start"):
        return [int(index.start), int(index.stop), int(index.step)]
    return [int(index._start), int(index._stop), int(index._step)]


def metadata_of(frame, names, kept, kept_levels, notes):
    """The schema's metadata: `names` and `kept` of the columns, pairs (Level, Encoded) of the index."""
    fields = list(zip(names, kept)) + [(level.field, one) for level, one in kept_levels]
    ours = {
        "version": VERSION,
        "rows": len(frame),
        "index": [_named(level.name, {"field": level.field}, notes) for level, _ in kept_levels],
        "columns": {field: one.entry for field, one in fields if one.entry is not None},
    }
    if isinstance(frame.index, pd.MultiIndex):
        ours["nested"] = True
    if isinstance(frame.index, pd.RangeIndex):
        start, stop, step = _range_of(frame.index)
        ours["range"] = _named(frame.index.name, {"start": start, "stop": stop, "step": step}, notes)
    ours.update(_labels_entry(frame.columns, notes))
    attributes = _attributes_of(frame, notes)
    if attributes:
        ours["attrs"] = attributes
    return {
        b"pandas": json.dumps(_for_pandas(frame, names, kept, kept_levels)).encode("utf-8"),
        b"transom": json.dumps(ours).encode("utf-8"),
    }


def add_roles(metadata, roles):
    """Say in the metadata of a schema which roles its columns have, by their fields."""
    if roles:
        ours = json.loads(metadata[b"transom"].decode("utf-8"))
        metadata[b"transom"] = json.dumps(dict(ours, roles=roles)).encode("utf-8")


def _named(name, entry, notes):
    """`entry` with the name as text or None, and with `exact` where the name is no text."""
    entry["name"] = None if name is None else str(name)
    if name is None or type(name) is str:
        return entry
    if isinstance(name, np.generic):
        name = name.item()
    if type(name) in (int, bool, float):
        entry["exact"] = name
    elif isinstance(name, tuple) and all(type(one) in (int, bool, float, str, type(None)) for one in name):
        entry["exact"] = list(name)
    elif not isinstance(name, str):
        notes.add(entry["name"], "this name of an index was of the type {} and became text".format(type(name).__name__))
    return entry


def _name_of(entry):
    exact = entry.get("exact")
    if exact is None:
        return entry["name"]
    return tuple(exact) if isinstance(exact, list) else exact


def _labels_entry(labels, notes):
    """What is unusual of the Index that holds the columns' names."""
    entry = {}
    if labels.name is not None:
        entry["columns_name"] = _named(labels.name, {}, notes)
    usual = pd.Index(["text"]).dtype if len(labels) else pd.DataFrame().columns.dtype
    if len(labels) == 0 and not isinstance(labels, type(pd.DataFrame().columns)):
        entry["columns_dtype"] = str(labels.dtype)
    elif len(labels) and labels.dtype != usual and str(labels.dtype) in ("object", "string", "str"):
        entry["columns_dtype"] = str(labels.dtype)
    return entry


def _attributes_of(frame, notes):
    attributes = getattr(frame, "attrs", None)
    if not attributes:
        return None
    try:
        if json.loads(json.dumps(attributes)) == attributes:
            return attributes
    except (TypeError, ValueError):
        pass
    notes.add("attrs", "what frame.attrs holds cannot be written as JSON and is left behind")
    return None


def _for_pandas(frame, names, kept, kept_levels):
    """The metadata that pandas and pyarrow themselves know."""
    if isinstance(frame.index, pd.RangeIndex):
        start, stop, step = _range_of(frame.index)
        name = None if frame.index.name is None else str(frame.index.name)
        index_columns = [{"kind": "range", "name": name, "start": start, "stop": stop, "step": step}]
    else:
        index_columns = [level.field for level, _ in kept_levels]
    described = [_described(name, name, one) for name, one in zip(names, kept)]
    described += [
        _described(None if level.name is None else str(level.name), level.field, one) for level, one in kept_levels
    ]
    label_name = None if frame.columns.name is None else str(frame.columns.name)
    return {
        "index_columns": index_columns,
        "column_indexes": [
            {
                "name": label_name,
                "field_name": label_name,
                "pandas_type": "unicode",
                "numpy_type": "object",
                "metadata": {"encoding": "UTF-8"},
            }
        ],
        "columns": described,
        "creator": {"library": "pyarrow", "version": pa.__version__},
        "pandas_version": pd.__version__,
    }


def _described(name, field, kept):
    kind, metadata, numpy_type = _pandas_type(kept.array.type), None, kept.dtype
    if pa.types.is_dictionary(kept.array.type):
        metadata = {"num_categories": len(kept.array.dictionary), "ordered": bool(kept.array.type.ordered)}
        numpy_type = str(kept.array.type.index_type)
    elif pa.types.is_timestamp(kept.array.type) and kept.array.type.tz:
        metadata = {"timezone": kept.array.type.tz}
        numpy_type = "datetime64[{}]".format(kept.array.type.unit)
    elif kept.details is not None and kept.details["encoding"] not in ("string", "arrow"):
        numpy_type = "object"
    return {"name": name, "field_name": field, "pandas_type": kind, "numpy_type": numpy_type, "metadata": metadata}


def _pandas_type(kind):
    for name, word in _WORDS:
        if getattr(pa.types, "is_" + name)(kind):
            if name == "timestamp" and kind.tz:
                return "datetimetz"
            return word or str(kind)
    return "object"


_WORDS = (
    ("dictionary", "categorical"),
    ("timestamp", "datetime"),
    ("string", "unicode"),
    ("large_string", "unicode"),
    ("boolean", "bool"),
    ("float16", "float16"),
    ("float32", "float32"),
    ("float64", "float64"),
    ("integer", ""),
    ("binary", "bytes"),
    ("date", "date"),
    ("time", "time"),
    ("duration", "timedelta"),
)


def known_of(schema):
    """What the metadata of a schema says, as Known."""
    metadata = schema.metadata or {}
    return Known(_json(metadata.get(b"transom")), _json(metadata.get(b"pandas")), schema.names)


def _json(text):
    try:
        found = json.loads(text.decode("utf-8")) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


class Known:
    """What a step file says of its table beside the values: `levels` of the index, `rows` or None."""

    def __init__(self, ours, theirs, fields):
        self._ours, self._theirs = ours, theirs
        self._dtypes = {}
        for column in theirs.get("columns", ()):
            if column.get("pandas_type") != "categorical":
                self._dtypes[column.get("field_name", column.get("name"))] = column.get("numpy_type")
        self.rows = ours.get("rows")
        self.levels = [level for level in self._levels() if level.field in fields]
        self.level_fields = {level.field for level in self.levels}

    def entry(self, field):
        """The entry of `transom` for a column, or None."""
        return self._ours.get("columns", {}).get(field)

    def roles(self):
        """The roles of columns, by their fields."""
        found = self._ours.get("roles")
        return found if isinstance(found, dict) else {}

    def dtype(self, field):
        """The dtype that the pandas metadata says; None where text or objects may be what this pandas likes."""
        dtype = self._dtypes.get(field)
        if dtype == "object" and not self._ours:
            return None
        return dtype

    def _levels(self):
        if self._ours:
            return [Level(None, _name_of(one), one["field"], one["name"] or "the index") for one in self._ours["index"]]
        names = {one.get("field_name", one.get("name")): one.get("name") for one in self._theirs.get("columns", ())}
        fields = [one for one in self._theirs.get("index_columns", ()) if isinstance(one, str)]
        return [Level(None, names.get(field), field, names.get(field) or "the index") for field in fields]

    def row_index(self, values, rows):
        """The row index of the decoded values of `levels`."""
        if len(values) == 1 and not self._ours.get("nested"):
            index = values[0]
            index.name = self.levels[0].name
            return index
        if values:
            return pd.MultiIndex.from_arrays(values, names=[level.name for level in self.levels])
        return self._range(rows)

    def _range(self, rows):
        entry = self._ours.get("range")
        if entry is None:
            described = [one for one in self._theirs.get("index_columns", ()) if isinstance(one, dict)]
            entry = described[0] if described else {"start": 0, "step": 1, "name": None}
        start, step, stop = entry["start"], entry["step"], entry.get("stop")
        if stop is None or len(range(start, stop, step)) != rows:
            stop = start + step * rows
        return pd.RangeIndex(start, stop, step, name=_name_of(entry))

    def columns_index(self, names):
        """The Index of the columns' names."""
        dtype = self._ours.get("columns_dtype")
        labels = pd.Index(names) if names else pd.DataFrame().columns
        if dtype in ("object", "string", "str") or (dtype and not names):
            try:
                labels = pd.Index(names, dtype=dtype)
            except (TypeError, AttributeError):  # no such text in this pandas
                labels = pd.Index(names, dtype=object)
        name = self._ours.get("columns_name")
        if name is not None:
            labels.name = _name_of(name)
        elif self._theirs.get("column_indexes"):
            labels.name = self._theirs["column_indexes"][0].get("name")
        return labels

    def restore_attributes(self, frame):
        """Give the frame its `attrs` again, where this pandas has them."""
        if self._ours.get("attrs") and hasattr(frame, "attrs"):
            frame.attrs.update(self._ours["attrs"])
