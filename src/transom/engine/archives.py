"""What may stand in a zip file that a person gives, under which name each entry is unpacked, and what is refused."""

from __future__ import annotations

import os
import re
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from transom.errors import BundleInvalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from zipfile import ZipFile, ZipInfo

PIECE_BYTES = 1 << 20
LONGEST_NAME_BYTES = 255
LONGEST_PATH_BYTES = 2048
SPARED_BYTES = 100 * 1024**2
HIGHEST_RATIO = 1000

_DRIVE = re.compile(r"[A-Za-z]:")
_ZIP_AGAIN = "Make the zip file again, from the folder that holds the files."
_UNPACK = "Unpack it, and give the folder or a zip file of it."
_ARCHIVES = (
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"\x1f\x8b", "gzip (.tar.gz, .gz)"),
    (b"BZh", "bzip2 (.tar.bz2)"),
    (b"\xfd7zXZ\x00", "xz (.tar.xz)"),
    (b"\x28\xb5\x2f\xfd", "Zstandard (.zst)"),
)
_WEB_PAGE = re.compile(rb"\s*<(?:!doctype\s+)?html", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class BundleLimits:
    """What a bundle may unpack to: bytes in all, and a number of files and folders."""

    bytes: int = 2 * 1024**3
    files: int = 100_000


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

    def __init__(self, file: ZipFile, shown: object, limits: BundleLimits) -> None:
        self._file = file
        self._shown = shown
        self._limits = limits
        self._infos: dict[str, ZipInfo] = {}
        self.warnings: tuple[str, ...] = ()
        self._take_in()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What the archive holds, in its order; a name that stands in it twice is there once, as its last."""
        return tuple(
            Entry(name, info.file_size, not name.endswith("/") and bool((info.external_attr >> 16) & 0o111))
            for name, info in self._infos.items()
        )

    def unpack_to(self, folder: Path) -> None:
        """Write every entry below a folder that is there and empty. Raises BundleInvalid for damaged content."""
        unpacked = 0
        for entry in self.entries:
            path = folder / entry.name
            if entry.is_folder:
                path.mkdir(parents=True, exist_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "xb", opener=_with_mode(0o755 if entry.executable else 0o644)) as file:
                for piece in self.pieces(entry.name):
                    # The sizes that an archive declares may lie, so what is really there is counted.
                    unpacked += len(piece)
                    self._refuse_too_much(unpacked)
                    file.write(piece)

    def content(self, name: str) -> bytes:
        """One file's content. Raises BundleInvalid where it is damaged."""
        return b"".join(self.pieces(name))

    def pieces(self, name: str) -> Iterator[bytes]:
        """One file's content, a mebibyte at a time. Raises BundleInvalid where it is damaged."""
        with self._damage_told(name), self._file.open(self._infos[name]) as stream:
            while piece := stream.read(PIECE_BYTES):
                yield piece

    def _take_in(self) -> None:
        infos = self._file.infolist()
        if len(infos) > self._limits.files:
            raise too_many_files(self._shown, len(infos), self._limits)
        notes = []
        for info in infos:
            self._refuse_kind(info)
            name = self._clean_name(info)
            if name in self._infos and not name.endswith("/"):
                notes.append(f"The script bundle holds {name} twice; the last one counts.")
            if name:
                self._infos[name] = info
        self._refuse_clashes()
        self._refuse_bomb(sum(info.file_size for info in self._infos.values()))
        self.warnings = (*notes, *_case_notes(self._infos))

    def _refuse_kind(self, info: ZipInfo) -> None:
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind == stat.S_IFLNK:
            raise self._wrong(f"{info.filename} is a link", "Put the file itself into the zip file (zip without -y).")
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise self._wrong(f"{info.filename} is neither a file nor a folder", "Leave it out of the zip file.")
        if info.flag_bits & 1:
            raise self._wrong(f"{info.filename} is encrypted", "Make the zip file again without a password.")

    def _clean_name(self, info: ZipInfo) -> str:
        """The name to unpack under; empty for the folder itself. Raises BundleInvalid for one that leads outside."""
        raw = _decoded(info)
        name = raw.replace("\\", "/")  # what Windows PowerShell 5 writes between folders
        if name.startswith("/") or _DRIVE.match(name):
            raise self._wrong(f"{raw} in it is an absolute path", _ZIP_AGAIN)
        parts = [part for part in name.split("/") if part not in ("", ".")]
        if ".." in parts:
            raise self._wrong(f"{raw} in it leads out of the bundle", _ZIP_AGAIN)
        self._refuse_long(parts)
        return "/".join(parts) + ("/" if parts and (name.endswith("/") or info.is_dir()) else "")

    def _refuse_long(self, parts: list[str]) -> None:
        for part in parts:
            if len(os.fsencode(part)) > LONGEST_NAME_BYTES:
                raise self._wrong(f"the name {part[:40]}... is longer than {LONGEST_NAME_BYTES} bytes", "Shorten it.")
        if sum(len(os.fsencode(part)) + 1 for part in parts) > LONGEST_PATH_BYTES:
            raise self._wrong(
                f"the path {'/'.join(parts)[:40]}... is longer than {LONGEST_PATH_BYTES} bytes", "Shorten it."
            )

    def _refuse_clashes(self) -> None:
        """A name cannot be a file and a folder at once."""
        for name in self._infos:
            parents = name.rstrip("/").split("/")[:-1]
            for depth in range(1, len(parents) + 1):
                self._refuse_file("/".join(parents[:depth]))
            if name.endswith("/"):
                self._refuse_file(name.rstrip("/"))

    def _refuse_file(self, folder: str) -> None:
        if folder in self._infos:
            raise self._wrong(f"{folder} is in it both as a file and as a folder", "Rename one of them.")

    def _refuse_bomb(self, declared: int) -> None:
        self._refuse_too_much(declared)
        packed = sum(info.compress_size for info in self._infos.values())
        if declared > SPARED_BYTES and declared > HIGHEST_RATIO * max(1, packed):
            raise self._wrong(f"it unpacks to more than {HIGHEST_RATIO} times its size, as a zip bomb does", _ZIP_AGAIN)

    def _refuse_too_much(self, size: int) -> None:
        if size > self._limits.bytes:
            raise unpacks_to_too_much(self._shown, self._limits)

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
                f"{name} is compressed in a way that Python cannot unpack",
                "Make the zip file again with the usual compression (deflate).",
            ) from None
        except (BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError) as wrong:
            if isinstance(wrong, OSError) and wrong.errno is not None:  # the disk, not the archive
                raise
            raise self._wrong(f"the content of {name} is damaged", _ZIP_AGAIN) from None


