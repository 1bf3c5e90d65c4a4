"""A plan starts each step once, when all above it ended well, and skips what can never start; it is never slow."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.flow.components import port

from transom.flow.plan import Plan, Selection
from transom.model.components import Component
from transom.model.pipelines import FromStep, Pipeline, Step

GOOD = ("succeeded", "reused")
#: Takes from so many steps as there are ports.
TAKES = 400
COMPONENT = Component(
    "join",
    "Join",
    "Joins tables.",
    "Tables",
    tuple(port(f"in{number}", optional=True) for number in range(TAKES)),
    (port("made"),),
)


def pipeline(**above: str) -> Pipeline:
    """A pipeline of steps, each with those above it: `pipeline(a="", b="a", c="a b")`."""
    return graph({name: names.split() for name, names in above.items()})


def graph(above: dict[str, Sequence[str]]) -> Pipeline:
    steps = {}
    for name, names in above.items():
        steps[name] = Step(COMPONENT, {f"in{place}": FromStep(other, "made") for place, other in enumerate(names)})
    return Pipeline(steps)


def plan(made: Pipeline, go_on: bool = True) -> Plan:
    return Plan(made, frozenset(made.steps), go_on)


DIAMOND = pipeline(top="", left="top", right="top", bottom="left right", alone="")


def test_a_step_starts_when_all_above_it_ended_well() -> None:
    going = plan(DIAMOND)
    assert going.ready() == ["top", "alone"]
    assert going.ready() == []
    assert going.ended("top", "reused") == []
    assert going.ready() == ["left", "right"]
    assert going.ended("left", "succeeded") == []
    assert going.ready() == []
    assert going.left() == ["right", "bottom", "alone"]
    going.ended("right", "succeeded")
    assert going.ready() == ["bottom"]
    going.ended("bottom", "succeeded")
    assert not going.is_over
    going.ended("alone", "succeeded")
    assert going.is_over
    assert going.left() == []


def test_the_longest_way_below_is_first_then_the_order_of_the_file() -> None:
    made = pipeline(short="", long="", other="", middle="long", last="middle", below="other")
    assert plan(made).ready() == ["long", "other", "short"]


@pytest.mark.parametrize(("state", "why"), [("failed", "failed"), ("stopped", "was stopped")])
def test_below_a_failure_all_is_skipped_and_other_branches_go_on(state: str, why: str) -> None:
    going = plan(DIAMOND)
    going.ready()
    going.ended("top", "succeeded")
    going.ready()
    assert going.ended("left", state) == [("bottom", f"the step left {why}")]
    assert going.left() == ["right", "alone"]
    assert going.ended("right", "failed") == []
    going.ended("alone", "succeeded")
    assert going.is_over


def test_without_going_on_nothing_starts_after_a_failure() -> None:
    going = plan(DIAMOND, go_on=False)
    assert going.ready() == ["top", "alone"]
    skipped = going.ended("top", "failed", executed={"top", "alone"})
    assert skipped == [(name, "the step top failed") for name in ("left", "right", "bottom")]
    assert going.ready() == []
    assert going.left() == ["alone"]
    assert going.ended("alone", "failed", executed=()) == []
    assert going.is_over


def test_a_step_that_waits_for_room_is_skipped_too_when_nothing_starts_any_more() -> None:
    going = plan(DIAMOND, go_on=False)
    going.ready()
    assert ("alone", "the step top failed") in going.ended("top", "failed", executed={"top"})
    assert going.is_over


def test_what_has_ended_before_is_not_told_of() -> None:
    going = plan(DIAMOND)
    for name in ("top", "left"):
        going.ended(name, "succeeded")
    assert going.ready() == ["right", "alone"]


def test_an_end_that_is_told_twice_changes_nothing() -> None:
    going = plan(DIAMOND)
    going.ready()
    going.ended("top", "succeeded")
    assert going.ended("top", "failed") == []
    assert going.ended("no step", "failed") == []
    assert going.ready() == ["left", "right"]


def test_a_pipeline_without_steps_that_are_wanted_is_over() -> None:
    assert Plan(DIAMOND, frozenset()).is_over


@pytest.mark.parametrize(
    ("selection", "wanted", "given"),
    [
        (Selection(), "top left right bottom alone", ""),
        (Selection(until="left"), "top left", ""),
        (Selection(from_="left"), "left bottom", "top right"),
        (Selection(only="bottom"), "bottom", "top left right"),
        (Selection(from_="top", until="left"), "top left", ""),
        (Selection(from_="left", until="left"), "left", "top"),
        (Selection(from_="alone", until="left"), "", ""),
    ],
)
def test_a_selection_is_what_is_wanted_and_what_must_be_there(selection: Selection, wanted: str, given: str) -> None:
    assert selection.wanted(DIAMOND) == frozenset(wanted.split())
    assert selection.given(DIAMOND) == frozenset(given.split())


@dataclass
class Naive:
    """What a plan is to say, worked out anew from all states each time."""

    above: dict[str, Sequence[str]]
    go_on: bool

    def __post_init__(self) -> None:
        self.states = dict.fromkeys(self.above, "waiting")

    def startable(self) -> set[str]:
        if not self.go_on and any(state == "failed" for state in self.states.values()):
            return set()
        ended_well = {name for name, state in self.states.items() if state in GOOD}
        return {name for name, state in self.states.items() if state == "waiting" and {*self.above[name]} <= ended_well}

    def settle(self) -> set[str]:
        """Skip what can never start; what was."""
        skipped: set[str] = set()
        bad = ("failed", "skipped", "stopped")
        while True:
            failed = not self.go_on and any(state in bad for state in self.states.values())
            new = {
                name
                for name, state in self.states.items()
                if state == "waiting" and (failed or any(self.states[other] in bad for other in self.above[name]))
            }
            if not new:
                return skipped
            skipped |= new
            self.states.update(dict.fromkeys(new, "skipped"))


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, Sequence[str]]:
    """The steps above each of up to twelve, written in any order."""
    count = draw(st.integers(1, 12))
    names = [f"s{number}" for number in range(count)]
    above = {
        name: draw(st.lists(st.sampled_from(names[:place]), unique=True)) if place else []
        for place, name in enumerate(names)
    }
    return {name: above[name] for name in draw(st.permutations(names))}


@settings(max_examples=300, deadline=None)
@given(graphs(), st.booleans(), st.integers(1, 4), st.data())
def test_a_plan_says_what_is_worked_out_from_all_states(
    above: dict[str, Sequence[str]], go_on: bool, room: int, data: st.DataObject
) -> None:
    """Steps are executed as there is room, end in any order and in any way."""
    naive, going = Naive(above, go_on), plan(graph(above), go_on)
    waiting: list[str] = []
    while not going.is_over:
        waiting += going.ready()
        assert set(waiting) == naive.startable()
        started = waiting[: room - sum(state == "running" for state in naive.states.values())]
        waiting = waiting[len(started) :]
        naive.states.update(dict.fromkeys(started, "running"))
        running = [name for name, state in naive.states.items() if state == "running"]
        assert running, "nothing is left that could end"
        name = data.draw(st.sampled_from(running))
        naive.states[name] = data.draw(st.sampled_from(["succeeded", "reused", "failed", "stopped"]))
        skipped = [each for each, _ in going.ended(name, naive.states[name], executed=set(running))]
        assert len(skipped) == len(set(skipped))
        assert set(skipped) == naive.settle()
        waiting = [each for each in waiting if each not in skipped]
        assert set(going.left()) == {each for each, state in naive.states.items() if state in ("waiting", "running")}
    assert not waiting
    assert set(naive.states.values()) <= {*GOOD, "failed", "stopped", "skipped"}


def seconds_for(made: Pipeline, *, failing: frozenset[str] = frozenset()) -> float:
    going = plan(made)
    began = time.perf_counter()
    waiting = going.ready()
    while waiting:
        for name in waiting:
            going.ended(name, "failed" if name in failing else "succeeded")
        waiting = going.ready()
    assert going.is_over
    return time.perf_counter() - began


def test_a_thousand_steps_are_planned_at_once() -> None:
    chain = graph({f"s{number}": [f"s{number - 1}"] if number else [] for number in range(1000)})
    fan = graph({"top": [], **{f"s{number}": ["top"] for number in range(1000)}})
    assert seconds_for(chain) < 0.2
    assert seconds_for(fan) < 0.2
    began = time.perf_counter()
    plan(chain)
    assert time.perf_counter() - began < 0.2


def test_failures_above_the_same_steps_are_not_followed_again_and_again() -> None:
    """400 steps that fail above a chain of 2,000: met once it is 2,000 steps, met by each it would be 800,000."""
    tops = [f"t{number}" for number in range(TAKES)]
    above: dict[str, Sequence[str]] = {**{name: [] for name in tops}, "c0": tops}
    above |= {f"c{number}": [f"c{number - 1}"] for number in range(1, 2000)}
    assert seconds_for(graph(above), failing=frozenset(tops)) < 0.1
