"""How an SVMlight file becomes a table as the designer makes it: dense columns `Col1`, `Col2`, ..., then `Labels`."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pyarrow as pa

from transom.model.texts import cut
from transom.tables.csv_text import MOST_COLUMNS
from transom.tables.growth import refuse_growth
from transom.tables.keeping import Columns, keep_columns
from transom.tables.lines import Lines
from transom.tables.utf_8 import with_utf_8

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from transom.tables.reading import Read, Reading

WORD = "SVMlight"
_LABELS = "Labels"
_QUERY = "qid"
_QUERY_MARK = "qid:"
_REPAIR = "Repair the line: LABEL INDEX:VALUE INDEX:VALUE ..., with each index once."
_BYTES_OF_A_CELL = 8


class _NoLineError(ValueError):
    """What is wrong with a line, as what follows `line 7`."""


def read_svmlight(reading: Reading, target: Path) -> Read:
    """Read labels and sparse features into the step file `target`; a feature that a row does not name is 0."""
    columns, warnings = with_utf_8(reading, target, lambda path: _columns(reading, path))
    return keep_columns(reading, replace(columns, warnings=(*warnings, *columns.warnings)), target, WORD)


@dataclass(slots=True)
class _Block:
    """Some rows: a label and a query of each, and the features that they name, as (row, index, value)."""

    labels: list[str] = field(default_factory=list)
    queries: list[int | None] = field(default_factory=list)
    rows: array[int] = field(default_factory=lambda: array("q"))
    indices: array[int] = field(default_factory=lambda: array("q"))
    values: array[float] = field(default_factory=lambda: array("d"))

    def take(self, line: str) -> None:
        """Take in a line. Raises _NoLineError."""
        if not line.isascii() or "_" in line:  # digits of other scripts, and 1_000: Python takes them for numbers
            raise _NoLineError("holds letters where numbers are wanted")
        label, *pairs = line.split()
        _check_label(label)
        query = None
        if pairs and pairs[0].startswith(_QUERY_MARK):
            query = _whole(pairs.pop(0).removeprefix(_QUERY_MARK))
        row, first = len(self.labels), len(self.indices)
        for pair in pairs:
            index, _, value = pair.partition(":")
            self.indices.append(_whole(index))
            self.values.append(_number(value, pair))
        self.rows.extend([row] * len(pairs))
        if len(set(self.indices[first:])) < len(pairs):
            raise _NoLineError("names an index twice")
        self.labels.append(label)
        self.queries.append(query)

    def dense(self, base: int, features: int) -> list[pa.Array]:
        """The features as columns, of which the first is that of the index `base`."""
        count = len(self.labels)
        cells = array("d", bytes(_BYTES_OF_A_CELL * count * features))
        for row, index, value in zip(self.rows, self.indices, self.values, strict=True):
            cells[(index - base) * count + row] = value
        memory, width = pa.py_buffer(cells), _BYTES_OF_A_CELL * count
        return [
            pa.Array.from_buffers(pa.float64(), count, [None, memory.slice(number * width, width)])
            for number in range(features)
        ]


def _check_label(label: str) -> None:
    for part in label.split(","):
        _number(part, label)


def _whole(text: str) -> int:
    if not text.isdigit() or len(text) > len(str(2**31)):
        raise _NoLineError(f"has {cut(text, 40)!r} where a whole number is wanted")
    return int(text)


def _number(text: str, around: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise _NoLineError(f"has {cut(around, 40)!r} where a number, or INDEX:NUMBER, is wanted") from None


def _columns(reading: Reading, path: Path) -> Columns:
    lines = Lines(reading, path)
    blocks: list[_Block] = []
    rows, low, high = 0, MOST_COLUMNS, 0
    for place in lines.places():
        block = _Block()
        for number, line in lines.numbered(place):
            content = line.partition("#")[0]
            if content.strip():
                try:
                    block.take(content)
                except _NoLineError as wrong:
                    raise reading.unreadable(f"{lines.named(place, number)} {wrong}", _REPAIR) from None
        rows += len(block.labels)
        low = min(low, min(block.indices, default=low))
        high = max(high, max(block.indices, default=high))
        _refuse_size(reading, rows, high)
        if reading.sample is None or sum(len(each.labels) for each in blocks) < reading.sample:
            blocks.append(block)  # the later rows of a sample still tell how many features there are
        reading.tell(place[1], lines.size)
    if not rows:
        raise reading.unreadable("it holds no rows", _REPAIR)
    return _dense(blocks, min(low, 1), high + 1 - min(low, 1))


def _refuse_size(reading: Reading, rows: int, high: int) -> None:
    if high > MOST_COLUMNS:
        raise reading.unreadable(
            f"it has a feature of the index {high:,}, and a table has {MOST_COLUMNS:,} columns at most",
            "Keep fewer features, or read the sparse file in the script, from its bundle.",
        )
    refuse_growth(reading, rows * high * _BYTES_OF_A_CELL, reading.path.stat().st_size)


def _dense(blocks: list[_Block], base: int, features: int) -> Columns:
    rows = sum(len(block.labels) for block in blocks)
    parts = [block.dense(base, features) for block in blocks]
    values = [pa.chunked_array(list(chunks), pa.float64()) for chunks in zip(*parts, strict=True)]
    names = [f"Col{number}" for number in range(1, features + 1)]
    warnings = [f"The indices of its features count from {base}, so that of the column Col1 is {base}."]
    if any(query is not None for block in blocks for query in block.queries):
        names.append(_QUERY)
        values.append(pa.chunked_array([pa.array(block.queries, pa.int64()) for block in blocks]))
    labels = [pa.array(block.labels, pa.string()) for block in blocks]
    if any("," in label for block in blocks for label in block.labels):
        warnings.append(f"Some rows have several labels, so the column {_LABELS} is text.")
        values.append(pa.chunked_array(labels))
    else:
        values.append(pa.chunked_array(_numbers(block.labels for block in blocks)))
    return Columns([*names, _LABELS], values, rows, tuple(warnings))


def _numbers(labels: Iterable[list[str]]) -> list[pa.Array]:
    """The labels as whole numbers if all of them are written so, else as decimals."""
    floats = [pa.array([float(label) for label in block], pa.float64()) for block in labels]
    try:
        return [one.cast(pa.int64()) for one in floats]
    except pa.ArrowInvalid:
        return floats
