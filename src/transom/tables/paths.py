"""How a path is handed to Arrow and told to people, also one that is no UTF-8 or that is only nearly there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from transom.errors import NotThere

if TYPE_CHECKING:
    from pathlib import Path


def for_arrow(path: Path) -> bytes:
    """The path as Arrow opens it, whatever bytes are in its name: a text it would encode as UTF-8, and refuse."""
    return os.fsencode(path)


def shown(path: Path | str) -> str:
    r"""The path as text that can be printed and stored: a byte that is no UTF-8 is written as `\xff`."""
    text = str(path)
    unprintable = "surrogateescape" if _is_of_bytes(text) else "replace"
    return text.encode("utf-8", unprintable).decode("utf-8", "backslashreplace")


def refuse_missing(path: Path, told: object) -> None:
    """Raise NotThere for a path that is not there, with the name that was probably meant; messages call it `told`.

    Raises OSError where it cannot be seen whether it is.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise NotThere(path=told, near=near(path)) from None
    except ValueError:  # a null byte in the name
        raise NotThere(path=repr(str(path))) from None


def is_same(one: Path, other: Path) -> bool:
    """Whether both lead to one file or folder; what is not there, or can be no path, is the same as nothing."""
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return False


def near(path: Path) -> str:
    """What lies beside and has nearly the name of a path that is not there; empty where nothing has."""
    import difflib  # only who mistypes a name waits for it

    try:
        names = [each.name for each in path.parent.iterdir()]
    except OSError:
        return ""
    found = difflib.get_close_matches(path.name, names, n=1)
    return shown(path.with_name(found[0])) if found else ""


def _is_of_bytes(text: str) -> bool:
    """Whether every surrogate in a text stands for a byte of a name, as Python gives such names."""
    return all(not "\ud800" <= sign <= "\udfff" or "\udc80" <= sign <= "\udcff" for sign in text)
