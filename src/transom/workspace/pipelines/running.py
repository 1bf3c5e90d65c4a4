"""How a pipeline is run in a workspace, or a run of one is taken up again: its parts are put together here."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transom.engine.variables import JOB_FOLDER
from transom.engine.watching import Interrupts
from transom.errors import RunInsideScript
from transom.flow.backends import Backend
from transom.flow.pipeline_run import PipelineRun
from transom.flow.plan import Plan, Selection
from transom.flow.room import Room
from transom.flow.steps import StepEnd, StepState, Watching, step_of
from transom.model.pipelines import Data
from transom.settings import Settings
from transom.store.live import LOG, Live
from transom.workspace.limiting import memory_of_machine
from transom.workspace.opening import Workspace
from transom.workspace.pipelines import recording
from transom.workspace.pipelines.asking import PipelineRequest, PipelineWatcher, Way, input_values
from transom.workspace.pipelines.explaining import Explaining, reason
from transom.workspace.pipelines.handing import Handing
from transom.workspace.pipelines.preparing import Scripts, refused_scripts
from transom.workspace.pipelines.resuming import Stays, what_stays
from transom.workspace.pipelines.steps import RunSteps
from transom.workspace.pipelines.telling import PipelineResult, lay_out, status_of, step_folder
from transom.workspace.pipelines.working import Worker
from transom.workspace.requests import RunRequest
from transom.workspace.results import link_contents
from transom.workspace.running import Runner
from transom.workspace.starting import ColdStarts, Starts, WarmStarts

if TYPE_CHECKING:
    from transom.model.pipelines import FromStep
    from transom.model.runs import Result
    from transom.store.lines import Event
    from transom.store.live import Listener
    from transom.workspace.reaching_bounds import Bounds

#: The part of this machine's memory that steps may have together.
_MEMORY = 0.8


class PipelineRunner:
    """Runs pipelines; `starts` gives the processes of scripts, else each run has its own.

    `scripts` is who runs single scripts in the same session, if there is one: both then know what the other has found.
    """

    def __init__(self, settings: Settings, starts: Starts | None = None, scripts: Runner | None = None) -> None:
        self.scripts = scripts or Runner(settings, starts)
        self.workspace = self.scripts.workspace
        self.folders = self.scripts.folders
        self._starts = starts

    def run(
        self, request: PipelineRequest, watcher: PipelineWatcher | None = None, *, resume: str | None = None
    ) -> PipelineResult:
        """Run a pipeline once; with `resume` take up the run of that id, whose steps that ended well stay as they are.

        What goes wrong in a step is told in the result. Raises WrongUse for values that are none, RunInsideScript, what
        is wrong with the workspace, and StoreUnwritable: then the run can be taken up again.
        """
        if os.environ.get(JOB_FOLDER):
            raise RunInsideScript(script=request.shown)
        values = input_values(request.pipeline, request.values)
        watcher = watcher or PipelineWatcher()
        began = time.monotonic()
        hold = self.folders.new(lasting=True) if resume is None else self.folders.again(resume)
        with hold as folder:
            if resume is not None:
                text = request.text.encode("utf-8", "surrogateescape")
                self.workspace.steps.begin_again(resume, self.workspace.blobs.put_bytes(text))
            live = Live(folder, limit_bytes=self.workspace.settings.log_bytes)
            with _Interrupts() as interrupts:
                run = _Run(self, request, watcher, values, folder, live, interrupts)
                try:
                    result = run.result(is_new=resume is None, began=began)
                finally:
                    live.finish()
        self.scripts.prune_now_and_then()
        return result

    @contextlib.contextmanager
    def starting(self, way: Way) -> Iterator[Starts]:
        """Who starts the processes of one run."""
        if self._starts is not None:
            yield self._starts
        elif way is Way.WARM:
            with contextlib.closing(WarmStarts(self.workspace.warm)) as starts:
                yield starts
        else:
            yield ColdStarts()


class _Interrupts(Interrupts):
    """Remembers an interrupt of this process for the run, and calls who stops what is executed now; again, at once."""

    def __init__(self) -> None:
        super().__init__()
        self.came = False
        self.call: Callable[[bool], None] | None = None

    def _note(self, *_: object) -> None:
        again, self.came = self.came, True
        if self.call is not None:
            self.call(again)


@dataclass(frozen=True, slots=True)
class _Run:
    """One run in its folder."""

    runner: PipelineRunner
    request: PipelineRequest
    watcher: PipelineWatcher
    values: Mapping[str, Any]
    folder: Path
    live: Live
    interrupts: _Interrupts

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def workspace(self) -> Workspace:
        return self.runner.workspace

    def result(self, *, is_new: bool, began: float) -> PipelineResult:
        """Record that it begins, bring every step to its end, keep and record what came out."""
        pipeline, workspace = self.request.pipeline, self.workspace
        selection = Selection(self.request.until, self.request.from_, self.request.only)
        wanted = selection.wanted(pipeline)
        given = selection.given(pipeline)
        chosen = wanted | given
        names = [name for name in pipeline.order if name in chosen]
        steps = workspace.steps
        if is_new:
            begun = recording.begun(self.id, self.request, self.values, workspace)
            steps.begin(begun, [(name, pipeline.steps[name].component.name) for name in names])
        self.watcher.on_plan(self.id, tuple(names))
        stays = Stays() if is_new else self._stays()
        said = [*self.request.said, *stays.said]
        plan = Plan(pipeline, frozenset(names), pipeline.settings.continue_on_step_failure)
        ends = self._ends(plan, given, stays, said)
        status = status_of(ends, wanted)
        outputs = self._outputs(ends)
        ends = self._explained({name: ends[name] for name in names if name in ends})
        made = {name: made for name, source in pipeline.outputs.items() if (made := _made(ends, source)) is not None}
        result = PipelineResult(
            self.id, self.folder, status, ends, outputs, time.monotonic() - began, made, tuple(said)
        )
        ended = recording.ended(status, ends, result, self._log())
        self.runner.scripts.scheduler.end(self.id, ended)
        link_contents(self.folder, replace(ended, log=None), workspace.blobs)  # the log is there already
        return result

    def _explained(self, ends: Mapping[str, StepEnd]) -> dict[str, StepEnd]:
        """The ends with the reasons why the steps were reused or executed, in words."""
        executed = {name: end.content for name, end in ends.items() if end.content is not None and end.attempts}
        changes = Explaining(self.workspace).changes(self.id, executed)
        return {name: replace(end, why=_why(end, changes.get(name))) for name, end in ends.items()}

    def _log(self) -> str | None:
        """The log of the whole run, kept by its digest: what each step printed, with its name before each line."""
        self.live.finish()
        with (self.folder / LOG).open("rb") as stream:
            return self.workspace.blobs.put_stream(stream)

    def _stays(self) -> Stays:
        """What of a run that is taken up again stays as it was."""
        workspace = self.workspace
        stays = what_stays(self.request, self.values, workspace.steps.of_run(self.id), workspace.blobs)
        for end in stays.ends.values():
            lay_out(end, step_folder(self.folder, end.name), workspace.blobs)
            self.watcher.on_end(end)
        return stays

    def _ends(self, plan: Plan, given: frozenset[str], stays: Stays, said: list[str]) -> Mapping[str, StepEnd]:
        from transom.workspace.reaching_bounds import Bounds

        request = self._template()
        bounds = Bounds.of_run(request, self.workspace, self.request.folder)
        with ExitStack() as stack:
            starts = stack.enter_context(self.runner.starting(self.request.way))
            worker = Worker(self.workspace, self.folder, request, starts, self._outside(bounds), self._listeners)
            worker.scripts = sum(not self.request.pipeline.steps[name].component.native for name in plan.names)
            stack.callback(worker.close)
            self.interrupts.call = lambda again: worker.stop(at_once=again)
            history = recording.StepHistory(self.id, self.workspace.steps, self._kept_log)
            backend = self._backend(worker)
            stack.callback(backend.close)
            handing = self._handing(stays, said, bounds)
            steps = self._steps(request, worker, history, given, handing)
            named = {name: self.request.pipeline.steps[name] for name in plan.names}
            steps.scripts.refused = refused_scripts(named, self.request.folder, bounds.check_read)
            watching = Watching(self.watcher.on_begin, self._ended, self._stop_asked)
            run = PipelineRun(plan, steps, history, backend, self._room(), watching)
            run.had(stays.ends.values())
            try:
                return run.run(worker.stop)
            except KeyboardInterrupt:  # it came while data was read; what is executed now is still to end
                return run.run(worker.stop)

    def _progress(self, what: str, done: int, total: int) -> None:
        """Data is read, in this thread: a large table is not read to its end when the run is to stop."""
        if self._stop_asked():
            raise KeyboardInterrupt
        self.watcher.on_progress(what, done, total)

    def _steps(
        self,
        request: RunRequest,
        worker: Worker,
        history: recording.StepHistory,
        given: frozenset[str],
        handing: Handing,
    ) -> RunSteps:
        pipeline = self.request.pipeline
        scripts = Scripts(
            self.workspace,
            self.runner.scripts.choosing,
            request,
            self.request.folder,
            self.watcher.on_building,
            worker.interpreters,
            self.request.environment or pipeline.settings.default_environment,
        )
        return RunSteps(
            self.id, self.request, self.values, self.workspace, handing, scripts, worker.outside, history, worker, given
        )

    def _template(self) -> RunRequest:
        """What holds for the scripts of all steps."""
        asked = self.request
        return RunRequest(
            Path(asked.shown),
            policy=asked.policy,
            network=asked.network,
            allow_read=asked.allow_read,
            allow_write=asked.allow_write,
            secrets=asked.secrets,
            experiment=asked.experiment or asked.pipeline.experiment_name or None,
        )

    def _handing(self, stays: Stays, said: list[str], bounds: Bounds) -> Handing:
        """Who reads the data that is named: what the person named for this run lies within no bounds."""
        named = {self.values[name] for name in self.request.values if name in self.values}
        trusted = frozenset(each for each in named if isinstance(each, Data))
        folder = self.request.folder
        return Handing(self.workspace, folder, self._progress, stays.was, said, bounds, trusted)

    def _outside(self, bounds: Bounds) -> Any:
        from transom.workspace.reaching import Reach

        folder, stopped = self.request.folder, self.live.stop_asked
        return Reach(self.workspace, self.workspace.settings, folder, stopped, bounds)

    def _backend(self, worker: Worker) -> Backend:
        if self.request.way is Way.INLINE:
            from transom.flow.backends.inline import InlineBackend

            return InlineBackend(worker.execute)
        from transom.flow.backends.local import LocalBackend

        return LocalBackend(worker.execute, self._jobs)

    @property
    def _jobs(self) -> int:
        return self.request.jobs or os.cpu_count() or 1

    def _room(self) -> Room:
        return Room(self._jobs, memory_of_machine() * _MEMORY)

    def _listeners(self, job: str) -> list[Listener]:
        name = step_of(job)

        def hear(event: Event) -> None:
            if event.kind == "text":
                self.live.write("".join(f"{name} | {line}\n" for line in event.text.splitlines()))
            self.watcher.on_text(name, event)

        return [hear]

    def _stop_asked(self) -> bool:
        return self.interrupts.came or self.live.stop_asked()

    def _ended(self, end: StepEnd) -> None:
        lay_out(end, step_folder(self.folder, end.name), self.workspace.blobs)
        self.watcher.on_end(end)

    def _kept_log(self, name: str) -> str | None:
        try:
            with (step_folder(self.folder, name) / LOG).open("rb") as stream:
                return self.workspace.blobs.put_stream(stream)
        except FileNotFoundError:
            return None

    def _outputs(self, ends: Mapping[str, StepEnd]) -> dict[str, dict[str, Any]]:
        """The results that the pipeline names as its own: kept as datasets of these names."""
        from transom.workspace.datasets import register_result

        outputs = {}
        for name, source in self.request.pipeline.outputs.items():
            made = _made(ends, source)
            if made is None:
                continue
            dataset = register_result(self.workspace, name, made, run=self.id, port=f"{source.step}.{source.port}")
            outputs[name] = {
                "dataset": str(dataset.reference),
                "rows": made.shape.rows,
                "columns": len(made.shape.columns),
                "path": str(step_folder(self.folder, source.step) / f"{source.port}.arrow"),
            }
        return outputs


def _why(end: StepEnd, changes: list[str] | None) -> str:
    """The reason for the end; `changes` is None for a step that was not executed."""
    if end.state is StepState.REUSED and end.earlier is not None:
        of = f"the run {end.earlier.run}" if end.earlier.run else f"the equal step {end.earlier.step}"
        return f"nothing changed: the outcome of {of} was reused"
    return end.why if changes is None else reason(end.why, changes)


def _made(ends: Mapping[str, StepEnd], source: FromStep) -> Result | None:
    """The table that a step handed on there, if it did."""
    end = ends.get(source.step)
    return None if end is None else end.results.get(source.port)
