"""What a person's own component gives by name is compared with what its script takes, before it runs."""

from __future__ import annotations

import pytest
from tests.checks.surrounding import NEW, found

from transom.engine.checks import Surroundings
from transom.model.scripts import Severity

AROUND = Surroundings(NEW, entry_point="clean", keywords=("left", "right", "share"))


@pytest.mark.parametrize(
    "signature",
    [
        "left, right, share",
        "share, left=None, *, right",
        "left, right, share, more=3, *, last='x'",
        "**all",
        "left, *rest, share, **others",
        "*, left, right, share=0.5",
    ],
)
@pytest.mark.parametrize(
    "begin", ["def clean({}):\n    return left\n", "clean = lambda {}: left\n", "async def clean({}): pass\n"]
)
def test_what_takes_all_keywords_is_correct(signature: str, begin: str) -> None:
    names = [
        each for each in found("left = 1\n" + begin.format(signature), AROUND) if each.severity is Severity.REFUSED
    ]
    assert names == []


@pytest.mark.parametrize(
    ("signature", "words"),
    [
        ("left, right, share, rate", "requires rate"),
        ("left, right, *, share, rate, more", "requires rate, more"),
        ("left, right", "takes no share"),
        ("", "takes no left and no right and no share"),
        ("dataframe1, dataframe2", "requires dataframe1, dataframe2"),
        ("left, /, right, share", "takes no left"),
        ("left, /, right, share, **more", "left by position only"),
        ("*all", "takes no left"),
    ],
)
def test_what_does_not_take_them_is_refused_with_its_line(signature: str, words: str) -> None:
    findings = found(f"import os\n\n\ndef clean({signature}):\n    return os\n", AROUND)
    assert [(each.code, each.severity, each.line) for each in findings] == [
        ("entry_point_signature", Severity.REFUSED, 4)
    ]
    assert words in findings[0].message
    assert findings[0].remedy == "Write `def clean(left, right, share):`, or name in component.yaml what it takes."


def test_what_a_decorator_may_change_is_left_to_the_run() -> None:
    assert found("import functools\n@functools.cache\ndef clean(x):\n    return x\n", AROUND) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1\n", "Define `def clean(left, right, share):`"),
        ("clean = 3\n", "define `def clean(left, right, share):`"),
        ("def tidy(share, left, right): return left\n", "Write `def clean(…)` in line 1."),
    ],
)
def test_an_entry_point_that_is_missing_is_shown_with_its_keywords(text: str, words: str) -> None:
    findings = found(text, AROUND)
    assert [each.code for each in findings] == ["entry_point_missing"]
    assert words in findings[0].remedy


def test_a_component_that_hands_nothing_on_may_return_nothing() -> None:
    text = "def clean(left, right, share):\n    rows = left.shape[0] * share\n    check(rows)\n\n\ndef check(n): pass\n"
    assert found(text, AROUND) == ()
