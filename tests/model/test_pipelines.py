"""A pipeline that could not be executed, or not be written down, cannot be made."""

from __future__ import annotations

import datetime
import itertools
import math
import time

import pytest
from tests.flow.components import EVERY, FILES, SCRIPT, SPLIT

from transom.model.pipelines import (
    Data,
    FromInput,
    FromStep,
    InputType,
    Pipeline,
    PipelineInput,
    PipelineWrong,
    Retry,
    Step,
)

X = {"dataset": Data("x.csv")}
CODE = "def azureml_main(a):\n    return a\n"


def a_split(source: object = None, **more: object) -> Step:
    return Step(SPLIT, {"dataset": source or Data("x.csv")}, **more)  # type: ignore[arg-type, dict-item]


def a_chain(*names: str, **inputs: PipelineInput) -> Pipeline:
    """Steps that are each given the first part of the one before."""
    steps = {names[0]: a_split()}
    for before, name in itertools.pairwise(names):
        steps[name] = a_split(FromStep(before, "part1"))
    return Pipeline(steps, inputs)


WRONG = {
    "no step": (lambda: Pipeline({}), ("jobs",), "has no step", ""),
    "a name with a dash": (lambda: Pipeline({"a-b": a_split()}), ("jobs", "a-b"), "cannot name a step", ""),
    "a name with a line end": (lambda: Pipeline({"a\n": a_split()}), ("jobs", "a\n"), "cannot name a step", ""),
    "a long name": (lambda: Pipeline({"a" * 256: a_split()}), ("jobs", "a" * 256), "cannot name a step", ""),
    "a date": (lambda: Pipeline({"e": Step(EVERY, {}, {"a_list": [datetime.date(2024, 1, 1)]})}), ("jobs", "e", "inputs", "a_list"), "is a date", ""),
    "no number to count with": (lambda: Pipeline({"e": Step(EVERY, {}, {"a_list": [math.nan]})}), ("jobs", "e", "inputs", "a_list"), "none to count with", ""),
    "a key that is a number": (lambda: Pipeline({"e": Step(EVERY, {}, {"a_list": [{1: 2}]})}), ("jobs", "e", "inputs", "a_list"), "the key 1", ""),
    "a binding as a text": (lambda: Pipeline({"s": a_split(parameters={"seed": "${{parent.inputs.x}}"})}), ("jobs", "s", "inputs", "seed"), "no binding", ""),
    "a script that is a binding": (lambda: Pipeline({"s": Step(SCRIPT, {}, {"script": "${{parent.inputs.x}}"})}), ("jobs", "s", "inputs", "script"), "no binding", ""),
    "a table at a parameter": (lambda: Pipeline({"s": a_split(parameters={"seed": FromStep("s", "part1")})}), ("jobs", "s", "inputs", "seed"), "is a parameter", ""),
    "a path at no port": (lambda: Pipeline({"s": Step(SPLIT, {**X, "datset": Data("y")})}), ("jobs", "s", "inputs", "datset"), "no input datset", "dataset"),
    "an empty path": (lambda: Pipeline({"s": a_split(Data(""))}), ("jobs", "s", "inputs", "dataset"), "empty path", ""),
    "the path of no text": (lambda: Pipeline({"s": a_split(script_shown="x.py")}), ("jobs", "s"), "not its text", ""),
    "an unknown limit": (lambda: Pipeline({"s": a_split(limits={"memroy": 1})}), ("jobs", "s", "limits", "memroy"), "no limit memroy", "memory"),
    "a limit of nothing": (lambda: Pipeline({"s": a_split(limits={"memory": 0})}), ("jobs", "s", "limits", "memory"), "above 0", ""),
    "a limit that is no number": (lambda: Pipeline({"s": a_split(limits={"memory": "2GiB"})}), ("jobs", "s", "limits", "memory"), "above 0", ""),
    "no attempt": (lambda: Pipeline({"s": a_split(retry=Retry(0))}), ("jobs", "s", "retry", "attempts"), "from 1", ""),
    "a delay before now": (lambda: Pipeline({"s": a_split(retry=Retry(2, -1))}), ("jobs", "s", "retry", "delay"), "from 0", ""),
    "a cancelled one tried again": (lambda: Pipeline({"s": a_split(retry=Retry(2, 0, ("cancelled",)))}), ("jobs", "s", "retry", "on"), "no kind of failure", ""),
    "a number that is a text": (lambda: a_chain("a", i=PipelineInput(InputType.NUMBER, "1")), ("inputs", "i"), "of the type number", ""),
    "a number that is a truth": (lambda: a_chain("a", i=PipelineInput(InputType.INTEGER, True)), ("inputs", "i"), "of the type integer", ""),
    "a file that is a text": (lambda: a_chain("a", i=PipelineInput(InputType.FILE, "x.csv")), ("inputs", "i"), "is no path", ""),
    "an output of no step": (lambda: Pipeline({"s": a_split()}, {}, {"o": FromStep("t", "part1")}), ("outputs", "o"), "no step t", ""),
    "an output of no port": (lambda: Pipeline({"s": a_split()}, {}, {"o": FromStep("s", "part")}), ("outputs", "o"), "hands on part1, part2", "part2"),
    "an input that is not said": (lambda: Pipeline({"s": a_split(FromInput("x"))}), ("jobs", "s", "inputs", "dataset"), "no input x", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_with_its_place(name):
    make, place, sentence, near = WRONG[name]
    with pytest.raises(PipelineWrong) as raised:
        make()
    assert raised.value.place == place
    assert sentence in raised.value.problem
    assert raised.value.near == near


def test_values_that_never_end_are_refused():
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(PipelineWrong, match="deep"):
        Pipeline({"e": Step(EVERY, {}, {"a_list": endless})})


def test_a_cycle_is_told_with_the_connection_that_closes_it():
    steps = {
        "a": a_split(FromStep("c", "part1")),
        "b": a_split(FromStep("a", "part1")),
        "c": a_split(FromStep("b", "part2")),
    }
    steps["below"] = a_split(FromStep("c", "part1"))
    with pytest.raises(PipelineWrong, match="wait for each other") as raised:
        Pipeline(steps)
    assert raised.value.place[0] == "jobs"
    assert "below" not in raised.value.problem


def test_a_script_may_hold_what_looks_like_a_binding():
    text = "def azureml_main(a):\n    print(f'${{{a}}}')\n"
    assert Pipeline({"s": Step(SCRIPT, {}, {"script": text})}).steps["s"].parameters["script"] == text


def test_tuples_are_lists_as_in_a_file():
    assert Step(EVERY, {}, {"a_rows": ((1, 2), {"x": (3,)})}).parameters == {"a_rows": [[1, 2], {"x": [3]}]}


def test_steps_come_after_those_that_give_to_them_and_else_as_they_were_written():
    steps = {"z": a_split(FromStep("m", "part1")), "b": a_split(), "m": a_split(), "a": a_split(FromStep("z", "part1"))}
    assert Pipeline(steps).order == ("b", "m", "z", "a")


def test_above_and_below_are_all_that_are_connected_however_far():
    pipeline = a_chain("a", "b", "c", "d")
    assert pipeline.below("c") == {"c", "d"}
    assert pipeline.above("c") == {"a", "b", "c"}


def test_a_parameter_of_a_missing_input_waits_for_the_run():
    inputs = {"seed": PipelineInput(InputType.INTEGER)}
    Pipeline({"s": a_split(parameters={"seed": FromInput("seed")})}, inputs)
    with pytest.raises(PipelineWrong, match="whole number"):
        Pipeline({"s": a_split(parameters={"seed": FromInput("seed")})}, {"seed": PipelineInput(InputType.NUMBER, 0.5)})


def test_files_and_tables_are_not_connected():
    steps = {"p": Step(FILES, X), "s": Step(SCRIPT, {"script_bundle": FromStep("p", "files")}, {"script": CODE})}
    Pipeline(steps)
    with pytest.raises(PipelineWrong, match="hands on files at files, and dataset takes a table"):
        Pipeline({"p": Step(FILES, X), "s": a_split(FromStep("p", "files"))})


def test_a_thousand_steps_are_checked_in_a_moment():
    names = [f"s{number}" for number in range(1000)]
    began = time.perf_counter()
    pipeline = a_chain(*names)
    assert len(pipeline.below("s0")) == len(pipeline.order) == 1000
    assert time.perf_counter() - began < 1
