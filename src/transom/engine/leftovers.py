"""Which of the files that a script left are kept, and under which names."""

from __future__ import annotations

import mimetypes
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from transom.engine.job_folder import UPLOADS, WORK, JobFolder
from transom.model.runs import KeptFile
from transom.model.scripts import BUNDLE_FOLDER
from transom.model.texts import cut, plain_name, visible
from transom.store.blobs import Blobs
from transom.store.foreign import MOST_HOLLOW, Walk, Way, file_in, folder_below, hollow_bytes, is_sparse

PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".bmp", ".tif", ".tiff")
#: Folders whose files are kept whatever their size, as in Azure.
KEPT_FOLDERS = ("outputs", "logs")
#: So many files are kept, so many things are looked at for that in each of the two folders, and so deep.
MOST_KEPT = 10_000
MOST_SEEN = 100_000
DEEPEST = 50
#: So many names stand in one warning, and so many warnings are for one file each.
_NAMED = 10
_LONGEST_SHOWN = 200
#: A path may be as long as this: the run folder in which it will lie stands before it.
_LONGEST_NAME = 2_000
_PASSED_OVER = frozenset({"__pycache__", ".ipynb_checkpoints", ".cache", ".config", ".pytest_cache"})
_MEDIA_TYPES = {
    ".parquet": "application/vnd.apache.parquet",
    ".arrow": "application/vnd.apache.arrow.file",
    ".feather": "application/vnd.apache.arrow.file",
    ".pkl": "application/octet-stream",
    ".joblib": "application/octet-stream",
    ".jsonl": "application/jsonl",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".md": "text/markdown",
    ".log": "text/plain",
    ".webp": "image/webp",
}


@dataclass(frozen=True, slots=True)
class Left:
    """A file that is there: the folder of the job where it lies, the way to it from there, and its size in bytes."""

    place: Way
    way: Way
    size: int
    hollow: int

    @property
    def name(self) -> str:
        return "/".join(self.way)


def media_type(name: str) -> str:
    """The media type of a file, by its ending."""
    ending = os.path.splitext(name)[1].lower()
    return _MEDIA_TYPES.get(ending) or mimetypes.guess_type(name)[0] or "application/octet-stream"


def is_picture(name: str) -> bool:
    """Whether a file of that name is shown as a picture."""
    return name.lower().endswith(PICTURES)


def found(folder: JobFolder, most_bytes: int) -> Found:
    """What the script uploaded and left in its working directory, and is to be kept; nothing is moved yet.

    Uploads, pictures and what lies in `outputs` and `logs` are kept; the other files, the smallest first, up to
    `most_bytes` together. The script may have put anything there, and anything else in the place of these folders.
    """
    here = Found(folder)
    try:
        with folder.opened() as job:
            here.look(job, most_bytes)
    except OSError:  # it is gone, or something else is in its place: then nothing was left
        return here
    return here


