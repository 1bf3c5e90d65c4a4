"""Whatever stands in a file, reading it gives a pipeline or says what is wrong; nothing else ever happens."""

from __future__ import annotations

import contextlib
import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.flow.components import CATALOG
from tests.flow.test_component_file import SCORE
from tests.flow.test_file import CARS, CODE

from transom.errors import NotThere
from transom.flow.component_file import component_at
from transom.flow.file import pipeline_from
from transom.flow.file_problems import PipelineInvalid
from transom.flow.file_written import written
from transom.flow.file_yaml import document_of

MORE = """
  every:
    component: every
    inputs: {dataset: {path: x.csv, read: header=no}, a_rows: [[1, a]], a_columns: {by: name}, a_choice: x}
    outputs: {made: "${{parent.outputs.rows}}"}
    retry: {attempts: 2, delay: 1, on: [timed_out]}
    reuse: true
"""
WHOLE = document_of(CARS.replace("\noutputs:", MORE + "outputs:\n  rows: {type: mltable}"), Path("p.yaml")).value
COMPONENT = document_of(SCORE, Path("component.yaml")).value
WORDS = [
    "",
    "x",
    "${{",
    "${{}}",
    "${{parent.inputs.cars}}",
    "${{parent.jobs.clean.outputs.result_dataset}}",
    "none",
    ".",
]
WORDS += [
    "${{parent.outputs.train}}",
    "./",
    "/",
    "~nobody/x",
    "a\0b",
    "\ud800",
    "x" * 5000,
    "1e999",
    "split",
    "..",
    "-1",
]
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.sampled_from([0, -1, 10**400, 1.5, float("inf"), float("nan")]),
        st.sampled_from(WORDS),
        st.text(max_size=5),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(WORDS[:8]), inner, max_size=2)
    ),
    max_leaves=4,
)


def places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place, *(each for key, one in inner for each in places(one, (*place, key)))]


@st.composite
def damaged(draw: st.DrawFn, whole: Any) -> Any:
    """The file with one or two values that are others, or that stand under another key."""
    made = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 2))):
        place = draw(st.sampled_from(places(made)))
        if not place:
            return draw(VALUES)
        parent = made
        for key in place[:-1]:
            parent = parent[key]
        if isinstance(parent, dict) and draw(st.booleans()):
            parent[draw(st.sampled_from([*WORDS, "inputs", "outputs", "type", "path", "component", "on"]))] = (
                parent.pop(place[-1])
            )
        else:
            parent[place[-1]] = draw(VALUES)
    return made


def text_of(value: Any) -> str:
    return json.dumps(value).replace("Infinity", ".inf").replace("NaN", ".nan")


@given(damaged(WHOLE))
@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_damaged_file_is_a_pipeline_or_is_told_with_its_place(tmp_path_factory, value):
    folder = tmp_path_factory.getbasetemp()
    (folder / "clean.py").write_text(CODE)
    try:
        pipeline = pipeline_from(text_of(value), folder / "p.yaml", CATALOG).pipeline
    except PipelineInvalid as wrong:
        told = wrong.problems
    else:
        told = ()
        assert pipeline_from(written(pipeline), folder / "p.yaml", CATALOG).pipeline == pipeline
    assert all(each.line >= 1 and each.column >= 1 and len(each.text) < 2_000 for each in told)


@given(damaged(COMPONENT))
@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_damaged_component_is_one_or_is_told_with_its_place(tmp_path_factory, value):
    folder = tmp_path_factory.getbasetemp() / "score"
    folder.mkdir(exist_ok=True)
    (folder / "score.py").write_text(CODE)
    (folder / "component.yaml").write_text(text_of(value))
    with contextlib.suppress(PipelineInvalid):
        component_at("./score", folder.parent)


@given(st.text(alphabet="ab:{}[]-#&*!|>'\"%@`$ \n\t,?~<.1\x85\ufeff", max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_is_told_what_is_wrong_with_it(text):
    with contextlib.suppress(PipelineInvalid, NotThere):
        pipeline_from(text, Path("p.yaml"), CATALOG)


@given(st.integers(0, len(CARS)), st.text(alphabet="ab:{}[]-#&*!|>'\"$ \n\t,?", max_size=3), st.integers(0, 5))
@settings(max_examples=300, deadline=None)
def test_a_slip_of_the_hand_is_told_with_its_place(at, typed, gone):
    with contextlib.suppress(PipelineInvalid):
        pipeline_from(CARS[:at] + typed + CARS[at + gone :], Path("p.yaml"), CATALOG)
