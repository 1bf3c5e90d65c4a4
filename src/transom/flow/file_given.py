"""How a pipeline file says what a step is given: data, bindings, literals, and a script, which may lie in a file."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from transom.components.native import CannotApply
from transom.errors import NotThere, ScriptUnreadable
from transom.flow.component_file import MayRead, script_text
from transom.flow.file_bindings import FORMS, NoBinding, ToOutput, binding_of, nearly_binding
from transom.flow.file_section import Allowed, Section, cut, kind_of, shown
from transom.model.components import Component, Parameter, ParameterKind
from transom.model.pipeline_checks import near
from transom.model.pipelines import Connected, Data, FromInput, FromStep, InputType

#: The parameter of Execute Python Script whose text may lie in a file of its own.
SCRIPT = "script"
TEXTS = (ParameterKind.TEXT, ParameterKind.CODE, ParameterKind.COLUMN, ParameterKind.SECRET, ParameterKind.CHOICE)
DATA = Allowed(keys=("type", "path", "read"), ignored=("mode",))
#: What tells the text of a script from the path of one.
_CODE = re.compile(r"\n|\bdef\s|\blambda\s|\bimport\s")


@dataclass(slots=True)
class Given:
    """What a step is given, by ports and by parameters. `may_read` is asked before its script is read."""

    component: Component
    folder: Path
    section: Section
    may_read: MayRead
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
            return self._described(name, self.section.section(name))
        if not isinstance(said, str) or not said:
            problem = f"{name} is a port, and is given {kind_of(said)}" if said != "" else f"{name} has an empty path"
            self.section.wrong(name, problem, f"Give a path, or a binding. {FORMS}")
            return None
        return self._source(self.section, name, said)

    def _described(self, name: str, section: Section) -> Connected | None:
        """`{type, path, read}`; what Azure calls its `mode` has no meaning here."""
        section.check_keys(DATA, "data")
        section.choice("type", tuple(each.value for each in InputType if each.is_data), InputType.FILE)
        path, read = section.text("path"), section.text("read")
        if not path:
            advice = "Write `path:` with a file, an address, a dataset or a binding."
            section.document.wrong(section.place, "This has no path", advice)
            return None
        source = self._source(section, "path", path)
        if not isinstance(source, Data):
            if read and source is not None:
                advice = "Write it at the pipeline's input, beside its path."
                section.wrong("read", f"`read` says how a file is read, and {name} is a binding", advice, of_name=True)
            return source
        return Data(path, read)

    def _source(self, section: Section, key: str, text: str) -> Connected | None:
        """What a text at a port names."""
        try:
            binding = binding_of(text)
        except NoBinding as wrong:
            section.wrong(key, f"{shown(text)} is no binding", str(wrong))
            return None
        if isinstance(binding, ToOutput):
            section.wrong(key, f"{key} is an input, and cannot be connected to an output of the pipeline", FORMS)
            return None
        if binding is None and nearly_binding(text):
            section.wrong(key, f"{shown(text)} is no binding", FORMS)
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
        elif self._is_script(parameter, said):
            self._read_script(said)
        elif parameter.kind in TEXTS:
            self.parameters[name] = self.section.document.text((*self.section.place, name), said)
        else:
            self.parameters[name] = said

    def _is_script(self, parameter: Parameter, said: Any) -> bool:
        """Whether it may be the path of a script. A person's own component is given a text, `{text: ...}` too, and no
        file is read for it.
        """
        is_code = parameter.name == SCRIPT and parameter.kind is ParameterKind.CODE
        return is_code and (self.component.script is None or isinstance(said, Mapping))

    def _read_script(self, said: Any) -> None:
        """A path, or the text; `{path: ...}` and `{text: ...}` say which it is."""
        if isinstance(said, Mapping):
            section = self.section.section(SCRIPT)
            section.check_keys(Allowed(("path", "text") if self.component.script is None else ("text",)), "a script")
            if isinstance(said.get("text"), str) and "path" not in said:
                self.parameters[SCRIPT] = said["text"]
                return
            if self.component.script is not None:
                self.section.wrong(SCRIPT, f"{SCRIPT} of {self.component.name} takes a text", "Write it as it is.")
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
            self.parameters[SCRIPT] = script_text(Path(self.folder, os.path.expanduser(said)), said, self.may_read)
            self.script_shown = said
        except CannotApply as wrong:
            self.section.wrong(SCRIPT, wrong.problem.rstrip("."), wrong.advice)
        except NotThere as wrong:
            advice = str(wrong.facts["near"]).strip() or "A relative path begins at the folder of this file."
            self.section.wrong(SCRIPT, f"There is no script {cut(said)}", advice)
        except ScriptUnreadable as wrong:
            self.section.wrong(SCRIPT, f"The script {cut(said)} cannot be read: {wrong.facts['reason']}")


def is_code(text: str) -> bool:
    """Whether `script:` is given the text of a script, not the path of one: `my import of data.py` is a path."""
    return bool(_CODE.search(text)) and not ("\n" not in text and text.rstrip().lower().endswith(".py"))
