"""What scripts use of `azureml.core` where there is no Azure: pieces that are copied into an exported script."""

from __future__ import annotations

import json
import os
import shutil
import sys
import types
from pathlib import Path

from transom.flow.exported.files import place, read_table

OUTPUTS = Path()
#: Fill in the files of datasets and models that scripts ask their workspace for: {"cars": "cars.csv"}.
DATASETS: dict[str, str] = {}
MODELS: dict[str, str] = {}


class Run:
    """The run of a step: what it logs goes to OUTPUTS/step/metrics.json, what it uploads beside that."""

    step = ""

    @classmethod
    def get_context(cls, *_: object, **__: object) -> Run:
        return cls()

    @property
    def folder(self) -> Path:
        folder = OUTPUTS / self.step
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def experiment(self) -> types.SimpleNamespace:
        return types.SimpleNamespace(name="exported", workspace=Workspace())

    def log(self, name: str, value: object, *_: object, **__: object) -> None:
        path = self.folder / "metrics.json"
        metrics = json.loads(path.read_text("utf-8")) if path.exists() else {}
        metrics.setdefault(name, []).append(value)
        path.write_text(json.dumps(metrics, indent=2, default=str), "utf-8")

    log_list = log_table = tag = log

    def log_row(self, name: str, *_: object, **values: object) -> None:
        self.log(name, {key: value for key, value in values.items() if key != "description"})

    def log_image(self, name: str, path: str | None = None, plot: object = None, **_: object) -> None:
        if path is not None:
            self.upload_file(f"{name}{Path(path).suffix}", path)
        else:
            figure = plot if hasattr(plot, "savefig") else sys.modules["matplotlib.pyplot"]
            figure.savefig(self.folder / f"{name}.png")

    def upload_file(self, name: str, path_or_stream: str, **_: object) -> None:
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path_or_stream, target)

    def upload_folder(self, name: str, path: str, **_: object) -> None:
        shutil.copytree(path, self.folder / name, dirs_exist_ok=True)

    def __getattr__(self, name: str) -> object:
        if name in ("complete", "flush", "set_tags", "add_properties"):
            return lambda *_, **__: None
        raise AttributeError(f"Run.{name} is not in this script, which runs without Azure.")


class Workspace:
    """No workspace: datasets and models are files, named in DATASETS and MODELS."""

    name = "exported"


class Dataset:
    """Tables by the names that they had in the workspace."""

    @staticmethod
    def get_by_name(_: object, name: str, **__: object) -> types.SimpleNamespace:
        if name not in DATASETS:
            sys.exit(f"A script wants the dataset {name}: name a file of it in DATASETS, near the top of this script.")
        return types.SimpleNamespace(name=name, to_pandas_dataframe=lambda: read_table(place(DATASETS[name])))


class Model:
    """Files by the names that they had in the workspace."""

    @staticmethod
    def get_model_path(model_name: str, *_: object, **__: object) -> str:
        if model_name not in MODELS:
            sys.exit(f"A script wants the model {model_name}: name its file in MODELS, near the top of this script.")
        return os.path.abspath(place(MODELS[model_name]))


def stand_in_for_azureml(step: str) -> None:
    """Let `import azureml.core` find the above."""
    Run.step = step
    package, core = types.ModuleType("azureml"), types.ModuleType("azureml.core")
    package.core = core  # type: ignore[attr-defined]
    package.__path__ = core.__path__ = []
    for each in (Run, Workspace, Dataset, Model):
        module = types.ModuleType(f"azureml.core.{each.__name__.lower()}")
        setattr(core, each.__name__, each)
        setattr(module, each.__name__, each)
        sys.modules[module.__name__] = module
    sys.modules["azureml"], sys.modules["azureml.core"] = package, core
