"""Transom is killed at random moments of `dataset add` and of `run`: afterwards each is whole, or was never there."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest
from tests.cli.transom import Desk, processes_below

from transom.model.file_sets import FileSet
from transom.settings import Settings
from transom.workspace.datasets import table_path
from transom.workspace.keeping import Keeping
from transom.workspace.opening import Workspace
from transom.workspace.runs import Runs, Wanted

#: Moments of each part; the parts of both tests together have 200.
MOMENTS = 25
SCRIPT = """
import subprocess, sys, time
from azureml.core import Run
def azureml_main(first=None, second=None):
    run = Run.get_context()
    run.log("rows", len(first))
    open("left.txt", "w").write("left")
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    print("going on")
    return first,
"""
CSV = "make,price\n" + "".join(f"car{number},{number}\n" for number in range(2000))


@pytest.mark.parametrize("part", range(4))
def test_a_killed_run_is_whole_or_settled(desk: Desk, part: int) -> None:
    desk.write("script.py", SCRIPT)
    desk.write("cars.csv", CSV)
    _kill_at_random_moments(desk, part, ["run", "script.py", "cars.csv", "--quiet"])
    workspace = _workspace(desk)
    runs = Runs(workspace)
    records = runs.newest(Wanted(limit=1000))
    assert {record.status for record in records} <= {"succeeded", "failed"}
    for record in map(runs.get, [record.id for record in records]):
        assert record.ended is not None
        if record.status == "failed":
            assert record.ended.failure_kind == "abandoned", record.ended.message
            continue
        folder = runs.folder(record)
        assert (folder / "result_dataset.arrow").exists()
        assert "going on" in runs.log(record)
        assert [file.name for file, path in runs.files(record) if path.exists()] == ["left.txt"]
        assert record.ended.document["metrics"] == {"rows": 2000}
        assert runs.script(record) == SCRIPT
    assert not processes_below(desk.data)
    assert {path.name for path in workspace.runs.iterdir()} >= {record.id for record in records}
    assert not list(workspace.runs.glob("*/job*"))
    assert not list(workspace.given.iterdir())
    said = desk.transom("run", "script.py", "cars.csv", "--json")
    assert said.code == 0, said.err


@pytest.mark.parametrize("part", range(2))
@pytest.mark.parametrize("kind", ["table", "folder"])
def test_a_killed_addition_of_a_dataset_is_whole_or_absent(desk: Desk, kind: str, part: int) -> None:
    contents = {}
    for number in range(MOMENTS + 1):
        if kind == "table":
            contents[number] = desk.write(f"cars{number}.csv", CSV + f"more,{number}\n")
        else:
            for name in range(20):
                desk.write(f"cars{number}/deep/{name}.txt", f"{number} {name}")
            contents[number] = desk.folder / f"cars{number}"
    words = [["dataset", "add", "cars", str(contents[number])] for number in range(MOMENTS)]
    _kill_at_random_moments(desk, part, *words)
    workspace = _workspace(desk)
    versions = workspace.registry.versions("cars")[::-1] if workspace.registry.datasets() else []
    assert [each.version for each in versions] == list(range(1, len(versions) + 1))
    for each in versions:
        if kind == "table":
            assert each.shape is not None
            assert each.shape.rows == 2001
            assert table_path(workspace, each).stat().st_size == each.bytes
        else:
            files = FileSet.read(workspace.blobs.bytes(each.digest)).files
            assert len(files) == 20
            assert all(workspace.blobs.has(file.digest) for file in files)
        workspace.blobs.check(each.digest)
    said = desk.transom("dataset", "add", "cars", str(contents[MOMENTS]), "--json")
    assert said.code == 0, said.err
    assert said.document["version"] == len(versions) + 1


def _kill_at_random_moments(desk: Desk, part: int, *words: list[str]) -> None:
    """Run the commands in turn, each in a process that is killed at a random moment of what it takes to the end."""
    took = _seconds(desk, words[0])
    rng = random.Random(f"{os.environ.get('PYTEST_XDIST_TESTRUNUID')} {part} {words[0]}")
    for number in range(MOMENTS):
        process = _started(desk, words[number % len(words)])
        time.sleep(rng.uniform(0.25, 1.05) * took)
        process.send_signal(signal.SIGKILL)
        process.wait()


def _seconds(desk: Desk, words: list[str]) -> float:
    began = time.monotonic()
    assert _started(desk, words).wait() == 0
    return time.monotonic() - began


def _started(desk: Desk, words: list[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "transom", *words]
    return subprocess.Popen(
        command, cwd=desk.folder, env=desk.variables(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _workspace(desk: Desk) -> Workspace:
    workspace = Workspace(desk.data / "workspace", Settings(data_folder=desk.data))
    until = time.monotonic() + 20
    while processes_below(desk.data) and time.monotonic() < until:  # the child ends when its parent has
        time.sleep(0.1)
    time.sleep(2.5)  # what is younger may be about to be held
    runs = Runs(workspace)
    Keeping(workspace, runs.folders, runs.keeping.scheduler).prune(at_once=True)
    return workspace


def test_a_run_that_is_going_on_is_not_taken_for_a_killed_one(desk: Desk) -> None:
    desk.write(
        "slow.py", "import time\ndef azureml_main(a=None, b=None):\n    print('on', flush=True)\n    time.sleep(6)\n"
    )
    process = _started(desk, ["run", "slow.py"])
    until = time.monotonic() + 30
    listed: list[dict[str, object]] = []
    while not listed and time.monotonic() < until:
        listed = json.loads(desk.transom("runs", "list", "--json", "--status", "running").out)["runs"]
    assert [each["status"] for each in listed] == ["running"]
    assert process.wait() == 0
    listed = json.loads(desk.transom("runs", "list", "--json").out)["runs"]
    assert [each["status"] for each in listed] == ["succeeded"]
