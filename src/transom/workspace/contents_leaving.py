"""How a set of files leaves the workspace: as copies in a folder or a zip file, put in place whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from pathlib import Path

from transom.errors import BlobCorrupt, ResultUnwritable, WrongUse
from transom.model.file_sets import FileSet, NamedFile
from transom.store.blobs import Blobs
from transom.tables.aside import check_place, written_aside
from transom.tables.paths import shown

ZIP = ".zip"
#: What a file in a zip file has as its time, so that the same files give the same bytes.
_ANY_TIME = (1980, 1, 1, 0, 0, 0)


def is_zip(files: FileSet) -> bool:
    """Whether the set is one zip file."""
    return len(files.files) == 1 and files.files[0].name.lower().endswith(ZIP)


def place_below(folder: Path, file: NamedFile, blobs: Blobs) -> Path:
    """Where a file of a set lies below a folder. Raises BlobCorrupt for a name that leads elsewhere."""
    parts = file.name.split("/")
    if any(part in ("", ".", "..") or "\0" in part for part in parts):
        raise BlobCorrupt(digest=file.digest, store=blobs.place, path=blobs.where(file.digest))
    return folder.joinpath(*parts)


def write_files(files: FileSet, blobs: Blobs, target: Path) -> tuple[Path, ...]:
    """Write the files below a folder that is new, empty, or has none of their names; where each lies now.

    Raises ResultUnwritable and BlobMissing; then nothing is there that was not before.
    """
    _check_folder(target)
    names = {each.name.split("/")[0] for each in files.files}
    there = sorted(name for name in names if os.path.lexists(target / name))
    if there:
        raise ResultUnwritable(
            path=shown(target / there[0]), reason="it is there already", advice="Choose another folder, or move it."
        )
    aside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part") if not target.exists() else None
    aside = aside or target / f".{secrets.token_hex(4)}.part"
    try:
        for each in files.files:
            place = place_below(aside, each, blobs)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(blobs.path(each.digest), place)
        _put_in_place(aside, target, sorted(names))
    except OSError as wrong:
        raise ResultUnwritable(path=shown(target), reason=(wrong.strerror or str(wrong)).lower()) from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return tuple(target / each.name for each in files.files)


def write_file(file: NamedFile, blobs: Blobs, target: Path) -> None:
    """Write one file under another name. Raises ResultUnwritable; then what stood there still stands there."""
    check_place(target)
    if target.is_dir():
        raise ResultUnwritable(path=shown(target), reason="it is a folder")
    with written_aside(target) as aside:
        shutil.copyfile(blobs.path(file.digest), aside)


def write_zip(files: FileSet, blobs: Blobs, target: Path) -> None:
    """Write all of them as one zip file; one that is a zip file already as it is. Raises as `write_file` does."""
    if is_zip(files):
        write_file(files.files[0], blobs, target)
        return
    from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

    check_place(target)
    for each in files.files:
        if not _can_be_zipped(each.name):
            raise WrongUse(
                problem=f"{shown(each.name)} has a name that no zip file can hold.", advice="Export it to a folder."
            )
    with written_aside(target) as aside, ZipFile(aside, "x", ZIP_DEFLATED) as archive:
        for each in files.files:
            place_below(target, each, blobs)
            info = ZipInfo(each.name, _ANY_TIME)
            info.compress_type = ZIP_DEFLATED
            info.create_system = 3  # Unix, so that the mode below counts
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            info.file_size = each.size
            with blobs.open(each.digest) as source, archive.open(info, "w") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)


def _can_be_zipped(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return "\\" not in name


def _check_folder(target: Path) -> None:
    if target.is_dir():
        if not os.access(target, os.W_OK):
            raise ResultUnwritable(path=shown(target), reason="the folder is closed to writing")
        return
    if os.path.lexists(target):
        raise ResultUnwritable(path=shown(target), reason="it is a file", advice="Name a folder.")
    check_place(target)


def _put_in_place(aside: Path, target: Path, names: list[str]) -> None:
    """Rename the whole folder where the target is new, else what lies at its top, one after the other."""
    if not target.exists():
        aside.rename(target)
        return
    done: list[str] = []
    try:
        for name in names:
            (aside / name).rename(target / name)
            done.append(name)
    except OSError:
        for name in done:
            (target / name).rename(aside / name)
        raise
