"""Where runs are kept: a folder each, the newest ones; and which contents nothing needs any more."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from transom.engine.exchange import GIVEN_NOTE, sweep_given
from transom.engine.read_only import remove_tree, size_of
from transom.errors import StoreUnwritable
from transom.workspace.opening import Workspace

DOCUMENT = "outcome.json"

_LOCK = "running"
#: Contents are looked through at most so often, in seconds.
_SWEPT_EVERY = 600.0
_SWEPT = "swept"
#: A new run's folder is held within so many seconds after it was made.
_SECONDS_TO_HOLD = 2.0


class RunFolders:
    """The folders of the runs of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self.root = workspace.runs
        self.blobs = workspace.blobs
        self._workspace = workspace
        self._most_runs = workspace.settings.runs_kept
        self._most_bytes = workspace.settings.runs_bytes

    @contextlib.contextmanager
    def new(self) -> Iterator[Path]:
        """A new run's folder, named by the time and a few random letters; held as running until the block ends.

        An error in the block removes it. Raises StoreUnwritable.
        """
        folder = self.root / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.urandom(3).hex()}"
        self._workspace.make()
        try:
            folder.mkdir(parents=True)
            lock = (folder / _LOCK).open("w")
        except OSError as wrong:
            raise StoreUnwritable(store=self.root, reason=wrong.strerror or str(wrong)) from None
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                yield folder
            except BaseException:  # nothing was run
                _remove(folder)
                raise
            (folder / _LOCK).unlink(missing_ok=True)

    def is_running(self, run: str) -> bool:
        """Whether somebody holds the run's folder; a lock file without a holder is left from a crash."""
        try:
            with (self.root / run / _LOCK).open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False

    def left(self) -> list[str]:
        """The runs whose folders nobody holds although they were not given up: whoever ran them was killed."""
        now = time.time()
        return [
            folder.name
            for folder in self._folders()
            if (folder / _LOCK).exists() and _age(folder, now) > _SECONDS_TO_HOLD and not self.is_running(folder.name)
        ]

    def tidy(self, run: str) -> None:
        """Remove what a run that nobody runs any more left of its job."""
        folder = self.root / run
        sweep_given(folder / GIVEN_NOTE, self._workspace.given)
        for name in ("job", "job.before"):
            remove_tree(folder / name)
        (folder / _LOCK).unlink(missing_ok=True)

    def remove(self, run: str) -> None:
        """Remove a run's folder."""
        _remove(self.root / run)

    def beyond(self, held: frozenset[Path]) -> list[str]:
        """The runs that are too many or too large together, the newest first; none that is going on or `held`."""
        kept, total, found = 0, 0, []
        for folder in reversed(self._folders()):
            if self.is_running(folder.name):
                continue
            kept, total = kept + 1, total + size_of(folder)
            if (kept > self._most_runs or (total > self._most_bytes and kept > 1)) and folder not in held:
                found.append(folder.name)
        return found

    def sweep(self, needed: Callable[[], set[str]], older_than: float, *, seldom: bool = False) -> int:
        """Remove the contents that nothing needs and that came before a time (seconds since 1970); their number."""
        mark = self.blobs.folder / _SWEPT
        if seldom and _age(mark, time.time()) < _SWEPT_EVERY:
            return 0
        removed, wanted = 0, needed()
        for digest in list(self.blobs.digests()):
            if digest in wanted:
                continue
            with contextlib.suppress(OSError):
                if self.blobs.path(digest).stat().st_ctime < older_than:
                    self.blobs.remove(digest)
                    removed += 1
        with contextlib.suppress(OSError):
            mark.touch()
        return removed

    def _folders(self) -> list[Path]:
        """The oldest first: by the time of their last change, as names tell whole seconds only."""
        if not self.root.is_dir():
            return []
        found = (folder for folder in self.root.iterdir() if folder.is_dir() and not folder.name.endswith(".old"))
        return sorted(found, key=lambda folder: (_changed(folder), folder.name))


def _age(path: Path, now: float) -> float:
    try:
        return now - path.stat().st_mtime
    except OSError:
        return float("inf")


def _changed(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except OSError:  # another process has just removed it
        return 0


def _remove(folder: Path) -> None:
    """Out of sight at once, then away."""
    old = folder.with_name(folder.name + ".old")
    with contextlib.suppress(OSError):
        folder.rename(old)
    remove_tree(old)
