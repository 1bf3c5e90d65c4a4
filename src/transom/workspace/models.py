"""What is done with registered models: a file or a folder becomes a version, is told of, given back and removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transom.errors import WrongUse
from transom.model.additions import ModelsWanted, NewModel
from transom.model.assets import Model
from transom.model.file_sets import FileSet
from transom.tables.reading import Progress
from transom.workspace.contents import file_set, keep_file_set, registering
from transom.workspace.contents_leaving import write_files
from transom.workspace.contents_sources import arrived
from transom.workspace.datasets import good_name, named
from transom.workspace.opening import Workspace

_KIND = "model"
_MOST_NAMES = 1000


@dataclass(frozen=True, slots=True)
class ModelAddition:
    """What is to be registered under a name; `source` is a path, or an address as a text.

    What is None leaves a version that has the same content as it is.
    """

    name: str
    source: Path | str
    description: str | None = None
    tags: Mapping[str, str] | None = None
    properties: Mapping[str, str] | None = None
    framework: str = ""
    framework_version: str = ""


@dataclass(frozen=True, slots=True)
class AddedModel:
    """The version of a model, whether it is new, and what a person should know."""

    model: Model
    is_new: bool
    warnings: tuple[str, ...] = ()


def add_model(workspace: Workspace, addition: ModelAddition, progress: Progress | None = None) -> AddedModel:
    """Register a file or a folder. Of what the latest version holds already no new one is made.

    Raises NameInvalid, NotThere, WrongUse and StoreUnwritable; then nothing is registered.
    """
    good_name(addition.name, _KIND)
    with registering(workspace), arrived(addition.source, workspace.blobs, progress) as source:
        taken = source.take(workspace.blobs, progress)
        new = NewModel(
            addition.name,
            keep_file_set(workspace.blobs, taken.files),
            taken.files.size,
            files=len(taken.files.files),
            is_folder=source.is_folder,
            description=addition.description,
            framework=addition.framework,
            framework_version=addition.framework_version,
            tags=addition.tags,
            properties=addition.properties,
        )
        model, is_new = workspace.registry.add_model(new)
    return AddedModel(model, is_new, taken.warnings)


def find_model(workspace: Workspace, text: str) -> Model:
    """The model that a person names: `cars` (its latest version) or `cars@2`.

    Raises NameInvalid, Unknown and VersionUnknown.
    """
    return workspace.registry.model(named(text, _KIND))


def files_of_model(workspace: Workspace, model: Model) -> FileSet:
    """The files of a model. Raises BlobMissing."""
    return file_set(workspace.blobs, model.digest)


def download_model(workspace: Workspace, model: Model, target: str) -> tuple[Path, ...]:
    """Write the files of a model to a folder, which is made; where they lie now.

    Raises ResultUnwritable where one of its names is taken there, and BlobMissing.
    """
    if not target:
        raise WrongUse(problem="The folder to download to is empty.", advice="Name a folder, such as `.`.")
    return write_files(files_of_model(workspace, model), workspace.blobs, Path(target))


def remove_model(workspace: Workspace, text: str) -> list[Model]:
    """Forget a version, or with a name alone all of them; what was forgotten.

    Raises NameInvalid, Unknown and VersionUnknown.
    """
    return workspace.registry.remove_model(named(text, _KIND))


def model_rows(workspace: Workspace, wanted: ModelsWanted | None = None) -> list[dict[str, Any]]:
    """The models that are wanted, the latest version of each, by name."""
    return [model_document(each) for each in workspace.registry.models(wanted or ModelsWanted())]


def show_model(workspace: Workspace, model: Model) -> dict[str, Any]:
    """Everything that is known of a model, as JSON has it. Raises BlobMissing."""
    files = files_of_model(workspace, model).files
    return model_document(model) | {
        "digest": model.digest,
        "names": [{"name": each.name, "bytes": each.size} for each in files[:_MOST_NAMES]],
        "versions": [
            {"version": each.version, "created": each.created.isoformat(), "bytes": each.bytes, "run": each.run}
            for each in workspace.registry.model_versions(model.name)
        ],
    }


def model_document(model: Model) -> dict[str, Any]:
    """What is told of a model, as JSON has it."""
    return {
        "id": model.id,
        "name": model.name,
        "version": model.version,
        "description": model.description,
        "tags": dict(model.tags),
        "properties": dict(model.properties),
        "framework": model.framework,
        "framework_version": model.framework_version,
        "created": model.created.isoformat(),
        "run": model.run,
        "bytes": model.bytes,
        "files": model.files,
        "is_folder": model.is_folder,
    }
