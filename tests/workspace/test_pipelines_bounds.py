"""What a pipeline's file names as data is held to the policy of the run; what a person names for one run is not."""

from __future__ import annotations

from pathlib import Path

import pytest

import transom
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
