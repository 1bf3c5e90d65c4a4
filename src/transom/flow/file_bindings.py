"""How a binding is written: `${{parent.inputs.X}}`, `${{parent.jobs.STEP.outputs.PORT}}`, `${{parent.outputs.X}}`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from transom.model.pipelines import FromInput, FromStep

_BINDING = re.compile(r"\s*\$\{\{(?P<way>.*)\}\}\s*\Z", re.DOTALL)
_NAME = r"([^.\s{}]+)"
_INPUT = re.compile(rf"\s*parent\s*\.\s*inputs\s*\.\s*{_NAME}\s*\Z")
_STEP = re.compile(rf"\s*parent\s*\.\s*jobs\s*\.\s*{_NAME}\s*\.\s*outputs\s*\.\s*{_NAME}\s*\Z")
_OUTPUT = re.compile(rf"\s*parent\s*\.\s*outputs\s*\.\s*{_NAME}\s*\Z")
#: What lacks a brace or the sign before it: `{{parent.inputs.x}}`, `${parent.inputs.x}`.
_NEARLY = re.compile(r"\s*(?:\{\{|\$\{(?!\{)|\$\{\{(?!.*\}\}))\s*parent\b")
_LONGEST = 2_000

#: What a binding can be, for whoever wrote another one.
FORMS = "Write `${{parent.inputs.NAME}}` or `${{parent.jobs.STEP.outputs.PORT}}`."


class NoBinding(ValueError):
    """It is between `${{` and `}}` and is none of the bindings; the text says what may have been meant."""


@dataclass(frozen=True, slots=True)
class ToOutput:
    """What a step hands on becomes an output of the pipeline: `${{parent.outputs.NAME}}`."""

    name: str


def binding_of(text: object) -> FromInput | FromStep | ToOutput | None:
    """The binding that a text is; None for any other value. Raises NoBinding for one that is not understood."""
    if not isinstance(text, str) or "${{" not in text:
        return None
    found = _BINDING.match(text) if len(text) < _LONGEST else None
    if found is None or "${{" in found["way"]:
        return None
    way = found["way"]
    if match := _INPUT.match(way):
        return FromInput(match[1])
    if match := _STEP.match(way):
        return FromStep(match[1], match[2])
    if match := _OUTPUT.match(way):
        return ToOutput(match[1])
    raise NoBinding(_meant(way))


def nearly_binding(text: str) -> bool:
    """Whether a text that is no binding was meant to be one; no path begins so."""
    return bool(_NEARLY.match(text))


def _meant(way: str) -> str:
    """What a binding that is not understood may have been meant to be."""
    parts = [part.strip() for part in way.split(".")]
    if parts and parts[0] in ("inputs", "jobs", "outputs"):
        return "Begin it with `parent.`: `${{parent." + ".".join(parts) + "}}`."
    if parts[:2] == ["parent", "jobs"] and len(parts) == 4:
        return "Did you mean `${{parent.jobs." + f"{parts[2]}.outputs.{parts[3]}" + "}}`?"
    return FORMS
