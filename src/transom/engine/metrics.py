"""What the lines that a script logged come to: a metric of each name, and the tags of the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def folded(lines: Iterable[Mapping[str, Any]]) -> tuple[dict[str, object], dict[str, str | None]]:
    """(metrics, tags) of the logged lines, in order.

    A value that was logged once is itself; logged again under its name it is a list. Rows become one table, a
    dictionary of lists; a cell that a row lacks is None.
    """
    metrics: dict[str, object] = {}
    tags: dict[str, str | None] = {}
    values: dict[str, list[object]] = {}
    rows: dict[str, list[Mapping[str, object]]] = {}
    for line in lines:
        kind, name, value = line.get("kind"), str(line.get("name")), line.get("value")
        if kind == "tag":
            tags[name] = None if value is None else str(value)
        elif kind == "log":
            values.setdefault(name, []).append(value)
            metrics[name] = values[name][0] if len(values[name]) == 1 else values[name]
        elif kind == "list" and isinstance(value, list):
            values.setdefault(name, []).extend(value)
            metrics[name] = values[name]
        elif kind == "row" and isinstance(value, dict):
            rows.setdefault(name, []).append(value)
            metrics[name] = _table(rows[name])
        else:
            metrics[name] = value
    return metrics, tags


def _table(rows: list[Mapping[str, object]]) -> dict[str, list[object]]:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    return {column: [row.get(column) for row in rows] for column in columns}
