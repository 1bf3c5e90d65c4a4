"""`transom runs` with the runs of pipelines: taken up again, explained, kept by a prune, and removed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.cli.transom import Desk

from transom.settings import Settings
from transom.store.blobs import digest_of
from transom.tables.step_file import open_step
from transom.workspace import keeping
from transom.workspace.opening import Workspace
from transom.workspace.runs import Runs

GOOD = "def azureml_main(cars, _=None):\n    return cars\n"
BAD = "def azureml_main(cars, _=None):\n    raise ValueError('not yet')\n"
PIPELINE = """\
type: pipeline
inputs:
  cars: {type: uri_file, path: cars.csv}
  more: {type: uri_file, path: more.csv}
settings: {default_environment: host}
jobs:
  first:
    component: execute_python_script
    inputs: {dataset1: "${{parent.inputs.cars}}", script: first.py}
  second:
    component: execute_python_script
    inputs: {dataset1: "${{parent.inputs.cars}}", dataset2: "${{parent.jobs.first.outputs.result_dataset}}", script: second.py}
  third:
    component: execute_python_script
    inputs:
      dataset1: ${{parent.inputs.more}}
      script: |
        def azureml_main(more, _=None):
            raise ValueError("not yet")
outputs:
  cars: ${{parent.jobs.second.outputs.result_dataset}}
  more: ${{parent.jobs.third.outputs.result_dataset}}
"""


@pytest.fixture
def failed(desk: Desk) -> Desk:
    """A desk where a pipeline's run has failed: its first step has ended well, the others have not."""
    desk.write("pipeline.yml", PIPELINE)
    desk.write("cars.csv", "make\naudi\n")
    desk.write("more.csv", "make\nfiat\n")
    desk.write("first.py", GOOD)
    desk.write("second.py", BAD)
    assert desk.transom("pipeline", "run", "pipeline.yml", "-q").code == 1
    return desk


def _mend(desk: Desk) -> None:
    desk.write("second.py", GOOD)
    desk.write(
        "pipeline.yml", (desk.folder / "pipeline.yml").read_text().replace('raise ValueError("not yet")', "return more")
    )


def _makes(document: dict[str, Any], output: str) -> list[Any]:
    made: list[Any] = open_step(Path(document["outputs"][output]["path"])).column("make").to_pylist()
    return made


def _statuses(document: dict[str, Any]) -> dict[str, str]:
    return {name: step["status"] for name, step in document["steps"].items()}


def test_a_resumed_run_takes_mended_scripts_also_those_that_stand_in_the_file(failed: Desk) -> None:
    _mend(failed)
    said = failed.transom("runs", "resume", "latest", "--json")
    assert said.code == 0, said.out
    document = said.document
    assert set(_statuses(document).values()) == {"succeeded"}
    assert document["warnings"] == []
    (row,) = failed.transom("runs", "list", "--json").document["runs"]
    assert (row["run"], row["status"], row["failure"], row["message"]) == (document["run"], "succeeded", None, None)
    shown = failed.transom("runs", "show", "latest", "--json").document
    assert "return more" in shown["script"]["text"]
    assert {step["status"] for step in shown["steps"]} == {"succeeded"}


def test_data_that_a_step_which_stays_was_given_is_what_it_was(failed: Desk) -> None:
    _mend(failed)
    failed.write("cars.csv", "make\nbmw\n")
    failed.write("more.csv", "make\nopel\n")
    said = failed.transom("runs", "resume", "latest", "--json")
    assert said.code == 0, said.out
    assert _makes(said.document, "cars") == ["audi"]
    assert _makes(said.document, "more") == ["opel"]  # no step that stays was given it
    (warning,) = said.document["warnings"]
    assert "cars.csv" in warning
    assert "transom pipeline run" in warning
    again = failed.transom("pipeline", "run", "pipeline.yml", "--json").document
    assert _makes(again, "cars") == ["bmw"]


