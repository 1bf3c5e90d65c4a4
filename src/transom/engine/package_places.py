"""Where the packages lie that scripts install, and how that place is made: a job finds its own set there, no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: The folder of the sets, which jobs see; what they must not see lies beside it.
_SETS = "sets"
_ENTERED_ONLY = 0o311


def sets_in(folder: Path) -> Path:
    """The folder of the package sets in that of the packages."""
    return folder.absolute() / _SETS


def make_sets(folder: Path) -> Path:
    """Make the folder of the sets in that of the packages, so that a job may enter but not list it. Raises OSError."""
    sets = sets_in(folder)
    if not sets.is_dir():
        sets.parent.mkdir(parents=True, exist_ok=True)
        sets.mkdir(mode=_ENTERED_ONLY, exist_ok=True)
    return sets
