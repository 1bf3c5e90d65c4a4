"""Edit Metadata: what columns are: their type, whether they are categories, their role, their name."""

from __future__ import annotations

from transom.components.native import Given, Made
from transom.model.components import REQUIRED, Component, Parameter, ParameterKind, Port

UNCHANGED = "unchanged"
#: A type as Edit Metadata calls it, and as a sentence does.
TYPES = {
    "string": "text",
    "integer": "a whole number",
    "double": "a decimal number",
    "boolean": "true or false",
    "datetime": "a date and time",
    "timespan": "a time span",
}
CATEGORICAL = ("categorical", "noncategorical")
#: What a role is called among the parameters, and in a table.
ROLES = {"feature": "feature", "label": "label", "score": "score", "clear": "none"}

COMPONENT = Component(
    name="edit_metadata",
    title="Edit Metadata",
    description="Changes what columns of a dataset are: their type, whether they are categories, their role and name.",
    category="Data Transformation",
    version="2",
    inputs=(Port("dataset", "Dataset", "The table whose columns are changed."),),
    outputs=(Port("results_dataset", "Results dataset", "The table with its changed columns."),),
    parameters=(
        Parameter(
            "columns",
            "Column",
            "The columns to which the changes apply: a list of names, or a mapping such as {types: [string]}.",
            ParameterKind.COLUMNS,
            default=REQUIRED,
        ),
        Parameter(
            "data_type",
            "Data type",
            "What the values become. One that cannot is told with its column and row.",
            ParameterKind.CHOICE,
            default=UNCHANGED,
            choices=(UNCHANGED, *TYPES),
        ),
        Parameter(
            "datetime_format",
            "DateTime format",
            "How texts say a date and time, as Python's strptime: %d/%m/%Y %H:%M. Else they must be ISO dates.",
            relevant=("data_type", ("datetime",)),
        ),
        Parameter(
            "categorical",
            "Categorical",
            "Make the columns categories of their different values, or plain values again.",
            ParameterKind.CHOICE,
            default=UNCHANGED,
            choices=(UNCHANGED, *CATEGORICAL),
        ),
        Parameter(
            "fields",
            "Fields",
            "What the columns are for whoever learns from the table; clear makes them none of it.",
            ParameterKind.CHOICE,
            default=UNCHANGED,
            choices=(UNCHANGED, *ROLES),
        ),
        Parameter(
            "new_column_names",
            "New column names",
            "A new name for each of the columns, in their order.",
            ParameterKind.LIST,
            default=(),
        ),
    ),
)


def apply(given: Given) -> Made:
    """The table with its changed columns and its row index. Raises CannotApply and Stopped."""
    from transom.components.editing import edited

    return edited(given)
