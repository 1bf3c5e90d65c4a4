"""What the scheduler is told of the steps of one run: how each can be executed now, and what was made of it before."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from transom.components.native import CannotApply, Outside
from transom.errors import BlobMissing, TransomError
from transom.flow.reuse import ONLY_NOW, Connected, StepContent, UsedPlace, content_of, key_of
from transom.flow.room import UNKNOWN
from transom.flow.steps import Earlier, Gone, Made, Prepared, job_id, step_of
from transom.model.components import Component, Port, PortKind, ValueWrong
from transom.model.pipelines import Connected as Source
from transom.model.pipelines import Data, FromInput, FromStep, Step
from transom.model.runs import Failure, FailureKind, NativeJob, Outcome, Result, Status
from transom.workspace.asked_before import changed_since
from transom.workspace.failing import failure_of_error
from transom.workspace.limiting import limits_of
from transom.workspace.opening import Workspace
from transom.workspace.pipelines.asking import ALL, PipelineRequest
from transom.workspace.pipelines.explaining import NOT_KEPT
from transom.workspace.pipelines.handing import Handed, Handing
from transom.workspace.pipelines.overwriting import check_target
from transom.workspace.pipelines.preparing import FOLDER, Placed, Scripts, ScriptStep
from transom.workspace.reaching_marks import only_now

if TYPE_CHECKING:
    from transom.engine.step import Executed
    from transom.flow.backends import AnyJob
    from transom.model.pipelines import Pipeline
    from transom.workspace.pipelines.working import Worker

#: The one component that writes outside; the property of its outcome that tells what it left there.
EXPORT = "export_data"
#: A step is taken to need so many times the bytes of its tables.
_TIMES_ITS_TABLES = 3
_TARGET = "transom.target"


class Found(Protocol):
    """What the history knows of steps; see `store.steps`."""

    def earlier(self, keys: Sequence[str]) -> Mapping[str, Earlier]:
        """The newest outcome that succeeded, by key."""

    @property
    def log_of(self) -> Callable[[str], str | None]:
        """Keeps what a step of this run printed, and gives its digest."""

    def peaks(self, keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
        """The last peak of memory by (component, script's digest), in bytes."""


@dataclass(slots=True)
class RunSteps:
    """The steps of one run; see `flow.steps.Steps`. `values` are what the pipeline's inputs were given.

    Those of `given` are not to be executed: their earlier outcomes are what others need.
    """

    run: str
    request: PipelineRequest
    values: Mapping[str, Data | str | float | bool | None]
    workspace: Workspace
    handing: Handing
    scripts: Scripts
    outside: Outside
    found: Found
    worker: Worker
    given: frozenset[str] = frozenset()
    _of_scripts: dict[str, ScriptStep] = field(default_factory=dict)
    _locks: dict[str, str] = field(default_factory=dict)
    _targets: dict[str, str] = field(default_factory=dict)
    _said: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def pipeline(self) -> Pipeline:
        """What is run."""
        return self.request.pipeline

    def prepared(self, name: str, results: Mapping[tuple[str, str], Result]) -> Prepared:
        """See Steps."""
        step = self.pipeline.steps[name]
        handed = self._handed(step, results)
        parameters = self._parameters(name, step)
        job = job_id(self.run, name)
        if step.component.native:
            prepared = self._native(job, step, parameters, handed)
        else:
            prepared = self._script(name, Placed(job, name, step, parameters, handed))
        if name in self.given:
            return self._only_reused(name, prepared)
        return self._reusing(name, step, prepared, handed)

    def _only_reused(self, name: str, prepared: Prepared) -> Prepared:
        if ONLY_NOW in prepared.content.mark:
            prepared = self._as_last_time(name, prepared)
        if isinstance(self.earlier([prepared.key]).get(prepared.key), Earlier):
            return replace(prepared, reuse=True, refused=None)
        message = f"The step {name} was not run with this content yet, and what is to be run needs what it makes."
        failure = Failure(
            FailureKind.INPUT_INVALID, message, remedy="Run the pipeline without --from and --only first."
        )
        return replace(prepared, refused=Outcome(Status.FAILED, failure))

    def _as_last_time(self, name: str, prepared: Prepared) -> Prepared:
        """The step as it was in the last run of the same file, if only what its source says of itself is another."""
        record = self.workspace.steps.similar(self.run, [name]).get(name)
        if record is None or record.content is None or record.key is None:
            return prepared
        was = content_of(record.content)
        if key_of(replace(was, mark={})) != key_of(replace(prepared.content, mark={})):
            return prepared
        return replace(prepared, key=record.key, content=was)

    def earlier(self, keys: Sequence[str]) -> Mapping[str, Earlier | Gone]:
        """See Steps."""
        if not keys:
            return {}
        gone = {key: (each, self._why_gone(key, each.outcome)) for key, each in self.found.earlier(keys).items()}
        return {key: Gone(why) if why else each for key, (each, why) in gone.items()}

    def _why_gone(self, key: str, outcome: Outcome) -> str:
        """Why what a step made cannot be taken again; empty where all of it is there, and is what it would make now."""
        if not all(map(self.workspace.blobs.claim, outcome.digests)):
            return NOT_KEPT
        if key in self._targets and outcome.properties.get(_TARGET) != self._targets[key]:
            return "what it had written is not there as it was left"
        return changed_since(self.workspace, outcome.properties)

    def finished(self, job: AnyJob, executed: Executed) -> Outcome:
        """See Steps."""
        name = step_of(job.id)
        script = self._of_scripts.get(name)
        if script is None:
            warnings = (*self._said.get(name, ()), *executed.outcome.warnings)
            return self._with_target(job, replace(executed.outcome, warnings=warnings))
        outcome = script.finished(executed, self.worker.confinement(job.id))
        if outcome.failure is not None:
            self.scripts.choosing.doubt(script.choice.ready)
        return outcome

    def _with_target(self, job: AnyJob, outcome: Outcome) -> Outcome:
        """The outcome with what the place to which a step has written says of itself now."""
        if not isinstance(job, NativeJob) or outcome.status is not Status.SUCCEEDED:
            return outcome
        told = self._told_of_target(job.component, job.parameters)
        return outcome if told is None else replace(outcome, properties={**outcome.properties, _TARGET: told})

    def _told_of_target(self, component: str, parameters: Mapping[str, Any]) -> str | None:
        """What the target of a step says of its content; None where it has none, or that says nothing."""
        if component != EXPORT:
            return None
        from transom.components.export_data import target_of

        target = target_of(parameters)
        try:
            mark = {} if target is None else self.outside.mark(*target)
        except CannotApply:  # nothing is there
            return None
        return json.dumps(dict(mark), sort_keys=True) if mark and ONLY_NOW not in mark else None

    def log(self, name: str) -> str | None:
        """See Steps."""
        return self.found.log_of(name)

    def failed(self, wrong: Exception) -> Outcome:
        """See Steps."""
        if isinstance(wrong, TransomError):
            return Outcome(Status.FAILED, failure_of_error(wrong))
        if isinstance(wrong, CannotApply):
            failure = Failure(FailureKind.COMPONENT_FAILED, wrong.problem, remedy=wrong.advice or None)
            return Outcome(Status.FAILED, failure)
        raise wrong

    def _handed(self, step: Step, results: Mapping[tuple[str, str], Result]) -> dict[str, Handed]:
        handed = {}
        for port in step.component.inputs:
            source = step.inputs.get(port.name)
            if isinstance(source, FromStep):
                made = results[source.step, source.port]
                handed[port.name] = Handed(made.digest, source.step, made.shape)
                continue
            data = self._data(source)
            if data is not None:
                handed[port.name] = self._read(data, port, step.component)
        own = step.component.script
        if own is not None and own.folder is not None:
            handed[FOLDER] = self.handing.files(Data(own.folder))
        return handed

    def _read(self, data: Data, port: Port, component: Component) -> Handed:
        if port.kind is PortKind.TABLE:
            return self.handing.table(data)
        return self.handing.files(data) if component.script is None else self.handing.given(data)

    def _data(self, source: Source | None) -> Data | None:
        if isinstance(source, FromInput):
            value = self.values.get(source.name)
            return value if isinstance(value, Data) else None
        return source if isinstance(source, Data) else None

    def _parameters(self, name: str, step: Step) -> dict[str, Any]:
        """The values of a step's parameters now. Raises CannotApply for one that was given for this run and is none."""
        said = {}
        for parameter, value in step.parameters.items():
            known = self.values.get(value.name) if isinstance(value, FromInput) else value
            if known is not None:
                said[parameter] = known
        try:
            return step.component.checked(said)
        except ValueWrong as wrong:
            raise CannotApply(f"{wrong.parameter} of the step {name} {wrong.reason}.", "Give another value.") from None

    def _native(self, job: str, step: Step, parameters: Mapping[str, Any], handed: Mapping[str, Handed]) -> Prepared:
        component, asked = step.component, self.scripts.request
        made = NativeJob(
            id=job,
            component=component.name,
            outputs=tuple(port.name for port in component.outputs),
            datasets={port: each.digest for port, each in handed.items()},
            parameters=dict(parameters),
            limits=limits_of(replace(asked, limits=replace(asked.limits, **step.limits)), self.workspace),
        )
        warnings = [f"{port}: {one}" for port, each in handed.items() for one in each.warnings]
        self._said[step_of(job)] = tuple(warnings)
        mark = self._mark(component, parameters)
        content = StepContent(component.name, component.version, _connected(handed), dict(parameters), mark=mark)
        prepared = Prepared(content, key_of(content), lambda: Made(made), retry=step.retry)
        if component.effects:
            check_target(parameters, self.request, self.values)
            told = self._told_of_target(component.name, parameters)
            self._targets[prepared.key] = told or ""
            return prepared if told else replace(prepared, reuse=False, why="nobody knows what is there now")
        if ONLY_NOW in mark:
            return replace(prepared, reuse=False, why=mark.get("why", "its source says nothing of its content"))
        return prepared

    def _mark(self, component: Component, parameters: Mapping[str, Any]) -> Mapping[str, str]:
        """What the source of a step says of its content. Raises CannotApply."""
        if not component.sources:
            return {}
        from transom.components.import_data import source_of

        if parameters.get("query") is not None:
            return only_now("a query can have another answer each time")
        return dict(self.outside.mark(*source_of(parameters)))

    def _script(self, name: str, placed: Placed) -> Prepared:
        script = self.scripts.step(placed)
        self._of_scripts[name] = script
        self.worker.inputs[placed.job] = {port: each.dataset for port, each in placed.handed.items()}
        request, component, ready = script.request, placed.step.component, script.choice.ready
        own = component.script is not None
        parameters = {key: value for key, value in placed.parameters.items() if own or key != "script"}
        # what a file is called is told to the function too
        parameters |= {port: each.name for port, each in placed.handed.items() if each.name is not None}
        content = StepContent(
            component.name,
            component.version,
            _connected(placed.handed),
            parameters,
            script=script.script,
            entry_point=request.entry_point,
            environment=UsedPlace(ready.environment.name, ready.digest, self._lock(ready.lock)),
            packages=request.packages,
            bundle_requirements=request.bundle_requirements,
            real_sdk=script.real_sdk,
        )
        return Prepared(content, key_of(content), script.made, retry=placed.step.retry)

    def _lock(self, lock: str) -> str:
        """The digest of the environment's lock, which is kept: it tells later what has changed."""
        if lock not in self._locks:
            self._locks[lock] = self.workspace.blobs.put_bytes(lock.encode()) if lock else ""
        return self._locks[lock]

    def _reusing(self, name: str, step: Step, prepared: Prepared, handed: Mapping[str, Handed]) -> Prepared:
        """Whether an earlier outcome may be taken, and the last peak of the step, or what is to be expected."""
        why = self._why_not(name, step)
        known = self.found.peaks([(step.component.name, prepared.content.script or "")])
        peak = next(iter(known.values()), None)
        prepared = replace(prepared, peak=self._expected(handed) if peak is None else peak)
        return prepared if why is None else replace(prepared, reuse=False, why=why)

    def _expected(self, handed: Mapping[str, Handed]) -> int | None:
        """How much memory a step takes by the tables that it is given; None for small ones.

        That is all there is for native ones, which share the memory of this process, and for the first time of others.
        """
        tables = [each.digest for each in handed.values() if not each.is_files]
        expected = sum(map(self._size, tables)) * _TIMES_ITS_TABLES
        return expected if expected > UNKNOWN else None

    def _size(self, digest: str) -> int:
        try:
            return self.workspace.blobs.size(digest)
        except BlobMissing:  # who needs it will say so
            return 0

    def _why_not(self, name: str, step: Step) -> str | None:
        regenerate = self.request.regenerate
        if name in regenerate or ALL in regenerate:
            return "it was to be run again (--regenerate)"
        if step.force_rerun or self.pipeline.settings.force_rerun:
            return "its file says force_rerun"
        if step.reuse is False or (step.reuse is None and not step.component.reuse):
            return f"{'the step' if step.reuse is False else step.component.name} is never reused"
        return None


def _connected(handed: Mapping[str, Handed]) -> dict[str, Connected]:
    return {port: Connected(each.digest, each.shown) for port, each in handed.items()}
