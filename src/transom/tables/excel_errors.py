"""How many cells of each column of an .xlsx sheet hold an error (`#N/A`), which the library gives as empty cells."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from transom.tables.zipped import damage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from zipfile import ZipFile

_PIECE = 4 << 20
_MARK = re.compile(rb"""\st=(?:"e"|'e')""")
_PLACE = re.compile(rb"""\sr=["']([A-Z]{1,3})[0-9]{1,7}["']""")
_LONGEST_TAG = 1000
_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_MOST_BYTES_OF_A_PART = 1 << 20


def errors_of(path: Path, sheet: str) -> Counter[int]:
    """The number of cells with an error by column, counted from 0; none where the file is of another format."""
    from zipfile import ZipFile

    found: Counter[int] = Counter()
    damaged: tuple[type[Exception], ...] = (*damage(), ElementTree.ParseError)
    try:
        with ZipFile(path) as archive:
            for tag in _tags(archive, _part_of(archive, sheet)):
                place = _PLACE.search(tag)
                if place:
                    found[_number(place[1].decode())] += 1
    except damaged:
        return Counter()
    return found


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


def _tags(archive: ZipFile, part: str) -> Iterator[bytes]:
    """The tags of cells with an error."""
    rest = b""
    with archive.open(part) as source:
        while piece := source.read(_PIECE):
            text = rest + piece
            end = 0
            for mark in _MARK.finditer(text):
                begin, close = text.rfind(b"<", 0, mark.start()), text.find(b">", mark.end())
                if close < 0:
                    break
                end = close
                in_tag = mark.start() - begin < _LONGEST_TAG and b">" not in text[begin : mark.start()]
                if in_tag:
                    yield text[begin:close]
            rest = text[max(end, len(text) - _LONGEST_TAG) :]


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
