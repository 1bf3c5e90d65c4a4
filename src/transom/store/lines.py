"""What a terminal would show of a stream of text: which lines are final, and which are still being redrawn."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

LONGEST_OPEN_LINE = 4096
MOST_OPEN_ROWS = 20

_PIECE = re.compile(
    r"(?P<text>[^\r\n\b\x1b]+)"
    r"|(?P<control>[\r\n\b])"
    r"|\x1b\[(?P<count>[0-9]{0,9})(?P<move>[ABCDGK])"
    r"|\x1b\[[0-?]*[ -/]*[@-~]"  # any other control sequence: a colour, bold, a hidden cursor
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # a title or a link
    r"|\x1b[ -/]+[0-~]|\x1b[0-Z\\^-~]"  # a choice of characters, a saved cursor
)
_UNFINISHED_ESCAPE = re.compile(r"\x1b(?:[ -/]+|\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?)?\Z")
_LONGEST_ESCAPE = 4096
_SPECIAL = re.compile(r"[\r\b\x1b]")


class Event(NamedTuple):
    """A piece of what is printed, or the state of what is being redrawn.

    `text`: the next piece of the log: whole lines, unless a line is very long or the stream ended within it. `bar`:
    all that stands below the log now and may still change: a progress bar, several of them (one a line), or a line
    that has not ended; empty when there is nothing any more. Each event makes the bar before it void.
    """

    kind: Literal["text", "bar"]
    text: str


@dataclass(slots=True)
class _Row:
    """A line that may still change; `bar` says that something was drawn over it or after a return to its start."""

    text: str = ""
    bar: bool = False

    def shown(self) -> str:
        return self.text.rstrip() if self.bar else self.text  # bars are padded to hide what they overwrite


class Lines:
    """A stream of text, cut anywhere, as a terminal would show it: a bar that is redrawn a thousand times is one line.

    A carriage return, a backspace and the moves of a cursor overwrite; colours are left out. A line that nothing
    overwrote is final at its newline. One that was redrawn may be visited again from below (so tqdm draws several
    bars), hence it is final once something below it is: a plain line, or a row that is redrawn on its own.
    """

    def __init__(self) -> None:
        self._rows = [_Row()]
        self._row = 0
        self._column = 0
        self._returned = False  # since it came to this row, the cursor went back to its start
        self._drawn = False  # since it came to this row, something visible was drawn
        self._drawn_before_return = False
        self._unfinished = ""
        self._final: list[str] = []
        self._said = "\n"  # the last text that was final
        self._shown = ""

    def feed(self, chunk: str) -> list[Event]:
        """What this chunk made final, in one event at most, and then what is open, if that changed."""
        text = self._whole_escapes(self._unfinished + chunk)
        plain = text.replace("\r\n", "\n")
        if self._is_plain() and not _SPECIAL.search(plain):
            self._pass_on(plain)
        else:
            for piece in _PIECE.finditer(text):
                self._interpret(piece)
        return self._events()

    def put(self, text: str) -> list[Event]:
        """Whole lines that come from elsewhere; what is open becomes final above them."""
        self._close()
        above = "".join(self._final)
        between = "" if (above or self._said).endswith("\n") else "\n"
        below = "" if text.endswith("\n") else "\n"
        self._final.append(between + text + below)
        return self._events()

    def finish(self) -> list[Event]:
        """The stream is over: what is open becomes final as it stands."""
        self._close()
        return self._events()

    def _whole_escapes(self, text: str) -> str:
        """The text up to an escape sequence that its end cuts in two, which waits for the next chunk."""
        found = _UNFINISHED_ESCAPE.search(text, max(0, len(text) - _LONGEST_ESCAPE))
        cut = found.start() if found else len(text)
        self._unfinished = text[cut:]
        return text[:cut]

    def _is_plain(self) -> bool:
        row = self._rows[0]
        return len(self._rows) == 1 and not row.bar and not self._returned and self._column == len(row.text)

    def _pass_on(self, text: str) -> None:
        """Plain text after a plain line: the fast way, for nothing is overwritten."""
        whole, newline, rest = (self._rows[0].text + text).rpartition("\n")
        if newline:
            self._final.append(whole + newline)
            self._arrive()
        self._rows = [_Row(rest)]
        self._column = len(rest)
        self._drawn = self._drawn or bool(rest.strip())
        self._cut_if_long()

    def _interpret(self, piece: re.Match[str]) -> None:
        if piece["text"]:
            self._draw(piece["text"])
        elif piece["control"] == "\n":
            self._newline()
        elif piece["control"] == "\r":
            self._return()
        elif piece["control"] == "\b":
            self._column = max(0, self._column - 1)
        elif piece["move"] == "K":
            self._erase(int(piece["count"] or 0))
        elif piece["move"]:
            self._move(piece["move"], int(piece["count"] or 1))

    def _draw(self, text: str) -> None:
        if text.strip():
            if self._drawn_before_return:  # this row lives on its own: nobody comes back to those above it
                self._settle(self._row)
            self._drawn = True
        row = self._rows[self._row]
        if row.text:
            row.bar = row.bar or self._returned or self._column < len(row.text)
        else:
            row.bar = self._returned
        before = row.text.ljust(self._column)
        row.text = before[: self._column] + text + before[self._column + len(text) :]
        self._column += len(text)
        self._cut_if_long()

    def _newline(self) -> None:
        row = self._rows[self._row]
        self._row += 1
        if self._row == len(self._rows):
            self._rows.append(_Row())
        if not row.bar:
            self._settle(self._row)
        elif len(self._rows) > MOST_OPEN_ROWS:
            self._settle(1)
        self._column = 0
        self._arrive()

    def _return(self) -> None:
        row = self._rows[self._row]
        self._column = 0
        if row.bar and row.text and not row.text.strip():  # a bar has been wiped out: what comes now begins anew
            row.text = ""
            self._arrive()
            return
        self._returned = True
        self._drawn_before_return = self._drawn

    def _move(self, direction: str, count: int) -> None:
        row, column = self._row, self._column
        moves = {"A": (row - count, column), "B": (row + count, column), "C": (row, column + count)}
        moves |= {"D": (row, column - count), "G": (row, count - 1)}
        row, column = moves[direction]
        self._row = min(max(0, row), len(self._rows) - 1)
        self._column = min(max(0, column), LONGEST_OPEN_LINE)
        if direction in "AB":
            self._arrive()

    def _erase(self, what: int) -> None:
        """0: from the cursor to the end of the row, 1: from its start to the cursor, 2: all of it."""
        row = self._rows[self._row]
        kept_before = row.text[: self._column] if what == 0 else ""
        kept_after = row.text[self._column + 1 :] if what == 1 else ""
        row.text = kept_before or (" " * (self._column + 1) + kept_after if kept_after else "")

    def _arrive(self) -> None:
        self._returned = self._drawn = self._drawn_before_return = False

    def _settle(self, count: int) -> None:
        """The uppermost rows are final."""
        self._final += [row.shown() + "\n" for row in self._rows[:count]]
        del self._rows[:count]
        self._row -= count

    def _cut_if_long(self) -> None:
        """A line too long to hold is passed on in pieces, and cannot be redrawn any more."""
        if len(self._rows[self._row].text) > LONGEST_OPEN_LINE:
            self._settle(self._row)
            self._final.append(self._rows[0].text)
            self._rows[0] = _Row()
            self._column = 0
            self._arrive()

    def _close(self) -> None:
        lines = "\n".join(row.shown() for row in self._rows)
        visible = lines.rstrip("\n")
        self._final.append(visible + "\n" if visible and visible != lines else visible)
        self._rows = [_Row()]
        self._row = self._column = 0
        self._arrive()

    def _events(self) -> list[Event]:
        events = []
        text = "".join(self._final)
        self._final = []
        if text:
            events.append(Event("text", text))
            self._said = text
            self._shown = ""
        bar = "\n".join(row.shown() for row in self._rows).rstrip("\n")
        if bar != self._shown:
            events.append(Event("bar", bar))
            self._shown = bar
        return events
