"""Runs of pipelines, and single steps of them, made again from a bundle in another data folder."""

from __future__ import annotations

import os
import shutil
import signal
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.workspace import web
from tests.workspace.bundles import COMPONENT, FAILS, SCORE, WHOLE, Desk, Elsewhere, told_of

from transom.errors import ContentRemoved, Unknown, WrongUse
from transom.settings import load
from transom.workspace.opening import open_workspace
from transom.workspace.pipelines.asking import PipelineWatcher
from transom.workspace.pipelines.files import request_of
from transom.workspace.pipelines.running import PipelineRunner
from transom.workspace.pipelines.telling import PipelineResult
from transom.workspace.reproducing import write_bundle
from transom.workspace.runs import Runs


@pytest.fixture(scope="module")
def patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, patch: pytest.MonkeyPatch) -> tuple[Desk, PipelineResult]:
    """A run of every kind of step, whose files are all gone since."""
    desk = Desk(tmp_path_factory.mktemp("whole") / "desk", patch)
    desk.write("more.csv", "make,doors\naudi,4\nbmw,2\n")
    desk.write("notes.txt", "a note")
    desk.write("photos/one.txt", "1")
    desk.write("lib/helper.py", "ADD = 1\n")
    desk.write(
        "clean.py",
        "from helper import ADD\ndef azureml_main(cars, _=None):\n"
        "    cars['make'] = cars['make'].astype('category')\n    print('cleaning')\n"
        "    return cars.assign(price=cars['price'] + ADD).set_index('zip', drop=False),\n",
    )
    desk.write("score/component.yaml", COMPONENT)
    desk.write("score/score.py", SCORE)
    desk.write("score/beside.py", "NUMBER = 3\n")
    result = desk.run(WHOLE, share="0.25")
    assert result.succeeded, result.document()
    shutil.rmtree(desk.folder)
    desk.folder.mkdir()
    return desk, result


def test_a_run_is_made_again_elsewhere_although_all_its_files_are_gone(
    whole: tuple[Desk, PipelineResult], replay: Elsewhere
) -> None:
    desk, result = whole
    path, warnings = desk.bundle(result.id)
    assert warnings == ["report is not in the bundle: it writes outside (Export Data)."]
    replayed = replay(path)
    assert replayed.equal, replayed.sentences
    assert {name: each["status"] for name, each in replayed.steps.items()} == dict.fromkeys(
        ("more", "clean", "joined", "scored", "inline"), "succeeded"
    )
    assert replayed.outputs == {"clean": True, "scored": True}
    assert replayed.results["scored.scored"]
    assert "report is not in the bundle: it writes outside (Export Data)." in replayed.sentences
    assert replayed.sentences[-1] == "The same came out."
    workspace = open_workspace(load())
    assert workspace.registry.datasets() == []
    assert {each.status for each in workspace.steps.of_run(replayed.run)} == {"succeeded"}


def test_the_bundle_of_a_run_is_a_pipeline_that_can_be_read_and_run(
    whole: tuple[Desk, PipelineResult], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, result = whole
    path, _ = desk.bundle(result.id)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "out")
        names = set(archive.namelist())
    text = (tmp_path / "out" / "pipeline.yml").read_text()
    for line in ("display_name: Cars of all kinds", "share: 0.25", "memory: 2GiB", "comment: "):
        assert line in text
    assert {"inputs/cars.arrow", "inputs/more.arrow", "inputs/notes/notes.txt", "scripts/clean.py"} <= names
    assert {"components/scored/component.yaml", "components/scored/score.py", "components/scored/beside.py"} <= names
    assert any(name.startswith("environments/") for name in names)
    with zipfile.ZipFile(path) as archive:
        assert archive.read("logs/clean.txt") == b"cleaning\n"
        assert b"# Python 3." in archive.read("environments/1.lock")
    monkeypatch.setenv("TRANSOM_DATA_FOLDER", str(tmp_path / "data"))
    again = PipelineRunner(load()).run(request_of(tmp_path / "out" / "pipeline.yml", {}))
    assert again.succeeded
    assert {name: made.digest for name, made in again.made.items()} == {
        name: made.digest for name, made in result.made.items()
    }


def test_steps_that_were_reused_are_in_the_bundle_like_others(desk: Desk, replay: Elsewhere) -> None:
    assert desk.run(FAILS).succeeded
    again = desk.run(FAILS)
    assert {end.state.value for end in again.ends.values()} == {"reused"}
    replayed = replay(desk.bundle(again.id)[0])
    assert replayed.equal, replayed.sentences
    assert replayed.steps["third"]["first"] == "succeeded"
    assert replayed.outputs == {"third": True}


def test_what_failed_fails_again_and_what_never_began_is_said(desk: Desk, replay: Elsewhere) -> None:
    desk.write("second.py", "def azureml_main(a, _=None):\n    raise ValueError('too new')\n")
    result = desk.run(FAILS)
    path, warnings = desk.bundle(result.id)
    assert warnings == ["third is not in the bundle: it was not executed."]
    replayed = replay(path)
    assert replayed.equal, replayed.sentences
    assert replayed.status == "failed"
    assert "second: failed as before." in replayed.sentences
    assert set(replayed.steps) == {"first", "second"}


