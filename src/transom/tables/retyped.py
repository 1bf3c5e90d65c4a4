"""How a column of text becomes of the type that somebody said, or of dates where all of its values are dates."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa

from transom.model.texts import cut
from transom.tables.csv_columns import Typed, typed_columns
from transom.tables.csv_types import DoesNotFitError, climb, first_misfit, ladder
from transom.tables.keeping import told
from transom.tables.options import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from transom.tables.csv_types import Rung
    from transom.tables.reading import Reading


#: Among so many names the one that was meant is looked for.
_NAMES_LOOKED_AT = 1000


@dataclass(frozen=True, slots=True)
class _Chunks:
    """The chunks of one column of text, as the blocks of a CSV file are given."""

    column: pa.ChunkedArray

    @property
    def size(self) -> int:
        return int(self.column.num_chunks)

    def places(self) -> Iterator[tuple[int, int]]:
        for number in range(self.column.num_chunks):
            yield number, number + 1

    def cells(self, place: tuple[int, int], columns: Sequence[int] | None = None) -> list[pa.Array]:  # noqa: ARG002
        return [self.column.chunk(place[0])]


def check_types_name_columns(reading: Reading, names: Iterable[str]) -> None:
    """Raise InputUnreadable where the read option `types` names a column that is not there."""
    known = list(names)
    for name in reading.options.types:
        if name not in known:
            near = difflib.get_close_matches(name, known[:_NAMES_LOOKED_AT], n=1)
            meant = f"Did you mean {told(near[0])}? " if near else ""
            raise reading.unreadable(
                f"the read option types names the column {told(name)}, which it does not have",
                f"{meant}Its columns are {', '.join(map(told, known[:20]))}.",
            )


def as_said(reading: Reading, name: str, texts: pa.ChunkedArray) -> Typed:
    """A column of text as the type that the read option `types` has for it.

    Raises InputUnreadable, with the row (from 1), for a cell that is not of it.
    """
    rungs = ladder(reading.options.types[name], reading.options.decimal or ".")
    try:
        return _typed(texts, name, rungs)
    except DoesNotFitError:
        row, cell = _first_misfit(rungs, texts)
        raise not_as_said(reading, name, f"row {row:,}", cell) from None


def not_as_said(reading: Reading, name: str, where: str, cell: Any) -> Exception:
    """The error that says which cell is not of the type that the read option `types` has for its column."""
    return reading.unreadable(
        f"column {told(name)} was to be {reading.options.types[name].shown}, but {where} holds {cut(repr(cell), 80)}",
        f"Repair the cell, or read the column as text: types={told(name)}:text.",
    )


def as_dates(name: str, texts: pa.ChunkedArray) -> Typed | None:
    """A column of text as dates where every value is an ISO date, with or without a time; else None."""
    if texts.null_count == len(texts):
        return None
    try:
        typed = _typed(texts, name, ladder(Kind.DATETIME, "."))
    except DoesNotFitError:
        return None
    return typed if typed.values.null_count == texts.null_count else None


def _typed(texts: pa.ChunkedArray, name: str, rungs: tuple[Rung, ...]) -> Typed:
    chunks = cast("Any", _Chunks(texts))
    return typed_columns(chunks, [(name, rungs, True)], None, lambda _done, _total: None)[0]


def _first_misfit(rungs: tuple[Rung, ...], texts: pa.ChunkedArray) -> tuple[int, Any]:
    rows = 0
    for chunk in texts.chunks:
        try:
            climb(rungs, chunk)
        except DoesNotFitError:
            row = first_misfit(rungs, chunk)
            return rows + row + 1, chunk[row].as_py()
        rows += len(chunk)
    return rows, None
