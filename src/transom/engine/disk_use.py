"""How much of a disk a running job takes: by a walk of its folder in small steps, taken only where it may matter."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

#: So many files, and folders in folders, are counted; a job with more is not what a table script does.
MOST_FILES = 1_000_000
MOST_DEPTH = 100
#: A step of a walk takes about so long, in seconds: a tenth of the time between two.
_STEP = 0.01
#: So often, in seconds, there is a walk also where the disk does not look fuller: others may have made room meanwhile.
_SECONDS_BETWEEN = 5.0
#: The kernel counts the blocks of a file in units of so many bytes.
_BLOCK = 512
#: A file or folder counts as so many bytes at least: its entry has a size too, and must be removed in the end.
_ENTRY = 4096


#: What is mapped and lies on no disk.
_NO_FILES = ("/dev/", "/memfd:", "/SYSV", "/anon_hugepage")


class TooManyFiles(Exception):
    """There are more files, or deeper folders, than are counted."""


class DiskUse:
    """What the files in a job's folder take, and those that were removed but are held open; made when the job begins.

    What its inputs take then is not counted. Where the job has files that cannot be counted (mapped or on their way
    from one process to another, without a name, or in a closed folder), all that the disk has less room since then is
    its.
    """

    def __init__(self, folder: Path, most: float) -> None:
        self._folder = folder
        self._free_at_first = free(folder)
        self._hides = False
        self._most = most + sum(_taken(status) for status in _files_in(folder / "inputs"))
        self._used = 0
        self._walk: Iterator[os.stat_result | None] | None = None
        self._counting = 0
        self._next_walk = time.monotonic() + _SECONDS_BETWEEN
        self._room_at_walk = _room(folder)

    def is_too_much(self, pids: Iterable[int]) -> bool:
        """Whether it is more than the limit, as far as it is known; counts on for a moment.

        `pids` are the processes of the job without its supervisor, which has no files and is closed to us. Raises
        TooManyFiles.
        """
        if self._walk is None:
            if not self._may_matter():
                return False
            self._begin(pids)
        assert self._walk is not None
        until = time.monotonic() + _STEP
        for status in self._walk:
            if status is None:
                self._hides = True
                continue
            self._counting += _taken(status)
            if self._counting > self._most:
                return True
            if time.monotonic() > until:
                return False
        self._walk, self._used = None, self._counting
        # Others may write too, but only what a job hides can have taken more than was counted.
        return self._hides and self._free_at_first - free(self._folder) > self._most

    def _may_matter(self) -> bool:
        """Whether so much was written since the last walk that the limit may be near, or the last one is long ago."""
        taken = self._room_at_walk - _room(self._folder)
        return taken > (self._most - self._used) / 2 or time.monotonic() > self._next_walk

    def _begin(self, pids: Iterable[int]) -> None:
        self._counting, self._hides = 0, False
        self._walk = _below(self._folder, tuple(pids))
        self._next_walk = time.monotonic() + _SECONDS_BETWEEN
        self._room_at_walk = _room(self._folder)


def _taken(status: os.stat_result) -> int:
    return max(status.st_blocks * _BLOCK, _ENTRY)


def _room(folder: Path) -> int:
    """What shrinks with every byte and every entry that is written to the file system of a folder."""
    try:
        status = os.statvfs(folder)
    except OSError:  # the script has removed it
        return 0
    return status.f_bavail * status.f_frsize + status.f_ffree * _ENTRY


def free(folder: Path) -> int:
    """How many bytes an ordinary user may still write on the file system of a folder."""
    try:
        status = os.statvfs(folder)
    except OSError:  # the script has removed it
        return 0
    return status.f_bavail * status.f_frsize


def _below(folder: Path, pids: tuple[int, ...]) -> Iterator[os.stat_result | None]:
    """Each file once that a job's processes have made, however many names it has, None for what cannot be counted.

    Links are not followed.
    """
    seen: set[tuple[int, int]] = set()
    for count, status in enumerate(_all_below(folder, pids)):
        if count > MOST_FILES:
            raise TooManyFiles
        if status is None:
            yield None
            continue
        if status.st_nlink != 1 and not stat.S_ISDIR(status.st_mode):
            place = (status.st_dev, status.st_ino)
            if place in seen:
                continue
            seen.add(place)
        yield status


def _all_below(folder: Path, pids: tuple[int, ...]) -> Iterator[os.stat_result | None]:
    for pid in pids:
        yield from _removed_but_open(pid)
        if _maps_what_has_no_name(pid):
            yield None
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        yield None
        return
    yield from _in_folder(opened, 0)


def _files_in(folder: Path) -> Iterator[os.stat_result]:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                yield entry.stat(follow_symlinks=False)


def _in_folder(opened: int, depth: int) -> Iterator[os.stat_result | None]:
    """What lies in a folder that is open, which is closed then: a script can move folders, and no path leads astray."""
    if depth > MOST_DEPTH:
        os.close(opened)
        raise TooManyFiles
    try:
        with os.scandir(opened) as entries:
            for entry in entries:
                try:
                    status = entry.stat(follow_symlinks=False)
                    yield status
                    if stat.S_ISDIR(status.st_mode):
                        yield from _in_folder(_inside(entry.name, opened), depth + 1)
                except FileNotFoundError:  # removed meanwhile
                    continue
                except OSError:  # not to be read
                    yield None
    finally:
        os.close(opened)


def _inside(name: str, opened: int) -> int:
    """A folder in one that is open; a closed one, such as an overlay leaves, is opened to its owner first."""
    flags = os.O_DIRECTORY | os.O_NOFOLLOW
    try:
        return os.open(name, os.O_RDONLY | flags, dir_fd=opened)
    except PermissionError:
        place = os.open(name, os.O_PATH | flags, dir_fd=opened)
        try:
            os.chmod(f"/proc/self/fd/{place}", stat.S_IMODE(os.fstat(place).st_mode) | stat.S_IRUSR | stat.S_IXUSR)
        finally:
            os.close(place)
        return os.open(name, os.O_RDONLY | flags, dir_fd=opened)


def _removed_but_open(pid: int) -> Iterator[os.stat_result | None]:
    """The files that a process holds open and that have no name any more: they take their place on the disk.

    None for such as are on their way through a socket, and for a process that does not let itself be looked into.
    """
    try:
        with os.scandir(f"/proc/{pid}/fd") as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    status = os.stat(entry.path)
                    if stat.S_ISREG(status.st_mode) and status.st_nlink == 0:
                        yield status
                    elif stat.S_ISSOCK(status.st_mode) and _has_files_on_their_way(pid, entry.name):
                        yield None
    except PermissionError:
        yield None
    except OSError:  # it has ended
        return


def _has_files_on_their_way(pid: int, descriptor: str) -> bool:
    try:
        told = Path(f"/proc/{pid}/fdinfo/{descriptor}").read_text()
    except OSError:
        return False
    found = re.search(r"^scm_fds:\s*([0-9]+)", told, re.MULTILINE)
    return found is not None and int(found[1]) > 0


def _maps_what_has_no_name(pid: int) -> bool:
    """Whether a process maps a file of a disk that was removed."""
    try:
        lines = Path(f"/proc/{pid}/maps").read_text(errors="replace").splitlines()
    except PermissionError:
        return True
    except OSError:  # it has ended
        return False
    removed = (line.split(None, 5) for line in lines if line.endswith(" (deleted)"))
    return any(len(parts) > 5 and parts[4] != "0" and not parts[5].startswith(_NO_FILES) for parts in removed)
