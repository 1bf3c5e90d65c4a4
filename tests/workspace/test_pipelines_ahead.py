"""What a pipeline file names is looked for before anything runs, and told with line and column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from transom.errors import EnvironmentUnknown, WrongUse
from transom.flow.file_problems import PipelineInvalid
from transom.model.policies import Network, Policy
from transom.settings import load
from transom.workspace.datasets_adding import Addition, add_dataset
from transom.workspace.opening import open_workspace
from transom.workspace.pipelines.asking import input_values
from transom.workspace.pipelines.files import check_file, request_of

SOUND = """\
inputs:
  cars: {type: uri_file, path: cars.csv}
jobs:
  s:
    component: execute_python_script
    environment: host
    inputs: {dataset1: "${{parent.inputs.cars}}", dataset2: {path: cars.csv, read: header=no}, script: s.py}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRANSOM_DATA_FOLDER", str(tmp_path / "data"))
    (tmp_path / "cars.csv").write_text("a\n1\n")
    (tmp_path / "s.py").write_text("def azureml_main(a=None, b=None):\n    return a,\n")
    return tmp_path


def check(folder: Path, text: str = SOUND) -> None:
    (folder / "p.yml").write_text(text)
    check_file(folder / "p.yml")


def request(folder: Path, text: str = SOUND, values: Any = None, **wishes: Any) -> Any:
    (folder / "p.yml").write_text(text)
    return request_of(folder / "p.yml", values or {}, **wishes)


def test_what_is_there_is_fine_and_nothing_is_made(folder: Path) -> None:
    check(folder)
    assert not (folder / "data").exists()


WRONG = {
    "data of an input": ("path: cars.csv}\njobs", "path: carz.csv}\njobs", (2, 32), "no file or folder carz.csv"),
    "data at a step": ("{path: cars.csv,", "{path: carz.csv,", (7, 68), "no file or folder carz.csv"),
    "options": ("header=no", "hedaer=no", (7, 84), "hedaer"),
    "a bundle": ("script: s.py", "script: s.py, script_bundle: gone/", (7, 110), "no file or folder gone/"),
    "a dataset": ("path: cars.csv}\njobs", "path: azureml:nothing@latest}\njobs", (2, 32), "no dataset nothing"),
    "an environment": ("environment: host", "environment: hots", (6, 18), "no environment hots"),
    "a default environment": ("jobs:", "settings: {default_environment: hots}\njobs:", (3, 33), "no environment hots"),
    "no Python": ("script: s.py", "script: broken.py", (7, 104), "broken.py:2: "),
    "no entry point": ("script: s.py", "script: main.py", (7, 104), "main.py:1: "),
    "another entry point": ("script: s.py", "script: s.py, entry_point: main", (7, 104), "s.py:1: "),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_not_as_it_must_be_is_told_with_line_and_column(folder: Path, name: str) -> None:
    (folder / "broken.py").write_text("def azureml_main(a=None, b=None):\n    return ((a,\n")
    (folder / "main.py").write_text("def other(a=None, b=None):\n    return a,\n")
    old, new, place, sentence = WRONG[name]
    assert old in SOUND
    text = SOUND.replace(old, new, 1)
    for look in (check, request):
        with pytest.raises(PipelineInvalid) as raised:
            look(folder, text)
        (problem,) = raised.value.problems
        assert sentence in problem.text
        assert (problem.line, problem.column) == place


def test_everything_is_told_at_once(folder: Path) -> None:
    with pytest.raises(PipelineInvalid) as raised:
        check(folder, SOUND.replace("cars.csv", "carz.csv").replace("environment: host", "environment: hots"))
    assert [each.line for each in raised.value.problems] == [2, 6, 7]


def test_a_dataset_that_is_registered_is_found(folder: Path) -> None:
    add_dataset(open_workspace(load()), Addition("cars", folder / "cars.csv"))
    check(folder, SOUND.replace("path: cars.csv}\n", "path: azureml:cars:1}\n", 1))
    with pytest.raises(PipelineInvalid):
        check(folder, SOUND.replace("path: cars.csv}\n", "path: azureml:cars:2}\n", 1))


def test_an_address_is_not_asked(folder: Path) -> None:
    check(folder, SOUND.replace("path: cars.csv}\n", "path: http://127.0.0.1:9/cars.csv}\n", 1))


def test_what_is_given_for_a_run_and_what_is_not_run_is_no_problem_of_it(folder: Path) -> None:
    missing = SOUND.replace("path: cars.csv}\n", "path: carz.csv}\n", 1)
    request(folder, missing, {"cars": "cars.csv"})
    apart = missing + "  apart: {component: enter_data_manually, inputs: {rows: [[a], [1]]}}\n"
    request(folder, apart, only="apart")
    with pytest.raises(PipelineInvalid):
        request(folder, apart, only="s")


def test_a_run_knows_what_the_file_warns_of(folder: Path) -> None:
    assert "`tags` has no meaning" in request(folder, f"tags: {{a: b}}\n{SOUND}").said[0]


def test_what_cannot_be_asked_for_is_refused_before_anything_is_recorded(folder: Path) -> None:
    with pytest.raises(EnvironmentUnknown):
        request(folder, environment="nosuch")
    with pytest.raises(WrongUse, match="open"):
        request(folder, policy=Policy.OPEN, network=Network.NONE)
    with pytest.raises(WrongUse, match="empty path"):
        input_values(request(folder).pipeline, {"cars": ""})


def test_a_step_that_is_not_run_cannot_be_run_again(folder: Path) -> None:
    text = SOUND + "  apart: {component: enter_data_manually, inputs: {rows: [[a], [1]]}}\n"
    request(folder, text, only="s", regenerate=frozenset({"s"}))
    with pytest.raises(WrongUse, match="apart is not among the steps"):
        request(folder, text, only="s", regenerate=frozenset({"apart"}))
