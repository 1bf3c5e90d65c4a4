"""The names of datasets and datastores are those of the real SDK, with its parameters; what is not there is told."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.child.sdk import serving
from tests.child.sdk.datasets_given import desk
from tests.environments import ready_made

HERE = Path(sys.executable)
#: What scripts use of the real SDK.
CLASSES = (
    "azureml.core.dataset.Dataset",
    "azureml.core.datastore.Datastore",
    "azureml.data.abstract_dataset.AbstractDataset",
    "azureml.data.abstract_datastore.AbstractDatastore",
    "azureml.data.azure_storage_datastore.AzureBlobDatastore",
    "azureml.data.azure_storage_datastore.AzureFileDatastore",
    "azureml.data.data_reference.DataReference",
    "azureml.data.datapath.DataPath",
    "azureml.data.datapath.DataPathComputeBinding",
    "azureml.data.dataset_factory.DataType",
    "azureml.data.dataset_factory.FileDatasetFactory",
    "azureml.data.dataset_factory.TabularDatasetFactory",
    "azureml.data.file_dataset.FileDataset",
    "azureml.data.tabular_dataset.TabularDataset",
)
ENUMS = ("PromoteHeadersBehavior", "SkipLinesBehavior", "FileEncoding", "HistogramCompareMethod")
#: Lists for each class its public names, of a callable with its parameters; "absent" where it is told what to use.
LISTING = f"""
import importlib, inspect, json, warnings
warnings.simplefilter("ignore")
def parameters(value):
    found = inspect.signature(value).parameters.values()
    return [[each.name, each.kind is each.VAR_KEYWORD, each.default is each.empty] for each in found]
def told(cls, name):
    if not hasattr(cls, name):
        return "absent" if any(name in each.__dict__ for each in cls.__mro__) else None
    value = inspect.getattr_static(cls, name)
    value = getattr(value, "__func__", value)
    return parameters(value) if inspect.isfunction(value) else "attribute"
listed = {{}}
for path in {CLASSES!r}:
    module, _, name = path.rpartition(".")
    cls = getattr(importlib.import_module(module), name)
    names = [each for one in cls.__mro__[:-1] for each in one.__dict__ if not each.startswith("_")] + ["__init__"]
    listed[path] = {{each: told(cls, each) for each in names}}
