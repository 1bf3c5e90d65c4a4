"""How the text of a pipeline, and what is recorded of the steps of one run of it, become a pipeline that names only
files beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transom.errors import WrongUse
from transom.flow.file import pipeline_from
from transom.flow.file_bindings import NoBinding, ToOutput, binding_of
from transom.flow.file_problems import PipelineInvalid
from transom.flow.file_yaml import document_of
from transom.model.components import Component, ParameterKind, PortKind
from transom.model.pipelines import FromInput, FromStep, Pipeline
from transom.workspace.pipelines.in_code import as_yaml
from transom.workspace.reproducing_files import masked
from transom.workspace.reproducing_steps import SCRIPT_COMPONENT, content, native_component, outcome

if TYPE_CHECKING:
    from transom.flow.reuse import Connected, StepContent
    from transom.model.records import RunRecord
    from transom.model.step_records import StepRecord
    from transom.workspace.reproducing_components import ComponentWriting

_SCRIPT = "script"
_TEXTS = ("display_name", "description", "experiment_name")
#: What of a step stays as its file says it.
_OF_STEPS = ("display_name", "comment", "description", "limits", "retry")
#: What cannot stand in the name of a file on some system, or is read otherwise in an address.
_UNUSUAL = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\/]')
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A content of the workspace that lies in the bundle: a step file, or any other file; `what` messages call it.

    What `is_named_anyhow` says the same under every name of the same ending.
    """

    digest: str
    is_table: bool
    what: str
    is_named_anyhow: bool = True


