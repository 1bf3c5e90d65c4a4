"""What came out of a run, as a person has it: tables, files, metrics, the log, and the document of it all."""

from __future__ import annotations

import json
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from transom.engine.job_folder import link_or_copy
from transom.errors import ScriptFailed
from transom.model.documents import finite
from transom.model.policies import Enforced
from transom.model.records import RunEnded
from transom.model.runs import ChildRun, Failure, KeptFile, Outcome, Result, Status, TableShape, UsedEnvironment
from transom.model.scripts import OUTPUT_PORTS
from transom.store.blobs import Blobs
from transom.store.live import LOG
from transom.workspace.run_folders import DOCUMENT

if TYPE_CHECKING:
    import pandas
    import pyarrow

#: The file of a run folder with the lock of its environment.
LOCK = "environment.lock"


#: The results that this process still holds: their folders are not removed.
_HELD: weakref.WeakSet[_InFolder] = weakref.WeakSet()


class _InFolder(Protocol):
    @property
    def folder(self) -> Path:
        """The folder of a run."""


def hold(result: _InFolder) -> None:
    """Keep the folder of a result as long as the result is there."""
    _HELD.add(result)


def held_folders() -> frozenset[Path]:
    """The run folders that a result of this process still leads to."""
    return frozenset(result.folder for result in list(_HELD))


@dataclass(frozen=True, slots=True)
class Table:
    """A table that a script returned: its shape, and the Arrow file that holds it."""

    shape: TableShape
    path: Path

    def to_pandas(self) -> pandas.DataFrame:
        """The table as a pandas.DataFrame, as the script returned it, with its row index."""
        from transom.engine.child import frames
        from transom.tables.step_file import open_step

        open_step(self.path)  # a script may have written the file by itself: a false offset would end this process
        read_frame: Any = frames.read_frame  # the child is not typed
        return read_frame(str(self.path))[0]

    def to_arrow(self) -> pyarrow.Table:
        """The table as a pyarrow.Table, mapped from its file; the levels of a row index are its last columns."""
        from transom.tables.step_file import open_step

        return open_step(self.path)

    def __len__(self) -> int:
        return self.shape.rows


@dataclass(frozen=True, slots=True)
class File:
    """A file that a script kept: its name, and where it lies."""

    name: str
    path: Path
    media_type: str
    bytes: int


class RunResult:
    """What came out of one run.

    `result_dataset` and `result_dataset2` are None unless the run succeeded; then both are there, empty where the
    script returned none.
    """

    def __init__(self, folder: Path, outcome: Outcome) -> None:
        self.folder = folder
        self.outcome = outcome
        hold(self)

    @property
    def id(self) -> str:
        """The run's name."""
        return self.folder.name

    @property
    def status(self) -> Status:
        """How it ended."""
        return self.outcome.status

    @property
    def succeeded(self) -> bool:
        """Whether the script did what it should."""
        return self.outcome.status is Status.SUCCEEDED

    @property
    def failure(self) -> Failure | None:
        """Why it did not succeed."""
        return self.outcome.failure

    @property
    def tables(self) -> dict[str, Table]:
        """The tables by port; none unless the run succeeded."""
        return {port: Table(made.shape, table_file(self.folder, port)) for port, made in self.outcome.results.items()}

    @property
    def result_dataset(self) -> Table | None:
        """The first table that the script returned."""
        return self.tables.get(OUTPUT_PORTS[0])

    @property
    def result_dataset2(self) -> Table | None:
        """The second table that the script returned."""
        return self.tables.get(OUTPUT_PORTS[1])

    @property
    def files(self) -> tuple[File, ...]:
        """What the script uploaded, drew and left."""
        return tuple(
            File(each.name, kept_file(self.folder, each), each.media_type, each.bytes) for each in self.outcome.files
        )

    @property
    def metrics(self) -> Mapping[str, object]:
        """What the script logged by name."""
        return self.outcome.metrics

    @property
    def environment(self) -> UsedEnvironment | None:
        """What it ran in; None where the script was never called."""
        return self.outcome.environment

    @property
    def confinement(self) -> Enforced | None:
        """The policy that it ran under, and what enforced it; None where the script was never called."""
        return self.outcome.confinement

    @property
    def installed(self) -> Mapping[str, str]:
        """The versions of the packages that were added for this run, by name."""
        return dict(self.outcome.installed)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was changed, dropped, hidden or looks wrong, a sentence each."""
        return self.outcome.warnings

    @property
    def log(self) -> str:
        """What the script printed, and the warnings."""
        return (self.folder / LOG).read_text("utf-8")

    def check(self) -> RunResult:
        """This result; raises ScriptFailed, with the script's own frames, unless the run succeeded."""
        if self.failure is not None:
            raise ScriptFailed(failure=self.failure)
        return self

    def document(self) -> dict[str, Any]:
        """Everything that is told of the run, as JSON has it; paths are absolute."""
        return document(self.folder, self.outcome)

    def __repr__(self) -> str:
        return f"<RunResult {self.id}: {self.status}>"


