"""Folders that are made once and then only read: how they are protected, measured and removed."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path


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
    """The bytes of a file, or of all files below a folder."""
    if not place.is_dir():
        return place.lstat().st_size
    total = 0
    for folder, _, files in os.walk(place):
        for name in files:
            with suppress(OSError):
                total += os.lstat(os.path.join(folder, name)).st_size
    return total


def remove_tree(place: Path) -> None:
    """Remove a file or folder, also one that was made hard to remove; what is not there is removed already.

    What cannot be removed stays for the next time.
    """
    if place.is_symlink() or not place.is_dir():
        place.unlink(missing_ok=True)
        return
    try:
        shutil.rmtree(place)
    except OSError:
        for folder, _, _ in os.walk(place):
            with suppress(OSError):
                os.chmod(folder, 0o700)
        shutil.rmtree(place, ignore_errors=True)
