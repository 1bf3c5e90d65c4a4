"""How a file or folder takes its place whole or not at all: written beside it, then renamed."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from transom.errors import ResultUnwritable
from transom.tables.paths import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def written_aside(target: Path) -> Iterator[Path]:
    """A path beside `target` to write a file or folder at; it takes the place of `target` when all went well.

    Raises ResultUnwritable where the system refuses, in one sentence.
    """
    aside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        yield aside
        _put_in_place(aside, target)
    except OSError as wrong:
        raise ResultUnwritable(path=shown(target), reason=(wrong.strerror or str(wrong)).lower()) from None
    finally:
        if aside.is_dir():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.unlink(missing_ok=True)


def _put_in_place(aside: Path, target: Path) -> None:
    if not aside.is_dir() or not target.exists():
        os.replace(aside, target)
        return
    former = target.with_name(f"{aside.name}.former")
    target.rename(former)
    aside.rename(target)
    shutil.rmtree(former, ignore_errors=True)


def check_place(target: Path) -> None:
    """That a file could be written at `target`; raises ResultUnwritable where its folder is missing or closed."""
    folder = target.parent
    if not folder.is_dir():
        raise ResultUnwritable(
            path=shown(target),
            reason=f"there is no folder {shown(folder)}",
            advice=f"Make it first: mkdir -p {shown(folder)}",
        )
    if not os.access(folder, os.W_OK):
        raise ResultUnwritable(path=shown(target), reason=f"the folder {shown(folder)} is closed to writing")
