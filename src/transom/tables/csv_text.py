"""How the text of a CSV file is found out before it is parsed: its encoding, its delimiter, its header."""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import pyarrow as pa

from transom.tables.column_names import unique_names
from transom.tables.growth import refuse_growth
from transom.tables.paths import for_arrow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from transom.tables.reading import Reading


HEAD_BYTES = 1 << 20
MOST_COLUMNS = 100_000
_DELIMITERS = (",", ";", "\t", "|")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LINES_LOOKED_AT = 200
#: The line by which Excel is told of the delimiter.
_EXCEL_DELIMITER = re.compile(
    r'(?P<quote>"?)sep=(?P<sign>(?![\w"])[!-~]|\t)(?P=quote)(?:\r\n|\r|\n|\Z)', re.ASCII | re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the text is laid out. `skipped_lines` stand before the first record: empty, or Excel's `sep=;`."""

    encoding: str
    delimiter: str
    names: tuple[str, ...]
    has_header: bool
    skipped_lines: int
    warnings: tuple[str, ...] = ()


def open_text(reading: Reading) -> pa.NativeFile:
    """The bytes of the text, unpacked where the file's ending says that it is compressed."""
    packed = pa.Codec.detect(f"text{reading.path.suffix.lower()}").name if reading.is_packed else None
    return pa.input_stream(pa.OSFile(for_arrow(reading.path)), compression=packed)


def find_dialect(reading: Reading, encoding: str, default_delimiter: str | None) -> Dialect:
    """The layout of a text in a known encoding, from its first MiB.

    Raises InputUnreadable where there is no record at all, UnicodeDecodeError where it is not in that encoding.
    """
    head = _head(reading, encoding)
    options = reading.options
    named = _EXCEL_DELIMITER.match(head)
    body = head[named.end() :] if named else head
    delimiter = options.delimiter or (named["sign"] if named else default_delimiter) or _likeliest_delimiter(head)
    first = _first_record(reading, body, delimiter)
    if len(first) > MOST_COLUMNS:
        raise reading.unreadable(
            f"its first line has {len(first):,} cells, and a table has {MOST_COLUMNS:,} columns at most",
            "Turn the table, so that its columns are rows, or name the delimiter: delimiter=;.",
        )
    has_header = options.header is not False
    names = first if has_header else [f"Column{number}" for number in range(1, len(first) + 1)]
    unique, warnings = unique_names(names)
    if named:
        warnings = (_delimiter_sentence(named["sign"], delimiter), *warnings)
    return Dialect(encoding, delimiter, unique, has_header, bool(named) + _empty_lines(body), warnings)


def _first_record(reading: Reading, body: str, delimiter: str) -> list[str]:
    records = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter)
    try:
        first = next((record for record in records if record), None)
    except csv.Error as wrong:
        raise reading.unreadable(f"its first line names no columns ({wrong})", "Look at its quotes.") from None
    if first is None:
        raise reading.unreadable("it holds no rows", "Give a text file whose first line names the columns.")
    return first


def _empty_lines(body: str) -> int:
    """How many empty lines a text begins with."""
    lines = body.split("\n") if "\n" in body else body.split("\r")
    return next((number for number, line in enumerate(lines) if line.strip("\r")), len(lines))


def _delimiter_sentence(named: str, delimiter: str) -> str:
    shown = named.replace("\t", "(tab)")
    if named != delimiter:
        return f"The first line is sep={shown}, which names a delimiter for Excel: it was left out, as it is no data."
    return f"The first line, sep={shown}, names the delimiter, as Excel writes it: it was taken so, as it is no data."


def find_encoding(reading: Reading) -> str | None:
    """The encoding that the options or the first bytes name; None where only the whole text can tell."""
    with open_text(reading) as source:
        start = source.read(4096)
    if not start:
        raise reading.unreadable("it is empty", "Give a text file whose first line names the columns.")
    if reading.options.encoding:
        return reading.options.encoding
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    if start[1::2].count(0) > len(start) // 5:
        return "utf-16-le"
    if start[::2].count(0) > len(start) // 5:
        return "utf-16-be"
    return None


