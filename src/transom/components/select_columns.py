"""Select Columns in Dataset: the columns that are handed on, in which order."""

from __future__ import annotations

from transom.components.native import Given, Made
from transom.model.components import REQUIRED, Component, Parameter, ParameterKind, Port

COMPONENT = Component(
    name="select_columns_in_dataset",
    title="Select Columns in Dataset",
    description="Hands on some of the columns of a dataset, in the order in which they are named.",
    category="Data Transformation",
    inputs=(Port("dataset", "Dataset", "The table of which columns are selected."),),
    outputs=(Port("results_dataset", "Results dataset", "The table with the selected columns and all rows."),),
    parameters=(
        Parameter(
            "columns",
            "Select columns",
            "A list of names, or a mapping: {all: true, except: [NAME]}, {types: [numeric]}, {roles: [label]}, "
            "{from: 1, to: 3}.",
            ParameterKind.COLUMNS,
            default=REQUIRED,
        ),
    ),
)


def apply(given: Given) -> Made:
    """The table with the selected columns and its row index. Raises CannotApply."""
    from transom.components.columns import selected
    from transom.components.frame import with_columns

    table = given.tables["dataset"]
    return {"results_dataset": with_columns(table, selected(table, given.parameters["columns"], "columns"))}
