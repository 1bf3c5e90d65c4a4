"""Which files of a table's ending may as well be something else: a note in a `.txt`, settings in a `.json`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa

from transom.errors import InputUnreadable
from transom.tables.csv_text import HEAD_BYTES, find_encoding, open_text
from transom.tables.identifying import by_ending
from transom.tables.known_formats import JSON, TEXT
from transom.tables.plain_text import are_cut_by, first_lines_of
from transom.tables.reading import Reading, opened_plain

if TYPE_CHECKING:
    from pathlib import Path


def why_no_table(path: Path) -> str | None:
    """Why a file is hardly meant as a table, as the end of a sentence; None where its ending or its start says it is.

    Only the first MiB is looked at. A `.txt` is a table where tabs cut its lines into equally many cells, a `.json`
    where it is a list of objects, or has an object after the other.
    """
    found = by_ending(path)
    if found not in (TEXT, JSON):
        return None
    head = _head(path)
    if found is TEXT:
        is_table = are_cut_by(
            "\t", first_lines_of(head, "\n" if "\n" in head else "\r", is_whole=len(head) < HEAD_BYTES)
        )
        return None if is_table else "tabs do not cut its lines into cells"
    return None if _are_objects(head.lstrip()) else "it is no list of objects"


def _head(path: Path) -> str:
    """The first signs of a text; empty where it cannot be read, which its reader would tell."""
    reading = Reading(path, path.name)
    try:
        opened_plain(path).close()
        encoding = find_encoding(reading) or "utf-8"
        with open_text(reading) as source:
            return str(source.read(HEAD_BYTES).decode(encoding, "replace")).removeprefix("\ufeff")
    except (InputUnreadable, OSError, pa.ArrowException):
        return ""


def _are_objects(text: str) -> bool:
    if text.startswith("["):
        return text[1:].lstrip().startswith("{")
    if not text.startswith("{"):
        return False
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):  # one object of more than a MiB, or none
        return False
    return text[end:].lstrip().startswith("{")
