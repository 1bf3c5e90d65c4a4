"""How a file, a folder or what lies at an address becomes a version of a dataset: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from transom.errors import FormatUnknown, WrongUse
from transom.model.additions import NewDataset
from transom.model.assets import Dataset, DatasetKind
from transom.tables import formats
from transom.tables.doubtful import why_no_table
from transom.tables.formats import Read
from transom.tables.options import parse_options
from transom.tables.reading import Progress
from transom.workspace.contents import bring_to_disk, keep_file_set, registering, told_of_disk
from transom.workspace.contents_leaving import ZIP
from transom.workspace.contents_sources import Arrived, Source, arrived, told_as
from transom.workspace.datasets import good_name
from transom.workspace.opening import Workspace

#: What makes a folder a table.
_META = "_meta.yaml"
_AS_TABLE = "any option of --read makes a table of it, such as --read encoding=utf-8."


@dataclass(frozen=True, slots=True)
class Addition:
    """What is to be registered under a name.

    `source` is a path, an address as a text, or a stream of CSV. `read` says how a text table is read, as `--read1`
    takes it. Without a `description` or `tags` a version that has the same content keeps its own.
    """

    name: str
    source: Source
    description: str | None = None
    tags: Mapping[str, str] | None = None
    as_files: bool = False
    read: str = ""


@dataclass(frozen=True, slots=True)
class Added:
    """The version of a dataset, whether it is new, what a person should know; `read` where a table was read."""

    dataset: Dataset
    is_new: bool
    warnings: tuple[str, ...] = ()
    read: Read | None = None


def add_dataset(workspace: Workspace, addition: Addition, progress: Progress | None = None) -> Added:
    """Register what a person has. Of what the latest version holds already no new one is made.

    A file of a table's format and a DataFrameDirectory become a table, anything else a set of files; so does a text or
    a JSON file that is hardly meant as a table, unless `read` says how it is one. Raises NameInvalid, NotThere,
    InputUnreadable, WrongUse and StoreUnwritable; then nothing is registered.
    """
    good_name(addition.name, "dataset")
    parse_options(addition.read)
    with registering(workspace), arrived(addition.source, workspace.blobs, progress) as source:
        if _is_table(source, addition):
            return _added_table(workspace, addition, source, progress)
        return _added_files(workspace, addition, source, progress)


def _is_table(source: Arrived, addition: Addition) -> bool:
    if addition.as_files or source.path is None:
        return _no_options(addition, source)
    if source.path.is_dir():
        return (source.path / _META).is_file() or _no_options(addition, source)
    if not addition.read and (source.name.lower().endswith(ZIP) or _doubt(source)):
        return False  # one table of a zip file is named by an option
    try:
        with told_as(source.shown):
            formats.check_readable(source.path)
    except FormatUnknown:
        return _no_options(addition, source)
    return True


def _doubt(source: Arrived) -> str | None:
    """Why a file of a table's ending is hardly meant as a table."""
    return None if source.path is None or source.path.is_dir() else why_no_table(source.path)


def _no_options(addition: Addition, source: Arrived) -> bool:
    """False; raises WrongUse where it was said how a table is read."""
    if addition.read:
        raise WrongUse(
            problem=f"{source.shown} is kept as files, and --read says how a table is read.",
            advice="Leave --read out, or give the file the ending of its format, such as .csv.",
        )
    return False


def _added_table(workspace: Workspace, addition: Addition, source: Arrived, progress: Progress | None) -> Added:
    assert source.path is not None
    blobs = workspace.blobs
    with blobs.writer(".arrow") as writing, told_of_disk(blobs), told_as(source.shown):
        read = formats.read(source.path, writing.path, parse_options(addition.read), progress=progress)
    bring_to_disk(blobs, [writing.digest])
    new = NewDataset(
        addition.name,
        DatasetKind.TABLE,
        writing.digest,
        blobs.size(writing.digest),
        read.shape,
        source=source.shown,
        format=read.format,
        description=addition.description,
        tags=addition.tags,
    )
    dataset, is_new = workspace.registry.add_dataset(new)
    return Added(dataset, is_new, read.warnings, read)


def _added_files(workspace: Workspace, addition: Addition, source: Arrived, progress: Progress | None) -> Added:
    doubt = None if addition.as_files else _doubt(source)
    taken = source.take(workspace.blobs, progress)
    digest = keep_file_set(workspace.blobs, taken.files)
    kind = "folder" if source.is_folder else "zip" if source.name.lower().endswith(ZIP) else "file"
    new = NewDataset(
        addition.name,
        DatasetKind.FILES,
        digest,
        taken.files.size,
        files=len(taken.files.files),
        source=source.shown,
        format=kind,
        description=addition.description,
        tags=addition.tags,
    )
    dataset, is_new = workspace.registry.add_dataset(new)
    told = () if doubt is None else (f"{source.shown} is kept as a file, since {doubt}; {_AS_TABLE}",)
    return Added(dataset, is_new, (*told, *taken.warnings))
