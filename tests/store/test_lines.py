"""What a terminal would show of a stream, said by the log that is left and by the bars on the way."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transom.store.lines import LONGEST_OPEN_LINE, MOST_OPEN_ROWS, Event, Lines

UP = "\x1b[A"


def events_of(*chunks: str) -> list[Event]:
    lines = Lines()
    return [event for chunk in chunks for event in lines.feed(chunk)]


def log_of(*chunks: str) -> str:
    lines = Lines()
    events = [event for chunk in chunks for event in lines.feed(chunk)] + lines.finish()
    return "".join(event.text for event in events if event.kind == "text")


def text(content: str) -> Event:
    return Event("text", content)


def bar(content: str) -> Event:
    return Event("bar", content)


def test_whole_lines_of_a_chunk_are_one_piece():
    assert events_of("one\ntwo\n") == [text("one\ntwo\n")]


def test_a_line_without_its_end_is_shown_while_it_is_open():
    assert events_of("one\nworking...", " done\n") == [text("one\n"), bar("working..."), text("working... done\n")]


def test_a_line_that_never_ends_is_in_the_log():
    assert log_of("working...") == "working..."


def test_an_empty_chunk_says_nothing():
    assert events_of("", "", "\n") == [text("\n")]


def test_empty_lines_are_kept():
    assert log_of("\n\na\n\n") == "\n\na\n\n"


def test_a_bar_is_shown_at_each_state_and_logged_once():
    events = events_of("\r 0%", "\r 50%", "\r100%\n", "done\n")
    assert events == [bar(" 0%"), bar(" 50%"), bar("100%"), text("100%\ndone\n")]


def test_a_bar_that_is_the_last_thing_printed_is_logged():
    assert log_of("\r 0%", "\r100%\n") == "100%\n"
    assert log_of("\r 0%", "\r 40%") == " 40%"


def test_a_return_before_a_newline_is_a_newline_wherever_it_is_cut():
    assert log_of("one\r\ntwo\r\n") == "one\ntwo\n"
    assert events_of("one\r", "\ntwo\r", "\n") == [bar("one"), text("one\n"), bar("two"), text("two\n")]
    assert log_of("one\r\r\ntwo\n") == "one\ntwo\n"


def test_a_return_at_the_end_of_a_chunk_overwrites_nothing_yet():
    assert events_of("abc\r") == [bar("abc")]
    assert events_of("abc\r", "x") == [bar("abc"), bar("xbc")]


def test_what_is_shorter_overwrites_only_its_own_length():
    assert log_of("loading 100\rloaded\n") == "loadedg 100\n"


def test_blanks_that_hide_a_longer_state_are_not_logged():
    assert log_of("\rreading everything\rdone              \n") == "done\n"


def test_blanks_at_the_end_of_a_plain_line_are_kept():
    assert log_of("a  \nb  ") == "a  \nb  "


def test_backspaces_overwrite():
    assert log_of("10%\b\b\b20%\b\b\b30%\n") == "30%\n"
    assert log_of("\b\b\bx\n") == "x\n"


def test_a_print_within_a_bar_stays_on_its_line():
    assert log_of("\r 0%|  |", "hello\n", "\r 50%|# |", "\r100%|##|\n") == " 0%|  |hello\n100%|##|\n"


def test_bars_one_after_the_other_are_one_line_each():
    first = [f"\rfirst {number}" for number in range(10)]
    second = [f"\rsecond {number}" for number in range(10)]
    assert log_of(*first, "\n", *second, "\n", "end\n") == "first 9\nsecond 9\nend\n"


def nested_bars(rounds: int, steps: int) -> str:
    """What two bars, the inner one below the outer one, write: down, redraw, up again."""
    drawn = "\router 0"
    for outer in range(rounds):
        drawn += "".join(f"\n\rinner {inner}{UP}" for inner in range(steps))
        drawn += f"\router {outer + 1}"
    return drawn + "\n\n"


def test_bars_below_each_other_are_one_line_each():
    assert log_of(nested_bars(10, 10)) == "outer 10\ninner 9\n"
    assert log_of(*nested_bars(10, 10)) == "outer 10\ninner 9\n"


def test_bars_below_each_other_are_shown_together():
    assert events_of("\router 0", f"\n\rinner 0{UP}") == [bar("outer 0"), bar("outer 0\ninner 0")]


def test_a_message_written_above_wiped_bars_is_a_line_at_once():
    wiped = f"\r       \r\n\r       \r{UP}"
    drawn = f"\router 0\n\rinner 0{UP}" + wiped + "message\n" + f"\router 1\n\rinner 1{UP}"
    assert events_of(drawn) == [text("message\n"), bar("outer 1\ninner 1")]


def test_an_inner_bar_that_is_wiped_leaves_no_line():
    assert log_of(f"\router 0\n\rinner{UP}\router 1\n\r     {UP}", "\n") == "outer 1\n"


def test_many_bars_that_never_settle_are_bounded():
    lines = Lines()
    for number in range(100):
        lines.feed(f"\rbar {number}\n")
    (event,) = lines.feed("\rlast")
    assert len(event.text.splitlines()) <= MOST_OPEN_ROWS
    assert log_of(*(f"\rbar {number}\n" for number in range(100))).splitlines() == [f"bar {n}" for n in range(100)]


def test_colours_and_titles_are_left_out():
    assert log_of("\x1b[1;31mred\x1b[0m\n") == "red\n"
    assert log_of("\x1b]0;title\x07a\x1b]8;;http://x\x1b\\b\n") == "ab\n"
    assert log_of("\x1b[?25l\x1b(Bplain\n") == "plain\n"


def test_an_escape_that_a_chunk_cuts_in_two_is_one_escape():
    assert log_of("\x1b", "[", "3", "1mred", "\x1b[0", "m\n") == "red\n"


def test_an_escape_that_never_ends_is_not_held_for_ever():
    lines = Lines()
    lines.feed("\x1b]" + "x" * 10_000)
    (event,) = lines.feed("\nnext\n")
    assert event.text.endswith("next\n")


def test_erasing_the_line_erases_it():
    assert log_of("long state\r\x1b[Kshort\n") == "short\n"
    assert log_of("long state\x1b[2K\rshort\n") == "short\n"
    assert log_of("abcdef\x1b[4D\x1b[K\n") == "ab\n"
    assert log_of("abcdef\x1b[4D\x1b[1K\r\n") == "   def\n"


def test_a_cursor_that_moves_far_away_costs_nothing():
    assert len(log_of("\x1b[999999999Cx\x1b[999999999A\x1b[999999999B\n")) <= LONGEST_OPEN_LINE + 3


def test_a_very_long_line_is_passed_on_in_pieces():
    piece, shown = events_of("x" * 10_000)[0], events_of("x" * 10_000)[1:]
    assert piece == text("x" * 10_000)
    assert shown == []
    assert log_of(*("." * 100 for _ in range(1000)), "\n") == "." * 100_000 + "\n"


def test_lines_of_our_own_stand_below_what_was_open():
    lines = Lines()
    lines.feed("working...")
    assert lines.put("a warning") == [text("working...\na warning\n")]
    assert lines.feed(" done\n") == [text(" done\n")]


def test_lines_of_our_own_after_whole_lines_add_no_empty_line():
    lines = Lines()
    lines.feed("one\n")
    assert lines.put("two\n") == [text("two\n")]


def test_a_bar_that_vanishes_is_told():
    assert events_of("\rstate", "\r     \r") == [bar("state"), bar("")]


PIECES = st.sampled_from(
    [
        "a",
        "bc",
        " ",
        "\n",
        "\r",
        "\r\n",
        "\b",
        UP,
        "\x1b[B",
        "\x1b[2C",
        "\x1b[K",
        "\x1b[1m",
        "\x1b]0;t\x07",
        "é",
        "日本",
    ]
)


@given(st.lists(PIECES, max_size=60), st.lists(st.integers(0, 200), max_size=20))
def test_the_log_does_not_depend_on_where_the_stream_is_cut(pieces, cuts):
    stream = "".join(pieces)
    places = sorted({min(cut, len(stream)) for cut in cuts} | {0, len(stream)})
    chunks = [stream[start:end] for start, end in itertools.pairwise(places)]
    assert log_of(*chunks) == log_of(stream)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\b\x1b"), max_size=50), max_size=10))
def test_plain_text_is_logged_as_it_is(chunks):
    assert log_of(*chunks) == "".join(chunks)


@pytest.mark.parametrize("stream", ["a\n\rb", "\r\n\r\n", "\r", "\b", UP, "\x1b"])
def test_odd_streams_end_well(stream):
    assert isinstance(log_of(*stream), str)


def test_a_move_by_a_number_of_thousands_of_digits_is_no_move():
    assert log_of("a\x1b[" + "9" * 20_000 + "Db\n") == "ab\n"
