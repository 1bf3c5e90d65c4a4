"""Which cells of an .xlsx sheet the library gives as empty although they are not: errors, formulas without a result."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from transom.tables.zipped import damage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from zipfile import ZipFile

_PIECE = 4 << 20
#: A cell that says that it is an error, and one whose formula nobody has calculated.
_MARK = re.compile(
    rb"""\st=(?:"e"|'e')|(?P<formula><f(?:\s[^<>]{0,999})?(?:/>|>[^<]{0,9999}</f>)(?:<v\s?/>|<v></v>)?</c>)"""
)
#: Without one of these there is no such cell; to look for them is a hundred times as fast.
_SIGNS = (b't="e"', b"t='e'", b"<f")
#: The result of a formula may be an empty text.
_EMPTY_TEXT = b't="str"'
_PLACE = re.compile(rb"""\sr=["']([A-Z]{1,3})[0-9]{1,7}["']""")
_LONGEST_CELL = 16_000
_LONGEST_TAG = 1000
_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_MOST_BYTES_OF_A_PART = 1 << 20


@dataclass(frozen=True, slots=True)
class Lost:
    """The number of such cells by column, counted from 0."""

    errors: Counter[int] = field(default_factory=Counter)
    formulas: Counter[int] = field(default_factory=Counter)


def lost_cells(path: Path, sheet: str) -> Lost:
    """The cells of a sheet that are lost; none where the file is of another format."""
    from zipfile import ZipFile

    lost = Lost()
    damaged: tuple[type[Exception], ...] = (*damage(), ElementTree.ParseError)
    try:
        with ZipFile(path) as archive:
            for is_formula, tag in _tags(archive, _part_of(archive, sheet)):
                place = _PLACE.search(tag)
                if place:
                    (lost.formulas if is_formula else lost.errors)[_number(place[1].decode())] += 1
    except damaged:
        return Lost()
    return lost


def _part_of(archive: ZipFile, sheet: str) -> str:
    """Where the sheet lies. KeyError where that is not told."""
    relations = [
        value
        for each in _root(archive, _WORKBOOK).iter()
        if each.tag.endswith("}sheet") and each.get("name") == sheet
        for key, value in each.items()
        if key.endswith("}id")
    ]
    targets = [each.get("Target", "") for each in _root(archive, _RELATIONS).iter() if each.get("Id") in relations]
    if not targets:
        raise KeyError(sheet)
    return posixpath.normpath(posixpath.join("/xl", targets[0])).lstrip("/")


def _root(archive: ZipFile, part: str) -> ElementTree.Element:
    if archive.getinfo(part).file_size > _MOST_BYTES_OF_A_PART:
        raise KeyError(part)
    return ElementTree.fromstring(archive.read(part))


def _tags(archive: ZipFile, part: str) -> Iterator[tuple[bool, bytes]]:
    """The beginnings of such cells, and whether each has a formula."""
    rest = b""
    with archive.open(part) as source:
        while piece := source.read(_PIECE):
            text = rest + piece
            end = 0
            for mark in _MARK.finditer(text) if any(sign in text for sign in _SIGNS) else ():
                is_formula = mark["formula"] is not None
                begin = text.rfind(b"<c " if is_formula else b"<", max(0, mark.start() - _LONGEST_TAG), mark.start())
                tag = text[max(begin, 0) : mark.end() + _LONGEST_TAG].partition(b">")[0]
                is_lost = _EMPTY_TEXT not in tag if is_formula else len(tag) > mark.start() - begin
                if begin >= 0 and is_lost:
                    yield is_formula, tag
                end = mark.end()
            rest = text[max(end, len(text) - _LONGEST_CELL) :]


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
