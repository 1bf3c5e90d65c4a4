"""What was run is found again as it was recorded, the newest first, and only what nobody needs is forgotten."""

from __future__ import annotations

import random
import signal
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from tests.store.databases import CREATED, Where, begun, digest, ended, writer

from transom.errors import Unknown, WrongUse
from transom.model.records import RunRecord
from transom.model.runs import FailureKind, Status
from transom.store.history import History


def test_a_run_is_recorded_as_it_was(history: History) -> None:
    first = begun("20261125-1", request={"tables": {"dataset1": "cars.csv"}, "policy": "confined"}, parent="other")
    history.begin(first)
    record = history.get("20261125-1")
    assert record == RunRecord(first)
    assert record.status == "running"
    history.end("20261125-1", ended())
    record = history.get("20261125-1")
    assert record == RunRecord(first, ended())
    assert (record.status, record.contents_kept) == ("succeeded", True)


def test_a_failure_is_recorded_as_it_was(history: History) -> None:
    history.begin(begun("a"))
    failed = ended(
        status=Status.FAILED,
        failure_kind=FailureKind.SCRIPT_ERROR,
        message="KeyError: 'prize'",
        inputs=(),
        results={},
        files=(),
        lock=None,
        log=None,
        peak_memory=None,
        tags={},
    )
    history.end("a", failed)
    assert history.get("a").ended == failed


def test_times_come_back_in_utc_with_microseconds(history: History) -> None:
    there = datetime(2026, 11, 25, 3, 4, 5, 678901, tzinfo=timezone(timedelta(hours=-9, minutes=-30)))
    history.begin(begun("a", created=there))
    created = history.get("a").begun.created
    assert created == there
    assert (created.tzinfo, created.microsecond) == (UTC, 678901)
    with pytest.raises(Exception, match="says no zone"):
        history.begin(begun("b", created=datetime(2026, 11, 25)))


def test_texts_that_no_database_takes_are_kept_as_escapes(history: History) -> None:
    history.begin(begun("a", script_shown="clean\udcff.py", request={"x": "\ud800\x00", "y": float("-inf")}))
    history.end("a", ended(message="half \ud83d and \x00"))
    record = history.get("a")
    assert record.begun.script_shown == "clean\\udcff.py"
    assert record.begun.request == {"x": "\ud800\x00", "y": float("-inf")}
    assert record.ended is not None
    assert record.ended.message == "half \\ud83d and \\x00"


def test_a_run_is_found_by_the_beginning_of_its_id(history: History) -> None:
    for run in ("20261125-101500-aa", "20261125-101500-ab", "20261126-1", "20261126-12"):
        history.begin(begun(run))
    assert history.get("20261125-101500-aa").id == "20261125-101500-aa"
    assert history.get("20261125-101500-ab").id == "20261125-101500-ab"
    assert history.get("20261126-1").id == "20261126-1"
    with pytest.raises(WrongUse) as told:
        history.get("20261125")
    assert str(told.value) == (
        "The ids of several runs begin with 20261125: 20261125-101500-ab, 20261125-101500-aa. "
        "Write more of the one that you mean."
    )
    history.remove(["20261125-101500-aa"])
    assert history.get("20261125").id == "20261125-101500-ab"


def test_the_latest_run_is_the_one_that_began_last_whatever_the_clock_said(history: History) -> None:
    for word in ("latest", "last"):
        with pytest.raises(Unknown, match=f"There is no run {word} in the workspace"):
            history.get(word)
    history.begin(begun("a", created=CREATED))
    history.begin(begun("b", created=CREATED - timedelta(days=400)))
    history.begin(begun("child", parent="b"))
    assert [history.get(word).id for word in ("latest", "last")] == ["b", "b"]


@pytest.mark.parametrize("run", ["", "%", "_", "nothing", "\x00", "\ud800", "x" * 100_000])
def test_a_run_that_is_not_there_is_told(history: History, run: str) -> None:
    history.begin(begun("20261125-1"))
    with pytest.raises(Unknown) as told:
        history.get(run)
    assert "`transom runs list` shows those that are there." in str(told.value)
    assert len(str(told.value)) < 400
    with pytest.raises(Unknown):
        history.end(run, ended())


def test_a_run_that_is_almost_named_is_shown(history: History) -> None:
    history.begin(begun("20261125-101500-aabbcc"))
    for asked in ("aabbcc", "20261125-101501-aabbcc"):
        with pytest.raises(Unknown, match=r"Did you mean 20261125-101500-aabbcc\?"):
            history.get(asked)


def test_runs_are_listed_the_newest_first_without_documents(history: History) -> None:
    for number in range(5):
        history.begin(begun(f"run-{number}"))
        history.end(f"run-{number}", ended())
    history.begin(begun("run-5"))
    listed = history.list(3)
    assert [each.id for each in listed] == ["run-5", "run-4", "run-3"]
    assert listed[0] == history.get("run-5")
    assert listed[1].ended == ended(document={})
    assert len(history.list()) == 6
    assert history.list(0) == []


