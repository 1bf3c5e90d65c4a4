"""Files in a folder that somebody else has filled: reached from its descriptor on, so that no link leads out of it.

A folder is an open descriptor here, a place below it the names on the way. What is a link is never followed, at no
place of the way, and only regular files are opened: a pipe would block, and a device may act when it is opened.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from io import FileIO
from itertools import islice
from pathlib import Path
from typing import TypeAlias

Way: TypeAlias = tuple[str, ...]

_NO_LINK = os.O_NOFOLLOW | os.O_CLOEXEC
#: So much may the files of a job be larger, together, than what they occupy, in bytes.
MOST_HOLLOW = 1024**3
_MOST_COMPRESSED = 64
_MOST_PIECES = 10_000
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | _NO_LINK


class NotPlain(OSError):
    """What lies there is no regular file: a link, a pipe, a folder, a device."""


@contextlib.contextmanager
def folder_at(path: Path) -> Iterator[int]:
    """A descriptor of the folder at a path. OSError where it is none, or a link."""
    descriptor = os.open(path, _FOLDER)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def folder_below(folder: int, way: Sequence[str]) -> Iterator[int]:
    """A descriptor of the folder at the end of the way. OSError where something on it is no folder, or a link."""
    current = os.dup(folder)
    try:
        for name in way:
            below = os.open(name, _FOLDER, dir_fd=current)
            os.close(current)
            current = below
        yield current
    finally:
        os.close(current)


@contextlib.contextmanager
def file_in(folder: int, name: str) -> Iterator[FileIO]:
    """A regular file in a folder, for reading, without a buffer.

    NotPlain where it is something else, another OSError where it cannot be opened.
    """
    before = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if not stat.S_ISREG(before.st_mode):
        raise NotPlain(f"{name} is no regular file")
    with FileIO(os.open(name, os.O_RDONLY | os.O_NONBLOCK | _NO_LINK, dir_fd=folder)) as stream:
        if not os.path.samestat(before, os.fstat(stream.fileno())):
            raise NotPlain(f"{name} was changed while it was opened")
        yield stream


class Walk:
    """One look at what lies below a folder: files before folders, both by name; no more than `most` things are seen.

    What `passes` says yes to is not seen. Afterwards `closed` holds the folders that could not be looked into, `deep`
    those that lie deeper than `deepest`; `is_cut` says that there were more than `most`.
    """

    def __init__(self, most: int, deepest: int, passes: Callable[[Way], bool] = lambda _: False) -> None:
        self.closed: list[str] = []
        self.deep: list[str] = []
        self.is_cut = False
        self._left = most
        self._deepest = deepest
        self._passes = passes

    def below(self, folder: int, way: Way = (), first: Sequence[str] = ()) -> Iterator[tuple[Way, os.stat_result]]:
        """(way, status) of all that is no folder; those named `first` are looked into before the other folders."""
        folders = []
        for entry in self._listed(folder, way):
            if self._passes((*way, entry.name)):
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
                continue
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError:  # a folder that may be listed, and not entered
                continue
            yield (*way, entry.name), status
        for name in sorted(folders, key=lambda each: (each not in first, each)):
            yield from self._below(folder, way, name)

    def _below(self, folder: int, way: Way, name: str) -> Iterator[tuple[Way, os.stat_result]]:
        below = (*way, name)
        if len(below) > self._deepest:
            self.deep.append("/".join(below))
            return
        try:
            descriptor = os.open(name, _FOLDER, dir_fd=folder)
        except OSError:
            self.closed.append("/".join(below))
            return
        try:
            yield from self.below(descriptor, below)
        finally:
            os.close(descriptor)

    def _listed(self, folder: int, way: Way) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as listing:
                found = list(islice(listing, self._left + 1))
        except OSError:
            self.closed.append("/".join(way))
            return []
        self.is_cut = self.is_cut or len(found) > self._left
        del found[self._left :]
        self._left -= len(found)
        return sorted(found, key=lambda entry: entry.name)


def hollow_bytes(status: os.stat_result) -> int:
    """By how many bytes a file is larger than what it occupies could ever hold; compressed disks are thought of."""
    return max(0, status.st_size - _MOST_COMPRESSED * 512 * getattr(status, "st_blocks", status.st_size))


def is_sparse(stream: FileIO) -> bool:
    """Whether nearly all of a file is a hole, which costs nothing to make and long to read."""
    return _data_of(stream) * _MOST_COMPRESSED < os.fstat(stream.fileno()).st_size


def _data_of(stream: FileIO) -> int:
    """How many bytes of a file are there, without its holes; of one in very many pieces, those of the first ones."""
    if not hasattr(os, "SEEK_DATA"):
        return 512 * os.fstat(stream.fileno()).st_blocks
    found = end = 0
    with contextlib.suppress(OSError):  # there is no more
        for _ in range(_MOST_PIECES):
            start = os.lseek(stream.fileno(), end, os.SEEK_DATA)
            end = os.lseek(stream.fileno(), start, os.SEEK_HOLE)
            found += end - start
    return found
