"""What the lines that a script logged come to: metrics, tags and properties of the run, and its child runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from transom.model.runs import ChildRun
from transom.model.texts import cut, visible, whole

#: So many metrics, tags and properties a run and its child runs have at most, of each kind, and so many values (cells,
#: too) they have together.
MOST_NAMES = 100_000
MOST_VALUES = 5_000_000
#: So many child runs are kept, and so much of what a script said when it marked its run as failed.
MOST_CHILDREN = 10_000
_MOST_FAILURES = 10
_LONGEST_ID = 200
_MOST_COLUMNS = 1_000
_LONGEST_NAME = 1_000
_LONGEST_TEXT = 10_000
#: A value that a script made is a number or a text, a list, or a table of lists; what is deeper becomes a text.
_DEEPEST = 4
#: How a script marks a child run, in its words, and what that is here.
_STATUS = {
    "completed": "completed",
    "finished": "completed",
    "failed": "failed",
    "canceled": "cancelled",
    "cancelled": "cancelled",
}


@dataclass(slots=True)
class Folded:
    """Metrics, tags and properties by name, and the child runs in the order in which they began.

    `failures` is what the script said when it marked its run as failed; `dropped` counts the lines that were too much.
    """

    metrics: dict[str, object] = field(default_factory=dict)
    tags: dict[str, str | None] = field(default_factory=dict)
    properties: dict[str, str | None] = field(default_factory=dict)
    children: tuple[ChildRun, ...] = ()
    failures: dict[str, None] = field(default_factory=dict)
    dropped: int = 0

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is to be said of it."""
        told = tuple(self.failures)
        if self.dropped:
            told += (
                f"{self.dropped:,} lines of metrics were not kept: a run has up to {MOST_NAMES:,} metrics with"
                f" {MOST_VALUES:,} values together, and {MOST_CHILDREN:,} child runs.",
            )
        return told


def folded(lines: Iterable[Mapping[str, Any]]) -> Folded:
    """What the logged lines, in order, come to. All in them may be forged.

    A value that was logged once is itself; logged again under its name it is a list. Rows become one table, a
    dictionary of lists; a cell that a row lacks is None. A line with a "child" belongs to that child run.
    """
    room = _Room()
    own = _Folding(room)
    children: dict[str, _Folding] = {}
    for line in lines:
        of = own
        if line.get("child") is not None:
            of = _child(children, _text(line["child"], _LONGEST_ID), room)
        if not of.take(line):
            room.dropped += 1
    told = own.done()
    told.children = tuple(each.child_run(name) for name, each in children.items())
    told.dropped = room.dropped
    told.failures = room.failures
    return told


def _child(children: dict[str, _Folding], name: str, room: _Room) -> _Folding:
    """The child run of this id, a new one where it is not known yet; of too many the last one, which takes nothing."""
    found = children.get(name)
    if found is None:
        found = _Folding(room, name)
        if len(children) < MOST_CHILDREN and name:
            children[name] = found
        else:
            found.is_too_much = True
    return found


class _Room:
    """What is left for the run and its child runs together, and what is told of all of them."""

    def __init__(self) -> None:
        self.left = MOST_VALUES
        self.names = {"metrics": MOST_NAMES, "tags": MOST_NAMES, "properties": MOST_NAMES}
        self.dropped = 0
        self.failures: dict[str, None] = {}

    def has_name(self, kind: str, named: Mapping[str, object], name: str) -> bool:
        """Whether a name of this kind may be taken; one that is there already is taken again."""
        if name in named:
            return True
        if self.names[kind] <= 0:
            return False
        self.names[kind] -= 1
        return True