class Found:
    """The files that a job left and that are to be kept; `warnings` tells what is not, and why."""

    def __init__(self, folder: JobFolder) -> None:
        self.folder = folder
        self.files: list[Left] = []
        self._said: list[str] = []
        self._odd: list[str] = []
        self._unreadable: list[str] = []

    @property
    def bytes(self) -> int:
        """What the files have together."""
        return sum(each.size for each in self.files)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is not kept, and why."""
        return (
            *self._said,
            *_sentences("Not kept, because they are links or pipes and no files", self._odd),
            *_sentences("Not kept, because they cannot be read", self._unreadable),
        )

    def look(self, job: int, most_bytes: int) -> None:
        """Find them; `job` is a descriptor of the job's folder."""
        uploads = list(self._files_of(job, UPLOADS))
        left = list(self._files_of(job, WORK))
        chosen = [each for each in left if _is_kept_anyway(each)]
        others = [each for each in left if not _is_kept_anyway(each)]
        others, dropped = _within(sorted(others, key=lambda each: each.size), most_bytes)
        wanted = [*uploads, *chosen, *sorted(others, key=lambda each: each.name)]
        self.files = self._real(job, self._named_shortly(wanted))
        self._say_dropped(dropped, most_bytes)

    def kept(self, blobs: Blobs) -> tuple[KeptFile, ...]:
        """Store them, the first ones of very many; a picture with the same content as another one is kept once.

        Raises StoreUnwritable.
        """
        if len(self.files) > MOST_KEPT:
            self._said.append(
                f"{len(self.files) - MOST_KEPT:,} files were not kept: a run keeps up to {MOST_KEPT:,}. Put many small"
                " files into one archive."
            )
        kept: list[KeptFile] = []
        names, pictures = _Names(), set[str]()
        for each in self.files[:MOST_KEPT]:
            stored = self._stored(each, blobs)
            if stored is None or (is_picture(each.name) and stored[0] in pictures):
                continue
            digest, size = stored
            if is_picture(each.name):
                pictures.add(digest)
            name = names.free(plain_name(each.name))
            kept.append(KeptFile(name, media_type(name), size, digest))
        return tuple(kept)

    def _files_of(self, job: int, place: Way) -> Iterator[Left]:
        """The regular files below a folder of the job, but for the bundle's and what Python itself leaves."""
        walk = Walk(MOST_SEEN, DEEPEST, _is_not_the_script_s if place == WORK else lambda _: False)
        try:
            with folder_below(job, place) as folder:
                for way, status in walk.below(folder, first=KEPT_FOLDERS):
                    if stat.S_ISREG(status.st_mode):
                        yield Left(place, way, status.st_size, hollow_bytes(status))
                    elif not _is_of_the_bundle(way):
                        self._odd.append("/".join(way))
        except FileNotFoundError:
            return
        except PermissionError:
            self._unreadable.append("/".join(place))
        except OSError:
            self._odd.append("/".join(place))
        self._unreadable.extend(walk.closed)
        self._said.extend(_sentences(f"Not looked into, because they lie over {DEEPEST} folders deep", walk.deep))
        if walk.is_cut:
            self._said.append(
                f"Only {MOST_SEEN:,} of the files and folders in {'/'.join(place)} were looked at: write what is to be"
                " kept to ./outputs."
            )

    def _named_shortly(self, files: Iterable[Left]) -> Iterator[Left]:
        long = []
        for each in files:
            if len(os.fsencode(each.name)) > _LONGEST_NAME:
                long.append(each.name)
            else:
                yield each
        self._said.extend(_sentences(f"Not kept, because their paths have over {_LONGEST_NAME:,} bytes", long))

    def _real(self, job: int, files: Iterable[Left]) -> list[Left]:
        """The files without those that pretend to be much larger than they are."""
        real, hollow, room = [], [], MOST_HOLLOW
        for each in files:
            if each.hollow > room and self._is_hollow(job, each):
                hollow.append(each.name)
                continue
            room -= min(each.hollow, room)
            real.append(each)
        self._said.extend(_sentences("Not kept, because they are nearly empty for their size", hollow))
        return real

    def _is_hollow(self, job: int, each: Left) -> bool:
        try:
            with folder_below(job, (*each.place, *each.way[:-1])) as folder, file_in(folder, each.way[-1]) as stream:
                return is_sparse(stream)
        except OSError:
            return True

    def _say_dropped(self, dropped: list[Left], most_bytes: int) -> None:
        why = (
            f"files that are neither pictures nor in ./outputs are kept up to {most_bytes:,} bytes together."
            " Write it to ./outputs to keep it."
        )
        for each in dropped[:_NAMED]:
            self._said.append(
                f"{_shown(each.name)} ({each.size:,} bytes) was left in the working directory and not kept: {why}"
            )
        if len(dropped) > _NAMED:
            self._said.append(f"{len(dropped) - _NAMED:,} more files were left there and not kept.")

    def _stored(self, each: Left, blobs: Blobs) -> tuple[str, int] | None:
        """Digest and size of a file that is stored now; None where it cannot be read."""
        try:
            with self.folder.opened() as job, folder_below(job, (*each.place, *each.way[:-1])) as folder:
                return blobs.keep_foreign(folder, each.way[-1])
        except OSError:
            self._unreadable.append(each.name)
            return None


class _Names:
    """The names that are taken: of files, and of the folders that they lie in."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()
        self._counts: dict[str, int] = {}

    def free(self, name: str) -> str:
        """A name that is neither a kept file's, nor a folder's of one, nor below one; it is taken then."""
        stem, ending = os.path.splitext(name)
        folder, slash, rest = name.partition("/")
        below_a_file = any(each in self._files for each in _folders_of(name))
        wanted = name
        while name in self._files or name in self._folders or any(each in self._files for each in _folders_of(name)):
            count = self._counts[wanted] = self._counts.get(wanted, 1) + 1
            name = f"{folder}_{count}{slash}{rest}" if below_a_file else f"{stem}_{count}{ending}"
        self._files.add(name)
        self._folders.update(_folders_of(name))
        return name


def _folders_of(name: str) -> Iterator[str]:
    """The folders on the way to a file, the outermost first."""
    end = name.find("/")
    while end >= 0:
        yield name[:end]
        end = name.find("/", end + 1)


def _is_not_the_script_s(way: Way) -> bool:
    """Whether it lies in the bundle, or is what Python and its tools leave."""
    return way == (BUNDLE_FOLDER,) or way[-1] in _PASSED_OVER


def _is_of_the_bundle(way: Way) -> bool:
    """Whether it is one of our links for scripts that write `Script Bundle\\`."""
    return f"{BUNDLE_FOLDER}\\" in way[0]


def _is_kept_anyway(each: Left) -> bool:
    return is_picture(each.way[-1]) or each.way[0] in KEPT_FOLDERS


def _within(files: list[Left], most_bytes: int) -> tuple[list[Left], list[Left]]:
    kept: list[Left] = []
    dropped: list[Left] = []
    total = 0
    for each in files:
        total += each.size
        (kept if total <= most_bytes else dropped).append(each)
    return kept, dropped


def _sentences(why: str, names: list[str]) -> Iterator[str]:
    """One sentence with the first of these names, if there are any."""
    if names:
        more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
        yield f"{why}: {', '.join(_shown(each) for each in names[:_NAMED])}{more}."


def _shown(name: str) -> str:
    """A name as it stands in a sentence."""
    return visible(cut(name, _LONGEST_SHOWN)).replace("\n", "\u2424").replace("\t", "\u2409")
