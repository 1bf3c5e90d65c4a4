"""How one step of a pipeline's run is taken for the run of its script, and which steps can be made again alone."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from transom.errors import InputUnreadable, WrongUse
from transom.flow.reuse import StepContent, content_of
from transom.flow.steps import StepEnd, StepState
from transom.model.components import Component
from transom.model.outcomes import NoDocument, outcome_of
from transom.model.records import RunBegun, RunEnded, RunInput, RunRecord
from transom.model.runs import Outcome, Status
from transom.model.step_records import GOOD
from transom.workspace.inputs import BUNDLE_PORT
from transom.workspace.pipelines.explaining import Explaining
from transom.workspace.pipelines.telling import step_document, step_folder
from transom.workspace.reproducing_files import masked

if TYPE_CHECKING:
    from transom.model.step_records import StepRecord
    from transom.workspace.runs import Runs

#: The component whose steps are what a run of a script is.
SCRIPT_COMPONENT = "execute_python_script"


def step_to_bundle(runs: Runs, record: RunRecord, name: str) -> StepRecord:
    """The step of that name. Raises Unknown, and WrongUse for a run of a script and a step that is not made again."""
    step, _ = Explaining(runs.workspace).step(record.id, name)
    not_again = why_not_again(step)
    if not_again is None:
        return step
    if step.content is None and step.why:
        not_again = f"{not_again} ({step.why})"
    raise WrongUse(
        problem=f"The step {name} of the run {record.id} {not_again}, so it cannot be made again by itself.",
        advice=f"Bundle another step: `transom runs show {record.id}` lists them.",
    )


def why_not_again(step: StepRecord) -> str | None:
    """Why a step is not made again from a bundle, as the rest of a sentence; None for one that is."""
    if step.content is None or content(step) is None:
        return "was not executed"
    native = native_component(step.component)
    if native is not None and native.effects:
        return f"writes outside ({native.title})"
    if native is not None and native.sources:
        return f"only reads from outside ({native.title})"
    return None


def native_component(name: str) -> Component | None:
    """The component of ours that is called so; None for a person's own."""
    from transom.components import known

    return known.component(name) if name in known.names() else None


def content(step: StepRecord) -> StepContent | None:
    """What the step is made of; None where that was not recorded."""
    try:
        return None if step.content is None else content_of(step.content)
    except ValueError:
        return None


def outcome(step: StepRecord) -> Outcome | None:
    """How it ended; None where it has no outcome."""
    try:
        return None if step.outcome is None else outcome_of(step.outcome)
    except NoDocument:
        return None


def is_plain_script(step: StepRecord) -> bool:
    """Whether the step is executed as a run of its script is."""
    return step.component == SCRIPT_COMPONENT


def python_of(step: StepRecord) -> str:
    """The version of the Python in which it ran; empty where that is not known."""
    made = outcome(step)
    return "" if made is None or made.environment is None else made.environment.python


def record_of_step(runs: Runs, record: RunRecord, step: StepRecord) -> RunRecord:
    """The step as if its script had been run alone. Raises ContentRemoved."""
    made, of = outcome(step), content(step)
    assert of is not None
    assert of.script is not None
    asked = {"packages": list(of.packages), "bundle_requirements": of.bundle_requirements, "sdk": _sdk(of)}
    policy = str(record.begun.request.get("policy") or "")
    if made is not None and made.confinement is not None:
        policy = made.confinement.policy.value
    begun = RunBegun(
        id=record.id,
        created=step.began or record.begun.created,
        script_shown=f"{step.name}.py",
        script=of.script,
        entry_point=of.entry_point,
        experiment=record.begun.experiment,
        request={key: value for key, value in asked.items() if value},
    )
    used = of.environment
    ended = RunEnded(
        status=Status.CANCELLED if made is None else made.status,
        ended=step.ended or datetime.now(UTC),
        seconds=step.seconds,
        document=_document(runs, step, made),
        environment="" if used is None else used.name,
        environment_digest="" if used is None else used.digest,
        python=python_of(step),
        policy=policy,
        lock=(used.lock or None) if used is not None else None,
        log=step.log,
        inputs=tuple(_input(runs, record, port, each) for port, each in of.inputs.items()),
        results={} if made is None else made.results,
    )
    return RunRecord(begun, ended, record.contents_kept)


def _sdk(of: StepContent) -> str | None:
    return "azure" if of.real_sdk else None


def _document(runs: Runs, step: StepRecord, made: Outcome | None) -> dict[str, Any]:
    state = StepState(step.status) if made is not None else StepState.STOPPED
    end = StepEnd(step.name, state, step.why, made, attempts=step.attempts, seconds=step.seconds)
    return step_document(end, step_folder(runs.workspace.runs / step.run, step.name))


def _input(runs: Runs, record: RunRecord, port: str, each: Any) -> RunInput:
    path = runs.path(record, each.digest, port)
    shape = None
    if port != BUNDLE_PORT:
        from transom.tables.step_file import shape as shape_of

        with suppress(InputUnreadable):
            shape = shape_of(path)
    return RunInput(port, masked(each.shown), each.digest, path.stat().st_size, shape, kept=True)


def ended_as(step: StepRecord) -> str:
    """How it ended, where an outcome that was reused counts as one of its own."""
    return GOOD[0] if step.status in GOOD else step.status