def settle_encoding(reading: Reading) -> tuple[str, tuple[str, ...]]:
    """The encoding of a text that turned out not to be UTF-8, with a warning that says so.

    Raises InputUnreadable, with the line, where the text is UTF-8 up to a broken place, or no cp1252 either.
    """
    line, foreign_before = _first_line_that_is_not("utf-8", reading)
    if foreign_before:
        raise _fits_no_encoding(reading, line)
    other, _ = _first_line_that_is_not("cp1252", reading)
    if other:
        raise _fits_no_encoding(reading, other)
    return "cp1252", (f"{reading.shown} was read as cp1252, since line {line} is not UTF-8.",)


def undecodable(reading: Reading, encoding: str) -> Exception:
    """The error for a text that is not in the encoding that somebody named."""
    line, _ = _first_line_that_is_not(encoding, reading)
    return reading.unreadable(
        f"line {line} holds bytes that are not {encoding} text", "Name another encoding, such as encoding=cp1252."
    )


def _fits_no_encoding(reading: Reading, line: int) -> Exception:
    return reading.unreadable(
        f"line {line} holds bytes that fit no encoding known here (UTF-8, UTF-16, cp1252)",
        "Repair the line, or name the encoding: encoding=latin-1 takes any bytes.",
    )


def _first_line_that_is_not(encoding: str, reading: Reading) -> tuple[int, bool]:
    """The number of the first undecodable line (0 is none), and whether letters beyond ASCII came before it."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines, foreign, unpacked = 1, False, 0
    size = reading.path.stat().st_size
    with open_text(reading) as source:
        while True:
            block = source.read(HEAD_BYTES)
            unpacked += len(block)
            refuse_growth(reading, unpacked, size)
            try:
                text = decoder.decode(block, not block)
            except UnicodeDecodeError as wrong:
                before = wrong.object[: wrong.start]
                return lines + before.count(b"\n"), foreign or not before.isascii()
            except UnicodeError:  # UTF-16 without its mark
                return lines, foreign
            lines += text.count("\n")
            foreign = foreign or not text.isascii()
            if not block:
                return 0, foreign


def _head(reading: Reading, encoding: str) -> str:
    with open_text(reading) as source:
        block = source.read(HEAD_BYTES)
    return codecs.getincrementaldecoder(encoding)().decode(block).removeprefix("\ufeff")


def _likeliest_delimiter(head: str) -> str:
    """The delimiter that cuts the first lines into the same number of cells, and into the most."""
    whole_lines = head if len(head) < HEAD_BYTES // 4 else head.rpartition("\n")[0]
    return max(_DELIMITERS, key=lambda delimiter: _fit(whole_lines, delimiter))


def _fit(text: str, delimiter: str) -> tuple[float, int]:
    records = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        lengths = [len(one) for one in islice((one for one in records if one), _LINES_LOOKED_AT)]
    except csv.Error:  # a cell of 128 KiB and more
        return (0.0, 0)
    if not lengths or lengths[0] < 2:
        return (0.0, 0)
    return (sum(length == lengths[0] for length in lengths) / len(lengths), lengths[0])


def line_of_ragged_row(reading: Reading, dialect: Dialect) -> tuple[int, int] | None:
    """The line where the first record of the wrong length begins, and its length; None where there is none."""
    for line, record in _records(reading, dialect):
        if record and len(record) != len(dialect.names):
            return line, len(record)
    return None


def line_of_row(reading: Reading, dialect: Dialect, row: int) -> int:
    """The line where data row `row` (from 0) begins."""
    wanted = row + dialect.has_header
    filled = (line for line, record in _records(reading, dialect) if record)
    return next((line for number, line in enumerate(filled) if number == wanted), 0)


def _records(reading: Reading, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line where it begins: Python's own reader, which is slow, but counts lines."""
    with io.TextIOWrapper(open_text(reading), encoding=dialect.encoding, newline="") as text:
        for _ in range(dialect.skipped_lines):
            text.readline()
        records = csv.reader(text, delimiter=dialect.delimiter)
        while True:
            line = dialect.skipped_lines + records.line_num + 1
            try:
                record = next(records, None)
            except csv.Error:
                record = []  # a cell of 128 KiB and more: it counts as read
            if record is None:
                return
            yield line, record
