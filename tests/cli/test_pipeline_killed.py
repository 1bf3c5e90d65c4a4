"""The run of a pipeline is killed at random moments: it has ended or can be resumed, and nothing wrong is ever reused."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pyarrow as pa
import pytest
from tests.cli.transom import Desk, processes_below

from transom.engine.warm_process import remove_left
from transom.settings import Settings
from transom.tables.step_file import open_step
from transom.workspace.keeping import Keeping
from transom.workspace.opening import Workspace
from transom.workspace.pipelines.asked import request_to_resume
from transom.workspace.pipelines.asking import Way
from transom.workspace.pipelines.files import request_of
from transom.workspace.pipelines.running import PipelineRunner
from transom.workspace.pipelines.telling import PipelineResult
from transom.workspace.runs import Runs, Wanted
from transom.workspace.starting import WarmStarts

#: Moments of each of the 12 parts: TRANSOM_MOMENTS=25 makes 300 of them, which takes 10 minutes on two cores.
MOMENTS = int(os.environ.get("TRANSOM_MOMENTS", "6"))
ROWS = 200
#: More than there will be: all are looked at in the end.
RUNS_KEPT = 1000
CLEAN = """
import subprocess, sys
FACTOR = {factor}
def azureml_main(cars, _=None):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    print("times", FACTOR)
    return cars.assign(price=cars.price * FACTOR)
"""
PIPELINE = """
type: pipeline
inputs:
  cars: {type: uri_file, path: cars.csv}
settings: {default_environment: host}
jobs:
  clean:
    component: execute_python_script
    inputs: {dataset1: "${{parent.inputs.cars}}", script: clean.py}
  halves:
    component: split_data
    inputs: {dataset: "${{parent.jobs.clean.outputs.result_dataset}}", fraction: 0.5, seed: 1}
  sums:
    component: apply_sql_transformation
    inputs: {t1: "${{parent.jobs.clean.outputs.result_dataset}}", query: "SELECT sum(price) AS total FROM t1"}
  told:
    component: execute_python_script
    retry: {attempts: 3}
    inputs:
      dataset1: ${{parent.jobs.halves.outputs.results_dataset1}}
      dataset2: ${{parent.jobs.sums.outputs.result_dataset}}
      script: |
        import os
        def azureml_main(half, sums):
            if os.urandom(1)[0] < 64:
                raise RuntimeError("not this time")
            return half.assign(total=int(sums.total[0]))
outputs:
  told: ${{parent.jobs.told.outputs.result_dataset}}
