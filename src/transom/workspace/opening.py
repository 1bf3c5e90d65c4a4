"""Which workspace a command works in, what lies where in its folder, and its parts, each opened when it is needed."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from transom.errors import WorkspaceForeign, WorkspaceUnusable, WrongUse
from transom.settings import Settings
from transom.store.blobs import FolderBlobs

if TYPE_CHECKING:
    from transom.store.database import Database
    from transom.store.history import History
    from transom.store.registry import Registry
    from transom.store.secrets import Secrets

#: The folder of a project's own workspace.
FOLDER = ".transom"
#: The folder of the user's default workspace, in the data folder.
DEFAULT = "workspace"
_DATABASE = "workspace.db"
_IGNORED = "# A workspace of Transom: datasets, models, runs. It is no source.\n*\n"


class Workspace:
    """A workspace folder and what is in it. Nothing is made, opened or imported before it is needed."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        self.settings = settings
        self.blobs = FolderBlobs(folder / "blobs")
        self.runs = folder / "runs"
        self.warm = folder / "warm"
        self.given = folder / "given"
        self.datastores = folder / "datastores"

    @property
    def database_file(self) -> Path:
        """Where its database lies, or will."""
        return self.folder / _DATABASE

    @property
    def is_there(self) -> bool:
        """Whether anything was ever registered or run in it."""
        return self.database_file.is_file()

    @property
    def name(self) -> str:
        """What a script is told as its name: that of the project's folder, or `default`."""
        return self.folder.parent.name if self.folder.name == FOLDER else "default"

    @cached_property
    def id(self) -> str:
        """What tells it from every other workspace."""
        return self.registry.workspace_facts().id

    @cached_property
    def database(self) -> Database:
        """Its database, made or upgraded if need be.

        Raises WorkspaceNewer, WorkspaceUnusable, DatabaseDamaged and DatabaseBusy.
        """
        from transom.store.database import Database

        self.make()
        return Database.at(self.database_file, self.folder / "backups")

    @cached_property
    def registry(self) -> Registry:
        """What was registered."""
        from transom.store.registry import Registry

        return Registry(self.database, str(self.folder))

    @cached_property
    def history(self) -> History:
        """What was run."""
        from transom.store.history import History

        return History(self.database, str(self.folder))

    @cached_property
    def secrets(self) -> Secrets:
        """What a person stored and no log shows."""
        from transom.store.secrets import Secrets

        return Secrets.at(self.folder, self.id, self.settings.secrets)

    def back_up(self) -> None:
        """Keep a copy of the database, once a day."""
        from transom.store.backups import back_up_if_due

        back_up_if_due(self.database)

    def make(self) -> None:
        """Make the folder, if it is not there yet. Raises WorkspaceUnusable."""
        ignore = self.folder / ".gitignore"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if not ignore.exists():
                ignore.write_text(_IGNORED, "utf-8")
        except OSError as wrong:
            raise WorkspaceUnusable(path=self.folder, reason=wrong.strerror or str(wrong)) from None


def open_workspace(settings: Settings, start: Path | None = None) -> Workspace:
    """The workspace that the setting names, else the nearest `.transom` from `start` (the current folder) upward, else
    the user's default one. Raises WorkspaceForeign for one that another user could have laid there.
    """
    return Workspace(_found(settings, start), settings)


def init_workspace(folder: Path, settings: Settings) -> tuple[Workspace, bool]:
    """Make a workspace `.transom` in a folder; and whether it is new. Raises WorkspaceUnusable and WrongUse."""
    if not folder.is_dir():
        raise WrongUse(problem=f"There is no folder {folder}.", advice="Make it first, or name another one.")
    workspace = Workspace(folder.absolute() / FOLDER, settings)
    _refuse_foreign(workspace.folder)
    new = not workspace.is_there
    workspace.make()
    _ = workspace.database
    return workspace, new


def _found(settings: Settings, start: Path | None) -> Path:
    if settings.workspace is not None:
        return settings.workspace
    try:
        here = (start or Path.cwd()).absolute()
    except FileNotFoundError:  # the current folder was removed
        return settings.data_folder / DEFAULT
    for place in (here, *here.parents):
        folder = place / FOLDER
        if folder.is_dir():
            _refuse_foreign(folder)
            return folder
    return settings.data_folder / DEFAULT


def _refuse_foreign(folder: Path) -> None:
    """Whoever can write the folder above ours could lay a workspace there, whose runs and scripts we would believe."""
    try:
        owner = folder.stat().st_uid
    except OSError:
        return
    if owner not in (os.getuid(), 0):
        raise WorkspaceForeign(path=folder)
