"""Which formats of tables there are, which ending or first bytes name them, and how a table goes in and out.

A new format is one entry of `FORMATS` and a file with its reader or its writer.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from errno import EINVAL
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

import pyarrow as pa

from transom.errors import FormatUnknown, InputUnreadable, NotThere, ResultUnwritable
from transom.tables import (
    arff,
    arrow_file,
    csv_in,
    csv_out,
    dataframe_directory,
    excel,
    excel_out,
    json_lines,
    json_lines_out,
    parquet,
    plain_text,
    svmlight,
    zipped,
)
from transom.tables.aside import check_place, written_aside
from transom.tables.growth import most_bytes, unpacked_bytes
from transom.tables.leaving import Leaving
from transom.tables.options import DEFAULT_OPTIONS, KEYS, ReadOptions
from transom.tables.paths import near, shown
from transom.tables.reading import PACKED_ENDINGS, Progress, Read, Reading, opened_plain
from transom.tables.step_file import describe_step, open_step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["FORMATS", "Format", "Read", "check_readable", "check_writable", "read", "read_arrow", "write"]


@dataclass(frozen=True, slots=True)
class Format:
    """A format of tables: the endings and the first bytes that name it, its reader, its writer, its read options.

    `packable` files may be compressed, which another ending says.
    """

    name: str
    endings: tuple[str, ...]
    read: Callable[[Reading, Path], Read]
    write: Callable[[Leaving, Path], list[str]] | None = None
    magic: tuple[bytes, ...] = ()
    options: tuple[str, ...] = ()
    packable: bool = False


def _read_zip(reading: Reading, target: Path) -> Read:
    with zipped.unpacked(reading, target, _rank) as inner:
        told = _read_at(target, inner)
    return replace(told, format=f"{told.format} in a zip file")


_TEXT_OPTIONS = ("header", "delimiter", "decimal", "encoding", "types")
CSV = Format("CSV", (".csv",), csv_in.read_csv, csv_out.write_csv, options=_TEXT_OPTIONS, packable=True)
TSV = Format("TSV", (".tsv", ".tab"), csv_in.read_tsv, csv_out.write_tsv, options=_TEXT_OPTIONS, packable=True)
PARQUET = Format("Parquet", (".parquet", ".pq"), parquet.read_parquet, parquet.write_parquet, (b"PAR1", b"PARE"))
ARROW = Format(
    "Arrow",
    (".arrow", ".feather", ".ipc"),
    arrow_file.read_arrow,
    arrow_file.write_arrow,
    (b"ARROW1", b"FEA1", b"\xff\xff\xff\xff"),
)
DIRECTORY = Format(
    "DataFrameDirectory", ("/",), dataframe_directory.read_directory, dataframe_directory.write_directory
)
JSON_LINES = Format(
    json_lines.WORD,
    (".jsonl", ".ndjson", ".json"),
    json_lines.read_json_lines,
    json_lines_out.write_json_lines,
    options=("encoding", "types"),
    packable=True,
)
EXCEL = Format(
    zipped.EXCEL,
    (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"),
    excel.read_excel,
    excel_out.write_excel,
    magic=(excel.OLD_MAGIC,),
    options=("header", "types", "sheet"),
)
ARFF = Format("ARFF", (".arff",), arff.read_arff, options=("encoding",), packable=True)
SVMLIGHT = Format("SVMlight", (".svm", ".svmlight", ".libsvm"), svmlight.read_svmlight, packable=True)
TEXT = Format("text", (".txt",), plain_text.read_text, options=_TEXT_OPTIONS, packable=True)
ZIP = Format("zip", (".zip",), _read_zip, options=KEYS)
FORMATS = (CSV, TSV, PARQUET, ARROW, JSON_LINES, EXCEL, ARFF, SVMLIGHT, TEXT, ZIP, DIRECTORY)
_PIECE_BYTES = 1 << 20
#: After so many pieces of a stream it is looked whether the disk still has as much room as is left to others.
_PIECES_BETWEEN = 64
_SPARED_DISK_BYTES = 1 << 30
#: What libraries raise for damaged content, or for content that asks for more memory than there is.
_BROKEN = (pa.ArrowException, UnicodeError, MemoryError, OverflowError, RecursionError)
_FOREIGN = (
    (b"PK\x03\x04", "a zip file or an Excel workbook that is damaged"),
    (b"%pdf", "a PDF"),
    (b"\x1f\x8b", "a gzip file"),
    (b"bzh", "a bzip2 file"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"rar!", "a RAR archive"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"<table", "a web page"),
)
_START_BYTES = 512


def read(
    source: Path | BinaryIO,
    target: Path,
    options: ReadOptions = DEFAULT_OPTIONS,
    *,
    sample: int | None = None,
    progress: Progress | None = None,
) -> Read:
    """Read a table from a file, a DataFrameDirectory or a binary stream (CSV) into the step file `target`.

    `sample` takes the first rows only; `progress` is called with what is done and the whole, in bytes. Raises
    NotThere, FormatUnknown or InputUnreadable; then nothing is left at `target`.
    """
    if isinstance(source, Path):
        check_readable(source)
        return _read_into(target, Reading(source, shown(source), options, sample, progress))
    with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".csv") as spooled:
        _spool(source, spooled, target.parent)
        spooled.flush()
        return _read_into(target, Reading(Path(spooled.name), "standard input", options, sample, progress))


def _spool(source: BinaryIO, spooled: IO[bytes], folder: Path) -> None:
    """Copy a stream, which may have no end, as long as the disk keeps some room for others."""
    for number, piece in enumerate(iter(lambda: source.read(_PIECE_BYTES), b""), start=1):
        spooled.write(piece)
        if number % _PIECES_BETWEEN == 0 and shutil.disk_usage(folder).free < _SPARED_DISK_BYTES:
            raise InputUnreadable(
                path="standard input",
                reason=f"it has not ended after {number} MiB, and {folder} is nearly full",
                advice="Free some space, or check that what writes it comes to an end.",
            )


def _read_into(target: Path, reading: Reading) -> Read:
    with written_aside(target) as aside:
        return _read_at(aside, reading)


def _read_at(target: Path, reading: Reading) -> Read:
    format_ = _format_of_input(reading)
    foreign = next((key for key in reading.options.said if key not in format_.options), None)
    if foreign is not None:
        raise reading.unreadable(
            f"{format_.name} is not read by the option {foreign}",
            f"Its options are {', '.join(format_.options)}." if format_.options else "It has no read options.",
        )
    try:
        return format_.read(reading, target)
    except _BROKEN as wrong:
        raise reading.broken(wrong, format_.name) from None
    except OSError as wrong:
        if wrong.errno is None:  # no refusal of the system: Arrow says so of damaged content
            raise reading.broken(wrong, format_.name) from None
        raise


def read_arrow(table: pa.Table, target: Path) -> Read:
    """Write an Arrow table that a caller holds as a step file."""
    with written_aside(target) as aside:
        return parquet.keep(Reading(target, "the Arrow table"), table, aside, "Arrow")


def write(step_file: Path, target: Path | str | BinaryIO, *, progress: Progress | None = None) -> tuple[str, ...]:
    """Write a step file's table where `target` says, in the format that its ending names; returns the warnings.

    A path that ends in `/` is a DataFrameDirectory; a binary stream gets CSV. A file is written beside its place and
    put there by a rename. Raises FormatUnknown or ResultUnwritable; then what stood at `target` still stands there.
    """
    table = open_step(step_file)
    leaving = Leaving(table, describe_step(table), progress)
    if not isinstance(target, (Path, str)):
        with _told("the output", CSV):
            _refuse_growth(leaving, step_file)
            return tuple(csv_out.write_text(leaving, target, ","))
    format_ = check_writable(target)
    assert format_.write is not None
    with written_aside(Path(target)) as aside, _told(shown(target), format_):
        if format_ is not ARROW:
            _refuse_growth(leaving, step_file)
        return tuple(format_.write(leaving, aside))


def _refuse_growth(leaving: Leaving, step_file: Path) -> None:
    """Raise ArrowInvalid where the table's categories, written as plain values, would become far too many bytes."""
    most = most_bytes(step_file.stat().st_size)
    for name, column in zip(leaving.table.schema.names, leaving.table.columns, strict=True):
        if pa.types.is_dictionary(column.type) and unpacked_bytes(column) > most:
            raise pa.ArrowInvalid(f"the categories of {name} would become more than {most:,} bytes")


