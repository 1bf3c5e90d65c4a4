"""What a run prints reaches its log and its listeners, and a flag asks it to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from transom.store.live import Live, LiveView

if TYPE_CHECKING:
    from transom.store.lines import Event


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "run"


def log_of(folder) -> str:
    return (folder / "log.txt").read_bytes().decode()


def test_the_log_is_there_and_empty_from_the_start(folder):
    Live(folder)
    assert log_of(folder) == ""


def test_lines_are_in_the_log_as_soon_as_they_end(folder):
    live = Live(folder)
    live.feed(b"one\ntwo")
    assert log_of(folder) == "one\n"
    live.feed(b" and more\n")
    assert log_of(folder) == "one\ntwo and more\n"


def test_listeners_get_what_is_printed_while_it_is_printed(folder):
    heard: list[Event] = []
    live = Live(folder, listeners=[heard.append])
    live.feed(b"one\ntwo")
    live.feed(b"\r 50%\r100%\n")
    live.finish()
    assert heard == [("text", "one\n"), ("bar", "two"), ("bar", "100%"), ("text", "100%\n")]
    assert log_of(folder) == "one\n100%\n"


def test_every_listener_hears_the_same(folder):
    first: list[Event] = []
    second: list[Event] = []
    live = Live(folder, listeners=[first.append, second.append])
    live.feed(b"one\n")
    assert first == second == [("text", "one\n")]


def test_text_that_a_chunk_cuts_within_a_letter_is_whole(folder):
    live = Live(folder)
    for byte in "été 日本 🎉\n".encode():
        live.feed(bytes([byte]))
    assert log_of(folder) == "été 日本 🎉\n"


def test_bytes_that_are_no_utf8_are_replaced(folder):
    live = Live(folder)
    live.feed(b"caf\xe9\n")
    live.feed(b"\xe2\x82")
    live.finish()
    assert log_of(folder) == "caf\ufffd\n\ufffd"


def test_a_bar_redrawn_a_thousand_times_is_one_line_of_the_log(folder):
    live = Live(folder)
    for number in range(1001):
        live.feed(b"\r%d/1000" % number)
    live.feed(b"\ndone\n")
    assert log_of(folder) == "1000/1000\ndone\n"


def test_an_unfinished_line_is_in_the_log_at_the_end(folder):
    live = Live(folder)
    live.feed(b"working...")
    live.finish()
    assert log_of(folder) == "working..."


def test_our_own_lines_do_not_join_a_line_of_the_script(folder):
    live = Live(folder)
    live.feed(b"working...")
    live.write("Warning: something.\n")
    live.write("And another.")
    assert log_of(folder) == "working...\nWarning: something.\nAnd another.\n"


def test_progress_of_our_own_is_heard_but_not_logged(folder):
    heard: list[Event] = []
    live = Live(folder, listeners=[heard.append])
    live.progress("reading cars.csv 40%")
    live.progress("")
    live.finish()
    assert heard == [("bar", "reading cars.csv 40%"), ("bar", "")]
    assert log_of(folder) == ""


def test_a_log_over_its_limit_is_cut_once_and_says_so(folder):
    heard: list[Event] = []
    live = Live(folder, limit_bytes=10, listeners=[heard.append])
    live.feed(b"12345\n")
    live.feed("é89\nlost\n".encode())
    live.feed(b"lost too\n\r 50%")
    live.finish()
    log = log_of(folder)
    assert log.startswith("12345\né89")
    assert log.count("cut here") == 1
    assert "log_bytes" in log
    assert live.dropped_bytes == len("\nlost\nlost too\n 50%")
    assert "".join(event.text for event in heard if event.kind == "text") == log
    assert not [event for event in heard if event.kind == "bar"]


def test_a_cut_never_splits_a_letter(folder):
    live = Live(folder, limit_bytes=3)
    live.feed("éé\n".encode())
    live.finish()
    assert log_of(folder).startswith("é\n[")
    assert live.dropped_bytes == 3


def test_a_log_of_exactly_the_limit_is_whole(folder):
    live = Live(folder, limit_bytes=4)
    live.feed(b"123\n")
    live.finish()
    assert log_of(folder) == "123\n"
    assert live.dropped_bytes == 0


def test_finishing_twice_is_finishing_once(folder):
    live = Live(folder)
    live.feed(b"x")
    live.finish()
    live.finish()
    assert log_of(folder) == "x"
    assert LiveView(folder).finished()


def test_a_stop_is_asked_for_by_another_and_seen_by_the_run(folder):
    live = Live(folder)
    assert not live.stop_asked()
    LiveView(folder).ask_to_stop()
    LiveView(folder).ask_to_stop()
    assert live.stop_asked()
    assert not live.stop_asked_at_once()


def test_a_stop_at_once_is_a_stop_and_stays_one(folder):
    live = Live(folder)
    assert not live.stop_asked_at_once()
    LiveView(folder).ask_to_stop(at_once=True)
    LiveView(folder).ask_to_stop()
    assert live.stop_asked()
    assert live.stop_asked_at_once()


def test_a_run_that_has_not_begun_can_be_asked_to_stop(folder):
    LiveView(folder).ask_to_stop()
    assert Live(folder).stop_asked()


def test_a_finished_log_is_followed_to_its_end(folder):
    live = Live(folder)
    live.feed("été\n".encode() * 3)
    live.finish()
    assert "".join(LiveView(folder).follow()) == "été\n" * 3


def test_a_growing_log_is_followed_until_the_run_has_finished(folder):
    view = LiveView(folder)
    followed: list[str] = []
    begun = threading.Event()

    def follow() -> None:
        for piece in view.follow(poll_seconds=0.005):
            followed.append(piece)
            begun.set()

    follower = threading.Thread(target=follow)
    follower.start()
    live = Live(folder)
    live.feed(b"first\n")
    assert begun.wait(timeout=30)
    live.feed(b"second\nand the end")
    live.finish()
    follower.join(timeout=30)
    assert not follower.is_alive()
    assert "".join(followed) == "first\nsecond\nand the end"


WRITER = """
import sys, time
from pathlib import Path
from transom.store.live import Live
live = Live(Path(sys.argv[1]))
live.feed(b"one\\n")
print("ready", flush=True)
sys.stdin.read()
"""


def test_a_follower_ends_when_the_writer_was_killed(folder):
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout.readline() == b"ready\n"
        following = LiveView(folder).follow(poll_seconds=0.005)
        assert next(following) == "one\n"
        writer.send_signal(signal.SIGKILL)
        assert list(following) == []
    assert not LiveView(folder).finished()


def test_threads_that_print_at_once_do_not_mix_their_lines(folder):
    live = Live(folder)

    def say(name: str) -> None:
        for _ in range(200):
            live.write(name * 20)

    threads = [threading.Thread(target=say, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = log_of(folder).splitlines()
    assert len(lines) == 600
    assert set(lines) == {"a" * 20, "b" * 20, "c" * 20}


def test_what_a_terminal_would_obey_is_shown_as_a_symbol(folder):
    heard: list[Event] = []
    live = Live(folder, listeners=[heard.append])
    live.feed("a\x07b\x0ec\x9b2J\x7f\n".encode())
    live.write("warning: \x1b[2J of ours\n")
    live.progress("reading \x1b[2J")
    assert log_of(folder) == "a\u2407b\u240ec\ufffd2J\u2421\nwarning: \u241b[2J of ours\n"
    assert not [each for each in heard if "\x1b" in each.text or "\x07" in each.text]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no disk here that is always full")
def test_a_full_disk_ends_the_log_and_not_the_run(folder):
    heard: list[Event] = []
    live = Live(folder, listeners=[heard.append])
    with open("/dev/full", "ab", buffering=0) as full:
        os.dup2(full.fileno(), live._file.fileno())
    live.feed(b"one\n")
    live.feed(b"two\n")
    live.finish()
    assert live.dropped_bytes == 8
    assert [each.text for each in heard] == ["[The log ends here: No space left on device.]\n"]
