"""The folder through which Transom and the script's process speak: what lies where, and how it is read with care.

What each file means is told in `child/__main__.py`. Nothing in the folder is trusted once the script has run: it is
reached from the folder's descriptor on, links are not followed at any place of the way, and what is read has a limit.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from transom.engine import said
from transom.model.scripts import BUNDLE_FOLDER
from transom.store.foreign import Way, file_in, folder_at

#: Where the link to the packages of a job leads that has installed none.
_NO_PACKAGES = "none"
#: What a confined job has as /tmp, as its home, for matplotlib, and to make its root on.
_OWN = ("tmp", "home", "matplotlib", "root")
_OUTCOME_BYTES = 16 * 1024**2
_METRICS_BYTES = 256 * 1024**2
_FAULT_BYTES = 1024**2
_REFUSALS_BYTES = 2 * 1024**2
_LONGEST_LINE = 64 * 1024**2
#: Where uploads and results lie, and the working directory, from the folder on.
UPLOADS: Way = ("outputs", "files")
RESULTS: Way = ("outputs",)
WORK: Way = ("work",)
#: Where the script's processes put what goes with a question.
HANDED: Way = ("handed",)


class Unusable(Exception):
    """What lies in the folder as the outcome cannot be one; the text says why."""


class JobFolder:
    """One job's folder. `prepare()` makes it, before its process starts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.work = path / "work"
        self.bundle = self.work / BUNDLE_FOLDER
        self.uploads = path / "outputs" / "files"
        self.packages = path / "packages"
        self.metrics_warnings: tuple[str, ...] = ()

    def prepare(self) -> None:
        """Make the folder and those in it that must be there."""
        places = (
            self.bundle,
            self.uploads,
            *(self.path / name for name in ("inputs", "script", "pip", *HANDED, *_OWN, _NO_PACKAGES)),
        )
        for folder in places:
            folder.mkdir(parents=True, exist_ok=True)
        if not self.packages.is_symlink():
            self.packages.symlink_to(_NO_PACKAGES)

    def input_file(self, port: str) -> Path:
        """Where the Arrow file of an input port lies."""
        return self.path / "inputs" / f"{port}.arrow"

    def input_files(self, port: str) -> Path:
        """Where the files of an input port lie."""
        return self.path / "inputs" / port

    def give_fonts(self, fonts: Path) -> Path:
        """A folder of the job for matplotlib, with the list of fonts that it would otherwise make first."""
        import shutil

        folder = self.path / "matplotlib"
        folder.mkdir(exist_ok=True)
        shutil.copyfile(fonts, folder / fonts.name)
        return folder

    def write_script(self, module: str, source: bytes) -> None:
        """Store the script under its module name."""
        (self.path / "script" / f"{module}.py").write_bytes(source)

    def opened(self) -> AbstractContextManager[int]:
        """A descriptor of the folder, from which all in it is to be reached once the script has run."""
        return folder_at(self.path)

    def outcome(self) -> dict[str, Any]:
        """What the script's process said of its end, as it said it; empty where it said nothing. Raises Unusable."""
        try:
            told = said.parsed(self._read("outcome.json", _OUTCOME_BYTES))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as wrong:
            raise Unusable(str(wrong)) from None
        if not isinstance(told, dict):
            raise Unusable("it is no object")
        return told

    def metrics(self) -> Iterator[dict[str, Any]]:
        """What the script logged, in order; a line that was cut by a kill is passed over, and so is what is no line.

        `metrics_warnings` tells afterwards whether there was more than is read.
        """
        left = _METRICS_BYTES
        try:
            with self.opened() as folder, file_in(folder, "metrics.jsonl") as file:
                stream = io.BufferedReader(file)
                while line := stream.readline(_LONGEST_LINE):
                    left -= len(line)
                    if left < 0:
                        self.metrics_warnings = (f"Only {_METRICS_BYTES:,} bytes of metrics were read: log less.",)
                        return
                    told = _object(line)
                    if told is not None:
                        yield told
        except OSError:
            return

    def refusals(self) -> Iterator[dict[str, Any]]:
        """What the script's processes noted that they were refused, in order; see `child/refusals.py`."""
        try:
            lines = self._read("refusals.jsonl", _REFUSALS_BYTES).splitlines()
        except OSError:
            return
        yield from (told for told in map(_object, lines) if told is not None)

    def fault(self) -> str:
        """What faulthandler wrote."""
        try:
            return self._read("fault.txt", _FAULT_BYTES).decode("utf-8", "replace")
        except OSError:
            return ""

    def _read(self, name: str, most: int) -> bytes:
        """A regular file of the folder, of no more than `most` bytes; OSError for anything else."""
        with self.opened() as folder, file_in(folder, name) as stream:
            size = os.fstat(stream.fileno()).st_size
            if size > most:
                raise OSError(f"it has more than {most:,} bytes")
            return stream.read(size)

    def plain_files(self, below: Path) -> Iterator[tuple[str, Path, int]]:
        """(name relative to `below`, path, size) of every regular file there, before the script has run."""
        for folder, folders, files in os.walk(below):
            folders.sort()
            for name in sorted(files):
                path = Path(folder, name)
                status = path.lstat()
                if stat.S_ISREG(status.st_mode):
                    yield path.relative_to(below).as_posix(), path, status.st_size


def keep_work(folder: Path, target: Path) -> None:
    """Give the working directory of a job that has ended another place, if the script left it one.

    Where it put a link in its place, that is not moved: it would lead whoever looks there elsewhere.
    """
    work = folder / "work"
    try:
        if stat.S_ISDIR(work.lstat().st_mode):
            work.chmod(0o700)  # a folder that may not be changed is not moved
            work.rename(target)
    except OSError:  # gone, or not to be moved: there is nothing to show
        return


def link_or_copy(content: Path, target: Path) -> None:
    """Give a file a second name, on another file system a copy; the folders of `target` are made.

    FileExistsError where something else is there: to write to it could change another content of that name.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(content, target)
    except FileExistsError:
        if not target.samefile(content):
            raise
    except OSError:  # another file system, or one without links
        import shutil

        with target.open("xb") as copy, content.open("rb") as source:
            shutil.copyfileobj(source, copy, 1 << 20)


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        told = said.parsed(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
