"""How an exception of a library or of the disk becomes a sentence that a person can act on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from transom.components.native import CannotApply
from transom.errors import StoreUnwritable

_LONGEST = 400


def one_line(said: object) -> str:
    """A text in one line that is not too long, to stand within a sentence."""
    line = " ".join(str(said).split()).rstrip(".")
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST].rstrip()} …"


@contextlib.contextmanager
def told_of_disk(folder: Path) -> Iterator[None]:
    """Turn what the disk of the step's own folder refuses into the error that says so."""
    try:
        yield
    except OSError as wrong:
        raise StoreUnwritable(store=folder, reason=wrong.strerror or str(wrong)) from None


def refuse_unwritable(what: str, text: str | None) -> None:
    """Raise CannotApply for a text that no library takes: with a null byte, or half a character in it."""
    if text is None or ("\0" not in text and text.isascii()):
        return
    try:
        text.encode()
        found = "a null byte" if "\0" in text else ""
    except UnicodeEncodeError:
        found = "half a character, which no text in UTF-8 has"
    if found:
        raise CannotApply(f"{what} has {found} in it.", "Write it again, by hand.")
