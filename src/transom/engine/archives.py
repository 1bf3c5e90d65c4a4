"""What may stand in a zip file that a person gives, under which name each entry is unpacked, and what is refused."""

from __future__ import annotations

import errno
import os
import re
import stat
import struct
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import BufferedReader, RawIOBase
from itertools import pairwise
from typing import TYPE_CHECKING, Any, BinaryIO
from unicodedata import normalize

from transom.engine.archive_files import counted, no_zip, plain_file
from transom.errors import BundleInvalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from zipfile import ZipFile, ZipInfo

    from transom.settings import Settings

PIECE_BYTES = 1 << 20
LONGEST_NAME_BYTES = 255
LONGEST_PATH_BYTES = 2048
SPARED_BYTES = 100 * 1024**2
HIGHEST_RATIO = 1000
#: The header of an entry, before its name and content.
HEADER_BYTES = 30

#: So much is unpacked at once of what other ways than deflate packed: they turn 4 KiB into 100 MiB and more.
_GENTLE_BYTES = 4096
_DEFLATED_OR_STORED = (0, 8)
_ENCRYPTED = 0x1 | 0x40 | 0x2000  # flags: by a password, strongly, its headers hidden
#: So many of one kind of warning are said.
_NOTES_SAID = 10
#: What Python's reader raises for fields that contradict each other.
_MISUNDERSTOOD = (ValueError, OverflowError, struct.error, IndexError, KeyError)
_OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.EACCES, errno.EMFILE)
#: An entry has no more bytes than this beside its content: its name stands twice, with fields of some programs.
_ENTRY_OVERHEAD = 4 * LONGEST_PATH_BYTES
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_DRIVE = re.compile(r"[A-Za-z]:")
_ZIP_AGAIN = "Make the zip file again, from the folder that holds the files."


@dataclass(frozen=True, slots=True)
class BundleLimits:
    """What a bundle may unpack to: bytes in all, and a number of files and folders."""

    bytes: int = 2 * 1024**3
    files: int = 100_000

    @classmethod
    def of(cls, settings: Settings) -> BundleLimits:
        """What the settings say."""
        return cls(settings.bundle_bytes, settings.bundle_files)


