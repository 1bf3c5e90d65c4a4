"""How the shape of a table is written in a document, and read from it."""

from __future__ import annotations

from typing import Any

from transom.model.runs import Column, TableShape


def shape_told(shape: TableShape | None) -> dict[str, Any] | None:
    """The document of a shape."""
    if shape is None:
        return None
    told: dict[str, Any] = {"rows": shape.rows, "columns": [[each.name, each.type] for each in shape.columns]}
    return told | ({"index": list(shape.index)} if shape.index else {})


def shape_read(told: dict[str, Any] | None) -> TableShape | None:
    """The shape of a document. Raises ValueError, KeyError or TypeError for what is none."""
    if told is None:
        return None
    columns = tuple(Column(str(name), str(kind)) for name, kind in told["columns"])
    return TableShape(int(told["rows"]), columns, tuple(told.get("index", ())))
