"""How the rows of a table are divided into two parts, each row with its label in the row index."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from transom.components import drawing
from transom.components.columns import one_column
from transom.components.expressions import rows_of_pattern, rows_of_relative
from transom.components.frame import first_rows, rows_where
from transom.components.native import CannotApply, Given, Made, Stopped, Table
from transom.components.plain_values import plain
from transom.components.split_data import PATTERN, RELATIVE, ROWS
from transom.tables.description import counting


def split(given: Given) -> Made:
    """The two parts. Raises CannotApply and Stopped."""
    table, mode = given.tables["dataset"], given.parameters["mode"]
    if mode == ROWS:
        first, second = _by_fraction(given, table)
    else:
        by = rows_of_pattern if mode == PATTERN else rows_of_relative
        first, second = _parts(given, table, by(table, given.parameters["expression"]))
    return {"results_dataset1": first, "results_dataset2": second}


def _by_fraction(given: Given, table: Table) -> tuple[Table, Table]:
    said, rows = given.parameters, table.description.rows
    if said.get("expression") is not None:
        raise CannotApply(
            f"An expression is given, but the mode is {ROWS}.", f"Add `mode: {RELATIVE}`, or `mode: {PATTERN}`."
        )
    count = drawing.share(rows, said["fraction"])
    strata = None
    if said.get("stratify_by") is not None:
        column = one_column(table, said["stratify_by"], "stratify_by")
        strata = drawing.Strata.of(plain(column).values)
    elif not said["randomized"]:
        return first_rows(table, count)
    keys = drawing.keys(said["seed"], rows) if said["randomized"] else counting(rows)
    chosen = drawing.drawn(keys, count) if strata is None else strata.drawn(keys, said["fraction"])
    return _parts(given, table, chosen)


def _parts(given: Given, table: Table, chosen: pa.Array | pa.ChunkedArray) -> tuple[Table, Table]:
    if given.stopped():
        raise Stopped
    rows = table.description.rows
    count = int(pc.sum(chosen, min_count=0).as_py())
    first = rows_where(table, chosen, count)
    if given.stopped():
        raise Stopped
    return first, rows_where(table, pc.invert(chosen), rows - count)
