"""How the files of a datastore are reached that lie elsewhere: on any filesystem that fsspec knows."""

from __future__ import annotations

import contextlib
import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from transom.errors import DatastoreFailed, TransomError
from transom.model.file_sets import NamedFile
from transom.store.blobs import FolderBlobs, pieces_of
from transom.tables.paths import shown
from transom.workspace.contents import refuse_full_disk, told_of_disk
from transom.workspace.datastores_masking import scheme_of, short_reason, without_secrets
from transom.workspace.datastores_names import Parts, fixed_part, is_pattern, matches, parts_of
from transom.workspace.datastores_places import MOST_FILES, Found, Place

_PIECES_BETWEEN = 64


class DistantPlace(Place):
    """Files below `root` on a filesystem of fsspec; `secrets` are shown nowhere."""

    def __init__(self, name: str, url: str, filesystem: Any, root: str, secrets: tuple[str, ...] = ()) -> None:
        super().__init__(name, url)
        self._filesystem = filesystem
        self._root = root.rstrip("/")
        self._secrets = secrets

    @classmethod
    def at(cls, name: str, address: str, options: Mapping[str, Any], secrets: tuple[str, ...] = ()) -> DistantPlace:
        """The place at an address; `options` are what the filesystem is made with. Raises DatastoreFailed."""
        from fsspec.core import url_to_fs

        shown_address = without_secrets(address)
        try:
            # others write there too, so what a listing showed earlier counts for nothing
            given = {"use_listings_cache": False, **options}
            filesystem, root = url_to_fs(address, skip_instance_cache=True, **given)
        except ImportError as wrong:
            raise DatastoreFailed(
                name=name, reason=f"a package for {shown_address} is missing", advice=missing_package(address, wrong)
            ) from None
        except Exception as wrong:
            raise DatastoreFailed(name=name, reason=short_reason(wrong, secrets)) from None
        return cls(name, shown_address, filesystem, str(root), secrets)

    def find(self, parts: Parts) -> list[Found]:
        fixed = fixed_part(parts)
        with self._told():
            if self._filesystem.isfile(self._path(parts)):
                return [Found(parts, _size(self._filesystem.info(self._path(parts))))]
            if not self._filesystem.isdir(self._path(fixed)):
                return []
            listing = self._filesystem.find(self._path(fixed), detail=True)
        if len(listing) > MOST_FILES:
            raise self.too_many()
        pattern = parts if is_pattern(parts) else (*parts, "**")
        found = (self._found(path, info) for path, info in listing.items())
        chosen = [each for each in found if each is not None and matches(each.parts, pattern)]
        return sorted(chosen, key=lambda each: each.parts)

    def keep(self, found: Found, blobs: FolderBlobs) -> NamedFile:
        with blobs.writer() as writing:
            with self._told(found.name), self._filesystem.open(self._path(found.parts), "rb") as source:
                with told_of_disk(blobs):
                    sink = writing.path.open("xb")
                with sink:
                    for number, piece in enumerate(pieces_of(source), start=1):
                        if number % _PIECES_BETWEEN == 0:
                            refuse_full_disk(blobs)
                        with told_of_disk(blobs):
                            sink.write(piece)
            size = writing.path.stat().st_size
        return NamedFile(found.name, size, writing.digest)

    def put(self, parts: Parts, content: Path, *, overwrite: bool) -> bool:
        path = self._path(parts)
        with self._told("/".join(parts)):
            if not overwrite and self._filesystem.exists(path):
                return False
            with contextlib.suppress(NotImplementedError):
                self._filesystem.makedirs(posixpath.dirname(path), exist_ok=True)
            self._filesystem.put_file(str(content), path)
        return True

    def info(self, found: Found) -> Mapping[str, Any]:
        """What the filesystem says of a file, under names of its own. Raises DatastoreFailed."""
        with self._told(found.name):
            entry: Mapping[str, Any] = self._filesystem.info(self._path(found.parts))
        return entry

    def _path(self, parts: Parts) -> str:
        return "/".join((self._root, *parts))

    def _found(self, path: str, info: Mapping[str, Any]) -> Found | None:
        """A file of a listing by its name below the root; None for what is none, or lies elsewhere."""
        below = f"{self._root}/"
        if info.get("type") == "directory" or not path.startswith(below) or ".." in path[len(below) :].split("/"):
            return None
        return Found(parts_of(path[len(below) :]), _size(info))

    @contextlib.contextmanager
    def _told(self, name: str = "") -> Iterator[None]:
        """Turn what a filesystem raises, of whatever kind, into the error that a person can act on."""
        try:
            yield
        except TransomError:
            raise
        except FileNotFoundError:
            raise self.failed(f"there is no file {shown(name) or 'there'}", "See which there are.") from None
        except NotImplementedError:
            raise self.failed(f"{self.url} can only be read", "Write to another datastore.") from None
        except Exception as wrong:
            raise self.failed(short_reason(wrong, self._secrets)) from None


def _size(info: Mapping[str, Any]) -> int | None:
    size = info.get("size")
    return size if isinstance(size, int) else None


def missing_package(address: str, wrong: ImportError) -> str:
    """Which package to install so that fsspec can reach an address."""
    from fsspec.registry import known_implementations

    entry = known_implementations.get(scheme_of(address), {})
    package = str(entry.get("class", "")).partition(".")[0]
    if package and package != "fsspec":
        return f"Install it beside Transom: `pip install {package}`."
    said = str(entry.get("err", "")) or str(wrong)
    return f"{said.rstrip('.')}; install that beside Transom with pip."
