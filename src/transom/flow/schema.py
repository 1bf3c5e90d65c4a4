"""The JSON Schema of the pipeline file, made from what reads it: an editor completes and checks with it.

`python -m transom.flow.schema` writes the shipped one anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from transom.flow.component_file import is_reference
from transom.flow.file import INPUT, OUTPUT, SETTINGS, WHOLE
from transom.flow.file_given import DATA, SCRIPT
from transom.flow.file_limits import COUNTS, LIMITS, SECONDS
from transom.flow.file_section import Allowed
from transom.flow.file_steps import OUTPUT_OF_STEP, STEP
from transom.model.components import Component, Parameter, ParameterKind, Port, PortKind
from transom.model.pipeline_checks import FAILURES, NAME
from transom.model.pipelines import InputType, PipelineSettings

#: The schema that this version of Transom ships, for an editor's settings.
SHIPPED = Path(__file__).with_name("pipeline.schema.json")
_FROM_INPUT = r"^\s*\$\{\{\s*parent\s*\.\s*inputs\s*\.\s*[^.\s{}]+\s*\}\}\s*$"
_FROM_STEP = r"^\s*\$\{\{\s*parent\s*\.\s*jobs\s*\.\s*[^.\s{}]+\s*\.\s*outputs\s*\.\s*[^.\s{}]+\s*\}\}\s*$"
_TO_OUTPUT = r"^\s*\$\{\{\s*parent\s*\.\s*outputs\s*\.\s*[^.\s{}]+\s*\}\}\s*$"
#: A text, a number or a truth: what a reader who wants a text takes as it was written.
_WRITTEN: Mapping[str, Any] = {"type": ["string", "number", "boolean"]}
_TEXT = {"type": [*_WRITTEN["type"], "null"]}
#: Numbers and truths may stand in quotes; a pattern is looked at for texts alone.
_QUOTED_NUMBER = r"^\s*[+-]?([0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)([eE][+-]?[0-9]+)?\s*$"
_QUOTED_FLAG = "^([tT][rR][uU][eE]|[fF][aA][lL][sS][eE])$"
_FLAG = {"type": ["boolean", "string", "null"], "pattern": _QUOTED_FLAG}
_DATA_TYPES = [each.value for each in InputType if each.is_data]

_KINDS: Mapping[ParameterKind, Mapping[str, Any]] = {
    ParameterKind.TEXT: _WRITTEN,
    ParameterKind.CODE: _WRITTEN,
    ParameterKind.INTEGER: {"type": ["integer", "string"], "pattern": _QUOTED_NUMBER},
    ParameterKind.NUMBER: {"type": ["number", "string"], "pattern": _QUOTED_NUMBER},
    ParameterKind.BOOLEAN: {"type": ["boolean", "string"], "pattern": _QUOTED_FLAG},
    ParameterKind.CHOICE: {"type": "string"},
    ParameterKind.COLUMN: _WRITTEN,
    ParameterKind.COLUMNS: {"type": ["string", "array", "object"]},
    ParameterKind.LIST: {"type": "array"},
    ParameterKind.ROWS: {"type": "array"},
    ParameterKind.MAPPING: {"type": "object"},
    ParameterKind.SECRET: _WRITTEN,
}

_WORDS = {
    "type": "What the file is: a pipeline.",
    "display_name": "What people call it.",
    "description": "What it is for.",
    "experiment_name": "The experiment that its runs belong to.",
    "inputs": "What is given to it when it is run.",
    "outputs": "Results that are kept as datasets.",
    "settings": "What holds for all steps that do not say otherwise.",
    "jobs": "The steps, each under its name.",
    "component": "What kind of step it is: the name of a component, or the path of a folder with a component.yaml.",
    "comment": "A remark of people.",
    "environment": "The environment that its script runs in.",
    "limits": "What the step may use.",
    "retry": "How often it is tried, and after which failures.",
    "reuse": "Whether an earlier outcome of the same step is taken; false where it reads a clock or the network.",
    "force_rerun": "Execute it although nothing changed.",
    "continue_on_step_failure": "Whether steps go on that do not depend on one that failed.",
    "default_environment": "The environment of steps that name none.",
    "path": "A file, a folder, an address, or azureml:NAME:VERSION, azureml:NAME@latest.",
    "read": "How a text file is read, as `--read1` of `transom run`: delimiter=;,header=no.",
    "default": "The value where none is said.",
    "value": "The value where none is said.",
    "optional": "Whether it may be left out.",
}


def pipeline_schema(components: Iterable[Component]) -> dict[str, Any]:
    """The schema (draft 07, which editors know best) of a file whose steps are of these components, or of a person's
    own ones.
    """
    listed = list(components)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A pipeline of Transom",
        **_object(
            WHOLE,
            {
                "$schema": {"type": "string"},
                "type": {"enum": ["pipeline", None]},
                "inputs": _named({"$ref": "#/definitions/input"}),
                "outputs": _named({"$ref": "#/definitions/output"}),
                "settings": {"$ref": "#/definitions/settings"},
                "jobs": {**_named({"$ref": "#/definitions/step"}), "minProperties": 1},
            },
        ),
        "required": ["jobs"],
        "definitions": _definitions(listed),
    }


def shipped_text() -> str:
    """What the shipped schema must be: that of the components that Transom has."""
    from transom.components import known

    schema = pipeline_schema(known.component(name) for name in known.names())
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def _definitions(components: list[Component]) -> dict[str, Any]:
    settings = {name: _FLAG for name in SETTINGS.keys if isinstance(getattr(PipelineSettings(), name), bool)}
    own = {f"inputs_of_{each.name}": _inputs_of(each) for each in components}
    return {
        "from_input": {"type": "string", "pattern": _FROM_INPUT, "description": "An input of the pipeline."},
        "from_step": {"type": "string", "pattern": _FROM_STEP, "description": "What another step hands on."},
        "to_output": {"type": "string", "pattern": _TO_OUTPUT, "description": "An output of the pipeline."},
        "data": {**_object(DATA, {"type": {"enum": [*_DATA_TYPES, None]}, "path": _WRITTEN}), "required": ["path"]},
        "input": {"anyOf": [{"type": ["string", "number", "boolean"]}, _input()]},
        "output": {"anyOf": [{"$ref": "#/definitions/from_step"}, {"type": "null"}, _object(OUTPUT, {})]},
        "settings": _object(SETTINGS, settings),
        "limits": _limits(),
        "retry": _retry(),
        "step": _step(components),
        **own,
    }


def _object(allowed: Allowed, properties: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping with just these keys; those that are not told further are texts, ignored ones anything."""
    told = {key: _worded(key, properties.get(key, _TEXT)) for key in allowed.keys}
    told |= {key: properties.get(key, True) for key in allowed.silent}
    told |= {key: {"description": "Azure's; it has no meaning here."} for key in allowed.ignored}
    return {"type": ["object", "null"], "properties": told, "additionalProperties": False}


