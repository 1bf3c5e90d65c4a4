"""What the designer shows of a dataset without opening it: the JSON of its schema, samples and visualisation.

The words and the layout are those that azureml-designer-core 0.0.31 writes and reads.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transom.tables.description import counting
from transom.tables.display import cell_texts

SAMPLE_ROWS = 3
SHOWN_ROWS = 100
SHOWN_COLUMNS = 100
#: Up to so many rows the median, the quartiles and the histogram are exact; of more rows, every n-th is looked at.
ROWS_LOOKED_AT = 100_000
_BINS = 10
_OUTLIERS = 25
_NAN = {"isNan": True}
_STATISTICS = ("Mean", "Median", "Min", "Max", "Standard Deviation", "Unique Values", "Missing Values")
_NOT_THERE = ("NAN", "NAN")
#: Of which kind labels and scores are, in the designer's words.
_LABEL, _SCORE = "True Labels", "Scored Labels"


def schema_of(table: pa.Table, levels: frozenset[str], roles: Mapping[str, str]) -> dict[str, Any]:
    """The content of `schema/_schema.json`; `levels` are the fields that are no columns but the row index.

    `roles` are those of columns. The designer knows one label only: it is the first one.
    """
    names = _names(table, levels)
    labels, scores = ([name for name in names if roles.get(name) == role] for role in ("label", "score"))
    return {
        "columnAttributes": [
            {
                "name": name,
                "type": kind,
                "isFeature": roles.get(name, "feature") == "feature",
                "elementType": {"typeName": element, "isNullable": False},
            }
            for name, (kind, element) in _types(table, levels)
        ],
        "featureChannels": [],
        "labelColumns": {_LABEL: labels[0]} if labels else {},
        "scoreColumns": {_SCORE + (f" {place}" if place else ""): name for place, name in enumerate(scores)},
    }


def roles_of(schema: object) -> dict[str, str]:
    """The roles of columns that the content of a `_schema.json` says; {} where it is not of that form."""
    if not isinstance(schema, dict):
        return {}
    roles: dict[str, str] = {}
    attributes = schema.get("columnAttributes")
    for one in attributes if isinstance(attributes, list) else ():
        if isinstance(one, dict) and isinstance(one.get("name"), str) and one.get("isFeature") is False:
            roles[one["name"]] = "none"
    for key, role in (("scoreColumns", "score"), ("labelColumns", "label")):
        columns = schema.get(key)
        named = columns.values() if isinstance(columns, dict) else ()
        roles |= {name: role for name in named if isinstance(name, str)}
    return roles


def samples_of(table: pa.Table, levels: frozenset[str]) -> list[dict[str, Any]]:
    """The content of `_samples.json`: the first rows as name and value."""
    names = _names(table, levels)
    return [dict(zip(names, row, strict=True)) for row in _records(table.slice(0, SAMPLE_ROWS), names)]


def visualization_of(table: pa.Table, levels: frozenset[str]) -> dict[str, Any]:
    """The content of `_data.visualization`: the first rows, statistics of each column, histograms and box plots."""
    types = _types(table, levels)
    names = [name for name, _ in types]
    shown = types[:SHOWN_COLUMNS] if table.num_rows else []
    pictures = [_Picture(table.column(name), kind) for name, (kind, _) in shown]
    features = [
        _feature(number, name, element, f"{kind} Feature") for number, (name, (kind, element)) in enumerate(types)
    ]
    measures = [_feature(number, name, "float64", "Numeric Feature") for number, name in enumerate(_STATISTICS)]
    plots = [_feature(number, name, "object", "Object Feature") for number, name in enumerate(("Histogram", "Boxplot"))]
    rows = _records(table.slice(0, SHOWN_ROWS), names)
    return {
        "visualizationType": "default",
        "data": _item(rows, features, table.num_rows, len(names)),
        "statistics": _item([one.statistics() for one in pictures], measures, len(names), len(_STATISTICS)),
        "layout": _item([one.plots() for one in pictures], plots, len(names), len(plots)),
    }


def _item(records: list[Any], features: list[Any], rows: int, columns: int) -> dict[str, Any]:
    return {
        "name": None,
        "numberOfColumns": columns,
        "numberOfRows": rows,
        "features": features,
        "records": records,
    }


def _feature(number: int, name: str, element: str, feature: str) -> dict[str, Any]:
    return {"name": name, "index": number, "elementType": element, "featureType": feature}


def _names(table: pa.Table, levels: frozenset[str]) -> list[str]:
    return [name for name in table.schema.names if name not in levels]


def _types(table: pa.Table, levels: frozenset[str]) -> list[tuple[str, tuple[str, str]]]:
    return [(name, _type(table.column(name))) for name in _names(table, levels)]


def _type(column: pa.ChunkedArray) -> tuple[str, str]:
    """The designer's words for a column: its type and the type of its elements."""
    if column.null_count == len(column):
        return _NOT_THERE
    kind = column.type
    if pa.types.is_dictionary(kind):
        return "Categorical", "category"
    if pa.types.is_timestamp(kind):
        return "DateTime", "datetime64"
    if pa.types.is_boolean(kind):
        return "Binary", "bool"
    if pa.types.is_integer(kind) and not column.null_count:
        return "Numeric", "int64"
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return "Numeric", "float64"
    return ("String", "str") if pa.types.is_string(kind) else ("Object", "object")


def _records(head: pa.Table, names: list[str]) -> list[list[Any]]:
    columns = [_elements(head.column(name)) for name in names]
    return [list(row) for row in zip(*columns, strict=True)]


