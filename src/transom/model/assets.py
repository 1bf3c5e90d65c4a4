"""What a person registers: environments, datasets, models and datastores, and how their names are written."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from transom.model.policies import Policy
from transom.model.runs import TableShape

_PINNED = re.compile(r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[^\s;\\]+)", re.MULTILINE)


class Sdk(StrEnum):
    """Whose `azureml.core` a script imports: ours, which works here, or the real one of its environment."""

    TRANSOM = "transom"
    AZURE = "azure"


@dataclass(frozen=True, slots=True)
class Environment:
    """A named interpreter with locked packages.

    `python` is its version (`3.6`; of the host the whole one, `3.11.7`). `requirements` are what was asked for, in one
    spelling and sorted. `lock` is a requirements file with a line `name==version` and `--hash=` entries for every
    package, names normalised and sorted. `preload` names modules that a warm process imports besides numpy, pandas and
    pyarrow. Without `resolve` the requirements are an exact list that is installed as it stands. Without `forks` a
    library of it forbids forking, and every job starts cold. `policy` is what its scripts may touch and `sdk` which
    SDK they import unless a run says so itself.
    """

    name: str
    python: str
    requirements: tuple[str, ...] = ()
    lock: str = ""
    preload: tuple[str, ...] = ()
    resolve: bool = True
    forks: bool = True
    policy: Policy | None = None
    sdk: Sdk | None = None

    @property
    def digest(self) -> str:
        """What names its build: 64 hexadecimal digits of python, lock and preload, whatever it is called."""
        import hashlib

        told = json.dumps([self.python, self.lock, list(self.preload)])
        return hashlib.sha256(told.encode()).hexdigest()

    @property
    def packages(self) -> Mapping[str, str]:
        """The version of every package of the lock, by its normalised name."""
        return {found["name"]: found["version"] for found in _PINNED.finditer(self.lock)}


def normalised(package: str) -> str:
    """The one spelling of a package's name: `scikit_learn` and `Scikit.Learn` are `scikit-learn`."""
    return re.sub(r"[-_.]+", "-", package).lower()


#: A name of a dataset, model, datastore or secret has at most so many characters.
LONGEST_NAME = 255
_LATEST = "latest"
_NO_NAME = re.compile(r"[@:/\\\x00-\x1f\x7f\ud800-\udfff]")


class NoName(ValueError):
    """A text that is no name; the text of the error says why, to stand after "it"."""


def checked_name(text: str) -> str:
    """The text, if it can name a dataset, a model, a datastore or a secret. Raises NoName.

    Any text can that has no `@`, `:`, `/`, backslash or control character, and no space at its ends:
    `Automobile price data (Raw)`.
    """
    found = _NO_NAME.search(text)
    if not text.strip():
        raise NoName("is empty")
    if found is not None:
        raise NoName(f"has {found[0]!r} in it")
    if text != text.strip() or text.startswith("-"):
        raise NoName("begins or ends with a space" if text != text.strip() else "begins with a hyphen")
    if len(text) > LONGEST_NAME:
        raise NoName(f"has over {LONGEST_NAME} characters")
    return text


@dataclass(frozen=True, slots=True)
class Reference:
    """What names one version of a dataset or model; without a version the latest one."""

    name: str
    version: int | None = None

    @staticmethod
    def of(text: str) -> Reference:
        """`cars`, `cars@2` or `cars@latest`. Raises NoName."""
        name, at, version = text.rpartition("@")
        if not at:
            return Reference(checked_name(text))
        if version == _LATEST:
            return Reference(checked_name(name))
        if not re.fullmatch(r"[1-9][0-9]{0,8}", version):
            raise NoName(f"has {version!r} as its version, which is no number from 1 up and not `latest`")
        return Reference(checked_name(name), int(version))

    def __str__(self) -> str:
        return self.name if self.version is None else f"{self.name}@{self.version}"


class DatasetKind(StrEnum):
    """What a dataset is: one table, or a set of files."""

    TABLE = "table"
    FILES = "files"


@dataclass(frozen=True, slots=True)
class Dataset:
    """One version of a named dataset; versions count from 1, and none is ever given again.

    `digest` names its content: of a table its step file (Arrow), of files their `FileSet`. `bytes` is the size of that
    content, of files all of them together. `shape` is the table's. `source` is the path or address that it was added
    from, as the person wrote it, and `format` what it was read as; `run` and `port` are those that made it.
    """

    id: str
    name: str
    version: int
    kind: DatasetKind
    digest: str
    bytes: int
    created: datetime
    shape: TableShape | None = None
    files: int = 1
    source: str = ""
    format: str = ""
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    run: str | None = None
    port: str | None = None

    @property
    def reference(self) -> Reference:
        """What names this version."""
        return Reference(self.name, self.version)


@dataclass(frozen=True, slots=True)
class Model:
    """One version of a named model: a `FileSet` of one file or of a folder's; `is_folder` tells which was added."""

    id: str
    name: str
    version: int
    digest: str
    bytes: int
    created: datetime
    files: int = 1
    is_folder: bool = False
    description: str = ""
    framework: str = ""
    framework_version: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    run: str | None = None

    @property
    def reference(self) -> Reference:
        """What names this version."""
        return Reference(self.name, self.version)


@dataclass(frozen=True, slots=True)
class Datastore:
    """A named place of files, or a database: an fsspec or SQLAlchemy address without any password.

    `has_secrets` says that options or a password of it lie among the secrets, under `datastore/NAME`. A place that is
    `built_in` is a folder of the workspace, and `url` its path.
    """

    name: str
    url: str
    created: datetime
    has_secrets: bool = False
    built_in: bool = False
