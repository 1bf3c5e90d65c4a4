"""Where the real azureml-core is installed ours comes before it, has its names, and leaves it whole."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.child.sdk import serving
from tests.child.sdk.test_absent import table
from tests.child.sdk.test_run import DESCRIPTION
from tests.environments import ready_made

DRIVER = Path(__file__).with_name("signatures_driver.py")
#: What the real classes show beyond their methods, and no script asks for.
NOT_FOR_SCRIPTS = {
    "DELIM",
    "EXPERIMENT_PATH",
    "EXPERIMENT_ID_PATH",
    "EXPERIMENT_NAME_PATH",
    "RUN_PATH",
    "TID_FMT",
    "WORKSPACE_FMT",
    "DEFAULT_CPU_CLUSTER_CONFIGURATION",
    "DEFAULT_GPU_CLUSTER_CONFIGURATION",
    "DEFAULT_NUMBER_OF_CONDA_PACKAGES",
    "DEFAULT_NUMBER_OF_PIP_PACKAGES",
    "print_stacktrace",
}
#: What every object of ours has as an attribute, and the class has not.
OF_OBJECTS = {"environment_variables", "inner_exception", "message"}


@pytest.fixture(params=["designer-2020", "designer-2025"])
def real(request: pytest.FixtureRequest) -> Path:
    """An interpreter that has the real SDK: 1.1.5.5, 1.60."""
    made = ready_made(request.param)
    if made is None:
        pytest.skip(f"this machine has no Python for {request.param}")
    return Path(made.interpreter)


def is_told(owner: str, name: str) -> bool:
    """Whether a script that asks for it hears what to use instead."""
    absent = table().METHODS
    return name in absent.get(owner, ()) or (
        owner.endswith("Authentication") and name in absent["AbstractAuthentication"]
    )


def of_real(real: Path) -> dict[str, Any]:
    """What the real SDK's classes have."""
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([real, "-W", "ignore", DRIVER], capture_output=True, text=True, env=variables, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def of_ours(python: Path, tmp_path: Path) -> dict[str, Any]:
    """What ours have, in the same interpreter."""
    with serving.job(tmp_path) as folder:
        told: dict[str, Any] = serving.run_in(python, DRIVER.read_text(), folder).told
    return told


def differences(theirs: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    """Where ours would not take what a script written for theirs gives."""
    if theirs["kind"] != ours["kind"]:
        return [f"is a {theirs['kind']}, ours a {ours['kind']}"]
    if theirs["parameters"] is None:
        return []
    named = {name: can_be_left_out for name, can_be_left_out, _ in ours["parameters"]}
    order = [name for name, _, kind in ours["parameters"] if "VAR" not in kind]
    takes_any = any("VAR_KEYWORD" in kind for _, _, kind in ours["parameters"])
    wanted = [(name, optional) for name, optional, kind in theirs["parameters"] if "VAR" not in kind]
    found = [f"lacks {name}" for name, _ in wanted if name not in named and not takes_any]
    found += [f"needs {name}" for name, optional in wanted if optional and not named.get(name, True)]
    known = [name for name, _ in wanted if name in named]
    if order[: len(known)] != known:
        found.append(f"has the order {known}, ours {order}")
    theirs_named = {name for name, _ in wanted}
    return found + [
        f"needs more: {name}" for name, optional in named.items() if not optional and name not in theirs_named
    ]


def test_every_public_name_of_the_real_classes_is_there_or_is_told(real: Path, tmp_path: Path) -> None:
    theirs, ours = of_real(real), of_ours(real, tmp_path)
    missing = {
        f"{owner}.{name}"
        for owner, members in theirs.items()
        for name in members
        if name not in ours[owner] and name not in NOT_FOR_SCRIPTS | OF_OBJECTS and not is_told(owner, name)
    }
    assert missing == set()


def test_ours_take_what_the_real_methods_take(real: Path, tmp_path: Path) -> None:
    theirs, ours = of_real(real), of_ours(real, tmp_path)
    found = [
        f"{owner}.{name} {difference}"
        for owner, members in theirs.items()
        for name, member in members.items()
        if name in ours[owner] and not is_told(owner, name)
        for difference in differences(member, ours[owner][name])
    ]
    assert found == []


def test_nothing_of_the_real_package_is_imported_until_a_name_of_it_is_asked_for(real: Path, tmp_path: Path) -> None:
    script = (
        "import json, sys\nimport azureml.core\nfrom azureml.core import Environment, Experiment, Model, Run, Workspace\n"
        "import azureml.core.authentication, azureml.core.conda_dependencies, azureml.core.keyvault, azureml.exceptions\n"
        "run = Run.get_context()\nrun.log('a', 1)\nrun.experiment.workspace.name\n"
        "def real():\n    return sorted(n for n, m in list(sys.modules.items()) if n.partition('.')[0] in ('azureml', 'msrest')\n"
        "        and 'site-packages' in (getattr(m, '__file__', None) or ''))\n"
        "before = real()\nfrom azureml.core import ScriptRunConfig\n"
        "print(json.dumps([before, len(real()) > 50, ScriptRunConfig.__module__, Run is azureml.core.Run]))\n"
    )
    with serving.job(tmp_path, {"workspace/describe": DESCRIPTION}) as folder:
        told = serving.run_in(real, script, folder).told
    assert told == [[], True, "azureml.core.script_run_config", True]


@pytest.mark.parametrize(
    "statement",
    [
        "import azureml.core.authentication; azureml.core.authentication.AbstractAuthentication",
        "import azureml.pipeline.core",
        "from azureml.pipeline.core import Pipeline, PipelineData",
        "import azureml.studio",
        "from azureml.studio.core.io.data_frame_directory import load_data_frame_from_directory",
        "import azureml.core.compute_target",
        "from azureml.core.runconfig import RunConfiguration",
        "from azureml.core.compute import ComputeTarget",
        "from azureml.core.run import RunStatus",
        "from azureml.core.model import InferenceConfig",
        "from azureml.core.environment import DEFAULT_CPU_IMAGE",
        "from azureml.exceptions import ServiceException, UserErrorException, AzureMLException",
        "from azureml.exceptions._azureml_exception import AzureMLException",
        "import azureml.telemetry",
        "import azureml._restclient",
        "from azureml.core import ComputeTarget, Image, Webservice, ScriptRunConfig, Run, Workspace",
    ],
)
def test_what_only_the_real_package_has_is_imported_from_it(statement: str, real: Path, tmp_path: Path) -> None:
    with serving.job(tmp_path, {"workspace/describe": DESCRIPTION}) as folder:
        done = serving.run_in(real, f"import warnings\nwarnings.simplefilter('ignore')\n{statement}\nprint(1)", folder)
    assert done.told == 1


def test_whatever_can_be_imported_from_the_real_package_alone_can_be_with_ours_before_it(
    real: Path, tmp_path: Path
) -> None:
    script = (
        "import importlib, json, os, random, sys, warnings\nwarnings.simplefilter('ignore')\nimport azureml\n"
        "folder = [each for each in azureml.__path__ if 'site-packages' in each][0]\nnames = []\n"
        "for place, folders, files in os.walk(folder):\n"
        "    if '__init__.py' not in files or '_restclient' in place or '_vendor' in place:\n        folders[:] = []\n        continue\n"
        "    package = '.'.join(['azureml'] + os.path.relpath(place, folder).split(os.sep)).replace('..', '.').rstrip('.')\n"
        "    names += [package] + [package + '.' + each[:-3] for each in files if each.endswith('.py') and '__' not in each]\n"
        "names.sort()\nrandom.Random(7).shuffle(names)\nfailed = []\nstdout, sys.stdout = sys.stdout, open(os.devnull, 'w')\n"
        "for name in names:\n    try:\n        importlib.import_module(name)\n"
        "    except BaseException as wrong:\n        failed.append([name, repr(wrong)[:300]])\n"
        "stdout.write('\\n' + json.dumps([len(names), sorted(failed)]))\nstdout.flush()\nos._exit(0)\n"
    )
    with serving.job(tmp_path, {"workspace/describe": DESCRIPTION}) as folder:
        count, failed = serving.run_in(real, script, folder).told
        alone = serving.run_in(real, f"import sys\nsys.path.remove({str(serving.SDK)!r})\n{script}", folder).told
    assert count == alone[0]
    assert count > 300
    known = {name for name, _ in alone[1]} | {"azureml._jupyter_common"}  # it wraps Experiment.submit, for notebooks
    assert [each for each in failed if each[0] not in known] == []


def test_the_exceptions_are_the_same_for_ours_and_for_the_real_package(real: Path, tmp_path: Path) -> None:
    script = (
        "import json, warnings\nwarnings.simplefilter('ignore')\nfrom azureml.exceptions import UserErrorException\n"
        "from azureml.core import Run\nfrom azureml.core.compute import AmlCompute\nimport azureml.core.compute as real\n"
        "from azureml.core.authentication import AuthenticationException\nfrom azureml.exceptions import ComputeTargetException\n"
        "found = [issubclass(AuthenticationException, UserErrorException)]\n"
        "try:\n    AmlCompute.provisioning_configuration(vm_size=None)\n"
        "except ComputeTargetException as wrong:\n    found.append(type(wrong).__name__)\n"
        "try:\n    Run.get_context().download_file('none')\nexcept UserErrorException:\n    found.append('ours')\n"
        "print(json.dumps(found))\n"
    )
    with serving.job(tmp_path, {"workspace/describe": DESCRIPTION}) as folder:
        assert serving.run_in(real, script, folder).told == [True, "ComputeTargetException", "ours"]
