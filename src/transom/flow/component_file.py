"""How a component that a person wrote is read: a folder with a `component.yaml`, in Azure's words, and its script."""

from __future__ import annotations

import json
import keyword
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from blake3 import blake3

from transom.components.native import CannotApply
from transom.errors import NotThere, ScriptUnreadable
from transom.flow.file_section import Allowed, Section, cut, top
from transom.flow.file_yaml import Document, read_document
from transom.model.components import (
    REQUIRED,
    Component,
    OwnScript,
    Parameter,
    ParameterKind,
    Port,
    PortKind,
    ValueWrong,
)
from transom.model.pipeline_checks import check_plain, near
from transom.model.pipelines import PipelineWrong
from transom.model.scripts import ENTRY_POINT, Undecodable, read_source
from transom.tables.paths import is_same

#: Asked before a file is read that a pipeline's file names, with its whole path; raises CannotApply.
MayRead: TypeAlias = Callable[[Path], None]
#: What a folder's component is described by.
FILE_NAMES = ("component.yaml", "component.yml")
CATEGORY = "Custom"
#: Raised whenever the same file would make a component whose steps are executed otherwise.
_READ_AS = 1
_BEGINNING = "Begin with `script: FILE`, then `inputs:` and `outputs:`; docs/pipelines.md has one."
_MOST_SCRIPT_BYTES = 16 * 1024**2
#: A name of an input is a keyword, and that of an output names a file.
_LONGEST_NAME = 200
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_PORTS = {
    "mltable": PortKind.TABLE,
    "table": PortKind.TABLE,
    "uri_file": PortKind.FILES,
    "uri_folder": PortKind.FILES,
    "files": PortKind.FILES,
}
_PARAMETERS = {"string": ParameterKind.TEXT, **{kind.value: kind for kind in ParameterKind}}
_TEXTS = (ParameterKind.TEXT, ParameterKind.CODE, ParameterKind.COLUMN, ParameterKind.SECRET, ParameterKind.CHOICE)
_TYPES = (*_PORTS, *_PARAMETERS)

_WHOLE = Allowed(
    keys=(
        "type",
        "name",
        "display_name",
        "description",
        "version",
        "script",
        "entry_point",
        "inputs",
        "outputs",
        "environment",
        "reuse",
        "is_deterministic",
    ),
    ignored=("tags", "properties", "resources", "distribution", "code", "creation_context"),
    silent=("$schema",),
    refused={"command": f"Write `script: FILE`; its function {ENTRY_POINT} is called with the inputs by their names."},
)
_INPUT = Allowed(
    keys=("type", "description", "title", "default", "optional", "min", "max", "enum", "language"), ignored=("mode",)
)
_OUTPUT = Allowed(keys=("type", "description", "title"), ignored=("mode", "path"))


def is_reference(text: str) -> bool:
    """Whether what a step names as its component is a folder or a file, not a component of ours."""
    return text.startswith((".", "/", "~")) or "/" in text or text.lower().endswith((".yaml", ".yml"))


def anything(_: Path) -> None:
    """Every file may be read."""


def component_at(reference: str, folder: Path, may_read: MayRead = anything) -> Component:
    """The component of a folder, or of a `component.yaml`; a relative path begins at `folder`.

    Its `name` is the reference as it was written, so that a file of its pipeline names it again. Whatever else lies in
    its folder lies beside the script, unless that folder is `folder` itself. Raises NotThere, PipelineInvalid, and
    what `may_read` does, which is asked before a file is read.
    """
    path = _file(Path(folder, os.path.expanduser(reference)))
    may_read(path.absolute())
    written = Path(reference) if reference.lower().endswith((".yaml", ".yml")) else Path(reference, path.name)
    document = read_document(path, _BEGINNING)
    return _Reading(document, reference, written.parent, not is_same(path.parent, folder), may_read).component()


def _file(place: Path) -> Path:
    if not os.path.isdir(place):  # a name that is too long is no folder, and raises nothing
        return place
    return next((place / name for name in FILE_NAMES if (place / name).exists()), place / FILE_NAMES[0])