class _Folding:
    """What is known of one run while the lines are read."""

    def __init__(self, room: _Room, child: str | None = None) -> None:
        self.room = room
        self.child = child
        self.is_too_much = False
        self.name: str | None = None
        self.status = ""
        self.told = Folded()
        self.values: dict[str, list[object]] = {}
        self.rows: dict[str, _Rows] = {}

    def done(self) -> Folded:
        """What they came to, but for the child runs."""
        for name, rows in self.rows.items():
            if self.told.metrics.get(name) is rows:
                self.told.metrics[name] = rows.table()
        return self.told

    def child_run(self, name: str) -> ChildRun:
        """The same of a child run, by its id."""
        told = self.done()
        return ChildRun(name, self.name or "", self.status, told.metrics, told.tags)

    def take(self, line: Mapping[str, Any]) -> bool:
        """One more line; whether there is room for it."""
        if self.is_too_much:
            return False
        kind, name, value = line.get("kind"), _text(line.get("name"), _LONGEST_NAME), line.get("value")
        if kind in ("log", "row", "list"):  # nearly all lines
            return self._metric(kind, name, value)
        if kind in ("tag", "untag", "property"):
            return self._word(kind, name, value)
        if kind in ("child", "status", "error"):
            self._note(kind, name, line)
            return True
        return self._metric(kind, name, value)

    def _word(self, kind: str, name: str, value: object) -> bool:
        if kind == "untag":
            self.room.names["tags"] += name in self.told.tags
            self.told.tags.pop(name, None)
            return True
        which = "tags" if kind == "tag" else "properties"
        words = self.told.tags if kind == "tag" else self.told.properties
        if not self.room.has_name(which, words, name):
            return False
        words[name] = None if value is None else _text(value, _LONGEST_TEXT)
        return True

    def _note(self, kind: str, name: str, line: Mapping[str, Any]) -> None:
        """How a child run is called and was marked, and what was said when a run was marked as failed."""
        value, details = line.get("value"), line.get("details")
        if kind == "child":
            self.name = name if self.name is None else self.name
        elif kind == "error":
            self._failed(value)
        else:
            status = _STATUS.get(value.lower(), "") if isinstance(value, str) else ""
            self.status = status or self.status
            if status == "failed" and (details is not None or self.child is None):
                self._failed(details)

    def _failed(self, details: object) -> None:
        if len(self.room.failures) >= _MOST_FAILURES:
            return
        who = "The script called run.fail"
        if self.child is not None:
            who = f"The script marked its child run {_line(self.name or self.child)} as failed"
        said = "" if details is None else f": {_line(_text(details, _LONGEST_NAME))}"
        self.room.failures[f"{who}{said}" if said else f"{who}."] = None

    def _metric(self, kind: object, name: str, value: object) -> bool:
        if self.room.left <= 0 or not self.room.has_name("metrics", self.told.metrics, name):
            return False
        if kind == "row" and isinstance(value, dict):
            return self._row(name, value)
        if kind == "list" and isinstance(value, list):
            self.values.setdefault(name, []).extend(self._value(each, 1) for each in value[: self.room.left])
            self.told.metrics[name] = self.values[name]
        elif kind == "log":
            values = self.values.setdefault(name, [])
            values.append(self._value(value, 0))
            self.told.metrics[name] = values[0] if len(values) == 1 else values
        else:
            self.told.metrics[name] = self._value(value, 0)
        return True

    def _row(self, name: str, row: Mapping[str, object]) -> bool:
        rows = self.rows.setdefault(name, _Rows())
        cells = {_text(column, _LONGEST_NAME): self._value(cell, 1) for column, cell in row.items()}
        new = sum(1 for column in cells if column not in rows.columns)
        if len(rows.columns) + new > _MOST_COLUMNS:
            return False
        # the cells that are not there count too
        self.room.left -= len(rows.columns) + new - len(cells) + new * rows.count
        rows.add(cells)
        self.told.metrics[name] = rows
        return True

    def _value(self, value: object, depth: int) -> object:
        """A value as it is kept: finite in number, size and depth."""
        self.room.left -= 1
        if value is None or isinstance(value, (bool, float)):
            return value
        if isinstance(value, int):
            return value if abs(value) < 2**63 else cut(str(value), _LONGEST_NAME)
        if isinstance(value, str):
            return _text(value, _LONGEST_TEXT)
        if depth >= _DEEPEST:
            return "\u2026"
        if isinstance(value, list):
            return [self._value(each, depth + 1) for each in value[: max(self.room.left, 0)]]
        if isinstance(value, dict):
            pairs = list(value.items())[: max(self.room.left, 0)]
            return {_text(name, _LONGEST_NAME): self._value(each, depth + 1) for name, each in pairs}
        return None


class _Rows:
    """The rows of one table; a column that comes later is empty in the rows before."""

    def __init__(self) -> None:
        self.columns: dict[str, list[object]] = {}
        self.count = 0

    def add(self, cells: Mapping[str, object]) -> None:
        """One more row."""
        for column in cells:
            if column not in self.columns:
                self.columns[column] = [None] * self.count
        for column, values in self.columns.items():
            values.append(cells.get(column))
        self.count += 1

    def table(self) -> dict[str, list[object]]:
        """The rows as columns."""
        return self.columns


def _text(value: object, longest: int) -> str:
    if isinstance(value, str):
        return cut(whole(value[: longest + 1]), longest)
    if isinstance(value, (list, dict)):
        return "\u2026"
    return str(value) if not isinstance(value, int) or abs(value) < 2**63 else "\u2026"


def _line(text: str) -> str:
    """A text as it stands in a sentence."""
    return visible(" ".join(text.split()))
