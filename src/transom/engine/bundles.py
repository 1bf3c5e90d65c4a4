"""What a script bundle is: a zip file or a folder, which of its files belong to it, and where its modules are found."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from transom.engine.archives import (
    BundleLimits,
    Entry,
    largest_archive,
    opened,
    plain_file,
    printable,
    too_many_bytes,
    too_many_files,
)
from transom.errors import BundleInvalid, NotThere

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping
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

IGNORE_FILE = ".transomignore"
LEFT_OUT = frozenset({".git", ".venv", "__pycache__", ".ipynb_checkpoints", ".DS_Store", "__MACOSX", IGNORE_FILE})
#: A folder that holds this file is a virtual environment, whatever it is called.
ENVIRONMENT_MARK = "pyvenv.cfg"
#: Modules that come from the bundle although a standard or installed module has their name.
NEVER_HIDDEN = frozenset({"app", "test"})

_ANY_TIME = (1980, 1, 1, 0, 0, 0)
_MODULE_ENDINGS = (".py", ".so")
#: What is looked at of a Python file, of all of them, and of the file that says what is left out.
_PYTHON_BYTES = 1 << 20
_ALL_PYTHON_BYTES = 64 << 20
_IGNORE_BYTES = 1 << 20
#: What pathspec makes of a star, and what in its patterns are signs and no groups.
_STAR = "[^/]*"
_LITERAL = re.compile(r"\\.|\[(?:[^\]\\]|\\.)*\]")
_MOST_DOUBLE_STARS = 4


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
        return tuple(member.entry.name for member in _members(place, limits) if not member.entry.is_folder)
    with opened(place, limits) as archive:
        return tuple(entry.name for entry in archive.entries if not entry.is_folder)


def python_files(place: Path, limits: BundleLimits) -> dict[str, bytes]:
    """The content of the `.py` files of a bundle, zip file or folder, by its name, smaller ones first served.

    One of more than a MiB is no text that somebody wrote, and of all together no more than 64 MiB are wanted: the
    others are left out. Raises BundleInvalid.
    """
    if place.is_dir():
        members = {member.entry.name: member for member in _members(place, limits)}
        with _Below(place) as below:
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


@dataclass(frozen=True, slots=True)
class _Member:
    """A file or an empty folder of a bundle that is a folder."""

    entry: Entry
    path: Path


def _packed(archive: Archive) -> Packed:
    empty = all(entry.is_folder for entry in archive.entries)
    return Packed(archive.entries, (*archive.warnings, *(["The script bundle is empty."] if empty else [])))


def _copy_file(path: Path, target: Path, limits: BundleLimits) -> None:
    try:
        source = plain_file(path)
    except OSError as wrong:
        if wrong.errno == errno.EINVAL:
            raise BundleInvalid(path=path, reason="it is neither a file nor a folder") from None
        raise _unreadable(path, wrong) from None
    with source, target.open("xb") as copy:
        if os.fstat(source.fileno()).st_size > largest_archive(limits):
            raise too_many_bytes(path, limits, "it is a zip file for")
        shutil.copyfileobj(source, copy, 1 << 20)


def _zip_folder(folder: Path, target: Path, limits: BundleLimits) -> None:
    from zipfile import ZipFile

    members = _members(folder, limits)
    with _Below(folder) as below, ZipFile(target, "x") as archive:
        for member in members:
            _add(archive, member, below)


def _add(archive: ZipFile, member: _Member, below: _Below) -> None:
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


class _Below:
    """The files of a folder, each opened by its name below it: no link is followed, whatever is changed meanwhile."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptors: dict[str, int] = {}

    def __enter__(self) -> _Below:
        self._descriptors[""] = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in self._descriptors.values():
            os.close(descriptor)

    def pieces(self, member: _Member) -> Iterator[bytes]:
        """The content of a member, a mebibyte at a time. Raises BundleInvalid where it is not what was found before."""
        name, left = member.entry.name, member.entry.bytes
        folder, _, last = name.rpartition("/")
        try:
            with plain_file(Path(last), os.O_NOFOLLOW, self._of(folder)) as source:
                while piece := source.read(min(1 << 20, left + 1)):
                    left -= len(piece)
                    if left < 0:
                        break
                    yield piece
        except OSError as wrong:
            raise _unreadable(self._folder, wrong, name) from None
        if left:
            raise BundleInvalid(
                path=self._folder,
                reason=f"{printable(name)} was changed while it was read",
                advice="Run it again when nothing writes there.",
            )

    def _of(self, folder: str) -> int:
        """The descriptor of a folder; those on the way to the one asked for last stay open."""
        if folder not in self._descriptors:
            for other in [each for each in self._descriptors if each and not f"{folder}/".startswith(f"{each}/")]:
                os.close(self._descriptors.pop(other))
            above, _, last = folder.rpartition("/")
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            self._descriptors[folder] = os.open(last, flags, dir_fd=self._of(above))
        return self._descriptors[folder]


