"""What a zip file is (an Excel workbook is one, too), and how the one table in it is taken out, within limits."""

from __future__ import annotations

import difflib
import re
import shutil
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from transom.model.texts import cut, plain_name
from transom.tables.growth import grown, most_bytes
from transom.tables.reading import opened_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from zipfile import ZipFile, ZipInfo

    from transom.tables.reading import Reading

WORD = "a zip file"
EXCEL = "Excel"
#: Python takes in the whole directory of a zip file; a longer one is not looked at.
_LONGEST_DIRECTORY = 8 << 20
_MOST_FILES_OF_A_FOLDER = 100
_FILES_NAMED = 10
_NAMES_LOOKED_AT = 1000
_LONGEST_NAME = 200
_LONGEST_PATH = 1024
_PIECE = 1 << 20
_META = "_meta.yaml"
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument."
_PARTS = (
    (re.compile(r"xl/workbook[^/]*\.(xml|bin)"), EXCEL),
    (re.compile(r"word/document[^/]*\.xml"), "a Word document"),
    (re.compile(r"ppt/presentation\.xml"), "a PowerPoint presentation"),
)
_ZIP_AGAIN = "Make the zip file again."


def kind_of(path: Path) -> str | None:
    """What a file that begins as a zip file is: `Excel`, `a zip file`, a word for another; None where it is broken."""
    try:
        with opened_plain(path) as stream, _opened(stream) as archive:
            names = archive.namelist()
            if "mimetype" in names[:1] and archive.getinfo("mimetype").file_size < _LONGEST_NAME:
                return _kind_of_document(archive.read("mimetype"))
    except damage():
        return None
    plain = [name.lower().replace("\\", "/").lstrip("/") for name in names]
    return next((word for part, word in _PARTS if any(part.fullmatch(name) for name in plain)), WORD)


def _kind_of_document(said: bytes) -> str:
    if said.startswith(_OPEN_DOCUMENT):
        return EXCEL if said.startswith(_OPEN_DOCUMENT + b"spreadsheet") else "an OpenDocument file"
    return "an e-book" if said.startswith(b"application/epub") else WORD


@contextmanager
def unpacked(reading: Reading, target: Path, rank: Callable[[str], int]) -> Iterator[Reading]:
    """The one table in a zip file, taken out beside `target` for as long as the block lasts.

    `rank` says of a file's name whether it is a table's: the tables are those of the highest rank above 0. Raises
    InputUnreadable where there is not one table, or it cannot be taken out.
    """
    place = target.with_name(f"{target.name}.unpacked")
    place.mkdir()
    try:
        with opened_plain(reading.path) as stream, _told(reading), _opened(stream) as archive:
            names = _Names(reading, archive, rank)
            chosen = names.chosen()
            path = _Taking(reading, archive).take(names.files_of(chosen), chosen, place)
        shown = f"{reading.shown}: {_printable(chosen) or '/'}"
        yield replace(reading, path=path, shown=shown, options=replace(reading.options, file=None))
    finally:
        shutil.rmtree(place, ignore_errors=True)


class _Names:
    """The files of an archive by their names, without those that systems and programs hide."""

    def __init__(self, reading: Reading, archive: ZipFile, rank: Callable[[str], int]) -> None:
        self._reading = reading
        self._rank = rank
        files = {info.filename: info for info in archive.infolist() if not info.is_dir()}
        self._files = {name: info for name, info in files.items() if not _is_hidden(name)}
        self._folders = [name.removesuffix(_META) for name in self._files if PurePosixPath(name).name == _META]

    def chosen(self) -> str:
        """The name of the table's file, or of its folder (which ends in a slash, or is empty)."""
        wanted = self._reading.options.file
        tables = self._tables()
        if wanted is not None:
            return self._named(wanted, tables)
        if len(tables) == 1:
            return tables[0]
        if not tables:
            raise self._reading.unreadable(
                f"no file in it has the ending of a table's ({_list(list(self._files)) or 'it is empty'})",
                "Give a zip file that holds one table, or name the file: file=NAME.",
            )
        raise self._reading.unreadable(
            f"it holds {len(tables):,} tables ({_list(tables)})", f"Name one of them: file={_printable(tables[0])}."
        )

    def files_of(self, chosen: str) -> dict[str, ZipInfo]:
        """The entries that the chosen table consists of, by their names in its folder."""
        if chosen in self._files:
            return {PurePosixPath(chosen).name or "table": self._files[chosen]}
        return {
            name.removeprefix(chosen): info
            for name, info in self._files.items()
            if name.startswith(chosen) and _is_plain(name.removeprefix(chosen))
        }

    def _tables(self) -> list[str]:
        folders = set(self._folders)
        alone = [name for name in self._files if folders.isdisjoint(_folders_of(name))]
        ranks = {name: self._rank(name) for name in alone}
        highest = max(ranks.values(), default=0)
        best = [name for name, each in ranks.items() if each == highest and each > 0]
        if self._folders:  # a text beside the designer's folder is not counted either
            best = [name for name in best if ranks[name] > 1]
        if not best and not self._folders and len(alone) == 1:
            return alone
        return [*self._folders, *best]

    def _named(self, wanted: str, tables: list[str]) -> str:
        known = [*self._files, *self._folders]
        plain = wanted.rstrip("/")
        fitting = [name for name in known if name == wanted or name.rstrip("/") == plain]
        fitting = fitting or [name for name in known if PurePosixPath(name).name == PurePosixPath(plain).name]
        if len(fitting) == 1:
            return fitting[0]
        near = difflib.get_close_matches(wanted, known[:_NAMES_LOOKED_AT], n=1, cutoff=0.4)
        meant = f"Did you mean {_printable(near[0])}? " if near else ""
        several = "several files" if fitting else "no file"
        raise self._reading.unreadable(
            f"it holds {several} of the name {_printable(wanted)}", f"{meant}It holds {_list(tables or known)}."
        )


