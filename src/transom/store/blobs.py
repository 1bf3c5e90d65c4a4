"""How content is named by its BLAKE3 digest and kept: written aside, then renamed, the same content once.

``ab/cdef...`` in the store is the content whose digest is ``abcdef...``; ``aside/`` holds what is still being written.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import threading
from abc import ABC, abstractmethod
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from blake3 import blake3

from transom.errors import BlobCorrupt, BlobMissing, StoreUnwritable
from transom.store.aside import AsideFolder, sweep_if_left
from transom.store.content_files import (
    READ_ONLY,
    has_as_new,
    is_ours_alone,
    move_in,
    read_whole,
    renewed,
    sorted_names,
    status_or_none,
    write_all,
)
from transom.store.foreign import file_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from io import FileIO

Content: TypeAlias = bytes

ASIDE = "aside"
PIECE_BYTES = 1 << 20
#: A file that others made is copied up to this size: what they still hold open leads to no content of the store.
COPIED_BYTES = 4 << 20
_THREADS_PAY_FROM_BYTES = 2 << 20
_READ_AT_ONCE = 8 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}")
_FIRST_LEVEL = re.compile(r"[0-9a-f]{2}")
_SECOND_LEVEL = re.compile(r"[0-9a-f]{62}")


def digest_of(path: Path) -> str:
    """The name of a local file's content: 64 hexadecimal characters."""
    threads = blake3.AUTO if path.stat().st_size >= _THREADS_PAY_FROM_BYTES else 1
    return blake3(max_threads=threads).update_mmap(path).hexdigest()


def _digest_of_bytes(content: Content) -> str:
    threads = blake3.AUTO if len(content) >= _THREADS_PAY_FROM_BYTES else 1
    return blake3(content, max_threads=threads).hexdigest()


def _digest_of_large(stream: FileIO) -> str:
    """The name of what an unbuffered file holds; read, not mapped: what is mapped must not become shorter."""
    hasher = blake3(max_threads=blake3.AUTO)
    piece = memoryview(bytearray(_READ_AT_ONCE))
    while count := stream.readinto(piece):
        hasher.update(piece[:count])
    return hasher.hexdigest()


def digest_of_pieces(pieces: Iterable[Content]) -> str:
    """The name of the content that these pieces make together."""
    hasher = blake3()
    for piece in pieces:
        hasher.update(piece)
    return hasher.hexdigest()


def pieces_of(stream: BinaryIO) -> Iterator[Content]:
    """What is left in a stream, a mebibyte at a time."""
    while piece := stream.read(PIECE_BYTES):
        yield piece


def is_digest(text: str) -> bool:
    """Whether the text has the form of a digest."""
    return _DIGEST.fullmatch(text) is not None


def split_name(digest: str) -> str:
    """Where a store holds this digest, relative to its root."""
    return f"{digest[:2]}/{digest[2:]}"