@dataclass(frozen=True, slots=True)
class Entry:
    """A file (or a folder, whose name ends in a slash) of a bundle: its name with slashes, and its size in bytes."""

    name: str
    bytes: int
    executable: bool = False

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder that the archive names by itself."""
        return self.name.endswith("/")


class Archive:
    """A zip file whose every name, kind and size has been found good; made by `opened`."""

    def __init__(self, file: ZipFile, size: int, shown: object, limits: BundleLimits) -> None:
        self._file = file
        self._size = size
        self._shown = shown
        self._limits = limits
        self._infos: dict[str, ZipInfo] = {}
        self.warnings: tuple[str, ...] = ()
        self._take_in()

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """What the archive holds, in its order; a name that stands in it twice is there once, as its last."""
        return tuple(
            Entry(name, info.file_size, not name.endswith("/") and bool((info.external_attr >> 16) & 0o111))
            for name, info in self._infos.items()
        )

    def unpack_to(self, folder: Path) -> None:
        """Write every entry below a folder that is there and empty. Raises BundleInvalid for damaged content."""
        unpacked = 0
        made: set[Path] = set()
        for entry in self.entries:
            path = folder / entry.name
            place = path if entry.is_folder else path.parent
            if place not in made:
                place.mkdir(parents=True, exist_ok=True)
                made.add(place)
            if entry.is_folder:
                continue
            with self._new_file(path, entry) as file:
                for piece in self.pieces(entry.name):
                    # The sizes that an archive declares may lie, so what is really there is counted.
                    unpacked += len(piece)
                    self._refuse_too_much(unpacked)
                    file.write(piece)

    def content(self, name: str) -> bytes:
        """One file's content. Raises BundleInvalid where it is damaged."""
        return b"".join(self.pieces(name))

    def stream(self, name: str) -> BinaryIO:
        """One file's content to read from, while the archive is open. Raises KeyError where there is no such file."""
        if name not in self._infos:
            raise KeyError(name)
        return BufferedReader(_Pieces(self.pieces(name)), PIECE_BYTES)

    def pieces(self, name: str) -> Iterator[bytes]:
        """One file's content, a mebibyte at most at a time. Raises BundleInvalid where it is damaged."""
        info = self._infos[name]
        size = PIECE_BYTES if info.compress_type in _DEFLATED_OR_STORED else _GENTLE_BYTES
        with self._damage_told(name), self._file.open(info) as stream:
            read = 0
            while piece := stream.read(size):
                read += len(piece)
                yield piece
            if read != info.file_size:
                raise self._wrong(
                    f"{printable(name)} has {read:,} bytes where {info.file_size:,} are announced", _ZIP_AGAIN
                )

    def _new_file(self, path: Path, entry: Entry) -> BinaryIO:
        try:
            return open(path, "xb", opener=_with_mode(0o755 if entry.executable else 0o644))
        except FileExistsError:
            name = printable(entry.name)
            raise self._wrong(
                f"{name} is on this file system the same name as another one in it", "Rename one of them."
            ) from None

    def _take_in(self) -> None:
        infos = self._file.infolist()
        twice = []
        for info in infos:
            self._refuse_kind(info)
            name = self._clean_name(info)
            if name in self._infos and not name.endswith("/"):
                twice.append(f"The script bundle holds {printable(name)} twice; the last one counts.")
            if name:
                self._infos[name] = info
        self._refuse_clashes()
        self._refuse_bomb(sum(info.file_size for info in self._infos.values()))
        self._refuse_shared(infos)
        self.warnings = (*_some(twice), *_some(list(_same_elsewhere(self._infos))))

    def _refuse_kind(self, info: ZipInfo) -> None:
        kind = stat.S_IFMT(info.external_attr >> 16)
        name = printable(info.filename)
        if kind == stat.S_IFLNK:
            raise self._wrong(f"{name} is a link", "Put the file itself into the zip file (zip without -y).")
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise self._wrong(f"{name} is neither a file nor a folder", "Leave it out of the zip file.")
        if info.flag_bits & _ENCRYPTED:
            raise self._wrong(f"{name} is encrypted", "Make the zip file again without a password.")

    def _clean_name(self, info: ZipInfo) -> str:
        """The name to unpack under; empty for the folder itself. Raises BundleInvalid for one that leads outside."""
        raw = _decoded(info)
        name = raw.replace("\\", "/")  # what Windows PowerShell 5 writes between folders
        if "\0" in raw:
            raise self._wrong(f"the name {printable(raw)} in it has a null byte", _ZIP_AGAIN)
        if name.startswith("/") or _DRIVE.match(name):
            raise self._wrong(f"{printable(raw)} in it is an absolute path", _ZIP_AGAIN)
        parts = [part for part in name.split("/") if part not in ("", ".")]
        if ".." in parts:
            raise self._wrong(f"{printable(raw)} in it leads out of the bundle", _ZIP_AGAIN)
        self._refuse_long(parts)
        return "/".join(parts) + ("/" if parts and (name.endswith("/") or info.is_dir()) else "")

    def _refuse_long(self, parts: list[str]) -> None:
        for part in parts:
            if len(os.fsencode(part)) > LONGEST_NAME_BYTES:
                start = printable(part[:40])
                raise self._wrong(f"the name {start}... is longer than {LONGEST_NAME_BYTES} bytes", "Shorten it.")
        if sum(len(os.fsencode(part)) + 1 for part in parts) > LONGEST_PATH_BYTES:
            start = printable("/".join(parts)[:40])
            raise self._wrong(f"the path {start}... is longer than {LONGEST_PATH_BYTES} bytes", "Shorten it.")

    def _refuse_clashes(self) -> None:
        """A name cannot be a file and a folder at once; the folders that names lead through have the limit of files."""
        folders: set[str] = set()
        for name in self._infos:
            folder = name.rstrip("/") if name.endswith("/") else name.rpartition("/")[0]
            while folder and folder not in folders:
                if folder in self._infos:
                    raise self._wrong(
                        f"{printable(folder)} is in it both as a file and as a folder", "Rename one of them."
                    )
                folders.add(folder)
                folder = folder.rpartition("/")[0]
            if len(folders) > self._limits.files:
                raise too_many_files(self._shown, len(folders), self._limits)

    def _refuse_bomb(self, declared: int) -> None:
        self._refuse_too_much(declared)
        if declared > SPARED_BYTES and declared > HIGHEST_RATIO * max(1, self._size):
            raise self._wrong(f"it unpacks to more than {HIGHEST_RATIO} times its size, as a zip bomb does", _ZIP_AGAIN)

    def _refuse_shared(self, infos: list[ZipInfo]) -> None:
        """Entries that lie over each other let the same bytes count many times, as the best zip bombs do."""
        ordered = sorted(infos, key=lambda info: info.header_offset)
        for info, following in pairwise(ordered):
            if info.header_offset + HEADER_BYTES + info.compress_size > following.header_offset:
                names = f"{printable(info.filename)} and {printable(following.filename)}"
                raise self._wrong(f"{names} in it lie over each other, as in a zip bomb", _ZIP_AGAIN)

    def _refuse_too_much(self, size: int) -> None:
        if size > self._limits.bytes:
            raise too_many_bytes(self._shown, self._limits, "it unpacks to")

    def _wrong(self, reason: str, advice: str) -> BundleInvalid:
        return BundleInvalid(path=self._shown, reason=reason, advice=advice)

    @contextmanager
    def _damage_told(self, name: str) -> Iterator[None]:
        import lzma
        import zlib
        from zipfile import BadZipFile

        try:
            yield
        except NotImplementedError:
            raise self._wrong(
                f"{printable(name)} is compressed in a way that Python cannot unpack",
                "Make the zip file again with the usual compression (deflate).",
            ) from None
        except (BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, *_MISUNDERSTOOD) as wrong:
            if isinstance(wrong, OSError) and wrong.errno in _OF_THE_DISK:  # the disk, not the archive
                raise
            raise self._wrong(f"the content of {printable(name)} is damaged", _ZIP_AGAIN) from None


