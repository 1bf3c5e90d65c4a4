"""The designer's dataset folder, DataFrameDirectory: its files, as Microsoft's own package writes and loads them."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from transom.errors import ResultUnwritable
from transom.tables import aside
from transom.tables.description import Description
from transom.tables.designer_pictures import roles_of, samples_of, schema_of, visualization_of
from transom.tables.designer_types import nearest
from transom.tables.parquet import encode, read_parquet
from transom.tables.paths import shown
from transom.tables.reading import Read, Reading, opened_plain
from transom.tables.restoring import with_origin
from transom.tables.step_file import shape_of, write_step

if TYPE_CHECKING:
    from transom.tables.leaving import Leaving

META = "_meta.yaml"
_DATA = "_data.parquet"
_WORD = "DataFrameDirectory"
#: Of its description so much is read, and a path in it is no longer.
_META_BYTES = 1 << 16
_SCHEMA = "_schema.json"
_SCHEMA_BYTES = 1 << 26
_LONGEST_PATH = 1024
_META_TEXT = f"""\
type: {_WORD}
visualization:
- type: Visualization
  path: _data.visualization
extension: {{}}
format: Parquet
data: {_DATA}
samples: _samples.json
schema: schema/{_SCHEMA}
"""


def read_directory(reading: Reading, target: Path) -> Read:
    """Read a DataFrameDirectory into the step file `target`."""
    data = reading.path / _data_path(reading)
    if not os.path.lexists(data):  # the package writes no Parquet file for a table without columns
        table, description = pa.table({}), Description(0)
        write_step(table, target, description)
        return Read(shape_of(table.schema, description), {}, (), _WORD)
    try:
        opened_plain(data).close()
    except OSError as wrong:
        raise reading.unreadable(
            f"its {data.name} cannot be read ({wrong.strerror})", "Name a whole dataset."
        ) from None
    return replace(read_parquet(replace(reading, path=data), target, _roles(reading.path)), format=_WORD)


def _roles(folder: Path) -> dict[str, str]:
    """The roles of columns that the folder's schema says; none where it cannot be read, as the table is whole."""
    try:
        with opened_plain(folder / "schema" / _SCHEMA) as file:
            return roles_of(json.loads(file.read(_SCHEMA_BYTES)))
    except (OSError, ValueError, RecursionError):
        return {}


def _data_path(reading: Reading) -> str:
    """Where the folder's own description says that its Parquet file lies."""
    meta = reading.path / META
    if not meta.is_file():
        raise reading.unreadable(
            f"the folder holds no {META}, as a {_WORD} does",
            "Name a file, or the folder of a designer's dataset.",
        )
    with opened_plain(meta) as file:
        lines = file.read(_META_BYTES).decode("utf-8", errors="replace").splitlines()
    said = {key: value.strip().strip("'\"") for key, colon, value in (line.partition(":") for line in lines) if colon}
    if said.get("type") != _WORD:
        raise reading.unreadable(f"its {META} says that it is a {said.get('type')}, not a {_WORD}", "Name a dataset.")
    if said.get("format", "Parquet") != "Parquet":
        raise reading.unreadable(f"its data is in the format {said['format']}, not Parquet", "Save it as Parquet.")
    data = said.get("data") or said.get("file_path") or _DATA
    if Path(data).is_absolute() or ".." in Path(data).parts or "\0" in data or len(data) > _LONGEST_PATH:
        raise reading.unreadable(
            f"its {META} names data outside of the folder ({data[:80]!r})", "Name a whole dataset."
        )
    return data


def write_directory(leaving: Leaving, target: Path) -> list[str]:
    """Write the table as a DataFrameDirectory; returns what became of columns that it has no type for."""
    table, warnings = nearest(leaving.table, leaving.description)
    levels = frozenset(level.field for level in leaving.description.levels)
    (target / "schema").mkdir(parents=True)
    if table.num_columns:
        encode(leaving, with_origin(table, leaving.table), target / _DATA)
    _write_json(target / "schema" / _SCHEMA, schema_of(table, levels, leaving.description.roles))
    _write_json(target / "_samples.json", samples_of(table, levels))
    _write_json(target / "_data.visualization", visualization_of(table, levels))
    (target / META).write_text(_META_TEXT, "utf-8")
    return warnings


def _write_json(path: Path, content: Any) -> None:
    # ASCII only: the package opens the file in the encoding of the machine
    path.write_text(json.dumps(content, indent=2, default=str), "ascii")


def check_place(target: Path) -> None:
    """That a DataFrameDirectory may be put at `target`: nothing there, an empty folder, or an earlier one.

    Raises ResultUnwritable.
    """
    aside.check_place(target)
    if not target.exists():
        return
    if not target.is_dir():
        raise ResultUnwritable(
            path=shown(target), reason="it is a file", advice="Choose a folder that is new or empty."
        )
    if any(target.iterdir()) and not (target / META).is_file():
        raise ResultUnwritable(
            path=shown(target),
            reason=f"the folder holds files that are no {_WORD}",
            advice="Choose a folder that is new or empty.",
        )
