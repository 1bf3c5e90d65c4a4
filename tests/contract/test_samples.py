"""The samples of Microsoft's pages that use the workspace run unchanged, in the environments that they were written for."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from tests.contract import samples
from tests.environments import ready_made, share_ready_made

import transom
from transom.settings import load
from transom.workspace.datasets_adding import Addition, add_dataset
from transom.workspace.opening import open_workspace

ENVIRONMENTS = ("host", "designer-2020", "designer-2025")
CARS = pd.DataFrame({"make": ["audi", "bmw"], "price": [13950, 16430]})
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(params=ENVIRONMENTS)
def environment(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("TRANSOM_DATA_FOLDER", str(tmp_path / "data"))
    name: str = request.param
    if name != "host":
        if ready_made(name) is None:
            pytest.skip(f"{name} cannot be built here: its Python is missing")
        share_ready_made(tmp_path / "data")
    return name


@pytest.fixture(params=["cold", "warm"])
def run(request: pytest.FixtureRequest, environment: str, tmp_path: Path):  # type: ignore[no-untyped-def]
    def cold(text: str) -> transom.RunResult:
        return transom.run(_written(text), CARS, environment=environment).check()

    def warm(text: str) -> transom.RunResult:
        with transom.Session(environment) as session:
            return session.run(_written(text), CARS).check()

    def _written(text: str) -> Path:
        path = tmp_path / "sample.py"
        path.write_text(text)
        return path

    return warm if request.param == "warm" else cold


def test_the_sample_of_a_registered_dataset(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "registered.csv").write_text("make,price\nvolvo,22625\nsaab,18620\nfiat,\n")
    workspace = open_workspace(load())
    add_dataset(workspace, Addition("test-register-tabular-in-designer", tmp_path / "registered.csv"))
    result = run(samples.REGISTERED_DATASET)
    found = result.result_dataset.to_pandas()
    assert found["make"].tolist() == ["volvo", "saab", "fiat"]
    assert found["price"].tolist()[:2] == [22625, 18620]
    assert all(warning.startswith("dataset1: ") for warning in result.warnings)  # of the frame that is connected


def test_the_sample_of_an_uploaded_picture(run) -> None:  # type: ignore[no-untyped-def]
    result = run(samples.UPLOADED_PICTURE)
    names = [file.name for file in result.files]
    assert names == ["graphics/line.png"]
    assert result.files[0].path.read_bytes().startswith(PNG)


def test_the_sample_of_an_upload_to_a_datastore(run) -> None:  # type: ignore[no-untyped-def]
    run(samples.UPLOADED_TO_A_DATASTORE)
    place = open_workspace(load()).datastores / "workspacefilestore" / "line.png"
    assert place.read_bytes().startswith(PNG)


@pytest.mark.parametrize("warm", [False, True])
def test_a_run_may_import_the_real_sdk_of_its_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warm: bool
) -> None:
    if ready_made("designer-2020") is None:
        pytest.skip("designer-2020 cannot be built here: its Python is missing")
    monkeypatch.setenv("TRANSOM_DATA_FOLDER", str(tmp_path / "data"))
    share_ready_made(tmp_path / "data")
    script = tmp_path / "tells.py"
    script.write_text(
        "import subprocess, sys\n"
        "def azureml_main(a=None, b=None):\n"
        "    import azureml.core, pip\n"
        "    print('real', azureml.core.VERSION == '1.1.5' and 'site-packages' in azureml.core.__file__)\n"
        "    subprocess.call([sys.executable, '-c', 'import azureml.core as a; print(a.VERSION)'])\n"
        "    print('shims' in pip.__file__)\n"
    )
    if warm:
        with transom.Session("designer-2020") as session:
            result = session.run(script, sdk="azure").check()
    else:
        result = transom.run(script, environment="designer-2020", sdk="azure").check()
    assert result.log.splitlines()[-3:] == ["real True", "1.1.5", "True"]
