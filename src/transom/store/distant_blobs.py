"""How contents lie on a filesystem that is not here: any that fsspec knows, with local copies of what was used."""

from __future__ import annotations

import os
import re
import stat
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from fsspec.core import url_to_fs

from transom.store.blobs import ASIDE, Blobs, FolderBlobs, digest_of, is_digest, split_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LEFT_AFTER_SECONDS = 24 * 3600
_ASIDE_NAME = re.compile(r"([0-9]+)-[0-9a-f]+")


class DistantBlobs(Blobs):
    """Contents on an fsspec filesystem below `root`; `cache` holds the verified local copies.

    What is written aside there carries its time in its name, for nobody can tell whether a distant writer lives: after
    a day it counts as left.
    """

    def __init__(self, filesystem: Any, root: str, cache: FolderBlobs) -> None:
        self.filesystem = filesystem
        self.root = root.rstrip("/")
        self.cache = cache
        self.place = str(filesystem.unstrip_protocol(self.root))

    @classmethod
    def at(cls, address: str, cache: FolderBlobs) -> DistantBlobs:
        """The store at an address such as `s3://bucket/blobs`."""
        filesystem, root = url_to_fs(address)
        # Others write to the store as well, so what a listing showed earlier counts for nothing. Told as an option, it
        # would go to the server's library with some filesystems (SFTP), which knows none of that name.
        filesystem.dircache.use_listings_cache = False
        return cls(filesystem, root, cache)

    def path(self, digest: str) -> Path:
        if self.cache.has(digest):
            return self.cache.path(digest)
        with self.cache.writer() as writing, self._missing_if_absent(digest):
            self.filesystem.get_file(self._target(digest), str(writing.path))
        if writing.digest != digest:
            self.cache.remove(writing.digest)
            raise self._corrupt(digest)
        return self.cache.path(digest)

    def keep(self, path: Path) -> str:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise ValueError(f"{path} is no regular file, and only files are kept")
        digest = digest_of(path)
        if not self.has(digest) or self.size(digest) != path.stat().st_size:
            with self._told():
                self._upload(path, digest)
        return self.cache.keep(path)

    def new_aside(self, suffix: str = "") -> Path:
        return self.cache.new_aside(suffix)

    def open(self, digest: str) -> BinaryIO:
        with self._missing_if_absent(digest):
            return cast("BinaryIO", self.filesystem.open(self._target(digest), "rb"))

    def has(self, digest: str) -> bool:
        return is_digest(digest) and bool(self.filesystem.isfile(self._target(digest)))

    def size(self, digest: str) -> int:
        with self._missing_if_absent(digest):
            return int(self.filesystem.size(self._target(digest)))

    def remove(self, digest: str) -> None:
        self.cache.remove(digest)
        if is_digest(digest):
            with suppress(FileNotFoundError):
                self.filesystem.rm_file(self._target(digest))

    def digests(self) -> Iterator[str]:
        for first in self._names(self.root):
            for second in self._names(f"{self.root}/{first}"):
                if is_digest(first + second):
                    yield first + second

    def sweep(self) -> int:
        left = self.cache.sweep()
        for name in self._names(f"{self.root}/{ASIDE}"):
            found = _ASIDE_NAME.fullmatch(name)
            if found and time.time() - int(found[1]) > _LEFT_AFTER_SECONDS:
                self.filesystem.rm_file(f"{self.root}/{ASIDE}/{name}")
                left += 1
        return left

    def where(self, digest: str) -> str:
        return str(self.filesystem.unstrip_protocol(self._target(digest)))

    def _target(self, digest: str) -> str:
        if not is_digest(digest):
            raise self._missing(digest)
        return f"{self.root}/{split_name(digest)}"

    def _upload(self, path: Path, digest: str) -> None:
        target = self._target(digest)
        aside = f"{self.root}/{ASIDE}/{int(time.time())}-{os.urandom(8).hex()}"
        for file in (aside, target):
            self.filesystem.makedirs(file.rpartition("/")[0], exist_ok=True)
        try:
            self.filesystem.put_file(str(path), aside)
            self.filesystem.mv(aside, target)
        except BaseException:
            with suppress(OSError):  # nothing was uploaded, or the connection is gone: a sweep removes it
                self.filesystem.rm_file(aside)
            raise

    def _names(self, folder: str) -> list[str]:
        try:
            return sorted(str(entry).rpartition("/")[2] for entry in self.filesystem.ls(folder, detail=False))
        except FileNotFoundError:
            return []

    @contextmanager
    def _missing_if_absent(self, digest: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise self._missing(digest) from None
