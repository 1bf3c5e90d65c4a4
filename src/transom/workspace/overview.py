"""What is told of a whole workspace, and done with it: how much it holds, what is removed, what is restored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transom.engine.read_only import size_of
from transom.flow.scheduler import Scheduler
from transom.settings import Settings
from transom.workspace.keeping import Keeping
from transom.workspace.opening import Workspace, open_workspace
from transom.workspace.run_folders import RunFolders


def overview(settings: Settings) -> dict[str, Any]:
    """Where the workspace lies, how much it holds, its newest backup. Nothing is made where there is none yet."""
    workspace = open_workspace(settings)
    told: dict[str, Any] = {"workspace": str(workspace.folder), "name": workspace.name, "is_there": workspace.is_there}
    if not workspace.is_there:
        return told | {"datasets": 0, "models": 0, "runs": 0, "bytes": 0, "newest_backup": None}
    from transom.store.backups import newest_backup

    backup = newest_backup(workspace.folder / "backups")
    return told | {
        "datasets": len(workspace.registry.datasets()),
        "models": len(workspace.registry.models()),
        "runs": workspace.history.count(),
        "bytes": size_of(workspace.blobs.folder) if workspace.blobs.folder.is_dir() else 0,
        "newest_backup": None if backup is None else str(backup),
    }


def prune(settings: Settings) -> int:
    """Remove at once what nothing needs; the number of contents that were removed."""
    workspace = open_workspace(settings)
    if not workspace.is_there:
        return 0
    return _keeping(workspace).prune(at_once=True)


def restore(settings: Settings) -> tuple[Path, Path | None]:
    """Put the newest backup in the database's place: the backup, and where what was there lies now.

    Raises WorkspaceUnusable where there is no backup.
    """
    from transom.store.backups import restore as restore_database

    workspace = open_workspace(settings)
    return restore_database(workspace.database_file, workspace.folder / "backups")


def _keeping(workspace: Workspace) -> Keeping:
    return Keeping(workspace, RunFolders(workspace), Scheduler(lambda: workspace.history))
