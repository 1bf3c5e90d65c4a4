"""What the lines that a script logged come to: a metric of each name, and the tags of the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from transom.model.texts import cut, whole

#: So many metrics and tags a run has at most, and so many values (cells, too) they have together.
MOST_NAMES = 100_000
MOST_VALUES = 5_000_000
_MOST_COLUMNS = 1_000
_LONGEST_NAME = 1_000
_LONGEST_TEXT = 10_000
#: A value that a script made is a number or a text, a list, or a table of lists; what is deeper becomes a text.
_DEEPEST = 4


@dataclass(slots=True)
class Folded:
    """Metrics and tags by name; `dropped` counts the lines that were too much."""

    metrics: dict[str, object] = field(default_factory=dict)
    tags: dict[str, str | None] = field(default_factory=dict)
    dropped: int = 0

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is to be said of it."""
        if not self.dropped:
            return ()
        return (
            f"{self.dropped:,} lines of metrics were not kept: a run has up to {MOST_NAMES:,} metrics with"
            f" {MOST_VALUES:,} values together.",
        )


def folded(lines: Iterable[Mapping[str, Any]]) -> Folded:
    """What the logged lines, in order, come to. All in them may be forged.

    A value that was logged once is itself; logged again under its name it is a list. Rows become one table, a
    dictionary of lists; a cell that a row lacks is None.
    """
    return _Folding().done(lines)


class _Folding:
    """What is known while the lines are read."""

    def __init__(self) -> None:
        self.told = Folded()
        self.values: dict[str, list[object]] = {}
        self.rows: dict[str, _Rows] = {}
        self.left = MOST_VALUES

    def done(self, lines: Iterable[Mapping[str, Any]]) -> Folded:
        for line in lines:
            if not self._take(line):
                self.told.dropped += 1
        for name, rows in self.rows.items():
            if self.told.metrics.get(name) is rows:
                self.told.metrics[name] = rows.table()
        return self.told

    def _take(self, line: Mapping[str, Any]) -> bool:
        kind, name, value = line.get("kind"), _text(line.get("name"), _LONGEST_NAME), line.get("value")
        if kind == "tag":
            return self._tag(name, value)
        if self.left <= 0 or (name not in self.told.metrics and len(self.told.metrics) >= MOST_NAMES):
            return False
        if kind == "row" and isinstance(value, dict):
            return self._row(name, value)
        if kind == "list" and isinstance(value, list):
            self.values.setdefault(name, []).extend(self._value(each, 1) for each in value[: self.left])
            self.told.metrics[name] = self.values[name]
        elif kind == "log":
            values = self.values.setdefault(name, [])
            values.append(self._value(value, 0))
            self.told.metrics[name] = values[0] if len(values) == 1 else values
        else:
            self.told.metrics[name] = self._value(value, 0)
        return True

    def _tag(self, name: str, value: object) -> bool:
        if name not in self.told.tags and len(self.told.tags) >= MOST_NAMES:
            return False
        self.told.tags[name] = None if value is None else _text(value, _LONGEST_TEXT)
        return True

    def _row(self, name: str, row: Mapping[str, object]) -> bool:
        rows = self.rows.setdefault(name, _Rows())
        cells = {_text(column, _LONGEST_NAME): self._value(cell, 1) for column, cell in row.items()}
        new = sum(1 for column in cells if column not in rows.columns)
        if len(rows.columns) + new > _MOST_COLUMNS:
            return False
        self.left -= len(rows.columns) + new - len(cells) + new * rows.count  # the cells that are not there count too
        rows.add(cells)
        self.told.metrics[name] = rows
        return True

    def _value(self, value: object, depth: int) -> object:
        """A value as it is kept: finite in number, size and depth."""
        self.left -= 1
        if value is None or isinstance(value, (bool, float)):
            return value
        if isinstance(value, int):
            return value if abs(value) < 2**63 else cut(str(value), _LONGEST_NAME)
        if isinstance(value, str):
            return _text(value, _LONGEST_TEXT)
        if depth >= _DEEPEST:
            return "\u2026"
        if isinstance(value, list):
            return [self._value(each, depth + 1) for each in value[: max(self.left, 0)]]
        if isinstance(value, dict):
            pairs = list(value.items())[: max(self.left, 0)]
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