def test_another_result_is_said_step_by_step(desk: Desk, replay: Elsewhere) -> None:
    desk.write("second.py", "import os\ndef azureml_main(a, _=None):\n    return a.assign(x=os.urandom(8).hex()),\n")
    path, _ = desk.bundle(desk.run(FAILS).id)
    replayed = replay(path)
    assert not replayed.equal
    assert replayed.steps["first"]["equal"]
    assert "second: another table came out of result_dataset." in replayed.sentences
    assert replayed.outputs == {"third": False}
    assert "Output third: another table." in replayed.sentences


def test_a_step_that_was_stopped_is_told_of_as_that(desk: Desk, replay: Elsewhere) -> None:
    desk.write(
        "second.py",
        "import os, time\ndef azureml_main(a, _=None):\n    print('begun', flush=True)\n"
        "    time.sleep(0 if os.path.exists('stay') or len(a) == 0 else 60)\n    return a\n",
    )

    def interrupt(name: str, event: Any) -> None:
        if "begun" in event.text:
            os.kill(os.getpid(), signal.SIGINT)

    result = desk.run(FAILS, PipelineWatcher(on_text=interrupt))
    assert result.status == "cancelled"
    path, _ = desk.bundle(result.id, sample=0)
    assert set(told_of(path)["steps"]) == {"first", "second"}
    replayed = replay(path)
    assert not replayed.equal
    assert "second: succeeded now; it was stopped." in replayed.sentences


def test_one_step_with_a_script_becomes_the_bundle_of_a_script(
    whole: tuple[Desk, PipelineResult], replay: Elsewhere
) -> None:
    desk, result = whole
    path, warnings = desk.bundle(result.id, step="clean")
    assert warnings == []
    with zipfile.ZipFile(path) as archive:
        assert {"script/clean.py", "script_bundle.zip", "inputs/dataset1.arrow", "log.txt", "environment.lock"} <= set(
            archive.namelist()
        )
        assert archive.read("log.txt") == b"cleaning\n"
    assert told_of(path)["format"] == "transom run"
    replayed = replay(path)
    assert replayed.equal, replayed.sentences
    assert replayed.sentences[0].startswith(f"The step clean of the run {result.id} was made again as")
    assert replayed.results == {"result_dataset": True, "result_dataset2": True}


def test_the_step_that_failed_fails_elsewhere_too(desk: Desk, replay: Elsewhere) -> None:
    desk.write("second.py", "def azureml_main(a, _=None):\n    return a['nothing']\n")
    result = desk.run(FAILS)
    replayed = replay(desk.bundle(result.id, step="second")[0])
    assert (replayed.status, replayed.equal) == ("failed", True)


@pytest.mark.parametrize("step", ["scored", "joined"])
def test_one_step_of_another_component_becomes_a_pipeline_of_one_step(
    whole: tuple[Desk, PipelineResult], replay: Elsewhere, step: str
) -> None:
    desk, result = whole
    path, warnings = desk.bundle(result.id, step=step)
    assert warnings == []
    assert list(told_of(path)["steps"]) == [step]
    replayed = replay(path)
    assert replayed.equal, replayed.sentences
    assert list(replayed.steps) == [step]
    assert replayed.sentences[0].startswith(f"The step {step} of the run {result.id}")


@pytest.mark.parametrize(
    ("step", "said"), [("more", "only reads from outside (Import Data)"), ("report", "writes outside (Export Data)")]
)
def test_a_step_that_is_about_something_outside_is_not_made_again_alone(
    whole: tuple[Desk, PipelineResult], step: str, said: str
) -> None:
    desk, result = whole
    with pytest.raises(WrongUse) as wrong:
        desk.bundle(result.id, step=step)
    assert said in wrong.value.message


def test_a_step_that_is_not_there_or_never_began_is_told_of(desk: Desk) -> None:
    desk.write("second.py", "def azureml_main(a, _=None):\n    raise ValueError('no')\n")
    result = desk.run(FAILS)
    with pytest.raises(Unknown) as unknown:
        desk.bundle(result.id, step="secnd")
    assert "second" in unknown.value.remedy
    with pytest.raises(WrongUse) as wrong:
        desk.bundle(result.id, step="third")
    assert "third of the run" in wrong.value.message
    assert "was not executed" in wrong.value.message
    assert not list(desk.folder.parent.glob("*.zip"))
    assert not list(desk.folder.parent.glob(".out*"))


def test_a_sample_has_the_first_rows_of_each_input(desk: Desk, replay: Elsewhere) -> None:
    path, warnings = desk.bundle(desk.run(FAILS).id, sample=1)
    assert warnings == ["Of cars (cars.csv) the first rows only are in the bundle."]
    replayed = replay(path)
    assert not replayed.equal
    assert replayed.steps["first"]["results"]["result_dataset"] is False
    assert any("in part only" in sentence for sentence in replayed.sentences)


