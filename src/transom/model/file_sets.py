"""What a set of files is: their names, sizes and digests; the text of it, a blob of its own, names the whole set."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

_VERSION = 1


class NoFileSet(ValueError):
    """A content that is no file set; the text says why."""


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file of a set: its name with forward slashes, relative and without `..`; its `size` in bytes; its digest."""

    name: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class FileSet:
    """Files in the order of their names, each name once."""

    files: tuple[NamedFile, ...]

    @staticmethod
    def of(files: Iterable[NamedFile]) -> FileSet:
        """The set of these files; of two of one name the later one counts."""
        by_name = {each.name: each for each in files}
        return FileSet(tuple(by_name[name] for name in sorted(by_name)))

    @property
    def size(self) -> int:
        """The size of all of them together."""
        return sum(each.size for each in self.files)

    def content(self) -> bytes:
        """The text of the set, the same for equal sets."""
        told = {"fileset": _VERSION, "files": [[each.name, each.size, each.digest] for each in self.files]}
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")

    @staticmethod
    def read(content: bytes) -> FileSet:
        """The set whose text this is. Raises NoFileSet."""
        try:
            told = json.loads(content.decode("utf-8", "surrogatepass"))
            files = tuple(NamedFile(str(name), int(size), str(digest)) for name, size, digest in told["files"])
        except (ValueError, TypeError, KeyError, RecursionError) as wrong:
            raise NoFileSet(f"it is no list of files ({type(wrong).__name__})") from None
        return FileSet(files)
