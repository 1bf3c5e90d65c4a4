"""Lines that changed are told by the numbers that they have in the text as it is now."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transom.flow.changed_lines import changed_lines

TEN = [f"line {number}" for number in range(1, 11)]


def said(before: list[str], after: list[str]) -> str:
    return str(changed_lines("\n".join(before) + "\n", "\n".join(after) + "\n"))


def changed_at(*numbers: int) -> list[str]:
    return [f"other {line}" if number in numbers else line for number, line in enumerate(TEN, 1)]


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (TEN, ""),
        (changed_at(4), "line 4 changed"),
        (changed_at(1), "line 1 changed"),
        (changed_at(10), "line 10 changed"),
        (changed_at(2, 4, 5, 6), "lines 2, 4-6 changed"),
        (changed_at(*range(1, 11)), "lines 1-10 changed"),
        ([*TEN, "more"], "line 11 was added"),
        (["new", "newer", *TEN], "lines 1-2 were added"),
        ([*TEN[:3], *TEN[4:]], "lines were removed before line 4"),
        (TEN[:9], "lines were removed at the end"),
        ([*TEN[:1], *TEN[2:4], *TEN[5:]], "lines were removed before line 2 and at 1 other places"),
        ([*changed_at(2)[:9], "new", *TEN[9:]], "line 2 changed, line 10 was added"),
        ([*changed_at(2)[:5], *TEN[6:]], "line 2 changed, lines were removed before line 6"),
    ],
)
def test_lines_are_told(after: list[str], told: str) -> None:
    assert said(TEN, after) == told


def test_many_pieces_are_told_by_their_number() -> None:
    lines = [str(number) for number in range(100)]
    after = [line if number % 10 else "x" for number, line in enumerate(lines)]
    assert said(lines, after) == "lines 1, 11, 21, 31, 41, 51 and 4 more pieces changed"


@pytest.mark.parametrize("after", ["a\r\nb\r\n", "a\rb", "a\nb"])
def test_ends_of_lines_are_no_lines(after: str) -> None:
    assert not str(changed_lines("a\nb\n", after))


def test_only_what_editors_count_ends_a_line() -> None:
    assert str(changed_lines("a\u2028b\x0c\nc", "a\u2028b\x0c\nd")) == "line 2 changed"


def test_the_empty_text_has_no_lines() -> None:
    assert str(changed_lines("", "a\n")) == "line 1 was added"
    assert str(changed_lines("a\nb\n", "")) == "lines were removed at the end"
    assert not str(changed_lines("", ""))


@pytest.mark.parametrize("lines", [["x"], ["x", "y"], [str(number) for number in range(50_000)]])
def test_a_huge_text_is_compared_at_once(lines: list[str]) -> None:
    before = ["first", *(lines * (100_000 // len(lines)))]
    after = ["other", *before[:-500], "last"]
    began = time.monotonic()
    assert changed_lines("\n".join(before), "\n".join(after)).changed
    assert time.monotonic() - began < 5


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_what_is_not_told_of_is_the_same(before: list[str], after: list[str]) -> None:
    found = changed_lines("".join(f"{line}\n" for line in before), "".join(f"{line}\n" for line in after))
    told = {number for first, last in (*found.changed, *found.added) for number in range(first, last + 1)}
    rest = iter(before)
    assert all(line in rest for number, line in enumerate(after, 1) if number not in told)
    assert bool(str(found)) == (before != after)
