"""How the record of a run is written into rows, and read from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from transom.model.records import RunBegun, RunEnded, RunInput, RunRecord
from transom.model.runs import FailureKind, KeptFile, Result, Status, TableShape
from transom.store.stored_shapes import shape_read, shape_told

#: The status of a run that has not ended.
RUNNING = "running"

Columns = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Parts:
    """The rows of other tables that belong to one run, in their order."""

    inputs: Sequence[Row[Any]] = ()
    results: Sequence[Row[Any]] = ()
    files: Sequence[Row[Any]] = ()
    document: Mapping[str, Any] | None = None


def begun_columns(begun: RunBegun) -> Columns:
    """The row of a run that begins."""
    return {
        "id": begun.id,
        "parent": begun.parent,
        "created": begun.created,
        "script_shown": begun.script_shown,
        "script": begun.script,
        "entry_point": begun.entry_point,
        "experiment": begun.experiment,
        "request": begun.request,
        "kind": begun.kind,
        "status": RUNNING,
        "contents_kept": True,
    }


def ended_columns(ended: RunEnded) -> Columns:
    """What the end of a run changes of its row."""
    return {
        "status": ended.status.value,
        "ended": ended.ended,
        "seconds": ended.seconds,
        "failure_kind": None if ended.failure_kind is None else ended.failure_kind.value,
        "message": ended.message,
        "environment": ended.environment,
        "environment_digest": ended.environment_digest,
        "python": ended.python,
        "policy": ended.policy,
        "lock": ended.lock,
        "log": ended.log,
        "peak_memory": ended.peak_memory,
        "tags": ended.tags,
    }


def input_rows(run: int, inputs: Sequence[RunInput]) -> list[Columns]:
    """The rows of what was connected to a run's ports."""
    return [
        {
            "run": run,
            "place": place,
            "port": each.port,
            "shown": each.shown,
            "digest": each.digest,
            "bytes": each.bytes,
            "shape": shape_told(each.shape),
            "kept": each.kept,
            "sample": each.sample,
            "dataset": each.dataset,
        }
        for place, each in enumerate(inputs)
    ]


def result_rows(run: int, results: Mapping[str, Result]) -> list[Columns]:
    """The rows of the tables that a run returned."""
    return [
        {"run": run, "place": place, "port": port, "digest": each.digest, "shape": shape_told(each.shape)}
        for place, (port, each) in enumerate(results.items())
    ]


def file_rows(run: int, files: Sequence[KeptFile]) -> list[Columns]:
    """The rows of the files that a run left."""
    return [
        {
            "run": run,
            "place": place,
            "name": each.name,
            "media_type": each.media_type,
            "bytes": each.bytes,
            "digest": each.digest,
        }
        for place, each in enumerate(files)
    ]


def record_of(row: Row[Any], parts: Parts) -> RunRecord:
    """The record of a run. Raises ValueError, TypeError or KeyError where something of it was never written by us."""
    begun = RunBegun(
        id=row.id,
        created=row.created,
        script_shown=row.script_shown,
        script=row.script,
        entry_point=row.entry_point,
        experiment=row.experiment,
        parent=row.parent,
        request=row.request,
        kind=row.kind,
    )
    ended = None if row.status == RUNNING else _ended(row, parts)
    return RunRecord(begun, ended, contents_kept=row.contents_kept)


def _ended(row: Row[Any], parts: Parts) -> RunEnded:
    return RunEnded(
        status=Status(row.status),
        ended=row.ended,
        seconds=row.seconds,
        document=parts.document or {},
        failure_kind=None if row.failure_kind is None else FailureKind(row.failure_kind),
        message=row.message,
        environment=row.environment,
        environment_digest=row.environment_digest,
        python=row.python,
        policy=row.policy,
        lock=row.lock,
        log=row.log,
        peak_memory=row.peak_memory,
        inputs=tuple(_input(each) for each in parts.inputs),
        results={each.port: Result(_shape(each.shape), each.digest) for each in parts.results},
        files=tuple(KeptFile(each.name, each.media_type, each.bytes, each.digest) for each in parts.files),
        tags=row.tags,
    )


def _input(row: Row[Any]) -> RunInput:
    return RunInput(
        port=row.port,
        shown=row.shown,
        digest=row.digest,
        bytes=row.bytes,
        shape=shape_read(row.shape),
        kept=row.kept,
        sample=row.sample,
        dataset=row.dataset,
    )


def _shape(told: dict[str, Any] | None) -> TableShape:
    shape = shape_read(told)
    if shape is None:
        raise ValueError("a table without a shape")
    return shape
