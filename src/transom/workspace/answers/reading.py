"""How a script reads files and databases through the workspace: places become one table, or one set of files."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
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
_ALL_THE_SAME, _ONLY_FIRST, _COMBINED, _NONE = "same", "first", "each", "none"
#: Which files begin with the names of their columns; beside these words true and false.
_HEADERS: Mapping[object, str] = {
    **{word: word for word in (_ALL_THE_SAME, _ONLY_FIRST, _COMBINED, _NONE)},
    True: _ALL_THE_SAME,
    False: _NONE,
}
#: Separators that nobody sees, by the words for them.
_UNSEEN = {"\t": "tab", " ": "space"}
_SHAPING = ("column_types", "on_error", "include_path", "partition_format")
_OPTIONS = {
    "delimited": ("separator", "header", "encoding", "infer_types", "multi_line", "empty_as_text", *_SHAPING),
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
    shaping = _shaping(options)
    pieces = pieces_of(asking, facts, as_tables=True)
    blobs = asking.workspace.blobs
    with Workbench(blobs).open() as bench:
        made = under_each_other(_READERS[kind](bench, pieces, options, shaping), shaping, blobs)
    return _answer(asking, made.digest, made.warnings)


def _query(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    from transom.workspace.answers.joining import Workbench, under_each_other
    from transom.workspace.datastores import database_of_datastore

    facts = Facts("dataset/query", told, ("datastore", "query", "timeout", "column_types", "options"))
    shaping = _shaping(facts, facts.part(facts.mapping("options"), ("on_error",)))
    query, seconds = facts.text("query"), facts.seconds("timeout")
    database = database_of_datastore(asking.workspace, usable_datastore(asking, facts.text("datastore")))
    blobs = asking.workspace.blobs
    with Workbench(blobs).open() as bench:
        read = bench.made(lambda target: database.query(query, target, blobs, seconds))
        made = under_each_other([read], shaping, blobs)
    return _answer(asking, made.digest, made.warnings)


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


def _shaping(options: Facts, more: Facts | None = None) -> Shaping:
    """What is done with the columns of every file; `more` may say what becomes of cells of another type."""
    from transom.workspace.answers.column_types import wanted_types
    from transom.workspace.answers.joining import Shaping
    from transom.workspace.answers.partitions import Partitions

    partitions = options.text_or_none("partition_format")
    on_error = (more or options).text("on_error", "null")
    if on_error not in ("null", "fail"):
        raise options.wrong(f"on_error is {on_error[:40]!r}, neither 'null' nor 'fail'")
    return Shaping(
        wanted_types(options, "column_types"),
        strictly=on_error == "fail",
        with_path=options.flag("include_path"),
        partitions=None if not partitions else Partitions(partitions),
        empty_as_text=options.flag("empty_as_text"),
    )


class _Delimited:
    """Text tables, all read in one way."""

    def __init__(self, bench: Workbench, options: Facts, typed: Collection[str]) -> None:
        """`typed` are columns whose types were said: they are read as text, and get their types afterwards."""
        self.bench = bench
        self.header = _header(options)
        self.base = ReadOptions(delimiter=_separator(options), encoding=_encoding(options))
        self.all_text = not options.flag("infer_types", True)
        self.typed = typed

    def read(self, number: int, piece: Piece, as_text: frozenset[str] = frozenset()) -> ReadPiece:
        """One file; the first one has the number 0."""
        ending = posixpath.splitext(piece.name)[1].lower()
        ending = f".csv{ending}" if ending in _PACKED else ".csv"
        header = self.header in (_ALL_THE_SAME, _COMBINED) or (self.header == _ONLY_FIRST and number == 0)
        options = replace(self.base, header=header)
        if self.typed or self.all_text or as_text:
            names = self.bench.read(piece, ending, options, sample=0).columns
            texts = {name for name in names if self.all_text or name in as_text or name in self.typed}
            options = replace(options, types=dict.fromkeys(texts, Kind.TEXT))
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


_Reader = Callable[["Workbench", Sequence[Piece], Facts, "Shaping"], "list[ReadPiece]"]


def _delimited(bench: Workbench, pieces: Sequence[Piece], options: Facts, shaping: Shaping) -> list[ReadPiece]:
    options.flag("multi_line")  # a row may have several lines in any case
    return _Delimited(bench, options, shaping.types).all(pieces)


def _parquet(bench: Workbench, pieces: Sequence[Piece], _: Facts, __: Shaping) -> list[ReadPiece]:
    return [bench.read(piece, ".parquet", ReadOptions()) for piece in pieces]


def _json_lines(bench: Workbench, pieces: Sequence[Piece], options: Facts, _: Shaping) -> list[ReadPiece]:
    invalid = options.text("invalid_lines", "error")
    if invalid not in ("error", "drop"):
        raise options.wrong(f"invalid_lines is {invalid[:40]!r}, neither 'error' nor 'drop'")
    read = ReadOptions(encoding=_encoding(options))
    if invalid == "drop":
        return [bench.read_objects(piece, read) for piece in pieces]
    return [bench.read(piece, ".jsonl", read) for piece in pieces]


_READERS: Mapping[str, _Reader] = {"delimited": _delimited, "parquet": _parquet, "json_lines": _json_lines}


def _header(options: Facts) -> str:
    value = options.raw("header")
    if value is None:
        return _ALL_THE_SAME
    if not isinstance(value, (str, bool)) or value not in _HEADERS:
        raise options.wrong(f"header is neither true nor false, nor one of {_ALL_THE_SAME}, {_ONLY_FIRST}, {_COMBINED}")
    return _HEADERS[value]


def _separator(options: Facts) -> str | None:
    """A comma unless another one is said, as in Azure."""
    given = options.text("separator", ",")
    return parse_options(f"delimiter={_UNSEEN.get(given, given)}").delimiter


def _encoding(options: Facts) -> str | None:
    """None, which tries UTF-8 first, unless another one is said."""
    given = options.text_or_none("encoding")
    return None if given is None else parse_options(f"encoding={given}").encoding
