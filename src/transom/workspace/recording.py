"""What is recorded of one run: of the request when it begins, of the outcome and what was kept when it has ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from transom.model.records import RunBegun, RunEnded, RunInput
from transom.model.runs import Limits, Outcome
from transom.store.blobs import FolderBlobs
from transom.store.live import LOG
from transom.workspace.inputs import shown_source
from transom.workspace.requests import Asked, RunRequest


def begun(run: str, asked: Asked, blobs: FolderBlobs) -> RunBegun:
    """What is known of a run before anything of it is executed; the script's text is kept. Raises StoreUnwritable."""
    request = asked.request
    return RunBegun(
        id=run,
        created=datetime.now(UTC),
        script_shown=str(request.script),
        script=blobs.put_bytes(asked.source.content),
        entry_point=request.entry_point,
        experiment=request.experiment or asked.settings.experiment,
        request=request_document(request),
    )


def request_document(request: RunRequest) -> dict[str, Any]:
    """What was asked for, as far as it was said, as JSON; inputs are recorded by their contents."""
    told: dict[str, Any] = {
        "entry_point": request.entry_point,
        "tables": {port: shown_source(source) for port, source in request.tables.items()},
        "bundle": None if request.bundle is None else str(request.bundle),
        "folder": str(Path.cwd()),
        "environment": request.environment,
        "packages": list(request.packages),
        "bundle_requirements": request.bundle_requirements,
        "read": dict(request.read),
        "sample": request.sample,
        "limits": _limits(request.limits),
        "policy": request.policy,
        "network": request.network,
        "allow_read": [str(path) for path in request.allow_read],
        "allow_write": [str(path) for path in request.allow_write],
        "variables": list(request.variables),
        "secrets": list(request.secrets),
        "sdk": request.sdk,
    }
    return {name: value for name, value in told.items() if value not in (None, [], {}, False)}


def _limits(limits: Limits) -> dict[str, Any]:
    """A limit that was lifted has no number that JSON knows."""
    given = {name: value for name, value in asdict(limits).items() if value is not None}
    return {name: "none" if value == float("inf") else value for name, value in given.items()}


@dataclass(frozen=True, slots=True)
class Finished:
    """A run that is over: its folder, its outcome, the document of that, what was connected, its environment's lock."""

    folder: Path
    outcome: Outcome
    document: Mapping[str, Any]
    inputs: tuple[RunInput, ...]
    lock: str


def ended(finished: Finished, blobs: FolderBlobs) -> RunEnded:
    """What is to be recorded; log and lock are kept as contents. Raises StoreUnwritable."""
    outcome = finished.outcome
    failure, used, confinement = outcome.failure, outcome.environment, outcome.confinement
    return RunEnded(
        status=outcome.status,
        ended=datetime.now(UTC),
        seconds=outcome.seconds.total,
        document=finished.document,
        failure_kind=None if failure is None else failure.kind,
        message="" if failure is None else failure.sentence,
        environment="" if used is None else used.name,
        environment_digest="" if used is None else used.digest,
        python="" if used is None else used.python,
        policy="" if confinement is None else confinement.policy.value,
        lock=blobs.put_bytes(finished.lock.encode()) if finished.lock else None,
        log=_kept_log(finished.folder, blobs),
        peak_memory=outcome.peak_memory,
        inputs=finished.inputs,
        results=outcome.results,
        files=outcome.files,
        tags=outcome.tags,
    )


def _kept_log(folder: Path, blobs: FolderBlobs) -> str | None:
    """The log as a content; it stays in the run's folder too."""
    log = folder / LOG
    try:
        with log.open("rb") as stream:
            return blobs.put_stream(stream)
    except FileNotFoundError:
        return None
