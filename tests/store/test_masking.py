"""No form of a secret's value is seen, however the text that holds it is cut."""

from __future__ import annotations

import base64
import json
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transom.store.lines import Event
from transom.store.live import Live
from transom.store.masking import MASK, Masker, forms_of, masked

TEXTS = st.text("ab\\\"'/+ é\n", min_size=4, max_size=9)


def _through(masker: Masker, text: str, cuts: list[int]) -> str:
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    return "".join(masker.feed(text[start:end]) for start, end in pairwise(places)) + masker.rest()


@given(st.lists(TEXTS, min_size=1, max_size=3), st.text("ab\\\"'/+ é\n"), st.text("ab\n"), st.lists(st.integers(0, 40)))
def test_a_value_is_masked_wherever_the_stream_is_cut(
    values: list[str], before: str, after: str, cuts: list[int]
) -> None:
    masker = Masker()
    masker.add(values)
    shown = _through(masker, before + values[0] + after, cuts)
    assert all(form not in shown for form in forms_of(values) if MASK not in form and "*" not in form)


@given(st.text("xyz \n"), st.lists(st.integers(0, 40)))
def test_a_text_without_the_value_comes_through_whole(text: str, cuts: list[int]) -> None:
    masker = Masker()
    masker.add(["xyzzy-secret"])
    assert _through(masker, text, cuts) == text


def test_only_what_could_begin_a_value_is_held_back() -> None:
    masker = Masker()
    masker.add(["topsecret"])
    assert masker.feed("it is to") == "it is "
    assert masker.feed("day\n") == "today\n"


def test_a_value_that_begins_another_one_does_not_show_the_rest_of_it() -> None:
    masker = Masker()
    masker.add(["abcd", "abcdefgh"])
    assert _through(masker, "1 abcdefgh 2 abcd", [6]) == f"1 {MASK} 2 {MASK}"


@pytest.mark.parametrize("written", [quote, json.dumps, repr, lambda text: base64.b64encode(text.encode()).decode()])
def test_other_forms_of_a_value_are_masked(written) -> None:  # type: ignore[no-untyped-def]
    value = 'p&ss "w\\rd"/ü'
    assert MASK in masked(f"x{written(value)}y", [value])
    assert "w" not in masked(f"x{written(value)}y", [value])


def test_each_line_of_a_key_is_masked() -> None:
    key = "-----BEGIN-----\nMIIEvQ\nab\n-----END-----\n"
    assert masked("line MIIEvQ of it, and ab", [key]) == f"line {MASK} of it, and ab"


def test_short_values_are_not_masked() -> None:
    assert masked("a cat", ["cat"]) == "a cat"


def test_a_document_is_masked_at_every_depth() -> None:
    told = {"secret!!": ["x secret!! y", {"deep": ("secret!!",)}], "number": 123456, "other": 7, "flag": True}
    assert masked(told, ["secret!!", "123456"]) == {
        MASK: [f"x {MASK} y", {"deep": (MASK,)}],
        "number": MASK,
        "other": 7,
        "flag": True,
    }


@pytest.mark.parametrize("piece", [1, 3, 1000])
def test_neither_log_nor_listener_sees_a_value(tmp_path: Path, piece: int) -> None:
    events: list[Event] = []
    live = Live(tmp_path, listeners=[events.append])
    live.feed(b"before\n")
    live.mask(["topsecret"])
    printed = (
        b"a topsecret b\nbar 1 topsecret\rbar 2 topsecret\nto\x1b[1mpsecret\n" + b"x" * 5000 + b"topsecret\nend top"
    )
    for start in range(0, len(printed), piece):
        live.feed(printed[start : start + piece])
    live.write("warning: topsecret\n")
    live.progress("reading topsecret")
    live.finish()
    log = live.log.read_text()
    assert "topsecret" not in log
    assert all("topsecret" not in event.text for event in events)
    assert log.startswith(f"before\na {MASK} b\n")
    assert "end top\n" in log
