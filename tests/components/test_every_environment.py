"""What native components make is read by the interpreter of every environment."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from tests.child import frames_driver
from tests.components.framing import applied, written
from tests.environments import ENVIRONMENTS, python_of

from transom.components import edit_metadata, join_data, split_data
from transom.components.native import CannotApply, Table
from transom.tables.step_file import write_step

FRAME = pd.DataFrame(
    {
        "text": ["1", "2", None],
        "whole": [1, 2, 3],
        "decimal": [1.0, 2.5, None],
        "category": pd.Categorical(["x", None, "y"]),
        "day": pd.to_datetime(["2020-01-01", None, "2021-01-01"]),
        "truth": [True, False, True],
        "nullable": pd.array([1, None, 3], dtype="Int64"),
        "month": pd.period_range("2020-01", periods=3, freq="M"),
        "interval": pd.interval_range(0, 3),
    }
)
READ = """
import json, sys
from frames_driver import frames
told = []
for path in json.load(sys.stdin):
    frame, _ = frames.read_frame(path)
    told.append([list(map(str, frame.columns)), len(frame), int(frame.isna().values.sum())])
print(json.dumps(told))
"""


def made(folder: Path) -> list[Table]:
    """What each component makes of each column."""
    table = written(FRAME, folder)
    other = written(FRAME.iloc[1:].assign(text=["2", "z"]), folder)
    tables: list[Table] = []
    types = [*edit_metadata.TYPES, edit_metadata.UNCHANGED]
    for column, data_type, kind in itertools.product(FRAME, types, ["unchanged", *edit_metadata.CATEGORICAL]):
        said = {"columns": [column], "data_type": data_type, "categorical": kind}
        with contextlib.suppress(CannotApply):
            tables += applied(edit_metadata, {"dataset": table}, folder, **said).values()
    for kind in ("inner", "left_outer", "full_outer"):
        both = {"dataset1": table, "dataset2": other}
        tables += applied(join_data, both, folder, left_keys=["text"], join_type=kind).values()
    return [*tables, *applied(split_data, {"dataset": table}, folder).values()]


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("made")
    tables = made(folder)
    assert len(tables) > 80
    for number, table in enumerate(tables):
        write_step(table.arrow, folder / f"{number}.arrow", table.description)
    return [str(folder / f"{number}.arrow") for number in range(len(tables))]


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda environment: environment.name)
def test_it_is_read_with_all_rows_columns_and_missing_cells(environment, paths: list[str]):
    python = python_of(environment)
    if python is None:
        pytest.skip(f"this machine has no Python {environment.python}")
    done = subprocess.run(
        [python, "-W", "ignore", "-c", READ],
        env={**os.environ, "PYTHONPATH": str(Path(frames_driver.__file__).parent)},
        input=json.dumps(paths),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    wanted = []
    for path in paths:
        frame, told = frames_driver.frames.read_frame(path)
        assert told == []
        wanted.append([list(frame.columns), len(frame), int(frame.isna().to_numpy().sum())])
    assert json.loads(done.stdout) == wanted
