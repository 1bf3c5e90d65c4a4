"""How columns get another type, categories, a role or a name, while all else of the table stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from transom.components.categories import categorical, not_categorical
from transom.components.columns import selected
from transom.components.conversions import converted
from transom.components.edit_metadata import CATEGORICAL, ROLES, UNCHANGED
from transom.components.frame import Column, columns_of, with_columns
from transom.components.native import CannotApply, Given, Made, Stopped
from transom.components.told import one_line

_CATEGORICAL: dict[str, Callable[[Column], Column]] = dict(
    zip(CATEGORICAL, (categorical, not_categorical), strict=True)
)


def edited(given: Given) -> Made:
    """The table with its changed columns and its row index. Raises CannotApply and Stopped."""
    table, said = given.tables["dataset"], given.parameters
    chosen = selected(table, said["columns"], "columns")
    if not chosen:
        raise CannotApply("columns selects no column.", "Name at least one.")
    columns = columns_of(table)
    names = _names(chosen, columns, list(said["new_column_names"]))
    changed: dict[str, Column] = {}
    for column in chosen:
        if given.stopped():
            raise Stopped
        changed[column.name] = replace(_changed(column, said), name=names.get(column.name, column.name))
    return {"results_dataset": with_columns(table, [changed.get(column.name, column) for column in columns])}


def _changed(column: Column, said: Any) -> Column:
    if said["data_type"] != UNCHANGED:
        column = converted(column, said["data_type"], said["datetime_format"])
    if said["categorical"] != UNCHANGED:
        column = _CATEGORICAL[said["categorical"]](column)
    if said["fields"] != UNCHANGED:
        column = replace(column, role=ROLES[said["fields"]])
    return column


def _names(chosen: Sequence[Column], columns: Sequence[Column], new: Sequence[Any]) -> dict[str, str]:
    """The new name of each old one. Raises CannotApply where one stands twice or is none."""
    if not new:
        return {}
    if len(new) != len(chosen):
        raise CannotApply(
            f"new_column_names has {len(new)} names for {len(chosen)} columns.",
            f"Give one for each of {one_line(', '.join(column.name for column in chosen))}.",
        )
    names = {}
    for column, name in zip(chosen, new, strict=True):
        names[column.name] = _name(name)
    after = [names.get(column.name, column.name) for column in columns]
    twice = next((name for place, name in enumerate(after) if name in after[:place]), None)
    if twice is not None:
        raise CannotApply(f"Two columns would have the name {one_line(repr(twice))}.", "Give each another name.")
    return names


def _name(said: Any) -> str:
    if isinstance(said, (int, float)) and not isinstance(said, bool):
        return str(said)
    if not isinstance(said, str) or not said:
        raise CannotApply(f"new_column_names has {one_line(repr(said))}, which is no name.", "Give texts.")
    try:
        said.encode()
    except UnicodeEncodeError:
        problem = f"new_column_names has {one_line(repr(said))}, which holds half a character."
        raise CannotApply(problem, "Write whole ones.") from None
    return said
