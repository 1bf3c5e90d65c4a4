"""How data reaches standard output: documents and files in UTF-8, sentences in the encoding of the terminal."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from typing import Any

from transom.model.documents import finite
from transom.model.texts import visible as visible  # what is printed passes through both


def print_json(document: Any) -> None:
    """Print one JSON document. Half a surrogate pair (of a script's text, or a file name) becomes its escape."""
    text = json.dumps(finite(document), ensure_ascii=False, indent=2, default=str, allow_nan=False)
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
    sys.stdout.buffer.flush()


def print_text(text: str) -> None:
    """Print what is a file's text, byte for byte as the file would hold it, whatever the terminal's encoding is."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()


def say_all_characters() -> None:
    """From now on a character that standard output's encoding does not have becomes its escape, as in messages."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def print_columns(rows: Sequence[tuple[str, ...]]) -> None:
    """Print rows in columns, as wide as their widest cell, on standard output: these are what was asked for."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print(visible("  ".join(cells).rstrip()))
