"""What is given when a dataset or a model is registered; the version, the id and the time are not among it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from transom.model.assets import DatasetKind
from transom.model.runs import TableShape


@dataclass(frozen=True, slots=True)
class NewDataset:
    """A content to be registered under a name; the fields are those of Dataset.

    A `description` or `tags` that are None leave those of a version with the same content as they are.
    """

    name: str
    kind: DatasetKind
    digest: str
    bytes: int
    shape: TableShape | None = None
    files: int = 1
    source: str = ""
    format: str = ""
    description: str | None = None
    tags: Mapping[str, str] | None = None
    run: str | None = None
    port: str | None = None


@dataclass(frozen=True, slots=True)
class NewModel:
    """A file set to be registered under a name; the fields are those of Model.

    A `description`, `tags` or `properties` that are None leave those of a version with the same content as they are.
    """

    name: str
    digest: str
    bytes: int
    files: int = 1
    is_folder: bool = False
    description: str | None = None
    framework: str = ""
    framework_version: str = ""
    tags: Mapping[str, str] | None = None
    properties: Mapping[str, str] | None = None
    run: str | None = None


@dataclass(frozen=True, slots=True)
class ModelsWanted:
    """Which models are listed: of this name, made by this run, with all of these tags and properties.

    A tag or property whose value is None may have any. Of each name only the latest version, unless not `latest`.
    """

    name: str | None = None
    run: str | None = None
    tags: Mapping[str, str | None] | None = None
    properties: Mapping[str, str | None] | None = None
    latest: bool = True


@dataclass(frozen=True, slots=True)
class WorkspaceFacts:
    """What a workspace is: its `id` tells it from every other one; `name` is empty until somebody gave it one."""

    id: str
    name: str
    created: datetime