def _worded(key: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    words = _WORDS.get(key)
    if words is None or "description" in schema:
        return dict(schema)
    if "$ref" in schema:  # draft 07 looks at nothing that stands beside a reference
        return {"description": words, "allOf": [dict(schema)]}
    return {"description": words, **schema}


def _named(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": ["object", "null"], "propertyNames": {"pattern": NAME}, "additionalProperties": dict(schema)}


def _input() -> dict[str, Any]:
    types = [each.value for each in InputType]
    properties = {"type": {"enum": [*types, None]}, "optional": _FLAG, "default": _TEXT, "value": _TEXT}
    return {**_object(INPUT, properties), "type": "object"}


def _limits() -> dict[str, Any]:
    def one(name: str) -> dict[str, Any]:
        said = "A count" if name in COUNTS else "Bytes, or a size such as 2GiB"
        said = "Seconds, or a time such as 10m" if name in SECONDS else said
        number = "number" if name in SECONDS else "integer"
        return {"description": f"{said}; none lifts it.", "type": [number, "string", "null"]}

    return _object(Allowed(LIMITS), {name: one(name) for name in LIMITS})


def _retry() -> dict[str, Any]:
    kinds = {"enum": list(FAILURES)}
    ways = [kinds, _list_of(kinds), {"type": "null"}]
    delay = "Seconds between two tries, or a time such as 1m."
    properties = {
        "attempts": {"description": "How often it is tried altogether.", "type": ["integer", "null"], "minimum": 1},
        "delay": {"description": delay, "type": ["number", "string", "null"]},
        "on": {"description": "After which failures; any, if none is named.", "anyOf": ways},
    }
    return _object(Allowed(tuple(properties)), properties)


def _list_of(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": dict(schema)}


def _step(components: list[Component]) -> dict[str, Any]:
    assert not any(is_reference(each.name) for each in components)
    names = [{"const": each.name, "title": each.title, "description": each.description} for each in components]
    path = {"type": "string", "pattern": r"^[./~]|/|\.[yY][aA]?[mM][lL]$", "description": "A component of yours."}
    properties = {
        "component": {"anyOf": [*names, path]},
        "type": {"enum": ["command", None]},
        "inputs": {"type": ["object", "null"]},
        "outputs": _named({"anyOf": [{"$ref": "#/definitions/to_output"}, _object(OUTPUT_OF_STEP, {})]}),
        "limits": {"$ref": "#/definitions/limits"},
        "retry": {"$ref": "#/definitions/retry"},
        "reuse": _FLAG,
        "force_rerun": _FLAG,
    }
    return {
        **_object(STEP, properties),
        "type": "object",
        "required": ["component"],
        "allOf": [_if(each) for each in components],
    }


def _if(component: Component) -> dict[str, Any]:
    """What holds for the steps of one component."""
    outputs = {port.name: {"description": f"{port.title}: {port.description}"} for port in component.outputs}
    must = [port.name for port in component.inputs if not port.optional]
    must += [each.name for each in component.parameters if each.is_required and each.relevant is None]
    then: dict[str, Any] = {
        "properties": {
            "inputs": {"$ref": f"#/definitions/inputs_of_{component.name}"},
            "outputs": {"properties": outputs, "additionalProperties": False},
        }
    }
    if must:
        then["required"] = ["inputs"]
    return {"if": {"properties": {"component": {"const": component.name}}, "required": ["component"]}, "then": then}


def _inputs_of(component: Component) -> dict[str, Any]:
    told = {port.name: _port(port) for port in component.inputs}
    told |= {each.name: _parameter(each) for each in component.parameters}
    must = [port.name for port in component.inputs if not port.optional]
    must += [each.name for each in component.parameters if each.is_required and each.relevant is None]
    kind: Any = "object" if must else ["object", "null"]
    schema: dict[str, Any] = {"type": kind, "properties": told, "additionalProperties": False}
    return {**schema, "required": must} if must else schema


def _port(port: Port) -> dict[str, Any]:
    ways: list[dict[str, Any]] = [{"type": "string"}, {"$ref": "#/definitions/data"}]
    what = "a table" if port.kind is PortKind.TABLE else "files"
    words = f"{port.description} It takes {what}: a path, a dataset, a binding."
    return {"title": port.title, "description": words, "anyOf": [*ways, *([{"type": "null"}] if port.optional else [])]}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    one: dict[str, Any] = dict(_KINDS[parameter.kind])
    if parameter.choices:
        one["enum"] = list(parameter.choices)
    if parameter.minimum is not None:
        one["minimum"] = parameter.minimum
    if parameter.maximum is not None:
        one["maximum"] = parameter.maximum
    ways = [one, {"$ref": "#/definitions/from_input"}]
    if parameter.name == SCRIPT and parameter.kind is ParameterKind.CODE:
        ways = [{"type": "string"}, _script()]
    if not parameter.is_required:
        ways.append({"type": "null"})
    told: dict[str, Any] = {"title": parameter.title, "description": parameter.description, "anyOf": ways}
    if not parameter.is_required and parameter.default is not None:
        told["default"] = list(parameter.default) if isinstance(parameter.default, tuple) else parameter.default
    return told


def _script() -> dict[str, Any]:
    """A script that says whether it is a path or a text."""
    properties = {"path": dict(_WRITTEN), "text": {"type": "string"}}
    return {"type": "object", "properties": properties, "additionalProperties": False, "minProperties": 1}


if __name__ == "__main__":
    SHIPPED.write_text(shipped_text(), "utf-8")
