"""What is found out of a file that is given as a zip file before it is read as one: its kind, its count of entries."""

from __future__ import annotations

import errno
import os
import re
import stat
import struct
from typing import TYPE_CHECKING, Any, BinaryIO

from transom.errors import BundleInvalid

if TYPE_CHECKING:
    from pathlib import Path

_DIRECTORY_ENTRY = 46
_ENDS_OF_ZIP64 = 56 + 20
_UNPACK = "Unpack it, and give the folder or a zip file of it."
_ARCHIVES = (
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"\x1f\x8b", "gzip (.tar.gz, .gz)"),
    (b"BZh", "bzip2 (.tar.bz2)"),
    (b"\xfd7zXZ\x00", "xz (.tar.xz)"),
    (b"\x28\xb5\x2f\xfd", "Zstandard (.zst)"),
)
_WEB_PAGE = re.compile(rb"\s*<(?:!doctype\s+)?html", re.IGNORECASE)


def plain_file(path: Path, flags: int = 0, folder: int | None = None) -> BinaryIO:
    """A file opened for reading, if it is one: a pipe without a writer would be waited for, a device never ends.

    `flags` are more of `os.open`, `folder` the descriptor that a relative path begins at. Raises OSError.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | flags, dir_fd=folder)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return open(descriptor, "rb")
    os.close(descriptor)
    raise OSError(errno.EINVAL, "it is no file")


def counted(stream: BinaryIO, most: int) -> int:
    """How many entries the directory of a zip file has; counts no further than one above `most`.

    Python reads a directory of millions of entries before anybody can look at their number, and the number that the
    end of the file tells may lie. The end is found by Python's own way, so that no other directory is meant.
    """
    import zipfile

    ends: Any = zipfile._EndRecData(stream)  # type: ignore[attr-defined]
    if not ends:
        return 0
    size, start = ends[5], ends[9] - ends[5]
    starts = [start, start - _ENDS_OF_ZIP64] if ends[0] == b"PK\6\6" else [start]  # Pythons differ in what they tell
    return max(_entries_from(stream, max(0, each), size, most) for each in starts)


def _entries_from(stream: BinaryIO, start: int, size: int, most: int) -> int:
    stream.seek(start)
    count = 0
    while size >= _DIRECTORY_ENTRY and count <= most:
        head = stream.read(_DIRECTORY_ENTRY)
        if len(head) < _DIRECTORY_ENTRY or head[:4] != b"PK\1\2":
            break
        length = sum(struct.unpack_from("<HHH", head, 28))
        stream.seek(length, os.SEEK_CUR)
        size -= _DIRECTORY_ENTRY + length
        count += 1
    return count


def no_zip(path: Path, shown: object, wrong: Exception) -> BundleInvalid:
    """The refusal of what cannot be opened as a zip file: what it is instead, as far as its first bytes tell."""
    if isinstance(wrong, OSError) and not isinstance(wrong, ValueError) and wrong.errno != errno.EINVAL:
        return BundleInvalid(path=shown, reason=f"it cannot be read ({wrong.strerror or wrong})")
    if not path.is_file():
        return BundleInvalid(path=shown, reason="it is neither a file nor a folder")
    with path.open("rb") as stream:
        start = stream.read(512)
    if not start:
        return BundleInvalid(path=shown, reason="it is empty")
    if start.startswith(b"PK\x03\x04"):
        return BundleInvalid(
            path=shown,
            reason="it begins as a zip file does, but is damaged or ends too early",
            advice="Copy or download it again, or make it again.",
        )
    kind = _kind_of(start, shown)
    if kind is None:
        return BundleInvalid(path=shown, reason="it is no zip file")
    return BundleInvalid(path=shown, reason=f"it is no zip file but {kind[0]}", advice=kind[1])


def _kind_of(start: bytes, shown: object) -> tuple[str, str] | None:
    """What a file that is no zip file is, and what to do about it."""
    if str(shown).endswith(".py"):
        return "a Python file", "Give the folder that holds it."
    if start[257:262] == b"ustar":
        return "a tar archive", _UNPACK
    if _WEB_PAGE.match(start):
        return "a web page", "Download the zip file itself; the page may ask you to sign in."
    if start.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer that stands in for the file", "Run `git lfs pull`, then give it again."
    return next(((f"a {name} archive", _UNPACK) for magic, name in _ARCHIVES if start.startswith(magic)), None)
