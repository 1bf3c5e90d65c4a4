"""No form of a secret's value is seen, however the text that holds it is cut."""

from __future__ import annotations

import base64
import json
import time
from collections import namedtuple
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.store.masking import MASK, SHORTEST, Masker, forms_of, masked

KEY = "-----BEGIN KEY-----\nMIIEvQIBADANBg\nab\nkqhkiG9w0BAQEF\n-----END KEY-----\n"
#: Few letters, so that values repeat, begin in each other and overlap.
LETTERS = "ab\n"
VALUES = st.lists(st.text(LETTERS, min_size=1, max_size=9), min_size=1, max_size=3)
LONG_VALUES = st.lists(st.text(LETTERS, min_size=60, max_size=140), min_size=1, max_size=2)
CUTS = st.lists(st.integers(0, 300), max_size=8)


def masker_of(values: Sequence[str]) -> Masker:
    masker = Masker()
    masker.add(values)
    return masker


def cut(text: str, cuts: Sequence[int]) -> Iterator[str]:
    places = [0, *sorted(min(each, len(text)) for each in cuts), len(text)]
    return (text[start:end] for start, end in pairwise(places))


def through(values: Sequence[str], text: str, cuts: Sequence[int] = ()) -> str:
    masker = masker_of(values)
    return "".join(masker.feed(piece) for piece in cut(text, cuts)) + masker.rest()


def simply_masked(values: Sequence[str], text: str) -> str:
    """What masking means, done in the simplest way: the union of all places where a form stands."""
    spans: list[list[int]] = []
    for form in forms_of(values):
        spans += [[place, place + len(form)] for place in range(len(text)) if text.startswith(form, place)]
    told, end = [], 0
    for start, stop in sorted(spans):
        if start >= end:
            told += [text[end:start], MASK]
        end = max(end, stop)
    return "".join([*told, text[end:]])


# One text.


@given(VALUES, st.text(LETTERS, max_size=60))
def test_every_place_of_every_form_is_masked_and_nothing_else(values: list[str], text: str) -> None:
    assert masked(text, values) == simply_masked(values, text)


def test_values_that_overlap_leave_nothing_of_either() -> None:
    assert masked("1 abcdefghij 2", ["abcdef", "defghij"]) == f"1 {MASK} 2"
    assert masked("1 aaaaaaa 2", ["aaaa"]) == f"1 {MASK} 2"
    assert masked("1 abcdefgh 2 abcd", ["abcd", "abcdefgh"]) == f"1 {MASK} 2 {MASK}"


@pytest.mark.parametrize(
    "written",
    [
        quote,
        quote_plus,
        lambda text: quote(text, safe=""),
        lambda text: quote(text, safe="").replace("%2F", "%2f").replace("%26", "%26").lower(),
        lambda text: urlencode({"p": text}),
        json.dumps,
        lambda text: json.dumps(text, ensure_ascii=False),
        repr,
        ascii,
        lambda text: repr(text.encode()),
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
        lambda text: f"  {text}",
        lambda text: str({"key": [text]}),
        lambda text: str(KeyError(text)),
    ],
)
@pytest.mark.parametrize(
    "value", ['p&ss "w\\rd"/\u00fc\u00df', "it's one\\two", "{'a': \"b\"}\n~\u00ff?", " ends in spaces "]
)
def test_what_other_notations_make_of_a_value_is_masked(written: Callable[[str], str], value: str) -> None:
    value = value.lower()
    shown = masked(f"[{written(value)}]", [value])
    assert MASK in shown
    assert not {form for form in forms_of([value]) if form in shown}
    assert len(shown) <= len("[b'p=   {'key': ['']}\"\"  ***==]") + 4


def test_each_line_of_a_key_is_masked_unless_it_is_short() -> None:
    assert masked("line MIIEvQIBADANBg of it, and ab", [KEY]) == f"line {MASK} of it, and ab"
    assert masked(KEY, [KEY]) == f"{MASK}\n"
    indented = "".join(f"    {line}\n" for line in KEY.splitlines())
    assert masked(indented, [KEY]).split() == [MASK, MASK, "ab", MASK, MASK]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_value_of_short_lines_is_masked_as_a_whole(end: str) -> None:
    value = end.join(["ab", "cd", "ef"])
    assert masked(f"[{value}]", [value]) == f"[{MASK}]"
    if end == "\r\n":
        assert masked("[ab\ncd\nef]", [value]) == f"[{MASK}]"


@pytest.mark.parametrize("value", ["", "cat", " a ", "\n\n\n\n", "    "])
def test_short_values_are_not_masked(value: str) -> None:
    assert SHORTEST == 4
    assert masked("a cat a \n\n\n\n     ", [value]) == "a cat a \n\n\n\n     "
    assert not masker_of([value]).is_needed


def test_of_a_long_value_its_beginning_is_masked_too() -> None:
    value = base64.b64encode(bytes(range(200))).decode()
    assert masked(f"cut: {value[:100]} and {value[:63]}", [value]) == f"cut: {MASK} and {value[:63]}"
    assert masked(f"cut: {value[:100]}X{value[101:]}", [value]) == f"cut: {MASK}X{value[101:]}"


