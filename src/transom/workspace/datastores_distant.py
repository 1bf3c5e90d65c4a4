"""How the files of a datastore are reached that lie elsewhere: on any filesystem that fsspec knows."""

from __future__ import annotations

import contextlib
import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from transom.components.native import Stopped
from transom.errors import DatastoreFailed, TransomError
from transom.model.file_sets import NamedFile
from transom.store.blobs import FolderBlobs, pieces_of
from transom.tables.paths import shown
from transom.tables.reading import Progress
from transom.workspace.contents import refuse_full_disk, told_of_disk
from transom.workspace.datastores_distant_kinds import (
    fresh,
    has_folders,
    is_marker,
    made,
    missing_package,
    read_ahead,
    reason_of,
    telling,
    written_in_place,
)
from transom.workspace.datastores_masking import without_secrets
from transom.workspace.datastores_names import Parts, fixed_part, is_pattern, matches, parts_of
from transom.workspace.datastores_places import MOST_FILES, Found, Place

_PIECES_BETWEEN = 64
#: So much is asked of a place at a time: little enough that a stop is not waited for.
_BLOCK = 8 << 20
_NAMELESS = "content"


class DistantPlace(Place):
    """Files below `root` on a filesystem of fsspec; `secrets` are shown nowhere.

    `advice` says what a person can do where the place cannot be used.
    """

    def __init__(
        self, name: str, url: str, filesystem: Any, root: str, secrets: tuple[str, ...] = (), advice: str = ""
    ) -> None:
        super().__init__(name, url)
        self._filesystem = filesystem
        self._root = root.rstrip("/")
        self._secrets = secrets
        self._advice = advice
        self._entries: dict[Parts, Mapping[str, Any]] = {}

    @classmethod
    def at(
        cls,
        name: str,
        address: str,
        options: Mapping[str, Any],
        secrets: tuple[str, ...] = (),
        advice: str = "",
    ) -> DistantPlace:
        """The place at an address; `options` are what the filesystem is made with. Raises DatastoreFailed."""
        shown_address = without_secrets(address)
        try:
            filesystem, root = made(address, options)
        except ImportError as wrong:
            raise DatastoreFailed(
                name=name, reason=f"a package for {shown_address} is missing", advice=missing_package(address, wrong)
            ) from None
        except Exception as wrong:
            facts = {"advice": advice} if advice else {}
            raise DatastoreFailed(name=name, reason=reason_of(wrong, secrets), **facts) from None
        return cls(name, shown_address, filesystem, root, secrets, advice)

    @property
    def file_name(self) -> str:
        """What the file at the root is called, as a file of this machine can be named."""
        last = re.sub(r"[\x00-\x1f\x7f\\]", "_", self._root.rpartition("/")[2])
        before = re.split(r"[?#]", last, maxsplit=1)[0]
        # what follows a name may be a version, or secret, unless it is a part of the name
        last = before if "." in before or "://" in self._root else last
        return last if last not in ("", ".", "..") else _NAMELESS

    def failed(self, reason: str, advice: str = "") -> DatastoreFailed:
        return super().failed(reason, advice or self._advice)

    def find(self, parts: Parts) -> list[Found]:
        fixed = fixed_part(parts)
        with self._told():
            fresh(self._filesystem)
            entry = self._there(parts)
            if entry is not None and entry.get("type") != "directory" and not is_marker(entry):
                self._entries[parts] = entry
                return [Found(parts, _size(entry))]
            if is_pattern(parts):
                entry = self._there(fixed)
            if entry is None:
                return []
            listing = self._filesystem.find(self._path(fixed), detail=True)
        if len(listing) > MOST_FILES:
            raise self.too_many()
        pattern = parts if is_pattern(parts) else (*parts, "**")
        chosen = [each for each in self._files(listing) if matches(each.parts, pattern)]
        self._refuse_two_of_a_name(chosen)
        return sorted(chosen, key=lambda each: each.parts)

    def keep(self, found: Found, blobs: FolderBlobs, progress: Progress | None = None) -> NamedFile:
        with blobs.writer() as writing:
            with self._told(found.name), self._filesystem.open(self._path(found.parts), "rb", _BLOCK) as source:
                read_ahead(source, found.size)
                with told_of_disk(blobs):
                    sink = writing.path.open("xb")
                with sink:
                    for number, piece in enumerate(pieces_of(source), start=1):
                        if number % _PIECES_BETWEEN == 0:
                            refuse_full_disk(blobs)
                        with told_of_disk(blobs):
                            sink.write(piece)
                        if progress is not None:
                            progress(sink.tell(), found.size or 0)
            size = writing.path.stat().st_size
        if found.size is not None and size < found.size:
            raise self.failed(
                f"of {shown(found.name) or 'the file'} only {size:,} of {found.size:,} bytes came",
                "Try again: the connection broke off, or somebody changed it.",
            )
        return NamedFile(found.name, size, writing.digest)

    def put(self, parts: Parts, content: Path, *, overwrite: bool, progress: Progress | None = None) -> bool:
        path = self._path(parts)
        with self._told("/".join(parts), writes=True):
            fresh(self._filesystem)
            entry = self._target(path, overwrite=overwrite)
            if entry is not None and entry.get("type") == "directory":
                raise self.failed(
                    f"{shown('/'.join(parts)) or 'what it names'} is a folder there", "Choose another name."
                )
            if entry is not None and not overwrite:
                return False
            if has_folders(self._filesystem):
                with contextlib.suppress(NotImplementedError):
                    self._filesystem.makedirs(posixpath.dirname(path), exist_ok=True)
            written_in_place(self._filesystem, content, path, progress)
        return True

    def info(self, found: Found) -> Mapping[str, Any]:
        """What the filesystem says of a file's content, under names of its own. Raises DatastoreFailed."""
        if found.parts not in self._entries:
            with self._told(found.name):
                self._entries[found.parts] = self._filesystem.info(self._path(found.parts))
        return telling(self._entries[found.parts])

    def _path(self, parts: Parts) -> str:
        return "/".join((self._root, *parts))

    def _there(self, parts: Parts) -> Mapping[str, Any] | None:
        """What is said of this very name. Of what looks like a pattern some places refuse to say anything."""
        with contextlib.suppress(*((Exception,) if is_pattern(parts) else ())):
            return self._entry(self._path(parts))
        return None

    def _target(self, path: str, *, overwrite: bool) -> Mapping[str, Any] | None:
        """What is there already. Who may only write is told nothing, and need not know it where it is replaced."""
        with contextlib.suppress(*((Exception,) if overwrite else ())):
            return self._entry(path)
        return None

    def _entry(self, path: str) -> Mapping[str, Any] | None:
        """What the filesystem says of a file or folder; None where there is none."""
        try:
            entry: Mapping[str, Any] = self._filesystem.info(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return entry

    def _files(self, listing: Mapping[str, Mapping[str, Any]]) -> Iterator[Found]:
        """The files of a listing by their names below the root, without what stands for a folder."""
        below = f"{self._root}/"
        folders = {posixpath.dirname(path) for path in listing}
        for path, info in listing.items():
            rest = path.removeprefix(below)
            if rest == path or ".." in rest.split("/") or info.get("type") == "directory" or is_marker(info):
                continue
            if path.endswith("/") or (path in folders and not info.get("size")):
                continue
            found = Found(parts_of(rest), _size(info))
            self._entries[found.parts] = info
            yield found

    def _refuse_two_of_a_name(self, found: list[Found]) -> None:
        """Stores of objects have files in what is a file itself; no folder of this machine has."""
        names = {each.parts for each in found}
        for each in found:
            for length in range(1, len(each.parts)):
                if each.parts[:length] in names:
                    name = shown("/".join(each.parts[:length]))
                    raise self.failed(f"{name} in it is a file and a folder", "Name the one, or a pattern of others.")

    @contextlib.contextmanager
    def _told(self, name: str = "", *, writes: bool = False) -> Iterator[None]:
        """Turn what a filesystem raises, of whatever kind, into the error that a person can act on."""
        try:
            yield
        except (TransomError, Stopped):
            raise
        except FileNotFoundError:
            if writes:
                raise self.failed(
                    "there is no such container or folder to write to", "Make it, or check its name."
                ) from None
            raise self.failed(f"there is no file {shown(name) or 'there'}", "See which there are.") from None
        except NotImplementedError:
            raise self.failed(f"{self.url} can only be read", "Write to another place.") from None
        except Exception as wrong:
            raise self.failed(reason_of(wrong, self._secrets)) from None


def _size(info: Mapping[str, Any]) -> int | None:
    size = info.get("size")
    return size if isinstance(size, int) else None
