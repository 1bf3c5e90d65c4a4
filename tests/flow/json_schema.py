"""As much of JSON Schema (draft 07) as the schema of the pipeline file uses: what of a document it does not allow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
KNOWN = {
    "$schema", "$ref", "title", "description", "default", "definitions", "type", "properties", "additionalProperties",
    "required", "propertyNames", "minProperties", "anyOf", "allOf", "enum", "const", "pattern", "items", "minimum",
    "maximum", "if", "then",
}  # fmt: skip


def faults(schema: Any, value: Any, root: dict[str, Any] | None = None, at: str = "") -> Iterator[str]:
    """What is wrong with the value, each as `PLACE: KEYWORD`; KeyError for a keyword that is not known here."""
    root = schema if root is None else root
    if isinstance(schema, bool):
        yield from [] if schema else [f"{at}: not allowed"]
        return
    for keyword in schema.keys() - KNOWN:
        raise KeyError(keyword)
    if "$ref" in schema:
        yield from faults(root["definitions"][schema["$ref"].removeprefix("#/definitions/")], value, root, at)
        return
    yield from (f"{at}: {keyword}" for keyword in _plain(schema, value))
    if isinstance(value, dict):
        yield from _object(schema, value, root, at)
    if isinstance(value, list) and "items" in schema:
        for number, each in enumerate(value):
            yield from faults(schema["items"], each, root, f"{at}/{number}")
    yield from _combined(schema, value, root, at)


def _combined(schema: dict[str, Any], value: Any, root: dict[str, Any], at: str) -> Iterator[str]:
    for each in schema.get("allOf", ()):
        yield from faults(each, value, root, at)
    if "anyOf" in schema and all(list(faults(each, value, root)) for each in schema["anyOf"]):
        yield f"{at}: anyOf"
    if "if" in schema and not list(faults(schema["if"], value, root)):
        yield from faults(schema["then"], value, root, at)


def _plain(schema: dict[str, Any], value: Any) -> Iterator[str]:
    kinds = schema.get("type", [])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if kinds and not any(_is(kind, value) for kind in kinds):
        yield "type"
    if "const" in schema and value != schema["const"]:
        yield "const"
    if "enum" in schema and value not in schema["enum"]:
        yield "enum"
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        yield "pattern"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if value < schema.get("minimum", value):
            yield "minimum"
        if value > schema.get("maximum", value):
            yield "maximum"


def _is(kind: str, value: Any) -> bool:
    if kind in ("number", "integer"):
        return isinstance(value, (int, float) if kind == "number" else int) and not isinstance(value, bool)
    return isinstance(value, TYPES[kind])


def _object(schema: dict[str, Any], value: dict[str, Any], root: dict[str, Any], at: str) -> Iterator[str]:
    properties = schema.get("properties", {})
    if len(value) < schema.get("minProperties", 0):
        yield f"{at}: minProperties"
    yield from (f"{at}: required {name}" for name in schema.get("required", ()) if name not in value)
    for name, each in value.items():
        if "propertyNames" in schema:
            yield from faults(schema["propertyNames"], name, root, f"{at}/{name}")
        inner = properties.get(name, schema.get("additionalProperties", True))
        yield from faults(inner, each, root, f"{at}/{name}")
