"""How a pipeline is written as a file that is read as that pipeline again, whatever its texts hold."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Mapping
from typing import Any

from transom.flow.file_given import SCRIPT, is_code
from transom.flow.file_limits import COUNTS, SECONDS
from transom.flow.file_section import literal_type
from transom.model.pipelines import Data, FromInput, Pipeline, PipelineInput, PipelineSettings, Retry, Step
from transom.settings import bytes_from

#: A text that a block after `|` holds as it is: nothing invisible, no line that begins or ends with a blank first.
_PLAIN_LINES = re.compile(r"[\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\n]*\Z")
#: A text that stands without quotes, whoever reads it and between whatever braces; all others have some.
_BARE = re.compile(r"(?:\.{0,2}/)?[A-Za-z_](?:[\w./@+()%=-]|:(?=[\w/])| (?=[\w(]))*\Z|\d+[KMG]iB\Z", re.ASCII)
#: What some readers of YAML take for a truth or for nothing.
_TAKEN = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})
_UNITS = (("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024))
#: No line is broken: what is read again must be the same, and a diff is then about what changed.
_WIDTH = 2**31
_LONGEST_BARE = 120


def written(pipeline: Pipeline) -> str:
    """The text of its file. Paths stay as they are, so the file belongs into the folder where they begin.

    A script that was named by a path is written as that path; its text is then the file's.
    """
    return _emitted(_told(pipeline))


def _told(pipeline: Pipeline) -> dict[str, Any]:
    told: dict[str, Any] = {"type": "pipeline"}
    for key in ("display_name", "description", "experiment_name"):
        if getattr(pipeline, key):
            told[key] = getattr(pipeline, key)
    parts = {
        "inputs": {name: _input(each) for name, each in pipeline.inputs.items()},
        "settings": _settings(pipeline.settings),
        "jobs": {name: _step(each) for name, each in pipeline.steps.items()},
        "outputs": {name: str(each) for name, each in pipeline.outputs.items()},
    }
    return told | {key: part for key, part in parts.items() if part}


def _input(given: PipelineInput) -> Any:
    value = given.value
    is_short = not given.description and not given.optional
    if is_short and value is not None and literal_type(value) is given.type:
        return value
    told: dict[str, Any] = {"type": given.type.value}
    if isinstance(value, Data):
        told |= _data(value)
    elif value is not None:
        told["default"] = value
    return told | _without_empty({"description": given.description, "optional": given.optional})


def _without_empty(told: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in told.items() if value}


def _data(data: Data) -> dict[str, Any]:
    return {"path": data.path} | _without_empty({"read": data.read})


def _settings(settings: PipelineSettings) -> dict[str, Any]:
    default = PipelineSettings()
    return {
        key: getattr(settings, key)
        for key in PipelineSettings.__slots__
        if getattr(settings, key) != getattr(default, key)
    }


def _step(step: Step) -> dict[str, Any]:
    told: dict[str, Any] = {"component": step.component.name}
    told |= _without_empty({"display_name": step.title, "comment": step.comment})
    told |= _without_empty({"inputs": _given(step), "environment": step.environment})
    told |= _without_empty({"limits": {name: _limit(name, value) for name, value in step.limits.items()}})
    told |= _without_empty({"retry": _retry(step.retry)})
    if step.reuse is not None:
        told["reuse"] = step.reuse
    return told | _without_empty({"force_rerun": step.force_rerun})


def _given(step: Step) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, source in step.inputs.items():
        is_short = not isinstance(source, Data) or not source.read
        told[name] = (source.path if isinstance(source, Data) else str(source)) if is_short else _data(source)  # type: ignore[arg-type]
    for name, value in step.parameters.items():
        if isinstance(value, FromInput):
            told[name] = str(value)
        elif name == SCRIPT and isinstance(value, str):
            told[name] = _script(value, step.script_shown)
        else:
            told[name] = value
    return told


def _script(text: str, shown: str) -> Any:
    if shown:
        return {"path": shown} if is_code(shown) else shown
    return text if is_code(text) and text.strip() else {"text": text}


def _limit(name: str, value: float) -> Any:
    if math.isinf(value):
        return "none"
    if name in SECONDS or name in COUNTS or not isinstance(value, int):
        return value
    texts = (f"{value // size}{unit}" for unit, size in _UNITS if value % size == 0)
    return next((text for text in texts if bytes_from(text) == value), value)


def _retry(retry: Retry) -> dict[str, Any]:
    default = Retry()
    told: dict[str, Any] = {}
    if retry.attempts != default.attempts:
        told["attempts"] = retry.attempts
    if retry.delay != default.delay:
        told["delay"] = retry.delay
    return told | ({"on": list(retry.kinds)} if retry.kinds else {})


def _emitted(told: Mapping[str, Any]) -> str:
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt", pure=True)
    yaml.width = _WIDTH
    yaml.allow_unicode = True
    stream = io.StringIO()
    yaml.dump(_styled(told, 0), stream)
    return stream.getvalue()


#: From this depth on (what a step is given) small mappings and lists stand in one line.
_FLOW_DEPTH = 4


def _styled(value: Any, depth: int) -> Any:
    """The value as it is emitted: texts of several lines as blocks, what could be mistaken in quotes."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    if isinstance(value, str):
        return _text(value)
    if not isinstance(value, (Mapping, list, tuple)):
        return value
    made: Any = (
        CommentedMap({_text(key): _styled(each, depth + 1) for key, each in value.items()})
        if isinstance(value, Mapping)
        else CommentedSeq([_styled(each, depth + 1) for each in value])
    )
    if depth >= _FLOW_DEPTH:
        made.fa.set_flow_style()
    return made


def _text(text: str) -> str:
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

    if "\n" in text and _is_block(text):
        block: str = LiteralScalarString(text)
        return block
    is_bare = _BARE.match(text) and text.lower() not in _TAKEN and len(text) < _LONGEST_BARE
    quoted: str = text if is_bare else DoubleQuotedScalarString(text)
    return quoted


def _is_block(text: str) -> bool:
    first = text.lstrip("\n")
    return bool(_PLAIN_LINES.match(text)) and first == text and not text.startswith(" ") and bool(text.strip())