def test_a_text_that_was_cut_short_in_a_value_shows_nothing_of_it() -> None:
    assert masked("it is correct hor\u2026", ["correct horse"]) == f"it is {MASK}\u2026"
    assert masked("it is correct horse\u2026", ["correct horse"]) == f"it is {MASK}\u2026"
    assert masked("it is co\u2026", ["correct horse"]) == "it is co\u2026"
    assert masked("it is correct hor", ["correct horse"]) == "it is correct hor"
    assert masked("a correct\u2026", ["a correct", "correct horse"]) == f"{MASK}\u2026"


# A document.


def test_a_document_is_masked_at_every_depth() -> None:
    told = {
        "secret!!": ["x secret!! y", {"deep": ("secret!!",)}],
        "number": 123456,
        "other": 7,
        "flag": True,
        "no": None,
    }
    assert masked(told, ["secret!!", "123456", "True"]) == {
        MASK: [f"x {MASK} y", {"deep": (MASK,)}],
        "number": MASK,
        "other": 7,
        "flag": True,
        "no": None,
    }
    assert told["number"] == 123456


def test_names_that_become_one_keep_what_they_had() -> None:
    assert masked({"a secret": 1, "b secret": 2, "secret": 3, "other": 4}, ["secret", "a secret", "b secret"]) == {
        MASK: 1,
        f"{MASK} (2)": 2,
        f"{MASK} (3)": 3,
        "other": 4,
    }


def test_a_document_keeps_its_kinds() -> None:
    row = namedtuple("row", "name value")
    assert masked([row("a", "secret"), ("secret",), 1.5, b"secret"], ["secret"]) == [
        row("a", MASK),
        (MASK,),
        1.5,
        b"secret",
    ]
    assert isinstance(masked([row("a", "secret")], ["secret"])[0], row)


def test_what_is_too_deep_to_look_through_is_masked() -> None:
    told: list[object] = ["secret"]
    for _ in range(400):
        told = [told, "x"]
    shown = json.dumps(masked(told, ["secret"]))
    assert "secret" not in shown
    assert MASK in shown


def test_without_values_a_document_is_itself() -> None:
    told = {"a": ["b"]}
    assert masked(told, []) is told
    assert masked(told, ["no"]) is told


# A stream.


@given(VALUES, st.text(LETTERS, max_size=60), CUTS)
def test_a_stream_is_masked_as_its_whole_text_is(values: list[str], text: str, cuts: list[int]) -> None:
    assert through(values, text, cuts) == masked(text, values)


@given(LONG_VALUES, st.data())
@settings(max_examples=100, deadline=None)
def test_so_is_one_with_long_values(values: list[str], data: st.DataObject) -> None:
    parts = [value[start:] for value in values for start in (0, 0, 10)] + [value[:70] for value in values]
    text = "".join(data.draw(st.lists(st.sampled_from([*parts, "a", "b", "\n", "x"]), max_size=6)))
    shown = through(values, text, data.draw(CUTS))
    assert shown == masked(text, values)
    assert not [form for form in forms_of(values) if form in shown]


@given(st.text(LETTERS + "*", max_size=60), CUTS)
def test_a_text_without_the_value_comes_through_whole(text: str, cuts: list[int]) -> None:
    assert through(["abcd-secret"], text, cuts) == text


@given(VALUES, VALUES, st.text(LETTERS, max_size=40), st.text(LETTERS, max_size=40), CUTS)
def test_a_value_that_is_told_in_the_middle_is_masked_from_there(
    values: list[str], later: list[str], before: str, after: str, cuts: list[int]
) -> None:
    masker = masker_of(values)
    first = masker.feed(before)
    masker.add(later)
    rest = "".join(masker.feed(piece) for piece in cut(after, cuts)) + masker.rest()
    assert not [form for form in forms_of([*values, *later]) if form in rest]
    assert not [form for form in forms_of(values) if form in first + rest]


def test_only_what_could_begin_a_value_is_held_back() -> None:
    masker = masker_of(["topsecret"])
    assert masker.feed("it is to") == "it is "
    assert masker.feed("day\n") == "today\n"
    assert masker.feed("tops\n") == "tops\n"
    assert masker.feed("the topsecre") == "the "
    assert masker.rest() == "topsecre"
    assert masker.feed("the topsecret") == f"the {MASK}"


def test_no_more_than_a_few_letters_are_ever_held_back() -> None:
    value = "xy" * 30_000
    masker = masker_of([value])
    shown = masker.feed("a" + value[:1000])
    assert shown == f"a{MASK}"
    assert masker.feed(value[1000:]) == ""
    assert masker.feed("b") == "b"


def test_what_may_still_change_is_looked_at_after_what_is_held_back() -> None:
    masker = masker_of(["ab\ncd\nef", "topsecret"])
    assert masker.feed("1 ab\n") == "1 "
    assert masker.ahead("cd\ne") == ""
    assert masker.ahead("xy") == "ab\nxy"
    assert masker.ahead("cd\nef 2") == f"{MASK} 2"
    assert masker.ahead("") == "ab\n"
    assert masker.feed("cd\nef 3") == f"{MASK} 3"
    assert masker.ahead("it is tops") == "it is "
    assert masker.ahead("10 to") == "10 to"


def test_many_lines_and_a_long_value_cost_little() -> None:
    value = "\n".join(f"{number:06d}key{number * 7919:08x}" for number in range(3500))
    text = "an ordinary line of a log, 000123 and more\n" * 2000
    began = time.monotonic()
    masker = masker_of([value])
    assert masker.feed(text) == text
    assert masker.feed(f"{value}\n") == f"{MASK}\n"
    for letter in value[:5000]:
        masker.feed(letter)
    assert time.monotonic() - began < 3
