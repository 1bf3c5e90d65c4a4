"""What a script logged comes to one value a name, of the run and of each child run, whatever the lines say."""

from __future__ import annotations

from typing import Any

import pytest

from transom.engine import metrics
from transom.engine.metrics import folded
from transom.model.runs import ChildRun


def line(kind: str, name: str = "x", value: object = None, child: object = None, **more: object) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": kind, "name": name, "value": value, **more}
    return found if child is None else {**found, "child": child}


def test_lines_of_a_child_run_are_its_own() -> None:
    told = folded(
        [
            line("log", "loss", 1.0),
            line("child", "first try", child="run_1"),
            line("log", "loss", 0.5, "run_1"),
            line("log", "loss", 0.25, "run_1"),
            line("row", "table", {"a": 1}, "run_1"),
            line("tag", "best", "yes", "run_1"),
            line("status", "status", "Completed", "run_1"),
            line("child", "", child="run_2"),
            line("log", "loss", 2.0),
        ]
    )
    assert told.metrics == {"loss": [1.0, 2.0]}
    assert told.tags == {}
    first = ChildRun("run_1", "first try", "completed", {"loss": [0.5, 0.25], "table": {"a": [1]}}, {"best": "yes"})
    assert told.children == (first, ChildRun("run_2", ""))
    assert told.warnings == ()


def test_a_child_run_that_was_never_begun_is_known_by_its_lines() -> None:
    assert folded([line("log", "loss", 1, 7)]).children == (ChildRun("7", "", "", {"loss": 1}),)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        *(("Completed", "completed"), ("completed", "completed"), ("Failed", "failed"), ("Canceled", "cancelled")),
        *(("cancelled", "cancelled"), ("Bogus", ""), (None, ""), (["failed"], "")),
    ],
)
def test_a_child_run_has_the_status_by_which_it_was_marked_last(said: object, status: str) -> None:
    assert folded([line("status", "status", said, "1")]).children[0].status == status
    marked = folded([line("status", "", "Failed", "1"), line("status", "", said, "1")]).children[0].status
    assert marked == (status or "failed")


def test_a_tag_can_be_taken_away_again() -> None:
    told = folded([line("tag", "a", "1"), line("tag", "b", None), line("untag", "a"), line("untag", "never there")])
    assert told.tags == {"b": None}


def test_properties_are_told_beside_tags() -> None:
    told = folded([line("property", "author", "me"), line("property", "none", None), line("property", "n", 5)])
    assert told.properties == {"author": "me", "none": None, "n": "5"}
    assert (told.tags, told.metrics) == ({}, {})


def test_what_was_said_of_a_failure_is_a_warning() -> None:
    told = folded([line("error", "", "no\nmore\x1b[2J data"), line("status", "", "Failed", details="gave up")])
    assert told.warnings == (
        "The script called run.fail: no more\u241b[2J data",
        "The script called run.fail: gave up",
    )
    assert folded([line("status", "", "Failed")]).warnings == ("The script called run.fail.",)
    assert folded([line("status", "", "Completed")]).warnings == ()


def test_a_child_run_that_failed_is_a_warning_only_with_a_reason() -> None:
    told = folded([line("child", "a\tb", child="1"), line("status", "", "Failed", "1", details="diverged")])
    assert told.warnings == ("The script marked its child run a b as failed: diverged",)
    assert folded([line("status", "", "Failed", "1")]).warnings == ()


def test_so_much_is_said_of_failures_and_no_more() -> None:
    told = folded(line("error", "", f"{number}" * 5000) for number in range(1000))
    assert len(told.warnings) == 10
    assert max(map(len, told.warnings)) < 1100


def test_the_run_and_its_children_share_what_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "MOST_NAMES", 3)
    lines = [line("log", name, 1, child) for child in (None, "1", "2") for name in ("a", "b")]
    told = folded([*lines, line("log", "a", 2)])
    assert told.metrics == {"a": [1, 2], "b": 1}
    assert [dict(each.metrics) for each in told.children] == [{"a": 1}, {}]
    assert told.dropped == 3


def test_values_of_children_count_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "MOST_VALUES", 10)
    told = folded([line("list", "l", list(range(8)), "1"), line("list", "l", list(range(8)), "2"), line("log")])
    assert [len(each.metrics["l"]) for each in told.children] == [8, 2]  # type: ignore[arg-type]
    assert told.dropped == 1


def test_so_many_child_runs_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "MOST_CHILDREN", 3)
    told = folded(line("child", "n", child=str(number)) for number in range(5))
    assert [each.id for each in told.children] == ["0", "1", "2"]
    assert told.dropped == 2


@pytest.mark.parametrize("child", ["", "x" * 10**6, [], {}, {"a": 1}, "\ud800", 10**4000, True, 1.5])
def test_a_child_run_may_be_called_anything(child: object) -> None:
    told = folded([line("log", "a", 1, child), line("child", "\udfff" * 5000, child=child)])
    for each in told.children:
        (each.id + each.name).encode()
        assert len(each.id) <= 200
        assert len(each.name) <= 1000


@pytest.mark.parametrize("kind", ["child", "status", "error", "property", "untag", "tag", [], None, {"a": 1}])
@pytest.mark.parametrize("value", [None, [[1]], {"a": {}}, "x" * 10**5, 10**400])
def test_a_line_may_hold_anything(kind: Any, value: object) -> None:
    for child in (None, "1"):
        told = folded([line(kind, "n", value, child, details=value), {"kind": kind, "child": child}])
        repr(told.warnings).encode()
        assert sum(map(len, told.warnings)) < 20_000
