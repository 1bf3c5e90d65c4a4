"""Enter Data Manually: a table whose cells stand in the pipeline itself."""

from __future__ import annotations

from transom.components.native import Given, Made
from transom.model.components import Component, Parameter, ParameterKind, Port

COMPONENT = Component(
    name="enter_data_manually",
    title="Enter Data Manually",
    description="Makes a small table of cells that are written in the pipeline.",
    category="Data Input and Output",
    version="3",
    outputs=(Port("dataset", "Dataset", "The table."),),
    parameters=(
        Parameter(
            "rows",
            "Rows",
            "A list of rows, each a list of cells or a mapping of column names to cells; a missing cell is null. A "
            "text stays one, unless all of a column are ISO dates.",
            ParameterKind.ROWS,
        ),
        Parameter(
            "data",
            "Data",
            "The same as text with commas, as in a CSV file, instead of rows.",
            ParameterKind.CODE,
            language="csv",
        ),
        Parameter(
            "has_header",
            "Has header",
            "Whether the first row, where rows are lists or text, has the names of the columns.",
            ParameterKind.BOOLEAN,
            default=True,
        ),
    ),
)


def apply(given: Given) -> Made:
    """The table. Raises CannotApply."""
    from transom.components.entering import entered

    return entered(given)
