"""How one step of a pipeline file is read: its component, what it is given, and how it is executed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transom.components.native import CannotApply
from transom.errors import NotThere
from transom.flow.component_file import MayRead, component_at, is_reference
from transom.flow.file_bindings import NoBinding, ToOutput, binding_of
from transom.flow.file_given import Given
from transom.flow.file_limits import limits_of, retry_of
from transom.flow.file_section import Allowed, Section, cut, kind_of, shown
from transom.model.components import Component
from transom.model.pipeline_checks import near
from transom.model.pipelines import FromStep, Place, Step

STEP = Allowed(
    keys=(
        "component",
        "type",
        "display_name",
        "comment",
        "description",
        "inputs",
        "outputs",
        "environment",
        "limits",
        "retry",
        "reuse",
        "force_rerun",
    ),
    ignored=(
        "compute",
        "resources",
        "distribution",
        "environment_variables",
        "identity",
        "services",
        "name",
        "tags",
        "properties",
        "queue_settings",
    ),
    silent=("$schema",),
    refused={
        "command": "Write `component: execute_python_script`, and the script among its `inputs`.",
        "code": "Write `component: execute_python_script`, and the folder as `script_bundle` among its `inputs`.",
    },
)
OUTPUT_OF_STEP = Allowed(keys=("type", "path", "description"), ignored=("mode", "name", "version"))
_COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Catalog:
    """The components that a file can name: `find` gives the one of a name or None, `names` all of them."""

    find: Callable[[str], Component | None]
    names: Callable[[], Iterable[str]]


@dataclass(frozen=True, slots=True)
class StepReading:
    """Reads the steps of one file. Relative paths begin at `folder`.

    `outputs` takes up which step's output becomes which output of the pipeline, in Azure's own way, with the place
    that says so; components of one reference are read once. `may_read` is asked before a file is read.
    """

    catalog: Catalog
    folder: Path
    outputs: dict[str, tuple[FromStep, Place]]
    components: dict[str, Component | None]
    may_read: MayRead

    def step(self, name: str, section: Section) -> Step | None:
        """The step; None where what is wrong with it keeps it from being read."""
        kind = section.text("type") or _COMMAND
        if kind != _COMMAND:
            advice = f"Here each step has a `component`, and is of the type {_COMMAND}."
            section.wrong("type", f"{shown(kind)} is no type of a step", advice, near(kind, (_COMMAND,)))
            return None
        section.check_keys(STEP, "a step")
        component = self._component(name, section)
        self._bind_outputs(name, section.section("outputs"), component)
        limits, retry = limits_of(section.section("limits")), retry_of(section.section("retry"))
        if component is None:
            return None
        given = Given(component, self.folder, section.section("inputs"), self.may_read)
        given.read()
        return Step(
            component=component,
            inputs=given.inputs,
            parameters=given.parameters,
            environment=section.environment("environment"),
            limits=limits,
            retry=retry,
            reuse=section.flag("reuse", False) if section.content.get("reuse") is not None else None,
            force_rerun=section.flag("force_rerun", False),
            script_shown=given.script_shown,
            title=section.text("display_name"),
            comment=section.text("comment") or section.text("description"),
        )

    def _component(self, name: str, section: Section) -> Component | None:
        said = section.content.get("component")
        if said is None and any(near(key, ["component"]) for key in section.content if key not in STEP.names):
            return None  # that key is told of as one that is unknown
        if said is None:
            advice = (
                f"Write `component: NAME`; there are {', '.join(sorted(self.catalog.names()))}, and folders of yours."
            )
            place = (*section.place, "component") if "component" in section.content else section.place
            section.document.wrong(place, f"The step {cut(name)} has no component", advice, of_name=True)
            return None
        if not isinstance(said, str):
            advice = "Write a `component.yaml` in a folder of its own, and `component: ./FOLDER`."
            section.wrong("component", f"`component` must be a name or a path, not {kind_of(said)}", advice)
            return None
        if said not in self.components:
            self.components[said] = self._found(said, section)
        return self.components[said]

    def _found(self, said: str, section: Section) -> Component | None:
        if said.startswith("azureml:"):
            advice = "Put its `component.yaml` and its script into a folder, and write `component: ./FOLDER`."
            section.wrong("component", f"{cut(said)} is a component in Azure, and cannot be fetched from there", advice)
            return None
        if said.lower().endswith(".py"):
            advice = "For a script write `component: execute_python_script`, and `script:` among its `inputs`."
            problem = f"{cut(said)} is a script, and a component is a folder with a component.yaml"
            section.wrong("component", problem, advice)
            return None
        if not is_reference(said):
            found = self.catalog.find(said)
            if found is None:
                known = sorted(self.catalog.names())
                advice = f"There are {', '.join(known)}; a folder of yours begins with `./`."
                section.wrong("component", f"There is no component {cut(said)}", advice, near(said, known))
            return found
        try:
            return component_at(said, self.folder, self.may_read)
        except CannotApply as wrong:
            section.wrong("component", wrong.problem.rstrip("."), wrong.advice)
        except NotThere as wrong:
            advice = str(wrong.facts["near"]).strip() or "A relative path begins at the folder of this file."
            section.wrong("component", wrong.message.rstrip("."), advice)
        return None

    def _bind_outputs(self, name: str, section: Section, component: Component | None) -> None:
        """Azure's way: `outputs: {PORT: "${{parent.outputs.NAME}}"}`, or that as the `path` of a description."""
        for port, said in section.items():
            if component is not None and component.output(port) is None:
                known = [each.name for each in component.outputs]
                section.wrong(port, f"{component.name} has no output {cut(port)}", near=near(port, known), of_name=True)
                continue
            if isinstance(said, Mapping):
                self._bind_described(FromStep(name, port), section.section(port))
            elif said is not None:
                self._bind(FromStep(name, port), section, port, said)

    def _bind_described(self, source: FromStep, section: Section) -> None:
        section.check_keys(OUTPUT_OF_STEP, "an output of a step")
        path = section.text("path")
        if "${{" in path:
            self._bind(source, section, "path", path)
        elif path:
            section.document.warn((*section.place, "path"), "`path` has no meaning here and is passed over.")

    def _bind(self, source: FromStep, section: Section, key: str, said: Any) -> None:
        try:
            binding = binding_of(said)
        except NoBinding:
            binding = None
        if not isinstance(binding, ToOutput):
            section.wrong(key, f"{shown(said)} is no output of the pipeline", "Write `${{parent.outputs.NAME}}`.")
        elif binding.name in self.outputs:
            first, place = self.outputs[binding.name]
            line = section.document.at(place).line
            section.wrong(key, f"The output {binding.name} is that of {first.step} already, in line {line}")
        else:
            self.outputs[binding.name] = source, (*section.place, key)
