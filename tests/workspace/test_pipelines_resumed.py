"""Data is read where it lies, datastores too; in a run that is taken up again it is what steps which stay were given."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from transom.model.policies import Policy
from transom.settings import load
from transom.workspace.datastores import add_datastore
from transom.workspace.pipelines.asked import request_to_resume
from transom.workspace.pipelines.files import request_of
from transom.workspace.pipelines.running import PipelineRunner
from transom.workspace.pipelines.telling import PipelineResult

KEEPS = "def azureml_main(a=None, b=None):\n    return a, b\n"
FAILS = "def azureml_main(a=None, b=None):\n    raise ValueError('no')\n"
TWO = """
    jobs:
      first:
        component: execute_python_script
        inputs: {dataset1: cars.csv, script: first.py}
      second:
        component: execute_python_script
        inputs: {dataset1: "${{parent.jobs.first.outputs.result_dataset}}", script: second.py}
"""


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PipelineRunner:
    monkeypatch.setenv("TRANSOM_DATA_FOLDER", str(tmp_path / "data"))
    (tmp_path / "cars.csv").write_text("make\naudi\n")
    (tmp_path / "first.py").write_text(KEEPS)
    (tmp_path / "second.py").write_text(FAILS)
    return PipelineRunner(load())


def run(runner: PipelineRunner, folder: Path, text: str, **wishes: Any) -> PipelineResult:
    (folder / "p.yml").write_text(textwrap.dedent(text))
    return runner.run(request_of(folder / "p.yml", wishes.pop("values", {}), **wishes))


def resumed(runner: PipelineRunner, result: PipelineResult) -> PipelineResult:
    run, request = request_to_resume(runner.workspace, result.id)
    return runner.run(request, resume=run)


@pytest.mark.parametrize("now", [None, "make\nbmw\n", "make\naudi\n"])
def test_a_file_that_only_steps_which_stay_were_given_is_told_to_have_changed(
    runner: PipelineRunner, tmp_path: Path, now: str | None
) -> None:
    first = run(runner, tmp_path, TWO)
    assert first.status == "failed"
    (tmp_path / "second.py").write_text(KEEPS)
    if now is None:
        (tmp_path / "cars.csv").unlink()
    else:
        (tmp_path / "cars.csv").write_text(now)
    result = resumed(runner, first)
    assert result.succeeded
    told = ["cars.csv is not what it was" in each for each in result.warnings]
    assert told == ([] if now == "make\naudi\n" else [True])


OWN = """
    inputs: {book: {type: uri_file, path: book.xlsx}}
    jobs:
      first: {component: ./own/, inputs: {book: "${{parent.inputs.book}}"}}
      second: {component: ./own/, inputs: {book: "${{parent.inputs.book}}", after: AFTER}}
"""


def test_a_workbook_that_is_gone_is_the_file_that_it_was(runner: PipelineRunner, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.save(tmp_path / "book.xlsx")
    (tmp_path / "own").mkdir()
    (tmp_path / "own/component.yaml").write_text(
        "script: own.py\ninputs: {book: uri_file, after: {type: mltable, optional: true}}\noutputs: {x: mltable}\n"
    )
    (tmp_path / "own/own.py").write_text(
        "import os, pandas\n"
        "def azureml_main(book, after):\n"
        "    assert after is None\n"
        "    return pandas.DataFrame({'is_file': [os.path.isfile(book)], 'name': [os.path.basename(book)]})\n"
    )
    text = OWN.replace("AFTER", '"${{parent.jobs.first.outputs.x}}"')
    first = run(runner, tmp_path, text)
    assert first.ends["first"].state.value == "succeeded"
    assert first.status == "failed"
    (tmp_path / "book.xlsx").unlink()
    own = tmp_path / "own/own.py"
    own.write_text(own.read_text().replace("    assert after is None\n", ""))
    result = resumed(runner, first)
    assert result.succeeded, result.document()
    assert any("book.xlsx is not what it was" in each for each in result.warnings)


PORT = """
    jobs:
      s: {component: execute_python_script, inputs: {dataset1: "PLACE", script: first.py}}
"""
INPUT = "inputs: {cars: {type: uri_file, path: nosuch.csv}}\n" + textwrap.dedent(
    PORT.replace("PLACE", "${{parent.inputs.cars}}")
)


def said(result: PipelineResult) -> str:
    end = result.ends["s"]
    assert end.outcome is not None
    assert end.outcome.failure is not None
    return f"{end.outcome.failure.message} {end.outcome.failure.remedy}"


def test_a_place_of_a_datastore_is_read_at_a_port_and_at_an_input(runner: PipelineRunner, tmp_path: Path) -> None:
    place = "azureml://subscriptions/1/resourcegroups/a/workspaces/w/datastores/far/paths/more/cars.csv"
    (tmp_path / "far/more").mkdir(parents=True)
    (tmp_path / "far/more/cars.csv").write_text("make,price\naudi,1\n")
    add_datastore(runner.workspace, "far", (tmp_path / "far").as_uri())
    result = run(runner, tmp_path, PORT.replace("PLACE", place), policy=Policy.GUARDED)
    assert result.ends["s"].results["result_dataset"].shape.rows == 1, result.document()
    again = run(
        runner, tmp_path, INPUT, values={"cars": "azureml://datastores/far/paths/more/cars.csv"}, policy=Policy.GUARDED
    )
    assert again.ends["s"].state.value == "reused"
    missing = run(
        runner, tmp_path, PORT.replace("PLACE", "azureml://datastores/far/paths/nosuch.csv"), policy=Policy.GUARDED
    )
    assert "nosuch.csv of the datastore far" in said(missing)
    unknown = run(
        runner, tmp_path, PORT.replace("PLACE", "azureml://datastores/fra/paths/cars.csv"), policy=Policy.GUARDED
    )
    assert "fra" in said(unknown)


def test_a_place_of_a_datastore_is_held_to_the_bounds_of_import_data(runner: PipelineRunner, tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far/cars.csv").write_text("make\naudi\n")
    place = "azureml://datastores/far/paths/cars.csv"
    add_datastore(runner.workspace, "far", (tmp_path / "far").as_uri())
    imported = "jobs: {s: {component: import_data, inputs: {path: PLACE}}}".replace("PLACE", place)
    for text in (PORT.replace("PLACE", place), imported):
        refused = run(runner, tmp_path, text, policy=Policy.CONFINED)
        assert "datastore far" in said(refused)
        assert "confined" in said(refused)
    assert run(runner, tmp_path, INPUT, values={"cars": place}, policy=Policy.CONFINED).succeeded


@pytest.mark.parametrize("version", ["1.0", "2022-01-01", "", "v1"])
def test_a_version_that_is_no_whole_number_is_told_to_be_none(
    runner: PipelineRunner, tmp_path: Path, version: str
) -> None:
    result = run(runner, tmp_path, INPUT, values={"cars": f"azureml:cars:{version}"})
    assert "The version of a dataset is a whole number" in said(result)
    assert "azureml:cars@latest" in said(result)
