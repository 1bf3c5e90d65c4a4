"""The nearest of each column that Microsoft's loader of 2020 (pandas 0.25, pyarrow 0.16) takes for what it is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from transom.tables.description import OURS_KEY, PANDAS_KEY, Description
from transom.tables.display import cell_texts
from transom.tables.leaving import nan_to_null

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_CREATOR = {"library": "pyarrow", "version": "0.16.0"}
_TEXT_AXIS = {
    "name": None,
    "field_name": None,
    "pandas_type": "unicode",
    "numpy_type": "object",
    "metadata": {"encoding": "UTF-8"},
}
_DIGITS = 38


@dataclass(frozen=True, slots=True)
class _Given:
    """A column as the step file has it."""

    values: pa.ChunkedArray
    dtype: str
    encoding: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class _Column:
    """A column as it may be written: the words that the pandas metadata has for it, what became of it (None: same)."""

    values: pa.ChunkedArray
    pandas_type: str
    numpy_type: str
    details: Mapping[str, Any] | None = None
    became: str | None = None


def nearest(table: pa.Table, description: Description) -> tuple[pa.Table, list[str]]:
    """The table with columns and pandas metadata that the loader of 2020 understands, and a warning for each change."""
    columns = [_nearest(table.column(one.name), one, description) for one in table.schema]
    warnings = [
        f"Column {name} ({description.dtype(table.schema.field(name))}) is kept as {column.became}, "
        "the nearest that a DataFrameDirectory has."
        for name, column in zip(table.schema.names, columns, strict=True)
        if column.became is not None
    ]
    metadata = {PANDAS_KEY: json.dumps(_pandas(table.schema.names, columns, description)).encode()}
    ours = (table.schema.metadata or {}).get(OURS_KEY)
    if ours is not None:
        metadata[OURS_KEY] = ours
    values = [column.values for column in columns]
    return pa.table(values, names=table.schema.names).replace_schema_metadata(metadata), warnings


def _pandas(names: list[str], columns: list[_Column], description: Description) -> dict[str, Any]:
    levels = {level.field: level.name for level in description.levels}
    index: list[Any] = list(levels)
    counted = description.counted
    if counted is not None and not counted.counts_rows(description.rows):
        index.append({"kind": "range", "name": counted.name, "start": counted.start})
        index[-1] |= {"stop": counted.stop, "step": counted.step}
    entries = [
        {
            "name": levels.get(name, name),
            "field_name": name,
            "pandas_type": column.pandas_type,
            "numpy_type": column.numpy_type,
            "metadata": column.details,
        }
        for name, column in zip(names, columns, strict=True)
    ]
    return {
        "index_columns": index,
        "column_indexes": [_TEXT_AXIS],
        "columns": entries,
        "creator": _CREATOR,
        "pandas_version": "0.25.3",
    }


def _nearest(column: pa.ChunkedArray, field: pa.Field, description: Description) -> _Column:
    given = _Given(column, description.dtype(field), description.encodings.get(field.name))
    for fits, change in _BY_TYPE:
        if fits(column.type):
            return change(given)
    return _text(given)


def _text(given: _Given) -> _Column:
    texts = pa.chunked_array([pa.array(cell_texts(given.values, given.encoding), pa.string())])
    return _Column(texts, "unicode", "object", became="text")


def _category(given: _Given) -> _Column:
    kind = given.values.type
    if kind.value_type not in (pa.string(), pa.large_string()):
        inner = _nearest(
            given.values.cast(kind.value_type), pa.field("", kind.value_type), Description(len(given.values))
        )
        return _Column(inner.values, inner.pandas_type, inner.numpy_type, inner.details, "its values")
    values = given.values.cast(pa.dictionary(kind.index_type, pa.string(), ordered=kind.ordered))
    count = len(values.chunk(0).dictionary) if values.num_chunks else 0
    details = {"num_categories": count, "ordered": bool(kind.ordered)}
    categories = (given.encoding or {}).get("categories")
    exact = categories.get("dtype", "object") if isinstance(categories, dict) else "object"
    became = None if exact in ("object", "str", "string") else "a category of text"
    return _Column(values, "categorical", str(kind.index_type), details, became)


def _flags(given: _Given) -> _Column:
    numpy_type = "object" if given.values.null_count else "bool"
    return _Column(given.values, "bool", numpy_type, became=None if given.dtype in ("bool", "object") else numpy_type)


def _integers(given: _Given) -> _Column:
    numpy_type = "float64" if given.values.null_count else str(given.values.type)
    return _Column(
        given.values, str(given.values.type), numpy_type, became=None if given.dtype == numpy_type else numpy_type
    )


def _floats(given: _Given) -> _Column:
    column = given.values
    if pa.types.is_float16(column.type):
        column = column.cast(pa.float32())
    numpy_type = "float32" if pa.types.is_float32(column.type) else "float64"
    return _Column(
        nan_to_null(column), numpy_type, numpy_type, became=None if given.dtype == numpy_type else numpy_type
    )


def _strings(given: _Given) -> _Column:
    column = given.values
    name = (given.encoding or {}).get("encoding")
    if name == "decimals":
        return _decimals(column)
    if not pa.types.is_string(column.type):
        column = column.cast(pa.string())
    is_text = given.encoding is None or given.dtype.startswith(("str", "string"))
    return _Column(column, "unicode", "object", became=None if is_text else "text")


def _decimals(column: pa.ChunkedArray) -> _Column:
    """Decimals that are kept as text as decimals of one scale, where 38 digits are enough for all of them."""
    present = pc.drop_null(column)
    if not pc.all(pc.match_substring_regex(present, r"^-?\d+(\.\d+)?$")).as_py():
        return _Column(column, "unicode", "object", became="text")
    whole = pc.max(pc.utf8_length(pc.replace_substring_regex(present, r"[-]|\..*", ""))).as_py() or 1
    scale = pc.max(pc.utf8_length(pc.replace_substring_regex(present, r"^[^.]*\.?", ""))).as_py() or 0
    if whole + scale > _DIGITS:
        return _Column(column, "unicode", "object", became="text")
    values = column.cast(pa.decimal128(whole + scale, scale))
    return _Column(values, "decimal", "object", {"precision": whole + scale, "scale": scale})


def _instants(given: _Given) -> _Column:
    kind = given.values.type
    try:
        values = given.values.cast(pa.timestamp("ns", kind.tz))
    except pa.ArrowInvalid:  # the loader would turn the year 1 into 1754
        return _text(given)
    became = None if kind.unit == "ns" or given.dtype.startswith("datetime64[ns") else "datetime64[ns]"
    if kind.tz is None:
        return _Column(values, "datetime", "datetime64[ns]", became=became)
    return _Column(values, "datetimetz", "datetime64[ns]", {"timezone": kind.tz}, became)


def _as(pandas_type: str) -> Callable[[_Given], _Column]:
    """The columns that are objects in pandas and that Parquet keeps as they are."""
    return lambda given: _Column(given.values, pandas_type, "object")


def _fixed_decimals(given: _Given) -> _Column:
    details = {"precision": given.values.type.precision, "scale": given.values.type.scale}
    return _Column(given.values, "decimal", "object", details)


def _lists(given: _Given) -> _Column:
    if pa.types.is_nested(given.values.type.value_type):
        return _text(given)
    return _Column(given.values, f"list[{given.values.type.value_type}]", "object")


_BY_TYPE: tuple[tuple[Callable[[pa.DataType], bool], Callable[..., _Column]], ...] = (
    (pa.types.is_dictionary, _category),
    (pa.types.is_boolean, _flags),
    (pa.types.is_integer, _integers),
    (pa.types.is_floating, _floats),
    (lambda kind: kind in (pa.string(), pa.large_string()), _strings),
    (pa.types.is_timestamp, _instants),
    (pa.types.is_date, _as("date")),
    (pa.types.is_time, _as("time")),
    (pa.types.is_decimal128, _fixed_decimals),
    (pa.types.is_binary, _as("bytes")),
    (pa.types.is_null, _as("empty")),
    (pa.types.is_list, _lists),
)