class PipelineDocument:
    """Makes the pipeline of one bundle. `enclosed` are the contents that it names, by their paths beside it."""

    def __init__(self, text: str, record: RunRecord, components: ComponentWriting) -> None:
        self.record = record
        self.components = components
        self.enclosed: dict[str, Enclosed] = {}
        self.warnings: list[str] = []
        self._said = document_of(text, Path(record.begun.script_shown)).value
        self._values: Mapping[str, Any] = record.begun.request.get("values") or {}
        self._steps: dict[str, StepRecord] = {}
        self._given: dict[str, set[Enclosed]] = {}
        self._paths: dict[tuple[str, bool, bool], str] = {}
        self._inputs_at: dict[str, str] = {}
        self._bound: set[str] = set()
        self._has_masked = False

    def pipeline(self, steps: list[StepRecord], folder: Path) -> Pipeline:
        """The pipeline of these steps; what it names in `folder` is there. Raises what the components do, WrongUse."""
        self._steps = {each.name: each for each in steps}
        jobs = {name: self._job(each) for name, each in self._steps.items()}
        told: dict[str, Any] = {"type": "pipeline"}
        told |= {key: self._bare(self._said[key]) for key in _TEXTS if self._said.get(key)}
        told["inputs"] = dict(self._inputs())
        goes_on = _mapping(self._said.get("settings")).get("continue_on_step_failure")
        told["settings"] = {} if goes_on is None else {"continue_on_step_failure": goes_on}
        told["jobs"] = jobs
        told["outputs"] = {name: str(each) for name, each in self._outputs() if each.step in self._steps}
        if self._has_masked:
            self.warnings.append("Passwords and queries of addresses in the pipeline were left out.")
        try:
            return pipeline_from(as_yaml(told), folder / "pipeline.yml").pipeline
        except PipelineInvalid as wrong:
            raise WrongUse(
                problem=f"The pipeline of the run {self.record.id} cannot be made again: {wrong.problems[0].text}.",
                advice="Run the pipeline again with this Transom, and bundle that run.",
            ) from None

    def _job(self, step: StepRecord) -> dict[str, Any]:
        of = content(step)
        assert of is not None
        said = _mapping(_mapping(self._said.get("jobs")).get(step.name))
        told: dict[str, Any] = {key: self._bare(said[key]) for key in _OF_STEPS if said.get(key) is not None}
        native = native_component(step.component)
        if native is not None and native.sources:
            return told | {"component": native.name, "inputs": {"path": self._imported(step)}}
        if native is not None:
            told["component"], component = native.name, native
        else:
            told["component"], component = self.components.component(step.name, of)
        given = dict(self._connected(step.name, component, said, of))
        given |= dict(self._parameters(component, said, of))
        if step.component == SCRIPT_COMPONENT:
            given[_SCRIPT] = self.components.script(step.name, of)
        if of.environment is not None:
            told["environment"] = of.environment.name
        return told | {"inputs": given}

    def _imported(self, step: StepRecord) -> str:
        """The table that an Import Data has read: that is read again, not its source."""
        made = outcome(step)
        assert made is not None
        table = next(iter(made.results.values()))
        return self._enclosed(f"inputs/{step.name}.arrow", Enclosed(table.digest, True, f"what {step.name} read"))

    def _enclosed(self, name: str, each: Enclosed) -> str:
        """The path of a content beside the pipeline: what is there already is not enclosed again."""
        same = each.digest, each.is_table, each.is_named_anyhow
        known = self._paths.get(same)
        if known is not None and (Path(known).name == Path(name).name or each.is_named_anyhow):
            return known
        while name in self.enclosed:
            name = f"{Path(name).parent}/_/{Path(name).name}"
        self.enclosed[name] = each
        self._paths[same] = name
        return name

    def _connected(
        self, name: str, component: Component, said: Mapping[str, Any], of: StepContent
    ) -> Iterator[tuple[str, Any]]:
        """What each port is given: another step in the bundle, else the content that it was given then."""
        for port in component.inputs:
            connected = of.inputs.get(port.name)
            if connected is None:
                continue
            source = _binding(_mapping(said.get("inputs")).get(port.name))
            if isinstance(source, FromStep) and source.step in self._steps:
                yield port.name, str(source)
                continue
            called = source.name if isinstance(source, FromInput) else f"{name}.{port.name}"
            called, each = self._content(called, connected, port.kind is PortKind.TABLE, of.parameters.get(port.name))
            if isinstance(source, FromInput) and self._given.setdefault(source.name, {each}) == {each}:
                self._inputs_at[source.name] = self._enclosed(called, each)
                yield port.name, str(source)
            else:
                yield port.name, self._enclosed(called, each)

    @staticmethod
    def _content(called: str, connected: Connected, is_table: bool, file: Any) -> tuple[str, Enclosed]:
        what = f"{called} ({masked(connected.shown)})"
        if is_table:
            return f"inputs/{called}.arrow", Enclosed(connected.digest, True, what)
        if not isinstance(file, str):
            return f"inputs/{called}.zip", Enclosed(connected.digest, False, what)
        name = _UNUSUAL.sub("_", Path(masked(f"x://{file}")).name)[-_LONGEST_NAME:] or "file"
        return f"inputs/{called}/{name}", Enclosed(connected.digest, False, what, is_named_anyhow=False)

    def _bare(self, value: Any, *, queries: bool = True) -> Any:
        bare = masked(value, queries=queries)
        self._has_masked = self._has_masked or bare != value
        return bare

    def _parameters(self, component: Component, said: Mapping[str, Any], of: StepContent) -> Iterator[tuple[str, Any]]:
        """The values that were said in the file, as they were then; inputs of the pipeline stay bound."""
        given = _mapping(said.get("inputs"))
        for parameter in component.parameters:
            name = parameter.name
            is_script = name == _SCRIPT and component.name == SCRIPT_COMPONENT
            if name not in given or name not in of.parameters or is_script:
                continue
            source = _binding(given[name])
            if isinstance(source, FromInput):
                self._bound.add(source.name)
                yield name, str(source)
            else:  # rows are data, in which an address may have a query
                value = self._bare(of.parameters[name], queries=parameter.kind is not ParameterKind.ROWS)
                is_text = name == _SCRIPT and isinstance(value, str)  # else a file could take it for a path
                yield name, {"text": value} if is_text and parameter.kind is ParameterKind.CODE else value

    def _inputs(self) -> Iterator[tuple[str, Any]]:
        """The inputs of the pipeline with what they were given; what no step was given is none."""
        for name, said in _mapping(self._said.get("inputs")).items():
            if name not in self._bound and name not in self._inputs_at:
                continue
            kept = ("type", "description", "optional")
            told = {key: self._bare(each) for key, each in _mapping(said).items() if key in kept}
            value = self._bare(self._values.get(name)) if name not in self._inputs_at else None
            path = self._inputs_at.get(name)
            if path is not None:
                yield name, {"type": "uri_file"} | told | {"path": path}
            elif value is None:
                yield name, told
            else:
                yield name, told | {"default": value} if told else value

    def _outputs(self) -> Iterator[tuple[str, FromStep]]:
        for name, said in _mapping(self._said.get("outputs")).items():
            source = _binding(said)
            if isinstance(source, FromStep):
                yield name, source
        for step, job in _mapping(self._said.get("jobs")).items():
            for port, said in _mapping(_mapping(job).get("outputs")).items():
                source = _binding(said)
                if isinstance(source, ToOutput):
                    yield source.name, FromStep(step, port)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _binding(value: Any) -> FromInput | FromStep | ToOutput | None:
    try:
        return binding_of(value)
    except NoBinding:
        return None
