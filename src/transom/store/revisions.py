"""Which revisions a workspace's database had, and whether one is at the last: asked of SQLite itself, within 2 ms."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: Every revision that there ever was, the oldest first; the last one has the tables of `schema`. A word that is new in
#: a column (a status, a kind of failure) makes a revision too: an older Transom cannot read it.
REVISIONS = ("0001", "0002", "0003")
REVISION = REVISIONS[-1]
#: Alembic's own table.
TABLE = "alembic_version"

_BUSY_SECONDS = 1.0


def is_current(path: Path) -> bool:
    """Whether a file is a database of the last revision that may be written to.

    False for one that is older, newer, damaged, busy or not there: whoever opens it does or says what is to be.
    """
    import sqlite3

    if not (path.is_file() and os.access(path, os.W_OK)):
        return False
    try:
        address = f"{path.absolute().as_uri()}?mode=rw"  # none is made, should it go now
        with closing(sqlite3.connect(address, timeout=_BUSY_SECONDS, uri=True)) as connection:
            connection.execute("PRAGMA trusted_schema=OFF")
            return connection.execute(f"SELECT version_num FROM {TABLE}").fetchall() == [(REVISION,)]
    except sqlite3.Error:
        return False