class Writing:
    """A file being written aside: write to `path`; once the writing is over, `digest` names its content."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.digest = ""


class Blobs(ABC):
    """A store of immutable contents. Every kind of place does the same; tests/store/test_blobs.py says what.

    `place` is what messages call the store. Threads and processes may use one store at the same time.
    """

    place: str

    @abstractmethod
    def path(self, digest: str) -> Path:
        """A local, read-only file with this content. Raises BlobMissing, or BlobCorrupt for a damaged copy."""

    @abstractmethod
    def keep(self, path: Path) -> str:
        """Move a local file into the store and give its digest; `path` is gone afterwards.

        Nothing may still write to the file. Raises ValueError for what is no regular file (a link, say) and
        StoreUnwritable where the store cannot take it; then the file stays where it was.
        """

    def keep_foreign(self, folder: int, name: str) -> tuple[str, int]:
        """Store a file that others made, by its name in an open folder: its digest and its size in bytes.

        The file stays there, and is not to be changed any more. No link is followed, and a small file is copied: who
        made it may have a second name for it, or hold it open. Raises NotPlain for what is no regular file, OSError
        where it cannot be read, and StoreUnwritable.
        """
        with file_in(folder, name) as stream:
            return self._copied(stream)

    def _copied(self, stream: FileIO) -> tuple[str, int]:
        size = os.fstat(stream.fileno()).st_size
        if size > COPIED_BYTES:
            return self.put_stream(stream), size
        content = read_whole(stream, size)
        return self.put_bytes(content), len(content)

    @abstractmethod
    def new_aside(self, suffix: str = "") -> Path:
        """A local path to write a file to that `keep` moves in by a rename; nothing is there yet."""

    @abstractmethod
    def open(self, digest: str) -> BinaryIO:
        """The content as a binary stream. Raises BlobMissing."""

    @abstractmethod
    def has(self, digest: str) -> bool:
        """Whether the store holds this content."""

    def claim(self, digest: str) -> bool:
        """Whether the store holds this content; it counts as new then, so no sweep takes it from who will name it."""
        return self.has(digest)

    @abstractmethod
    def size(self, digest: str) -> int:
        """The content's length in bytes. Raises BlobMissing."""

    @abstractmethod
    def remove(self, digest: str) -> None:
        """Forget this content; quiet where it is not there."""

    @abstractmethod
    def digests(self) -> Iterator[str]:
        """The digests of all contents, in order."""

    @abstractmethod
    def sweep(self) -> int:
        """Remove what writers that died left aside, and give the number of files removed."""

    @abstractmethod
    def where(self, digest: str) -> str:
        """The place of this content as a person would look for it."""

    @contextmanager
    def writer(self, suffix: str = "") -> Iterator[Writing]:
        """A local path to write a content to, whose name ends in `suffix`; kept when the block ends without error."""
        writing = Writing(self.new_aside(suffix))
        try:
            yield writing
            writing.digest = self.keep(writing.path)
        finally:
            writing.path.unlink(missing_ok=True)

    def put_bytes(self, content: Content) -> str:
        """Store this content and give its digest. Raises StoreUnwritable."""
        return self._put([content])

    def put_stream(self, stream: BinaryIO) -> str:
        """Store all that is left in a binary stream and give its digest. Raises StoreUnwritable."""
        return self._put(pieces_of(stream))

    def bytes(self, digest: str) -> Content:
        """The whole content. Raises BlobMissing."""
        with self.open(digest) as stream:
            return stream.read()

    def check(self, digest: str) -> None:
        """Read the content and compare it with its name. Raises BlobMissing, or BlobCorrupt where they differ."""
        with self.open(digest) as stream:
            found = digest_of_pieces(pieces_of(stream))
        if found != digest:
            raise self._corrupt(digest)

    def _put(self, pieces: Iterable[Content]) -> str:
        with self.writer() as writing, writing.path.open("xb", buffering=0) as file:
            for piece in pieces:
                with self._told():
                    write_all(file.fileno(), piece)
        return writing.digest

    def _missing(self, digest: str) -> BlobMissing:
        return BlobMissing(digest=digest, store=self.place)

    def _corrupt(self, digest: str) -> BlobCorrupt:
        return BlobCorrupt(digest=digest, store=self.place, path=self.where(digest))

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what the disk or the network refuses into the error that a person can act on."""
        try:
            yield
        except OSError as wrong:
            raise StoreUnwritable(store=self.place, reason=wrong.strerror or str(wrong)) from wrong


class FolderBlobs(Blobs):
    """Contents as read-only files in a local folder, which is made when it is first written to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.place = str(self.folder)
        self._aside: AsideFolder | None = None
        self._aside_lock = threading.Lock()

    def path(self, digest: str) -> Path:
        found = self._target(digest)
        if not found.is_file():
            raise self._missing(digest)
        return found

    def keep(self, path: Path) -> str:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise ValueError(f"{path} is no regular file, and only files are kept")
        if status.st_nlink > 1:  # its other name could change what is stored
            return self._keep_copy(path)
        digest = digest_of(path)
        with self._told():
            try:
                self.publish(path, digest)
            except OSError as wrong:
                if wrong.errno != errno.EXDEV:
                    raise
                return self._keep_copy(path)
        return digest

    def publish(self, path: Path, digest: str) -> None:
        """Rename a file of this very file system, whose digest is known, to its place in the store.

        A content that is there already counts as new: its ctime is now, so that who removes old ones spares it.
        """
        target = self._target(digest)
        given, stored = path.stat(), status_or_none(target)
        if stored and stored.st_size == given.st_size and renewed(target):
            if not os.path.samestat(given, stored):
                path.unlink()
            return
        path.chmod(READ_ONLY)
        move_in(str(path), str(target))

    def keep_foreign(self, folder: int, name: str) -> tuple[str, int]:
        with file_in(folder, name) as stream:
            size = os.fstat(stream.fileno()).st_size
            if size > COPIED_BYTES and is_ours_alone(stream.fileno()):
                digest = _digest_of_large(stream)
                if has_as_new(self.where(digest), size) or self._adopted(folder, name, stream, digest):
                    return digest, size
                stream.seek(0)
            return self._copied(stream)

    def _adopted(self, folder: int, name: str, stream: FileIO, digest: str) -> bool:
        """Let a file itself be the content, by a second name for it; whether this filesystem can do that."""
        aside = self.new_aside()
        try:
            os.fchmod(stream.fileno(), READ_ONLY)
            os.link(name, aside, src_dir_fd=folder, follow_symlinks=False)
            with self._told():
                move_in(str(aside), self.where(digest))
        except OSError:  # another filesystem, or one without second names
            return False
        finally:
            aside.unlink(missing_ok=True)
        return True

    def put_bytes(self, content: Content) -> str:
        digest = _digest_of_bytes(content)
        target = f"{self.place}/{split_name(digest)}"
        if not has_as_new(target, len(content)):
            aside = str(self.new_aside())
            try:
                with self._told():
                    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, READ_ONLY)
                    try:
                        os.fchmod(descriptor, READ_ONLY)
                        write_all(descriptor, content)
                    finally:
                        os.close(descriptor)
                    move_in(aside, target)
            except BaseException:
                with suppress(OSError):
                    os.unlink(aside)
                raise
        return digest

    def open(self, digest: str) -> BinaryIO:
        try:
            return self._target(digest).open("rb")
        except FileNotFoundError:
            raise self._missing(digest) from None

    def has(self, digest: str) -> bool:
        return is_digest(digest) and self._target(digest).is_file()

    def claim(self, digest: str) -> bool:
        """See Blobs."""
        try:
            self._target(digest).chmod(READ_ONLY)  # which changes its ctime, by which a sweep goes
        except OSError:
            return self.has(digest)
        return True

    def size(self, digest: str) -> int:
        status = status_or_none(self._target(digest))
        if status is None:
            raise self._missing(digest)
        return status.st_size

    def remove(self, digest: str) -> None:
        if is_digest(digest):
            self._target(digest).unlink(missing_ok=True)

    def digests(self) -> Iterator[str]:
        for first in sorted_names(self.folder, _FIRST_LEVEL):
            for second in sorted_names(self.folder / first, _SECOND_LEVEL):
                yield first + second

    def sweep(self) -> int:
        with suppress(FileNotFoundError):
            return sum(map(sweep_if_left, sorted((self.folder / ASIDE).iterdir())))
        return 0

    def where(self, digest: str) -> str:
        return str(self._target(digest))

    def check(self, digest: str) -> None:
        if digest_of(self.path(digest)) != digest:
            raise self._corrupt(digest)

    def new_aside(self, suffix: str = "") -> Path:
        with self._aside_lock, self._told():
            if self._aside is None or self._aside.process != os.getpid():
                self.sweep()
                self._aside = AsideFolder(self.folder / ASIDE)
            return self._aside.folder / f"{os.urandom(8).hex()}{suffix}"

    def _target(self, digest: str) -> Path:
        if not is_digest(digest):
            raise self._missing(digest)
        return self.folder / split_name(digest)

    def _keep_copy(self, path: Path) -> str:
        with path.open("rb") as stream:
            digest = self.put_stream(stream)
        path.unlink()
        return digest
