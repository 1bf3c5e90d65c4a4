"""What of a workspace is kept: the newest runs whole, the records of more, and what anything registered needs."""

from __future__ import annotations

import contextlib
import fcntl
import json
import time
from collections.abc import Iterator

from transom.errors import BlobMissing, Unknown
from transom.flow.scheduler import Scheduler
from transom.model.file_sets import FileSet, NoFileSet
from transom.store.blobs import Blobs
from transom.workspace.contents import REGISTERING
from transom.workspace.opening import Workspace
from transom.workspace.results import held_folders
from transom.workspace.run_folders import RunFolders

_HOUR = 3600.0
_MOMENT = 60.0


@contextlib.contextmanager
def nothing_registering(workspace: Workspace) -> Iterator[bool]:
    """Whether no process is registering contents now; if so none begins until the block ends."""
    with contextlib.ExitStack() as stack:
        try:
            lock = stack.enter_context((workspace.blobs.folder / REGISTERING).open("a"))
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # somebody does, or there is no folder of contents yet
            yield False
            return
        yield True


class Keeping:
    """Tidies a workspace: after a crash, and when there is more than is kept."""

    def __init__(self, workspace: Workspace, folders: RunFolders, scheduler: Scheduler) -> None:
        self.workspace = workspace
        self.folders = folders
        self.scheduler = scheduler

    def prune(self, *, at_once: bool = False) -> int:
        """Settle the runs that were left, remove the folders of old ones and the contents that nothing needs.

        Gives the number of contents that were removed; those of the last hour stay unless `at_once`.
        """
        history = self.workspace.history
        self.settle()
        self.folders.finish_removals()
        self._remove_left_warm()
        old = self.folders.beyond(held_folders())
        if old:
            history.contents_removed(old)  # first: a record must not promise what is gone
        history.remove(history.oldest_beyond(self.workspace.settings.runs_recorded))
        removed = self.sweep(at_once=at_once) if old or at_once else 0
        for run in old:  # last: without its name in there a content would count as new
            self.folders.remove(run)
        self.workspace.back_up()
        return removed

    def _remove_left_warm(self) -> None:
        """What warm processes left that are gone."""
        if self.workspace.warm.is_dir():
            from transom.engine.warm_process import remove_left

            remove_left(self.workspace.warm)

    def sweep(self, *, at_once: bool) -> int:
        """Remove the contents that nothing needs; their number.

        Those that came since the oldest run that is going on began stay, as it is about to name them, and so do young
        ones; while something is being registered, all stay.
        """
        with nothing_registering(self.workspace) as alone:
            if not alone:
                return 0
            began = [record.begun.created.timestamp() for record in self.workspace.history.running()]
            older_than = min([time.time(), *began]) - (_MOMENT if at_once else _HOUR)
            removed = self.folders.sweep(self.needed, older_than, seldom=not at_once)
            if removed:
                self._forget_readings()
            return removed

    def _forget_readings(self) -> None:
        """Remove the notes on files that were read into contents which are gone."""
        for note in self.workspace.readings.glob("*"):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                if not self.workspace.blobs.has(json.loads(note.read_text("utf-8"))["digest"]):
                    note.unlink()

    def settle(self) -> list[str]:
        """End the records of runs that nobody is running any more, and remove what they left; their ids."""
        left = self.scheduler.settle(self.folders.is_running)
        for run in {*left, *self.folders.left()}:
            if self._is_recorded(run):
                self.folders.tidy(run)
            else:  # killed before it was recorded: it was never there
                self.folders.remove(run)
        return left

    def _is_recorded(self, run: str) -> bool:
        try:
            return self.workspace.history.get(run).id == run
        except Unknown:
            return False

    def needed(self) -> set[str]:
        """The digests of all that a registered thing or a kept run names, the files of file sets too."""
        registered = self.workspace.registry.needed_digests()
        self.workspace.registry.forget_profiles(registered)
        sets = self.workspace.registry.needed_file_sets()
        files = {each for digest in sets for each in _files_of(self.workspace.blobs, digest)}
        of_runs = self.workspace.history.needed_digests() | self.workspace.steps.needed_digests()
        return registered | files | of_runs


def _files_of(blobs: Blobs, digest: str) -> set[str]:
    try:
        return {each.digest for each in FileSet.read(blobs.bytes(digest)).files}
    except (BlobMissing, NoFileSet):  # whoever opens it will be told
        return set()