@contextmanager
def _told(place: str, format_: Format) -> Iterator[None]:
    """Turn what libraries say of values that a format has no place for into the error that a person can act on."""
    try:
        yield
    except _BROKEN as wrong:
        said = " ".join(str(wrong).split()).rstrip(".")
        raise ResultUnwritable(
            path=place,
            reason=f"{format_.name} cannot hold a value of the table ({said})",
            advice="Write it as .arrow, which keeps every value, or change the column in the script.",
        ) from None


def check_readable(source: Path | str) -> Format:
    """The format that a file or folder will be read in; raises NotThere, FormatUnknown or InputUnreadable."""
    path = Path(source)
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise NotThere(path=shown(source), near=near(path)) from None
    except ValueError:  # a null byte in the name
        raise NotThere(path=repr(str(path))) from None
    except OSError as wrong:
        raise InputUnreadable(path=shown(source), reason=(wrong.strerror or str(wrong)).lower()) from None
    return _format_of_input(Reading(path, shown(source)))


def check_writable(target: Path | str) -> Format:
    """The format that a result will be written in, its place being checked; nothing is written.

    Raises FormatUnknown, or ResultUnwritable where the folder is not there or holds something else.
    """
    if str(target).endswith("/") or Path(target).is_dir():
        dataframe_directory.check_place(Path(target))
        return DIRECTORY
    found = _by_ending(Path(target))
    if found is None or found.write is None or Path(target).suffix.lower() in PACKED_ENDINGS:
        writable = tuple(each for each in FORMATS if each.write is not None)
        raise FormatUnknown(path=shown(target), verb="written", endings=_endings(writable))
    check_place(Path(target))
    return found


