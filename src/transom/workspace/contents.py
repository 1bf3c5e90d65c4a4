"""How contents come to last: nothing removes them before something names them, and the disk has them before that."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from transom.errors import BlobCorrupt, ResultUnwritable, StoreUnwritable
from transom.model.file_sets import FileSet, NoFileSet
from transom.store import content_files
from transom.store.blobs import Blobs, FolderBlobs
from transom.workspace.opening import Workspace

#: The file of the blobs' folder that is locked, shared, by whoever makes contents that nothing names yet. Whoever
#: removes contents at once holds it alone.
REGISTERING = "registering"
#: What comes from elsewhere, and may have no end, leaves so many bytes of the disk to others.
SPARED_DISK_BYTES = 1 << 30
#: More files than this are brought to the disk all at once.
_ONE_BY_ONE = 64
_READ_ONLY = 0o444


@contextlib.contextmanager
def registering(workspace: Workspace) -> Iterator[None]:
    """Until the block ends, contents that nothing names yet are not removed.

    Raises StoreUnwritable where the disk takes no more, also for what is written in the block.
    """
    blobs = workspace.blobs
    workspace.make()
    with told_of_disk(blobs):
        blobs.folder.mkdir(parents=True, exist_ok=True)
        with (blobs.folder / REGISTERING).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)
            try:
                yield
            finally:
                fcntl.flock(lock, fcntl.LOCK_UN)  # a fork of this process may still have it open


@contextlib.contextmanager
def told_of_disk(blobs: Blobs) -> Iterator[None]:
    """Turn what the disk refuses into the error that a person can act on."""
    try:
        yield
    except ResultUnwritable as wrong:  # of a file aside, whose name means nothing to anybody
        raise StoreUnwritable(store=blobs.place, reason=wrong.facts["reason"]) from None
    except OSError as wrong:
        raise StoreUnwritable(store=blobs.place, reason=wrong.strerror or str(wrong)) from None


def refuse_full_disk(blobs: FolderBlobs) -> None:
    """Raise StoreUnwritable where the disk of the contents has little room left."""
    if shutil.disk_usage(_there(blobs.folder)).free < SPARED_DISK_BYTES:
        raise StoreUnwritable(store=blobs.place, reason=f"less than {SPARED_DISK_BYTES >> 20} MiB are free on its disk")


def _there(folder: Path) -> Path:
    while not folder.is_dir():
        folder = folder.parent
    return folder


def bring_to_disk(blobs: FolderBlobs, digests: Iterable[str]) -> None:
    """Wait until the disk has these contents, and let them count as new. Raises BlobMissing and StoreUnwritable."""
    paths = [blobs.path(digest) for digest in digests]
    with told_of_disk(blobs):
        for path in paths:
            path.chmod(_READ_ONLY)
        if len(paths) > _ONE_BY_ONE:
            os.sync()
            return
        for path in (*paths, *{path.parent for path in paths}, blobs.folder):
            content_files.bring_to_disk(path)


def keep_file_set(blobs: FolderBlobs, files: FileSet) -> str:
    """Store the text of a set of files, whose contents are stored already; its digest. The disk has all of it then."""
    digest = blobs.put_bytes(files.content())
    bring_to_disk(blobs, {digest, *(each.digest for each in files.files)})
    return digest


def file_set(blobs: Blobs, digest: str) -> FileSet:
    """The set of files that a digest names. Raises BlobMissing, and BlobCorrupt for what is none."""
    try:
        return FileSet.read(blobs.bytes(digest))
    except NoFileSet:
        raise BlobCorrupt(digest=digest, store=blobs.place, path=blobs.where(digest)) from None
