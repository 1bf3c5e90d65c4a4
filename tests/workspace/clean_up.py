"""A module as a person writes it: functions on tables, to be run from elsewhere."""

import pandas as pd

FACTOR = 2


def doubled(cars, other=None):
    """The table with its prices doubled."""
    return cars.assign(price=cars["price"] * FACTOR)


def outer():
    """Defines a function where no other process can reach it."""

    def inner(cars):
        return cars

    return inner


def stamps():
    """A frame whose types and index no text format could keep."""
    return pd.DataFrame(
        {"kind": pd.Categorical(["a", "b"]), "many": pd.array([1, None], dtype="Int64")},
        index=pd.date_range("2024-01-01", periods=2, name="day"),
    )
