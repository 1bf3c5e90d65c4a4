"""What a script bundle is: a zip file or a folder, which of its files belong to it, and where its modules are found."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from transom.engine.archive_files import plain_file
from transom.engine.archives import (
    BundleLimits,
    Entry,
    largest_archive,
    opened,
    too_many_bytes,
)
from transom.engine.bundle_folders import LEFT_OUT, Below, Member, members_of, unreadable
from transom.errors import BundleInvalid, NotThere

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping
    from zipfile import ZipFile

    from transom.engine.archives import Archive

__all__ = [
    "BundleLimits",
    "Entry",
    "Packed",
    "hidden_names",
    "module_names",
    "names",
    "pack",
    "python_files",
    "roots",
    "unpack",
]

#: Modules that come from the bundle although a standard or installed module has their name.
NEVER_HIDDEN = frozenset({"app", "test"})

_ANY_TIME = (1980, 1, 1, 0, 0, 0)
_MODULE_ENDINGS = (".py", ".so")
#: What is looked at of a Python file, and of all of them.
_PYTHON_BYTES = 1 << 20
_ALL_PYTHON_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Packed:
    """What a bundle holds, in the order of its zip file, and what a person should know of it, a sentence each."""

    entries: tuple[Entry, ...]
    warnings: tuple[str, ...] = ()


def pack(path: Path, target: Path, limits: BundleLimits) -> Packed:
    """Write the bundle at `path`, a zip file or a folder, as one zip file to `target`, which is not there yet.

    A zip file is copied byte for byte. A folder gives the same bytes whenever its names, contents and executable bits
    are the same: without times, without compression. Raises NotThere and BundleInvalid; then `target` is not there.
    """
    if not path.exists():
        raise NotThere(path=path)
    try:
        if path.is_dir():
            _zip_folder(path, target, limits)
        else:
            _copy_file(path, target, limits)
        with opened(target, limits, shown=path) as archive:  # what is checked is what is kept
            return _packed(archive)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def unpack(archive: Path, folder: Path, limits: BundleLimits, *, shown: object = None) -> Packed:
    """Unpack a zip file to `folder`, which is not there or empty; messages call the zip file `shown`.

    It is unpacked beside `folder` and renamed. Raises BundleInvalid; then `folder` is as it was.
    """
    aside = folder.with_name(f".{folder.name}-{os.urandom(8).hex()}")
    with opened(archive, limits, shown=shown) as checked:
        aside.mkdir(parents=True)
        try:
            checked.unpack_to(aside)
            aside.replace(folder)
        except BaseException:
            shutil.rmtree(aside)
            raise
        return _packed(checked)


def names(place: Path, limits: BundleLimits) -> tuple[str, ...]:
    """The names of the files in a bundle, zip file or folder, with slashes. Raises BundleInvalid."""
    if place.is_dir():
        return tuple(member.entry.name for member in members_of(place, limits) if not member.entry.is_folder)
    with opened(place, limits) as archive:
        return tuple(entry.name for entry in archive.entries if not entry.is_folder)


def python_files(place: Path, limits: BundleLimits) -> dict[str, bytes]:
    """The content of the `.py` files of a bundle, zip file or folder, by its name, smaller ones first served.

    One of more than a MiB is no text that somebody wrote, and of all together no more than 64 MiB are wanted: the
    others are left out. Raises BundleInvalid.
    """
    if place.is_dir():
        members = {member.entry.name: member for member in members_of(place, limits)}
        with Below(place) as below:
            chosen = _written_by_people(member.entry for member in members.values())
            return {name: b"".join(below.pieces(members[name])) for name in chosen}
    with opened(place, limits) as archive:
        return {name: archive.content(name) for name in _written_by_people(archive.entries)}


def _written_by_people(entries: Iterable[Entry]) -> list[str]:
    """The names of the Python files that are small enough to be looked into, in their order."""
    python = [entry for entry in entries if _is_python(entry.name) and entry.bytes <= _PYTHON_BYTES]
    total, chosen = 0, set()
    for entry in sorted(python, key=lambda each: each.bytes):
        total += entry.bytes
        if total > _ALL_PYTHON_BYTES:
            break
        chosen.add(entry.name)
    return [entry.name for entry in python if entry.name in chosen]


def roots(folder: Path) -> tuple[str, ...]:
    """The folders of an unpacked bundle that belong on `sys.path`, relative to it; the bundle itself is "".

    They are the bundle, its one folder if it holds nothing else, and `src` in either.
    """

    def listing(place: str) -> dict[str, bool]:
        with os.scandir(folder / place) as entries:
            return {entry.name: entry.is_dir(follow_symlinks=False) for entry in entries}

    return _roots(listing)


def module_names(files: Iterable[str]) -> dict[str, str]:
    """The modules that a bundle of these files offers to `import`, each with the file that makes it one."""
    known = sorted(files)
    found: dict[str, str] = {}
    for root in _roots(lambda place: _listing_among(known, place)):
        for name in known:
            module = _module_of(name, root)
            if module:
                found.setdefault(module, name)
    return found


def hidden_names(files: Iterable[str], others: Container[str]) -> tuple[str, ...]:
    """Those of a bundle's files that no import reaches, because a module among `others` has their name."""
    offered = module_names(files)
    return tuple(file for module, file in offered.items() if module in others and module not in NEVER_HIDDEN)


