"""What can be done with the files of a datastore, and how it is done in a folder of this machine.

A folder is reached from its descriptor on: no link in it is followed, so none leads out of it.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from transom.errors import DatastoreFailed
from transom.model.file_sets import NamedFile
from transom.store.blobs import FolderBlobs
from transom.store.foreign import Walk, file_in, folder_below
from transom.tables.paths import shown
from transom.tables.reading import Progress
from transom.workspace.datastores_names import Parts, fixed_part, is_pattern, matches

#: A place with more files than this is not listed.
MOST_FILES = 100_000
_DEEPEST = 64
_ASIDE = re.compile(r"\.[0-9a-f]{16}\.part")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Found:
    """Files of a place, by name; `parts` lead to it from the root, `size` is in bytes where that is known."""

    parts: Parts
    size: int | None = None

    @property
    def name(self) -> str:
        """Its name with slashes."""
        return "/".join(self.parts)


class Place(ABC):
    """Files that a datastore leads to; `name` is the datastore's, `url` its address without any password."""

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self.url = url

    @property
    def file_name(self) -> str:
        """What a file at the very address is called."""
        return self.url.rstrip("/").rpartition("/")[2]

    @abstractmethod
    def find(self, parts: Parts) -> list[Found]:
        """The file that is named, all files below the folder that is named, or those that a pattern means; by name.

        Empty where there are none. Raises DatastoreFailed.
        """

    @abstractmethod
    def keep(self, found: Found, blobs: FolderBlobs, progress: Progress | None = None) -> NamedFile:
        """Store the content of a file. Raises DatastoreFailed, StoreUnwritable, and what `progress` does."""

    @abstractmethod
    def put(self, parts: Parts, content: Path, *, overwrite: bool, progress: Progress | None = None) -> bool:
        """Write a file, whole or not at all; False where one is there that is not to be overwritten.

        Raises DatastoreFailed, and what `progress` does.
        """

    def failed(self, reason: str, advice: str = "") -> DatastoreFailed:
        """The error that says why this datastore cannot be used."""
        if advice:
            return DatastoreFailed(name=self.name, reason=reason, advice=advice)
        return DatastoreFailed(name=self.name, reason=reason)

    def too_many(self) -> DatastoreFailed:
        """The error for a place with too many files."""
        return self.failed(f"it has over {MOST_FILES:,} files there", "Name a folder with fewer, or a pattern.")


class FolderPlace(Place):
    """A folder of this machine. One that is `made` comes into being when it is first written to."""

    def __init__(self, name: str, folder: Path, *, made: bool = False) -> None:
        super().__init__(name, str(folder))
        self.folder = folder
        self._made = made

    def find(self, parts: Parts) -> list[Found]:
        with self._told(), self._opened() as top:
            if top is None:
                return []
            file = self._file(top, parts)
            if file is not None:
                return [file]
            fixed = fixed_part(parts)
            try:
                with folder_below(top, fixed) as folder:
                    found = list(self._below(folder, fixed))
            except (FileNotFoundError, NotADirectoryError):
                return []
        pattern = parts if is_pattern(parts) else (*parts, "**")
        return sorted((each for each in found if matches(each.parts, pattern)), key=lambda each: each.parts)

    def keep(self, found: Found, blobs: FolderBlobs, progress: Progress | None = None) -> NamedFile:
        if progress is not None:
            progress(0, found.size or 0)
        with self._told(found.name), self._opened() as top:
            if top is None:
                raise FileNotFoundError
            with folder_below(top, found.parts[:-1]) as folder, file_in(folder, found.parts[-1]) as stream:
                digest = blobs.put_stream(stream)
        return NamedFile(found.name, blobs.size(digest), digest)

    def put(self, parts: Parts, content: Path, *, overwrite: bool, progress: Progress | None = None) -> bool:
        if progress is not None:
            progress(0, content.stat().st_size)
        name = "/".join(parts)
        with self._told(name):
            if self._made:
                self.folder.mkdir(parents=True, exist_ok=True)
            with self._opened() as top, _made_below(_there(top), parts[:-1]) as folder:
                return _put(folder, parts[-1], content, overwrite=overwrite)

    def _file(self, top: int, parts: Parts) -> Found | None:
        """The file of this very name, whatever signs are in it."""
        if not parts:
            return None
        with contextlib.suppress(OSError), folder_below(top, parts[:-1]) as folder:
            status = os.stat(parts[-1], dir_fd=folder, follow_symlinks=False)
            if stat.S_ISREG(status.st_mode):
                return Found(parts, status.st_size)
        return None

    def _below(self, folder: int, way: Parts) -> Iterator[Found]:
        walk = Walk(MOST_FILES, _DEEPEST)
        for parts, status in walk.below(folder, way):
            if stat.S_ISREG(status.st_mode) and not _ASIDE.fullmatch(parts[-1]):
                yield Found(parts, status.st_size)
        if walk.is_cut:
            raise self.too_many()

    @contextlib.contextmanager
    def _opened(self) -> Iterator[int | None]:
        """A descriptor of the folder; None where it is not there yet."""
        try:
            descriptor = os.open(self.folder, _FOLDER)
        except FileNotFoundError:
            if not self._made:
                raise self.failed(f"there is no folder {shown(self.folder)}") from None
            yield None
            return
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def _told(self, name: str = "") -> Iterator[None]:
        what = f"{shown(name)} in it" if name else "its folder"
        try:
            yield
        except FileNotFoundError:
            raise self.failed(f"there is no file {shown(name)} in it", "See which there are.") from None
        except OSError as wrong:
            reason = (wrong.strerror or "it is no file, or reached by a link").lower()
            raise self.failed(
                f"{what} cannot be used ({reason})", "Check its rights; links are not followed."
            ) from None


def _there(top: int | None) -> int:
    if top is None:
        raise FileNotFoundError
    return top


@contextlib.contextmanager
def _made_below(top: int, way: Parts) -> Iterator[int]:
    """A descriptor of the folder at the end of the way, made as far as it is not there."""
    current = os.dup(top)
    try:
        for name in way:
            with contextlib.suppress(FileExistsError):
                os.mkdir(name, dir_fd=current)
            below = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=current)
            os.close(current)
            current = below
        yield current
    finally:
        os.close(current)


def _put(folder: int, name: str, content: Path, *, overwrite: bool) -> bool:
    """Write a file aside and give it its name."""
    if not overwrite and _is_there(folder, name):
        return False
    aside = f".{os.urandom(8).hex()}.part"
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with content.open("rb") as source, FileIO(os.open(aside, flags, 0o666, dir_fd=folder), "w") as sink:
            shutil.copyfileobj(source, sink, 1 << 20)
            os.fsync(sink.fileno())
        return _named(folder, aside, name, overwrite=overwrite)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(aside, dir_fd=folder)


def _named(folder: int, aside: str, name: str, *, overwrite: bool) -> bool:
    if not overwrite:
        try:
            os.link(aside, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        except FileExistsError:  # another one was faster
            return False
        except OSError:  # a file system without second names
            if _is_there(folder, name):
                return False
        else:
            return True
    os.replace(aside, name, src_dir_fd=folder, dst_dir_fd=folder)
    return True


def _is_there(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
