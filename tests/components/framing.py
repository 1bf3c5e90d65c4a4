"""Frames of every kind on their way through a native component: written and read by what scripts are given them by."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
from tests.child import frame_cases, frames_driver

from transom.components.native import Given, Table
from transom.tables.step_file import describe_step, open_step, write_step

assert_equal = frames_driver.assert_equal
#: Values of every kind that categories can have, two of each.
CATEGORIES = {
    "text": ["a", "b"],
    "whole numbers": [5, 6],
    "dates": pd.to_datetime(["2020-01-01", "2021-01-01"]),
    "dates with a zone": pd.to_datetime(["2020-01-01", "2021-01-01"]).tz_localize("Europe/Paris"),
    "time spans": pd.to_timedelta([1, 2], unit="s"),
    "periods": pd.period_range("2020", periods=2, freq="M"),
    "intervals": pd.interval_range(0, 2),
}


#: Its dates are no whole days, so that the host takes its step file for a damaged one.
_REFUSED_BY_ARROW = "arrow times"


def cases() -> dict[str, pd.DataFrame]:
    """Every frame that a step file holds exactly, as far as this pandas can make it."""
    expressions = {name: each for name, each in frame_cases.EQUAL.items() if name != _REFUSED_BY_ARROW}
    made = {name: frames_driver.made(expression) for name, expression in expressions.items()}
    return {name: frame for name, frame in made.items() if frame is not None}


def written(frame: pd.DataFrame, folder: Path, roles: Mapping[str, str] | None = None) -> Table:
    """The table of a step file as a script's process writes it."""
    path = folder / "written.arrow"
    frames_driver.frames.write_frame(frame, str(path), True, roles)
    arrow = open_step(path)
    return Table(arrow, describe_step(arrow))


def read(table: Table, folder: Path) -> pd.DataFrame:
    """The frame that a script would get of a table; nothing of it may have to be told."""
    path = folder / "read.arrow"
    write_step(table.arrow, path, table.description)
    frame, warnings = frames_driver.frames.read_frame(str(path))
    assert warnings == []
    return frame


def applied(component: ModuleType, tables: Mapping[str, Table], folder: Path, **parameters: Any) -> dict[str, Table]:
    """What a component makes of tables."""
    return dict(component.apply(given(component, tables, folder, **parameters)))


def given(
    component: ModuleType, tables: Mapping[str, Table], folder: Path, said: list[str] | None = None, **parameters: Any
) -> Given:
    """What a component is given; what it says is added to `said`."""
    nothing: Any = None
    return Given(
        tables=tables,
        parameters=component.COMPONENT.checked(parameters),
        folder=folder,
        outside=nothing,
        say=([] if said is None else said).append,
        stopped=lambda: False,
    )
