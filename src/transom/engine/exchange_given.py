"""What a job is given: contents of the blobs under names of their own, in a folder that no other job finds.

The folder lies in one that jobs can enter and not list, and see read-only; its name cannot be guessed. A file is a
second name of its blob, so that nothing is copied however large it is.
"""

from __future__ import annotations

import json
import os
import re
import stat
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from transom.engine.exchange_markers import Marker, is_given, replaced
from transom.engine.read_only import remove_tree
from transom.errors import StoreUnwritable, WorkspaceUnusable, WrongUse
from transom.model.policies import Enforced, Policy
from transom.model.texts import cut, visible
from transom.store.blobs import Blobs, digest_of_pieces

#: The file of a run's folder that names the folder in which its job was given contents, while that is there.
GIVEN_NOTE = "given"
#: Who enters the folder of all jobs finds what it has the name of.
_ENTERED_ONLY = 0o311
_READ_ONLY_FOLDER = 0o555
_READ_ONLY = 0o444
_NAME_BYTES = 16
_OWN = re.compile(r"[0-9a-f]{32}")
#: What keeps the content of files as it is, and their rights, in the words of `child/confine`.
_FILES, _MODES = "files", "modes of files"
#: A job is given so many files at most; a path among them has so many bytes, and so many parts.
MOST_FILES = 1_000_000
_LONGEST_PATH = 2_000
_LONGEST_PART = 255
_MOST_PARTS = 50


@dataclass(frozen=True, slots=True)
class Giving:
    """Where contents are given to a job: `folder` is that of all jobs (None: nothing can be given), `note` the file
    that names the job's own folder in it while that is there.

    A job gets `copies` where nothing would keep it from writing to a blob that it has a name of, and the rights of
    blobs are mended at the end with `repairs`, where nothing would keep it from changing those.
    """

    folder: Path | None
    note: Path
    copies: bool = False
    repairs: bool = False

    @staticmethod
    def under(enforced: Enforced | None, folder: Path | None, note: Path) -> Giving:
        """How a job is given contents that is confined so. The rights of a file keep all but administrators out."""
        is_open = enforced is None or enforced.policy is Policy.OPEN
        missing = (_FILES, _MODES) if enforced is None or is_open else enforced.missing
        return Giving(folder, note, _FILES in missing and os.geteuid() == 0, _MODES in missing)


def make_given(folder: Path) -> None:
    """Make the folder in which contents are given to jobs. Raises WorkspaceUnusable where something else is there."""
    try:
        with suppress(FileExistsError):
            folder.mkdir(mode=_ENTERED_ONLY, parents=True)
        mode = folder.lstat().st_mode
        if not stat.S_ISDIR(mode):  # scripts would be shown what a link leads to, whatever that is
            raise WorkspaceUnusable(
                path=folder.parent, reason=f"{folder.name} is no folder", advice=f"Move {folder} away."
            )
        if stat.S_IMODE(mode) != _ENTERED_ONLY:
            folder.chmod(_ENTERED_ONLY)
    except OSError as wrong:
        raise WorkspaceUnusable(path=folder.parent, reason=wrong.strerror or str(wrong)) from None


def sweep_given(note: Path, folder: Path) -> None:
    """Remove what a job was given whose Transom was killed, by the note that it left; quiet where there is none."""
    try:
        name = note.read_text("utf-8", "replace")
    except OSError:
        return
    if _OWN.fullmatch(name) and stat.S_ISDIR(_mode(folder)):
        remove_tree(folder / name)
    with suppress(OSError):
        note.unlink()


def _mode(path: Path) -> int:
    try:
        return path.lstat().st_mode
    except OSError:
        return 0


