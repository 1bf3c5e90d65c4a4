"""Join Data: the rows of two datasets side by side where their keys are equal."""

from __future__ import annotations

from transom.components.native import Given, Made
from transom.model.components import REQUIRED, Component, Parameter, ParameterKind, Port

INNER, LEFT, FULL, SEMI, ANTI = "inner", "left_outer", "full_outer", "left_semi", "left_anti"

COMPONENT = Component(
    name="join_data",
    title="Join Data",
    description="Puts the rows of two datasets side by side where their key columns are equal.",
    category="Data Transformation",
    version="2",
    inputs=(
        Port("dataset1", "Left dataset", "The table whose order of rows counts."),
        Port("dataset2", "Right dataset", "The table whose columns are added."),
    ),
    outputs=(Port("results_dataset", "Results dataset", "The joined rows: the left order, and within it the right."),),
    parameters=(
        Parameter(
            "left_keys",
            "Join key columns for left dataset",
            "The columns of the left table that must be equal to those of the right one. Missing values match nothing.",
            ParameterKind.COLUMNS,
            default=REQUIRED,
        ),
        Parameter(
            "right_keys",
            "Join key columns for right dataset",
            "The columns of the right table, in the same order; without them those of the same names.",
            ParameterKind.COLUMNS,
        ),
        Parameter(
            "join_type",
            "Join type",
            "inner: rows that match; left_outer: all left rows too; full_outer: all rows of both; left_semi: left rows "
            "that match, without the right columns; left_anti: left rows that do not.",
            ParameterKind.CHOICE,
            default=INNER,
            choices=(INNER, LEFT, FULL, SEMI, ANTI),
        ),
        Parameter(
            "match_case",
            "Match case",
            "Whether capitals make another key.",
            ParameterKind.BOOLEAN,
            default=True,
        ),
        Parameter(
            "keep_right_keys",
            "Keep right key columns in joined table",
            "Whether the right key columns are in the result. Without them a left key of a row that only the right "
            "table has is the right one.",
            ParameterKind.BOOLEAN,
            default=True,
            relevant=("join_type", (INNER, LEFT, FULL)),
        ),
    ),
)


def apply(given: Given) -> Made:
    """The joined table; its row index is nothing but row numbers. Raises CannotApply and Stopped."""
    from transom.components.joining import joined

    return joined(given)
