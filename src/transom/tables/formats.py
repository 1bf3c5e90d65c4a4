"""How a table goes in and out: read from any format into a step file, and written from one in any format."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

import pyarrow as pa

from transom.errors import FormatUnknown, InputUnreadable, ResultUnwritable
from transom.tables import csv_out, dataframe_directory, parquet
from transom.tables.aside import check_place, written_aside
from transom.tables.growth import most_bytes, unpacked_bytes
from transom.tables.identifying import by_ending, endings_of, format_of, rank
from transom.tables.known_formats import ARROW, CSV, DIRECTORY, EXCEL, FORMATS, WRITTEN, Format, NoRoomError
from transom.tables.leaving import Leaving
from transom.tables.options import DEFAULT_OPTIONS, ReadOptions
from transom.tables.paths import refuse_missing, shown
from transom.tables.reading import PACKED_ENDINGS, Progress, Read, Reading
from transom.tables.step_file import describe_step, open_step

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FORMATS", "Format", "Read", "check_readable", "check_writable", "read", "read_arrow", "write"]

_PIECE_BYTES = 1 << 20
#: After so many pieces of a stream it is looked whether the disk still has as much room as is left to others.
_PIECES_BETWEEN = 64
_SPARED_DISK_BYTES = 1 << 30
#: What libraries raise for damaged content, or for content that asks for more memory than there is.
_BROKEN = (pa.ArrowException, UnicodeError, MemoryError, OverflowError, RecursionError)


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
    format_ = format_of(reading)
    foreign = next((key for key in reading.options.said if key not in format_.options), None)
    if foreign is not None:
        raise reading.unreadable(
            f"{format_.name} is not read by the option {foreign}",
            f"Its options are {', '.join(format_.options)}." if format_.options else "It has no read options.",
        )
    try:
        return format_.read(reading, target) if format_.read is not None else _read_zip(reading, target)
    except _BROKEN as wrong:
        raise reading.broken(wrong, format_.name) from None
    except OSError as wrong:
        if wrong.errno is None:  # no refusal of the system: Arrow says so of damaged content
            raise reading.broken(wrong, format_.name) from None
        raise


def _read_zip(reading: Reading, target: Path) -> Read:
    from transom.tables import zipped

    with zipped.unpacked(reading, target, rank) as inner:
        if format_of(inner).read is None:
            raise inner.unreadable(
                "it is a zip file within a zip file", "Unpack the outer one, and give the inner one."
            )
        read = _read_at(target, inner)
    return replace(read, format=f"{read.format} in a zip file")


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
    except NoRoomError as wrong:
        raise ResultUnwritable(path=place, reason=str(wrong), advice="Write it as .csv or .parquet.") from None
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
        refuse_missing(path, shown(source))
    except OSError as wrong:
        raise InputUnreadable(path=shown(source), reason=(wrong.strerror or str(wrong)).lower()) from None
    return format_of(Reading(path, shown(source)))


def check_writable(target: Path | str) -> Format:
    """The format that a result will be written in, its place being checked; nothing is written.

    Raises FormatUnknown, or ResultUnwritable where the folder is not there or holds something else.
    """
    if str(target).endswith("/") or Path(target).is_dir():
        dataframe_directory.check_place(Path(target))
        return DIRECTORY
    found = by_ending(Path(target))
    ending = Path(target).suffix.lower()
    if found is None or found.write is None or ending in PACKED_ENDINGS:
        raise FormatUnknown(path=shown(target), verb="written", endings=endings_of(WRITTEN))
    if found is EXCEL and ending != found.endings[0]:
        raise ResultUnwritable(
            path=shown(target), reason=f"Excel is written as {found.endings[0]}", advice="Give it that ending."
        )
    check_place(Path(target))
    return found
