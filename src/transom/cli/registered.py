"""What the commands on all that is registered have in common: the workspace they work in, how versions are told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from transom.cli.grids import grid, say, size, tell, told_pairs
from transom.settings import load

if TYPE_CHECKING:
    from transom.model.assets import Dataset, Model
    from transom.workspace.opening import Workspace

_FILES_SHOWN = 20


def workspace() -> Workspace:
    """The workspace that commands work in here. Raises what opening one does."""
    from transom.workspace.opening import open_workspace

    return open_workspace(load())


def tell_added(reference: object, what: str, *, is_new: bool) -> None:
    """That a version was registered, or that the latest one was the same."""
    shown = f"{reference}: {what}"
    say(f"Added {shown}." if is_new else f"{shown}. It had this content already.")


def tell_removed(removed: Iterable[Dataset] | Iterable[Model], *, json: bool) -> None:
    """Which versions are gone."""
    names = [str(each.reference) for each in removed]
    tell({"removed": names}, f"Removed {', '.join(names)}.", json=json)


def described(told: dict[str, Any]) -> str:
    """What somebody said of a version, in one line of a list."""
    words = [told["description"], told_pairs(told["tags"])]
    return " · ".join(each for each in words if each) or "-"


def show_files(told: dict[str, Any]) -> None:
    """The first files of a version and their sizes."""
    names = told["names"][:_FILES_SHOWN]
    grid([("file", "size"), *((each["name"], size(each["bytes"])) for each in names)], numbers=(False, True))
    if told["files"] > len(names):
        say(f"... and {told['files'] - len(names):,} more files")
