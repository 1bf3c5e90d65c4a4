"""How a pipeline run is shown while it goes on: in a terminal one live line a step, elsewhere a line a change."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from transom.cli.grids import say
from transom.cli.printing import visible
from transom.flow.drawing_signs import columns as columns_of
from transom.flow.steps import StepEnd, StepState

if TYPE_CHECKING:
    from transom.store.lines import Event
    from transom.workspace.pipelines.asking import PipelineWatcher

_DRAWN_EVERY = 0.1
_MARKS = {
    StepState.WAITING: "·",
    StepState.RUNNING: "▸",
    StepState.SUCCEEDED: "✓",
    StepState.REUSED: "=",
    StepState.FAILED: "✗",
    StepState.SKIPPED: "-",
    StepState.STOPPED: "■",
}
#: So many lines are drawn at a time; of more steps only those that run, and sums of the others.
_MOST_LINES = 40
_CLEAR_BELOW = "\x1b[J"
_CLEAR_REST = "\x1b[K"
#: Where the size of the terminal is not known.
_USUAL_SIZE = os.terminal_size((80, 24))


@dataclass(slots=True)
class _Line:
    """One step as it is shown now."""

    name: str
    state: StepState = StepState.WAITING
    began: float = 0.0
    attempt: int = 1
    said: str = ""
    end: StepEnd | None = None

    def text(self, width: int) -> str:
        return f"  {_MARKS[self.state]} {self.name.ljust(width)}  {self._told()}".rstrip()

    def _told(self) -> str:
        if self.end is not None:
            return told_of(self.end)
        if self.state is StepState.WAITING:
            return "waiting"
        again = f", attempt {self.attempt}" if self.attempt > 1 else ""
        said = f"  {self.said}" if self.said else ""
        seconds = int(time.monotonic() - self.began)
        return f"running{f' {seconds} s' if seconds else ''}{again}{said}"


def told_of(end: StepEnd) -> str:
    """How a step ended, in one line."""
    outcome = end.outcome
    if end.state.is_good and outcome is not None:
        shapes = [
            f"{made.shape.rows:,} x {len(made.shape.columns)}"
            for made in outcome.results.values()
            if made.shape.columns or made.shape.rows
        ]
        made = ", ".join(shapes) or "no table"
        if end.state is StepState.REUSED:
            return f"reused  {made}"
        return f"{end.seconds:.2f} s  {made}"
    if outcome is not None and outcome.failure is not None:
        failure = outcome.failure
        place = f"{failure.file}:{failure.line}: " if failure.file and failure.line else ""
        return f"{end.state.value}  {place}{failure.sentence}"
    return f"{end.state.value}  {end.why}".rstrip()


@dataclass(slots=True)
class Lines:
    """Shows the steps of one run on standard error."""

    quiet: bool = False
    _lines: dict[str, _Line] = field(default_factory=dict)
    _width: int = 0
    _drawn: tuple[str, ...] = ()
    _doing: str = ""
    _in_terminal: bool = field(default_factory=sys.stderr.isatty)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def watcher(self) -> PipelineWatcher:
        """Who is told of the run."""
        from transom.workspace.pipelines.asking import PipelineWatcher

        return PipelineWatcher(self.plan, self.begin, self.text, self.end, self.progress, self.building)

    def plan(self, run: str, names: tuple[str, ...]) -> None:
        """The run begins: all its steps wait."""
        with self._lock:
            self._lines = {name: _Line(name) for name in names}
            self._width = min(max(map(len, names), default=0), 40)
        if self.quiet:
            return
        sys.stderr.write(f"run {run}\n")
        if self._in_terminal:
            self._thread = threading.Thread(target=self._draw_again, daemon=True)
            self._thread.start()

    def begin(self, name: str, attempt: int) -> None:
        """A step begins."""
        self._doing = ""
        line = self._lines[name]
        line.state, line.began, line.attempt, line.said = StepState.RUNNING, time.monotonic(), attempt, ""
        self._changed(line)

    def text(self, name: str, event: Event) -> None:
        """A step prints: its last line is shown beside it."""
        said = event.text.strip().rpartition("\n")[2]
        if said:
            self._lines[name].said = said[:60]

    def end(self, end: StepEnd) -> None:
        """A step has ended."""
        line = self._lines[end.name]
        line.state, line.end = end.state, end
        self._changed(line)

    def progress(self, what: str, done: int, total: int) -> None:
        """Data is read."""
        part = f" {min(done * 100 // total, 100)} %" if total > 0 else ""
        self._doing = "" if total > 0 and done >= total else f"reading {what}{part}"

    def building(self, stage: str, detail: str) -> None:
        """An environment is built."""
        self._doing = f"{stage} {detail}".strip()
        if not self.quiet and not self._in_terminal and self._doing:
            say(self._doing)

    def close(self) -> None:
        """Draw the last state, and leave it there."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
            self._draw(last=True)

    def _changed(self, line: _Line) -> None:
        failed = line.state in (StepState.FAILED, StepState.STOPPED)
        if self._in_terminal and not self.quiet:
            return
        if not self.quiet or failed:
            say(_one_line(line.text(self._width)))

    def _draw_again(self) -> None:
        while not self._over.wait(_DRAWN_EVERY):
            self._draw()

    def _draw(self, *, last: bool = False) -> None:
        """Write the lines over those that were drawn before, if any differs."""
        columns, rows = _size()
        texts = tuple(_cut(_one_line(text), columns - 1) for text in self._texts(rows, last=last))
        if texts == self._drawn:
            return
        up = f"\x1b[{len(self._drawn)}A" if self._drawn else ""
        lines = "".join(f"{text}{_CLEAR_REST}\n" for text in texts)
        with contextlib.suppress(OSError):  # the terminal is gone; the run is not
            sys.stderr.write(f"\r{up}{lines}{_CLEAR_BELOW}")
            sys.stderr.flush()
        self._drawn = texts

    def _texts(self, rows: int, *, last: bool) -> list[str]:
        lines = list(self._lines.values())
        most = len(lines) if last else max(1, min(_MOST_LINES, rows - 3))
        shown = lines if len(lines) <= most else self._foremost(lines, most)
        texts = [line.text(self._width) for line in shown]
        if len(shown) < len(lines):
            texts.append(self._sums(lines))
        if self._doing and not last:
            texts.append(f"    {self._doing}")
        return texts

    def _foremost(self, lines: list[_Line], most: int) -> list[_Line]:
        rank = {StepState.RUNNING: 0, StepState.FAILED: 1, StepState.STOPPED: 2}
        chosen = sorted(lines, key=lambda line: rank.get(line.state, 3))[: most - 1]
        names = {line.name for line in chosen}
        return [line for line in lines if line.name in names]

    def _sums(self, lines: list[_Line]) -> str:
        counts = Counter(line.state.value for line in lines)
        return "  " + ", ".join(f"{count} {word}" for word, count in counts.items())


def _size() -> os.terminal_size:
    """Columns and rows of the terminal where the lines are drawn, which need not be that of standard output."""
    try:
        size = os.get_terminal_size(sys.stderr.fileno())
    except (OSError, ValueError):
        return _USUAL_SIZE
    return os.terminal_size((size.columns or _USUAL_SIZE.columns, size.lines or _USUAL_SIZE.lines))


def _one_line(text: str) -> str:
    """A text as a terminal shows it within one line, whatever a script has put into it."""
    return visible(" ".join(text.replace("\t", " ").splitlines())).rstrip()


def _cut(text: str, room: int) -> str:
    """As much of a text as takes so many columns of a terminal."""
    if columns_of(text) <= room:
        return text
    kept = text[: max(room - 1, 0)]
    while columns_of(kept) >= max(room, 1):
        kept = kept[:-1]
    return f"{kept}\u2026"


def summary(ends: Any) -> str:
    """How many steps ended how, in one line."""
    counts: dict[str, int] = {}
    for end in ends.values():
        counts[end.state.value] = counts.get(end.state.value, 0) + 1
    return ", ".join(f"{count} {word}" for word, count in counts.items())
