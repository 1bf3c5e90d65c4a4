"""What a picture of a pipeline shows: a box for each step, input and output, its texts, and where its ports lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from transom.flow.drawing_signs import columns, cut
from transom.model.components import PortKind
from transom.model.pipelines import Connected, Data, FromInput, FromStep, Pipeline, Step

STEP, OUTSIDE = "step", "outside"
_TITLE_LETTER, _SMALL_LETTER = 7.6, 6.1
_LONGEST_TITLE, _LONGEST_PORT = 32, 22
_PADDING = 16.0
_PORT_GAP = 14.0
_LEAST = 150.0
_HEIGHT, _LABELS, _OUTSIDE_HEIGHT = 48.0, 16.0, 30.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A port of a box: `offset` is how far right of the box's middle it lies, in pixels."""

    name: str
    title: str
    offset: float


@dataclass(frozen=True, slots=True)
class Box:
    """What is drawn for a step, or for what comes from outside and leaves; sizes are in pixels."""

    name: str
    kind: str
    title: str
    below_title: str
    hint: str
    group: str
    width: float
    height: float
    inputs: dict[str, Mark]
    outputs: dict[str, Mark]


@dataclass(frozen=True, slots=True)
class Wire:
    """A connection from an output of a box to an input of another."""

    source: str
    output: str
    target: str
    input: str


def boxes_of(pipeline: Pipeline) -> dict[str, Box]:
    """The boxes by a name of their own, each after those that lead to it."""
    made = {}
    sources = [source for step in pipeline.steps.values() for source in _tables(step).values()]
    for source in dict.fromkeys(each for each in sources if not isinstance(each, FromStep)):
        made[_source_name(source)] = _outside(_source_name(source), *_told_of_source(pipeline, source), has_output=True)
    for name in pipeline.order:
        made[f"step {name}"] = _step(name, pipeline.steps[name])
    for name in pipeline.outputs:
        made[f"output {name}"] = _outside(f"output {name}", name, "output of the pipeline", has_output=False)
    return made


def wires_of(pipeline: Pipeline) -> list[Wire]:
    """All connections between boxes."""
    wires = []
    for name, step in pipeline.steps.items():
        for port, source in _tables(step).items():
            output = source.port if isinstance(source, FromStep) else ""
            wires.append(Wire(_source_name(source), output, f"step {name}", port))
    for name, end in pipeline.outputs.items():
        wires.append(Wire(f"step {end.step}", end.port, f"output {name}", ""))
    return wires


def _tables(step: Step) -> dict[str, Connected]:
    """What a step is connected to, but for files that lie beside its script, which are told in words."""
    return {
        port: source for port, source in step.inputs.items() if isinstance(source, FromStep) or _is_table(step, port)
    }


def _is_table(step: Step, port: str) -> bool:
    found = step.component.input(port)
    return found is not None and found.kind is PortKind.TABLE


def _source_name(source: Connected) -> str:
    if isinstance(source, FromStep):
        return f"step {source.step}"
    return f"input {source.name}" if isinstance(source, FromInput) else f"data {source.path} {source.read}"


def _told_of_source(pipeline: Pipeline, source: Connected) -> tuple[str, str]:
    if isinstance(source, FromInput):
        value = pipeline.inputs[source.name].value
        return source.name, value.path if isinstance(value, Data) else "input of the pipeline"
    assert isinstance(source, Data)
    return source.path, "data"


def _outside(name: str, title: str, hint: str, *, has_output: bool) -> Box:
    shown = cut(title, _LONGEST_TITLE)
    mark = {"": Mark("", hint, 0.0)}
    width = max(columns(shown) * _SMALL_LETTER * 1.1 + 2 * _PADDING, 70.0)
    ports = ({}, mark) if has_output else (mark, {})
    return Box(name, OUTSIDE, shown, "", f"{title}: {hint}", "", width, _OUTSIDE_HEIGHT, *ports)


def _step(name: str, step: Step) -> Box:
    component = step.component
    title = cut(step.title or name, _LONGEST_TITLE)
    below = cut(component.title, _LONGEST_TITLE)
    inputs = [(port.name, port.title) for port in component.inputs if port.name in _tables(step)]
    outputs = [(port.name, port.title) for port in component.outputs]
    texts = max(columns(title) * _TITLE_LETTER, columns(below) * _SMALL_LETTER) + 2 * _PADDING
    width = max(_LEAST, texts, _room(inputs), _room(outputs))
    labels = _LABELS * (bool(inputs) + bool(outputs))
    return Box(
        f"step {name}",
        STEP,
        title,
        below,
        _hint(name, step),
        component.category,
        width,
        _HEIGHT + labels,
        _marks(inputs, width),
        _marks(outputs, width),
    )


def _hint(name: str, step: Step) -> str:
    said = [f"{name}: {step.component.title}"]
    if step.script_shown:
        said.append(f"script {step.script_shown}")
    files = [source for port, source in step.inputs.items() if port not in _tables(step)]
    said += [f"files {source.path if isinstance(source, Data) else source}" for source in files]
    return ", ".join(said)


def _room(ports: Sequence[tuple[str, str]]) -> float:
    widest = max((columns(cut(name, _LONGEST_PORT)) for name, _ in ports), default=0)
    return len(ports) * (widest * _SMALL_LETTER + _PORT_GAP)


def _marks(ports: Sequence[tuple[str, str]], width: float) -> dict[str, Mark]:
    """The ports side by side, each in the middle of its share of the width."""
    share = width / max(len(ports), 1)
    return {
        name: Mark(cut(name, _LONGEST_PORT), title, (number + 0.5) * share - width / 2)
        for number, (name, title) in enumerate(ports)
    }
