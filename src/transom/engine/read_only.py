"""Folders that are only read, or that others have filled: how they are protected, measured and removed."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from transom.store.foreign import Walk, folder_at

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
#: A folder that lies deeper than this is removed from the top of the tree: a descriptor is open for each step down.
_DEEPEST = 40
#: What is measured: more files, and files that lie deeper, do not count.
_MOST_MEASURED = 1_000_000
_DEEPEST_MEASURED = 200


def make_read_only(folder: Path) -> None:
    """Take away the right to write; links are left alone, since what they lead to is not ours."""
    for place, _, files in os.walk(folder, topdown=False):
        for name in files:
            path = os.path.join(place, name)
            status = os.lstat(path)
            if stat.S_ISREG(status.st_mode):
                os.chmod(path, status.st_mode & ~0o222 & 0o7777)
        os.chmod(place, os.stat(place).st_mode & ~0o222 & 0o7777)


def size_of(place: Path) -> int:
    """The bytes of a file, or of all files below a folder; what a link leads to does not count."""
    status = place.lstat()
    if not stat.S_ISDIR(status.st_mode):
        return status.st_size
    try:
        with folder_at(place) as folder:
            return sum(each.st_size for _, each in Walk(_MOST_MEASURED, _DEEPEST_MEASURED).below(folder))
    except OSError:  # closed, or removed by somebody else
        return 0


def remove_tree(place: Path) -> None:
    """Remove a file or folder, also one that was made hard to remove; what is not there is removed already.

    No link is followed, whatever whoever filled the folder has put there, and it may be of any depth. What cannot be
    removed stays for the next time.
    """
    if place.is_symlink() or not place.is_dir():
        place.unlink(missing_ok=True)
        return
    with suppress(OSError):
        folder = _opened(str(place), None)
        try:
            _Removal(folder).all()
        finally:
            os.close(folder)
        place.rmdir()


class _Removal:
    """The removal of all that lies in a folder."""

    def __init__(self, top: int) -> None:
        self.top = top
        self._stays: set[str] = set()

    def all(self) -> None:
        """Remove what can be; what lay too deep has come to the top meanwhile, and goes in the next round."""
        self._empty(self.top, 0)
        while left := set(os.listdir(self.top)) - self._stays:
            self._empty(self.top, 0)
            self._stays |= left

    def _empty(self, folder: int, depth: int) -> None:
        with os.scandir(folder) as listing:
            entries = list(listing)
        for entry in entries:
            remove = self._remove_folder if entry.is_dir(follow_symlinks=False) else _unlink
            try:
                remove(folder, entry.name, depth)
            except PermissionError:  # the folder may not be changed, or what lies in it is not to be removed by us
                with suppress(OSError):
                    os.fchmod(folder, 0o700)
                    remove(folder, entry.name, depth)
            except OSError:
                continue

    def _remove_folder(self, folder: int, name: str, depth: int) -> None:
        if depth >= _DEEPEST:
            os.close(_opened(name, folder))  # only a folder that may be changed can be moved
            os.rename(name, f"deep-{os.urandom(8).hex()}", src_dir_fd=folder, dst_dir_fd=self.top)
            return
        below = _opened(name, folder)
        try:
            self._empty(below, depth + 1)
        finally:
            os.close(below)
        os.rmdir(name, dir_fd=folder)


def _unlink(folder: int, name: str, _: int) -> None:
    os.unlink(name, dir_fd=folder)


def _opened(name: str, folder: int | None) -> int:
    """A descriptor of a folder, no link, in which names may be removed; OSError where that cannot be had."""
    try:
        descriptor = os.open(name, _FOLDER, dir_fd=folder)
    except PermissionError:
        _unlock(name, folder)
        descriptor = os.open(name, _FOLDER, dir_fd=folder)
    if os.fstat(descriptor).st_mode & 0o700 != 0o700:
        with suppress(OSError):
            os.fchmod(descriptor, 0o700)
    return descriptor


def _unlock(name: str, folder: int | None) -> None:
    """Let the owner of a folder look into it and change it; a link is not followed, should one have come between."""
    if not hasattr(os, "O_PATH"):
        os.chmod(name, 0o700, dir_fd=folder, follow_symlinks=False)
        return
    closed = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    try:
        os.chmod(f"/proc/self/fd/{closed}", 0o700)
    finally:
        os.close(closed)
