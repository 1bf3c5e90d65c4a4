"""The folder through which Transom and the script's process speak: what lies where, and how it is read with care.

What each file means is told in `child/__main__.py`. Nothing in the folder is trusted once the script has run: links are
not followed, and what is read has a limit.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from transom.model.scripts import BUNDLE_FOLDER

#: Where the link to the packages of a job leads that has installed none.
_NO_PACKAGES = "none"
_OUTCOME_BYTES = 64 * 1024**2
_METRICS_BYTES = 256 * 1024**2
_FAULT_BYTES = 1024**2


class JobFolder:
    """One job's folder. `prepare()` makes it, before its process starts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.work = path / "work"
        self.bundle = self.work / BUNDLE_FOLDER
        self.uploads = path / "outputs" / "files"
        self.packages = path / "packages"

    def prepare(self) -> None:
        """Make the folder and those in it that must be there."""
        places = (self.bundle, self.uploads, *(self.path / name for name in ("inputs", "script", "pip", _NO_PACKAGES)))
        for folder in places:
            folder.mkdir(parents=True, exist_ok=True)
        if not self.packages.is_symlink():
            self.packages.symlink_to(_NO_PACKAGES)

    def input_file(self, port: str) -> Path:
        """Where the Arrow file of an input port lies."""
        return self.path / "inputs" / f"{port}.arrow"

    def result_file(self, port: str) -> Path:
        """Where the Arrow file of an output port lies."""
        return self.path / "outputs" / f"{port}.arrow"

    def give_fonts(self, fonts: Path) -> Path:
        """A folder of the job for matplotlib, with the list of fonts that it would otherwise make first."""
        folder = self.path / "matplotlib"
        folder.mkdir(exist_ok=True)
        shutil.copyfile(fonts, folder / fonts.name)
        return folder

    def write_script(self, module: str, source: bytes) -> None:
        """Store the script under its module name."""
        (self.path / "script" / f"{module}.py").write_bytes(source)

    def outcome(self) -> dict[str, Any] | None:
        """What the script's process said of its end; None where it said nothing that can be understood."""
        try:
            told = json.loads(_read(self.path / "outcome.json", _OUTCOME_BYTES))
        except (OSError, ValueError):
            return None
        return told if isinstance(told, dict) else None

    def metrics(self) -> Iterator[dict[str, Any]]:
        """What the script logged, in order; a line that was cut by a kill is passed over."""
        try:
            lines = _read(self.path / "metrics.jsonl", _METRICS_BYTES).splitlines()
        except OSError:
            return
        for line in lines:
            try:
                told = json.loads(line)
            except ValueError:
                continue
            if isinstance(told, dict):
                yield told

    def fault(self) -> str:
        """What faulthandler wrote."""
        try:
            return _read(self.path / "fault.txt", _FAULT_BYTES).decode("utf-8", "replace")
        except OSError:
            return ""

    def plain_files(self, below: Path) -> Iterator[tuple[str, Path, int]]:
        """(name relative to `below`, path, size) of every regular file there; links and the like are left out."""
        for folder, folders, files in os.walk(below):
            folders.sort()
            for name in sorted(files):
                path = Path(folder, name)
                status = path.lstat()
                if stat.S_ISREG(status.st_mode):
                    yield path.relative_to(below).as_posix(), path, status.st_size

    def odd_files(self, below: Path) -> Iterator[str]:
        """The names of links, pipes and the like there, relative to `below`."""
        for folder, folders, files in os.walk(below):
            for name in sorted(files + [each for each in folders if Path(folder, each).is_symlink()]):
                path = Path(folder, name)
                if not stat.S_ISREG(path.lstat().st_mode):
                    yield path.relative_to(below).as_posix()


def link_or_copy(content: Path, target: Path) -> None:
    """Give a file a second name, on another file system a copy; the folders of `target` are made."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(content, target)
    except OSError:  # another file system, or one without links
        shutil.copyfile(content, target)


def _read(path: Path, most: int) -> bytes:
    """A regular file, no link, of no more than `most` bytes; OSError for anything else."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > most:
            raise OSError(f"{path.name} is no file of at most {most} bytes")
        return stream.read()