def test_runs_are_listed_by_what_is_wanted_of_them(history: History) -> None:
    history.begin(begun("a", experiment="cars"))
    history.begin(begun("b", script_shown="clean.py", script=digest("f")))
    history.begin(begun("c", script_shown="/home/me/unclean.py"))
    history.begin(begun("d", script_shown="/home/me/CLEAN.PY"))
    history.end("b", ended())
    history.end("c", ended(status=Status.FAILED, failure_kind=FailureKind.SCRIPT_ERROR))

    def ids(**wanted: str) -> list[str]:
        return [each.id for each in history.list(**wanted)]  # type: ignore[arg-type]

    assert ids(status="running") == ["d", "a"]
    assert ids(status="failed") == ["c"]
    assert ids(status="no status") == []
    assert ids(experiment="cars") == ["a"]
    assert ids(script="clean.py") == ["b", "a"]
    assert ids(script="me/clean.py") == ["a"]
    assert ids(script="/home/me/clean.py") == ["a"]
    assert ids(script=digest("f")) == ["b"]
    assert ids(script="%") == []
    assert ids(script="clean.py", status="running") == ["a"]
    assert history.experiments() == ["Default", "cars"]


def test_children_are_listed_with_their_parent_and_forgotten_with_it(history: History) -> None:
    history.begin(begun("parent"))
    history.begin(begun("first", parent="parent"))
    history.begin(begun("second", parent="parent"))
    history.begin(begun("grandchild", parent="second"))
    history.begin(begun("other"))
    assert [each.id for each in history.list()] == ["other", "parent"]
    assert history.count() == 2
    assert [each.id for each in history.list(with_children=True)] == [
        "other",
        "grandchild",
        "second",
        "first",
        "parent",
    ]
    assert [each.id for each in history.children("parent")] == ["first", "second"]
    history.remove(["parent", "never there"])
    assert [each.id for each in history.list(with_children=True)] == ["other"]


def test_a_removed_run_leaves_nothing(history: History) -> None:
    history.begin(begun("a"))
    history.end("a", ended())
    history.remove(["a"])
    assert history.needed_digests() == set()
    history.begin(begun("a"))
    assert history.get("a") == RunRecord(begun("a"))


def test_abandoned_runs_end_and_those_that_ended_stay(history: History) -> None:
    history.begin(begun("left"))
    history.begin(begun("done"))
    history.end("done", ended())
    assert [each.id for each in history.running()] == ["left"]
    history.abandon(["left", "done", "never there"], FailureKind.ABANDONED, "Nobody runs it.")
    assert history.running() == []
    left = history.get("left").ended
    assert left is not None
    assert (left.status, left.failure_kind, left.message) == (
        Status.FAILED,
        FailureKind.ABANDONED,
        "Nobody runs it.",
    )
    assert (left.document, left.results, left.files, left.inputs) == ({}, {}, (), ())
    assert abs(datetime.now(UTC) - left.ended) < timedelta(minutes=1)
    assert history.get("done").ended == ended()


def test_the_real_end_of_a_run_replaces_an_end_that_was_told_before(history: History) -> None:
    history.begin(begun("a"))
    history.abandon(["a"], FailureKind.ABANDONED, "Nobody runs it.")
    history.end("a", ended())
    assert history.get("a").ended == ended()
    fewer = replace(ended(), files=(), inputs=(), results={}, document={"status": "succeeded"})
    history.end("a", fewer)
    assert history.get("a").ended == fewer


def test_what_kept_runs_need_is_told_and_of_others_only_their_texts(history: History) -> None:
    history.begin(begun("a", script=digest("a")))
    history.begin(begun("b", script=digest("b")))
    assert history.needed_digests() == {digest("a"), digest("b")}
    history.end("a", ended())
    # Of the input that is too large to be kept only the sample.
    whole = {digest(each) for each in "ab123567890"}
    assert history.needed_digests() == whole
    history.contents_removed(["a"])
    assert history.needed_digests() == {digest(each) for each in "ab1"}
    assert not history.get("a").contents_kept
    assert history.get("b").contents_kept
    assert history.get("a").ended == ended()


def test_the_oldest_runs_beyond_a_number_are_told(history: History) -> None:
    for run in "abcde":
        history.begin(begun(run))
    history.begin(begun("child", parent="a"))
    for run in "acde":
        history.end(run, ended())
    assert history.oldest_beyond(2) == ["a", "c"]
    assert history.oldest_beyond(5) == []
    assert history.oldest_beyond(0) == ["a", "c", "d", "e"]


def test_many_runs_at_once_are_forgotten_and_marked(history: History) -> None:
    runs = [f"run-{number}" for number in range(1200)]
    for run in runs:
        history.begin(begun(run))
    history.contents_removed(runs)
    history.abandon(runs, FailureKind.ABANDONED, "x")
    listed = history.list()
    assert len(listed) == 1200
    assert {(each.contents_kept, each.status) for each in listed} == {(False, "failed")}
    history.remove(runs)
    assert history.list() == []


@pytest.mark.parametrize("count", [1, 30, 100])
def test_after_a_kill_every_run_is_whole_or_absent(history: History, where: Where, count: int) -> None:
    process = writer(where, "run_for_ever")
    while len(history.list(count)) < count:
        time.sleep(0.01)
    time.sleep(random.uniform(0, 0.01))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    records = history.list()
    assert len([each for each in records if each.ended is None]) <= 1
    for each in records:
        if each.ended is not None:
            assert len(each.ended.files) == 50
            assert history.get(each.id).ended == replace(ended(), files=each.ended.files)
    history.begin(begun("after"))
