"""What is recorded of a run: what was asked for, what it was made of, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from transom.model.runs import FailureKind, KeptFile, Result, Status, TableShape

#: The kinds of runs.
SCRIPT, PIPELINE = "script", "pipeline"


@dataclass(frozen=True, slots=True)
class RunInput:
    """What was connected to a port.

    `shown` is what a person calls it: a path, `cars@2`, `DataFrame`, `standard input`. `digest` names the content that
    the job was given (a step file, of the bundle port a zip); `kept` says that the workspace holds that content, and
    `sample` is the digest of a step file with its first rows, where only these are held. `dataset` is the id of the
    registered dataset that it was.
    """

    port: str
    shown: str
    digest: str
    bytes: int
    shape: TableShape | None = None
    kept: bool = False
    sample: str | None = None
    dataset: str | None = None


@dataclass(frozen=True, slots=True)
class RunBegun:
    """What is known when a run begins. `script` is the digest of its text, `request` what was asked for as JSON.

    `kind` is `script`, or `pipeline`: then the text is that of a pipeline file.
    """

    id: str
    created: datetime
    script_shown: str
    script: str
    entry_point: str
    experiment: str
    parent: str | None = None
    request: Mapping[str, Any] = field(default_factory=dict)
    kind: str = SCRIPT


@dataclass(frozen=True, slots=True)
class RunEnded:
    """What is known when a run has ended. `document` is the document of its outcome, as `transom run --json` prints it.

    `lock` and `log` are digests of texts; `seconds` is the whole time, `peak_memory` in bytes.
    """

    status: Status
    ended: datetime
    seconds: float
    document: Mapping[str, Any]
    failure_kind: FailureKind | None = None
    message: str = ""
    environment: str = ""
    environment_digest: str = ""
    python: str = ""
    policy: str = ""
    lock: str | None = None
    log: str | None = None
    peak_memory: int | None = None
    inputs: tuple[RunInput, ...] = ()
    results: Mapping[str, Result] = field(default_factory=dict)
    files: tuple[KeptFile, ...] = ()
    tags: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as it is recorded. While it is `running` there is no `ended`; `contents_kept` is False once its tables,
    files and log were removed to make room.
    """

    begun: RunBegun
    ended: RunEnded | None = None
    contents_kept: bool = True

    @property
    def id(self) -> str:
        """The run's name."""
        return self.begun.id

    @property
    def status(self) -> str:
        """`running`, or how it ended."""
        return "running" if self.ended is None else self.ended.status.value
