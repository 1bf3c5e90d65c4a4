"""How the tables of several files become one: each read into a step file, then laid under each other by names."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transom.errors import WrongUse
from transom.store.blobs import FolderBlobs
from transom.tables import formats, step_file
from transom.tables.description import Description, with_description
from transom.tables.formats import Read
from transom.tables.joined_pieces import NoCommonType, joined
from transom.tables.leaving import nan_to_null, without_index
from transom.tables.options import Kind, ReadOptions
from transom.workspace.answers.column_types import Wanted, made
from transom.workspace.answers.partitions import Partitions
from transom.workspace.answers.places import Piece
from transom.workspace.contents import told_of_disk
from transom.workspace.contents_sources import told_as

#: The column that names the file of each row, as in Azure.
PATH = "Path"
_EMPTY = "empty"
_LONGEST_LINE = 64 << 20
_NUMBERS = {Kind.WHOLE.shown, Kind.DECIMAL.shown}


@dataclass(frozen=True, slots=True)
class ReadPiece:
    """A file that was read: its step file, what the reader said, and its columns' names where they are to be others."""

    piece: Piece
    path: Path
    read: Read
    names: tuple[str, ...] = ()

    @property
    def columns(self) -> list[str]:
        """The names of its columns, as the table will have them."""
        return list(self.names) or [each.name for each in self.read.shape.columns]

    def type_of(self, column: str) -> str | None:
        """What the reader of a text table said of a column; None where it has none."""
        own = [each.name for each in self.read.shape.columns]
        columns = self.columns
        return self.read.types.get(own[columns.index(column)]) if column in columns else None


