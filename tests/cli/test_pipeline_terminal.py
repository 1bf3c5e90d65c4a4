"""How a pipeline run looks in a terminal: what is drawn, as a terminal would show it, is looked at."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shlex
import struct
import sys
import termios
import time
import unicodedata

import pytest
from tests.cli.transom import Desk

_PIECE = re.compile(r"\x1b\[(?P<number>\d*)(?P<letter>[A-Za-z])|(?P<other>[^\x1b])", re.DOTALL)
STEP = """\
  {name}:
    component: execute_python_script
    inputs:
      script: |
        import time
        def azureml_main(a=None, b=None):
            {body}
"""


RUN = (sys.executable, "-m", "transom", "pipeline", "run", "pipeline.yml")


class Screen:
    """A terminal of so many columns and rows, as far as the lines of a run use one. What scrolls out is kept."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.lines: list[list[str]] = [[]]
        self.row = self.column = 0
        self.shown: list[list[str]] = []

    @property
    def top(self) -> int:
        """The first line that has not scrolled out."""
        return max(len(self.lines) - self.rows, 0)

    def feed(self, text: str) -> None:
        """Show a text, and note how the screen looked after it."""
        for piece in _PIECE.finditer(text):
            if piece["letter"]:
                self._obey(piece["letter"], int(piece["number"] or 1))
            else:
                self._put(piece["other"])
        self.shown.append(self.text())

    def text(self) -> list[str]:
        """The lines, without what is empty at their ends."""
        lines = ["".join(line).rstrip() for line in self.lines]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def _obey(self, letter: str, number: int) -> None:
        if letter == "A":
            self.row = max(self.row - number, self.top)
        elif letter == "K":
            del self.lines[self.row][self.column :]
        elif letter == "J":
            del self.lines[self.row][self.column :]
            for line in self.lines[self.row + 1 :]:
                line.clear()
        else:
            pytest.fail(f"the terminal is told {letter}")

    def _put(self, letter: str) -> None:
        if letter == "\r":
            self.column = 0
            return
        if letter == "\n":
            self._next()
            return
        assert letter.isprintable(), f"the terminal is given {letter!r}"
        width = 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if self.column + width > self.columns:
            self._next()
        line = self.lines[self.row]
        line.extend(" " * (self.column + width - len(line)))
        line[self.column : self.column + width] = [letter, ""][:width]
        self.column += width

    def _next(self) -> None:
        self.row, self.column = self.row + 1, 0
        if self.row == len(self.lines):
            self.lines.append([])


def _shown(desk: Desk, columns: int, rows: int, *command: str) -> tuple[int, Screen]:
    """Run a command in a terminal of this size; its exit code and what was seen."""
    pid, terminal = pty.fork()
    if pid == 0:
        time.sleep(0.2)  # until the terminal has its size
        os.chdir(desk.folder)
        variables = {name: value for name, value in desk.variables().items() if name not in ("COLUMNS", "LINES")}
        os.execvpe(command[0], command, variables | {"PYTHONUTF8": "1"})
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    screen, until, rest = Screen(columns, rows), time.monotonic() + 120, b""
    while True:
        ready = select.select([terminal], [], [], max(until - time.monotonic(), 0))[0]
        assert ready, "the terminal stays silent"
        try:
            data = rest + os.read(terminal, 65536)
        except OSError:  # whoever wrote there has ended
            break
        if not data:
            break
        whole = data[: data.rindex(b"\n") + 1] if b"\n" in data else b""
        rest = data[len(whole) :]
        screen.feed(whole.decode())
    screen.feed(rest.decode())
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), screen


def _steps(desk: Desk, bodies: dict[str, str]) -> None:
    steps = "".join(STEP.format(name=name, body=body) for name, body in bodies.items())
    desk.write("pipeline.yml", f"type: pipeline\nsettings: {{default_environment: host}}\njobs:\n{steps}")


def test_each_step_has_one_line_from_waiting_to_its_end(desk: Desk) -> None:
    _steps(
        desk,
        {
            "first": "time.sleep(1.5); print('half way', flush=True); time.sleep(1.5)",
            "second": "import pandas; return pandas.DataFrame({'a': range(1200), 'b': 1})",
            "third": "raise ValueError('no')",
        },
    )
    code, screen = _shown(desk, 100, 24, *RUN, "--jobs", "1")
    assert code == 1
    seen = "\n".join("\n".join(lines) for lines in screen.shown)
    for line in (
        "  · second  waiting",
        "  ▸ first   running",
        "  ✗ third   failed  script of third:3: ValueError: no",
    ):
        assert line in seen, line
    assert re.search(r"  ▸ first   running \d s  half way", seen)
    last = screen.text()
    drawn = [line for line in last if line[:3].strip()]
    assert [line.split()[1] for line in drawn if line[2] in "✓✗·▸"] == ["first", "second", "third"]
    assert any(re.fullmatch(r"  ✓ second  \d+\.\d\d s  1,200 x 2", line) for line in last)
    again_code, again = _shown(desk, 100, 24, *RUN)
    assert again_code == 1
    assert "  = second  reused  1,200 x 2" in again.text()


def test_a_line_that_is_longer_than_the_terminal_is_wide_is_cut(desk: Desk) -> None:
    _steps(
        desk,
        {
            "a_step_with_a_long_name_that_goes_on": "print('表' * 300, flush=True); time.sleep(1)",
            "b": "print('x' * 300, chr(27) + '[2J' + chr(7), flush=True); time.sleep(1)",
            "c": "raise ValueError('表' * 300)",
        },
    )
    code, screen = _shown(desk, 40, 24, *RUN)
    assert code == 1
    for lines in screen.shown:
        steps = [line for line in lines if line[2:3] in tuple("·▸✓✗=-■")]
        assert len(steps) in (0, 3), lines
        assert all(len(line) <= 40 for line in steps)


def test_of_more_steps_than_rows_those_that_run_are_shown_and_all_at_the_end(desk: Desk) -> None:
    _steps(desk, {f"s{number}": f"print({number})" for number in range(60)})
    code, screen = _shown(desk, 80, 24, *RUN)
    assert code == 0
    assert any(re.search(r"\d+ waiting", line) for lines in screen.shown for line in lines)
    last = screen.text()
    assert [line.split()[1] for line in last if line.startswith(("  ✓", "  ="))] == [
        f"s{number}" for number in range(60)
    ]
    assert not [line for line in last if "waiting" in line or "running" in line]
    assert sum(line.startswith("run ") for line in last) == 1


def test_standard_output_elsewhere_does_not_change_how_wide_the_lines_are(desk: Desk) -> None:
    _steps(desk, {"one": f"print({'x' * 300!r}, flush=True); time.sleep(0.5)"})
    command = shlex.join(RUN)
    code, screen = _shown(desk, 30, 24, "sh", "-c", f"{command} > out.txt")
    assert code == 0
    assert all(len([line for line in lines if line.startswith("  ▸")]) <= 1 for lines in screen.shown)
    assert not [line for lines in screen.shown for line in lines if line.startswith("x")]
