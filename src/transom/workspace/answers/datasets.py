"""What a script is told of registered datasets, what it is given of them, and how it registers one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from transom.errors import Unknown, WrongUse
from transom.model.additions import NewDataset
from transom.model.assets import Dataset, DatasetKind, Reference
from transom.model.runs import TableShape
from transom.tables import formats, step_file
from transom.workspace.answering import Asking
from transom.workspace.answers.contents import files_given, handed_files, kind_issued, table_given
from transom.workspace.answers.facts import Facts
from transom.workspace.contents import bring_to_disk, file_set, keep_file_set, registering, told_of_disk
from transom.workspace.contents_sources import told_as
from transom.workspace.datasets import dataset_document
from transom.workspace.opening import Workspace

_KIND = "dataset"


def _get(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    facts = Facts("dataset/get", told, ("name", "version"))
    reference = Reference(facts.name("name", _KIND), facts.version("version"))
    return dataset_document(asking.workspace.registry.dataset(reference))


def _by_id(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    facts = Facts("dataset/by_id", told, ("id",))
    return dataset_document(asking.workspace.registry.dataset_by_id(facts.text("id")))


def _list(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    Facts("dataset/list", told, ())
    return {"datasets": [dataset_document(each) for each in asking.workspace.registry.datasets()]}


def _open(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    facts = Facts("dataset/open", told, ("id",))
    dataset = asking.workspace.registry.dataset_by_id(facts.text("id"))
    if dataset.kind is DatasetKind.TABLE:
        return {"table": table_given(dataset.digest, dataset.name)}
    files = file_set(asking.workspace.blobs, dataset.digest).files
    return {"files": files_given(files, dataset.name), "names": [each.name for each in files]}


_REGISTERED = ("name", "description", "tags", "create_new_version", "table", "files", "same_as")


def _register(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    facts = Facts("dataset/register", told, _REGISTERED)
    name = facts.name("name", _KIND)
    contents = [each for each in ("table", "files", "same_as") if facts.has(each)]
    if len(contents) != 1:
        raise facts.wrong("it has to have one of table, files and same_as")
    workspace = asking.workspace
    with registering(workspace):
        content = _CONTENTS[contents[0]](asking, facts)
        if not facts.flag("create_new_version"):
            _refuse_another(workspace, name, content)
        new = NewDataset(
            name,
            content.kind,
            content.digest,
            content.bytes,
            content.shape,
            files=content.files,
            source=f"run {asking.context.run}",
            description=facts.text_or_none("description"),
            tags=facts.tags("tags"),
            run=asking.context.run,
        )
        return dataset_document(workspace.registry.add_dataset(new)[0])


def _update(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    facts = Facts("dataset/update", told, ("id", "description", "tags"))
    registry = asking.workspace.registry
    dataset = registry.dataset_by_id(facts.text("id"))
    tags = (facts.tags("tags") or {}) if facts.has("tags") else None
    return dataset_document(
        registry.update_dataset(dataset.reference, description=facts.text_or_none("description"), tags=tags)
    )


ANSWERS = {
    "dataset/get": _get,
    "dataset/by_id": _by_id,
    "dataset/list": _list,
    "dataset/open": _open,
    "dataset/register": _register,
    "dataset/update": _update,
}


class _Content:
    """What is to be registered, on the disk already."""

    def __init__(self, kind: DatasetKind, digest: str, size: int, shape: TableShape | None = None, files: int = 1):
        self.kind, self.digest, self.bytes, self.shape, self.files = kind, digest, size, shape, files


def _table(asking: Asking, facts: Facts) -> _Content:
    digest = facts.digest("table")
    return _of_table(asking, _sound(asking.workspace, digest))


def _sound(workspace: Workspace, digest: str) -> str:
    """The digest of a step file with this one's table: it may be forged, and other runs will be given it.

    Raises BlobMissing, and InputUnreadable for what is none.
    """
    import pyarrow as pa

    blobs = workspace.blobs
    path = blobs.path(digest)
    with told_as("The table that was handed over"):
        step_file.open_step(path)
        with pa.memory_map(str(path)) as memory:
            batches = pa.ipc.open_file(memory).num_record_batches
        if batches == 1:
            return digest
        with blobs.writer(".arrow") as writing, told_of_disk(blobs):
            formats.read_arrow(step_file.open_step(path), writing.path)
        return writing.digest


def _of_table(asking: Asking, digest: str) -> _Content:
    blobs = asking.workspace.blobs
    bring_to_disk(blobs, [digest])
    return _Content(DatasetKind.TABLE, digest, blobs.size(digest), step_file.shape(blobs.path(digest)))


def _files(asking: Asking, facts: Facts) -> _Content:
    files = handed_files(asking, facts)
    digest = keep_file_set(asking.workspace.blobs, files)
    return _Content(DatasetKind.FILES, digest, files.size, files=len(files.files))


def _same(asking: Asking, facts: Facts) -> _Content:
    """What the run was given before: a registered dataset by its id, or what an answer had a token for."""
    same = facts.text("same_as")
    kind = kind_issued(asking, same)
    if kind is None:
        try:
            return _of_dataset(asking.workspace.registry.dataset_by_id(same))
        except Unknown:
            raise facts.wrong(
                "same_as is neither the id of a dataset nor the token of an answer",
                "Read the data again, and register it.",
            ) from None
    if not asking.workspace.blobs.has(same):
        raise WrongUse(problem="What was read before is not kept any more.", advice="Read it again, and register it.")
    if kind is DatasetKind.TABLE:
        return _of_table(asking, same)
    files = file_set(asking.workspace.blobs, same)
    keep_file_set(asking.workspace.blobs, files)
    return _Content(DatasetKind.FILES, same, files.size, files=len(files.files))


def _of_dataset(dataset: Dataset) -> _Content:
    return _Content(dataset.kind, dataset.digest, dataset.bytes, dataset.shape, dataset.files)


_CONTENTS = {"table": _table, "files": _files, "same_as": _same}


def _refuse_another(workspace: Workspace, name: str, content: _Content) -> None:
    """A name that is taken by another content is given a new version only where that was asked for."""
    try:
        latest = workspace.registry.dataset(Reference(name))
    except Unknown:
        return
    if latest.digest != content.digest:
        raise WrongUse(
            problem=f"There is a dataset {name} already, with another content.",
            advice="Register it with create_new_version=True, or under another name.",
        )