@dataclass(frozen=True, slots=True)
class _Reading:
    """One file of a component. `written` is its folder as the pipeline names it."""

    document: Document
    reference: str
    written: Path
    is_apart: bool
    may_read: MayRead

    def component(self) -> Component:
        whole = top(self.document, "a component")
        whole.check_keys(_WHOLE, "a component")
        whole.choice("type", ("command",), "command")
        ports, parameters = self._inputs(whole.section("inputs"))
        outputs = self._outputs(whole.section("outputs"))
        script = self._script(whole)
        name = whole.text("name")
        told = Component(
            name=self.reference,
            title=whole.text("display_name") or name or self.written.name or self.reference,
            description=whole.text("description"),
            category=CATEGORY,
            inputs=tuple(ports),
            outputs=tuple(outputs),
            parameters=tuple(parameters),
            version=f"{whole.text('version') or '1'}+{_digest(ports, parameters, outputs)}",
            native=False,
            reuse=whole.flag("reuse", whole.flag("is_deterministic", True)),
            script=script,
        )
        self.document.raise_problems()
        return told

    def _inputs(self, section: Section) -> tuple[list[Port], list[Parameter]]:
        ports, parameters = [], []
        for name in section.content:
            each = _one(section, name, _INPUT)
            if each.content.get("type") is None:
                section.wrong(name, f"The input {cut(name)} has no type", f"It can be {', '.join(_TYPES)}.")
                continue
            kind = each.choice("type", _TYPES, "string")
            if kind in _PORTS:
                ports.append(_port(each, name, _PORTS[kind]))
            else:
                parameters.append(_parameter(each, name, _PARAMETERS[kind]))
        return ports, parameters

    def _outputs(self, section: Section) -> list[Port]:
        made = []
        for name in section.content:
            each = _one(section, name, _OUTPUT)
            kind = each.choice("type", tuple(_PORTS), "mltable")
            if _PORTS[kind] is not PortKind.TABLE:
                each.wrong(
                    "type", f"The output {cut(name)} is a table, since a function returns it", "Write `mltable`."
                )
            made.append(Port(name, each.text("title") or name, each.text("description")))
        return made

    def _script(self, whole: Section) -> OwnScript:
        entry_point = whole.text("entry_point") or ENTRY_POINT
        if not _is_name(entry_point):
            whole.wrong("entry_point", f"{cut(entry_point)!r} cannot be the name of a function")
        said = whole.text("script")
        text = self._text(whole, said)
        return OwnScript(
            text=text,
            shown=str(self.written / said),
            entry_point=entry_point,
            folder=str(self.written) if self.is_apart and self._has_others(said) else None,
            environment=whole.environment("environment"),
        )

    def _text(self, whole: Section, said: str) -> str:
        if not said:
            if "script" not in whole.content:
                self.document.wrong((), "The component has no script", "Write `script: FILE`, beside this file.")
            return ""
        if Path(said).is_absolute() or ".." in Path(said).parts:
            whole.wrong("script", "The script must lie in the component's folder", "Name it relative to this file.")
            return ""
        try:
            return script_text(self.document.path.parent / said, said, self.may_read)
        except CannotApply as wrong:
            whole.wrong("script", wrong.problem.rstrip("."), wrong.advice)
        except NotThere as wrong:
            whole.wrong("script", wrong.message.rstrip("."), str(wrong.facts["near"]).strip())
        except ScriptUnreadable as wrong:
            whole.wrong("script", wrong.message.rstrip("."))
        return ""

    def _has_others(self, script: str) -> bool:
        own = {self.document.path.name, script}
        try:
            return any(
                each.name not in own and not each.name.startswith(".") and each.name != "__pycache__"
                for each in self.document.path.parent.iterdir()
            )
        except OSError:
            return False


def script_text(path: Path, shown: str, may_read: MayRead = anything) -> str:
    """The text of a script's file, as Python decodes it. Raises NotThere, ScriptUnreadable and what `may_read` does."""
    from transom.tables.paths import near as near_path

    may_read(path.absolute())
    try:
        if not path.exists():
            raise NotThere(path=shown, near=near_path(path))
        if not path.is_file():
            raise ScriptUnreadable(path=shown, reason="it is no file")
        if path.stat().st_size > _MOST_SCRIPT_BYTES:
            raise ScriptUnreadable(path=shown, reason=f"a script has at most {_MOST_SCRIPT_BYTES:,} bytes")
        return read_source(path.read_bytes(), shown).text
    except Undecodable as wrong:
        raise ScriptUnreadable(path=shown, reason=str(wrong)) from None
    except (OSError, ValueError) as wrong:
        reason = getattr(wrong, "strerror", None) or str(wrong)
        raise ScriptUnreadable(path=shown, reason=reason) from None


