"""`transom runs bundle` and `replay` with the runs of pipelines, as a person types them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.cli.transom import Desk

PIPELINE = """\
type: pipeline
inputs: {cars: {type: uri_file, path: cars.csv}}
settings: {default_environment: host}
jobs:
  first:
    component: execute_python_script
    inputs: {dataset1: "${{parent.inputs.cars}}", script: same.py}
  second:
    component: execute_python_script
    inputs: {dataset1: "${{parent.jobs.first.outputs.result_dataset}}", script: second.py}
  written:
    component: export_data
    inputs: {dataset: "${{parent.jobs.first.outputs.result_dataset}}", path: written.csv}
outputs: {made: "${{parent.jobs.second.outputs.result_dataset}}"}
"""


@pytest.fixture
def run(desk: Desk) -> Desk:
    """A desk where a pipeline was run whose second step gives something else in another folder."""
    desk.write("pipeline.yml", PIPELINE)
    desk.write(
        "second.py", "import os\ndef azureml_main(a, _=None):\n    return a.assign(at=os.environ['TRANSOM_AT']),\n"
    )
    said = desk.transom("pipeline", "run", "pipeline.yml", "-q", "--policy", "open", TRANSOM_AT="here")
    assert said.code == 0, said.err
    return desk


@pytest.fixture
def elsewhere(tmp_path: Path) -> Desk:
    """Another desk, with another data folder."""
    desk = Desk(tmp_path / "elsewhere" / "desk")
    desk.folder.mkdir(parents=True)
    return desk


def test_a_pipelines_run_is_bundled_and_made_again_elsewhere(run: Desk, elsewhere: Desk) -> None:
    said = run.transom("runs", "bundle", "latest", "out.zip")
    assert said.code == 0, said.err
    assert "warning: written is not in the bundle: it writes outside (Export Data)." in said.err
    shutil.move(run.folder / "out.zip", elsewhere.folder)
    again = elsewhere.transom("runs", "replay", "out.zip", "--policy", "open", TRANSOM_AT="here")
    assert again.code == 0, again.err
    assert "first: the same came out." in again.err
    assert "Output made: the same." in again.err
    other = elsewhere.transom("runs", "replay", "out.zip", "--policy", "open", "--json", TRANSOM_AT="there")
    assert other.code == 1
    assert other.document["steps"]["first"]["equal"]
    assert not other.document["steps"]["second"]["equal"]
    assert other.document["outputs"] == {"made": False}
    assert [path.name for path in elsewhere.folder.iterdir()] == ["out.zip"]
    assert elsewhere.transom("dataset", "list", "--json").document["datasets"] == []
    shown = elsewhere.transom("runs", "show", "latest", "--json").document
    assert {step["name"] for step in shown["steps"]} == {"first", "second"}


def test_one_step_is_bundled_and_made_again_elsewhere(run: Desk, elsewhere: Desk) -> None:
    said = run.transom("runs", "bundle", "latest", "step.zip", "--step", "first", "--json")
    assert said.code == 0, said.err
    shutil.move(run.folder / "step.zip", elsewhere.folder)
    again = elsewhere.transom("runs", "replay", "step.zip", "--json")
    assert again.code == 0, again.err
    assert again.document["results"] == {"result_dataset": True, "result_dataset2": True}
    assert elsewhere.transom("runs", "show", "latest", "--json").document["kind"] == "script"


def test_what_cannot_be_bundled_is_told_of_in_a_sentence(run: Desk) -> None:
    for arguments, code, said in (
        (("out.zip", "--step", "frist"), 3, "Did you mean first?"),
        (("out.zip", "--step", "written"), 2, "writes outside (Export Data)"),
        (("out.zip", "--sample", "-1"), 2, "A sample of -1 rows is none."),
        (("nowhere/out.zip",), 2, "nowhere/out.zip"),
        ((".",), 2, "cannot be written"),
        (("",), 2, "cannot be written"),
    ):
        done = run.transom("runs", "bundle", "latest", *arguments)
        assert done.code == code, done
        assert said in done.err
    assert run.transom("run", "same.py", "cars.csv", "-q").code == 0
    done = run.transom("runs", "bundle", "latest", "out.zip", "--step", "first")
    assert done.code == 2
    assert "has no steps" in done.err
    assert not list(run.folder.glob("*.zip*"))


def test_a_bundle_takes_the_place_of_a_file_only_when_it_is_whole(run: Desk) -> None:
    run.write("out.zip", "mine")
    assert run.transom("runs", "bundle", "latest", "out.zip", "--step", "written").code == 2
    assert (run.folder / "out.zip").read_text() == "mine"
    assert run.transom("runs", "bundle", "latest", "out.zip").code == 0
    assert (run.folder / "out.zip").read_bytes().startswith(b"PK")
