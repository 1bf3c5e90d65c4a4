"""A pipeline of which nothing changed is run without a library that reads tables, and without one that asks a server."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.transom import Desk

#: The database of the history brings `email` and `ssl` along, so that these are no sign of ours.
HEAVY = (
    *("pyarrow", "numpy", "pandas", "duckdb", "http.client", "fsspec"),
    *("transom.workspace.datastores_web", "transom.workspace.datastores_distant"),
)
DRIVER = """
import sys
from transom.cli.app import run_command_line

found = []

class Looks:
    def find_spec(self, name, path=None, target=None):
        if name in {heavy!r}:
            found.append(name)

sys.meta_path.insert(0, Looks())
code = run_command_line(sys.argv[1:])
print(code, *sorted(set(found)))
"""
PIPELINE = """\
type: pipeline
jobs:
  cars:
    component: import_data
    inputs: {path: "data/*.csv"}
  more:
    component: import_data
    inputs: {path: more.csv}
  halves:
    component: split_data
    inputs: {dataset: "${{parent.jobs.cars.outputs.dataset}}", fraction: 0.5, seed: 1}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    place = tmp_path / "folder"
    (place / "data").mkdir(parents=True)
    desk = Desk(place)
    (place / "data" / "cars.csv").write_text("make,price\na,1\nb,2\n")
    desk.write("more.csv", "x\n1\n")
    desk.write("pipeline.yml", PIPELINE)
    return desk


def run(desk: Desk) -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, "-c", DRIVER.format(heavy=HEAVY), "pipeline", "run", "pipeline.yml"],
        cwd=desk.folder,
        env=desk.variables(),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()[-1], done.stdout + done.stderr


def test_a_run_of_an_unchanged_pipeline_loads_nothing_that_reads_tables_or_asks_servers(desk: Desk) -> None:
    said, told = run(desk)
    assert said.startswith("0 ")
    assert "pyarrow" in said
    said, told = run(desk)
    assert said == "0", told
    desk.write("more.csv", "x\n2\n")
    assert "pyarrow" in run(desk)[0]
