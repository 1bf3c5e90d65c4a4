"""What a person is told of columns that do not come back as they were, or that cannot be stored at all."""

_NAMED = 5


class Unstorable(Exception):  # noqa: N818 (named for what it says)
    """A column that no step file can hold: its name, its type in words, and why."""

    def __init__(self, column, type_name, reason):
        self.column, self.type_name, self.reason = column, type_name, reason
        super(Unstorable, self).__init__(
            "The column {!r} of type {} cannot be handed on: {}.".format(column, type_name, reason)
        )


class ColumnsNested(Exception):  # noqa: N818
    """Column labels of several levels; `columns` are the first few of them."""

    def __init__(self, columns):
        self.columns = columns
        super(ColumnsNested, self).__init__(
            "The columns are nested (a MultiIndex: {}, ...).".format(", ".join(repr(label) for label in columns))
        )


class Notes:
    """The changes of one table, each kind told once with the columns that it befell."""

    def __init__(self):
        self._columns = {}

    def add(self, column, change):
        """`change` is what follows the column's name in the sentence."""
        columns = self._columns.setdefault(change, [])
        if column not in columns:
            columns.append(column)

    def holds(self, column):
        """Whether anything was told of a column."""
        return any(column in columns for columns in self._columns.values())

    def sentences(self):
        """One sentence for each kind of change."""
        return ["{}: {}.".format(_named(columns), change) for change, columns in self._columns.items()]


def _named(columns):
    shown = ", ".join(repr(column) for column in columns[:_NAMED])
    if len(columns) > _NAMED:
        shown += " and {} more".format(len(columns) - _NAMED)
    return ("Column " if len(columns) == 1 else "Columns ") + shown