class _Pieces(RawIOBase):
    """Pieces of content as a stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        if not self._left:
            self._left = memoryview(next(self._pieces, b""))
        count = min(len(target), len(self._left))
        target[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


@contextmanager
def opened(path: Path, limits: BundleLimits, *, shown: object = None) -> Iterator[Archive]:
    """The zip file at `path`, checked; messages call it `shown`. Raises BundleInvalid."""
    from zipfile import BadZipFile, ZipFile

    try:
        stream = plain_file(path)
    except OSError as wrong:
        raise no_zip(path, shown or path, wrong) from None
    with stream:
        size = os.fstat(stream.fileno()).st_size
        if size > largest_archive(limits):
            raise too_many_bytes(shown or path, limits, "it is a zip file for")
        try:
            count = counted(stream, limits.files)
            if count > limits.files:
                raise too_many_files(shown or path, count, limits)
            file = ZipFile(stream)
        except (BadZipFile, OSError, NotImplementedError, MemoryError, *_MISUNDERSTOOD) as wrong:
            raise no_zip(path, shown or path, wrong) from None
        with file:
            yield Archive(file, size, shown or path, limits)


def largest_archive(limits: BundleLimits) -> int:
    """The bytes of the largest zip file that can hold no more than is allowed."""
    return limits.bytes + limits.files * _ENTRY_OVERHEAD


def printable(name: str) -> str:
    """A name as it may be shown: what would move the cursor, or turn the writing round, as an escape."""
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), name)


def too_many_files(shown: object, count: int, limits: BundleLimits) -> BundleInvalid:
    """The refusal of a bundle with more entries than are allowed."""
    return BundleInvalid(
        path=shown,
        reason=f"it holds {count:,} files and folders, more than {limits.files:,}",
        advice="Leave out what the script does not need, or raise the setting bundle_files.",
    )


def too_many_bytes(shown: object, limits: BundleLimits, what: str = "its files are") -> BundleInvalid:
    """The refusal of a bundle whose files are larger than is allowed."""
    return BundleInvalid(
        path=shown,
        reason=f"{what} more than {limits.bytes:,} bytes",
        advice="Leave out what the script does not need, or raise the setting bundle_bytes.",
    )


def _decoded(info: ZipInfo) -> str:
    """The entry's name; where no encoding is declared, UTF-8 (as macOS writes it) before the zip standard's cp437."""
    name = info.orig_filename or info.filename
    if info.flag_bits & 0x800:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def _same_elsewhere(names: dict[str, ZipInfo]) -> Iterator[str]:
    """What is said of names that other systems take for one: letters of another case or spelling, dots at the end."""
    seen: dict[str, str] = {}
    for name in names:
        same = normalize("NFC", name).casefold() if not name.isascii() else name.lower()
        if ". " in same or "./" in same or " /" in same or same.endswith((".", " ")):
            same = "/".join(part.rstrip(". ") for part in same.split("/"))
        other = seen.setdefault(same, name)
        if other != name:
            both = f"{printable(other)} and {printable(name)}"
            yield f"The script bundle holds {both}; on Windows and macOS they are one file."


def _some(notes: list[str]) -> list[str]:
    """The notes, or the first of many of them."""
    left = len(notes) - _NOTES_SAID
    return notes if left <= 1 else [*notes[:_NOTES_SAID], f"So it is with {left:,} more names of the script bundle."]


def _with_mode(mode: int) -> Callable[[str, int], int]:
    return lambda path, flags: os.open(path, flags, mode)
