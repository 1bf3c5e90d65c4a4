"""What the stores do with single files of a local disk: write, rename, renew, bring to it; and whose they are."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from io import FileIO
    from pathlib import Path

#: The mode of a content: nobody is to change it.
READ_ONLY = 0o444


def read_whole(stream: FileIO, size: int) -> bytes:
    """So many bytes of a file, or as many as there are."""
    content = stream.read(size)
    while len(content) < size and (more := stream.read(size - len(content))):
        content += more
    return content


def is_ours_alone(descriptor: int) -> bool:
    """Whether a file has one name only, is this user's, and is open for writing nowhere, as far as can be known."""
    status = os.fstat(descriptor)
    return status.st_nlink == 1 and status.st_uid == os.geteuid() and not _is_written_to(descriptor)


def _is_written_to(descriptor: int) -> bool:
    """Whether somebody has the file open, or mapped, for writing: then the kernel gives nobody a lease on its reading.

    No filesystem and no system without leases can tell.
    """
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)  # what a broken lease sends by itself ends a process
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as wrong:
        return wrong.errno == errno.EAGAIN
    return False


def write_all(descriptor: int, content: bytes) -> None:
    """Write all of it, however little of it one call takes."""
    left = memoryview(content)
    while left:
        left = left[os.write(descriptor, left) :]


def status_or_none(path: Path) -> os.stat_result | None:
    """What is known of a file; None where there is none."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def has_as_new(target: str, size: int) -> bool:
    """Whether a content is there, whole; then it counts as new."""
    try:
        if os.stat(target).st_size != size:
            return False
        os.chmod(target, READ_ONLY)
    except OSError:  # whatever is wrong with the store is said when it is written to
        return False
    return True


def move_in(path: str, target: str) -> None:
    """Rename a file to its place in the store, whose folder is made where it is not there yet."""
    try:
        os.replace(path, target)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.replace(path, target)


def renewed(path: Path) -> bool:
    """Let a content count as new; whether it is still there."""
    try:
        path.chmod(READ_ONLY)
    except FileNotFoundError:  # removed a moment ago
        return False
    return True


def bring_to_disk(path: Path) -> None:
    """Wait until the disk has a file, or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sorted_names(folder: Path, wanted: re.Pattern[str]) -> list[str]:
    """The names in a folder that have this form, in order; none where there is no folder."""
    try:
        return sorted(entry.name for entry in os.scandir(folder) if wanted.fullmatch(entry.name))
    except (FileNotFoundError, NotADirectoryError):
        return []
