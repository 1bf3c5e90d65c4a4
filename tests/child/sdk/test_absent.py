"""A name of Microsoft's SDK that is not there is told with what to use instead, in every Python."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.child.sdk import serving
from tests.child.sdk.test_run import DESCRIPTION

HERE = serving.HERE


def table() -> ModuleType:
    """The table of what is not there."""
    place = serving.SDK / "azureml" / "_transom" / "absences.py"
    spec = importlib.util.spec_from_file_location("absences_of_the_sdk", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tried(python: Path, tmp_path: Path, statements: list[str]) -> list[Any]:
    """For each statement None, or the type and text of what it raised."""
    script = (
        "import json\nfrom azureml.core import Environment, Experiment, Keyvault, Model, Run, Workspace\n"
        "from azureml.core.authentication import AbstractAuthentication\n"
        "from azureml.core.conda_dependencies import CondaDependencies\n"
        "from azureml._transom.classic import ClassicWorkspace\nrun, ws = Run.get_context(), Workspace.from_config()\n"
        f"found = []\nfor each in {statements!r}:\n"
        "    try:\n        exec(each)\n        found.append(None)\n"
        "    except Exception as wrong:\n        found.append([type(wrong).__name__, str(wrong)])\nprint(json.dumps(found))\n"
    )
    with serving.job(tmp_path, {"workspace/describe": DESCRIPTION}) as folder:
        found: list[Any] = serving.run_in(python, script, folder).told
    return found


def test_every_absent_method_is_told_of_the_class_and_of_an_object(python: Path, tmp_path: Path) -> None:
    methods = [(owner, name, advice) for owner, names in table().METHODS.items() for name, advice in names.items()]
    shown = {"ClassicWorkspace": "azureml.Workspace"}
    of_classes = tried(python, tmp_path, [f"{owner}.{name}" for owner, name, _ in methods])
    assert of_classes == [
        ["NotThere", f"{shown.get(owner, owner)}.{name} is not there in Transom. {advice}"]
        for owner, name, advice in methods
    ]


@pytest.mark.parametrize("python", [HERE], ids=["host"])
def test_every_absent_method_of_a_run_is_told_by_the_run(python: Path, tmp_path: Path) -> None:
    names = table().METHODS["Run"]
    found = tried(python, tmp_path, [f"run.{name}()" for name in names])
    assert found == [["NotThere", f"Run.{name} is not there in Transom. {advice}"] for name, advice in names.items()]


def test_every_absent_name_of_a_module_is_an_import_error_with_what_to_use(python: Path, tmp_path: Path) -> None:
    names = table().NAMES
    ways = [way for name in names for way in (f"import {name}", "from {} import {}".format(*name.rsplit(".", 1)))]
    expected = [["ImportError", f"{name} is not there in Transom. {names[name]}"] for name in names for _ in range(2)]
    assert tried(python, tmp_path, ways) == expected


def test_an_absent_name_is_an_attribute_error_where_it_is_no_import(python: Path, tmp_path: Path) -> None:
    found = tried(
        python,
        tmp_path,
        [
            "import azureml.core; azureml.core.ScriptRunConfig(source_directory='.')",
            "assert not hasattr(run, 'submit_child') and not hasattr(Workspace, 'create')",
            "assert getattr(run, 'submit_child', 7) == 7",
            "assert 'submit_child' not in dir(run) and 'log' in dir(run)",
            "raise SystemExit if issubclass(Workspace, NotImplementedError) else None",
        ],
    )
    assert found[0][0] == "NotThere"
    assert "`transom run SCRIPT`" in found[0][1]
    assert found[1:4] == [None, None, None]


@pytest.mark.parametrize(
    ("statement", "kind", "text"),
    [
        ("run.logg('a', 1)", "NotThere", "Run.logg is not there. Did you mean log"),
        ("ws.data_sets", "NotThere", "Workspace.data_sets is not there. Did you mean datasets"),
        ("Model(ws, id='a:1')", "WebserviceException", "Nobody here answers 'model/get'"),
        ("run._private", "AttributeError", "'_SubmittedRun' object has no attribute '_private'"),
        ("import azureml.core; azureml.core.Experimant", "AttributeError", "Did you mean Experiment"),
        ("from azureml.core import Nonsense", "ImportError", "cannot import name 'Nonsense'"),
        ("import azureml.core.nonsense", "ModuleNotFoundError", "No module named 'azureml.core.nonsense'"),
        ("import azureml.nonsense", "ModuleNotFoundError", "No module named 'azureml.nonsense'"),
    ],
)
def test_a_name_that_nobody_knows_is_told_with_those_near_it(
    statement: str, kind: str, text: str, tmp_path: Path
) -> None:
    (found,) = tried(HERE, tmp_path, [statement])
    assert found[0] == kind
    assert text in found[1]


def test_whether_another_package_is_installed_can_be_asked(python: Path, tmp_path: Path) -> None:
    script = (
        "import importlib.util, json\nfind = importlib.util.find_spec\n"
        "print(json.dumps([find('azureml.mlflow') is None, find('azureml.core') is not None, find('nonsense') is None]))\n"
    )
    with serving.job(tmp_path) as folder:
        assert serving.run_in(python, script, folder).told == [True, True, True]


@pytest.mark.parametrize("is_marked", [True, False], ids=["a package", "a namespace"])
def test_a_package_beside_ours_that_is_installed_meanwhile_is_found(
    is_marked: bool, python: Path, tmp_path: Path
) -> None:
    script = (
        "import importlib, json, os, sys\nsys.path.append(os.path.abspath('packages'))\nfrom azureml.core import Run\n"
        "os.makedirs('packages/azureml/extra')\nopen('packages/azureml/extra/__init__.py', 'w').write('X = 7')\n"
        "os.makedirs('packages/azureml/core')\nopen('packages/azureml/core/other.py', 'w').write('Y = 8')\n"
        f"if {is_marked}:\n    open('packages/azureml/__init__.py', 'w').close()\n"
        "importlib.invalidate_caches()\nfrom azureml.extra import X\nfrom azureml.core.other import Y\nprint(json.dumps([X, Y]))\n"
    )
    with serving.job(tmp_path) as folder:
        assert serving.run_in(python, script, folder).told == [7, 8]


def test_to_import_the_sdk_imports_little_else(python: Path, tmp_path: Path) -> None:
    script = (
        "import sys\nbefore = set(sys.modules)\nimport azureml.core\nfrom azureml.core import Run\nRun.get_context().log('a', 1)\n"
        "import json\nprint(json.dumps(sorted(set(sys.modules) - before)))\n"
    )
    with serving.job(tmp_path) as folder:
        imported = serving.run_in(python, script, folder).told
    slow = {"difflib", "inspect", "importlib.resources", "uuid", "socket", "urllib", "logging", "subprocess"}
    assert slow & set(imported) == set()
    assert [name for name in imported if name.startswith("azureml.core.")] == ["azureml.core.run"]


def test_every_sentence_says_what_to_do() -> None:
    sentences = [*table().NAMES.values(), *(text for each in table().METHODS.values() for text in each.values())]
    assert all(each.endswith(".") for each in sentences)
    assert json.dumps(sentences).isascii()
