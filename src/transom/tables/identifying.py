"""Which format a file is of, by its ending and its first bytes, and what it holds instead where these disagree."""

from __future__ import annotations

import re
from errno import EINVAL
from pathlib import Path
from typing import TYPE_CHECKING

from transom.errors import FormatUnknown
from transom.tables.known_formats import CSV, DIRECTORY, EXCEL, FORMATS, TEXT, ZIP, ZIP_MAGIC, Format
from transom.tables.reading import PACKED_ENDINGS, opened_plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from transom.tables.reading import Reading

_START_BYTES = 512
_WEB_PAGE = "a web page"
_FOREIGN = (
    (re.compile(rb"PK\x03\x04"), "a zip file or an Excel workbook, which is damaged"),
    (re.compile(rb"%PDF-"), "a PDF"),
    (re.compile(rb"\x1f\x8b\x08"), "a gzip file"),
    (re.compile(rb"BZh[1-9]1AY&SY"), "a bzip2 file"),
    (re.compile(rb"7z\xbc\xaf\x27\x1c"), "a 7z archive"),
    (re.compile(rb"Rar!\x1a\x07"), "a RAR archive"),
    (re.compile(rb"\x28\xb5\x2f\xfd"), "a Zstandard file"),
    (re.compile(rb"\s*<(?:!doctype html|html|table)[\s>]", re.IGNORECASE), _WEB_PAGE),
)


def format_of(reading: Reading) -> Format:
    """The format that the ending names, where the first bytes do not speak against it; else what they name.

    Raises FormatUnknown, or InputUnreadable where they disagree or nothing can be read.
    """
    path = reading.path
    if path.is_dir():
        return DIRECTORY
    named = by_ending(path)
    start = _start(reading)
    held, foreign = _held(path, start)
    if named is None and held is None:
        raise FormatUnknown(path=reading.shown, verb="read", endings=endings_of(FORMATS))
    if not start:
        raise reading.unreadable("it is empty", "Give a file that holds a table.")
    _check_content(reading, named, held, foreign)
    return named or held or CSV


def _start(reading: Reading) -> bytes:
    try:
        with opened_plain(reading.path) as file:
            return file.read(_START_BYTES)
    except OSError as wrong:
        advice = (
            "Save its content as a file, and give that." if wrong.errno == EINVAL else "Check the rights of the file."
        )
        raise reading.unreadable((wrong.strerror or str(wrong)).lower(), advice) from None


def _held(path: Path, start: bytes) -> tuple[Format | None, str | None]:
    """The format that the first bytes name, and the word for what they name else."""
    if start.startswith(ZIP_MAGIC):
        from transom.tables import zipped

        kind = zipped.kind_of(path)
        if kind is not None:
            return {zipped.EXCEL: EXCEL, zipped.WORD: ZIP}.get(kind), kind
    held = next((one for one in FORMATS if one.magic and start.startswith(one.magic)), None)
    return held, next((word for pattern, word in _FOREIGN if pattern.match(start)), None)


def _check_content(reading: Reading, named: Format | None, held: Format | None, foreign: str | None) -> None:
    """That the file holds what its ending says; raises InputUnreadable, which names what it holds instead."""
    if named is None or named is held or reading.is_packed:
        return
    if held is not None:
        raise reading.unreadable(
            f"it holds {held.name}, not {named.name}", f"Give it the ending of what it holds: {held.endings[0]}"
        )
    if foreign and not (named is TEXT and foreign == _WEB_PAGE):
        raise reading.unreadable(f"it holds {foreign}, not {named.name}", f"Save the table as {named.name} first.")
    if named.magic or named is ZIP:
        raise reading.unreadable(
            f"it does not begin as {named.name} does", "It may be another format, or a download that broke off."
        )


def by_ending(path: Path) -> Format | None:
    """The format that a file's ending names; None where there is none."""
    endings = [one.lower() for one in path.suffixes]
    if endings and endings[-1] in PACKED_ENDINGS:
        inner = endings[-2] if len(endings) > 1 else ""
        return next((one for one in FORMATS if one.packable and inner in one.endings), None)
    return next((one for one in FORMATS if endings and endings[-1] in one.endings), None)


def rank(name: str) -> int:
    """Whether a file in a zip file is a table's (2), a text, which may only be about one (1), or something else (0)."""
    found = by_ending(Path(name))
    return 0 if found in (None, ZIP) else 1 if found is TEXT else 2


def endings_of(formats: Iterable[Format]) -> str:
    """The endings of formats, in a sentence."""
    return ", ".join(ending for one in formats for ending in one.endings if ending != "/") + " and / for a folder"
