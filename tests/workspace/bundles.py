"""A folder with a pipeline, its runs in a data folder of its own, and bundles of them, true and forged."""

from __future__ import annotations

import json
import textwrap
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from transom.settings import load
from transom.workspace.opening import open_workspace
from transom.workspace.pipelines.asking import PipelineWatcher
from transom.workspace.pipelines.files import request_of
from transom.workspace.pipelines.running import PipelineRunner
from transom.workspace.pipelines.telling import PipelineResult
from transom.workspace.reproducing import Replayed, Replaying, replay_bundle, write_bundle
from transom.workspace.runs import Runs

#: Every kind of data from outside, of script and of component.
WHOLE = """
    display_name: Cars of all kinds
    inputs:
      cars: {type: uri_file, path: cars.csv}
      notes: {type: uri_file, path: notes.txt}
      share: {type: number, default: 0.5}
    settings: {default_environment: host}
    jobs:
      more:
        component: import_data
        inputs: {path: more.csv, file_column: from}
      clean:
        component: execute_python_script
        comment: Makes it clean
        inputs: {dataset1: "${{parent.inputs.cars}}", script: clean.py, script_bundle: lib/}
        limits: {timeout: 60, memory: 2GiB}
      joined:
        component: join_data
        inputs:
          dataset1: ${{parent.jobs.clean.outputs.result_dataset}}
          dataset2: ${{parent.jobs.more.outputs.dataset}}
          left_keys: [make]
      scored:
        component: ./score
        inputs:
          cars: ${{parent.jobs.joined.outputs.results_dataset}}
          notes: ${{parent.inputs.notes}}
          photos: photos
          share: ${{parent.inputs.share}}
          word: "1.10"
        outputs: {scored: "${{parent.outputs.scored}}"}
      inline:
        component: execute_python_script
        inputs:
          dataset1: {path: cars.csv, read: types=zip:text}
          script: |
            def azureml_main(cars, _=None):
                return cars.assign(digits=cars["zip"].str.len()),
      report:
        component: export_data
        inputs: {dataset: "${{parent.jobs.inline.outputs.result_dataset}}", path: report.csv}
    outputs: {clean: "${{parent.jobs.clean.outputs.result_dataset}}"}
"""
COMPONENT = """
    script: score.py
    inputs:
      cars: mltable
      notes: uri_file
      photos: uri_folder
      weights: {type: mltable, optional: true}
      share: number
      word: {type: string, default: x}
    outputs: {scored: mltable}
"""
SCORE = """
    import os
    from beside import NUMBER
    def azureml_main(cars, notes, photos, weights, share, word):
        said = open(notes).read() + os.path.basename(notes) + str(sorted(os.listdir(photos))) + word
        return {"scored": cars.assign(score=share * NUMBER, said=said)}
"""
#: Three scripts one after the other.
FAILS = """
    inputs: {cars: {type: uri_file, path: cars.csv}}
    settings: {default_environment: host}
    jobs:
      first:
        component: execute_python_script
        inputs: {dataset1: "${{parent.inputs.cars}}", script: first.py}
      second:
        component: execute_python_script
        inputs: {dataset1: "${{parent.jobs.first.outputs.result_dataset}}", script: second.py}
      third:
        component: execute_python_script
        inputs: {dataset1: "${{parent.jobs.second.outputs.result_dataset}}", script: first.py}
    outputs: {third: "${{parent.jobs.third.outputs.result_dataset}}"}
"""
PASSES = "def azureml_main(a=None, b=None):\n    return a, b\n"


@dataclass
class Desk:
    """A folder with a pipeline, and a data folder of its own."""

    folder: Path
    patch: pytest.MonkeyPatch

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self.here()
        self.write("cars.csv", "make,price,zip\naudi,13950,06001\nbmw,16430,10115\nfiat,7000,10117\n")

    def here(self) -> None:
        self.patch.setenv("TRANSOM_DATA_FOLDER", str(self.folder.parent / f"data of {self.folder.name}"))

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))

    def run(self, pipeline: str, watcher: PipelineWatcher | None = None, **values: Any) -> PipelineResult:
        self.write("p.yml", pipeline)
        return PipelineRunner(load()).run(request_of(self.folder / "p.yml", values), watcher)

    def bundle(self, run: str, *, sample: int | None = None, step: str | None = None) -> tuple[Path, list[str]]:
        self.here()
        runs, target = Runs(open_workspace(load())), self.folder.parent / "out.zip"
        return target, write_bundle(runs, runs.get(run), target, sample, step)["warnings"]


@dataclass
class Elsewhere:
    """Another machine: another current folder, another data folder."""

    folder: Path
    patch: pytest.MonkeyPatch

    def __call__(self, path: Path, **how: Any) -> Replayed:
        """Make a run again from its bundle."""
        (self.folder / "elsewhere").mkdir(exist_ok=True)
        self.patch.chdir(self.folder / "elsewhere")
        self.patch.setenv("TRANSOM_DATA_FOLDER", str(self.folder / "data elsewhere"))
        return replay_bundle(path, load(), Replaying(**how))


def told_of(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        told: dict[str, Any] = json.loads(archive.read("run.json"))
    return told


def forged(path: Path, files: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path
