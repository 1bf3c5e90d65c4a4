"""Where a person's data comes from: a path of this machine, or an address that is fetched to a file aside first."""

from __future__ import annotations

import dataclasses
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias
from urllib.parse import unquote

from transom.errors import DatastoreFailed, FetchFailed, InputUnreadable, WrongUse
from transom.model.file_sets import FileSet, NamedFile
from transom.store.blobs import FolderBlobs, pieces_of
from transom.tables.paths import refuse_missing, shown
from transom.tables.reading import Progress
from transom.workspace.contents import refuse_full_disk, told_of_disk
from transom.workspace.contents_folders import Taken, take_file, take_folder
from transom.workspace.datastores_masking import is_address, scheme_of, without_secrets

#: What a person may name: a path, an address, or a stream of CSV.
Source: TypeAlias = Path | str | BinaryIO

_WEB = ("http", "https")
_HERE = ("file", "local")
_ENDING = re.compile(r"(?:\.[A-Za-z0-9_]{1,16}){1,2}\Z")
_NAMELESS = "content"
_OF_A_PLACE = (
    "Check the address, the connection, and the credentials, which come from where its own library looks for them."
)
_PIECES_BETWEEN = 64


@dataclass(frozen=True, slots=True)
class Arrived:
    """What was named, on this machine: a file or folder at `path`, or what was `taken` from elsewhere already.

    From elsewhere a folder has both. `name` is what a file of it is called, `shown` what a person calls all of it.
    """

    name: str
    shown: str
    path: Path | None = None
    taken: Taken | None = None

    @property
    def is_folder(self) -> bool:
        """Whether it is more than one file."""
        return self.taken is not None or (self.path is not None and self.path.is_dir())

    def take(self, blobs: FolderBlobs, progress: Progress | None = None) -> Taken:
        """All its files as contents. Raises WrongUse and StoreUnwritable."""
        if self.taken is not None:
            return self.taken
        assert self.path is not None
        if self.path.is_dir():
            return take_folder(self.path, blobs, progress)
        return take_file(self.path, blobs, self.name)


def source_of(text: str) -> Path | str:
    """What a text names: an address as it is, anything else as a path."""
    if not is_address(text):
        return Path(text)
    if scheme_of(text) not in _HERE:
        return text
    return Path(unquote(re.split(r"[?#]", text, maxsplit=1)[0].partition("://")[2].removeprefix("localhost")))


@contextmanager
def arrived(source: Source, blobs: FolderBlobs, progress: Progress | None = None) -> Iterator[Arrived]:
    """What a path or an address leads to, or a stream holds; what was fetched is removed when the block ends.

    Raises NotThere for a path, FetchFailed for an address, WrongUse for what is no address, and StoreUnwritable.
    """
    if not isinstance(source, (str, Path)):
        yield from _from_stream(source, blobs)
        return
    if isinstance(source, str):
        source = source_of(source)
    if isinstance(source, Path):
        _must_exist(source)
        yield Arrived(source.resolve().name if source.name in ("", "..") else source.name, str(source), source)
        return
    if scheme_of(source) not in _WEB:
        yield from _from_afar(source, blobs)
        return
    name = name_of(source)
    aside = blobs.new_aside(ending_of(name))
    from transom.workspace.datastores_web import fetch

    try:
        fetch(source, aside, blobs, progress)
        yield Arrived(name, without_secrets(source), aside)
    finally:
        aside.unlink(missing_ok=True)


def _from_stream(stream: BinaryIO, blobs: FolderBlobs) -> Iterator[Arrived]:
    """What comes until the stream ends, if it ends while the disk has room."""
    aside = blobs.new_aside(".csv")
    try:
        with told_of_disk(blobs), aside.open("xb") as sink:
            for number, piece in enumerate(pieces_of(stream)):
                if number % _PIECES_BETWEEN == 0:
                    refuse_full_disk(blobs)
                sink.write(piece)
        yield Arrived("input.csv", "standard input", aside)
    finally:
        aside.unlink(missing_ok=True)


def _from_afar(address: str, blobs: FolderBlobs) -> Iterator[Arrived]:
    """What fsspec finds at an address: one file, or a folder of them."""
    from transom.workspace.datastores_distant import DistantPlace
    from transom.workspace.datastores_masking import password_of

    _, password = password_of(address)
    address_shown = without_secrets(address)
    try:
        place = DistantPlace.at(address_shown, address, {}, (password,) if password else (), _OF_A_PLACE)
        found = place.find(())
        if not found:
            raise FetchFailed(address=address_shown, reason="there is nothing", advice="Check the address.")
        kept = [place.keep(each, blobs) for each in found]
    except DatastoreFailed as wrong:
        raise FetchFailed(address=address_shown, reason=wrong.facts["reason"], advice=wrong.remedy) from None
    name = place.file_name
    if len(found) > 1 or found[0].parts:
        yield from _folder_of(kept, blobs, Arrived(name, address_shown, taken=Taken(FileSet.of(kept))))
        return
    aside = blobs.new_aside(ending_of(name))
    try:
        aside.symlink_to(blobs.path(kept[0].digest))
        yield Arrived(name, address_shown, aside)
    finally:
        aside.unlink(missing_ok=True)


def _folder_of(files: list[NamedFile], blobs: FolderBlobs, arrived: Arrived) -> Iterator[Arrived]:
    """What arrived, with a folder of its files: second names of their contents, which must not be changed."""
    aside = blobs.new_aside()
    try:
        with told_of_disk(blobs):
            aside.mkdir()
            for each in files:
                target = aside.joinpath(*each.name.split("/"))
                target.parent.mkdir(parents=True, exist_ok=True)
                try:
                    target.hardlink_to(blobs.path(each.digest))
                except OSError:  # a file system without second names, or too many of one content
                    shutil.copyfile(blobs.path(each.digest), target)
        yield dataclasses.replace(arrived, path=aside)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def ending_of(name: str) -> str:
    """The ending of a file's name that says what it holds: `.csv`, `.csv.gz`; empty where it has none that is plain."""
    found = _ENDING.search(name)
    return found[0] if found else ""


@contextmanager
def told_as(name: str) -> Iterator[None]:
    """Let an error of reading name the file as a person knows it, not where it lies for a moment."""
    try:
        yield
    except InputUnreadable as wrong:
        raise InputUnreadable(path=name, reason=wrong.facts["reason"], advice=wrong.facts["advice"]) from None


def name_of(address: str) -> str:
    """The last part of an address's path, as a file can be named; what a server says of it counts for nothing."""
    path = re.split(r"[?#]", address, maxsplit=1)[0].rpartition("::")[2].partition("://")[2].rstrip("/")
    name = re.sub(r"[\x00-\x1f\x7f\\/]", "_", unquote(path.rpartition("/")[2]))
    return name if name not in ("", ".", "..") else _NAMELESS


def _must_exist(path: Path) -> None:
    try:
        refuse_missing(path, shown(path))
    except OSError as wrong:
        raise WrongUse(
            problem=f"{shown(path)} cannot be read: {(wrong.strerror or str(wrong)).lower()}.",
            advice="Check its rights, and those of the folders above it.",
        ) from None
