"""Where runs are kept: a folder each, the newest ones; and which contents no run needs any more."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from transom.engine.read_only import remove_tree, size_of
from transom.errors import StoreUnwritable
from transom.settings import Settings
from transom.store.blobs import FolderBlobs

DOCUMENT = "outcome.json"
DIGESTS = "digests.json"
_LOCK = "running"
#: A content that no run names is removed when it is older than this, in seconds: a run may be about to name it.
_YOUNG = 3600.0


class RunFolders:
    """The folders of the runs, below the data folder."""

    def __init__(self, settings: Settings) -> None:
        self.root = settings.data_folder / "runs"
        self.blobs = FolderBlobs(settings.data_folder / "blobs")
        self._most_runs = settings.runs_kept
        self._most_bytes = settings.runs_bytes

    @contextlib.contextmanager
    def new(self) -> Iterator[Path]:
        """A new run's folder, named by the time and a few random letters; held as running until the block ends.

        An error in the block removes it. Raises StoreUnwritable.
        """
        folder = self.root / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.urandom(3).hex()}"
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

    def note_digests(self, folder: Path, digests: list[str]) -> None:
        """Say which contents a run needs, so that they stay as long as it does."""
        (folder / DIGESTS).write_text(json.dumps(digests), "utf-8")

    def prune(self, held: frozenset[Path] = frozenset()) -> None:
        """Keep the newest runs within number and size, and those that are `held`.

        The others are removed, and the contents that only they named.
        """
        finished = [folder for folder in self._folders() if not _is_running(folder)]
        kept, total = 0, 0
        removed = False
        for folder in reversed(finished):
            kept, total = kept + 1, total + size_of(folder)
            beyond = kept > self._most_runs or (total > self._most_bytes and kept > 1)
            if beyond and folder not in held:
                _remove(folder)
                removed = True
        if removed:
            self._remove_unneeded()

    def _folders(self) -> list[Path]:
        """The oldest first: by the time of their last change, as names tell whole seconds only."""
        found = (folder for folder in self.root.iterdir() if folder.is_dir() and not folder.name.endswith(".old"))
        return sorted(found, key=lambda folder: (_changed(folder), folder.name))

    def _remove_unneeded(self) -> None:
        needed = {digest for folder in self._folders() for digest in _digests(folder)}
        now = time.time()
        for digest in list(self.blobs.digests()):
            if digest not in needed:
                with contextlib.suppress(OSError):
                    path = self.blobs.path(digest)
                    if now - path.stat().st_ctime > _YOUNG:
                        self.blobs.remove(digest)


def _digests(folder: Path) -> list[str]:
    try:
        found = json.loads((folder / DIGESTS).read_text("utf-8"))
    except (OSError, ValueError):
        return []
    return [str(digest) for digest in found]


def _is_running(folder: Path) -> bool:
    """Whether somebody holds the folder's lock; a lock file without a holder is left from a crash."""
    try:
        with (folder / _LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


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
