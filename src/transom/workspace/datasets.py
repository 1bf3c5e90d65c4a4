"""What is done with a registered dataset: it is found by its name, connected, made of a result, told of and removed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transom.errors import NameInvalid, OfAnotherKind
from transom.model.assets import Dataset, DatasetKind, NoName, Reference, checked_name
from transom.model.runs import Result
from transom.workspace.contents import bring_to_disk, file_set, registering
from transom.workspace.opening import Workspace

_KIND = "dataset"


def find_dataset(workspace: Workspace, text: str) -> Dataset:
    """The dataset that a person names: `cars` (its latest version) or `cars@2`.

    Raises NameInvalid, Unknown and VersionUnknown.
    """
    return workspace.registry.dataset(named(text, _KIND))


def named(text: str, kind: str) -> Reference:
    """What a text names. Raises NameInvalid."""
    try:
        return Reference.of(text)
    except NoName as wrong:
        raise NameInvalid(kind=kind, name=text, reason=wrong) from None


def good_name(text: str, kind: str) -> str:
    """The text, if something can be registered under it. Raises NameInvalid."""
    try:
        return checked_name(text)
    except NoName as wrong:
        raise NameInvalid(kind=kind, name=text, reason=wrong) from None


def table_path(workspace: Workspace, dataset: Dataset) -> Path:
    """The read-only step file of a dataset that is a table. Raises OfAnotherKind, BlobMissing."""
    if dataset.kind is not DatasetKind.TABLE:
        raise OfAnotherKind(
            name=dataset.reference,
            found=f"a set of {dataset.files:,} {'file' if dataset.files == 1 else 'files'}",
            wanted="a table",
            advice=f"Connect it to the bundle port (--bundle {dataset.reference}), or register one table of it: "
            f"`transom dataset export {dataset.name} FOLDER/`, then `transom dataset add`.",
        )
    return workspace.blobs.path(dataset.digest)


def bundle_of(workspace: Workspace, dataset: Dataset, into: Path) -> Path:
    """What a bundle port takes of a dataset of files: its one zip file, else a folder of them all, made at `into`.

    The files in it are other names of contents, or copies; none may be written to. Raises OfAnotherKind, BlobMissing.
    """
    from transom.engine.job_folder import link_or_copy
    from transom.workspace.contents_leaving import is_zip, place_below

    if dataset.kind is not DatasetKind.FILES:
        raise OfAnotherKind(
            name=dataset.reference,
            found="a table",
            wanted="a set of files",
            advice=f"Connect it to a port of a table (--dataset1 {dataset.reference}), or add its file again with "
            "--files.",
        )
    files = file_set(workspace.blobs, dataset.digest)
    if is_zip(files):
        return workspace.blobs.path(files.files[0].digest)
    into.mkdir(parents=True, exist_ok=True)
    for each in files.files:
        link_or_copy(workspace.blobs.path(each.digest), place_below(into, each, workspace.blobs))
    return into


def register_result(workspace: Workspace, name: str, result: Result, *, run: str, port: str) -> Dataset:
    """Register the table that a run returned. Raises NameInvalid, BlobMissing, StoreUnwritable."""
    from transom.model.additions import NewDataset

    good_name(name, _KIND)
    with registering(workspace):
        bring_to_disk(workspace.blobs, [result.digest])
        new = NewDataset(
            name,
            DatasetKind.TABLE,
            result.digest,
            workspace.blobs.size(result.digest),
            result.shape,
            source=f"{port} of {run}",
            format="Arrow",
            run=run,
            port=port,
        )
        return workspace.registry.add_dataset(new)[0]


def remove_dataset(workspace: Workspace, text: str) -> list[Dataset]:
    """Forget a version, or with a name alone all of them; what was forgotten.

    Contents that nothing else names go with the next tidying. Raises NameInvalid, Unknown and VersionUnknown.
    """
    return workspace.registry.remove_dataset(named(text, _KIND))


def dataset_document(dataset: Dataset) -> dict[str, Any]:
    """What is told of a dataset, as JSON has it."""
    shape = dataset.shape
    return {
        "id": dataset.id,
        "name": dataset.name,
        "version": dataset.version,
        "kind": dataset.kind.value,
        "description": dataset.description,
        "tags": dict(dataset.tags),
        "rows": None if shape is None else shape.rows,
        "columns": None if shape is None else [{"name": each.name, "type": each.type} for each in shape.columns],
        "files": dataset.files,
        "bytes": dataset.bytes,
        "created": dataset.created.isoformat(),
        "run": dataset.run,
    }
