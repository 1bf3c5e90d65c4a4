"""Which texts of a pipeline are paths that begin at its folder, and how they read from another folder."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from transom.flow.component_file import is_reference
from transom.model.components import Component
from transom.model.pipelines import Data, FromInput, Pipeline, PipelineInput, Step

#: What begins so is no path: an address, and a dataset of a workspace.
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*(?:::|://)|azureml:")
#: A file of SQLite by a relative path.
_SQLITE = re.compile(r"(?P<scheme>sqlite(?:\+\w+)?:///)(?P<path>(?!/)[^?#:][^?#]*)(?P<rest>.*)\Z", re.DOTALL)
#: Parameters of native components that read or write outside: a path or an address, and an address of a database.
_PATH, _DATABASE = "path", "database"


class Ambiguous(ValueError):
    """An input of the pipeline is a path for one step, and something else for another; its name is the text."""


def rebased(pipeline: Pipeline, folder: Path, target: Path) -> Pipeline:
    """The pipeline whose relative paths begin at `target`, where they began at `folder`. Raises Ambiguous.

    Absolute paths, those from a home (`~`), addresses and datasets stay as they are.
    """
    if os.path.realpath(folder) == os.path.realpath(target):
        return pipeline
    move = _Move(folder, target)
    steps = {name: move.step(step) for name, step in pipeline.steps.items()}
    inputs = dict(pipeline.inputs)
    for name in dict.fromkeys(_bound_as_paths(pipeline)):
        moved = move.text_input(inputs[name])
        if moved != inputs[name] and _is_more_than_a_path(pipeline, name):
            raise Ambiguous(name)
        inputs[name] = moved
    inputs = {name: move.data_input(each) for name, each in inputs.items()}
    return replace(pipeline, steps=steps, inputs=inputs)


def _bound_as_paths(pipeline: Pipeline) -> Iterator[str]:
    """The inputs that give a step a path that begins at the pipeline's folder."""
    for step in pipeline.steps.values():
        for name in _path_parameters(step):
            source = step.parameters.get(name)
            if isinstance(source, FromInput):
                yield source.name


def _path_parameters(step: Step) -> tuple[str, ...]:
    """The parameters of a step that are paths; in a datastore a path begins at the top of that."""
    if not (step.component.sources or step.component.effects):
        return ()
    return (_DATABASE,) if step.parameters.get("datastore") is not None else (_PATH, _DATABASE)


def _is_more_than_a_path(pipeline: Pipeline, name: str) -> bool:
    return any(
        source == FromInput(name) and parameter not in _path_parameters(step)
        for step in pipeline.steps.values()
        for parameter, source in step.parameters.items()
    )


@dataclass(frozen=True, slots=True)
class _Move:
    """From one folder to another; both are taken as the system finds them, whatever links lead there."""

    folder: Path
    target: Path

    def path(self, path: str) -> str:
        """A path as it reads from the other folder."""
        if not path or os.path.isabs(path) or path.startswith("~") or _ELSEWHERE.match(path):
            return path
        way = os.path.relpath(os.path.realpath(self.folder), os.path.realpath(self.target))
        joined = os.path.join(way, path)
        short = os.path.normpath(joined)
        if os.path.realpath(self.target / short) != os.path.realpath(self.folder / path):
            short = joined  # a link lies between: its `..` is not the folder above it
        if _ELSEWHERE.match(short) or short.startswith("~"):
            short = f"./{short}"
        return f"{short}/" if path.endswith("/") and not short.endswith("/") else short

    def address(self, text: str) -> str:
        """A path, or an address that may have one in it."""
        found = _SQLITE.match(text)
        return self.path(text) if found is None else f"{found['scheme']}{self.path(found['path'])}{found['rest']}"

    def step(self, step: Step) -> Step:
        parameters = dict(step.parameters)
        for name in _path_parameters(step):
            value = parameters.get(name)
            if isinstance(value, str):
                parameters[name] = self.address(value)
        return replace(
            step,
            component=self._component(step.component),
            inputs={name: self._data(each) if isinstance(each, Data) else each for name, each in step.inputs.items()},
            parameters=parameters,
            script_shown=self.path(step.script_shown),
        )

    def text_input(self, given: PipelineInput) -> PipelineInput:
        return replace(given, value=self.address(given.value)) if isinstance(given.value, str) else given

    def data_input(self, given: PipelineInput) -> PipelineInput:
        return replace(given, value=self._data(given.value)) if isinstance(given.value, Data) else given

    def _data(self, data: Data) -> Data:
        return replace(data, path=self.path(data.path))

    def _component(self, component: Component) -> Component:
        if component.script is None:
            return component
        name = self.path(component.name)
        return replace(component, name=name if is_reference(name) else f"./{name}")