"""
COLD = "import transom; transom.Pipeline.read('pipeline.yml').run(way='cold')"


@pytest.mark.parametrize("way", [Way.WARM] * 4 + [Way.COLD] * 2)
@pytest.mark.parametrize("whom", ["scheduler", "child"])
def test_a_killed_pipeline_has_ended_or_goes_on_and_nothing_wrong_is_reused(
    desk: Desk, whom: str, way: Way, request: pytest.FixtureRequest
) -> None:
    desk.write("pipeline.yml", PIPELINE)
    desk.write("cars.csv", "make,price\n" + "".join(f"car{number},{number}\n" for number in range(ROWS)))
    rng = random.Random(f"{os.environ.get('PYTEST_XDIST_TESTRUNUID')} {request.node.name}")
    with _here(desk) as runner:
        _written(desk, 1)
        took = _seconds(desk, way)
        expected = _first(desk, runner)
        for moment in range(MOMENTS):
            _written(desk, moment + 2)
            _killed_once(desk, way, whom, rng, took)
            factor = moment + 2 + rng.randrange(2)  # the same script again, or a changed one
            _written(desk, factor)
            while not (result := _run_here(desk, runner)).succeeded:  # one of its steps fails now and then
                assert [name for name, end in result.ends.items() if end.state.value == "failed"] == ["told"]
            assert _told(result).to_pydict() == _times(expected, factor).to_pydict()
        _all_go_on(desk, runner, expected)
    _nothing_is_left(desk, runner.workspace)


@contextlib.contextmanager
def _here(desk: Desk) -> Iterator[PipelineRunner]:
    """Runs pipelines in this process, in the workspace of the desk."""
    settings = Settings(data_folder=desk.data, runs_kept=RUNS_KEPT)
    workspace = Workspace(desk.data / "workspace", settings)
    with contextlib.closing(WarmStarts(workspace.warm)) as starts:
        runner = PipelineRunner(replace(settings, workspace=workspace.folder), starts)
        yield runner


def _written(desk: Desk, factor: int) -> None:
    desk.write("clean.py", CLEAN.format(factor=factor))


def _killed_once(desk: Desk, way: Way, whom: str, rng: random.Random, took: float) -> None:
    """Run the pipeline in a process; at a random moment of it that process is killed, or one that it has started."""
    process = _started(desk, way)
    below = psutil.Process(process.pid)
    time.sleep(rng.uniform(0.2, 1.05) * took)
    if whom == "scheduler":
        process.send_signal(signal.SIGKILL)
    else:
        with contextlib.suppress(psutil.Error, IndexError):
            rng.choice(below.children(recursive=True)).kill()
    assert process.wait(60) in {0, 1, -signal.SIGKILL}


def _all_go_on(desk: Desk, runner: PipelineRunner, expected: pa.Table) -> None:
    """Every run has ended, or is brought to its end by being taken up again, and then it has the right results."""
    runs = Runs(runner.workspace)
    time.sleep(2.5)  # what is younger may be about to be held
    records = runs.newest(Wanted(limit=1000))
    assert {record.status for record in records} <= {"succeeded", "failed"}
    for record in records:
        while runs.get(record.id).status != "succeeded":  # one of its steps fails now and then
            run, request = request_to_resume(runner.workspace, record.id)
            result = runner.run(request, resume=run)
            failed = [end.name for end in result.ends.values() if end.state.value in ("failed", "skipped")]
            assert failed in ([], ["told"]), result.document()
        steps = {step.name: step for step in runner.workspace.steps.of_run(record.id)}
        assert {step.status for step in steps.values()} <= {"succeeded", "reused"}
        content = steps["clean"].content
        assert content is not None
        (factor,) = re.findall(r"FACTOR = (\d+)", runner.workspace.blobs.bytes(content["script"]).decode())
        path = runner.workspace.runs / record.id / "steps" / "told" / "result_dataset.arrow"
        assert open_step(path).to_pydict() == _times(expected, int(factor)).to_pydict()
        assert f"times {factor}" in (runner.workspace.runs / record.id / "steps" / "clean" / "log.txt").read_text()


def _nothing_is_left(desk: Desk, workspace: Workspace) -> None:
    """No process, no folder of a job, no half content; and every content has the name that belongs to it."""
    until = time.monotonic() + 20
    while processes_below(desk.data) and time.monotonic() < until:  # a child ends when its parent has
        time.sleep(0.1)
    assert not processes_below(desk.data)
    runs = Runs(workspace)
    Keeping(workspace, runs.folders, runs.keeping.scheduler).prune(at_once=True)
    recorded = {record.id for record in runs.newest(Wanted(limit=1000))}
    assert {path.name for path in workspace.runs.iterdir()} == recorded
    assert not [*workspace.runs.glob("*/steps/*/job*"), *workspace.runs.glob("*/running")]
    assert not list(workspace.given.iterdir())
    for folder in workspace.warm.iterdir():
        os.utime(folder, (0, 0))
    remove_left(workspace.warm)
    assert not list(workspace.warm.iterdir())
    workspace.blobs.sweep()
    assert not [
        path for path in (workspace.blobs.folder / "aside").rglob("*") if path.name != "lock" and path.is_file()
    ]
    for digest in workspace.blobs.digests():
        workspace.blobs.check(digest)


def _run_here(desk: Desk, runner: PipelineRunner) -> PipelineResult:
    with contextlib.chdir(desk.folder):
        return runner.run(request_of(Path("pipeline.yml"), {}))


def _first(desk: Desk, runner: PipelineRunner) -> pa.Table:
    while not (result := _run_here(desk, runner)).succeeded:
        pass
    return _told(result)


def _told(result: PipelineResult) -> pa.Table:
    return open_step(Path(result.outputs["told"]["path"]))


def _times(table: pa.Table, factor: int) -> pa.Table:
    import pyarrow.compute as pc

    for name in ("price", "total"):
        place = table.column_names.index(name)
        table = table.set_column(place, table.schema.field(place), pc.multiply(table.column(name), factor))
    return table


def _seconds(desk: Desk, way: Way) -> float:
    began = time.monotonic()
    assert _started(desk, way).wait() in (0, 1)
    return time.monotonic() - began


def _started(desk: Desk, way: Way) -> subprocess.Popen[bytes]:
    words = ["-c", COLD] if way is Way.COLD else ["-m", "transom", "pipeline", "run", "pipeline.yml", "--quiet"]
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=desk.folder,
        env=desk.variables() | {"TRANSOM_RUNS_KEPT": str(RUNS_KEPT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
