"""What a script finds in its workspace: names, registered things, secrets, environments, and what it is told once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.child.sdk import serving
from tests.child.sdk.test_run import DESCRIPTION

HERE = serving.HERE
BEGIN = "import json, os\nfrom azureml.core import Run, Workspace\nws = Run.get_context().experiment.workspace\n"


def said(python: Path, tmp_path: Path, script: str, **answers: serving.Canned) -> serving.Said:
    """What a driver printed."""
    known = {"workspace/describe": DESCRIPTION, **{name.replace("__", "/"): each for name, each in answers.items()}}
    with serving.job(tmp_path, known) as folder:
        return serving.run_in(python, BEGIN + script, folder)


def test_every_way_to_a_workspace_leads_to_that_of_the_run(python: Path, tmp_path: Path) -> None:
    script = (
        "ways = [ws, Workspace.from_config(), Workspace.from_config(path='nowhere.json'), Workspace.get('home'),\n"
        "    Workspace('s', 'g', 'home'), Workspace.get(name='home', subscription_id='s', resource_group='g'),\n"
        "    Workspace(subscription_id='s', resource_group='g', workspace_name='home')] + Workspace.list('s')['home']\n"
        "print(json.dumps([[each.name for each in ways], len(set(ways)), ws.subscription_id, ws.resource_group,\n"
        "    ws.location, ws.get_details()['id'], ws.compute_targets, ws.webservices, ws.tags, repr(ws)]))\n"
    )
    names, *rest = said(python, tmp_path, script).told
    assert names == ["home"] * 8
    assert rest[:-1] == [1, "local", "transom", "here", "local/home", {}, {}, {}]
    assert "home" in rest[-1]


def test_another_workspace_is_said_once_and_not_found(tmp_path: Path) -> None:
    done = said(HERE, tmp_path, "Workspace.get('work')\nWorkspace('s', 'g', 'work')\nprint(json.dumps(ws.name))\n")
    assert done.told == "home"
    assert done.lines[:-1] == ["Transom: a script has the workspace of its run: 'home' is given for 'work'."]


def test_credentials_are_accepted_and_said_once_for_each_kind(python: Path, tmp_path: Path) -> None:
    script = (
        "from azureml.core.authentication import *\n"
        "from azureml.core.authentication import (AbstractAuthentication, AzureCliAuthentication, MsiAuthentication,\n"
        "    InteractiveLoginAuthentication, ServicePrincipalAuthentication, ArmTokenAuthentication)\n"
        "for _ in range(2):\n"
        "    auth = ServicePrincipalAuthentication('t', 'i', 'p4ssword')\n"
        "    Workspace.from_config(auth=auth)\n    Workspace.get('home', auth=InteractiveLoginAuthentication(force=True))\n"
        "MsiAuthentication(); AzureCliAuthentication(); ArmTokenAuthentication('token')\n"
        "assert isinstance(auth, AbstractAuthentication)\n"
        "try:\n    auth.get_authentication_header()\nexcept AttributeError as wrong:\n    print(json.dumps(str(wrong)))\n"
    )
    done = said(python, tmp_path, script)
    assert "No credentials are used here" in done.told
    names = [line.partition("(")[2].partition(")")[0] for line in done.lines[:-1]]
    assert names == [
        "ServicePrincipalAuthentication",
        "InteractiveLoginAuthentication",
        "MsiAuthentication",
        "AzureCliAuthentication",
        "ArmTokenAuthentication",
    ]
    assert "p4ssword" not in done.text


def test_the_registered_things_are_mappings_that_ask_for_values_when_they_are_taken(
    python: Path, tmp_path: Path
) -> None:
    model = {"id": "m:2", "name": "m", "version": 2}
    script = (
        "models = ws.models\nfound = [list(models), 'm' in models, len(models), models['m'].version, repr(models)]\n"
        "try:\n    models['n']\nexcept KeyError as wrong:\n    found.append(wrong.args[0])\n"
        "found += [sorted(ws.experiments), ws.experiments['cars'].name, list(ws.datasets), list(ws.datastores)]\n"
        "found += [list(ws.environments), ws.environments['e'].name]\nprint(json.dumps(found))\n"
    )
    done = said(
        python,
        tmp_path,
        script,
        model__list=lambda facts: {"models": [model] if facts["latest"] else []},
        experiment__list={"experiments": ["cars", "trees"]},
        dataset__list={"datasets": [{"name": "d"}]},
        datastore__list={"datastores": [{"name": "workspaceblobstore"}]},
        environment__list={"names": ["e"]},
        environment__get=lambda facts: {"name": facts["name"], "python": "3.6", "packages": {}, "digest": "d"},
    )
    assert done.told == [
        ["m"],
        True,
        1,
        2,
        "{'m': <model>}",
        "There is no model 'n'; there are: 'm'.",
        ["cars", "trees"],
        "cars",
        ["d"],
        ["workspaceblobstore"],
        ["e"],
        "e",
    ]


def test_the_names_of_a_workspace_can_be_written_to_a_file(python: Path, tmp_path: Path) -> None:
    done = said(
        python,
        tmp_path,
        "ws.write_config()\nws.write_config('deep', 'w.json')\nprint(open('.azureml/config.json').read() and 'null')",
    )
    assert done.told is None
    work = tmp_path / "run1" / "work"
    names = {"subscription_id": "local", "resource_group": "transom", "workspace_name": "home"}
    assert json.loads((work / ".azureml" / "config.json").read_text()) == names
    assert json.loads((work / "deep" / ".azureml" / "w.json").read_text()) == names


def test_a_keyvault_gives_secrets_and_stores_none(python: Path, tmp_path: Path) -> None:
    script = (
        "vault = ws.get_default_keyvault()\nfound = [vault.get_secret('one'), vault.get_secret(name='one'),\n"
        "    vault.get_secrets(secrets=['one', 'none']), vault.list_secrets()]\n"
        "try:\n    vault.set_secret('two', 'value')\nexcept NotImplementedError as wrong:\n    found.append(str(wrong))\n"
        "print(json.dumps(found))\n"
    )
    answers: dict[str, serving.Canned] = {"secret__get": {"value": "hidden"}, "secret__list": {"names": ["one"]}}
    assert said(python, tmp_path, script, **answers).told == [
        "hidden",
        "hidden",
        {"one": "hidden", "none": None},
        [{"name": "one"}],
        "Keyvault.set_secret is not there in Transom. Secrets are stored outside of a script: `transom secret set NAME`.",
    ]


def test_an_environment_is_read_with_its_packages(python: Path, tmp_path: Path) -> None:
    script = (
        "from azureml.core import Environment\nfrom azureml.core.conda_dependencies import CondaDependencies\n"
        "env = Environment.get(workspace=ws, name='designer-2020')\npackages = env.python.conda_dependencies\n"
        "own = Environment('own')\nown.docker.enabled = True\nown.environment_variables = {'A': '1'}\n"
        "own.python.conda_dependencies = CondaDependencies.create(pip_packages=['a==1', 'b>=2; python_version < \"3\"'],\n"
        "    conda_packages=['numpy'], python_version='3.8')\n"
        "own.python.conda_dependencies.add_pip_package('c')\nown.python.conda_dependencies.add_channel('conda-forge')\n"
        "print(json.dumps([env.name, env.version, list(packages.pip_packages), packages.get_python_version(),\n"
        "    own.name, own.clone('other').docker.enabled, own.python.conda_dependencies.serialize_to_string()]))\n"
    )
    done = said(
        python,
        tmp_path,
        script,
        environment__get=lambda facts: {
            "name": facts["name"],
            "python": "3.6",
            "packages": {"pandas": "0.25.3", "numpy": "1.18.2"},
            "digest": "abc",
        },
    )
    assert done.told[:-1] == ["designer-2020", "abc", ["numpy==1.18.2", "pandas==0.25.3"], "3.6", "own", True]
    assert done.told[-1] == (
        "channels:\n- conda-forge\ndependencies:\n- python=3.8\n- numpy\n- pip:\n  - a==1\n"
        '  - "b>=2; python_version < \\"3\\""\n  - c\n'
    )


def test_an_experiment_gives_the_run_that_there_is(python: Path, tmp_path: Path) -> None:
    script = (
        "from azureml.core import Experiment\nown = Run.get_context().experiment\nother = Experiment(ws, 'other')\n"
        "with other.start_logging() as run:\n    run.log('a', 1)\nexperiment = Experiment(workspace=ws, name='other')\n"
        "print(json.dumps([own.name, own.id, own.workspace.name, other.name, run.id, run.get_metrics(), own.tags,\n"
        "    [each.name for each in Experiment.list(ws)], [each.name for each in Experiment.list(ws, 'cars')]]))\n"
    )
    done = said(python, tmp_path, script, experiment__list={"experiments": ["cars", "other"]})
    assert done.told == ["cars", "cars", "home", "other", "20260101-1", {"a": 1}, {}, ["cars", "other"], ["cars"]]
    assert done.lines[0].startswith("Transom: a script has its run already")


def test_a_workspace_that_cannot_be_asked_is_an_error_with_a_sentence(tmp_path: Path) -> None:
    with serving.job(tmp_path) as folder:
        nobody = serving.run_here(BEGIN + "ws.name", folder)
    assert "azureml.exceptions._azureml_exception.WorkspaceException: Nobody here answers" in nobody.lines[-1]
    after = serving.run_here(BEGIN + "ws.name", folder)
    assert "Transom does not listen at" in after.lines[-1]


@pytest.mark.parametrize("broken", ["sys.stderr = None", "sys.stderr.close()", "os.close(2)"])
def test_a_note_never_fails_a_script(broken: str, tmp_path: Path) -> None:
    script = (
        f"import sys\n{broken}\nfrom azureml.core.authentication import MsiAuthentication\nMsiAuthentication()\n"
        "print(json.dumps(1))\n"
    )
    assert said(HERE, tmp_path, script).told == 1


def test_the_registered_datasets_of_the_ports_are_found_by_port(tmp_path: Path) -> None:
    document: dict[str, Any] = {
        "id": "cars:1",
        "name": "cars",
        "version": 1,
        "kind": "table",
        "description": "",
        "tags": {},
        "rows": 1,
        "columns": [{"name": "a", "type": "int64"}],
        "files": 1,
        "bytes": 1,
        "created": "2026-01-01T00:00:00+00:00",
        "run": None,
    }
    script = (
        "inputs = Run.get_context().input_datasets\nfound = [list(inputs), inputs['dataset1'].name]\n"
        "try:\n    inputs['dataset2']\nexcept KeyError as wrong:\n    found.append(wrong.args[0])\nprint(json.dumps(found))\n"
    )
    description = {**DESCRIPTION, "inputs": {"dataset1": document, "dataset2": None}}
    done = said(HERE, tmp_path, script, workspace__describe=description, dataset__by_id=document)
    assert done.told[:2] == [["dataset1"], "cars"]
    assert "There is no registered dataset at port 'dataset2'" in done.told[2]
