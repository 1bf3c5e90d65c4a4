"""A job and an outcome survive to JSON and back, whatever a script measured, said or is called."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transom.model.outcomes import NoDocument, job_document, job_of, outcome_document, outcome_of
from transom.model.policies import Enforced, Network, Policy
from transom.model.runs import (
    Cause,
    ChildRun,
    Column,
    Failure,
    FailureKind,
    Frame,
    GivenFiles,
    Job,
    KeptFile,
    Limits,
    NativeJob,
    Outcome,
    Result,
    Seconds,
    Status,
    TableShape,
    UsedEnvironment,
)

TEXT = st.text(st.characters(), max_size=8) | st.sampled_from(["$number", "$object", "nan", "", "\udcff", "\0"])
NUMBER = st.integers(-(2**70), 2**70) | st.floats()
LEAF = st.none() | st.booleans() | NUMBER | TEXT
FREE = st.recursive(
    LEAF, lambda below: st.lists(below, max_size=3) | st.dictionaries(TEXT, below, max_size=3), max_leaves=8
)
SOMETIMES_TEXT = st.none() | TEXT
FRAMES = st.lists(st.builds(Frame, TEXT, st.integers(0), TEXT, TEXT), max_size=2).map(tuple)
FAILURES = st.builds(
    Failure,
    st.sampled_from(FailureKind),
    TEXT,
    type=SOMETIMES_TEXT,
    line=st.none() | st.integers(1, 9),
    frames=FRAMES,
    causes=st.lists(st.builds(Cause, TEXT, TEXT, FRAMES), max_size=2).map(tuple),
    remedy=SOMETIMES_TEXT,
    exit_code=st.none() | st.integers(-9, 9),
)
SHAPES = st.builds(
    TableShape,
    st.integers(0),
    st.lists(st.builds(Column, TEXT, TEXT), max_size=3).map(tuple),
    st.lists(SOMETIMES_TEXT, max_size=2).map(tuple),
)
METRICS = st.dictionaries(TEXT, FREE, max_size=3)
TAGS = st.dictionaries(TEXT, SOMETIMES_TEXT, max_size=2)
ENVIRONMENTS = st.builds(UsedEnvironment, TEXT, TEXT, TEXT, TEXT, SOMETIMES_TEXT)
OUTCOMES = st.builds(
    Outcome,
    st.sampled_from(Status),
    failure=st.none() | FAILURES,
    results=st.dictionaries(TEXT, st.builds(Result, SHAPES, TEXT), max_size=3),
    files=st.lists(st.builds(KeptFile, TEXT, TEXT, st.integers(0), TEXT), max_size=2).map(tuple),
    metrics=METRICS,
    tags=TAGS,
    warnings=st.lists(TEXT, max_size=2).map(tuple),
    seconds=st.builds(Seconds, *(st.floats(0) for _ in range(5))),
    environment=st.none() | ENVIRONMENTS,
    installed=st.lists(st.tuples(TEXT, TEXT), max_size=2).map(tuple),
    confinement=st.none()
    | st.builds(Enforced, st.sampled_from(Policy), st.sampled_from(Network), st.lists(TEXT, max_size=2).map(tuple)),
    properties=TAGS,
    children=st.lists(st.builds(ChildRun, TEXT, TEXT, TEXT, METRICS, TAGS), max_size=2).map(tuple),
    peak_memory=st.none() | st.integers(0),
)
OUTCOME = Outcome(Status.SUCCEEDED)
JOB = Job("r.s", "a" * 64, "clean.py", UsedEnvironment("current", "3.13", "b" * 64, "/env/bin/python"))


def sent(document: dict[str, Any]) -> dict[str, Any]:
    """What arrives of a document that is written as JSON has it, with nothing that only Python knows."""
    arrived: dict[str, Any] = json.loads(json.dumps(document, allow_nan=False))
    return arrived


@given(OUTCOMES)
def test_an_outcome_survives_to_json_and_back(outcome: Outcome) -> None:
    assert repr(outcome_of(sent(outcome_document(outcome)))) == repr(outcome)  # NaN is not equal to itself


@given(st.dictionaries(st.sampled_from(["share", "names", "rows"]), FREE))
def test_a_job_survives_to_json_and_back(parameters: dict[str, Any]) -> None:
    job = replace(
        JOB,
        ports=("left", "right", "more"),
        datasets={"left": "c" * 64},
        files={"more": GivenFiles("d" * 64, "notes.txt")},
        parameters=parameters,
        outputs=("train", "test"),
        limits=Limits(timeout=1.5, memory=2**31),
        packages=("humanize",),
    )
    assert repr(job_of(sent(job_document(job)))) == repr(job)
    native = NativeJob("r.s", "split_data", ("one", "two"), {"dataset": "c" * 64}, parameters, Limits(timeout=3))
    assert repr(job_of(sent(job_document(native)))) == repr(native)


def test_a_script_of_two_tables_survives_as_one() -> None:
    assert job_of(sent(job_document(JOB))) == JOB


def test_what_a_newer_transom_says_beside_is_passed_over_and_what_is_not_said_has_its_default() -> None:
    told = {**outcome_document(OUTCOME), "colour": "red"}
    del told["children"], told["peak_memory"]
    assert outcome_of(told) == OUTCOME


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "splendid"},
        {"status": None},
        {"failure": {"kind": "script_error"}},
        {"results": [1]},
        {"results": {"x": {"shape": {"rows": "7", "columns": []}, "digest": ""}}},
        {"warnings": "one"},
        {"warnings": [1]},
        {"metrics": {"x": {"$number": "seven"}}},
        {"metrics": {"$object": 3}},
        {"installed": [["a", "b", "c"]]},
        {"peak_memory": True},
        {"seconds": 3},
    ],
)
def test_what_is_no_outcome_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(NoDocument):
        outcome_of({**outcome_document(OUTCOME), **changed})


@pytest.mark.parametrize("told", [{}, {"kind": "dance"}, {"kind": "script"}, {**job_document(JOB), "outputs": ["x"]}])
def test_what_is_no_job_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(NoDocument):
        job_of(told)


def test_a_value_that_json_lacks_is_not_written_as_another() -> None:
    with pytest.raises(TypeError):
        outcome_document(replace(OUTCOME, metrics={"when": object()}))
    with pytest.raises(TypeError):
        outcome_document(replace(OUTCOME, metrics={"counts": {1: 2}}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"ports": ("a", "a")},
        {"ports": ("a",), "parameters": {"a": 1}},
        {"ports": ("a/b",)},
        {"ports": ("x" * 201,)},
        {"ports": (), "outputs": ("../x",)},
        {"ports": ("a",), "datasets": {"b": ""}},
        {"ports": ("a",), "datasets": {"a": ""}, "files": {"a": GivenFiles("")}},
        {"parameters": {"a": 1}},
        {"outputs": ("one",)},
    ],
)
def test_a_job_whose_names_cannot_be_keywords_or_files_is_not_made(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        replace(JOB, **wrong)
