"""Which workspace a command works in, what lies where in its folder, and its parts, each opened when it is needed."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from transom.errors import WorkspaceForeign, WorkspaceUnusable, WrongUse
from transom.settings import Settings
from transom.store.blobs import ASIDE, FolderBlobs
from transom.tables.paths import shown

if TYPE_CHECKING:
    from transom.store.database import Database
    from transom.store.history import History
    from transom.store.journal import Journal
    from transom.store.registry import Registry
    from transom.store.secrets import Secrets
    from transom.store.steps import Steps

#: The folder of a project's own workspace.
FOLDER = ".transom"
#: The folder of the user's default workspace, in the data folder.
DEFAULT = "workspace"
_DATABASE = "workspace.db"
_BLOBS = "blobs"
_DATASTORES = "datastores"
_IGNORED = "# A workspace of Transom: datasets, models, runs. It is no source.\n*\n"


class Workspace:
    """A workspace folder and what is in it. Nothing is made, opened or imported before it is needed."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        self.settings = settings
        self.blobs = FolderBlobs(folder / _BLOBS)
        self.runs = folder / "runs"
        self.warm = folder / "warm"
        self.given = folder / "given"
        self.readings = folder / "readings"
        self.datastores = folder / _DATASTORES

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

    @property
    def is_open(self) -> bool:
        """Whether this process has opened its database."""
        return "database" in self.__dict__

    @cached_property
    def registry(self) -> Registry:
        """What was registered."""
        from transom.store.registry import Registry

        return Registry(self.database, str(self.folder))

    @cached_property
    def history(self) -> History:
        """What was run."""
        from transom.store.history import History

        return History(self.database, str(self.folder), self.journal)

    @cached_property
    def journal(self) -> Journal:
        """What was run and is not in the history yet."""
        from transom.store.journal import Journal

        return Journal(self.folder / "journal", self.folder)

    @property
    def recorder(self) -> History | Journal:
        """Who is told of runs: the journal as long as nothing in this process has opened a database that is as it
        should be. Raises what opening the database raises where it is not.
        """
        from transom.store.revisions import is_current

        if not self.is_open and (self.journal.is_used or is_current(self.database_file)):
            return self.journal
        return self.history

    @cached_property
    def steps(self) -> Steps:
        """What is known of the steps of pipelines that were run."""
        from transom.store.steps import Steps

        return Steps(self.database, self.history)

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
    the user's default one. Raises WorkspaceForeign for one that another user could have laid there, and
    WorkspaceUnusable for one in which links lead elsewhere.
    """
    folder = _found(settings, start)
    _refuse_links(folder)
    return Workspace(folder, settings)


def init_workspace(folder: Path, settings: Settings) -> tuple[Workspace, bool]:
    """Make a workspace `.transom` in a folder; and whether it is new. Raises WorkspaceUnusable and WrongUse."""
    if not folder.is_dir():
        raise WrongUse(problem=f"There is no folder {folder}.", advice="Make it first, or name another one.")
    workspace = Workspace(folder.absolute() / FOLDER, settings)
    _refuse_foreign(workspace.folder)
    _refuse_links(workspace.folder)
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
    """Whoever can write the folder above ours could lay a workspace there, whose runs and scripts we would believe, or
    a link there that leads to a folder of ours, which we would then fill.
    """
    try:
        owners = {folder.stat().st_uid, folder.lstat().st_uid}
    except OSError:
        return
    if owners - {os.getuid(), 0}:
        raise WorkspaceForeign(path=folder)


def _refuse_links(folder: Path) -> None:
    """A workspace may have come with a cloned repository. A link in it, whatever its name, would let us write or remove
    what lies elsewhere; the folder itself may be one, since a person can see where that leads.
    """
    link = _link_in(folder) or _link_in(folder / _DATASTORES) or _link_in(folder / _BLOBS, ASIDE)
    if link is not None:
        raise WorkspaceUnusable(
            path=folder,
            reason=f"{shown(os.path.relpath(link, folder))} in it is a link, which may lead anywhere",
            advice="Remove the link, or name another workspace in the setting TRANSOM_WORKSPACE.",
        )


def _link_in(folder: Path, name: str | None = None) -> str | None:
    """The first link in a folder, or the one of this name; a folder that is not there has none."""
    try:
        if name is not None:
            return str(folder / name) if (folder / name).is_symlink() else None
        with os.scandir(folder) as listing:
            return next((each.path for each in listing if each.is_symlink()), None)
    except OSError:  # whoever works there says what else is wrong
        return None
