"""A pandas.DataFrame as a step file and back, exact for every dtype, on pandas 0.25 to 3 and pyarrow 0.16 to 26.

Runs inside the script's interpreter: with the standard library and that environment's own numpy, pandas and pyarrow.
"""

import warnings

import pandas as pd
import pyarrow as pa

from .exact import blocks, labels, stepfile
from .exact.decoding import Reading, decode, index_of
from .exact.downgrade import tell_change
from .exact.encoded import Encoded
from .exact.encoding import content_of, encode
from .exact.memory import Memory, is_scattered, room_for
from .exact.notes import ColumnsNested, Notes, Unstorable

__all__ = ["ColumnsNested", "Unstorable", "read_frame", "write_frame"]


def read_frame(path, roles=None):
    """The table of a step file as (DataFrame, warnings); `path` may be an open descriptor of it, which is closed.

    The frame may be changed in place: its numbers lie in a private map of the file, which stays as it is. `roles` is
    a dict that takes what the file says of the roles of its columns, where it does not know them already.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what pandas deprecates here is no business of the script's log
        return _read(path, roles)


def _read(path, roles):
    notes = Notes()
    batch, schema, map_of_file = stepfile.mapped(path)
    known = labels.known_of(schema)
    if roles is not None:
        for field, role in known.roles().items():
            roles.setdefault(field, role)
    memory = Memory(map_of_file)

    def column(place, name, finish=lambda values: values):
        field = schema.names[place]
        entry, dtype = known.entry(field), known.dtype(field)
        values = finish(decode(Reading(name, memory, notes), batch.column(place), entry, dtype))
        tell_change(notes, name, (entry or {}).get("dtype", dtype), values.dtype)
        return values

    levels = [column(schema.names.index(level.field), level.shown, index_of) for level in known.levels]
    places = [place for place, field in enumerate(schema.names) if field not in known.level_fields]
    columns = [column(place, schema.names[place]) for place in places]
    rows = batch.num_rows if batch.num_columns else known.rows or 0
    frame = blocks.frame_of(
        columns, known.columns_index([schema.names[place] for place in places]), known.row_index(levels, rows)
    )
    known.restore_attributes(frame)
    return frame, notes.sentences()


def write_frame(frame, path, aside=True, roles=None):
    """Write a DataFrame as a step file, aside and then renamed (or at once without `aside`); give (shape, warnings).

    `shape` is {"rows", "columns": [{"name", "type"}], "index": [names]}; the index is empty for 0..n-1. `roles` are
    those of columns by their names; the file says them of the columns that there are. Raises Unstorable for
    a column that cannot be kept and ColumnsNested for columns of several levels.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _write(_plain(frame), path, aside, roles or {})


def write_rehearsed(path):
    """Write a tiny step file that says nothing of pandas, with the types that files are read into."""
    values = [([1, 2], "int64"), ([0.5, None], "float64"), (["a", None], "string"), ([True, False], "bool")]
    arrays = [pa.array(each, type=kind) for each, kind in values]
    arrays += [pa.array([0, None], type=pa.timestamp(unit)) for unit in ("ms", "us")]
    stepfile.write(path, ["column%d" % number for number in range(len(arrays))], arrays, {})


def _plain(frame):
    """The frame without what a subclass of DataFrame adds to it."""
    return frame if type(frame) is pd.DataFrame else pd.DataFrame(frame)


def _write(frame, path, aside, roles):
    notes = Notes()
    names = labels.column_names(frame.columns, notes)
    levels = labels.levels_of(frame.index, names)
    contents = [content_of(values) for _, values in frame.items()]
    scattered = {place: content for place, content in enumerate(contents) if is_scattered(content)}
    kept = [
        Encoded(room_for(content), str(content.dtype)) if place in scattered else encode(names[place], content, notes)
        for place, content in enumerate(contents)
    ]
    kept_levels = [encode(level.shown, content_of(level.values), notes) for level in levels]
    fields = names + [level.field for level in levels]
    metadata = labels.metadata_of(frame, names, kept, list(zip(levels, kept_levels)), notes)
    labels.add_roles(metadata, {name: roles[name] for name in names if name in roles})
    stepfile.write(path, fields, [one.array for one in kept + kept_levels], metadata, scattered, aside)
    shape = {
        "rows": len(frame),
        "columns": [{"name": name, "type": one.dtype} for name, one in zip(names, kept)],
        "index": labels.index_names(frame.index),
    }
    return shape, notes.sentences()
