"""How a file of a datastore is named, and which files a pattern means: relative, with slashes, never out of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fnmatch import fnmatchcase

from transom.errors import WrongUse
from transom.tables.paths import shown

_LONGEST_PART_BYTES = 255
_LONGEST_BYTES = 2048
_WILD = frozenset("*?[")
_ANY_FOLDERS = "**"

Parts = tuple[str, ...]


def parts_of(text: str) -> Parts:
    """The folders and the file that a text names, from the datastore's root on; () for the root itself.

    A slash at the beginning means the root, as in Azure. Raises WrongUse for what leads out of it or names no file.
    """
    parts = tuple(part for part in text.replace("\\", "/").split("/") if part not in ("", "."))
    if ".." in parts:
        raise _no_name(text, "leads out of the folder")
    if "\0" in text:
        raise _no_name(text, "has a null byte")
    sizes = [len(os.fsencode(part)) for part in parts]
    if any(size > _LONGEST_PART_BYTES for size in sizes) or sum(sizes) + len(sizes) > _LONGEST_BYTES:
        raise _no_name(text, "is too long")
    return parts


def _no_name(text: str, why: str) -> WrongUse:
    return WrongUse(
        problem=f"{shown(text[:100])!r} names no file here: it {why}.",
        advice="Name it from the root on, such as weather/2018.csv.",
    )


def fixed_part(parts: Parts) -> Parts:
    """The parts before the first one with a wildcard."""
    for number, part in enumerate(parts):
        if not _WILD.isdisjoint(part):
            return parts[:number]
    return parts


def is_pattern(parts: Parts) -> bool:
    """Whether a wildcard stands in it: `*`, `?`, `[`."""
    return len(fixed_part(parts)) < len(parts)


def matches(name: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether a file is meant by a pattern: `*`, `?` and `[...]` stay within a part, `**` is any number of folders."""
    at = star = 0
    again = -1
    for_name = 0
    while for_name < len(name):
        if at < len(pattern) and pattern[at] == _ANY_FOLDERS:
            again, star = at, for_name
            at += 1
        elif at < len(pattern) and fnmatchcase(name[for_name], pattern[at]):
            at, for_name = at + 1, for_name + 1
        elif again >= 0:  # the last `**` takes one part more
            star += 1
            at, for_name = again + 1, star
        else:
            return False
    return all(part == _ANY_FOLDERS for part in pattern[at:])
