"""How a `.txt` file becomes a table: one column `text` with a row a line, or TSV where its lines are plainly that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from transom.tables import csv_in
from transom.tables.csv_text import HEAD_BYTES
from transom.tables.growth import refuse_growth
from transom.tables.keeping import Columns, keep_columns
from transom.tables.lines import Lines
from transom.tables.utf_8 import with_utf_8

if TYPE_CHECKING:
    from pathlib import Path

    from transom.tables.reading import Read, Reading

WORD = "text"
_COLUMN = "text"
_LINES_LOOKED_AT = 100
#: Options that only a table of cells has.
_OF_CELLS = {"header", "delimiter", "decimal", "types"}
_OTHER_DELIMITERS = (";", "|", ",")
#: A row takes so many bytes beside its letters.
_BYTES_OF_A_ROW = 4


def read_text(reading: Reading, target: Path) -> Read:
    """Read a text into the step file `target`.

    Its lines are cut into cells where an option asks for that, or where each of the first ones has equally many tabs.
    """
    if _OF_CELLS & set(reading.options.said):
        return csv_in.read_csv(reading, target)
    first, _ = with_utf_8(reading, target, lambda path: _first_lines(reading, path))
    if are_cut_by("\t", first):
        said = csv_in.read_tsv(reading, target)
        told = "Its lines have equally many tabs, so it was read as TSV; as .tsv it is read so without this warning."
        return replace(said, warnings=(told, *said.warnings))
    columns, warnings = with_utf_8(reading, target, lambda path: _columns(reading, path))
    other = next((sign for sign in _OTHER_DELIMITERS if are_cut_by(sign, first)), None)
    hint = () if other is None else (f"Each line is a row of one text; delimiter={other} cuts them into cells.",)
    return keep_columns(reading, replace(columns, warnings=(*warnings, *hint)), target, WORD)


def _first_lines(reading: Reading, path: Path) -> list[str]:
    lines = Lines(reading, path)
    head = lines.head(HEAD_BYTES).decode(errors="ignore")
    return first_lines_of(head, lines.end.decode(), is_whole=lines.size <= HEAD_BYTES)


def first_lines_of(head: str, end: str, *, is_whole: bool) -> list[str]:
    """The first lines of a text that are not empty; of a text that goes on after its `head` no last one."""
    found = head.split(end)
    return [line for line in (found if is_whole else found[:-1])[:_LINES_LOOKED_AT] if line.strip("\r")]


def are_cut_by(delimiter: str, lines: list[str]) -> bool:
    """Whether each of several lines has equally many of a sign."""
    counts = {line.count(delimiter) for line in lines}
    return len(lines) > 1 and len(counts) == 1 and 0 not in counts


def _columns(reading: Reading, path: Path) -> Columns:
    lines = Lines(reading, path)
    chunks: list[pa.Array] = []
    rows = 0
    for place in lines.places():
        content = lines.content(place)
        content.decode()
        chunk = _lines_of(content, lines.end)
        chunks.append(chunk)
        rows += len(chunk)
        refuse_growth(reading, rows * _BYTES_OF_A_ROW + place[1], reading.path.stat().st_size)
        reading.tell(place[1], lines.size)
        if reading.sample is not None and rows >= reading.sample:
            break
    return Columns([_COLUMN], [pa.chunked_array(chunks, pa.string())], rows)


def _lines_of(content: bytes, end: bytes) -> pa.Array:
    """The lines of a block without their ends; the last one may have none."""
    letters = pa.array([content.removesuffix(end)], pa.large_string())
    found = pc.split_pattern(letters, end.decode()).flatten()
    if b"\r\n" in content or content.endswith(b"\r"):
        found = pc.replace_substring_regex(found, r"\r\z", "")
    return found.cast(pa.string())
