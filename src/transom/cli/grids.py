"""How commands answer in a terminal: a sentence or a document, tables as columns, sizes and times in people's words."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from transom.cli.printing import print_json, visible
from transom.errors import WrongUse

_WIDEST = 32
_GAP = "  "
_UNITS = ((1000**3, "GB"), (1000**2, "MB"), (1000, "kB"))
#: Reading shows how far it is when it takes longer than this, in seconds.
_PATIENCE = 0.5
_BETWEEN = 0.1


def say(text: str) -> None:
    """A message, on standard error."""
    print(visible(text), file=sys.stderr)


def warn(warnings: Sequence[str]) -> None:
    """What a person should know."""
    for each in warnings:
        say(f"warning: {each}")


def tell(document: Mapping[str, Any], sentence: str, *, json: bool) -> None:
    """What was done: the document on standard output where JSON was asked for, the sentence on standard error else."""
    if json:
        print_json(document)
    else:
        say(sentence)


def grid(rows: Sequence[Sequence[str | None]], *, numbers: Sequence[bool] = (), widest: int = _WIDEST) -> None:
    """Columns on standard output, the first row being their names; those that `numbers` marks stand to the right.

    In a terminal only as many columns are shown as fit; the others are named. A cell that is None is a hyphen.
    """
    texts = [["-" if cell is None else _cut(cell, widest) for cell in row] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*texts, strict=True)]
    count = _fitting(widths) if sys.stdout.isatty() else len(widths)
    right = [*numbers, *[False] * len(widths)]
    for row in texts:
        cells = [
            cell.rjust(width) if is_number else cell.ljust(width)
            for cell, width, is_number in zip(row[:count], widths, right, strict=False)
        ]
        print(_GAP.join(cells).rstrip())
    if count < len(widths):
        say(f"not shown: {', '.join(texts[0][count:])}")


def size(count: int) -> str:
    """A number of bytes in people's words."""
    for unit, word in _UNITS:
        if count >= unit:
            return f"{count / unit:.1f} {word}"
    return bytes_of(count)


def bytes_of(count: int) -> str:
    """A number of bytes, to the last one."""
    return "1 byte" if count == 1 else f"{count:,} bytes"


def disk_size(count: int) -> str:
    """What something large takes on a disk, a tenth of a megabyte at least; a hyphen for nothing."""
    if not count:
        return "-"
    return f"{count / 1000**3:.1f} GB" if count >= 1000**3 else f"{max(count / 1000**2, 0.1):.1f} MB"


def when(created: str) -> str:
    """A time of a document, as the clock on the wall shows it."""
    return _local(created).strftime("%Y-%m-%d %H:%M")


def when_exactly(created: str) -> str:
    """The same with its seconds."""
    return _local(created).strftime("%Y-%m-%d %H:%M:%S")


def pairs(texts: Sequence[str], option: str) -> dict[str, str] | None:
    """What was given as `--tag k=v`, several times; None where it was not given. Raises WrongUse."""
    if not texts:
        return None
    found = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise WrongUse(problem=f"{option} {text} is no pair.", advice=f"Give it as {option} NAME=VALUE.")
        found[key.strip()] = value
    return found


def told_pairs(values: Mapping[str, str]) -> str:
    """Tags or properties in one line."""
    return ", ".join(f"{name}={value}" if value else name for name, value in values.items())


class Bar:
    """How far a long reading is, in a terminal, on standard error; gone when the block ends."""

    def __init__(self, what: str, *, quiet: bool) -> None:
        self._what = what
        self._shows = not quiet and sys.stderr.isatty()
        self._last = time.monotonic() + _PATIENCE
        self._drawn = False

    def __enter__(self) -> Bar:
        return self

    def __call__(self, done: int, total: int) -> None:
        """So much is done; without a `total` nobody knows of how much."""
        if not self._shows or time.monotonic() < self._last:
            return
        self._last = time.monotonic() + _BETWEEN
        share = f"{min(done / total, 1.0):4.0%}" if total else size(done)
        sys.stderr.write(f"\r\x1b[K{visible(self._what)} {share}")
        sys.stderr.flush()
        self._drawn = True

    def __exit__(self, *_: Any) -> None:
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _local(created: str) -> datetime:
    return datetime.fromisoformat(created).astimezone()


def _fitting(widths: Sequence[int]) -> int:
    """How many columns of these widths fit, one at least."""
    room, used = shutil.get_terminal_size().columns, 0
    for count, width in enumerate(widths):
        used += width + (len(_GAP) if count else 0)
        if used > room and count:
            return count
    return len(widths)


def _cut(text: str, widest: int) -> str:
    text = visible(text.replace("\n", "\u23ce").replace("\t", " "))
    return text if len(text) <= widest else f"{text[: widest - 1]}\u2026"
