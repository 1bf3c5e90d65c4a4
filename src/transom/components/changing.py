"""One column on its way to another type: as text, as cells of a file are read, and the cell that cannot come along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transom.components.edit_metadata import TYPES
from transom.components.frame import Column
from transom.components.native import CannotApply
from transom.components.plain_values import Kind, Plain
from transom.components.told import one_line
from transom.tables.csv_types import DoesNotFitError, climb, first_misfit, ladder
from transom.tables.display import cell_texts
from transom.tables.options import Kind as Cells

_PIECE = 1 << 30


@dataclass(frozen=True, slots=True)
class Change:
    """A column, its values as what they are, and the type that they shall have."""

    column: Column
    found: Plain
    wanted: str

    @property
    def texts(self) -> pa.ChunkedArray:
        """The values as text; those of any type have one."""
        return texts_of(self)

    def made(self, values: pa.ChunkedArray) -> pa.ChunkedArray:
        """The values that were made. Raises CannotApply where one is missing that was not."""
        if values.null_count > self.found.values.null_count:
            lost = pc.and_(pc.is_null(values), pc.is_valid(self.found.values))
            raise self.refusal(pc.index(lost, True).as_py())
        return values

    def refusal(self, row: int) -> CannotApply:
        """The error that names the column, the row and the value."""
        cell = cell_texts(self.column.values.slice(row, 1), self.column.encoding)[0]
        return CannotApply(
            f"The column {self.column.name!r} cannot become {TYPES[self.wanted]}: "
            f"row {row + 1:,} holds {one_line(repr(cell))}.",
            "Repair or remove that row before this step, or choose another type.",
        )

    def no_way(self) -> CannotApply:
        """The error where no value of the column's type can become what is wanted."""
        return CannotApply(
            f"The column {self.column.name!r} holds {self.found.kind}, which cannot become {TYPES[self.wanted]}.",
            "Choose another column or another type; string is possible for all.",
        )

    def read(self, kind: Cells) -> pa.ChunkedArray:
        """Texts as the cells of a file are read."""
        rungs, values, rows = ladder(kind, "."), [], 0
        for chunk in _narrow(self.texts).chunks:
            try:
                values.append(climb(rungs, chunk).values)
            except DoesNotFitError:
                raise self.refusal(rows + first_misfit(rungs, chunk)) from None
            rows += len(chunk)
        kinds = {each.type for each in values}
        return pa.chunked_array(values if len(kinds) == 1 else [self._one_kind(rungs)])

    def _one_kind(self, rungs: Any) -> pa.Array:
        """Pieces that were read as different types are read as one."""
        whole = pa.concat_arrays(_narrow(self.texts).chunks)
        try:
            return climb(rungs, whole).values
        except DoesNotFitError:
            raise self.refusal(first_misfit(rungs, whole)) from None


def _narrow(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts as the reader of cells knows them, in pieces that its type has room for."""
    if pa.types.is_string(texts.type) and texts.num_chunks:
        return texts
    rows = max(len(texts) * _PIECE // max(texts.nbytes, 1), 1)
    pieces = [texts.slice(start, rows).cast(pa.string()) for start in range(0, max(len(texts), 1), rows)]
    return pa.chunked_array([chunk for piece in pieces for chunk in piece.chunks] or [pa.array([], pa.string())])


def texts_of(change: Change) -> pa.ChunkedArray:
    """The values of any type as text."""
    values, kind = change.found.values, change.found.kind
    if kind is Kind.BOOLEAN:
        return pc.if_else(values, "True", "False")
    if kind in (Kind.INSTANT, Kind.ZONED):
        return _instant_texts(values)
    if kind is Kind.BYTES:
        return _decoded(change)
    if kind is Kind.OTHER:
        is_written = pa.types.is_string(change.column.values.type)  # decimal numbers, periods: with all their digits
        return change.column.values if is_written else values
    if kind in (Kind.NUMBER, Kind.TEXT, Kind.DATE) or pa.types.is_time64(values.type):
        return values.cast(pa.large_string() if pa.types.is_large_string(values.type) else pa.string())
    return pa.chunked_array([pa.array(cell_texts(values, change.column.encoding), pa.string())])


def _instant_texts(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Without fractions of a second that are 0, and as dates alone where all are midnights."""
    try:
        texts = values.cast(pa.string())
    except pa.ArrowInvalid:  # a zone that this machine's zone data lacks: the instant itself, in UTC
        texts = values.cast(pa.timestamp(values.type.unit, "UTC")).cast(pa.string())
    texts = pc.replace_substring_regex(texts, r"(:\d\d)\.0+([Z+-]|$)", r"\1\2")
    texts = pc.replace_substring_regex(texts, r"(\.\d*[1-9])0+([Z+-]|$)", r"\1\2")
    texts = pc.replace_substring_regex(texts, r"([+-]\d\d)(\d\d)$", r"\1:\2")
    midnight = pc.ends_with(texts, " 00:00:00")
    return pc.utf8_slice_codeunits(texts, 0, -9) if pc.all(midnight).as_py() else texts


def _decoded(change: Change) -> pa.ChunkedArray:
    try:
        is_large = pa.types.is_large_binary(change.found.values.type)
        return change.found.values.cast(pa.large_string() if is_large else pa.string())
    except pa.ArrowInvalid:
        cells = enumerate(change.column.values.to_pylist())
        raise change.refusal(next(row for row, cell in cells if cell is not None and not _is_utf_8(cell))) from None


def _is_utf_8(cell: bytes) -> bool:
    try:
        cell.decode()
    except UnicodeDecodeError:
        return False
    return True