class Given:
    """What one job was given so far; threads may share it. Close it when the job is over."""

    def __init__(self, giving: Giving, blobs: Blobs) -> None:
        self._giving = giving
        self._blobs = blobs
        self._own: Path | None = None
        self._places: dict[str, str] = {}
        self._named: set[Path] = set()
        self._files = 0
        self._closed = False
        self._lock = threading.Lock()

    def placed(self, answer: Marker) -> Marker:
        """The answer with {"path"} for each content that it names.

        Raises WrongUse for a name that is none, BlobMissing, and StoreUnwritable.
        """
        told: Marker = replaced(answer, is_given, lambda marker: {"path": self._path(marker)})
        return told

    def close(self) -> None:
        """Remove everything; nothing is given any more."""
        self._closed = True  # whoever is giving much gives up
        with self._lock:
            self._mend()
            if self._own is not None:
                remove_tree(self._own)
                with suppress(OSError):
                    self._giving.note.unlink()

    def _mend(self) -> None:
        """Take rights away that the job gave to others."""
        for content in self._named if self._giving.repairs else ():
            with suppress(OSError):
                if stat.S_IMODE(content.lstat().st_mode) != _READ_ONLY:
                    content.chmod(_READ_ONLY)

    def _path(self, marker: Marker) -> str:
        key = digest_of_pieces([json.dumps(marker, sort_keys=True).encode()])
        with self._lock:
            if key not in self._places:
                self._places[key] = self._laid(marker)
            return self._places[key]

    def _laid(self, marker: Marker) -> str:
        files = list(_files_of(marker))
        self._files += len(files)
        if self._files > MOST_FILES:
            raise WrongUse(problem=f"A run is given {MOST_FILES:,} files at most.", advice="Ask for fewer.")
        self._go_on()
        folder = self._own_folder() / str(len(self._places) + 1)
        place = folder.joinpath(*_parts(marker["name"]))
        try:
            (folder if "content" in marker else place).mkdir(parents=True)
            for way, digest in files:
                self._go_on()
                self._lay(folder.joinpath(*way), self._blobs.path(digest))
            _close_folders(folder)
        except BaseException as wrong:
            remove_tree(folder)
            if isinstance(wrong, (FileExistsError, NotADirectoryError)):
                problem = f"In {_shown(str(marker['name']))} a file has the name of another one, or of a folder."
                raise WrongUse(problem=problem, advice="Rename one of them.") from None
            if isinstance(wrong, OSError):
                raise StoreUnwritable(store=self._giving.folder, reason=wrong.strerror or str(wrong)) from None
            raise
        return str(place)

    def _go_on(self) -> None:
        if self._closed:
            raise WrongUse(problem="The job is over.", advice="Ask while the script runs.")

    def _own_folder(self) -> Path:
        """The folder of this job, made and noted when it is first needed."""
        if self._own is not None:
            return self._own
        if self._giving.folder is None:
            raise WrongUse(
                problem="Contents of the workspace cannot be given to this run: it has no folder for them.",
                advice="Run the script in a workspace, with `transom run`.",
            )
        make_given(self._giving.folder)
        name = os.urandom(_NAME_BYTES).hex()
        own = Path(os.path.realpath(self._giving.folder), name)
        try:
            self._giving.note.write_text(name, "utf-8")
            own.mkdir()
        except OSError as wrong:
            raise StoreUnwritable(store=self._giving.folder, reason=wrong.strerror or str(wrong)) from None
        self._own = own
        return own

    def _lay(self, target: Path, content: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not self._giving.copies:
            try:
                os.link(content, target)
            except FileExistsError:
                raise
            except OSError:  # another file system, one without links, or too many of this one
                pass
            else:
                self._named.add(content)
                return
        import shutil

        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _READ_ONLY)
        with open(descriptor, "wb", buffering=0) as stream, content.open("rb", buffering=0) as source:
            shutil.copyfileobj(source, stream, 1 << 20)


def _files_of(marker: Marker) -> Iterator[tuple[tuple[str, ...], str]]:
    """(way, digest) of each file of a marker. Raises WrongUse for a name that is none, and for one that comes twice."""
    name = _parts(marker["name"])
    if "content" in marker:
        yield name, _digest(marker["content"])
        return
    contents = marker["contents"]
    seen = set()
    for each in contents if isinstance(contents, Iterable) else ():
        way = (*name, *_parts(each["name"]))
        if way in seen:
            raise WrongUse(problem=f"Two files have the name {_shown('/'.join(way))}.", advice="Rename one of them.")
        seen.add(way)
        yield way, _digest(each["digest"])


def _digest(digest: object) -> str:
    return digest if isinstance(digest, str) else ""


def _parts(name: object) -> tuple[str, ...]:
    """The parts of a relative path that lie below wherever it starts. Raises WrongUse: strangers choose such names."""
    parts = tuple(name.split("/")) if isinstance(name, str) else ()
    wrong = not 0 < len(parts) <= _MOST_PARTS or any(part in ("", ".", "..") or "\0" in part for part in parts)
    if wrong or not _are_short(parts):
        problem = f"{_shown(str(name))} cannot be the name of a file."
        raise WrongUse(problem=problem, advice="A name is relative, without `..`, and its parts have up to 255 bytes.")
    return parts


def _are_short(parts: tuple[str, ...]) -> bool:
    """Whether a disk takes them as names; half a character is none."""
    try:
        sizes = [len(os.fsencode(part)) for part in parts]
    except UnicodeEncodeError:
        return False
    return max(sizes) <= _LONGEST_PART and sum(sizes) <= _LONGEST_PATH


def _shown(name: str) -> str:
    return repr(visible(cut(name, 200)))


def _close_folders(folder: Path) -> None:
    """Let nobody add to what was given, not even by mistake."""
    for place, _, _ in os.walk(folder, topdown=False):
        os.chmod(place, _READ_ONLY_FOLDER)
