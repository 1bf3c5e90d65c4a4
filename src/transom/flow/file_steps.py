"""How one step of a pipeline file is read: its component, what it is given, and how it is executed."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from transom.errors import NotThere, ScriptUnreadable
from transom.flow.component_file import component_at, is_reference, script_text
from transom.flow.file_bindings import FORMS, NoBinding, ToOutput, binding_of
from transom.flow.file_limits import limits_of, retry_of
from transom.flow.file_section import Allowed, Section, cut, kind_of, shown
from transom.model.components import Component, Parameter, ParameterKind
from transom.model.pipeline_checks import near
from transom.model.pipelines import Connected, Data, FromInput, FromStep, InputType, Place, Step

#: The parameter whose text may lie in a file of its own.
SCRIPT = "script"
TEXTS = (ParameterKind.TEXT, ParameterKind.CODE, ParameterKind.COLUMN, ParameterKind.SECRET, ParameterKind.CHOICE)
#: What tells the text of a script from the path of one.
_CODE = re.compile(r"\n|\bdef\s|\blambda\s|\bimport\s")

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
DATA = Allowed(keys=("type", "path", "read"), ignored=("mode",))


@dataclass(frozen=True, slots=True)
class Catalog:
    """The components that a file can name: `find` gives the one of a name or None, `names` all of them."""

    find: Callable[[str], Component | None]
    names: Callable[[], Iterable[str]]


@dataclass(frozen=True, slots=True)
class StepReading:
    """Reads the steps of one file. Relative paths begin at `folder`.

    `outputs` takes up which step's output becomes which output of the pipeline, in Azure's own way, with the place
    that says so; components of one reference are read once.
    """

    catalog: Catalog
    folder: Path
    outputs: dict[str, tuple[FromStep, Place]]
    components: dict[str, Component | None]

    def step(self, name: str, section: Section) -> Step | None:
        """The step; None where what is wrong with it keeps it from being read."""
        section.check_keys(STEP, "a step")
        section.choice("type", ("command",), "command")
        component = self._component(name, section)
        self._bind_outputs(name, section.section("outputs"), component)
        limits, retry = limits_of(section.section("limits")), retry_of(section.section("retry"))
        if component is None:
            return None
        given = _Given(component, self.folder, section.section("inputs"))
        given.read()
        return Step(
            component=component,
            inputs=given.inputs,
            parameters=given.parameters,
            environment=section.text("environment") or None,
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
        if said is None and any(near(str(key), ["component"]) for key in section.content):
            return None  # that key is told of as one that is unknown
        if said is None:
            advice = (
                f"Write `component: NAME`; there are {', '.join(sorted(self.catalog.names()))}, and folders of yours."
            )
            section.document.wrong(section.place, f"The step {cut(name)} has no component", advice, of_name=True)
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
        if not is_reference(said):
            found = self.catalog.find(said)
            if found is None:
                known = sorted(self.catalog.names())
                advice = f"There are {', '.join(known)}; a folder of yours begins with `./`."
                section.wrong("component", f"There is no component {cut(said)}", advice, near(said, known))
            return found
        try:
            return component_at(said, self.folder)
        except NotThere as wrong:
            advice = str(wrong.facts["near"]).strip() or "A relative path begins at the folder of this file."
            section.wrong("component", wrong.message.rstrip("."), advice)
        return None

    def _bind_outputs(self, name: str, section: Section, component: Component | None) -> None:
        """Azure's way: `outputs: {PORT: "${{parent.outputs.NAME}}"}`; a description of an output says nothing new."""
        for port, said in section.items():
            if component is not None and component.output(port) is None:
                known = [each.name for each in component.outputs]
                section.wrong(port, f"{component.name} has no output {cut(port)}", near=near(port, known), of_name=True)
                continue
            if said is None or isinstance(said, Mapping):
                continue
            try:
                binding = binding_of(said)
            except NoBinding:
                binding = None
            if not isinstance(binding, ToOutput):
                section.wrong(port, f"{shown(said)} is no output of the pipeline", "Write `${{parent.outputs.NAME}}`.")
            elif binding.name in self.outputs:
                first, place = self.outputs[binding.name]
                line = section.document.at(place).line
                section.wrong(port, f"The output {binding.name} is that of {first.step} already, in line {line}")
            else:
                self.outputs[binding.name] = FromStep(name, port), (*section.place, port)


