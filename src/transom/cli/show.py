"""How a run looks in a terminal: what was read, the log as it comes, and what came out. All on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any

from transom.cli.failures import cause_of
from transom.cli.grids import bytes_of
from transom.cli.printing import visible
from transom.cli.stages import Stages
from transom.model.runs import Failure, Frame, TableShape
from transom.workspace.requests import RunRequest, Watcher

if TYPE_CHECKING:
    from rich.console import Console

    from transom.workspace.delivering import Delivered
    from transom.workspace.results import RunResult

_FIRST_ROWS = 10
_MOST_COLUMNS = 30
_WIDEST_CELL = 32
_BETWEEN_COLUMNS = 3
#: So many metrics and files are shown, and so many values of a metric are looked at for its line.
_MOST_LINES = 100
#: Reading and writing show a bar when they take longer than this, in seconds.
_PATIENCE = 0.5


class Quiet:
    """Shows failures and differences only."""

    def watcher(self) -> Watcher | None:
        """Nobody listens."""
        return None

    @property
    def progress(self) -> None:
        """Nobody watches."""
        return None

    def result(self, result: RunResult, delivered: Delivered) -> None:
        """Say what went wrong, if anything did."""
        if result.failure is not None or not delivered.as_expected:
            ending = _Ending(_console())
            if result.failure is not None:
                ending.failure(result.failure)
            ending.comparisons(delivered)


def _console() -> Console:
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


class Terminal:
    """Shows everything, as it happens."""

    def __init__(self, request: RunRequest) -> None:
        self.request = request
        self._bar = _Bar()
        self._stages = Stages("environment")
        self._began = time.monotonic()
        self._progress_since: dict[str, float] = {}

    def watcher(self) -> Watcher:
        """What is to be told while it runs."""
        return Watcher(on_read=self._read, on_text=self._text, on_progress=self.progress, on_building=self._building)

    def progress(self, what: str, done: int, total: int) -> None:
        """Show how far a long reading or writing is."""
        now = time.monotonic()
        since = self._progress_since.setdefault(what, now)
        if total and done >= total:
            self._bar.show("")
        elif now - since > _PATIENCE:
            self._bar.show(_bar_text(what, done, total))

    def _building(self, stage: str, detail: str) -> None:
        self._stages(stage, detail)

    def _read(self, port: str, read: Any) -> None:
        self._bar.show("")
        source = self.request.tables[port]
        name = getattr(source, "name", source)
        print(f"{port}: {visible(str(name))}: {_size(read.shape)} ({read.format})", file=sys.stderr)
        types = read.types or {column.name: column.type for column in read.shape.columns}
        shown = [f"{column} {kind}" for column, kind in list(types.items())[:_MOST_COLUMNS]]
        more = len(types) - len(shown)
        if shown:
            pieces = [_cut(piece) for piece in shown] + ([f"and {more} more"] if more else [])
            print(_wrapped(pieces), file=sys.stderr, flush=True)

    def _text(self, event: Any) -> None:
        self._stages.done()
        if event.kind == "bar":
            self._bar.show(event.text)
        else:
            self._bar.above(event.text)

    def result(self, result: RunResult, delivered: Delivered) -> None:
        """Show what came out."""
        self._bar.show("")
        ending = _Ending(_console())
        ending.tables(result)
        ending.kept(result, delivered)
        if result.failure is not None:
            ending.failure(result.failure)
        ending.comparisons(delivered)
        ending.last_line(result)


class _Bar:
    """What is being redrawn below the log; in a terminal only."""

    def __init__(self) -> None:
        self._shown = ""
        self._in_terminal = sys.stderr.isatty()

    def show(self, text: str) -> None:
        """Draw `text`, one line or several, in the place of what was drawn before."""
        if self._in_terminal and text != self._shown:
            sys.stderr.write(self._erased() + text)
            sys.stderr.flush()
            self._shown = text

    def above(self, text: str) -> None:
        """Write a piece of the log; what is being redrawn starts anew below it."""
        sys.stderr.write((self._erased() if self._in_terminal else "") + text)
        sys.stderr.flush()
        self._shown = ""

    def _erased(self) -> str:
        if not self._shown:
            return ""
        up = self._shown.count("\n")
        return "\r" + (f"\x1b[{up}A" if up else "") + "\x1b[J"


def _bar_text(what: str, done: int, total: int) -> str:
    share = min(done / total, 1.0) if total else 0.0
    filled = int(share * 30)
    return f"{what} [{'#' * filled}{'.' * (30 - filled)}] {share:4.0%}"


def _size(shape: TableShape) -> str:
    return f"{shape.rows:,} rows x {len(shape.columns):,} columns"


def _wrapped(pieces: Iterable[str]) -> str:
    import shutil
    import textwrap

    width = max(shutil.get_terminal_size().columns, 40)
    return textwrap.fill(" · ".join(pieces), width, initial_indent="  ", subsequent_indent="  ")


class _Ending:
    """What is shown when the script has ended."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def tables(self, result: RunResult) -> None:
        """The shape and the first rows of each table; an empty second one is not worth a line."""
        for port, table in result.tables.items():
            if port.endswith("2") and not table.shape.rows and not table.shape.columns:
                continue
            self.console.print(f"\n[bold]{port}[/]: {_size(table.shape)}")
            if table.shape.columns or table.shape.index:
                self._first_rows(table)

    def _first_rows(self, table: Any) -> None:
        from transom.tables.step_file import first_rows

        head = first_rows(table.path, _FIRST_ROWS)
        names = [*(name or "" for name in head.shape.index), *(column.name for column in head.shape.columns)]
        rows = [[*levels, *cells] for levels, cells in zip(head.index, head.rows, strict=True)]
        widths = [_width(name, [row[place] for row in rows]) for place, name in enumerate(names)]
        fitting = _fitting(widths, self.console.width)
        self._grid(head.shape, names[:fitting], rows)
        if fitting < len(names):
            self.console.print(f"[dim]{_left_out(names[fitting:])}[/]", markup=True)
        more = table.shape.rows - len(rows)
        if more > 0:
            self.console.print(f"[dim]... and {more:,} more rows[/]")

    def _grid(self, shape: TableShape, names: list[str], rows: list[list[str | None]]) -> None:
        from rich.box import SIMPLE_HEAD
        from rich.table import Table
        from rich.text import Text

        grid = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
        types = ["index"] * len(shape.index) + [column.type for column in shape.columns]
        for name, kind in zip(names, types, strict=False):
            justify: Any = "right" if kind.lower().startswith(("int", "uint", "float")) else "left"
            style = "dim" if kind == "index" else ""
            grid.add_column(Text(_cut(name)), justify=justify, style=style, overflow="ellipsis", no_wrap=True)
        for row in rows:
            grid.add_row(*(_cell(cell) for cell in row[: len(names)]))
        self.console.print(grid, soft_wrap=False)

    def kept(self, result: RunResult, delivered: Delivered) -> None:
        """Metrics, files, and what the formats that were written could not hold."""
        for name, value in islice(result.metrics.items(), _MOST_LINES):
            self.console.print(f"[bold]metric[/] {_safe(_short(name))}: {_safe(_short(value))}")
        self._more(len(result.metrics), "metrics")
        for file in result.files[:_MOST_LINES]:
            what = "picture" if file.media_type.startswith("image/") else "file"
            self.console.print(f"[bold]{what}[/] {_safe(file.name)} ({bytes_of(file.bytes)}): {_safe(str(file.path))}")
        self._more(len(result.files), "files")
        for port, dataset in delivered.registered.items():
            self.console.print(f"[bold]{port}[/] is the dataset {_safe(str(dataset.reference))} now")
        for warning in delivered.warnings:
            self.console.print(f"[yellow]warning:[/] {_safe(warning)}")

    def _more(self, count: int, what: str) -> None:
        if count > _MOST_LINES:
            self.console.print(
                f"[dim]... and {count - _MOST_LINES:,} more {what}: see outcome.json in the run's folder[/]"
            )

    def failure(self, failure: Failure) -> None:
        """The sentence, the causes, the person's own lines, the remedy."""
        self.console.print(f"\n[bold red]{_safe(failure.kind.value)}[/] {_safe(failure.sentence)}")
        self._frames(failure.frames)
        for cause in failure.causes:
            self.console.print(f"  [dim]because of[/] {_safe(cause_of(cause))}")
            self._frames(cause.frames)
        if failure.remedy:
            self.console.print(f"[bold green]try[/] {_safe(failure.remedy)}")

    def _frames(self, frames: tuple[Frame, ...]) -> None:
        for frame in frames:
            self.console.print(f"  {_safe(frame.file)}:{frame.line} in {_safe(frame.function)}")
            if frame.code:
                self.console.print(f"    [cyan]{_safe(frame.code)}[/]")

    def comparisons(self, delivered: Delivered) -> None:
        """Whether the results are what was expected, and the first cells that differ."""
        for port, comparison in delivered.comparisons.items():
            colour = "green" if comparison.equal else "red"
            for sentence in comparison.sentences:
                self.console.print(f"[{colour}]{port}[/]: {_safe(sentence)}")
            for cell in comparison.first:
                there, wanted = _shown(cell.actual), _shown(cell.expected)
                self.console.print(f"  row {cell.row:,}, {_safe(cell.column)}: {there}, expected {wanted}")

    def last_line(self, result: RunResult) -> None:
        """How it ended, where the time went, where everything lies."""
        seconds = result.outcome.seconds
        colour = "green" if result.succeeded else "red"
        parts = ", ".join(f"{name} {getattr(seconds, name):.2f}" for name in ("start", "read", "script", "write"))
        self.console.print(f"\n[bold {colour}]{result.status.value}[/] in {seconds.total:.2f} s ({parts})")
        self.console.print(f"[dim]{_safe(str(result.folder))}[/]")


