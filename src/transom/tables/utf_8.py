"""How a text file of any encoding, compressed or not, becomes a file of plain UTF-8."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, TypeVar

from transom.tables.csv_text import HEAD_BYTES, find_encoding, open_text, settle_encoding, undecodable
from transom.tables.growth import refuse_growth

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from transom.tables.reading import Reading

Result = TypeVar("Result")

_PLAIN = ("utf-8", "utf-8-sig")


def with_utf_8(reading: Reading, target: Path, use: Callable[[Path], Result]) -> tuple[Result, tuple[str, ...]]:
    """What `use` makes of the text as a file of UTF-8 (a mark may stand before it), and what is said of the encoding.

    `use` raises UnicodeDecodeError where the text turns out not to be UTF-8; then it is called again with a copy.
    Raises InputUnreadable where no encoding fits.
    """
    named = reading.options.encoding or find_encoding(reading)
    try:
        if named in (None, *_PLAIN) and not reading.is_packed:
            return use(reading.path), ()
        return _with_copy(reading, target, use, named or "utf-8"), ()
    except UnicodeError:
        if named is not None:
            raise undecodable(reading, named) from None
    settled, warnings = settle_encoding(reading)
    return _with_copy(reading, target, use, settled), warnings


def _with_copy(reading: Reading, target: Path, use: Callable[[Path], Result], encoding: str) -> Result:
    copy = target.with_name(f"{target.name}.utf-8")
    try:
        write_as_utf_8(reading, encoding, copy)
        return use(copy)
    finally:
        copy.unlink(missing_ok=True)


def write_as_utf_8(reading: Reading, encoding: str, target: Path) -> None:
    """Write the text of a file, unpacked, to `target` as UTF-8.

    Raises UnicodeError where it is not in that encoding, InputUnreadable where it unpacks to far too much.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    size, unpacked = reading.path.stat().st_size, 0
    with open_text(reading) as source, target.open("wb") as sink:
        while block := source.read(HEAD_BYTES):
            unpacked += len(block)
            refuse_growth(reading, unpacked, size)
            sink.write(decoder.decode(block).encode())
        sink.write(decoder.decode(b"", final=True).encode())