def _packed(archive: Archive) -> Packed:
    empty = all(entry.is_folder for entry in archive.entries)
    return Packed(archive.entries, (*archive.warnings, *(["The script bundle is empty."] if empty else [])))


def _copy_file(path: Path, target: Path, limits: BundleLimits) -> None:
    try:
        source = plain_file(path)
    except OSError as wrong:
        if wrong.errno == errno.EINVAL:
            raise BundleInvalid(path=path, reason="it is neither a file nor a folder") from None
        raise unreadable(path, wrong) from None
    with source, target.open("xb") as copy:
        if os.fstat(source.fileno()).st_size > largest_archive(limits):
            raise too_many_bytes(path, limits, "it is a zip file for")
        shutil.copyfileobj(source, copy, 1 << 20)


def _zip_folder(folder: Path, target: Path, limits: BundleLimits) -> None:
    from zipfile import ZipFile

    members = members_of(folder, limits)
    with Below(folder) as below, ZipFile(target, "x") as archive:
        for member in members:
            _add(archive, member, below)


def _add(archive: ZipFile, member: Member, below: Below) -> None:
    from zipfile import ZipInfo

    info = ZipInfo(member.entry.name, _ANY_TIME)
    info.create_system = 3  # Unix, so that the mode below counts
    if member.entry.is_folder:
        info.external_attr = (stat.S_IFDIR | 0o755) << 16
        archive.writestr(info, b"")
        return
    info.external_attr = (stat.S_IFREG | (0o755 if member.entry.executable else 0o644)) << 16
    info.file_size = member.entry.bytes
    with archive.open(info, "w") as sink:
        for piece in below.pieces(member):
            sink.write(piece)


def _is_python(name: str) -> bool:
    return name.endswith(".py")


def _roots(listing: Callable[[str], Mapping[str, bool]]) -> tuple[str, ...]:
    """The roots of a bundle, given what stands in a folder of it: names, and whether each is a folder."""
    top = listing("")
    counted = [name for name in top if name not in LEFT_OUT]
    places = ["", *(name for name in counted if len(counted) == 1 and top[name])]
    found = []
    for place in places:
        found.append(place)
        if listing(place).get("src"):
            found.append(f"{_below(place)}src")
    return tuple(dict.fromkeys(found))


def _listing_among(files: list[str], place: str) -> dict[str, bool]:
    below = _below(place)
    rests = (name[len(below) :].partition("/") for name in files if name.startswith(below))
    return {first: bool(slash) for first, slash, _ in rests}


def _below(place: str) -> str:
    return f"{place}/" if place else ""


def _module_of(name: str, root: str) -> str:
    """The module that a file makes importable from this root; empty where it makes none."""
    below = _below(root)
    if not name.startswith(below) or not name.endswith(_MODULE_ENDINGS):
        return ""
    first = name[len(below) :].split("/")[0].split(".")[0]
    return first if first.isidentifier() and not first.startswith("__") else ""
