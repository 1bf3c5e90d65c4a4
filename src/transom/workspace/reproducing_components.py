"""How a person's own component, as it was when a run used it, becomes a folder beside a pipeline in a bundle."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from transom.engine.bundles import BundleLimits, unpack
from transom.errors import TransomError, WrongUse
from transom.flow.component_file import FILE_NAMES, component_at
from transom.flow.file_yaml import read_document
from transom.workspace.pipelines.preparing import FOLDER

if TYPE_CHECKING:
    from transom.flow.reuse import StepContent
    from transom.model.components import Component
    from transom.model.records import RunRecord
    from transom.workspace.runs import Runs


class ComponentWriting:
    """Writes scripts and components of the steps of one run below `folder`."""

    def __init__(self, runs: Runs, record: RunRecord, folder: Path) -> None:
        self.runs = runs
        self.record = record
        self.folder = folder

    def script(self, step: str, of: StepContent) -> str:
        """The script of a step; its path below the folder. Raises ContentRemoved."""
        assert of.script is not None
        name = f"scripts/{step}.py"
        self._write(self.folder / name, self.runs.content(self.record, of.script, f"the script of {step}"))
        return name

    def component(self, step: str, of: StepContent) -> tuple[str, Component]:
        """The component of a step: how a pipeline in the folder names it, and what it is.

        What its script and the other files of its folder were is kept; the file that describes it is kept where others
        lay beside it, else it is read where it was. Raises ContentRemoved, and WrongUse where that is another one now.
        """
        assert of.script is not None
        reference = of.component
        place = f"components/{step}"
        target = self.folder / place
        text = self.runs.content(self.record, of.script, f"the script of {step}")
        target.mkdir(parents=True)
        described = reference if reference.lower().endswith((".yaml", ".yml")) else ""
        files = of.inputs.get(FOLDER)
        if files is not None:
            limits = BundleLimits.of(self.runs.workspace.settings)
            unpack(self.runs.path(self.record, files.digest, f"the component of {step}"), target, limits)
        names = [Path(described).name] if described else list(FILE_NAMES)
        name = next((each for each in names if (target / each).is_file()), "")
        try:
            if not name:
                name = self._from_disk(reference, names, target)
            script = str(read_document(target / name).value["script"])
            if Path(script).is_absolute() or ".." in Path(script).parts:
                raise self._another(step, reference)
            self._write(target / script, text)
            written = f"./{place}/{name}" if described else f"./{place}"
            found = component_at(written, self.folder)
        except (TransomError, OSError, ValueError, KeyError, TypeError):
            raise self._another(step, reference) from None
        if found.version != of.version:
            raise self._another(step, reference)
        return written, found

    def _from_disk(self, reference: str, names: list[str], target: Path) -> str:
        place = Path(str(self.record.begun.request.get("folder") or ""), os.path.expanduser(reference))
        folder = place.parent if len(names) == 1 else place
        name = next((each for each in names if (folder / each).is_file()), names[0])
        self._write(target / name, read_document(folder / name).source.encode())
        return name

    def _another(self, step: str, reference: str) -> WrongUse:
        return WrongUse(
            problem=f"The component {reference} of the step {step} is not what it was when the run {self.record.id} "
            "used it, and what it was is not kept.",
            advice="Run the pipeline again, and bundle that run.",
        )

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
