"""What a person asks of the runs of a workspace: which there are, what one was made of, and what it made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transom.errors import BlobMissing, ContentRemoved, TransomError, WrongUse
from transom.flow.scheduler import Scheduler
from transom.model.records import PIPELINE, RunInput, RunRecord
from transom.model.runs import KeptFile, Result
from transom.model.step_records import StepRecord
from transom.store.live import LOG, LiveView
from transom.workspace.keeping import Keeping
from transom.workspace.opening import Workspace
from transom.workspace.pipelines.explaining import Explaining
from transom.workspace.results import kept_file, link_contents, shape_document
from transom.workspace.run_folders import RunFolders


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which runs are listed: so many of the newest, of this status, script or experiment."""

    limit: int = 20
    status: str | None = None
    script: str | None = None
    experiment: str | None = None


class Runs:
    """The runs of a workspace. A run is named by its id, the beginning of it, or `latest`."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.folders = RunFolders(workspace)
        self.keeping = Keeping(workspace, self.folders, Scheduler(lambda: workspace.history))

    def newest(self, wanted: Wanted) -> list[RunRecord]:
        """The newest first. Runs that nobody is running any more are settled before."""
        self.keeping.settle()
        return self.workspace.history.list(
            limit=wanted.limit, status=wanted.status, script=wanted.script, experiment=wanted.experiment
        )

    def get(self, run: str) -> RunRecord:
        """The record of a run. Raises Unknown."""
        record = self.workspace.history.get(run)
        if record.ended is None and self.keeping.settle():
            record = self.workspace.history.get(record.id)
        return record

    def folder(self, record: RunRecord) -> Path:
        """The folder with the run's results and files under their names, made again if it is gone.

        Raises ContentRemoved.
        """
        folder = self.workspace.runs / record.id
        if record.ended is not None and not (folder / LOG).exists():
            if not record.contents_kept:
                raise ContentRemoved(run=record.id, what="its tables, files and log")
            whole = self.get(record.id).ended  # a record of a list has no document
            assert whole is not None
            folder.mkdir(parents=True, exist_ok=True)
            link_contents(folder, whole, self.workspace.blobs)
        return folder

    def follow(self, record: RunRecord) -> Iterator[str]:
        """The log as it grows, until the run has ended."""
        return LiveView(self.folder(record)).follow()

    def log(self, record: RunRecord) -> str:
        """The log so far. Raises ContentRemoved."""
        if record.ended is None or record.ended.log is None:  # it goes on, or was ended by force
            place = self.workspace.runs / record.id / LOG
            return place.read_text("utf-8", errors="replace") if place.exists() else ""
        return self.content(record, record.ended.log, "its log").decode("utf-8", "replace")

    def script(self, record: RunRecord) -> str:
        """The text of the script as it was run. Raises ContentRemoved."""
        return self.content(record, record.begun.script, "its script").decode("utf-8", "replace")

    def lock(self, record: RunRecord) -> str:
        """The lock of its environment; empty where it has none. Raises ContentRemoved."""
        if record.ended is None or record.ended.lock is None:
            return ""
        return self.content(record, record.ended.lock, "the lock of its environment").decode("utf-8", "replace")

    def content(self, record: RunRecord, digest: str, what: str) -> bytes:
        """A content that belongs to the run. Raises ContentRemoved, which names `what`."""
        try:
            return self.workspace.blobs.bytes(digest)
        except BlobMissing:
            raise ContentRemoved(run=record.id, what=what) from None

    def path(self, record: RunRecord, digest: str, what: str) -> Path:
        """The same as a read-only file."""
        try:
            return self.workspace.blobs.path(digest)
        except BlobMissing:
            raise ContentRemoved(run=record.id, what=what) from None

    def files(self, record: RunRecord) -> list[tuple[KeptFile, Path]]:
        """The files that it kept, and where each lies. Raises ContentRemoved."""
        if record.ended is None:
            return []
        folder = self.folder(record)
        return [(each, kept_file(folder, each)) for each in record.ended.files]

    def remove(self, runs: list[str]) -> list[str]:
        """Forget runs, and all that only they had; their ids. Raises Unknown, and WrongUse for one that is going on."""
        records = [self.get(run) for run in runs]
        for record in records:
            if record.ended is None:
                raise WrongUse(
                    problem=f"The run {record.id} is going on.", advice="Stop it first, or wait for its end."
                )
        ids = [record.id for record in records]
        self.workspace.history.remove(ids)
        self.keeping.sweep(at_once=True)
        for each in ids:  # last: without its name in there a content would count as new
            self.folders.remove(each)
        return ids

    def _step(self, step: StepRecord) -> dict[str, Any]:
        told = {name: getattr(step, name) for name in ("name", "component", "status", "seconds", "attempts")}
        return told | {"why": Explaining(self.workspace).why(step)}

    def document(self, record: RunRecord) -> dict[str, Any]:
        """Everything that is known of a run, as `transom runs show --json` prints it."""
        ended = record.ended
        told: dict[str, Any] = {**row(record), "entry_point": record.begun.entry_point, "parent": record.begun.parent}
        told["request"] = dict(record.begun.request)
        told["script"] = {"path": record.begun.script_shown, "digest": record.begun.script}
        told["script"]["text"] = _or_none(lambda: self.script(record))
        told["inputs"] = [] if ended is None else [self._input(each) for each in ended.inputs]
        told["outcome"] = None if ended is None else dict(ended.document)
        if record.begun.kind == PIPELINE:
            told["steps"] = [self._step(each) for each in self.workspace.steps.of_run(record.id)]
        told["contents_kept"] = record.contents_kept
        told["folder"] = str(self.workspace.runs / record.id)
        return told

    def _input(self, each: RunInput) -> dict[str, Any]:
        dataset = None
        if each.dataset is not None:
            try:
                dataset = str(self.workspace.registry.dataset_by_id(each.dataset).reference)
            except TransomError:  # it was removed since
                dataset = None
        return {
            "port": each.port,
            "source": each.shown,
            "dataset": dataset,
            "digest": each.digest,
            "bytes": each.bytes,
            "kept": "whole" if each.kept else "a sample" if each.sample else "no",
            **({} if each.shape is None else shape_document(each.shape)),
        }


def row(record: RunRecord) -> dict[str, Any]:
    """What a list shows of a run."""
    ended = record.ended
    return {
        "run": record.id,
        "kind": record.begun.kind,
        "status": record.status,
        "script": record.begun.script_shown,
        "experiment": record.begun.experiment,
        "created": record.begun.created.isoformat(),
        "ended": None if ended is None else ended.ended.isoformat(),
        "seconds": None if ended is None else round(ended.seconds, 4),
        "peak_memory": None if ended is None else ended.peak_memory,
        "environment": None if ended is None else ended.environment or None,
        "python": None if ended is None else ended.python or None,
        "policy": None if ended is None else ended.policy or None,
        "failure": None if ended is None or ended.failure_kind is None else ended.failure_kind.value,
        "message": None if ended is None else ended.message or None,
        "results": {} if ended is None else {port: _size(each) for port, each in ended.results.items()},
        "tags": {} if ended is None else dict(ended.tags),
    }


def _size(result: Result) -> dict[str, int]:
    return {"rows": result.shape.rows, "columns": len(result.shape.columns)}


def _or_none(read: Any) -> str | None:
    try:
        text: str = read()
    except ContentRemoved:
        return None
    return text


def metrics_of(record: RunRecord) -> dict[str, Any]:
    """The metrics of a run, from its document."""
    metrics = {} if record.ended is None else record.ended.document.get("metrics", {})
    return dict(metrics) if isinstance(metrics, dict) else {}


def as_json(value: object) -> str:
    """A value in one line, the same for equal values."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
