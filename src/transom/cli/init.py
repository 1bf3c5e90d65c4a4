"""`transom init`, and `transom workspace`: the folder that holds everything registered and run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from transom.cli.printing import print_json, visible
from transom.settings import load

_Json = Annotated[bool, Parameter(negative=(), help="Print one JSON document.")]

app = App(name="workspace", help="The workspace that commands work in.", help_format="plaintext")


def init(folder: str = ".", /, *, json: _Json = False) -> int:
    """Make a workspace in a folder, so that what is run and registered below it is kept there.

    Parameters
    ----------
    folder
        Where it is made, as the folder .transom; the current folder.
    """
    from transom.workspace.opening import init_workspace

    workspace, new = init_workspace(Path(folder), load())
    if json:
        print_json({"workspace": str(workspace.folder), "new": new})
    else:
        what = "A new workspace:" if new else "There is a workspace already:"
        print(visible(f"{what} {workspace.folder}"), file=sys.stderr)
    return 0


@app.command
def show(*, json: _Json = False) -> int:
    """Show which workspace commands work in here, and what it holds."""
    from transom.workspace.overview import overview

    told = overview(load())
    if json:
        print_json(told)
        return 0
    print(visible(told["workspace"]))
    for name in ("datasets", "models", "runs", "bytes", "newest_backup"):
        print(visible(f"{name.replace('_', ' ')}: {told[name] if told[name] is not None else '-'}"))
    return 0


@app.command
def prune(*, json: _Json = False) -> int:
    """Remove what nothing needs any more: old runs' contents, and what crashed commands left."""
    from transom.workspace.overview import prune as prune_it

    removed = prune_it(load())
    if json:
        print_json({"removed": removed})
    else:
        print(f"Removed {removed:,} contents.", file=sys.stderr)
    return 0


@app.command
def restore(*, json: _Json = False) -> int:
    """Put the newest backup of the database in its place; the damaged one is kept beside it."""
    from transom.workspace.overview import restore as restore_it

    backup, aside = restore_it(load())
    if json:
        print_json({"backup": str(backup), "aside": None if aside is None else str(aside)})
    else:
        kept = "" if aside is None else f" What was there is {aside} now."
        print(visible(f"Restored from {backup}.{kept}"), file=sys.stderr)
    return 0