def table_file(folder: Path, port: str) -> Path:
    """Where a result lies in a run folder."""
    return folder / f"{port}.arrow"


def kept_file(folder: Path, kept: KeptFile) -> Path:
    """Where a kept file lies in a run folder."""
    return folder / "files" / kept.name


def kept(folder: Path, outcome: Outcome, lock: str, blobs: Blobs) -> RunResult:
    """Put what a job made into its run folder, under the names that people look for; `lock` is its environment's."""
    (folder / LOCK).write_text(lock, "utf-8")
    _link(folder, outcome.results, outcome.files, blobs)
    _write_document(folder, document(folder, outcome))
    return RunResult(folder, outcome)


def link_contents(folder: Path, ended: RunEnded, blobs: Blobs) -> None:
    """Make the run folder of a recorded run again. Raises BlobMissing."""
    _link(folder, ended.results, ended.files, blobs)
    if ended.lock is not None:
        link_or_copy(blobs.path(ended.lock), folder / LOCK)
    _write_document(folder, ended.document)
    if ended.log is not None:
        link_or_copy(blobs.path(ended.log), folder / LOG)


def _link(folder: Path, results: Mapping[str, Result], files: Iterable[KeptFile], blobs: Blobs) -> None:
    for port, made in results.items():
        link_or_copy(blobs.path(made.digest), table_file(folder, port))
    for each in files:
        link_or_copy(blobs.path(each.digest), kept_file(folder, each))


def _write_document(folder: Path, told: Mapping[str, Any]) -> None:
    text = json.dumps(told, ensure_ascii=False, indent=1, default=str)
    aside = folder / f"{DOCUMENT}.part"
    aside.write_text(text, "utf-8", errors="backslashreplace")
    aside.replace(folder / DOCUMENT)


def document(folder: Path, outcome: Outcome) -> dict[str, Any]:
    """What `transom run --json` prints of a run whose folder is this one."""
    return {
        "run": folder.name,
        "status": outcome.status.value,
        "failure": None if outcome.failure is None else _failure(outcome.failure),
        "results": {
            port: {**shape_document(made.shape), "path": str(table_file(folder, port))}
            for port, made in outcome.results.items()
        },
        "files": [
            {
                "name": each.name,
                "path": str(kept_file(folder, each)),
                "media_type": each.media_type,
                "bytes": each.bytes,
            }
            for each in outcome.files
        ],
        "metrics": finite(dict(outcome.metrics)),
        "tags": dict(outcome.tags),
        "properties": dict(outcome.properties),
        "children": [_child(each) for each in outcome.children],
        "warnings": list(outcome.warnings),
        "environment": None if outcome.environment is None else _environment(outcome.environment, folder),
        "confinement": None if outcome.confinement is None else _confinement(outcome.confinement),
        "installed": [{"name": name, "version": version} for name, version in outcome.installed],
        "seconds": {
            name: round(getattr(outcome.seconds, name), 4) for name in ("total", "start", "read", "script", "write")
        },
        "peak_memory": outcome.peak_memory,
        "log": str(folder / LOG),
        "folder": str(folder),
    }


def _child(child: ChildRun) -> dict[str, Any]:
    told = {"run": child.id, "name": child.name, "status": child.status or None}
    return told | {"metrics": finite(dict(child.metrics)), "tags": dict(child.tags)}


def _confinement(enforced: Enforced) -> dict[str, Any]:
    return {
        "policy": enforced.policy.value,
        "network": enforced.network.value,
        "by": list(enforced.by),
        "missing": list(enforced.missing),
    }


def _environment(used: UsedEnvironment, folder: Path) -> dict[str, Any]:
    told = {name: getattr(used, name) for name in ("name", "python", "digest", "interpreter")}
    return told | {"lock": str(folder / LOCK)}


def shape_document(shape: TableShape) -> dict[str, Any]:
    """The shape of a table as JSON has it."""
    return {
        "rows": shape.rows,
        "columns": [{"name": column.name, "type": column.type} for column in shape.columns],
        "index": list(shape.index),
    }


def _failure(failure: Failure) -> dict[str, Any]:
    names = ("kind", "type", "message", "file", "line", "function")
    told: dict[str, Any] = {name: getattr(failure, name) for name in names}
    told["frames"] = [_frame(each) for each in failure.frames]
    told["causes"] = [
        {"type": each.type, "message": each.message, "frames": [_frame(frame) for frame in each.frames]}
        for each in failure.causes
    ]
    return told | {"remedy": failure.remedy, "exit_code": failure.exit_code, "signal": failure.signal}


def _frame(frame: Any) -> dict[str, Any]:
    return {"file": frame.file, "line": frame.line, "function": frame.function, "code": frame.code}
