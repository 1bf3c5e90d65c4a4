"""Where runs are kept: a folder each, the newest ones; and which contents nothing needs any more."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from transom.engine.read_only import remove_tree, size_of
from transom.errors import StoreUnwritable, WrongUse
from transom.store.live import LOG
from transom.workspace.opening import Workspace

DOCUMENT = "outcome.json"

_LOCK = "running"
#: This part of what is kept may be there beside it: to remove one folder after each run would load the database each
#: time.
_MORE_FOR_A_WHILE = 0.25
#: How the name of a folder ends that is being removed.
_REMOVED = ".old"
#: Contents are looked through at most so often, in seconds.
_SWEPT_EVERY = 600.0
_SWEPT = "swept"
#: A new run's folder is held within so many seconds after it was made.
_SECONDS_TO_HOLD = 2.0
_SECONDS_TO_LOOK = 0.05


class RunFolders:
    """The folders of the runs of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self.root = workspace.runs
        self.blobs = workspace.blobs
        self._workspace = workspace
        self._most_runs = workspace.settings.runs_kept
        self._most_bytes = workspace.settings.runs_bytes

    @contextlib.contextmanager
    def new(self, *, lasting: bool = False) -> Iterator[Path]:
        """A new run's folder, named by the time and a few random letters; held as running until the block ends.

        An error in the block removes it, unless it is `lasting`: then it is as if whoever ran it was killed. Raises
        StoreUnwritable.
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
            except BaseException:
                if not lasting:  # nothing was run
                    _remove(folder)
                raise
            (folder / _LOCK).unlink(missing_ok=True)

    @contextlib.contextmanager
    def again(self, run: str) -> Iterator[Path]:
        """The folder of a run that nobody runs, held as running again, with nothing in it but its log.

        Raises WrongUse where somebody runs it.
        """
        folder = self.root / run
        folder.mkdir(parents=True, exist_ok=True)
        with self._taken(run) as taken:
            if not taken:
                raise WrongUse(
                    problem=f"The run {run} is going on in another process.",
                    advice=f"Follow it: `transom runs log {run} --follow`.",
                )
            self._sweep_given(folder)
            for each in folder.iterdir():
                if each.name not in (_LOCK, LOG):
                    remove_tree(each)
            yield folder
            (folder / _LOCK).unlink(missing_ok=True)

    @contextlib.contextmanager
    def _taken(self, run: str) -> Iterator[bool]:
        """Whether the folder of a run is held by nobody else; then it is held until the block ends.

        Who asks only whether it is held, holds it for a moment: it is tried for a while.
        """
        until = time.monotonic() + _SECONDS_TO_HOLD
        while True:
            with (self.root / run / _LOCK).open("a") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    taken = os.path.samestat(os.fstat(lock.fileno()), os.stat(lock.name))
                except FileNotFoundError:  # who held it has just given it up
                    continue
                except OSError:
                    taken = False
                if taken or time.monotonic() > until:
                    yield taken
                    return
            time.sleep(_SECONDS_TO_LOOK)

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
        with contextlib.suppress(FileNotFoundError), self._taken(run) as taken:  # another process may remove it
            if not taken:  # it has just been taken up again
                return
            self._sweep_given(folder)
            for each in _with_steps(folder):
                for name in ("job", "job.before"):
                    remove_tree(each / name)
            (folder / _LOCK).unlink(missing_ok=True)

    def _sweep_given(self, folder: Path) -> None:
        """Remove what jobs were given whose Transom was killed."""
        from transom.engine.exchange_given import GIVEN_NOTE, sweep_given

        for each in _with_steps(folder):
            sweep_given(each / GIVEN_NOTE, self._workspace.given)

    def remove(self, run: str) -> None:
        """Remove a run's folder."""
        _remove(self.root / run)

    def finish_removals(self) -> None:
        """Remove the rest of folders whose removal was begun by somebody who was killed meanwhile."""
        if self.root.is_dir():
            for rest in self.root.glob(f"*{_REMOVED}"):
                remove_tree(rest)

    def has_too_much(self) -> bool:
        """Whether it is time to remove some: folders were left, or there are some more than are kept, or too large."""
        return bool(self.beyond(frozenset(), int(self._most_runs * _MORE_FOR_A_WHILE)) or self.left())

    def beyond(self, held: frozenset[Path], more: int = 0) -> list[str]:
        """The runs that are too many or too large together, the newest first; none that is going on or `held`.

        So many `more` are not too many.
        """
        kept, total, found = 0, 0, []
        for folder in reversed(self._folders()):
            if self.is_running(folder.name):
                continue
            kept, total = kept + 1, total + size_of(folder)
            if (kept > self._most_runs + more or (total > self._most_bytes and kept > 1)) and folder not in held:
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
        found = (folder for folder in self.root.iterdir() if folder.is_dir() and not folder.name.endswith(_REMOVED))
        return sorted(found, key=lambda folder: (_changed(folder), folder.name))


def _with_steps(folder: Path) -> list[Path]:
    """The folder of a run, and of each step of a pipeline's."""
    return [folder, *(folder / "steps").glob("*")]


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
    old = folder.with_name(folder.name + _REMOVED)
    with contextlib.suppress(OSError):
        folder.rename(old)
    remove_tree(old)
