"""Split Data: which rows go to the first of two datasets: by their number, at random, by strata, by a condition."""

from __future__ import annotations

from transom.components.native import Given, Made
from transom.model.components import REQUIRED, Component, Parameter, ParameterKind, Port

ROWS, PATTERN, RELATIVE = "split_rows", "regular_expression", "relative_expression"

COMPONENT = Component(
    name="split_data",
    title="Split Data",
    description="Divides the rows of a dataset into two datasets. Rows keep their order and their labels.",
    category="Data Transformation",
    version="2",
    inputs=(Port("dataset", "Dataset", "The table that is divided."),),
    outputs=(
        Port("results_dataset1", "Results dataset1", "The fraction, or the rows that satisfy the expression."),
        Port("results_dataset2", "Results dataset2", "All other rows."),
    ),
    parameters=(
        Parameter(
            "mode",
            "Splitting mode",
            "split_rows divides by a fraction; regular_expression looks for a pattern in a column of text, "
            "relative_expression compares a column with values.",
            ParameterKind.CHOICE,
            default=ROWS,
            choices=(ROWS, PATTERN, RELATIVE),
        ),
        Parameter(
            "fraction",
            "Fraction of rows in the first output dataset",
            "From 0 to 1. The number of rows is rounded to the nearest whole one, a half upwards.",
            ParameterKind.NUMBER,
            default=0.5,
            minimum=0,
            maximum=1,
            relevant=("mode", (ROWS,)),
        ),
        Parameter(
            "randomized",
            "Randomized split",
            "Draw the rows at random; else the first rows are taken.",
            ParameterKind.BOOLEAN,
            default=True,
            relevant=("mode", (ROWS,)),
        ),
        Parameter(
            "seed",
            "Random seed",
            "The same seed draws the same rows of a table of as many rows, on every machine.",
            ParameterKind.INTEGER,
            default=0,
            minimum=0,
            relevant=("mode", (ROWS,)),
        ),
        Parameter(
            "stratify_by",
            "Stratification key column",
            "Divide the rows of each value of this column in the same proportion; missing values count as one.",
            ParameterKind.COLUMN,
            relevant=("mode", (ROWS,)),
        ),
        Parameter(
            "expression",
            "Expression",
            'A column, then comparisons or a pattern: \\"price" > 5000 & < 20000, or \\"make" ^a.',
            default=REQUIRED,
            relevant=("mode", (PATTERN, RELATIVE)),
        ),
    ),
)


def apply(given: Given) -> Made:
    """The two parts. Raises CannotApply and Stopped."""
    from transom.components.splitting import split

    return split(given)
