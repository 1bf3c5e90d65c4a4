"""Once a script was told a value, neither the log nor a listener of its run sees it, however it is printed."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transom.store.live import Live

if TYPE_CHECKING:
    from transom.store.lines import Event


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "run"


def log_of(folder) -> str:
    return (folder / "log.txt").read_bytes().decode()


def test_a_value_is_masked_in_log_and_events_from_when_it_is_told(folder):
    heard: list[Event] = []
    live = Live(folder, listeners=[heard.append])
    live.feed(b"before topsecret\n")
    live.mask(["topsecret"])
    live.feed(b"a topsecret b\n")
    live.write("warning: topsecret")
    live.progress("reading topsecret")
    live.progress("")
    live.mask(["another one"])
    live.feed(b"topsecret and another one")
    live.finish()
    assert log_of(folder) == "before topsecret\na *** b\nwarning: ***\n*** and ***"
    assert "".join(event.text for event in heard if event.kind == "text") == log_of(folder)
    assert [event.text for event in heard if event.kind == "bar" and event.text] == ["reading ***", "*** and ***"]


def test_lines_are_told_at_once_although_something_is_masked(folder):
    live = Live(folder)
    live.mask(["topsecret", "two\nlines"])
    live.feed(b"one\n")
    assert log_of(folder) == "one\n"
    live.feed(b"it is to")
    live.feed(b"day\n")
    assert log_of(folder) == "one\nit is today\n"


def test_what_may_become_a_value_is_held_back_until_it_is_known(folder):
    heard: list[Event] = []
    live = Live(folder, listeners=[heard.append])
    live.mask(["first line\nsecond"])
    live.feed(b"1\nfirst line\n")
    assert log_of(folder) == "1\n"
    assert "first" not in "".join(event.text for event in heard)
    live.feed(b"seconds\n")
    assert log_of(folder) == "1\n***s\n"
    live.feed(b"firs")
    live.finish()
    assert log_of(folder) == "1\n***s\nfirs"


@pytest.mark.parametrize(
    ("pieces", "log"),
    [
        ([b"top", b"secret\n"], "***\n"),
        ([b"top\x1b[1msec\x1b", b"[0mret\n"], "***\n"),
        ([b"50% tops\r", b"99% topsecret\n"], "99% ***\n"),
        ([b"xopsecret", b"\rt\n"], "***\n"),
        ([b"topsecre", b"t\r         \rdone\n"], "done\n"),
        ([b"topxx\b\bsec", b"ret\n"], "***\n"),
        ([b" \rtop\n\x1b[A\x1b[3C", b"secret\n"], "***\n"),
        ([b"x" * 4090 + b"topsec", b"ret\n"], "x" * 4090 + "***\n"),
        ([b"x" * 4090 + b"top\x1b[1msec", b"ret" + b"y" * 5000], "x" * 4090 + "***" + "y" * 5000),
        ([b"top", b"secret" * 2000 + b"\n"], "***" + "secret" * 1999 + "\n"),
        ([b"t", b"o", b"p", b"s", b"e", b"c", b"r", b"e", b"t"], "***"),
        ([b"dG9wc2Vj", b"cmV0\n"], "***\n"),
    ],
)
def test_a_value_is_masked_however_it_comes_to_stand_there(folder, pieces, log):
    heard: list[Event] = []
    live = Live(folder, listeners=[heard.append])
    live.mask(["topsecret"])
    for piece in pieces:
        live.feed(piece)
    live.finish()
    assert log_of(folder) == log
    assert not [event for event in heard if "topsecret" in event.text]
    assert "".join(event.text for event in heard if event.kind == "text") == log


PIECES = [
    "topsecret",
    "tops",
    "ecret",
    "ab\ncd",
    "ab",
    "cd",
    "\r",
    "\n",
    "\b",
    "x",
    " 50%",
    "\x1b[1m",
    "\x1b[A",
    "\x1b[K",
    "y" * 4096,
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12), st.lists(st.integers(0, 60), max_size=6))
def test_no_stream_shows_a_value_and_one_without_is_as_ever(tmp_path_factory, parts, cuts):
    printed = "".join(parts).encode()
    folder = tmp_path_factory.mktemp("run")
    heard: list[Event] = []
    live, plain = Live(folder, listeners=[heard.append]), Live(folder / "plain")
    live.mask(["topsecret", "ab\ncd"])
    places = [0, *sorted(min(each, len(printed)) for each in cuts), len(printed)]
    for start, end in itertools.pairwise(places):
        live.feed(printed[start:end])
        plain.feed(printed[start:end])
    live.finish()
    plain.finish()
    shown = [log_of(folder), *(event.text for event in heard)]
    assert not [text for text in shown if "topsecret" in text or "ab\ncd" in text]
    assert log_of(folder) == log_of(folder / "plain").replace("topsecret", "***").replace("ab\ncd", "***")
    assert "".join(event.text for event in heard if event.kind == "text") == log_of(folder)


def test_a_bar_shows_its_numbers_although_a_value_begins_with_one(folder):
    heard: list[Event] = []
    live = Live(folder, listeners=[heard.append])
    live.mask(["0123456789"])
    for number in (1, 10, 100):
        live.feed(b"\r%d" % number)
    assert [event.text for event in heard] == ["1", "10", "100"]


def test_a_log_over_its_limit_is_cut_after_masking(folder):
    live = Live(folder, limit_bytes=8)
    live.mask(["topsecret"])
    live.feed(b"topsecret\ntopsecret topsecret\n")
    live.finish()
    assert log_of(folder).startswith("***\n***")
    assert "top" not in log_of(folder)


def test_a_value_may_be_told_while_another_thread_prints(folder):
    live = Live(folder)
    told = threading.Event()

    def tell() -> None:
        live.mask(["topsecret"])
        told.set()

    thread = threading.Thread(target=tell)
    for number in range(300):
        live.feed(b"line %d\n" % number)
        if number == 100:
            thread.start()
        if told.is_set():
            live.feed(b"topsecret\n")
    thread.join()
    assert "topsecret" not in log_of(folder)
    assert log_of(folder).count("line") == 300


def test_without_anything_to_mask_the_masker_is_not_even_imported():
    code = "import sys, transom.store.live; sys.exit('transom.store.masking' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
