"""How a run brings its steps to their ends, with jobs that are plain functions, on each backend without processes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.flow.graphs import graphs, pipeline_of

from transom.engine.step import Executed
from transom.flow.backends import Backend
from transom.flow.backends.inline import InlineBackend
from transom.flow.backends.local import LocalBackend
from transom.flow.pipeline_run import PipelineRun
from transom.flow.plan import Plan
from transom.flow.reuse import Connected, StepContent, key_of
from transom.flow.room import Room
from transom.flow.steps import Earlier, Gone, Made, Prepared, StepEnd, StepState, Watching
from transom.model.pipelines import FromStep, Pipeline, Retry
from transom.model.runs import Failure, FailureKind, NativeJob, Outcome, Result, Status, TableShape

LONG = 20.0
DONE = Outcome(Status.SUCCEEDED)


def failed(kind: FailureKind = FailureKind.SCRIPT_ERROR) -> Outcome:
    return Outcome(Status.FAILED, Failure(kind, "It went wrong."))


class CannotBeHad(Exception):
    """What a step may raise before it is executed."""


@dataclass
class Bench:
    """Steps whose jobs are functions; it notes what is executed, recorded and told, in order.

    `does` are the functions by step (each makes an empty table where it has none), `contents` what tells steps apart:
    two steps of the same content are equal.
    """

    pipeline: Pipeline
    does: Mapping[str, Callable[[], Outcome]] = field(default_factory=dict)
    contents: Mapping[str, str] = field(default_factory=dict)
    changes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    before: Mapping[str, Earlier] = field(default_factory=dict)
    executed: list[str] = field(default_factory=list)
    noted: list[tuple[str, str]] = field(default_factory=list)
    most: int = 0
    most_memory: int = 0
    _going: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _prepared: dict[str, Prepared] = field(default_factory=dict)

    def prepared(self, name: str, results: Mapping[tuple[str, str], Result]) -> Prepared:
        changes = dict(self.changes.get(name, {}))
        if changes.pop("cannot", False):
            raise CannotBeHad(name)
        step = self.pipeline.steps[name]
        inputs = {
            port: Connected(results[other.step, other.port].digest, other.step)
            for port, other in step.inputs.items()
            if isinstance(other, FromStep)
        }
        content = StepContent("any", self.contents.get(name, name), inputs)
        job = NativeJob(name, "any", ("out",))
        self._prepared[name] = replace(Prepared(content, key_of(content), lambda: Made(job)), **changes)
        return self._prepared[name]

    def earlier(self, keys: Sequence[str]) -> Mapping[str, Earlier | Gone]:
        return {key: self.before[key] for key in keys if key in self.before}

    def finished(self, job: Any, executed: Executed) -> Outcome:
        return executed.outcome

    def log(self, name: str) -> str | None:
        return f"log of {name}"

    def failed(self, wrong: Exception) -> Outcome:
        if isinstance(wrong, CannotBeHad):
            return failed(FailureKind.INPUT_INVALID)
        raise wrong

    def execute(self, job: Any) -> Executed:
        with self._lock:
            self.executed.append(job.id)
            self._going[job.id] = self._prepared[job.id].peak or 0
            self.most = max(self.most, len(self._going))
            self.most_memory = max(self.most_memory, sum(self._going.values()))
        try:
            outcome = self.does[job.id]() if job.id in self.does else DONE
        finally:
            with self._lock:
                del self._going[job.id]
        if outcome.status is Status.SUCCEEDED:
            made = Result(TableShape(0, ()), f"digest of {self.contents.get(job.id, job.id)}")
            outcome = replace(outcome, results={"out": made})
        return Executed(outcome, {})

    def record(self, begun: Sequence[tuple[str, Prepared]], ended: Sequence[StepEnd]) -> None:
        self.noted += [("recorded begin", name) for name, _ in begun]
        self.noted += [("recorded end", end.name) for end in ended]

    def watching(self, stop_asked: Callable[[], bool]) -> Watching:
        return Watching(
            lambda name, attempt: self.noted.append(("told begin", name)),
            lambda end: self.noted.append(("told end", end.name)),
            stop_asked,
        )

    def run(
        self,
        backend: Backend,
        room: Room | None = None,
        *,
        go_on: bool = True,
        had: Sequence[StepEnd] = (),
        stop_asked: Callable[[], bool] = lambda: False,
        stop: Callable[[], None] = lambda: None,
    ) -> Mapping[str, StepEnd]:
        plan = Plan(self.pipeline, frozenset(self.pipeline.steps), go_on)
        room = room or Room(4, float("inf"))
        run = PipelineRun(plan, self, self, backend, room, self.watching(stop_asked))
        run.had(had)
        return run.run(stop)


WAYS = ("inline", "local")


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    """Each backend that needs no process."""
    return str(request.param)


class Closing:
    """Makes the backend of a bench, and closes it at the end."""

    def __init__(self, way: str) -> None:
        self._way = way
        self._made: list[Backend] = []

    def __call__(self, bench: Bench, threads: int = 4) -> Backend:
        made = InlineBackend(bench.execute) if self._way == "inline" else LocalBackend(bench.execute, threads)
        self._made.append(made)
        return made

    def close(self) -> None:
        for each in self._made:
            each.close()


@pytest.fixture
def backend(way: str) -> Iterator[Closing]:
    closing = Closing(way)
    yield closing
    closing.close()


@pytest.fixture
def threads() -> Iterator[Closing]:
    """The backend with threads alone."""
    closing = Closing("local")
    yield closing
    closing.close()


def states(ends: Mapping[str, StepEnd]) -> dict[str, str]:
    return {name: end.state.value for name, end in ends.items()}


CHAIN = {"a": [], "b": ["a"], "c": ["b"]}
APART: dict[str, list[str]] = {"a": [], "b": [], "c": []}


def test_steps_run_after_what_they_are_given(backend: Closing) -> None:
    bench = Bench(pipeline_of({"d": ["b", "c"], "c": ["a"], "b": ["a"], "a": []}))
    ends = bench.run(backend(bench))
    assert states(ends) == dict.fromkeys("abcd", "succeeded")
    assert bench.executed[0] == "a"
    assert bench.executed[-1] == "d"
    assert len(bench.executed) == 4


def test_a_pipeline_without_steps_that_are_left_is_over_at_once(backend: Closing) -> None:
    bench = Bench(pipeline_of(CHAIN))
    had = [StepEnd(name, StepState.SUCCEEDED, outcome=DONE) for name in CHAIN]
    assert set(bench.run(backend(bench), had=had)) == set(CHAIN)
    assert bench.executed == []
    assert bench.noted == []


def test_a_run_that_is_taken_up_goes_on_below_what_ended_well(backend: Closing) -> None:
    bench = Bench(pipeline_of(CHAIN))
    outcome = replace(DONE, results={"out": Result(TableShape(0, ()), "d")})
    ends = bench.run(backend(bench), had=[StepEnd("a", StepState.REUSED, outcome=outcome)])
    assert bench.executed == ["b", "c"]
    assert ends["b"].content is not None
    assert ends["b"].content.inputs["in0"].digest == "d"


def test_what_is_below_a_failed_step_is_skipped_and_others_go_on(backend: Closing) -> None:
    bench = Bench(pipeline_of({**CHAIN, "apart": [], "below": ["apart"]}), {"a": failed})
    ends = bench.run(backend(bench))
    assert states(ends) == {
        "a": "failed",
        "b": "skipped",
        "c": "skipped",
        "apart": "succeeded",
        "below": "succeeded",
    }
    assert ends["c"].why == "the step a failed"
    assert {name for kind, name in bench.noted if kind == "recorded end"} == set(ends)
    assert {name for kind, name in bench.noted if kind == "told end"} == set(ends)


def test_without_going_on_what_waits_for_room_is_skipped_too(backend: Closing) -> None:
    bench = Bench(pipeline_of(APART), {"a": failed})
    ends = bench.run(backend(bench), Room(1, float("inf")), go_on=False)
    assert states(ends) == {"a": "failed", "b": "skipped", "c": "skipped"}
    assert bench.executed == ["a"]


def test_without_going_on_what_is_executed_comes_to_its_end(threads: Closing) -> None:
    failing = threading.Event()
    bench = Bench(
        pipeline_of({"a": [], "b": [], "below": ["b"]}), {"a": lambda: failed() if failing.wait(LONG) else DONE}
    )

    def slow() -> Outcome:
        failing.set()
        time.sleep(0.2)
        return DONE

    bench = replace(bench, does={**bench.does, "b": slow})
    ends = bench.run(threads(bench), go_on=False)
    assert states(ends) == {"a": "failed", "b": "succeeded", "below": "skipped"}


@pytest.mark.parametrize("go_on", [True, False])
def test_a_step_that_cannot_be_prepared_fails_alone(backend: Closing, go_on: bool) -> None:
    bench = Bench(pipeline_of({"a": [], "b": [], "c": ["a"]}), changes={"a": {"cannot": True}})
    ends = bench.run(backend(bench), go_on=go_on)
    assert states(ends) == {"a": "failed", "b": "succeeded" if go_on else "skipped", "c": "skipped"}
    assert ends["a"].outcome is not None
    assert bench.executed == (["b"] if go_on else [])


@pytest.mark.parametrize("go_on", [True, False])
@pytest.mark.parametrize("when", ["prepared", "made", "making"])
def test_a_step_that_is_refused_is_not_executed(backend: Closing, go_on: bool, when: str) -> None:
    def raises() -> Made:
        raise CannotBeHad

    change: dict[str, dict[str, Any]] = {
        "prepared": {"refused": failed()},
        "made": {"make": lambda: Made(refused=failed())},
        "making": {"make": raises},
    }
    bench = Bench(pipeline_of({"a": [], "b": [], "c": ["a"]}), changes={"a": change[when]})
    ends = bench.run(backend(bench), Room(1, float("inf")), go_on=go_on)
    assert states(ends) == {"a": "failed", "b": "succeeded" if go_on else "skipped", "c": "skipped"}
    assert bench.executed == (["b"] if go_on else [])
    assert ends["a"].key is not None


def test_what_was_made_before_is_not_executed_but_lets_others_start(backend: Closing) -> None:
    first = Bench(pipeline_of(CHAIN))
    made = first.run(backend(first))
    before = {end.key: Earlier("r1", name, end.outcome) for name, end in made.items() if end.key and end.outcome}
    bench = Bench(pipeline_of(CHAIN), before=before)
    ends = bench.run(backend(bench))
    assert states(ends) == dict.fromkeys("abc", "reused")
    assert bench.executed == []
    assert ends["c"].earlier == before[str(ends["c"].key)]
    assert [name for kind, name in bench.noted if kind == "recorded begin"] == []


def test_a_step_that_is_not_to_be_reused_is_executed(backend: Closing) -> None:
    first = Bench(pipeline_of(CHAIN))
    made = first.run(backend(first))
    before = {end.key: Earlier("r1", name, end.outcome) for name, end in made.items() if end.key and end.outcome}
    bench = Bench(pipeline_of(CHAIN), before=before, changes={"b": {"reuse": False, "why": "I said so"}})
    ends = bench.run(backend(bench))
    assert bench.executed == ["b"]
    assert ends["b"].why == "I said so"


def test_equal_steps_in_flight_run_once(threads: Closing) -> None:
    names = [f"s{number}" for number in range(20)]

    def slow() -> Outcome:
        time.sleep(0.1)
        return DONE

    bench = Bench(pipeline_of({name: [] for name in names}), dict.fromkeys(names, slow), dict.fromkeys(names, "same"))
    ends = bench.run(threads(bench))
    assert bench.executed == ["s0"]
    assert sorted(states(ends).values()) == ["reused"] * 19 + ["succeeded"]
    assert ends["s5"].earlier is not None
    assert (ends["s5"].earlier.run, ends["s5"].earlier.step, ends["s5"].earlier.log) == ("", "s0", "log of s0")


def test_equal_steps_that_are_never_reused_all_run(backend: Closing) -> None:
    change = {name: {"reuse": False} for name in "abc"}
    bench = Bench(pipeline_of(APART), contents=dict.fromkeys("abc", "same"), changes=change)
    ends = bench.run(backend(bench))
    assert sorted(bench.executed) == ["a", "b", "c"]
    assert set(states(ends).values()) == {"succeeded"}


def test_an_equal_step_of_one_that_failed_is_tried_itself(backend: Closing) -> None:
    outcomes = iter([failed(), DONE])
    bench = Bench(pipeline_of(APART), dict.fromkeys("abc", lambda: next(outcomes)), dict.fromkeys("abc", "same"))
    ends = bench.run(backend(bench))
    assert states(ends) == {"a": "failed", "b": "succeeded", "c": "reused"}
    assert bench.executed == ["a", "b"]


def test_a_step_is_tried_again_as_often_as_it_says(backend: Closing) -> None:
    tried = iter([failed(), failed(), DONE])
    bench = Bench(
        pipeline_of(CHAIN), {"a": lambda: next(tried)}, changes={"a": {"retry": Retry(attempts=3, delay=0.01)}}
    )
    ends = bench.run(backend(bench))
    assert states(ends) == dict.fromkeys("abc", "succeeded")
    assert ends["a"].attempts == 3
    assert bench.executed == ["a", "a", "a", "b", "c"]
    assert [name for kind, name in bench.noted if kind == "recorded begin"] == ["a", "b", "c"]


def test_after_the_last_try_a_step_has_failed(backend: Closing) -> None:
    bench = Bench(pipeline_of(CHAIN), {"a": failed}, changes={"a": {"retry": Retry(attempts=2)}})
    ends = bench.run(backend(bench))
    assert states(ends) == {"a": "failed", "b": "skipped", "c": "skipped"}
    assert ends["a"].attempts == 2


@pytest.mark.parametrize(
    ("kind", "named", "attempts"),
    [
        (FailureKind.TIMED_OUT, ("timed_out",), 2),
        (FailureKind.SCRIPT_ERROR, ("timed_out",), 1),
        (FailureKind.SCRIPT_ERROR, ("timed_out", "script_error"), 2),
        (FailureKind.CANCELLED, (), 1),
    ],
)
def test_only_failures_that_are_named_are_tried_again(
    backend: Closing, kind: FailureKind, named: tuple[str, ...], attempts: int
) -> None:
    retry = Retry(2, 0, named)
    bench = Bench(pipeline_of({"a": []}), {"a": lambda: failed(kind)}, changes={"a": {"retry": retry}})
    assert bench.run(backend(bench))["a"].attempts == attempts


def test_a_try_comes_after_its_delay(backend: Closing) -> None:
    moments: list[float] = []

    def fails() -> Outcome:
        moments.append(time.monotonic())
        return failed()

    bench = Bench(pipeline_of({"a": []}), {"a": fails}, changes={"a": {"retry": Retry(2, 0.4)}})
    bench.run(backend(bench))
    assert moments[1] - moments[0] >= 0.4


def test_a_step_that_waits_for_its_next_try_keeps_no_room(backend: Closing) -> None:
    tried = iter([failed(), DONE])
    bench = Bench(
        pipeline_of(APART), {"a": lambda: next(tried)}, changes={"a": {"retry": Retry(2, 0.3), "peak": 10**9}}
    )
    bench.run(backend(bench), Room(1, 1))
    assert bench.executed == ["a", "b", "c", "a"]


def test_never_more_run_at_a_time_than_there_is_room_for(threads: Closing) -> None:
    names = [f"s{number}" for number in range(30)]

    def slow() -> Outcome:
        time.sleep(0.005)
        return DONE

    bench = Bench(pipeline_of({name: [] for name in names}), dict.fromkeys(names, slow))
    bench.run(threads(bench, 8), Room(3, float("inf")))
    assert bench.most == 3
    assert len(bench.executed) == 30


def test_never_more_memory_is_used_than_there_is_but_by_one_step_alone(threads: Closing) -> None:
    names = [f"s{number}" for number in range(12)]

    def slow() -> Outcome:
        time.sleep(0.005)
        return DONE

    changes = {name: {"peak": 400} for name in names} | {"s5": {"peak": 5000}}
    bench = Bench(pipeline_of({name: [] for name in names}), dict.fromkeys(names, slow), changes=changes)
    most_beside_the_large = 0

    def large() -> Outcome:
        nonlocal most_beside_the_large
        time.sleep(0.05)
        most_beside_the_large = len(bench._going)
        return DONE

    bench.does = {**bench.does, "s5": large}
    ends = bench.run(threads(bench, 8), Room(8, 1000))
    assert set(states(ends).values()) == {"succeeded"}
    assert most_beside_the_large == 1
    assert bench.most == 2
    assert bench.most_memory == 5000


def test_the_longest_way_is_gone_first_where_there_is_little_room(backend: Closing) -> None:
    graph = {"short1": [], "short2": [], "long1": [], "long2": ["long1"], "long3": ["long2"]}
    bench = Bench(pipeline_of(graph))
    bench.run(backend(bench), Room(1, float("inf")))
    assert bench.executed == ["long1", "long2", "short1", "short2", "long3"]


def test_a_beginning_is_recorded_before_it_is_executed_and_an_end_before_what_is_below_it(backend: Closing) -> None:
    bench = Bench(pipeline_of(CHAIN))
    seen: dict[str, list[tuple[str, str]]] = {}

    def noting(name: str) -> Callable[[], Outcome]:
        def does() -> Outcome:
            seen[name] = list(bench.noted)
            return DONE

        return does

    bench.does = {name: noting(name) for name in CHAIN}
    bench.run(backend(bench))
    for name, above in CHAIN.items():
        assert ("recorded begin", name) in seen[name]
        assert all(("recorded end", other) in seen[name] for other in above)
    assert [each for each in bench.noted if each[1] == "c"] == [
        ("recorded begin", "c"),
        ("told begin", "c"),
        ("told end", "c"),
        ("recorded end", "c"),
    ]


def test_a_run_that_is_stopped_stops_what_is_executed_and_begins_nothing(threads: Closing) -> None:
    stop = threading.Event()
    begun = threading.Event()

    def until_stopped() -> Outcome:
        begun.set()
        assert stop.wait(LONG)
        return Outcome(Status.CANCELLED, Failure(FailureKind.CANCELLED, "It was stopped."))

    graph = {"going": [], "waiting": [], "below": ["going"]}
    bench = Bench(pipeline_of(graph), {"going": until_stopped})
    ends = bench.run(threads(bench), Room(1, float("inf")), stop_asked=begun.is_set, stop=stop.set)
    assert states(ends) == dict.fromkeys(graph, "stopped")
    assert bench.executed == ["going"]
    assert {name for kind, name in bench.noted if kind == "recorded end"} == set(graph)


@pytest.mark.parametrize("ends_as", ["cancelled", "succeeded"])
def test_a_stop_reaches_steps_that_wait_for_an_equal_one(threads: Closing, ends_as: str) -> None:
    stop = threading.Event()
    begun = threading.Event()

    def until_stopped() -> Outcome:
        begun.set()
        assert stop.wait(LONG)
        return DONE if ends_as == "succeeded" else Outcome(Status.CANCELLED, Failure(FailureKind.CANCELLED, "Stopped."))

    bench = Bench(pipeline_of(APART), dict.fromkeys("abc", until_stopped), dict.fromkeys("abc", "same"))
    ends = bench.run(threads(bench), stop_asked=begun.is_set, stop=stop.set)
    expected = "stopped" if ends_as == "cancelled" else "succeeded"
    assert states(ends) == {"a": expected, "b": "stopped", "c": "stopped"}
    assert bench.executed == ["a"]


def test_a_stop_ends_the_wait_for_another_try(threads: Closing) -> None:
    tried = threading.Event()

    def fails() -> Outcome:
        tried.set()
        return failed()

    bench = Bench(pipeline_of(CHAIN), {"a": fails}, changes={"a": {"retry": Retry(5, 3600)}})
    ends = bench.run(threads(bench), stop_asked=tried.is_set)
    assert states(ends) == {"a": "stopped", "b": "skipped", "c": "skipped"}
    assert bench.executed == ["a"]
    assert ends["a"].attempts == 1


def test_a_step_that_somebody_else_cancelled_stops_the_run(backend: Closing) -> None:
    cancelled = Outcome(Status.CANCELLED, Failure(FailureKind.CANCELLED, "Stopped."))
    bench = Bench(pipeline_of(APART), {"a": lambda: cancelled})
    ends = bench.run(backend(bench), Room(1, float("inf")))
    assert states(ends) == dict.fromkeys("abc", "stopped")
    assert bench.executed == ["a"]


def test_a_run_that_is_stopped_before_it_begins_executes_nothing(backend: Closing) -> None:
    bench = Bench(pipeline_of({**CHAIN, "apart": []}))
    ends = bench.run(backend(bench), stop_asked=lambda: True)
    assert states(ends) == {"a": "stopped", "b": "skipped", "c": "skipped", "apart": "stopped"}
    assert bench.executed == []


def test_an_error_of_ours_comes_out_of_the_run(backend: Closing) -> None:
    def breaks() -> Outcome:
        raise ZeroDivisionError

    bench = Bench(pipeline_of(CHAIN), {"b": breaks})
    with pytest.raises(ZeroDivisionError):
        bench.run(backend(bench))
    assert ("recorded end", "a") in bench.noted


def test_when_nothing_can_be_recorded_any_more_what_is_executed_is_stopped(threads: Closing) -> None:
    stop = threading.Event()

    class Full(Bench):
        def record(self, begun: Sequence[tuple[str, Prepared]], ended: Sequence[StepEnd]) -> None:
            if any(end.name == "short" for end in ended):
                raise OSError("the disk is full")

    bench = Full(pipeline_of({"long": [], "short": []}), {"long": lambda: DONE if stop.wait(LONG) else failed()})
    with pytest.raises(OSError, match="full"):
        bench.run(threads(bench), stop=stop.set)
    assert stop.is_set()


def test_a_thousand_steps_fanned_out_all_run_and_all_are_reused_the_next_time(backend: Closing) -> None:
    graph: dict[str, list[str]] = {"first": [], **{f"s{number}": ["first"] for number in range(1000)}}
    bench = Bench(pipeline_of(graph))
    ends = bench.run(backend(bench))
    assert len(bench.executed) == 1001
    before = {str(end.key): Earlier("r", name, end.outcome) for name, end in ends.items() if end.outcome}
    again = Bench(bench.pipeline, before=before)
    assert set(states(again.run(backend(again))).values()) == {"reused"}
    assert again.executed == []


@settings(max_examples=40, deadline=None)
@given(graphs(), st.data())
def test_whatever_fails_every_step_comes_to_one_end(graph: dict[str, list[str]], data: st.DataObject) -> None:
    names = sorted(graph)
    bad = data.draw(st.sets(st.sampled_from(names)))
    contents = {name: data.draw(st.sampled_from(["x", name])) for name in names}
    go_on = data.draw(st.booleans())
    cannot = data.draw(st.sets(st.sampled_from(names), max_size=1))
    bench = Bench(
        pipeline_of(graph),
        dict.fromkeys(bad, failed),
        contents,
        {name: {"cannot": True} for name in cannot},
    )
    local = LocalBackend(bench.execute, 3)
    try:
        ends = bench.run(local, Room(data.draw(st.integers(1, 3)), float("inf")), go_on=go_on)
    finally:
        local.close()
    assert set(ends) == set(graph)
    told = [name for kind, name in bench.noted if kind == "told end"]
    assert sorted(told) == names
    assert sorted(name for kind, name in bench.noted if kind == "recorded end") == names
    assert len(bench.executed) == len(set(bench.executed))
    for name, above in graph.items():
        if ends[name].state in (StepState.SUCCEEDED, StepState.REUSED, StepState.FAILED):
            assert all(ends[other].state in (StepState.SUCCEEDED, StepState.REUSED) for other in above)
