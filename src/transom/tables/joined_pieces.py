"""Which type a column has that comes in pieces of several types, so that no value changes on the way to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa


class NoCommonType(Exception):
    """Pieces of a column that no type can hold together; `piece` is the number of the first one that does not fit."""

    def __init__(self, column: str, piece: int, found: pa.DataType, before: pa.DataType) -> None:
        super().__init__(f"{column}: {found} and {before}")
        self.column = column
        self.piece = piece
        self.found = str(found)
        self.before = str(before)


def joined(tables: Sequence[pa.Table], *, mixed_as_text: bool = False) -> pa.Table:
    """The tables under each other; columns are found by their names, and where one is missing its cells are.

    The order of columns is that of the first table, what others have more comes after it. Values stay equal: whole
    numbers become decimal ones only where that is exact. Raises NoCommonType; with `mixed_as_text` what goes together
    in no other way becomes text.
    """
    names = list(dict.fromkeys(name for table in tables for name in table.column_names))
    columns = [_column(name, tables, mixed_as_text=mixed_as_text) for name in names]
    return pa.table(columns, names=names)


def _column(name: str, tables: Sequence[pa.Table], *, mixed_as_text: bool) -> pa.ChunkedArray:
    pieces = [_piece(table, name) for table in tables]
    try:
        return _together(name, pieces)
    except NoCommonType as wrong:
        if not mixed_as_text:
            raise
        try:
            return _together(name, [_as_text(piece) for piece in pieces])
        except NoCommonType:
            raise wrong from None


def _piece(table: pa.Table, name: str) -> pa.ChunkedArray:
    if name in table.column_names:
        return table.column(name)
    return pa.chunked_array([pa.nulls(table.num_rows)])


def _together(name: str, pieces: Sequence[pa.ChunkedArray]) -> pa.ChunkedArray:
    kind = pa.null()
    for number, piece in enumerate(pieces):
        wider = _wider(kind, piece.type)
        if wider is None:
            raise NoCommonType(name, number, piece.type, kind)
        kind = wider
    return pa.chunked_array(list(_chunks(name, pieces, kind)), kind)


def _chunks(name: str, pieces: Sequence[pa.ChunkedArray], kind: pa.DataType) -> Iterator[pa.Array]:
    for number, piece in enumerate(pieces):
        try:
            yield from (piece if piece.type == kind else piece.cast(kind)).chunks
        except pa.ArrowException:  # a whole number that no float is
            raise NoCommonType(name, number, piece.type, kind) from None


def _wider(first: pa.DataType, second: pa.DataType) -> pa.DataType | None:
    """The type that holds the values of both; None where there is none."""
    if first == second:
        return first
    if pa.types.is_dictionary(first) or pa.types.is_dictionary(second):
        return _wider(_plain(first), _plain(second))
    if pa.types.is_timestamp(first) and pa.types.is_timestamp(second):
        return _wider_times(first, second)
    if _is_bytes(first) != _is_bytes(second) and pa.null() not in (first, second):
        return None  # Arrow would make bytes of texts
    fields = [pa.schema([pa.field("x", kind)]) for kind in (first, second)]
    try:
        return pa.unify_schemas(fields, promote_options="permissive").field(0).type
    except pa.ArrowException:
        return None


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _wider_times(first: pa.TimestampType, second: pa.TimestampType) -> pa.DataType | None:
    """Times with a zone are brought to UTC; a time without one is another thing."""
    if (first.tz is None) != (second.tz is None):
        return None
    units = ("s", "ms", "us", "ns")
    unit = units[max(units.index(first.unit), units.index(second.unit))]
    return pa.timestamp(unit, first.tz if first.tz == second.tz else "UTC")


def _as_text(piece: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column as text, where it can be; else as it is."""
    try:
        return piece.cast(pa.large_string())
    except pa.ArrowException:
        return piece
