"""The client of the classic Studio works on the workspace of the run, with any credentials."""

from __future__ import annotations

from pathlib import Path

from tests.child.sdk import serving
from tests.child.sdk.test_run import DESCRIPTION


def test_the_classic_workspace_takes_any_credentials_and_says_so_once(python: Path, tmp_path: Path) -> None:
    script = (
        "import azureml, json\nfrom azureml import DataTypeIds, Workspace\n"
        "ws = Workspace('id', 't0ken')\nWorkspace(workspace_id='id', authorization_token='t0ken', endpoint='x')\n"
        "assert azureml.Workspace is Workspace\nfound = [len(ws.datasets), ws.datasets.keys(),\n"
        "    [each.name for each in ws.datasets], 'cars' in ws.datasets, ws.datasets['cars'].name, DataTypeIds.GenericCSV,\n"
        "    len(ws.example_datasets)]\n"
        "try:\n    ws.experiments\nexcept AttributeError as wrong:\n    found.append(str(wrong))\n"
        "try:\n    ws.datasets['car']\nexcept KeyError as wrong:\n    found.append(wrong.args[0])\nprint(json.dumps(found))\n"
    )
    answers: dict[str, serving.Canned] = {
        "workspace/describe": DESCRIPTION,
        "dataset/list": {"datasets": [{"name": "cars"}, {"name": "trees"}]},
    }
    with serving.job(tmp_path, answers) as folder:
        done = serving.run_in(python, script, folder)
    assert done.told == [
        2,
        ["cars", "trees"],
        ["cars", "trees"],
        True,
        "cars",
        "GenericCSV",
        0,
        "azureml.Workspace.experiments is not there in Transom. The classic Studio's experiments do not run here; its "
        "scripts do: `transom run SCRIPT`.",
        "There is no dataset 'car'; did you mean 'cars'?",
    ]
    assert len(done.lines) == 2
    assert "t0ken" not in done.text