types = importlib.import_module("azureml.data.dataset_type_definitions")
enums = {{name: {{each.name: each.value for each in getattr(types, name)}} for name in {ENUMS!r}}}
print(json.dumps([listed, enums]))
"""


def of_real(name: str) -> tuple[Any, Any]:
    """What a ready-made environment's own azureml-core has."""
    ready = ready_made(name)
    if ready is None:
        pytest.skip(f"{name} has no Python on this machine")
    done = subprocess.run([ready.interpreter, "-c", LISTING], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    listed, enums = json.loads(done.stdout.splitlines()[-1])
    return listed, enums


@pytest.mark.parametrize("environment", ["designer-2020", "designer-2025"])
def test_every_name_of_the_real_one_is_there_with_its_parameters_or_told(environment: str, tmp_path: Path) -> None:
    real, real_enums = of_real(environment)
    with serving.job(tmp_path) as folder:
        ours, enums = serving.run_here(LISTING, folder).told
    wrong = []
    for path, names in real.items():
        for name, wanted in names.items():
            if name == "__init__" and path.endswith(("Dataset", "Datastore")):
                continue  # nobody makes these by hand
            found = ours[path].get(name)
            if found is None or (isinstance(wanted, list) and found != "absent" and not _takes(found, wanted)):
                wrong.append(f"{path}.{name}: {wanted} is {found}")
    assert wrong == []
    assert enums == real_enums


def _takes(ours: list[list[Any]], theirs: list[list[Any]]) -> bool:
    """Whether a call of the real one's parameters, by position and by name, is a call of ours."""
    takes_any_name = any(each[1] for each in ours)
    positions = [each[0] for each in theirs if not each[1]]
    mine = [each[0] for each in ours if not each[1]]
    in_order = mine[: len(positions)] == positions
    required = [each[0] for each in ours if each[2] and not each[1]]
    can_be_left_out = {each[0] for each in theirs if not each[2] and not each[1]}
    accepts_kwargs = takes_any_name or not any(each[1] for each in theirs)
    return in_order and accepts_kwargs and not can_be_left_out.intersection(required)


def absences() -> dict[str, dict[str, str]]:
    """The tables of what is not there, by how a driver reaches what lacks it."""
    place = serving.SDK / "azureml" / "_transom" / "dataset_absences.py"
    spec = importlib.util.spec_from_file_location("absences_of_datasets", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {
        "table": {**module.COMMON, **module.TABULAR},
        "files": {**module.COMMON, **module.FILES},
        "Dataset": module.DATASET,
        "Dataset.Tabular": module.TABULAR_FACTORY,
        "DataType": module.DATATYPE,
        "Datastore": module.DATASTORE,
        "store": module.ONE_DATASTORE,
        "database": {**module.ONE_DATASTORE, **module.DATABASE},
        "store.path('x')": module.REFERENCE,
        "files.as_mount()": module.CONSUMPTION,
    }


def test_what_is_not_there_is_told_with_what_to_use(python: Path, tmp_path: Path) -> None:
    cases = [(f"{owner}.{name}", advice) for owner, names in absences().items() for name, advice in names.items()]
    script = (
        "from azureml.data import DataType\ntable, files = Dataset.get_by_name(ws, 'cars'), Dataset.get_by_name(ws, 'f')\n"
        "store, database = Datastore.get(ws, 'store'), Datastore.get(ws, 'db')\nfound = []\n"
        f"for each in {[case for case, _ in cases]!r}:\n    try:\n        found.append(repr(eval(each)))\n"
        "    except (AttributeError, NotImplementedError) as wrong:\n        found.append([type(wrong).__name__, str(wrong)])\n"
        "found.append([hasattr(table, 'filter'), getattr(files, 'to_pandas_dataframe', 7), 'filter' in dir(table)])\n"
        "print(json.dumps(found))\n"
    )
    with desk(tmp_path) as at:
        at.add_files("f", {"a": b"a"})
        at.datasets["cars"] = {**at.datasets["f"], "kind": "table"}
        found = at.run(python, script).told
    assert found.pop() == [False, 7, False]
    for (case, advice), told in zip(cases, found, strict=True):
        assert told[0] == "NotThere", (case, told)
        assert told[1].endswith(f".{case.rpartition('.')[2]} is not there in Transom. {advice}"), (case, told)


def test_every_sentence_says_what_to_do() -> None:
    sentences = [each for names in absences().values() for each in names.values()]
    assert all(each.endswith(".") for each in sentences)
    assert json.dumps(sentences).isascii()


def test_the_names_that_scripts_import_are_there_in_every_python(python: Path, tmp_path: Path) -> None:
    script = (
        "from azureml.core.dataset import Dataset as D\nfrom azureml.core.datastore import Datastore as S\n"
        "from azureml.data import *\nfrom azureml.data import (DataType, FileDataset, TabularDataset,\n"
        "    OutputFileDatasetConfig, HDFSOutputDatasetConfig)\nfrom azureml.data.datapath import *\n"
        "from azureml.data.constants import WORKSPACE_BLOB_DATASTORE\n"
        "from azureml.data.dataset_consumption_config import DatasetConsumptionConfig\n"
        "from azureml.data.dataset_error_handling import DatasetValidationError, DatasetExecutionError\n"
        "from azureml.data.dataset_factory import FileDatasetFactory, TabularDatasetFactory\n"
        "from azureml.data.output_dataset_config import OutputDatasetConfig, OutputTabularDatasetConfig\n"
        "import azureml.data.azure_my_sql_datastore, azureml.data.azure_postgre_sql_datastore\n"
        "assert D is Dataset and S is Datastore and D.File is FileDatasetFactory and D.Tabular is TabularDatasetFactory\n"
        "assert TabularDataset.File is D.File and 'pandas' not in sys.modules and 'numpy' not in sys.modules\nfound = []\n"
        "for each in (OutputFileDatasetConfig, HDFSOutputDatasetConfig, OutputTabularDatasetConfig):\n"
        "    try:\n        each(destination=(None, 'x'))\n    except NotImplementedError as wrong:\n"
        "        found.append(str(wrong))\n"
        "try:\n    from azureml.data import Nonsense\nexcept ImportError as wrong:\n    found.append(str(wrong))\n"
        "print(json.dumps(found))\n"
    )
    with desk(tmp_path) as at:
        found = at.run(python, script).told
    assert found[0].startswith("OutputFileDatasetConfig is not there in Transom. ")
    assert len(found) == 4
    assert "Nonsense" in found[3]