@contextmanager
def opened(path: Path, limits: BundleLimits, *, shown: object = None) -> Iterator[Archive]:
    """The zip file at `path`, checked; messages call it `shown`. Raises BundleInvalid."""
    from zipfile import BadZipFile, ZipFile

    try:
        file = ZipFile(path)
    except (BadZipFile, OSError, ValueError, NotImplementedError) as wrong:
        raise _no_zip(path, shown or path, wrong) from None
    with file:
        yield Archive(file, shown or path, limits)


def too_many_files(shown: object, count: int, limits: BundleLimits) -> BundleInvalid:
    """The refusal of a bundle with more entries than are allowed."""
    return BundleInvalid(
        path=shown,
        reason=f"it holds {count:,} files and folders, more than {limits.files:,}",
        advice="Leave out what the script does not need, or raise the setting bundle_files.",
    )


def unpacks_to_too_much(shown: object, limits: BundleLimits) -> BundleInvalid:
    """The refusal of a bundle whose files are larger than is allowed."""
    return BundleInvalid(
        path=shown,
        reason=f"its files are more than {limits.bytes:,} bytes",
        advice="Leave out what the script does not need, or raise the setting bundle_bytes.",
    )


def _no_zip(path: Path, shown: object, wrong: Exception) -> BundleInvalid:
    if isinstance(wrong, OSError):
        return BundleInvalid(path=shown, reason=f"it cannot be read ({wrong.strerror or wrong})")
    with path.open("rb") as stream:
        start = stream.read(512)
    if not start:
        return BundleInvalid(path=shown, reason="it is empty")
    if start.startswith(b"PK\x03\x04"):
        return BundleInvalid(
            path=shown,
            reason="it begins as a zip file does, but is damaged or ends too early",
            advice="Copy or download it again, or make it again.",
        )
    kind = _kind_of(start, shown)
    if kind is None:
        return BundleInvalid(path=shown, reason="it is no zip file")
    return BundleInvalid(path=shown, reason=f"it is no zip file but {kind[0]}", advice=kind[1])


def _kind_of(start: bytes, shown: object) -> tuple[str, str] | None:
    """What a file that is no zip file is, and what to do about it."""
    if str(shown).endswith(".py"):
        return "a Python file", "Give the folder that holds it."
    if start[257:262] == b"ustar":
        return "a tar archive", _UNPACK
    if _WEB_PAGE.match(start):
        return "a web page", "Download the zip file itself; the page may ask you to sign in."
    if start.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer that stands in for the file", "Run `git lfs pull`, then give it again."
    return next(((f"a {name} archive", _UNPACK) for magic, name in _ARCHIVES if start.startswith(magic)), None)


def _decoded(info: ZipInfo) -> str:
    """The entry's name; where no encoding is declared, UTF-8 (as macOS writes it) before the zip standard's cp437."""
    name = info.orig_filename.partition("\0")[0] if info.orig_filename else info.filename
    if info.flag_bits & 0x800:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def _case_notes(names: dict[str, ZipInfo]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            yield f"The script bundle holds {other} and {name}; on Windows and macOS they are one file."


def _with_mode(mode: int) -> Callable[[str, int], int]:
    return lambda path, flags: os.open(path, flags, mode)