class _Taking:
    """Takes entries out of an archive, no more bytes in all than its size allows."""

    def __init__(self, reading: Reading, archive: ZipFile) -> None:
        self._reading = reading
        self._archive = archive
        self._left = most_bytes(reading.path.stat().st_size)

    def take(self, files: dict[str, ZipInfo], chosen: str, place: Path) -> Path:
        """The path of the file, or of the folder, that the entries became."""
        if len(files) > _MOST_FILES_OF_A_FOLDER:
            raise self._reading.unreadable(f"the folder {_printable(chosen)} in it has too many files", _ZIP_AGAIN)
        if chosen and not chosen.endswith("/"):
            ((_, info),) = files.items()
            path = place / f"table{''.join(PurePosixPath(chosen).suffixes[-2:])[-40:]}"
            self._take(info, path)
            return path
        for name, info in files.items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            self._take(info, path)
        return place

    def _take(self, info: ZipInfo, path: Path) -> None:
        if info.flag_bits & _ENCRYPTED:
            raise self._reading.unreadable(
                f"{_printable(info.filename)} in it is locked by a password", "Unpack it yourself, and give the file."
            )
        if info.file_size > self._left:
            raise grown(self._reading)
        with self._archive.open(info) as source, path.open("wb") as sink:
            while piece := source.read(_PIECE):
                self._left -= len(piece)
                if self._left < 0:
                    raise grown(self._reading)
                sink.write(piece)


def _opened(stream: IO[bytes]) -> ZipFile:
    """The archive of a stream. BadZipFile where it is none, or its directory is longer than any honest one."""
    import zipfile

    ends: Any = zipfile._EndRecData(stream)  # type: ignore[attr-defined]
    if not ends or ends[5] > _LONGEST_DIRECTORY:
        raise zipfile.BadZipFile("its directory is damaged, or names very many files")
    stream.seek(0)
    return zipfile.ZipFile(stream)


def damage() -> tuple[type[Exception], ...]:
    """What Python's reader raises for what is damaged, or packed in another way than it knows."""
    import lzma
    import struct
    import zipfile
    import zlib

    damaged = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError)
    return (*damaged, NotImplementedError, RuntimeError, ValueError, LookupError, OverflowError)


@contextmanager
def _told(reading: Reading) -> Iterator[None]:
    try:
        yield
    except damage() as wrong:
        if isinstance(wrong, NotImplementedError):
            raise reading.unreadable(
                "it is packed in a way that Python cannot unpack", "Make it again with the usual compression (deflate)."
            ) from None
        raise reading.broken(wrong, "zip") from None


def _folders_of(name: str) -> Iterator[str]:
    """The folders that a file lies in, as names that end in a slash; the top one is empty."""
    yield ""
    place = 0
    while place := name.find("/", place) + 1:
        yield name[:place]


def _is_hidden(name: str) -> bool:
    if len(name) > _LONGEST_PATH:
        return True
    parts = name.replace("\\", "/").split("/")
    return "__MACOSX" in parts or any(part.startswith(".") for part in parts)


def _is_plain(name: str) -> bool:
    """Whether a name within a folder leads to a place in this folder, on any system."""
    return bool(re.fullmatch(r"[\w][\w .-]{0,99}(/[\w][\w .-]{0,99}){0,3}", name))


def _printable(name: str) -> str:
    return cut(plain_name(name), _LONGEST_NAME)


def _list(names: list[str]) -> str:
    shown = ", ".join(_printable(name) or "/" for name in names[:_FILES_NAMED])
    return shown + (f" and {len(names) - _FILES_NAMED:,} more" if len(names) > _FILES_NAMED else "")
