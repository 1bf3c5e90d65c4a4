"""What a person sees of a dataset: its first rows or files, its statistics, its versions; and how it is exported."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from transom.errors import OfAnotherKind, WrongUse
from transom.model.assets import Dataset, DatasetKind
from transom.tables import formats, step_file
from transom.tables.reading import Progress
from transom.workspace.contents import file_set
from transom.workspace.contents_leaving import ZIP, is_zip, write_file, write_files, write_zip
from transom.workspace.datasets import dataset_document, table_path
from transom.workspace.opening import Workspace

if TYPE_CHECKING:
    from transom.model.profiles import Profile

_FIRST_ROWS = 10
#: Of a set of files no more are named.
_MOST_NAMES = 1000


def dataset_rows(workspace: Workspace) -> list[dict[str, Any]]:
    """The latest version of every dataset, by name."""
    return [dataset_document(each) for each in workspace.registry.datasets()]


def show_dataset(workspace: Workspace, dataset: Dataset) -> dict[str, Any]:
    """Everything that is known of a dataset, as JSON has it. Raises BlobMissing."""
    told = dataset_document(dataset) | {
        "digest": dataset.digest,
        "source": dataset.source,
        "format": dataset.format,
        "port": dataset.port,
        "versions": [
            {"version": each.version, "created": each.created.isoformat(), "bytes": each.bytes, "run": each.run}
            for each in workspace.registry.versions(dataset.name)
        ],
    }
    if dataset.kind is DatasetKind.FILES:
        files = file_set(workspace.blobs, dataset.digest).files
        return told | {"names": [{"name": each.name, "bytes": each.size} for each in files[:_MOST_NAMES]]}
    first = step_file.first_rows(table_path(workspace, dataset), _FIRST_ROWS)
    return told | {
        "index": list(first.shape.index),
        "first_rows": [list(row) for row in first.rows],
        "first_index": [list(row) for row in first.index],
        "statistics": profile_of(workspace, dataset).document(),
    }


def profile_of(workspace: Workspace, dataset: Dataset) -> Profile:
    """The statistics of a table, computed once and kept. Raises OfAnotherKind, BlobMissing."""
    from transom.model.profiles import NoProfile, Profile

    path = table_path(workspace, dataset)
    kept = workspace.registry.profile(dataset.digest)
    if kept is not None:
        try:
            return Profile.from_document(kept)
        except NoProfile:  # of an earlier version
            pass
    from transom.tables.profile import profile

    made = profile(path)
    workspace.registry.keep_profile(dataset.digest, made.document())
    return made


def export_dataset(
    workspace: Workspace, dataset: Dataset, target: str | BinaryIO, progress: Progress | None = None
) -> tuple[str, ...]:
    """Write a table in the format that the ending of `target` names, files to a folder or a `.zip`; the warnings.

    A set of one file is written under any other name too, and a stream gets a table as CSV. Raises FormatUnknown,
    ResultUnwritable, WrongUse, OfAnotherKind and BlobMissing; then nothing is changed there.
    """
    if not target:
        raise WrongUse(problem="The place to export to is empty.", advice="Name a file or a folder.")
    if dataset.kind is DatasetKind.TABLE:
        return formats.write(table_path(workspace, dataset), target, progress=progress)
    if not isinstance(target, str):
        raise OfAnotherKind(
            name=dataset.reference, found="a set of files", wanted="a table", advice="Name a folder or a zip file."
        )
    files, blobs, path = file_set(workspace.blobs, dataset.digest), workspace.blobs, Path(target)
    is_folder = target.endswith("/") or path.is_dir()
    if not is_folder and path.suffix.lower() == ZIP:
        write_zip(files, blobs, path)
    elif not is_folder and len(files.files) == 1 and path.suffix and not is_zip(files):
        write_file(files.files[0], blobs, path)
    else:
        write_files(files, blobs, path)
    return ()