@dataclass(slots=True)
class _Given:
    """What a step is given, by ports and by parameters."""

    component: Component
    folder: Path
    section: Section
    inputs: dict[str, Connected] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    script_shown: str = ""

    def read(self) -> None:
        for name, said in self.section.items():
            parameter = self.component.parameter(name)
            if self.component.input(name) is not None:
                connected = self._connected(name, said)
                if connected is not None:
                    self.inputs[name] = connected
            elif parameter is not None:
                self._read_parameter(parameter, said)
            else:
                known = self.component.names
                advice = f"It takes {', '.join(known)}." if known else "It takes nothing."
                problem = f"{self.component.name} has no input {cut(name)}"
                self.section.wrong(name, problem, advice, near(name, known), of_name=True)

    def _connected(self, name: str, said: Any) -> Connected | None:
        if said is None:
            return None
        if isinstance(said, Mapping):
            return data_of(self.section.section(name))
        text = self.section.document.text((*self.section.place, name), said)
        if not isinstance(text, str) or not text:
            problem = f"{name} is a port, and is given {kind_of(said)}" if text != "" else f"{name} has an empty path"
            self.section.wrong(name, problem, f"Give a path, or a binding. {FORMS}")
            return None
        try:
            binding = binding_of(text)
        except NoBinding as wrong:
            self.section.wrong(name, f"{shown(text)} is no binding", str(wrong))
            return None
        if isinstance(binding, ToOutput):
            self.section.wrong(name, f"{name} is an input, and cannot be connected to an output of the pipeline", FORMS)
            return None
        return Data(text) if binding is None else binding

    def _read_parameter(self, parameter: Parameter, said: Any) -> None:
        name = parameter.name
        try:
            binding = binding_of(said)
        except NoBinding as wrong:
            self.section.wrong(name, f"{shown(said)} is no binding", str(wrong))
            return
        if isinstance(binding, (FromStep, ToOutput)):
            problem = f"{name} is a parameter, and takes no table"
            self.section.wrong(name, problem, "Write a literal, or `${{parent.inputs.NAME}}`.")
        elif isinstance(binding, FromInput):
            self.parameters[name] = binding
        elif name == SCRIPT and parameter.kind is ParameterKind.CODE:
            self._read_script(said)
        elif parameter.kind in TEXTS:
            self.parameters[name] = self.section.document.text((*self.section.place, name), said)
        else:
            self.parameters[name] = said

    def _read_script(self, said: Any) -> None:
        """A path, or the text; `{path: ...}` and `{text: ...}` say which it is."""
        if isinstance(said, Mapping):
            section = self.section.section(SCRIPT)
            section.check_keys(Allowed(("path", "text")), "a script")
            if isinstance(said.get("text"), str) and "path" not in said:
                self.parameters[SCRIPT] = said["text"]
                return
            said = section.text("path")
        if not isinstance(said, str) or not said.strip():
            advice = "Write the path of a Python file, or its text as a block after `|`."
            self.section.wrong(SCRIPT, f"`script` is {'empty' if said == '' else kind_of(said)}", advice)
        elif is_code(said) and not isinstance(self.section.content[SCRIPT], Mapping):
            self.parameters[SCRIPT] = said
        else:
            self._read_script_file(said)

    def _read_script_file(self, said: str) -> None:
        try:
            self.parameters[SCRIPT] = script_text(Path(self.folder, os.path.expanduser(said)), said)
            self.script_shown = said
        except NotThere as wrong:
            advice = str(wrong.facts["near"]).strip() or "A relative path begins at the folder of this file."
            self.section.wrong(SCRIPT, f"There is no script {cut(said)}", advice)
        except ScriptUnreadable as wrong:
            self.section.wrong(SCRIPT, f"The script {cut(said)} cannot be read: {wrong.facts['reason']}")


def is_code(text: str) -> bool:
    """Whether `script:` is given the text of a script, not the path of one: `my import of data.py` is a path."""
    return bool(_CODE.search(text)) and not ("\n" not in text and text.rstrip().lower().endswith(".py"))


def data_of(section: Section) -> Data | None:
    """`{type, path, read}`; what Azure calls its `mode` has no meaning here."""
    section.check_keys(DATA, "data")
    types = tuple(each.value for each in InputType if each.is_data)
    section.choice("type", types, InputType.FILE)
    path, read = section.text("path"), section.text("read")
    if not path:
        section.document.wrong(section.place, "This has no path", "Write `path:` with a file, an address or a dataset.")
        return None
    return Data(path, read)