def _safe(text: str) -> str:
    """A text that neither rich nor a terminal takes for more than a text."""
    from rich.markup import escape

    return escape(visible(text))


def _cell(text: str | None) -> Any:
    """A cell as it is shown; a missing one is a dim hyphen."""
    from rich.text import Text

    return Text("-", style="dim") if text is None else Text(_cut(text))


def _cut(text: str) -> str:
    text = visible(text.replace("\n", "\u23ce").replace("\t", " "))
    return text if len(text) <= _WIDEST_CELL else f"{text[: _WIDEST_CELL - 1]}\u2026"


def _width(name: str, cells: list[str | None]) -> int:
    from rich.cells import cell_len

    return max(cell_len(_cut(text)) for text in (name, *(cell or "-" for cell in cells)))


def _fitting(widths: list[int], room: int) -> int:
    """How many columns of these widths fit, one at least."""
    used = 0
    for count, width in enumerate(widths):
        used += width + _BETWEEN_COLUMNS
        if used > room and count:
            return count
    return len(widths)


def _left_out(names: list[str]) -> str:
    shown = ", ".join(names[:_MOST_COLUMNS])
    more = f" and {len(names) - _MOST_COLUMNS} more" if len(names) > _MOST_COLUMNS else ""
    return _safe(f"not shown: {shown}{more}")


def _shown(cell: str | None) -> str:
    return "missing" if cell is None else _safe(_cut(cell))


def _short(value: object) -> str:
    text = str(_beginning(value))
    return text if len(text) <= 200 else f"{text[:197]}..."


def _beginning(value: object) -> object:
    """As much of a metric as can be shown in a line: a script may log a million values."""
    if isinstance(value, list):
        return value[:_MOST_LINES]
    if isinstance(value, dict):
        return {name: _beginning(each) for name, each in islice(value.items(), _MOST_LINES)}
    return value