def test_a_resumed_run_needs_no_file_that_was_read(failed: Desk) -> None:
    _mend(failed)
    (failed.folder / "cars.csv").unlink()
    said = failed.transom("runs", "resume", "latest", "--json")
    assert said.code == 0, said.out
    assert _makes(said.document, "cars") == ["audi"]


def test_a_newer_version_of_a_dataset_is_not_taken_by_a_resumed_run(failed: Desk) -> None:
    assert failed.transom("dataset", "add", "cars", "cars.csv").code == 0
    text = PIPELINE.replace("path: cars.csv", "path: azureml:cars@latest").replace(
        "outputs:\n  cars:", "outputs:\n  made:"
    )
    failed.write("pipeline.yml", text)
    assert failed.transom("pipeline", "run", "pipeline.yml", "-q").code == 1
    _mend(failed)
    failed.write("cars.csv", "make\nbmw\n")
    assert failed.transom("dataset", "add", "cars", "cars.csv").code == 0
    said = failed.transom("runs", "resume", "latest", "--json")
    assert said.code == 0, said.out
    assert _makes(said.document, "made") == ["audi"]
    assert "azureml:cars@latest" in said.document["warnings"][0]


def test_a_step_that_ended_well_stays_although_its_script_has_changed_and_that_is_said(failed: Desk) -> None:
    _mend(failed)
    failed.write("first.py", GOOD + "# another one\n")
    said = failed.transom("runs", "resume", "latest")
    assert said.code == 0
    assert "warning: The script of first has changed" in said.err


def test_a_file_with_other_steps_is_taken_as_it_was(failed: Desk) -> None:
    failed.write("second.py", GOOD)
    failed.write("pipeline.yml", PIPELINE.replace("  third:", "  fourth:").replace("jobs.third", "jobs.fourth"))
    said = failed.transom("runs", "resume", "latest", "--json")
    assert said.code == 1
    assert _statuses(said.document) == {"first": "succeeded", "second": "succeeded", "third": "failed"}
    assert "has other steps now" in said.document["warnings"][0]
    (failed.folder / "pipeline.yml").unlink()
    assert failed.transom("runs", "resume", "latest", "--json").document["status"] == "failed"


def test_a_file_that_is_wrong_now_is_told_before_anything_runs(failed: Desk) -> None:
    failed.write("pipeline.yml", PIPELINE.replace("dataset1: ${{parent.inputs.more}}", "dataset7: x.csv"))
    said = failed.transom("runs", "resume", "latest")
    assert said.code == 2
    assert "pipeline.yml:16:7:" in said.err
    assert failed.transom("runs", "list", "--json").document["runs"][0]["status"] == "failed"


def test_what_a_step_made_and_is_gone_is_made_again(failed: Desk) -> None:
    _mend(failed)
    workspace = Workspace(failed.data / "workspace", Settings(data_folder=failed.data))
    (made,) = (failed.data / "workspace" / "runs").glob("*/steps/first/result_dataset.arrow")
    workspace.blobs.remove(digest_of(made))
    said = failed.transom("runs", "resume", "latest", "--json")
    assert said.code == 0, said.out
    assert _makes(said.document, "cars") == ["audi"]


def test_a_run_that_has_succeeded_stays_as_it_is(failed: Desk) -> None:
    _mend(failed)
    first = failed.transom("runs", "resume", "latest", "--json").document
    again = failed.transom("runs", "resume", "latest", "--json")
    assert again.code == 0
    assert again.document == first
    assert "nothing is left to do" in failed.transom("runs", "resume", "latest").err


def test_only_the_run_of_a_pipeline_that_is_there_is_resumed(failed: Desk) -> None:
    assert failed.transom("run", "same.py", "-q").code == 0
    said = failed.transom("runs", "resume", "latest")
    assert said.code == 2
    assert "no steps to go on with" in said.err
    assert failed.transom("runs", "resume", "nothing").code == 3


