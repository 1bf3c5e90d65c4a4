"""Which files of a person's folder belong to a set of files, and how they become contents without being changed."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from transom.errors import WrongUse
from transom.model.file_sets import FileSet, NamedFile
from transom.store.blobs import FolderBlobs
from transom.store.foreign import Walk, Way, file_in, folder_below
from transom.tables.paths import shown
from transom.tables.reading import Progress, opened_plain
from transom.workspace.opening import FOLDER

#: What no set of files has, wherever it lies in the folder.
LEFT_OUT = frozenset({".git", "__pycache__", "__MACOSX", FOLDER})
MOST_FILES = 1_000_000
_DEEPEST = 100
#: So many names stand in one sentence.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Taken:
    """Files that are contents now, and sentences on what was left out."""

    files: FileSet
    warnings: tuple[str, ...] = ()


def take_file(path: Path, blobs: FolderBlobs, name: str) -> Taken:
    """One file as a set, under this name. Raises WrongUse where it cannot be read, and StoreUnwritable."""
    try:
        with opened_plain(path) as stream:
            size = os.fstat(stream.fileno()).st_size
            digest = blobs.put_stream(stream)
    except OSError as wrong:
        raise _unreadable(path, [f"it ({(wrong.strerror or str(wrong)).lower()})"]) from None
    return Taken(FileSet.of([NamedFile(name, size, digest)]))


def take_folder(folder: Path, blobs: FolderBlobs, progress: Progress | None = None) -> Taken:
    """All files of a folder and the folders below it, hidden ones too, under their names from there on.

    A link is followed to a file that lies in the folder; what leads out of it, to a folder or nowhere is left out and
    said, and so are `.git`, `__pycache__`, `__MACOSX` and the workspace itself. Raises WrongUse where a file or folder
    cannot be read, where there is none, or where there are too many, and StoreUnwritable.
    """
    with _opened(folder) as top:
        found = _found(folder, top, blobs.folder.parent)
        taken = _Taking(top, blobs, progress, sum(size for _, _, size in found.files))
        files = [taken.file(name, way) for name, way, _ in found.files]
    if taken.unreadable:
        raise _unreadable(folder, taken.unreadable)
    return Taken(FileSet.of(each for each in files if each is not None), tuple(found.warnings()))


@dataclass(slots=True)
class _Found:
    """What lies in a folder: (name, where it really lies, size) of each file, and what is no part of the set."""

    files: list[tuple[str, Way, int]] = field(default_factory=list)
    apart: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    def warnings(self) -> Iterator[str]:
        if self.apart:
            yield f"Left out: {_named(sorted(self.apart))}."
        if self.links:
            yield f"Left out, as links that lead to no file of the folder: {_named(self.links)}."
        if self.others:
            yield f"Left out, as neither files nor folders: {_named(self.others)}."


def _found(folder: Path, top: int, workspace: Path) -> _Found:
    found = _Found()
    real, own = Path(os.path.realpath(folder)), Path(os.path.realpath(workspace))

    def passes(way: Way) -> bool:
        left_out = way[-1] in LEFT_OUT or (way[-1] == own.name and real.joinpath(*way) == own)
        if left_out:
            found.apart.add(way[-1])
        return left_out

    walk = Walk(MOST_FILES, _DEEPEST, passes)
    for way, status in walk.below(top):
        name = "/".join(way)
        if stat.S_ISREG(status.st_mode):
            found.files.append((name, way, status.st_size))
        elif stat.S_ISLNK(status.st_mode):
            _take_in_link(found, folder.joinpath(*way), real, name)
        else:
            found.others.append(name)
    _refuse(folder, walk, found)
    return found


def _take_in_link(found: _Found, link: Path, top: Path, name: str) -> None:
    real = Path(os.path.realpath(link))
    try:
        status = real.lstat()
    except OSError:  # it leads nowhere
        status = None
    if status is not None and stat.S_ISREG(status.st_mode) and real.is_relative_to(top):
        found.files.append((name, real.relative_to(top).parts, status.st_size))
    else:
        found.links.append(name)


def _refuse(folder: Path, walk: Walk, found: _Found) -> None:
    if walk.closed:
        raise _unreadable(folder, [each or "it" for each in walk.closed])
    if walk.is_cut or walk.deep:
        many = f"over {MOST_FILES:,} files" if walk.is_cut else f"folders in each other, over {_DEEPEST} deep"
        raise WrongUse(problem=f"The folder {shown(folder)} has {many}.", advice="Make a zip file of it, and add that.")
    if not found.files:
        raise WrongUse(problem=f"The folder {shown(folder)} has no files.", advice="Name a folder that has some.")


class _Taking:
    """Files of an open folder on their way into the store; `unreadable` names those that could not be read."""

    def __init__(self, top: int, blobs: FolderBlobs, progress: Progress | None, total: int) -> None:
        self.unreadable: list[str] = []
        self._top = top
        self._blobs = blobs
        self._progress = progress
        self._total = total
        self._done = 0

    def file(self, name: str, way: Way) -> NamedFile | None:
        """Take one file; None where it cannot be read."""
        try:
            with folder_below(self._top, way[:-1]) as folder, file_in(folder, way[-1]) as stream:
                digest = self._blobs.put_stream(stream)
        except OSError as wrong:
            self.unreadable.append(f"{name} ({(wrong.strerror or str(wrong)).lower()})")
            return None
        size = self._blobs.size(digest)
        self._done += size
        if self._progress is not None:
            self._progress(self._done, self._total)
        return NamedFile(name, size, digest)


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[int]:
    """A descriptor of the folder; it may be a link, since a person has named it."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as wrong:
        raise _unreadable(folder, [f"it ({(wrong.strerror or str(wrong)).lower()})"]) from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _unreadable(place: Path, names: list[str]) -> WrongUse:
    return WrongUse(
        problem=f"{shown(place)} cannot be added: {_named(names)} cannot be read.",
        advice="Make it readable, or move it out of there.",
    )


def _named(names: Iterable[str]) -> str:
    """The first of these names, and how many more there are."""
    known = [shown(name) for name in names]
    more = len(known) - _NAMED
    return ", ".join(known[:_NAMED]) + (f" and {more} more" if more > 0 else "")
