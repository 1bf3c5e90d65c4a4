"""What belongs to a script bundle that is a folder, and how it is read: no link is followed, whatever is changed."""

from __future__ import annotations

import errno
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from transom.engine.archive_files import plain_file
from transom.engine.archives import BundleLimits, Entry, printable, too_many_bytes, too_many_files
from transom.errors import BundleInvalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

IGNORE_FILE = ".transomignore"
LEFT_OUT = frozenset({".git", ".venv", "__pycache__", ".ipynb_checkpoints", ".DS_Store", "__MACOSX", IGNORE_FILE})
#: A folder that holds this file is a virtual environment, whatever it is called.
ENVIRONMENT_MARK = "pyvenv.cfg"

#: What is looked at of the file that says what is left out.
_IGNORE_BYTES = 1 << 20
#: What pathspec makes of a star, and what in its patterns are signs and no groups.
_STAR = "[^/]*"
_LITERAL = re.compile(r"\\.|\[(?:[^\]\\]|\\.)*\]")
_MOST_DOUBLE_STARS = 4


@dataclass(frozen=True, slots=True)
class Member:
    """A file or an empty folder of a bundle that is a folder."""

    entry: Entry
    path: Path


class Below:
    """The files of a folder, each opened by its name below it: no link is followed, whatever is changed meanwhile."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptors: dict[str, int] = {}

    def __enter__(self) -> Below:
        self._descriptors[""] = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in self._descriptors.values():
            os.close(descriptor)

    def pieces(self, member: Member) -> Iterator[bytes]:
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
            raise unreadable(self._folder, wrong, name) from None
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


def members_of(folder: Path, limits: BundleLimits) -> list[Member]:
    """What belongs to a bundle that is a folder, by name; a folder only where nothing in it belongs to the bundle."""
    ignored = _ignored(folder)
    found: list[Member] = []
    size = 0
    for member in _walk(folder, ignored):
        found.append(member)
        size += member.entry.bytes
        if len(found) > limits.files:
            raise too_many_files(folder, len(found), limits)
        if size > limits.bytes:
            raise too_many_bytes(folder, limits)
    return sorted(found, key=lambda member: member.entry.name)


def _walk(top: Path, ignored: Callable[[str], bool]) -> Iterator[Member]:
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
            yield Member(Entry(_name_in(folder, top) + "/", 0), folder)


def _is_left_out(entry: os.DirEntry[str], top: Path, ignored: Callable[[str], bool]) -> bool:
    if entry.name in LEFT_OUT:
        return True
    return ignored(_name_in(Path(entry.path), top) + ("/" if entry.is_dir(follow_symlinks=False) else ""))


def _scanned(folder: Path, top: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as wrong:
        raise unreadable(top, wrong, "it" if folder == top else _name_in(folder, top)) from None


def _name_in(path: Path, top: Path) -> str:
    name = path.relative_to(top).as_posix()
    if "\\" in name or not _is_text(name):
        reason = f"the name {name!r} has a backslash or is not UTF-8"
        raise BundleInvalid(path=top, reason=reason, advice="Rename it.")
    return name


def _member(entry: os.DirEntry[str], top: Path) -> Member:
    name = _name_in(Path(entry.path), top)
    status = entry.stat(follow_symlinks=False)
    if stat.S_ISLNK(status.st_mode):
        advice = f"Put the file itself there, or name it in {IGNORE_FILE}."
        raise BundleInvalid(path=top, reason=f"{printable(name)} is a link", advice=advice)
    if not stat.S_ISREG(status.st_mode):
        advice = f"Name it in {IGNORE_FILE}."
        raise BundleInvalid(path=top, reason=f"{printable(name)} is neither a file nor a folder", advice=advice)
    return Member(Entry(name, status.st_size, bool(status.st_mode & 0o100)), Path(entry.path))


def _ignored(folder: Path) -> Callable[[str], bool]:
    """Whether `.transomignore` names a file or folder (a folder ends in a slash), as .gitignore does."""
    try:
        with plain_file(folder / IGNORE_FILE, os.O_NOFOLLOW) as stream:
            content = stream.read(_IGNORE_BYTES + 1)
        text = content.decode("utf-8-sig")
    except FileNotFoundError:
        return lambda _: False
    except (OSError, UnicodeDecodeError) as wrong:
        raise unreadable(folder, wrong, IGNORE_FILE) from None
    if len(content) > _IGNORE_BYTES:
        raise unreadable(folder, ValueError(f"more than {_IGNORE_BYTES:,} bytes"), IGNORE_FILE)
    from pathspec import GitIgnoreSpec  # 0.1 s to import, and seldom needed

    try:
        spec = GitIgnoreSpec.from_lines(text.splitlines())
        for pattern in spec.patterns:
            if pattern.regex is not None:
                pattern.regex = _without_way_back(pattern.regex)
    except ValueError as wrong:
        raise unreadable(folder, wrong, IGNORE_FILE) from None
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


def unreadable(path: Path, wrong: Exception, name: str = "it") -> BundleInvalid:
    """The refusal of a bundle in which something cannot be read."""
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
