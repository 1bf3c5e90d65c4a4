"""What was asked for when a run of a pipeline began, so that the run can go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transom.errors import BlobMissing, ContentRemoved, WrongUse
from transom.model.pipelines import Data, FromStep
from transom.model.policies import Network, Policy
from transom.model.records import PIPELINE
from transom.workspace.pipelines.asking import PipelineRequest, Way
from transom.workspace.pipelines.files import bounds_of

if TYPE_CHECKING:
    from transom.model.pipelines import Pipeline
    from transom.model.records import RunBegun
    from transom.workspace.opening import Workspace


def request_to_resume(workspace: Workspace, run: str) -> tuple[str, PipelineRequest]:
    """What was asked for when a run began, and its whole id.

    The pipeline file is taken as it is now, where it has the same steps still: a script may stand in it, and be mended
    there. Else it is taken as it was. Raises Unknown, WrongUse for what is no run of a pipeline, ContentRemoved, and
    PipelineInvalid.
    """
    record = workspace.history.get(run)
    if record.begun.kind != PIPELINE:
        raise WrongUse(
            problem=f"The run {record.id} is one of a script, which has no steps to go on with.",
            advice="Run the script again.",
        )
    return record.id, _asked(workspace, record.begun)


def _asked(workspace: Workspace, begun: RunBegun) -> PipelineRequest:
    from transom.flow.file import pipeline_from

    told = begun.request
    folder = Path(told["folder"])
    try:
        text = workspace.blobs.bytes(begun.script).decode("utf-8", "surrogateescape")
    except BlobMissing:
        raise ContentRemoved(run=begun.id, what="its pipeline") from None
    file = Path(told["file"]) if "file" in told else None
    may_read = bounds_of(workspace, file or folder / "pipeline.yml", _touched(told)).check_read
    shown = folder / Path(begun.script_shown).name
    now = _now(file)
    if file is None or now is None or now == text:
        pipeline, said = pipeline_from(text, shown, may_read=may_read).pipeline, None
    else:
        pipeline, text, said = _mended(pipeline_from(now, file, may_read=may_read).pipeline, now, text, begun, may_read)
    request = PipelineRequest(pipeline, folder, begun.script_shown, text, _values(told), file=file)
    request = replace(request, said=() if said is None else (said,))
    return _as_then(request, told, begun.experiment)


def _now(file: Path | None) -> str | None:
    """The text of the file now; None where it is not there, or cannot be read."""
    try:
        return None if file is None else file.read_text("utf-8-sig", "surrogateescape")
    except OSError:
        return None


def _mended(
    now: Pipeline, text_now: str, text: str, begun: RunBegun, may_read: Callable[[Path], None]
) -> tuple[Pipeline, str, str | None]:
    """The pipeline as its file is now, if it has the same steps, which are given each other's results as before."""
    from transom.flow.file import pipeline_from

    shown = Path(begun.request["folder"]) / Path(begun.script_shown).name
    then = pipeline_from(text, shown, may_read=may_read).pipeline
    if _graph(then) == _graph(now):
        return now, text_now, None
    said = f"{begun.script_shown} has other steps now, and this run goes on with those that it had."
    return then, text, said


def _graph(pipeline: Pipeline) -> dict[str, Any]:
    return {
        name: (step.component.name, {port: each for port, each in step.inputs.items() if isinstance(each, FromStep)})
        for name, step in pipeline.steps.items()
    }


def _values(told: Any) -> dict[str, Any]:
    return {
        name: Data(value["path"], value["read"]) if isinstance(value, dict) else value
        for name, value in told.get("values", {}).items()
        if value is not None
    }


def _as_then(request: PipelineRequest, told: Any, experiment: str) -> PipelineRequest:
    """The request with all else that was asked for."""
    return replace(
        request,
        until=told.get("until"),
        from_=told.get("from"),
        only=told.get("only"),
        regenerate=frozenset(told.get("regenerate", ())),
        jobs=told.get("jobs"),
        way=Way(told.get("way", Way.WARM)),
        environment=told.get("environment"),
        experiment=experiment,
        **_touched(told),
    )


def _touched(told: Any) -> dict[str, Any]:
    """What the run was to be allowed to touch."""
    return {
        "policy": Policy(told["policy"]) if told.get("policy") else None,
        "network": Network(told["network"]) if told.get("network") else None,
        "secrets": tuple(told.get("secrets", ())),
        "allow_read": tuple(map(Path, told.get("allow_read", ()))),
        "allow_write": tuple(map(Path, told.get("allow_write", ()))),
    }