def test_no_password_and_no_token_is_in_a_bundle(
    desk: Desk, replay: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRANSOM_POLICY", "guarded")  # whose network is open
    with web.served() as server:
        address = f"http://{server.place}/file/cars.csv?sig=TOKENTOKEN"
        desk.write(
            "first.py", "def azureml_main(a, _=None):\n    print('at ftp://me:PASSWORD@host/x')\n    return a,\n"
        )
        result = desk.run(
            f"""
            description: From https://me:PASSWORD@example.org/x
            inputs:
              cars: {{type: uri_file, path: "{address}"}}
              place: "{address}"
            settings: {{default_environment: host}}
            jobs:
              again:
                component: import_data
                inputs: {{path: "${{{{parent.inputs.place}}}}"}}
              first:
                component: execute_python_script
                comment: See s3://KEY:PASSWORD@bucket/x
                inputs: {{dataset1: "${{{{parent.inputs.cars}}}}", script: first.py}}
              second:
                component: execute_python_script
                inputs: {{dataset1: "{address}", script: second.py}}
              report:
                component: export_data
                inputs:
                  dataset: ${{{{parent.jobs.first.outputs.result_dataset}}}}
                  path: sftp://me:PASSWORD@localhost/x.csv
            """
        )
        assert result.ends["first"].state.is_good, result.document()
    path, warnings = desk.bundle(result.id)
    assert any("Passwords" in warning for warning in warnings)
    desk.bundle(result.id)
    paths = [path, shutil.copy(path, path.with_name("whole.zip"))]
    desk.bundle(result.id, step="second")
    for each in paths:
        with zipfile.ZipFile(each) as archive:
            for name in archive.namelist():
                content = archive.read(name)
                if not name.startswith("scripts/") and not name.startswith("script/"):
                    assert b"PASSWORD" not in content, name
                assert b"TOKENTOKEN" not in content, name
                assert "TOKENTOKEN" not in name
    replayed = replay(path.with_name("whole.zip"))  # the server is gone
    assert replayed.equal, replayed.sentences


def test_contents_that_were_removed_are_told_of_in_a_sentence(desk: Desk) -> None:
    result = desk.run(FAILS)
    workspace = open_workspace(load())
    content = workspace.steps.of_run(result.id)[0].content
    assert content is not None
    workspace.blobs.remove(content["inputs"]["dataset1"]["digest"])
    for step in (None, "first"):
        with pytest.raises(ContentRemoved):
            desk.bundle(result.id, step=step)
    assert not list(desk.folder.parent.glob("*.zip"))


def test_a_component_that_is_another_one_now_is_refused(desk: Desk, replay: Elsewhere) -> None:
    desk.write("score/component.yaml", "script: score.py\ninputs: {cars: mltable}\noutputs: {made: mltable}\n")
    desk.write("score/score.py", "def azureml_main(cars):\n    return {'made': cars}\n")
    pipeline = """
        settings: {default_environment: host}
        jobs: {scored: {component: ./score, inputs: {cars: cars.csv}}}
    """
    result = desk.run(pipeline)
    assert result.succeeded, result.document()
    desk.write("score/score.py", "def azureml_main(cars):\n    return {'made': None}\n")
    assert replay(desk.bundle(result.id)[0]).equal  # the script is as it was then
    desk.write("score/component.yaml", "script: score.py\ninputs: {bikes: mltable}\noutputs: {made: mltable}\n")
    with pytest.raises(WrongUse) as wrong:
        desk.bundle(result.id)
    assert "is not what it was" in wrong.value.message


def test_values_and_names_of_files_are_what_they_were(desk: Desk, replay: Elsewhere) -> None:
    desk.write(
        "odd/component.yaml",
        """
        script: odd.py
        inputs:
          notes: uri_file
          script: {type: code}
          rows: {type: rows}
          secret: {type: secret, optional: true}
        outputs: {made: mltable}
    """,
    )
    desk.write(
        "odd/odd.py",
        """
        import os, pandas as pd
        def azureml_main(notes, script, rows, secret):
            name = os.path.basename(notes)
            return {"made": pd.DataFrame({"all": [name, script, str(rows), str(secret), open(notes).read()]})}
    """,
    )
    desk.write("a note [1].txt", "noted")
    result = desk.run("""
        settings: {default_environment: host}
        jobs:
          odd:
            component: ./odd
            inputs:
              notes: "a note [1].txt"
              script: {text: no path.py}
              rows: [["https://example.org/x?year=2020"]]
              secret: mine
    """)
    assert result.succeeded, result.document()
    shutil.copy(desk.bundle(result.id)[0], desk.folder.parent / "first.zip")
    replayed = replay(desk.folder.parent / "first.zip")
    assert replayed.equal, replayed.sentences


def test_a_run_that_was_made_again_can_be_bundled_again(desk: Desk, replay: Elsewhere) -> None:
    replayed = replay(desk.bundle(desk.run(FAILS).id)[0])
    runs, target = Runs(open_workspace(load())), desk.folder.parent / "again.zip"
    assert write_bundle(runs, runs.get(replayed.run), target)["warnings"] == []
    assert replay(target).equal
