"""Whether the file that a job left as a result is a table that may be read: all of it may be forged.

Every offset, index and text in it is looked at once, when it is kept.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from transom.errors import InputUnreadable
from transom.model.runs import TableShape
from transom.store.blobs import COPIED_BYTES, Blobs
from transom.store.foreign import MOST_HOLLOW, file_in, is_sparse
from transom.tables import step_file

_BEGIN = b"ARROW1"


class NoTable(ValueError):
    """The file is no table that may be read; the text says why."""


def keep(folder: int, name: str, blobs: Blobs) -> str:
    """Store the file of a result, by its name in an open folder; its digest.

    Raises NoTable where that can be seen before the whole file is read, OSError where it cannot be, StoreUnwritable.
    """
    if os.stat(name, dir_fd=folder, follow_symlinks=False).st_size > COPIED_BYTES:
        _look_before_it_is_read(folder, name)
    return blobs.keep_foreign(folder, name)[0]


def _look_before_it_is_read(folder: int, name: str) -> None:
    with file_in(folder, name) as stream:
        if stream.read(len(_BEGIN)) != _BEGIN:
            raise NoTable("it is no Arrow file")
        if os.fstat(stream.fileno()).st_size > MOST_HOLLOW and is_sparse(stream):
            raise NoTable("it is nearly empty for its size")


@lru_cache(maxsize=256)
def shape_of(kept: Path) -> TableShape:
    """The shape of a kept result; a blob never changes, so one that comes again, such as an empty one, is known.

    Raises NoTable.
    """
    try:
        table = step_file.open_step(kept)
        return step_file.shape_of(table.schema, step_file.describe_step(table))
    except InputUnreadable as wrong:
        raise NoTable(wrong.message) from None
    except Exception as wrong:  # there is no end of what forged metadata could make a description raise
        raise NoTable(f"its metadata cannot be understood ({type(wrong).__name__}: {wrong})") from None
