"""Where a process writes aside what a store of contents will hold, and how what a dead process left there is told.

A process holds a lock in a folder of its own as long as it lives.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class AsideFolder:
    """The folder where one process writes aside: it holds a lock there, so a folder without a locker is a leftover."""

    def __init__(self, parent: Path) -> None:
        self.process = os.getpid()
        while True:
            self.folder = parent / f"{self.process}-{os.urandom(8).hex()}"
            self.folder.mkdir(parents=True)
            # A sweeper may come between the making and the locking; then another folder is made.
            with suppress(FileNotFoundError, BlockingIOError):
                descriptor = _locked(_lock_of(self.folder), os.O_CREAT)
                break
        weakref.finalize(self, _leave, self.folder, descriptor, self.process)


def _leave(folder: Path, descriptor: int, process: int) -> None:
    if process == os.getpid():  # a fork of the writer may end before the writer does
        with suppress(OSError):  # the whole store may be gone by now
            _empty(folder)
    os.close(descriptor)


def sweep_if_left(folder: Path) -> int:
    """Remove the aside folder of a process that is gone; the number of files that it held. No link is followed."""
    if folder.is_symlink():
        return 0
    try:
        descriptor = _locked(_lock_of(folder))
    except FileNotFoundError:  # killed before it made its lock, or about to make it: then it makes another folder
        with suppress(OSError):
            folder.rmdir()
        return 0
    except OSError:  # its writer lives, or another sweeper is at work
        return 0
    try:
        return _empty(folder)
    finally:
        os.close(descriptor)


def _locked(lock: Path, flags: int = 0) -> int:
    """A descriptor that holds the lock for as long as it is open.

    Raises BlockingIOError where another one does, FileNotFoundError where a sweeper has removed it.
    """
    descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC | flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        lock.stat()  # a sweeper may have locked, removed and released it since it was opened
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _empty(folder: Path) -> int:
    """Remove what lies in a folder, its lock last; the number of files and folders in it without the lock."""
    lock = _lock_of(folder)
    found = [each for each in folder.iterdir() if each != lock]
    for each in found:
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each, ignore_errors=True)
        else:
            each.unlink(missing_ok=True)
    lock.unlink(missing_ok=True)
    folder.rmdir()
    return len(found)


def _lock_of(folder: Path) -> Path:
    return folder / "lock"