def _format_of_input(reading: Reading) -> Format:
    """The format that the ending names, where the first bytes do not speak against it; else what they name."""
    path = reading.path
    if path.is_dir():
        return DIRECTORY
    named = _by_ending(path)
    try:
        with opened_plain(path) as file:
            start = file.read(_START_BYTES)
    except OSError as wrong:
        advice = (
            "Save its content as a file, and give that." if wrong.errno == EINVAL else "Check the rights of the file."
        )
        raise reading.unreadable((wrong.strerror or str(wrong)).lower(), advice) from None
    held = next((one for one in FORMATS if one.magic and start.startswith(one.magic)), None)
    foreign = next((word for magic, word in _FOREIGN if start.lstrip().lower().startswith(magic.lower())), None)
    if start.startswith(zipped.MAGIC):
        kind = zipped.kind_of(path)
        held = {zipped.EXCEL: EXCEL, zipped.WORD: ZIP}.get(kind or "")
        foreign = kind or foreign
    if named is None and held is None:
        raise FormatUnknown(path=reading.shown, verb="read", endings=_endings(FORMATS))
    if not start:
        raise reading.unreadable("it is empty", "Give a file that holds a table.")
    _check_content(reading, named, held, None if named is TEXT and foreign == "a web page" else foreign)
    return named or held or CSV


def _check_content(reading: Reading, named: Format | None, held: Format | None, foreign: str | None) -> None:
    """That the file holds what its ending says; raises InputUnreadable, which names what it holds instead."""
    if named is None or named is held or reading.is_packed:
        return
    if held is not None:
        raise reading.unreadable(
            f"it holds {held.name}, not {named.name}", f"Give it the ending of what it holds: {held.endings[0]}"
        )
    if foreign:
        raise reading.unreadable(f"it holds {foreign}, not {named.name}", f"Save the table as {named.name} first.")
    if named.magic or named is ZIP:
        raise reading.unreadable(
            f"it does not begin as {named.name} does", "It may be another format, or a download that broke off."
        )


def _by_ending(path: Path) -> Format | None:
    endings = [one.lower() for one in path.suffixes]
    if endings and endings[-1] in PACKED_ENDINGS:
        inner = endings[-2] if len(endings) > 1 else ""
        return next((one for one in FORMATS if one.packable and inner in one.endings), None)
    return next((one for one in FORMATS if endings and endings[-1] in one.endings), None)


def _rank(name: str) -> int:
    """Whether a file in a zip file is a table's (2), a text, which may only be about one (1), or something else (0)."""
    found = _by_ending(Path(name))
    return 0 if found in (None, ZIP) else 1 if found is TEXT else 2


def _endings(formats: tuple[Format, ...]) -> str:
    return ", ".join(ending for one in formats for ending in one.endings if ending != "/") + " and / for a folder"
