"""How the files at a port of a job come to lie in its folder: copies, which its script can read and not write."""

from __future__ import annotations

import shutil
from pathlib import Path

from transom.engine.bundles import BundleLimits, unpack
from transom.engine.read_only import make_read_only
from transom.errors import StoreUnwritable
from transom.model.runs import GivenFiles
from transom.store.blobs import Blobs


def lay(given: GivenFiles, folder: Path, blobs: Blobs, limits: BundleLimits) -> None:
    """Put the files into a folder that is not there yet.

    Raises BundleInvalid where they are no zip file that may be unpacked, BlobMissing, and StoreUnwritable.
    """
    content = blobs.path(given.digest)
    if given.name is None:
        unpack(content, folder, limits, shown=folder.name)
    else:
        folder.mkdir(parents=True)
        try:
            shutil.copyfile(content, folder / given.name)
        except OSError as wrong:
            raise StoreUnwritable(store=folder, reason=wrong.strerror or str(wrong)) from None
    make_read_only(folder)


def place_of(given: GivenFiles, folder: Path) -> Path:
    """What the script is given the path of: the folder, or the one file in it."""
    return folder if given.name is None else folder / given.name