@dataclass(frozen=True, slots=True)
class Shaping:
    """What becomes of the columns of every file: types that were said, and columns that its path gives."""

    types: Mapping[str, Wanted] = field(default_factory=dict)
    strictly: bool = False
    with_path: bool = False
    partitions: Partitions | None = None
    empty_as_text: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether tables stay as they are."""
        return not (self.types or self.with_path or self.partitions or self.empty_as_text)


class Workbench:
    """Files aside that go when the block ends; `read` makes a step file of a piece there."""

    def __init__(self, blobs: FolderBlobs) -> None:
        self.blobs = blobs
        self._stack = ExitStack()

    @contextmanager
    def open(self) -> Iterator[Workbench]:
        """Use it."""
        with self._stack:
            yield self

    def read(self, piece: Piece, ending: str, options: ReadOptions, *, sample: int | None = None) -> ReadPiece:
        """Read a file as what the ending says. Raises InputUnreadable, which names the file, and StoreUnwritable."""
        named, target = self._new(ending), self._new(".arrow")
        with told_of_disk(self.blobs), told_as(piece.path):
            named.symlink_to(self.blobs.path(piece.digest))
            return ReadPiece(piece, target, formats.read(named, target, options, sample=sample))

    def read_objects(self, piece: Piece, options: ReadOptions) -> ReadPiece:
        """Read the lines of a file that are JSON objects, and leave out the others."""
        lines = self._new(".jsonl")
        encoding, left_out = options.encoding or "utf-8", 0
        with (
            told_of_disk(self.blobs),
            lines.open("wb") as sink,
            self.blobs.open(piece.digest) as source,
            io.TextIOWrapper(source, encoding, "replace") as texts,
        ):
            for text in iter(lambda: texts.readline(_LONGEST_LINE), ""):
                if _is_object(text):
                    sink.write(text.strip().encode("utf-8", "replace") + b"\n")
                elif text.strip():
                    left_out += 1
        with told_of_disk(self.blobs), told_as(piece.path):
            target = self._new(".arrow")
            read = formats.read(lines, target)
        if left_out:
            read = replace(
                read, warnings=(*read.warnings, f"{left_out:,} lines that are no JSON objects were left out.")
            )
        return ReadPiece(piece, target, read)

    def made(self, make: Callable[[Path], Read]) -> ReadPiece:
        """A table that comes from no file."""
        target = self._new(".arrow")
        return ReadPiece(Piece("query", 0, "", "the query"), target, make(target))

    def _new(self, ending: str) -> Path:
        path = self.blobs.new_aside(ending)
        self._stack.callback(path.unlink, missing_ok=True)
        return path


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


@dataclass(frozen=True, slots=True)
class Made:
    """The table that came of it: the digest of its step file, and what a person should know."""

    digest: str
    warnings: tuple[str, ...] = ()


def under_each_other(reads: Sequence[ReadPiece], shaping: Shaping, blobs: FolderBlobs) -> Made:
    """One table of all that was read, kept as a content; of a single one that is not to be changed, itself.

    Raises WrongUse, which names file and column, where the types of two files do not go together.
    """
    warnings = list(_warnings(reads))
    if len(reads) == 1 and shaping.is_nothing and not reads[0].names:
        return Made(blobs.keep(reads[0].path), tuple(warnings))
    tables: list[pa.Table] = []
    lost: dict[str, int] = {}
    encodings: dict[str, Mapping[str, Any]] = {}
    for each in reads:
        table, own = _flat(each)
        for name, entry in own.items():
            if encodings.setdefault(name, entry) != entry:
                raise _apart(reads, name, "one kind", "another")
        tables.append(_shaped(table, each, shaping, lost))
    try:
        table = joined(tables)
    except NoCommonType as wrong:
        raise _apart(reads, wrong.column, wrong.before, wrong.found, wrong.piece) from None
    description = Description(table.num_rows, encodings=encodings)
    table = table.cast(with_description(table.schema, description))
    with blobs.writer(".arrow") as writing, told_of_disk(blobs):
        formats.read_arrow(table, writing.path)
    warnings += [
        f"{count:,} cells of the column {name} were not of the type {shaping.types[name].kind.shown}, and are missing."
        for name, count in lost.items()
    ]
    return Made(writing.digest, tuple(warnings))


def _warnings(reads: Sequence[ReadPiece]) -> Iterator[str]:
    for each in reads:
        for warning in each.read.warnings:
            yield warning if len(reads) == 1 else f"{each.piece.path}: {warning}"
    names = {tuple(sorted(each.columns)) for each in reads}
    if len(names) > 1:
        yield "The files have different columns; a column that a file lacks is missing in its rows."


def _apart(reads: Sequence[ReadPiece], column: str, before: str, found: str, number: int = -1) -> WrongUse:
    return WrongUse(
        problem=f"The files cannot become one table: the column {column} is {found} in {reads[number].piece.path}, and "
        f"{before} in those before it.",
        advice=f"Say its type, set_column_types={{{column!r}: DataType.to_string()}}, or read the files one by one.",
    )


def _flat(read: ReadPiece) -> tuple[pa.Table, dict[str, Mapping[str, Any]]]:
    """The table of a file, its row index as columns, and the encodings of its columns.

    A column without any value has no type yet, and whole numbers with missing ones are not floating ones yet.
    """
    table = step_file.open_step(read.path)
    description = step_file.describe_step(table)
    flat = without_index(table, description)
    columns, encodings = [], {}
    for name, source in zip(flat.table.column_names, flat.fields, strict=True):
        columns.append(_undecided(flat.table.column(name), read.read.types.get(name)))
        if source is not None and source in description.encodings:
            encodings[name] = description.encodings[source]
    names = list(read.names) or flat.table.column_names
    renamed = dict(zip(flat.table.column_names, names, strict=True))
    return pa.table(columns, names=names), {renamed[name]: entry for name, entry in encodings.items()}


def _undecided(column: pa.ChunkedArray, said: str | None) -> pa.ChunkedArray:
    if said == _EMPTY:
        return pa.chunked_array([pa.nulls(len(column))])
    if said == Kind.WHOLE.shown and pa.types.is_floating(column.type):
        return nan_to_null(column).cast(pa.int64())
    return column


def _shaped(table: pa.Table, read: ReadPiece, shaping: Shaping, lost: dict[str, int]) -> pa.Table:
    """The table as it is wanted; `lost` counts the cells of a column that had another type."""
    for number, name in enumerate(table.column_names):
        column = table.column(number)
        if name in shaping.types:
            typed = made(column, shaping.types[name], name, strictly=shaping.strictly)
            column = typed.column
            if typed.lost:
                lost[name] = lost.get(name, 0) + typed.lost
        if shaping.empty_as_text and (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            column = pc.fill_null(column, "")
        table = table.set_column(number, name, column)
    if shaping.partitions is not None:
        for name, value in zip(shaping.partitions.names, shaping.partitions.values(read.piece.path), strict=True):
            table = _with_column(table, table.num_columns, name, value)
    return _with_column(table, 0, PATH, pa.scalar(read.piece.path)) if shaping.with_path else table


def _with_column(table: pa.Table, place: int, name: str, value: pa.Scalar) -> pa.Table:
    if name in table.column_names:
        raise WrongUse(
            problem=f"The column {name} is to be made of the path, and the files have one already.",
            advice="Give the column of the path another name, or leave it out.",
        )
    return table.add_column(place, name, pa.repeat(value, table.num_rows))


def in_one_type(reads: Sequence[ReadPiece], again: Callable[[ReadPiece, set[str]], ReadPiece]) -> list[ReadPiece]:
    """Text tables whose columns go together: where one is a number here and a word there, it is text in all of them.

    `again` reads a file with these columns as text, so that nothing of them is lost on the way.
    """
    kinds: dict[str, set[str]] = {}
    for each in reads:
        for column in each.columns:
            kinds.setdefault(column, set()).add(each.type_of(column) or _EMPTY)
    mixed = {
        column for column, words in kinds.items() if len(words - {_EMPTY}) > 1 and not words - {_EMPTY} <= _NUMBERS
    }
    found = []
    for each in reads:
        late = {column for column in mixed & set(each.columns) if each.type_of(column) not in (Kind.TEXT.shown, _EMPTY)}
        found.append(replace(again(each, late), names=each.names) if late else each)
    return found
