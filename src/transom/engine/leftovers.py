"""Which of the files that a script left are kept, and under which names."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from transom.engine.job_folder import JobFolder, link_or_copy
from transom.model.runs import KeptFile
from transom.model.scripts import BUNDLE_FOLDER
from transom.store.blobs import Blobs

PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".bmp", ".tif", ".tiff")
#: Folders whose files are kept whatever their size, as in Azure.
KEPT_FOLDERS = ("outputs", "logs")
#: So many names stand in one warning.
_NAMED = 10
_PASSED_OVER = ("__pycache__", ".ipynb_checkpoints", ".cache", ".config", ".pytest_cache")
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
class _Left:
    name: str
    path: Path
    size: int


def media_type(name: str) -> str:
    """The media type of a file, by its ending."""
    ending = os.path.splitext(name)[1].lower()
    return _MEDIA_TYPES.get(ending) or mimetypes.guess_type(name)[0] or "application/octet-stream"


def is_picture(name: str) -> bool:
    """Whether a file of that name is shown as a picture."""
    return name.lower().endswith(PICTURES)


def gather(folder: JobFolder, blobs: Blobs, most_bytes: int) -> tuple[tuple[KeptFile, ...], tuple[str, ...]]:
    """Keep what the script uploaded and left in its working directory; the files, and warnings of what is not kept.

    Uploads, pictures and what lies in `outputs` and `logs` are kept; the other files, the smallest first, up to
    `most_bytes` together. A picture with the same content as another one is kept once.
    """
    uploads = [_Left(name, path, size) for name, path, size in folder.plain_files(folder.uploads)]
    left = list(_left_in_work(folder))
    chosen = [each for each in left if _is_kept_anyway(each.name)]
    others, dropped = _within(
        sorted((each for each in left if each not in chosen), key=lambda each: each.size), most_bytes
    )
    kept = _kept([*uploads, *chosen, *sorted(others, key=lambda each: each.name)], blobs)
    return kept, (*(_dropped_warning(each, most_bytes) for each in dropped), *_odd_warnings(folder))


def _left_in_work(folder: JobFolder) -> Iterator[_Left]:
    for name, path, size in folder.plain_files(folder.work):
        if _is_the_script_s(name):
            yield _Left(name, path, size)


def _is_the_script_s(name: str) -> bool:
    parts = name.split("/")
    return parts[0] != BUNDLE_FOLDER and not any(part in _PASSED_OVER for part in parts)


def _odd_warnings(folder: JobFolder) -> tuple[str, ...]:
    """What is said of links, pipes and the like; the links that lead to the bundle are ours."""
    odd = [
        name for name in folder.odd_files(folder.work) if _is_the_script_s(name) and f"{BUNDLE_FOLDER}\\" not in name
    ]
    if not odd:
        return ()
    shown = ", ".join(odd[:_NAMED]) + (f" and {len(odd) - _NAMED} more" if len(odd) > _NAMED else "")
    return (f"Not kept, because they are links or pipes and no files: {shown}.",)


def _is_kept_anyway(name: str) -> bool:
    return is_picture(name) or name.split("/")[0] in KEPT_FOLDERS


def _within(files: list[_Left], most_bytes: int) -> tuple[list[_Left], list[_Left]]:
    kept: list[_Left] = []
    dropped: list[_Left] = []
    total = 0
    for each in files:
        total += each.size
        (kept if total <= most_bytes else dropped).append(each)
    return kept, dropped


def _kept(files: list[_Left], blobs: Blobs) -> tuple[KeptFile, ...]:
    kept: dict[str, KeptFile] = {}
    pictures: set[str] = set()
    for each in files:
        digest = blobs.keep(each.path)
        link_or_copy(blobs.path(digest), each.path)  # a failed run's working folder is kept as it was
        if is_picture(each.name):
            if digest in pictures:
                continue
            pictures.add(digest)
        name = _free_name(each.name, kept)
        kept[name] = KeptFile(name, media_type(name), each.size, digest)
    return tuple(kept.values())


def _free_name(name: str, taken: dict[str, KeptFile]) -> str:
    """A name that is neither a kept file's, nor a folder's of one, nor below one."""
    stem, ending = os.path.splitext(name)
    folder, slash, rest = name.partition("/")
    count = 1
    while name in taken or any(other.startswith(f"{name}/") or name.startswith(f"{other}/") for other in taken):
        count += 1
        below_a_file = any(f"{folder}{slash}{rest}".startswith(f"{other}/") for other in taken)
        name = f"{folder}_{count}/{rest}" if below_a_file else f"{stem}_{count}{ending}"
    return name


def _dropped_warning(each: _Left, most_bytes: int) -> str:
    return (
        f"{each.name} ({each.size:,} bytes) was left in the working directory and not kept: files that are neither "
        f"pictures nor in ./outputs are kept up to {most_bytes:,} bytes together. Write it to ./outputs to keep it."
    )
