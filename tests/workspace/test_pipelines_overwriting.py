"""A step that writes does not replace, unasked, what its own pipeline is made of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.environments import share_ready_made

import transom
from transom.model.runs import Status
from transom.workspace.pipelines.files import request_of
from transom.workspace.pipelines.running import PipelineRunner
from transom.workspace.pipelines.telling import PipelineResult

CARS = "make,price\naudi,10\nbmw,20\n"
PASSES = "def azureml_main(a=None, b=None):\n    return a\n"
PIPELINE = """
inputs: {cars: {type: uri_file, path: cars.csv}, target: out.csv}
jobs:
  read: {component: import_data, inputs: {path: data/more.csv}}
  clean: {component: execute_python_script, inputs: {dataset1: "${{parent.inputs.cars}}", script: clean.py}}
  write:
    component: export_data
    inputs: {dataset: "${{parent.jobs.read.outputs.dataset}}", path: "${{parent.inputs.target}}"IF_EXISTS}
"""


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PipelineRunner]:
    with pytest.MonkeyPatch.context() as patch:
        data = tmp_path_factory.mktemp("data")
        share_ready_made(data)
        patch.setenv("TRANSOM_DATA_FOLDER", str(data))
        with transom.Session() as session:
            yield session.pipelines


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "cars.csv").write_text(CARS)
    (tmp_path / "data" / "more.csv").write_text(CARS + "vw,30\n")
    (tmp_path / "clean.py").write_text(PASSES)
    (tmp_path / "link.csv").symlink_to("cars.csv")
    (tmp_path / "p.yml").write_text(PIPELINE.replace("IF_EXISTS", ""))
    return tmp_path


def run(runner: PipelineRunner, folder: Path, target: str) -> PipelineResult:
    return runner.run(request_of(folder / "p.yml", {"target": target}))


@pytest.mark.parametrize("target", ["cars.csv", "data/../data/more.csv", "link.csv"])
def test_what_a_pipeline_reads_is_not_replaced_by_what_it_writes(
    runner: PipelineRunner, folder: Path, target: str
) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*.csv")}
    outcome = run(runner, folder, target).ends["write"].outcome
    assert outcome is not None
    assert outcome.status is Status.FAILED
    assert outcome.failure is not None
    assert f"The file {target} is one that this pipeline is made of" in outcome.failure.message
    assert {path: path.read_bytes() for path in folder.rglob("*.csv")} == before


def test_it_is_replaced_where_the_pipeline_says_so(runner: PipelineRunner, folder: Path) -> None:
    (folder / "p.yml").write_text(PIPELINE.replace("IF_EXISTS", ", if_exists: replace"))
    assert run(runner, folder, "cars.csv").succeeded
    assert "vw,30" in (folder / "cars.csv").read_text()


def test_other_files_are_replaced(runner: PipelineRunner, folder: Path) -> None:
    (folder / "out.csv").write_text("old\n")
    assert run(runner, folder, "out.csv").succeeded
    assert "vw,30" in (folder / "out.csv").read_text()