def _elements(column: pa.ChunkedArray) -> list[Any]:
    """The values as JSON has them, a missing one as pandas 0.25 would have shown it: not a number, or nothing."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return [_NAN if one is None else one for one in _elements(column.cast(kind.value_type))]
    if pa.types.is_floating(kind) or (pa.types.is_integer(kind) and column.null_count):
        return [_number(value) for value in column.to_pylist()]
    if pa.types.is_timestamp(kind):
        return [_NAN if one is None else one if ":" in one else f"{one} 00:00:00" for one in cell_texts(column)]
    if pa.types.is_binary(kind):
        return [None if one is None else base64.b64encode(one).decode("ascii") for one in column.to_pylist()]
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_string(kind) or pa.types.is_list(kind):
        return list(column.to_pylist())
    return list(cell_texts(column))


def _number(value: float | None) -> Any:
    if value is None or math.isnan(value):
        return _NAN
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value


class _Picture:
    """The statistics and plots of one column."""

    def __init__(self, column: pa.ChunkedArray, kind: str) -> None:
        self._kind = kind
        self._rows = len(column)
        self._column = column
        if pa.types.is_dictionary(column.type):
            self._column = column = column.cast(column.type.value_type)
        step = -(-len(column) // ROWS_LOOKED_AT)
        self._part = column if step <= 1 else column.take(counting(-(-len(column) // step), 0, step))
        self._numbers = self._finite() if kind in ("Numeric", "DateTime") else pa.chunked_array([], pa.float64())

    def _finite(self) -> pa.ChunkedArray:
        """The values that are numbers; of instants, their seconds."""
        part = pc.drop_null(self._part)
        if self._kind == "DateTime":
            return part.cast(pa.timestamp("s", part.type.tz), safe=False).cast(pa.int64()).cast(pa.float64())
        return part.filter(pc.is_finite(part)).cast(pa.float64(), safe=False)

    def statistics(self) -> list[Any]:
        """One number for each of the statistics' names; what a column has not is not a number."""
        exact = len(self._part) == self._rows
        countable = exact and not pa.types.is_nested(self._column.type)
        unique = len(pc.unique(pc.drop_null(self._part))) if countable else _NAN
        measured: list[Any] = [_NAN] * 5
        if self._kind == "Numeric" and len(self._numbers):
            finite = self._column if pa.types.is_integer(self._column.type) else _finite_only(self._column)
            ends = pc.min_max(finite).as_py()
            spread = pc.stddev(finite, ddof=1).as_py()
            middle = pc.quantile(self._numbers, 0.5)[0].as_py()
            measured = [_number(one) for one in (pc.mean(finite).as_py(), middle, ends["min"], ends["max"], spread)]
        return [*measured, unique, self._column.null_count]

    def plots(self) -> list[Any]:
        """The histogram and, of numbers, the box plot."""
        return [self._histogram(), self._box() if self._kind == "Numeric" and len(self._numbers) else None]

    def _histogram(self) -> dict[str, Any] | None:
        if pa.types.is_nested(self._column.type):
            return None
        if self._kind in ("Numeric", "DateTime") and len(self._numbers):
            bins = self._bins()
        else:
            counted = pc.value_counts(pc.drop_null(self._part)).to_pylist()
            most = sorted(counted, key=lambda one: -one["counts"])[:_BINS]
            texts = _elements(pa.chunked_array([pa.array([one["values"] for one in most])])) if most else []
            bins = [_bin(text, "", one["counts"]) for text, one in zip(texts, most, strict=True)]
        return {"Bins": bins, "NumberOfRecords": self._rows}

    def _bins(self) -> list[dict[str, Any]]:
        """Ten intervals of equal width, the last one closed; around a lone value, of the width 1 together."""
        ends = pc.min_max(self._numbers).as_py()
        low, high = float(ends["min"]), float(ends["max"])
        if low == high:
            low, high = low - 0.5, high + 0.5
        width = high / _BINS - low / _BINS  # in this order, so that the widest range of all stays finite
        scaled = pc.subtract(pc.divide(self._numbers, width or 1.0), low / (width or 1.0))
        numbers = pc.max_element_wise(pc.floor(scaled), 0.0)
        counted = pc.value_counts(pc.min_element_wise(numbers, _BINS - 1.0)).to_pylist()
        counts = {int(one["values"]): one["counts"] for one in counted}
        return [self._bin(low + number * width, width, counts.get(number, 0)) for number in range(_BINS)]

    def _bin(self, start: float, width: float, count: int) -> dict[str, Any]:
        if self._kind == "DateTime":
            instant = pa.scalar(int(start), pa.timestamp("s")).cast(pa.string()).as_py()
            return _bin(instant, int(width), count)
        return _bin(start, width, count)

    def _box(self) -> dict[str, Any]:
        numbers = self._numbers
        bottom, median, top = (float(one) for one in pc.quantile(numbers, [0.25, 0.5, 0.75]).to_pylist())
        reach = 1.5 * (top - bottom)
        whisker_bottom = pc.min(numbers.filter(pc.greater_equal(numbers, bottom - reach))).as_py()
        whisker_top = pc.max(numbers.filter(pc.less_equal(numbers, top + reach))).as_py()
        below = sorted(numbers.filter(pc.less(numbers, whisker_bottom)).to_pylist())
        above = sorted(numbers.filter(pc.greater(numbers, whisker_top)).to_pylist())
        return {
            "median": median,
            "boxBottom": bottom,
            "boxTop": top,
            "whiskerBottom": float(whisker_bottom),
            "whiskerTop": float(whisker_top),
            "outliers": [*below[:_OUTLIERS], *above[-_OUTLIERS:]],
        }


def _bin(x: Any, width: Any, count: int) -> dict[str, Any]:
    return {"x": x, "dx": width, "y": count, "numElements": 0}


def _finite_only(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(pc.is_finite(column), column, pa.scalar(None, column.type))