def _members(folder: Path, limits: BundleLimits) -> list[_Member]:
    """What belongs to a bundle that is a folder, by name; a folder only where nothing in it belongs to the bundle."""
    ignored = _ignored(folder)
    found: list[_Member] = []
    size = 0
    for member in _walk(folder, ignored):
        found.append(member)
        size += member.entry.bytes
        if len(found) > limits.files:
            raise too_many_files(folder, len(found), limits)
        if size > limits.bytes:
            raise too_many_bytes(folder, limits)
    return sorted(found, key=lambda member: member.entry.name)


def _walk(top: Path, ignored: Callable[[str], bool]) -> Iterator[_Member]:
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        entries = _scanned(folder, top)
        if folder != top and any(entry.name == ENVIRONMENT_MARK for entry in entries):
            continue
        chosen = [entry for entry in entries if not _is_left_out(entry, top, ignored)]
        waiting += [Path(entry.path) for entry in chosen if entry.is_dir(follow_symlinks=False)]
        yield from (_member(entry, top) for entry in chosen if not entry.is_dir(follow_symlinks=False))
        if not chosen and folder != top:
            yield _Member(Entry(_name_in(folder, top) + "/", 0), folder)


def _is_left_out(entry: os.DirEntry[str], top: Path, ignored: Callable[[str], bool]) -> bool:
    if entry.name in LEFT_OUT:
        return True
    return ignored(_name_in(Path(entry.path), top) + ("/" if entry.is_dir(follow_symlinks=False) else ""))


def _scanned(folder: Path, top: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as wrong:
        raise _unreadable(top, wrong, "it" if folder == top else _name_in(folder, top)) from None


def _name_in(path: Path, top: Path) -> str:
    name = path.relative_to(top).as_posix()
    if "\\" in name or not _is_text(name):
        reason = f"the name {name!r} has a backslash or is not UTF-8"
        raise BundleInvalid(path=top, reason=reason, advice="Rename it.")
    return name


def _member(entry: os.DirEntry[str], top: Path) -> _Member:
    name = _name_in(Path(entry.path), top)
    status = entry.stat(follow_symlinks=False)
    if stat.S_ISLNK(status.st_mode):
        advice = f"Put the file itself there, or name it in {IGNORE_FILE}."
        raise BundleInvalid(path=top, reason=f"{printable(name)} is a link", advice=advice)
    if not stat.S_ISREG(status.st_mode):
        advice = f"Name it in {IGNORE_FILE}."
        raise BundleInvalid(path=top, reason=f"{printable(name)} is neither a file nor a folder", advice=advice)
    return _Member(Entry(name, status.st_size, bool(status.st_mode & 0o100)), Path(entry.path))


def _ignored(folder: Path) -> Callable[[str], bool]:
    """Whether `.transomignore` names a file or folder (a folder ends in a slash), as .gitignore does."""
    try:
        with plain_file(folder / IGNORE_FILE, os.O_NOFOLLOW) as stream:
            content = stream.read(_IGNORE_BYTES + 1)
        text = content.decode("utf-8-sig")
    except FileNotFoundError:
        return lambda _: False
    except (OSError, UnicodeDecodeError) as wrong:
        raise _unreadable(folder, wrong, IGNORE_FILE) from None
    if len(content) > _IGNORE_BYTES:
        raise _unreadable(folder, ValueError(f"more than {_IGNORE_BYTES:,} bytes"), IGNORE_FILE)
    from pathspec import GitIgnoreSpec  # 0.1 s to import, and seldom needed

    try:
        spec = GitIgnoreSpec.from_lines(text.splitlines())
        for pattern in spec.patterns:
            if pattern.regex is not None:
                pattern.regex = _without_way_back(pattern.regex)
    except ValueError as wrong:
        raise _unreadable(folder, wrong, IGNORE_FILE) from None
    return spec.match_file


def _without_way_back(regex: re.Pattern[str]) -> re.Pattern[str]:
    """The pattern of a line, such that `*a*a*a*b` takes no longer the more stars it has.

    What stands between two stars is taken where it is first found: any later place would do no better.
    """
    if regex.pattern.count(".+") + regex.pattern.count(".*") > _MOST_DOUBLE_STARS:
        raise ValueError(f"a line has more than {_MOST_DOUBLE_STARS} times `**`")
    first, *parts = regex.pattern.split(_STAR)
    made = [first]
    for number, part in enumerate(parts, start=1):
        is_plain = not {"(", ")"} & set(_LITERAL.sub("", part))
        made.append(f"(?>{_STAR}?{part})" if is_plain and number < len(parts) else _STAR + part)
    return re.compile("".join(made))


def _unreadable(path: Path, wrong: Exception, name: str = "it") -> BundleInvalid:
    why = wrong.strerror if isinstance(wrong, OSError) and wrong.strerror else str(wrong)
    if isinstance(wrong, OSError) and wrong.errno == errno.ELOOP:
        why = "it is a link"
    return BundleInvalid(
        path=path, reason=f"{printable(name)} cannot be read ({why})", advice="Make it readable, or leave it out."
    )


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


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
