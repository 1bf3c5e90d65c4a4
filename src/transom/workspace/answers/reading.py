"""How a script reads files and databases through the workspace: places become one table, or one set of files."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from transom.errors import WrongUse
from transom.model.assets import DatasetKind
from transom.model.file_sets import FileSet
from transom.tables.options import Kind, ReadOptions, parse_options
from transom.workspace.answering import Asking
from transom.workspace.answers.contents import files_given, issue, table_given
from transom.workspace.answers.facts import Facts
from transom.workspace.answers.places import Piece, pieces_of, usable_datastore

if TYPE_CHECKING:
    from transom.workspace.answers.joining import ReadPiece, Shaping, Workbench

_PACKED = (".gz", ".bz2", ".zst")
#: Azure's names of encodings that Python has under others, and the one that is tried first anyway.
_ENCODINGS = {"utf8": None, "utf-8": None, "utf8bom": "utf-8-sig", "iso88591": "iso8859-1", "windows1252": "cp1252"}
#: Separators that nobody sees, by the words for them.
_UNSEEN = {"\t": "tab", " ": "space"}
_ALL_THE_SAME, _ONLY_FIRST, _COMBINED, _NONE = range(4)
#: How Azure says which files begin with the names of their columns.
_HEADERS: Mapping[object, int] = {
    "all_files_have_same_headers": _ALL_THE_SAME,
    "only_first_file_has_headers": _ONLY_FIRST,
    "combine_all_files_headers": _COMBINED,
    "no_headers": _NONE,
    "true": _ALL_THE_SAME,
    "false": _NONE,
    "3": _ALL_THE_SAME,
    "2": _COMBINED,
    "1": _ONLY_FIRST,
    "0": _NONE,
}
_SHAPING = ("set_column_types", "include_path", "partition_format", "validate")
_OPTIONS = {
    "delimited": (
        *("separator", "header", "encoding", "infer_column_types", "support_multi_line", "empty_as_string"),
        *_SHAPING,
    ),
    "parquet": _SHAPING,
    "json_lines": ("encoding", "invalid_lines", *_SHAPING),
}


def _read(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    from transom.workspace.answers.joining import Workbench, under_each_other

    facts = Facts("dataset/read", told, ("format", "places", "options"))
    kind = facts.text("format")
    if kind not in _OPTIONS:
        raise facts.wrong(f"there is no format {kind[:40]!r}", f"There are {', '.join(_OPTIONS)}.")
    options = facts.part(facts.mapping("options"), _OPTIONS[kind])
    how = _how(options)
    pieces = pieces_of(asking, facts, as_tables=True)
    blobs = asking.workspace.blobs
    with Workbench(blobs).open() as bench:
        reads, shaping = _READERS[kind](bench, pieces, options, how)
        made = under_each_other(reads, shaping, blobs)
    return _answer(asking, made.digest, made.warnings)


def _query(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    from transom.workspace.datastores import database_of_datastore

    facts = Facts("dataset/query", told, ("datastore", "query"))
    database = database_of_datastore(asking.workspace, usable_datastore(asking, facts.text("datastore")))
    blobs = asking.workspace.blobs
    with blobs.writer(".arrow") as writing:
        read = database.query(facts.text("query"), writing.path, blobs)
    return _answer(asking, writing.digest, read.warnings)


def _gather(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    facts = Facts("dataset/gather", told, ("places",))
    files = FileSet.of(piece.file for piece in pieces_of(asking, facts))
    digest = asking.workspace.blobs.put_bytes(files.content())
    return {
        "files": files_given(files.files, "files"),
        "names": [each.name for each in files.files],
        "token": issue(asking, DatasetKind.FILES, digest),
    }


ANSWERS = {"dataset/read": _read, "dataset/query": _query, "dataset/gather": _gather}


def _answer(asking: Asking, digest: str, warnings: Sequence[str]) -> dict[str, Any]:
    from transom.tables.step_file import shape

    found = shape(asking.workspace.blobs.path(digest))
    return {
        "table": table_given(digest, "table"),
        "token": issue(asking, DatasetKind.TABLE, digest),
        "rows": found.rows,
        "columns": [{"name": each.name, "type": each.type} for each in found.columns],
        "warnings": list(warnings),
    }


@dataclass(frozen=True, slots=True)
class _How:
    """What was said of reading: `types` are those of columns, `shaping` what is done after it."""

    types: Mapping[str, Any]
    shaping: Shaping


def _how(options: Facts) -> _How:
    from transom.workspace.answers.column_types import wanted_types
    from transom.workspace.answers.joining import Shaping
    from transom.workspace.answers.partitions import Partitions

    types = wanted_types(options, "set_column_types")
    partitions = options.text_or_none("partition_format")
    shaping = Shaping(
        types,
        with_path=options.flag("include_path"),
        partitions=None if not partitions else Partitions(partitions),
    )
    return _How(types, shaping)


class _Delimited:
    """Text tables, all read in one way."""

    def __init__(self, bench: Workbench, options: Facts, how: _How) -> None:
        self.bench = bench
        self.header = _header(options)
        self.base = ReadOptions(delimiter=_separator(options), encoding=_encoding(options))
        self.all_text = not options.flag("infer_column_types", True)
        self.types = {name: wanted.kind if wanted.is_plain else Kind.TEXT for name, wanted in how.types.items()}

    def read(self, number: int, piece: Piece, as_text: frozenset[str] = frozenset()) -> ReadPiece:
        """One file; the first one has the number 0."""
        ending = posixpath.splitext(piece.name)[1].lower()
        ending = f".csv{ending}" if ending in _PACKED else ".csv"
        header = self.header in (_ALL_THE_SAME, _COMBINED) or (self.header == _ONLY_FIRST and number == 0)
        options = replace(self.base, header=header)
        if self.types or self.all_text or as_text:
            names = self.bench.read(piece, ending, options, sample=0).columns
            types = {name: Kind.TEXT for name in names if self.all_text or name in as_text}
            types |= {name: kind for name, kind in self.types.items() if name in names}
            options = replace(options, types=types)
        return self.bench.read(piece, ending, options)

    def all(self, pieces: Sequence[Piece]) -> list[ReadPiece]:
        """All files, in types that go together."""
        from transom.workspace.answers.joining import in_one_type

        reads = [self.read(number, piece) for number, piece in enumerate(pieces)]
        if self.header == _ONLY_FIRST:
            reads = [reads[0], *(self._named_as(reads[0], each) for each in reads[1:])]
        numbers = {each.path: number for number, each in enumerate(reads)}

        def again(each: ReadPiece, columns: set[str]) -> ReadPiece:
            own = dict(zip(each.columns, (column.name for column in each.read.shape.columns), strict=True))
            return self.read(numbers[each.path], each.piece, frozenset(own[column] for column in columns))

        return in_one_type(reads, again)

    def _named_as(self, first: ReadPiece, other: ReadPiece) -> ReadPiece:
        """A file without names has those of the first one, in their order."""
        if len(first.columns) != len(other.columns):
            raise WrongUse(
                problem=f"{other.piece.path} has {len(other.columns)} columns, and {first.piece.path}, which names "
                f"them, has {len(first.columns)}.",
                advice="Read them one by one, or say which files name their columns (header).",
            )
        return replace(other, names=tuple(first.columns))


_Reader = Callable[["Workbench", Sequence[Piece], Facts, _How], "tuple[list[ReadPiece], Shaping]"]


def _delimited(bench: Workbench, pieces: Sequence[Piece], options: Facts, how: _How) -> tuple[list[ReadPiece], Shaping]:
    reading = _Delimited(bench, options, how)
    special = {name: wanted for name, wanted in how.types.items() if not wanted.is_plain}
    shaping = replace(how.shaping, types=special, empty_as_text=options.flag("empty_as_string"))
    return reading.all(pieces), shaping


def _parquet(bench: Workbench, pieces: Sequence[Piece], _: Facts, how: _How) -> tuple[list[ReadPiece], Shaping]:
    return [bench.read(piece, ".parquet", ReadOptions()) for piece in pieces], how.shaping


def _json_lines(
    bench: Workbench, pieces: Sequence[Piece], options: Facts, how: _How
) -> tuple[list[ReadPiece], Shaping]:
    read = ReadOptions(encoding=_encoding(options))
    invalid = options.text("invalid_lines", "error")
    if invalid not in ("error", "drop"):
        raise options.wrong(f"invalid_lines is {invalid[:40]!r}, neither 'error' nor 'drop'")
    return [bench.read(piece, ".jsonl", read) for piece in pieces], how.shaping


_READERS: Mapping[str, _Reader] = {"delimited": _delimited, "parquet": _parquet, "json_lines": _json_lines}


def _header(options: Facts) -> int:
    value = options.raw("header")
    if value is None:
        return _ALL_THE_SAME
    word = str(value).lower().rpartition(".")[2] if isinstance(value, (str, bool, int)) else ""
    if word not in _HEADERS:
        raise options.wrong(
            "header is neither true nor false", "Or one of PromoteHeadersBehavior: ALL_FILES_HAVE_SAME_HEADERS ..."
        )
    return _HEADERS[word]


def _separator(options: Facts) -> str | None:
    given = options.text_or_none("separator")
    if given is None:
        return None
    return parse_options(f"delimiter={_UNSEEN.get(given, given)}").delimiter


def _encoding(options: Facts) -> str | None:
    given = options.text("encoding", "utf8").strip().lower()
    if given in _ENCODINGS:
        return _ENCODINGS[given]
    return parse_options(f"encoding={given}").encoding
