"""Where a module that the script imports lies near it: beside it, or in a folder beside it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

#: So many entries of the script's folder are looked at.
_MOST_ENTRIES = 500
_NEVER = frozenset({"node_modules", "__pycache__", "site-packages", "venv", "env"})


@dataclass(frozen=True, slots=True)
class Nearby:
    """A module's file or folder (`file`, from the script's folder on), where that is, and what to do about it."""

    file: str
    place: str
    remedy: str


def module_beside(module: str, folder: Path) -> Nearby | None:
    """The module where its file lies in the script's own folder."""
    file = _file_of(module, folder)
    if file is None:
        return None
    return Nearby(file, "beside the script", f"Give that folder as the script bundle: `-b {_argument(folder)}`.")


def module_one_folder_down(module: str, folder: Path) -> Nearby | None:
    """The module where its file lies in a folder beside the script, the first by name."""
    for inner in _folders_in(folder):
        file = _file_of(module, folder / inner)
        if file is not None:
            argument = _argument(_from_here(folder / inner))
            return Nearby(
                f"{inner}/{file}",
                "in a folder beside the script",
                f"`{inner}/{file}` is there: give its folder as the script bundle, `-b {argument}`.",
            )
    return None


def _file_of(module: str, folder: Path) -> str | None:
    """What brings a module in a folder: `x.py`, the folder `x`, or `x/y.py` for x.y."""
    top = module.partition(".")[0]
    for name, told in ((f"{top}.py", f"{top}.py"), (f"{top}/__init__.py", top)):
        if (folder / name).is_file():
            return told
    return top if "." in module and (folder / f"{module.replace('.', '/')}.py").is_file() else None


def _folders_in(folder: Path) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            names = sorted(each.name for each in islice(entries, _MOST_ENTRIES) if each.is_dir())
    except OSError:
        return
    yield from (name for name in names if name not in _NEVER and not name.startswith(".") and name.isprintable())


def _from_here(folder: Path) -> Path:
    """The folder as it is called from the current one, where it lies below it."""
    try:
        return folder.relative_to(Path.cwd())
    except (OSError, ValueError):  # the current folder is gone, or elsewhere
        return folder


def _argument(path: Path) -> str:
    """The path as an argument in a command line."""
    return shlex.quote(str(path))