def _one(section: Section, name: str, allowed: Allowed) -> Section:
    """The description of one input or output; `NAME: TYPE` is short for it."""
    if not _is_name(name):
        section.wrong(
            name,
            f"{cut(name)!r} cannot be the name of an input or output",
            "Use letters, digits and underscores, as a parameter of a function has.",
            of_name=True,
        )
    value = section.content[name]
    if isinstance(value, str):
        return Section(section.document, (*section.place, name), {"type": value})
    each = section.section(name)
    each.check_keys(allowed, f"the input {cut(name)}" if allowed is _INPUT else f"the output {cut(name)}")
    return each


def _is_name(name: str) -> bool:
    return bool(_NAME.match(name)) and len(name) <= _LONGEST_NAME and not keyword.iskeyword(name)


def _port(each: Section, name: str, kind: PortKind) -> Port:
    for key in ("default", "min", "max", "enum"):
        if key in each.content:
            each.wrong(key, f"`{key}` is for parameters, and {name} takes a table or files", of_name=True)
    return Port(name, each.text("title") or name, each.text("description"), kind, each.flag("optional", False))


def _parameter(each: Section, name: str, kind: ParameterKind) -> Parameter:
    choices = _choices(each, name, kind)
    made = Parameter(
        name=name,
        title=each.text("title") or name,
        description=each.text("description"),
        kind=ParameterKind.CHOICE if choices else kind,
        choices=choices,
        minimum=each.number("min"),
        maximum=each.number("max"),
        language=each.text("language"),
        default=None if each.flag("optional", False) else REQUIRED,
    )
    default = each.content.get("default")
    if default is None:
        return made
    if kind in _TEXTS:
        default = each.document.text((*each.place, "default"), default)
    try:
        check_plain((name,), default)
        default = made.checked(default)
    except PipelineWrong as wrong:
        each.wrong("default", wrong.problem, wrong.advice)
    except ValueWrong as wrong:
        each.wrong("default", f"The default of {name} {wrong.reason}", near=near(wrong.near, choices))
    return Parameter(**{**{key: getattr(made, key) for key in Parameter.__slots__}, "default": default})


def _choices(each: Section, name: str, kind: ParameterKind) -> tuple[str, ...]:
    listed = each.content.get("enum")
    if listed is None:
        if kind is ParameterKind.CHOICE:
            each.document.wrong(each.place, f"{name} is a choice, and has no list `enum` of what can be chosen")
        return ()
    if kind not in (ParameterKind.TEXT, ParameterKind.CHOICE):
        each.wrong("enum", f"`enum` is for texts, and {name} is of the type {kind}", "Use `min` and `max`.")
        return ()
    if not isinstance(listed, list) or not listed:
        each.wrong("enum", "`enum` must be a list of texts", "Write `enum: [first, second]`.")
        return ()
    texts = [each.document.text((*each.place, "enum", number), value) for number, value in enumerate(listed)]
    if not all(isinstance(text, str) for text in texts):
        each.wrong("enum", "`enum` must be a list of texts", "Put each into quotes.")
        return ()
    return tuple(texts)


def _digest(ports: list[Port], parameters: list[Parameter], outputs: list[Port]) -> str:
    """What tells apart components whose functions are called otherwise; words for people are not in it, nor the
    script, whose text the key of a job has anyway.
    """
    told: Mapping[str, Any] = {
        "read_as": _READ_AS,
        "inputs": [(port.name, port.kind, port.optional) for port in ports],
        "parameters": [(each.name, each.kind, "" if each.is_required else each.default) for each in parameters],
        "outputs": [port.name for port in outputs],
    }
    return blake3(json.dumps(told, sort_keys=True, default=str).encode("utf-8", "surrogatepass")).hexdigest()[:12]
