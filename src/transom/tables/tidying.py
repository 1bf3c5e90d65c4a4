"""How the metadata of a table that arrives is brought in line with its columns: names, sampled rows, index levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from transom.tables.column_names import unique_names

if TYPE_CHECKING:
    import pyarrow as pa

    from transom.tables.description import CountedIndex, Description


def tidied(
    table: pa.Table, description: Description, sample: int | None
) -> tuple[pa.Table, Description, tuple[str, ...]]:
    """The table with names that stand once, its first `sample` rows, and a description that fits it."""
    names, warnings = unique_names(table.schema.names)
    if list(names) != table.schema.names:
        table = table.rename_columns(list(names))
    if sample is not None:
        table = table.slice(0, sample)
        description = _shortened(description, min(sample, description.rows))
    return table, description, warnings


def _shortened(description: Description, rows: int) -> Description:
    counted, pandas = description.counted, description.pandas
    if counted is not None and pandas is not None:
        counted = replace(counted, stop=counted.start + rows * counted.step)
        pandas = {**pandas, "index_columns": [_counting(one, counted) for one in pandas["index_columns"]]}
    return replace(description, rows=rows, counted=counted, pandas=pandas)


def _counting(entry: Any, counted: CountedIndex) -> Any:
    return {**entry, "stop": counted.stop} if isinstance(entry, Mapping) else entry
