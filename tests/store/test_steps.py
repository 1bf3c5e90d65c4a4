"""The steps of a pipeline run are recorded with it, found again by their keys, and forgotten with it."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.store.databases import Where, begun, digest, ended

from transom.errors import DatabaseDamaged, Unknown
from transom.model.records import PIPELINE, RunBegun
from transom.model.runs import FailureKind, Status
from transom.model.step_records import StepBegun, StepEnded, StepRecord
from transom.store.database import Database
from transom.store.history import History
from transom.store.journal import Journal
from transom.store.steps import Steps

OUTCOME: dict[str, Any] = {
    "status": "succeeded",
    "results": {"result_dataset": {"digest": digest("7"), "shape": {"rows": 3}}},
    "files": [{"name": "plot.png", "digest": digest("9")}],
    "text": "\ud83d \x00 é",
}
CONTENT: dict[str, Any] = {
    "component": "split_data",
    "script": digest("c"),
    "inputs": {"dataset": {"digest": digest("3"), "shown": "cars@2"}},
    "environment": {"name": "current", "digest": digest("e"), "lock": digest("1")},
    "parameters": {"x": float("inf"), "half": "\ud800"},
}
NAMES = [("clean", "execute_python_script"), ("halves", "split_data"), ("last", "export_data")]


@pytest.fixture
def steps(database: Database, history: History) -> Steps:
    """What is known of the steps of runs."""
    return Steps(database, history)


def of_pipeline(run: str, **changed: Any) -> RunBegun:
    told = {"kind": PIPELINE, "script_shown": "pipeline.yml", "entry_point": "", "request": {"folder": "/home/me"}}
    return begun(run, **told | changed)


def good(name: str = "clean", key: str = "k", **changed: Any) -> StepEnded:
    """A step that was executed."""
    told = StepEnded(
        name=name,
        status="succeeded",
        why="script line 1 changed",
        key=key,
        content=CONTENT,
        outcome=OUTCOME,
        log=digest("2"),
        attempts=2,
        seconds=1.5,
        script=digest("c"),
        peak_memory=5 * 1024**3,
    )
    return replace(told, **changed)


def bad(name: str = "clean", **changed: Any) -> StepEnded:
    return good(name, **{"status": "failed", "peak_memory": None} | changed)


def states(steps: Steps, run: str) -> dict[str, str]:
    return {each.name: each.status for each in steps.of_run(run)}


def test_a_run_begins_with_all_its_steps_waiting(steps: Steps, history: History) -> None:
    steps.begin(of_pipeline("a"), NAMES)
    assert history.get("a").begun == of_pipeline("a")
    assert steps.of_run("a") == [
        StepRecord("a", place, name, component, "waiting") for place, (name, component) in enumerate(NAMES)
    ]


def test_pipelines_are_listed_among_the_runs_and_their_steps_are_not(steps: Steps, history: History) -> None:
    steps.begin(of_pipeline("a"), NAMES)
    history.begin(begun("b"))
    assert [(each.id, each.begun.kind) for each in history.list()] == [("b", "script"), ("a", "pipeline")]
    assert steps.of_run("b") == []
    assert steps.of_run("nothing") == []


def test_a_run_that_cannot_begin_leaves_nothing(steps: Steps, history: History) -> None:
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        steps.begin(of_pipeline("a"), [("clean", "c"), ("clean", "d")])
    assert history.list() == []
    steps.begin(of_pipeline("a"), [])
    assert steps.of_run("a") == []


def test_a_step_is_recorded_as_it_was(steps: Steps) -> None:
    steps.begin(of_pipeline("a"), NAMES)
    steps.record("a", [StepBegun("clean", "k", CONTENT)], [])
    running = steps.of_run("a")[0]
    assert (running.status, running.key, running.content, running.outcome) == ("running", "k", CONTENT, None)
    assert running.began is not None
    assert running.ended is None
    steps.record("a", [], [good()])
    done = steps.of_run("a")[0]
    assert done.ended is not None
    assert done.ended >= running.began
    assert done == StepRecord(
        run="a",
        place=0,
        name="clean",
        component="execute_python_script",
        status="succeeded",
        why="script line 1 changed",
        key="k",
        content=CONTENT,
        outcome=OUTCOME,
        log=digest("2"),
        attempts=2,
        began=running.began,
        ended=done.ended,
        seconds=1.5,
    )


def test_many_steps_begin_and_end_in_one_transaction(steps: Steps) -> None:
    steps.begin(of_pipeline("a"), NAMES)
    reused = good("clean", status="reused", reused=("earlier", "other"), attempts=0)
    skipped = StepEnded("last", "skipped", "the step halves failed")
    steps.record("a", [StepBegun("halves", "h", CONTENT)], [reused, skipped])
    assert states(steps, "a") == {"clean": "reused", "halves": "running", "last": "skipped"}
    assert steps.of_run("a")[0].reused == ("earlier", "other")
    assert steps.of_run("a")[2].why == "the step halves failed"


def test_what_is_not_there_is_told_and_nothing_of_it_is_recorded(steps: Steps) -> None:
    steps.begin(of_pipeline("a"), NAMES)
    with pytest.raises(Unknown, match="There is no step other in the workspace"):
        steps.record("a", [], [good("clean"), good("other")])
    assert states(steps, "a")["clean"] == "waiting"
    for run in ("b", "\x00", "\ud800", "x" * 10_000):
        with pytest.raises(Unknown, match="There is no run") as told:
            steps.record(run, [], [good()])
        assert len(str(told.value)) < 600
        with pytest.raises(Unknown, match="There is no run"):
            steps.begin_again(run, digest("c"))


def test_names_that_no_database_takes_are_kept_as_escapes(steps: Steps) -> None:
    steps.begin(of_pipeline("a"), [("x\x00", "c"), ("\ud800", "c")])
    steps.record("a", [], [good("x\x00"), good("\ud800")])
    assert states(steps, "a") == {"x\\x00": "succeeded", "\\ud800": "succeeded"}


def test_a_run_that_was_removed_meanwhile_does_not_write_into_the_next(steps: Steps, history: History) -> None:
    """The number of a run that was the last one goes to the next."""
    steps.begin(of_pipeline("a"), NAMES)
    steps.record("a", [], [good("halves")])
    history.remove(["a"])
    steps.begin(of_pipeline("b"), NAMES)
    with pytest.raises(Unknown):
        steps.record("a", [], [good()])
    assert states(steps, "b") == dict.fromkeys(["clean", "halves", "last"], "waiting")


def test_steps_are_forgotten_with_their_run(steps: Steps, history: History) -> None:
    for run in ("a", "b"):
        steps.begin(of_pipeline(run), NAMES)
        steps.record(run, [], [good(key=run)])
    history.remove(["a"])
    assert steps.of_run("a") == []
    assert steps.found(["a", "b"]).keys() == {"b"}
    assert len(steps.of_run("b")) == 3


def test_the_newest_outcome_of_a_key_is_found(steps: Steps) -> None:
    for run, name in (("a", "clean"), ("b", "halves"), ("c", "last")):
        steps.begin(of_pipeline(run), NAMES)
        steps.record(run, [], [good(name, outcome={"of": run}), good("clean" if name != "clean" else "last", key=run)])
    found = steps.found(["k", "a", "unknown", "k"])
    assert {key: (each.run, each.name, each.outcome) for key, each in found.items()} == {
        "k": ("c", "last", {"of": "c"}),
        "a": ("a", "last", OUTCOME),
    }
    assert (found["a"].log, found["a"].status, found["a"].component) == (digest("2"), "succeeded", "export_data")
    assert steps.found([]) == {}


def test_only_what_ended_well_is_found(steps: Steps) -> None:
    steps.begin(of_pipeline("a"), NAMES)
    steps.record("a", [], [good()])
    for number, status in enumerate(["failed", "skipped", "stopped", "running", "waiting"]):
        steps.begin(of_pipeline(f"later-{number}"), NAMES)
        steps.record(f"later-{number}", [], [good(status=status)])
    assert steps.found(["k"])["k"].run == "a"
    steps.begin(of_pipeline("b"), NAMES)
    steps.record("b", [], [good(status="reused", reused=("a", "clean"))])
    assert steps.found(["k"])["k"].run == "b"


@pytest.mark.parametrize("order", [("clean", "halves"), ("halves", "clean")])
def test_of_equal_steps_the_one_that_was_executed_is_found(steps: Steps, order: tuple[str, str]) -> None:
    steps.begin(of_pipeline("a"), NAMES)
    executed, other = order
    steps.record("a", [], [good(executed), good(other, status="reused", reused=("a", executed))])
    assert steps.found(["k"])["k"].name == executed


def test_outcomes_whose_contents_were_removed_are_not_found(steps: Steps, history: History) -> None:
    for run in ("a", "b"):
        steps.begin(of_pipeline(run), NAMES)
        steps.record(run, [], [good()])
    history.contents_removed(["b"])
    assert steps.found(["k"])["k"].run == "a"
    history.contents_removed(["a"])
    assert steps.found(["k"]) == {}


def test_thousands_of_keys_are_found_at_once(steps: Steps) -> None:
    names = [(f"s{number}", "c") for number in range(3000)]
    steps.begin(of_pipeline("a"), names)
    steps.record("a", [], [good(name, key=f"key of {name}") for name, _ in names])
    found = steps.found([f"key of s{number}" for number in range(4000)] + ["\x00", "\ud800", "'", "[", ""])
    assert len(found) == 3000
    assert all(each.name == key.removeprefix("key of ") for key, each in found.items())


def test_a_step_is_compared_with_the_newest_earlier_one_of_its_file(steps: Steps) -> None:
    others = {"of another file": {"script_shown": "other.yml"}, "elsewhere": {"request": {"folder": "/srv"}}}
    for run in ("oldest", "older", *others, "now", "later"):
        steps.begin(of_pipeline(run, **others.get(run, {})), NAMES)
        steps.record(run, [], [good(content={"of": run}), bad("halves", content={"of": run})])
        assert steps.of_run(run)
    steps.record("older", [], [StepEnded("last", "skipped")])
    found = steps.similar("now", ["clean", "halves", "last", "of no run", "\x00"])
    assert found.keys() == {"clean", "halves"}
    of_clean, of_halves = found["clean"], found["halves"]
    assert (of_clean.run, of_clean.content, of_clean.status) == ("older", {"of": "older"}, "succeeded")
    assert (of_halves.run, of_halves.status) == ("older", "failed")
    assert steps.similar("now", []) == {}
    assert steps.similar("oldest", ["clean"]) == {}
    assert steps.similar("nothing", ["clean"]) == {}


def test_a_step_that_an_earlier_run_did_not_reach_is_compared_with_the_one_before(steps: Steps) -> None:
    for run, reached in (("first", ["clean", "halves"]), ("second", ["clean"]), ("now", [])):
        steps.begin(of_pipeline(run), NAMES)
        steps.record(run, [], [good(name, content={"of": run}) for name in reached])
    found = steps.similar("now", ["clean", "halves"])
    assert {name: each.run for name, each in found.items()} == {"clean": "second", "halves": "first"}


def test_the_last_peak_of_a_step_is_known(steps: Steps) -> None:
    for run, peak in (("a", 10**11), ("b", 300), ("c", None)):
        steps.begin(of_pipeline(run), NAMES)
        others = [good("halves", peak_memory=peak and peak // 2), good("last", script="", peak_memory=peak and 7)]
        steps.record(run, [], [good(peak_memory=peak), *others])
    assert steps.peaks() == {
        ("execute_python_script", digest("c")): 300,
        ("split_data", digest("c")): 150,
        ("export_data", ""): 7,
    }


def test_the_largest_peak_counts_of_equal_steps_of_a_run(steps: Steps) -> None:
    steps.begin(of_pipeline("a"), [("one", "c"), ("two", "c")])
    steps.record("a", [], [good("one", peak_memory=5), good("two", peak_memory=9)])
    assert steps.peaks() == {("c", digest("c")): 9}


def test_what_steps_name_is_needed_as_long_as_contents_are_kept(steps: Steps, history: History) -> None:
    steps.begin(of_pipeline("a"), NAMES)
    steps.record("a", [], [good()])
    assert {digest(each) for each in "7932c1"} <= steps.needed_digests()
    history.contents_removed(["a"])
    assert steps.needed_digests() == {digest("c"), digest("1")}
    history.remove(["a"])
    assert steps.needed_digests() == set()


def test_a_step_that_is_executed_needs_what_it_is_made_of(steps: Steps) -> None:
    steps.begin(of_pipeline("a"), NAMES)
    steps.record("a", [StepBegun("clean", "k", CONTENT)], [])
    assert {digest("3"), digest("1"), digest("c")} <= steps.needed_digests()


def test_steps_of_a_run_that_was_abandoned_are_executed_by_nobody(steps: Steps, history: History) -> None:
    steps.begin(of_pipeline("a"), NAMES)
    steps.record("a", [StepBegun("halves", "h", CONTENT)], [good()])
    assert states(steps, "a") == {"clean": "succeeded", "halves": "running", "last": "waiting"}
    history.abandon(["a"], FailureKind.ABANDONED, "killed")
    assert states(steps, "a") == {"clean": "succeeded", "halves": "stopped", "last": "stopped"}
    assert [each.why for each in steps.of_run("a")][1:] == [
        "Transom was ended while this step was being executed",
        "Transom was ended before this step began",
    ]


def test_a_run_that_is_taken_up_again_is_running(steps: Steps, history: History) -> None:
    steps.begin(of_pipeline("a"), NAMES)
    steps.record("a", [], [good(), bad("halves"), StepEnded("last", "skipped", "the step halves failed")])
    history.end("a", ended(status=Status.FAILED, failure_kind=FailureKind.COMPONENT_FAILED, message="x"))
    before = steps.of_run("a")[0]
    steps.begin_again("a", digest("d"))
    assert [each.id for each in history.running()] == ["a"]
    assert history.get("a") == replace(history.get("a"), begun=of_pipeline("a", script=digest("d")), ended=None)
    assert steps.of_run("a")[0] == before
    assert states(steps, "a") == {"clean": "succeeded", "halves": "waiting", "last": "waiting"}
    assert [(each.why, each.outcome, each.attempts) for each in steps.of_run("a")[1:]] == [("", None, 0)] * 2
    history.end("a", ended())
    assert history.get("a").ended == ended()


def test_a_step_that_is_executed_again_keeps_nothing_of_its_failure(steps: Steps) -> None:
    steps.begin(of_pipeline("a"), NAMES)
    steps.record("a", [], [bad(log=digest("8"), why="x")])
    steps.record("a", [StepBegun("clean", "k2", CONTENT)], [])
    again = steps.of_run("a")[0]
    assert (again.status, again.key, again.why, again.outcome, again.log, again.ended) == (
        "running",
        "k2",
        "",
        None,
        None,
        None,
    )


def test_a_failed_component_is_recorded_as_it_was(steps: Steps, history: History) -> None:
    steps.begin(of_pipeline("a"), NAMES)
    failed = ended(status=Status.FAILED, failure_kind=FailureKind.COMPONENT_FAILED, message="halves: no column x")
    history.end("a", failed)
    assert history.get("a").ended == failed


def test_a_run_in_the_journal_began_before_the_pipeline(database: Database, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal", tmp_path)
    history = History(database, "w", journal)
    journal.begin(begun("first"))
    Steps(database, history).begin(of_pipeline("second"), NAMES)
    assert [each.id for each in history.list()] == ["second", "first"]


def test_a_row_that_nobody_wrote_so_is_told_as_damage(steps: Steps, database: Database) -> None:
    steps.begin(of_pipeline("a"), NAMES)
    steps.record("a", [], [good()])
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE steps SET outcome = '{half'")
    for verb in (lambda: steps.of_run("a"), lambda: steps.found(["k"])):
        with pytest.raises(DatabaseDamaged):
            verb()


def test_several_processes_record_the_steps_of_one_run(steps: Steps, where: Where) -> None:
    steps.begin(of_pipeline("a"), NAMES)
    other = where.open()
    Steps(other, History(other, "w")).record("a", [], [good("halves")])
    steps.record("a", [], [good("clean")])
    assert states(steps, "a") == {"clean": "succeeded", "halves": "succeeded", "last": "waiting"}
    other.close()


def test_a_thousand_steps_are_begun_found_and_ended_at_once(steps: Steps) -> None:
    names = [(f"s{number}", "split_data") for number in range(1000)]
    steps.begin(of_pipeline("first"), names)
    ends = [good(name, key=digest("0") + name) for name, _ in names]
    steps.record("first", [], ends)
    seconds = []
    for run in ("second", "third", "fourth"):
        at = time.perf_counter()
        steps.begin(of_pipeline(run), names)
        found = steps.found([str(each.key) for each in ends])
        steps.record(
            run, [], [replace(each, status="reused", reused=(found[str(each.key)].run, each.name)) for each in ends]
        )
        seconds.append(time.perf_counter() - at)
    assert states(steps, "fourth") == dict.fromkeys((name for name, _ in names), "reused")
    assert min(seconds) < 1
