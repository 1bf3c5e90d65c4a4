"""A pipeline that is written to a file is read as the same pipeline, whatever its texts hold."""

from __future__ import annotations

import math

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.flow.components import CATALOG, EVERY, FILES, SCRIPT, SPLIT

from transom.flow.file import pipeline_from
from transom.flow.file_written import written
from transom.model.components import ParameterKind
from transom.model.pipelines import (
    Data,
    FromInput,
    FromStep,
    InputType,
    Pipeline,
    PipelineInput,
    PipelineSettings,
    Retry,
    Step,
)
from transom.model.runs import FailureKind

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,12}", fullmatch=True)
ODD = ("", " ", "~", "null", "yes", "1.10", "0x1F", "2024-01-01", "a: b", "- a", "# a", "a\n", "\na", "  a\nb", "a\n\n")
ODD += (
    "\t",
    "a\tb\n",
    "a\r\nb",
    "\x85",
    "\u2028",
    "\ufeff",
    "\x00",
    "\ud800",
    "é",
    "😀\n😀",
    "'",
    '"',
    "{",
    "&a",
    "*a",
)
ODD += ("!x", "%x", "@x", "`x", "|", ">", "<<", "=", "...", "---", "? a", "a" * 300, "a " * 200, "x\n y\n", "\n", "\\n")
TEXTS = st.one_of(st.sampled_from(ODD), st.text(max_size=20), st.text(alphabet="ab \n\t:#-'\"{}[]\\", max_size=20))
TEXTS = TEXTS.filter(lambda text: "${{" not in text)
FILLED = TEXTS.filter(bool)
NUMBERS = st.one_of(st.integers(-(10**15), 10**15), st.floats(allow_nan=False, allow_infinity=False, width=64))
NUMBERS = NUMBERS.filter(lambda number: abs(number) < 2**62)
PLAIN = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
VALUES = {
    ParameterKind.INTEGER: st.integers(-(10**12), 10**12),
    ParameterKind.NUMBER: NUMBERS,
    ParameterKind.BOOLEAN: st.booleans(),
    ParameterKind.CHOICE: st.sampled_from(("x", "y")),
    ParameterKind.COLUMNS: st.one_of(TEXTS, st.lists(PLAIN, max_size=3), st.dictionaries(TEXTS, PLAIN, max_size=2)),
    ParameterKind.LIST: st.lists(PLAIN, max_size=4),
    ParameterKind.ROWS: st.lists(st.one_of(st.lists(PLAIN, max_size=3), st.dictionaries(TEXTS, PLAIN)), max_size=3),
    ParameterKind.MAPPING: st.dictionaries(TEXTS, PLAIN, max_size=3),
}
DATA = st.builds(Data, FILLED, TEXTS)
TYPES = {
    InputType.FILE: st.one_of(st.none(), DATA),
    InputType.FOLDER: st.one_of(st.none(), DATA),
    InputType.TABLE: st.one_of(st.none(), DATA),
    InputType.STRING: st.one_of(st.none(), TEXTS),
    InputType.NUMBER: st.one_of(st.none(), NUMBERS),
    InputType.INTEGER: st.one_of(st.none(), st.integers(-(10**15), 10**15)),
    InputType.BOOLEAN: st.one_of(st.none(), st.booleans()),
}


@st.composite
def pipeline_inputs(draw):
    kind = draw(st.sampled_from(list(TYPES)))
    return PipelineInput(kind, draw(TYPES[kind]), draw(TEXTS), draw(st.booleans()))


@st.composite
def steps(draw, inputs, before):
    """A step that is given data of its own, inputs of the pipeline, or what an earlier step hands on."""
    component = draw(st.sampled_from((SCRIPT, SPLIT, EVERY, FILES)))
    data = [name for name, each in inputs.items() if each.type.is_data]
    connected = {}
    for port in component.inputs:
        ways = [DATA, *([st.sampled_from(data).map(FromInput)] if data else [])]
        made = [FromStep(n, p.name) for n, s in before.items() for p in s.component.outputs if p.kind is port.kind]
        ways += [st.sampled_from(made)] if made else []
        if not port.optional or draw(st.booleans()):
            connected[port.name] = draw(st.one_of(ways))
    parameters = {}
    if component is EVERY:
        for each in draw(st.lists(st.sampled_from(EVERY.parameters), unique_by=lambda each: each.name)):
            value = st.one_of(st.none(), VALUES.get(each.kind, TEXTS))
            texts = [name for name, given in inputs.items() if given.type is InputType.STRING]
            is_text = each.kind in (ParameterKind.TEXT, ParameterKind.CODE, ParameterKind.COLUMN)
            bound = [st.sampled_from(texts).map(FromInput)] if texts and is_text else []
            parameters[each.name] = draw(st.one_of(value, *bound))
    if component is SCRIPT:
        parameters["script"] = draw(
            st.one_of(TEXTS, TEXTS.map(lambda text: f"def azureml_main():\n    '''{text}'''\n"))
        )
    return Step(
        component,
        connected,
        parameters,
        environment=draw(st.one_of(st.none(), FILLED)),
        limits=draw(st.dictionaries(st.sampled_from(("timeout", "cpu")), SECONDS, max_size=2))
        | draw(st.dictionaries(st.sampled_from(("memory", "disk", "processes")), st.integers(1, 2**50), max_size=3)),
        retry=draw(st.builds(Retry, st.integers(1, 9), st.floats(0, 1e6), st.lists(KINDS, max_size=2).map(tuple))),
        reuse=draw(st.sampled_from((None, True, False))),
        force_rerun=draw(st.booleans()),
        title=draw(TEXTS),
        comment=draw(TEXTS),
    )


SECONDS = st.one_of(st.floats(0.001, 1e9), st.just(math.inf))
KINDS = st.sampled_from([kind.value for kind in FailureKind if kind is not FailureKind.CANCELLED])


@st.composite
def pipelines(draw):
    inputs = draw(st.dictionaries(NAMES, pipeline_inputs(), max_size=3))
    made = {}
    for name in draw(st.lists(NAMES, min_size=1, max_size=3, unique=True)):
        made[name] = draw(steps(inputs, made))
    handed = [FromStep(name, port.name) for name, step in made.items() for port in step.component.outputs]
    return Pipeline(
        made,
        inputs,
        draw(st.dictionaries(NAMES, st.sampled_from(handed), max_size=2)),
        *(draw(TEXTS), draw(TEXTS), draw(TEXTS)),
        PipelineSettings(draw(st.booleans()), draw(st.booleans()), draw(st.one_of(st.none(), FILLED))),
    )


@given(pipelines())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_written_is_read_as_the_same_pipeline(tmp_path_factory, pipeline):
    text = written(pipeline)
    again = pipeline_from(text, tmp_path_factory.getbasetemp() / "p.yaml", CATALOG).pipeline
    assert again == pipeline
    assert list(again.steps) == list(pipeline.steps)
    assert repr(again) == repr(pipeline)
    assert written(again) == text
