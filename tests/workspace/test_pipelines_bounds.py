"""What a pipeline's file names, data and scripts, is held to the policy of the run; what a person names for one run is not."""

from __future__ import annotations

from pathlib import Path

import pytest

import transom
from transom.flow.file_problems import PipelineInvalid
from transom.model.policies import Policy
from transom.workspace.pipelines.files import request_of
from transom.workspace.pipelines.telling import PipelineResult

SCRIPT = "def azureml_main(a=None, b=None):\n    return a,\n"


@pytest.fixture(autouse=True)
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that does not lie in the folder of the pipeline."""
    monkeypatch.setenv("TRANSOM_DATA_FOLDER", str(tmp_path / "data"))
    (tmp_path / "project/bundle").mkdir(parents=True)
    (tmp_path / "project/own.csv").write_text("a\n1\n")
    (tmp_path / "outside.csv").write_text("a\n2\n")
    return tmp_path / "outside.csv"


def pipeline(folder: Path, path: str) -> transom.Pipeline:
    made = transom.Pipeline(folder=folder / "project")
    made.step("s", "execute_python_script", dataset1=made.input("data", path=path), script=SCRIPT)
    return made


def said(result: PipelineResult) -> str:
    end = result.ends["s"]
    assert end.outcome is not None
    assert end.outcome.failure is not None
    return end.outcome.failure.message


@pytest.mark.parametrize("path", ["../outside.csv", "link.csv"])
def test_what_the_file_names_outside_of_its_folder_is_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "project/link.csv").symlink_to(tmp_path / "outside.csv")
    result = pipeline(tmp_path, path).run(policy="confined")
    assert result.status == "failed"
    assert "outside.csv" in said(result) or "link.csv" in said(result)
    assert "confined" in said(result)


def test_what_lies_in_its_folder_is_read(tmp_path: Path) -> None:
    assert pipeline(tmp_path, "own.csv").run(policy="confined").succeeded


def test_what_a_person_names_for_the_run_is_read(tmp_path: Path, outside: Path) -> None:
    assert pipeline(tmp_path, "own.csv").run(policy="confined", data=outside).succeeded


def test_an_address_is_refused_where_the_network_is_not_open(tmp_path: Path) -> None:
    result = pipeline(tmp_path, "http://127.0.0.1:9/own.csv").run(policy="confined")
    assert "127.0.0.1:9" in said(result)
    assert "confined" in said(result)


def test_a_bundle_outside_of_its_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/key").write_text("1")
    made = transom.Pipeline(folder=tmp_path / "project")
    made.step("s", "execute_python_script", script=SCRIPT, script_bundle="../secrets")
    result = made.run(policy="confined")
    assert "secrets" in said(result)
    assert "confined" in said(result)


def test_without_such_a_policy_a_neighbouring_file_is_read(tmp_path: Path) -> None:
    assert pipeline(tmp_path, "../outside.csv").run(policy="guarded").succeeded


KEY = "-----BEGIN OF THE KEY-----"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A file that is no matter of a pipeline, and a link to it that came with the project."""
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/key").write_text(f"{KEY}\n")
    (tmp_path / "project/link.py").symlink_to(tmp_path / "secrets/key")
    return tmp_path / "secrets/key"


@pytest.mark.parametrize("script", ["../secrets/key", "link.py"])
def test_a_script_outside_of_its_folder_is_refused_and_no_line_of_it_is_told(
    tmp_path: Path, key: Path, script: str, capfd: pytest.CaptureFixture[str]
) -> None:
    made = transom.Pipeline(folder=tmp_path / "project")
    made.step("s", "execute_python_script", script=script)
    result = made.run(policy="confined")
    assert "may not be read under the policy confined" in said(result)
    assert KEY not in f"{result.document()} {capfd.readouterr()}"
    assert KEY in str(made.run(policy="open").document())


def test_the_script_of_a_component_that_leads_out_of_its_folder_is_refused(tmp_path: Path, key: Path) -> None:
    (tmp_path / "project/own").mkdir()
    (tmp_path / "project/own/component.yaml").write_text("script: own.py\n")
    (tmp_path / "project/own/own.py").symlink_to(key)
    made = transom.Pipeline(folder=tmp_path / "project")
    made.step("s", "./own")
    result = made.run(policy="strict")
    assert "may not be read under the policy strict" in said(result)
    assert KEY not in str(result.document())


def test_a_file_that_is_named_from_the_current_folder_may_read_what_lies_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "project/s.py").write_text(SCRIPT)
    (tmp_path / "project/own").mkdir()
    (tmp_path / "project/own/component.yaml").write_text("script: own.py\n")
    (tmp_path / "project/own/own.py").write_text("def azureml_main():\n    return {}\n")
    step = "{component: execute_python_script, inputs: {script: s.py, script_bundle: bundle/}}"
    (tmp_path / "project/p.yml").write_text(f"jobs: {{s: {step}, own: {{component: ./own}}}}\n")
    monkeypatch.chdir(tmp_path / "project")
    assert list(request_of(Path("p.yml"), {}, policy=Policy.STRICT).pipeline.steps) == ["s", "own"]


def test_a_run_of_a_file_reads_no_script_that_its_policy_keeps_from_it(tmp_path: Path, key: Path) -> None:
    file = tmp_path / "project/p.yml"
    file.write_text("jobs:\n  s: {component: execute_python_script, inputs: {script: ../secrets/key}}\n")
    with pytest.raises(PipelineInvalid) as raised:
        request_of(file, {}, policy=Policy.CONFINED)
    assert "may not be read under the policy confined" in raised.value.message
    assert [(each.line, each.column) for each in raised.value.problems] == [(2, 58)]
    assert KEY not in str(raised.value.sentences)
    allowed = tmp_path / "secrets"
    with pytest.raises(PipelineInvalid) as raised:
        request_of(file, {}, policy=Policy.CONFINED, allow_read=(allowed,))
    assert "is not Python" in raised.value.message
