"""How the steps of a run reach the history, and how outcomes of earlier ones come from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from transom.flow.steps import Earlier, Prepared, StepEnd, StepState
from transom.model.outcomes import NoDocument, outcome_document, outcome_of
from transom.model.records import PIPELINE, RunBegun, RunEnded
from transom.model.runs import FailureKind, Status
from transom.model.step_records import GOOD, StepBegun, StepEnded, StepRecord
from transom.workspace.pipelines.asking import PipelineRequest

if TYPE_CHECKING:
    from transom.flow.reuse import StepContent
    from transom.store.steps import Steps
    from transom.workspace.opening import Workspace
    from transom.workspace.pipelines.telling import PipelineResult

_STATUS = {"succeeded": Status.SUCCEEDED, "failed": Status.FAILED, "cancelled": Status.CANCELLED}


@dataclass(slots=True)
class StepHistory:
    """Records the steps of one run, and finds what was made before; see `flow.steps.Recorder`.

    `log_of` gives the digest of what a step printed, which is kept by that.
    """

    run: str
    steps: Steps
    log_of: Callable[[str], str | None]
    _peaks: Mapping[tuple[str, str], int] | None = field(default=None)

    def record(self, begun: Sequence[tuple[str, Prepared]], ended: Sequence[StepEnd]) -> None:
        """See Recorder."""
        starts = [StepBegun(name, each.key, each.content.document()) for name, each in begun]
        self.steps.record(self.run, starts, [self._ended(each) for each in ended])

    def earlier(self, keys: Sequence[str]) -> Mapping[str, Earlier]:
        """See `steps.Found`."""
        found = ((key, _earlier(record)) for key, record in self.steps.found(keys).items())
        return {key: each for key, each in found if each is not None}

    def peaks(self, keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
        """See `steps.Found`; asked of the database once a run."""
        if self._peaks is None:
            self._peaks = self.steps.peaks()
        return {key: self._peaks[key] for key in keys if key in self._peaks}

    def _ended(self, end: StepEnd) -> StepEnded:
        outcome, earlier = end.outcome, end.earlier
        log = self.log_of(end.name) if end.attempts else None if earlier is None else earlier.log
        return StepEnded(
            name=end.name,
            status=end.state.value,
            why=end.why,
            key=end.key,
            content=None if end.content is None else end.content.document(),
            outcome=None if outcome is None else outcome_document(outcome),
            log=log,
            reused=None if earlier is None else (earlier.run or self.run, earlier.step),
            attempts=end.attempts,
            seconds=end.seconds,
            script=_script(end.content),
            peak_memory=None if outcome is None or not end.attempts else outcome.peak_memory,
        )


def _script(content: StepContent | None) -> str:
    return "" if content is None or content.script is None else content.script


def _earlier(record: StepRecord) -> Earlier | None:
    """The outcome of a recorded step; None where its document is none of ours."""
    try:
        return Earlier(record.run, record.name, outcome_of(record.outcome or {}), record.log)
    except NoDocument:
        return None


def end_of(record: StepRecord) -> StepEnd | None:
    """How a recorded step ended, if it ended well; None for one that is to be executed again."""
    earlier = _earlier(record) if record.status in GOOD else None
    if earlier is None:
        return None
    if record.reused is not None:
        earlier = Earlier(*record.reused, earlier.outcome, record.log)
    return StepEnd(
        record.name,
        StepState(record.status),
        record.why,
        earlier.outcome,
        record.key,
        earlier=earlier,
        attempts=record.attempts,
        seconds=record.seconds,
    )


def begun(run: str, request: PipelineRequest, values: Mapping[str, Any], workspace: Workspace) -> RunBegun:
    """What is known of a run before anything of it is executed; the file's text is kept."""
    return RunBegun(
        id=run,
        created=datetime.now(UTC),
        script_shown=request.shown,
        script=workspace.blobs.put_bytes(request.text.encode("utf-8", "surrogateescape")),
        entry_point="",
        experiment=request.experiment or request.pipeline.experiment_name or workspace.settings.experiment,
        request=_document(request, values),
        kind=PIPELINE,
    )


def _document(request: PipelineRequest, values: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "folder": str(request.folder),
        "file": None if request.file is None else str(request.file),
        "values": {name: _told(value) for name, value in values.items()},
        "until": request.until,
        "from": request.from_,
        "only": request.only,
        "regenerate": sorted(request.regenerate),
        "jobs": request.jobs,
        "way": request.way.value,
        "environment": request.environment,
        "policy": request.policy,
        "network": request.network,
        "secrets": list(request.secrets),
        "allow_read": [str(path) for path in request.allow_read],
        "allow_write": [str(path) for path in request.allow_write],
    }
    return {name: value for name, value in told.items() if value not in (None, [], {}, False)}


def _told(value: Any) -> Any:
    from transom.model.pipelines import Data

    return {"path": value.path, "read": value.read} if isinstance(value, Data) else value


def ended(status: str, ends: Mapping[str, StepEnd], result: PipelineResult, log: str | None) -> RunEnded:
    """What is recorded of a run that is over; what failed first stands for all.

    Its results are the pipeline's outputs by name; its files are those of its steps, each below the name of its step.
    """
    kind, message = _failure(status, ends)
    peaks = [e.outcome.peak_memory for e in ends.values() if e.outcome is not None and e.outcome.peak_memory]
    return RunEnded(
        status=_STATUS[status],
        ended=datetime.now(UTC),
        seconds=result.seconds,
        document=result.document(),
        failure_kind=kind,
        message=message,
        log=log,
        peak_memory=max(peaks, default=None),
        results=dict(result.made),
        files=tuple(
            replace(each, name=f"{end.name}/{each.name}")
            for end in ends.values()
            if end.outcome is not None
            for each in end.outcome.files
        ),
    )


def _failure(status: str, ends: Mapping[str, StepEnd]) -> tuple[FailureKind | None, str]:
    if status == "cancelled":
        return FailureKind.CANCELLED, "The run was stopped because it was asked to."
    for end in ends.values():
        if end.state is StepState.FAILED and end.outcome is not None and end.outcome.failure is not None:
            return end.outcome.failure.kind, f"{end.name}: {end.outcome.failure.sentence}"
    return None, ""