def test_a_killed_run_is_shown_as_over_and_how_to_go_on_is_said(desk: Desk) -> None:
    desk.write("pipeline.yml", PIPELINE)
    desk.write("cars.csv", "make\naudi\n")
    desk.write("more.csv", "make\nfiat\n")
    desk.write(
        "first.py", "import time\ndef azureml_main(cars, _=None):\n    print('on', flush=True)\n    time.sleep(60)\n"
    )
    desk.write("second.py", GOOD)
    process = subprocess.Popen(
        [sys.executable, "-m", "transom", "pipeline", "run", "pipeline.yml", "-q", "--jobs", "1"],
        cwd=desk.folder,
        env=desk.variables(),
        stderr=subprocess.DEVNULL,
    )
    logs = desk.data / "workspace" / "runs"
    while not any(log.read_text() for log in logs.glob("*/steps/first/log.txt")):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    time.sleep(2.5)
    shown = desk.transom("runs", "show", "latest")
    assert "abandoned" in shown.out
    assert desk.transom("runs", "log", "latest").out == "first | on\n"
    assert "Transom was ended while this step" in shown.out
    assert "transom runs resume" in shown.out
    steps = desk.transom("runs", "show", "latest", "--json").document["steps"]
    assert {step["status"] for step in steps} <= {"stopped", "failed"}
    assert not list(logs.glob("*/steps/*/job*"))
    desk.write("first.py", GOOD)
    _mend(desk)
    assert desk.transom("runs", "resume", "latest", "-q").code == 0


def test_why_says_what_has_changed(failed: Desk) -> None:
    _mend(failed)
    assert failed.transom("pipeline", "run", "pipeline.yml", "-q").code == 0
    assert "nothing changed" in failed.transom("runs", "why", "latest", "first").out
    assert "script line 2 changed" in failed.transom("runs", "why", "latest", "second").out
    document = failed.transom("runs", "why", "latest", "first", "--json").document
    assert (document["step"], document["status"]) == ("first", "reused")
    said = failed.transom("runs", "why", "latest", "fist")
    assert said.code == 3
    assert "first" in said.err


def _pruned(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The workspace after a prune to which nothing is too young."""
    monkeypatch.setattr(keeping, "_MOMENT", -5.0)
    workspace = Workspace(desk.data / "workspace", Settings(data_folder=desk.data))
    runs = Runs(workspace)
    runs.keeping.prune(at_once=True)
    return workspace


def test_what_the_steps_of_a_kept_run_made_survives_a_prune(failed: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _pruned(failed, monkeypatch)
    _mend(failed)
    document = failed.transom("runs", "resume", "latest", "--json").document
    assert set(_statuses(document).values()) == {"succeeded"}
    workspace = _pruned(failed, monkeypatch)
    for step in document["steps"].values():
        for made in step["results"].values():
            assert workspace.blobs.has(digest_of(Path(made["path"])))
    again = failed.transom("pipeline", "run", "pipeline.yml", "--json").document
    assert set(_statuses(again).values()) == {"reused"}


def test_what_the_steps_of_removed_runs_made_goes(failed: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    _mend(failed)
    assert failed.transom("pipeline", "run", "pipeline.yml", "-q").code == 0
    names = [row["run"] for row in failed.transom("runs", "list", "--json").document["runs"]]
    assert failed.transom("runs", "remove", *names).code == 0
    kept = _pruned(failed, monkeypatch)
    assert sorted(kept.blobs.digests()) == sorted({each.digest for each in kept.registry.datasets()})
    assert not list(kept.runs.iterdir())
    assert failed.transom("dataset", "remove", "cars").code == 0
    assert failed.transom("dataset", "remove", "more").code == 0
    empty = _pruned(failed, monkeypatch)
    assert not list(empty.blobs.digests())
    assert not list(empty.readings.iterdir())
