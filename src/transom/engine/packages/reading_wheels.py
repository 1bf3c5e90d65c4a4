"""How a wheel file that a script or a bundle brings is read: as a plain file below a folder, never through a link."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from transom.engine.packages.refusals import CannotInstall

_ADVICE = "Give the path of a wheel file that lies in the working directory or in the script bundle."


@contextlib.contextmanager
def opened_below(folder: Path, name: str) -> Iterator[IO[bytes]]:
    """A regular file below `folder`, whatever anybody does to its folders meanwhile. Raises CannotInstall."""
    with _descriptor(folder, name, os.O_RDONLY | os.O_NONBLOCK) as descriptor:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise CannotInstall(problem=f"{name} is no file.", advice=_ADVICE)
        with open(os.dup(descriptor), "rb") as stream:
            yield stream


def wheels_below(folder: Path, name: str) -> list[str]:
    """The names of the wheel files directly in a folder below `folder`, relative to `folder`. Raises CannotInstall."""
    with _descriptor(folder, name, os.O_RDONLY | os.O_DIRECTORY) as descriptor:
        found = sorted(each for each in os.listdir(descriptor) if each.endswith(".whl"))
    return [each if name == "." else f"{name}/{each}" for each in found]


@contextlib.contextmanager
def _descriptor(folder: Path, name: str, flags: int) -> Iterator[int]:
    parts = [part for part in name.split("/") if part != "."]
    if name.startswith("/") or ".." in parts or "" in parts:
        raise CannotInstall(problem=f"{name} lies outside of the working directory.", advice=_ADVICE)
    current = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for number, part in enumerate(parts, start=1):
            further = flags if number == len(parts) else os.O_RDONLY | os.O_DIRECTORY
            try:
                inner = os.open(part, further | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=current)
            except (OSError, ValueError) as wrong:
                reason = getattr(wrong, "strerror", None) or str(wrong)
                raise CannotInstall(problem=f"{name} cannot be read: {reason}.", advice=_ADVICE) from None
            os.close(current)
            current = inner
        yield current
    finally:
        os.close(current)
