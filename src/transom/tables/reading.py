"""What a reader of any format is given, and what it tells of the step file that it has written."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from transom.errors import InputUnreadable
from transom.tables.options import DEFAULT_OPTIONS, ReadOptions

if TYPE_CHECKING:
    from pathlib import Path

    from transom.model.runs import TableShape

#: Called with what is done and what there is to do, in bytes of the file or in rows.
Progress = Callable[[int, int], None]

_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)

#: Endings after `.csv` and `.tsv` of files that are unpacked while they are read.
PACKED_ENDINGS = (".gz", ".bz2", ".zst")


@dataclass(frozen=True, slots=True)
class Reading:
    """One table to be read: where it lies, how messages name it, what of it is wanted."""

    path: Path
    shown: str
    options: ReadOptions = DEFAULT_OPTIONS
    sample: int | None = None
    progress: Progress | None = None

    @property
    def is_packed(self) -> bool:
        """Whether the file's ending says that it is compressed."""
        return self.path.suffix.lower() in PACKED_ENDINGS

    def tell(self, done: int, total: int) -> None:
        """Pass on how far the reading is, where somebody listens."""
        if self.progress is not None:
            self.progress(done, total)

    def broken(self, wrong: Exception, word: str) -> Exception:
        """What to raise when a library could not read the file; an error of the disk written to stays what it is."""
        if isinstance(wrong, OSError) and wrong.errno in _DISK_ERRORS:
            return wrong
        said = " ".join(str(wrong).split())
        return self.unreadable(f"it is no {word} file that can be read ({said})", "Write it again, or fetch it again.")

    def unreadable(self, reason: str, advice: str | None = None) -> InputUnreadable:
        """The error that says why this table cannot be read."""
        reason = reason.rstrip(". \n")
        if advice is None:
            return InputUnreadable(path=self.shown, reason=reason)
        return InputUnreadable(path=self.shown, reason=reason, advice=advice)


def opened_plain(path: Path) -> BinaryIO:
    """A file opened for reading, if it is one: a pipe without a writer would be waited for, a device never ends.

    Raises OSError, in a person's words, for anything but a file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    kind = os.fstat(descriptor).st_mode
    if stat.S_ISREG(kind):
        return open(descriptor, "rb")
    os.close(descriptor)
    raise OSError(errno.EINVAL, "it is a folder" if stat.S_ISDIR(kind) else "it is no file but a pipe or a device")


@dataclass(frozen=True, slots=True)
class Read:
    """What was read into a step file. `types` maps each column to the type that it was given, in people's words."""

    shape: TableShape
    types: Mapping[str, str]
    warnings: tuple[str, ...]
    format: str
