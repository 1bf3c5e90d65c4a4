"""What a worker of this machine does with a job of a pipeline: takes a process, executes it, keeps what it left."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transom.engine.job_folder import keep_work
from transom.engine.process import Process
from transom.engine.read_only import remove_tree
from transom.flow.backends import AnyJob
from transom.flow.steps import step_of
from transom.model.runs import Job, NativeJob, Status
from transom.store.live import Listener, Live
from transom.workspace import jobs
from transom.workspace.asked_before import Asked
from transom.workspace.confining import grounds_of
from transom.workspace.opening import Workspace
from transom.workspace.pipelines.telling import step_folder
from transom.workspace.requests import RunRequest
from transom.workspace.starting import ColdStarts, Interpreter, Starts, Wanted

if TYPE_CHECKING:
    from transom.components.native import Outside
    from transom.engine.step import Executed
    from transom.model.policies import Confinement


@dataclass(slots=True)
class Worker:
    """Executes the jobs of one pipeline run; threads share it.

    `folder` is the run's, in which each step has one of its own; `request` says what scripts may touch. `interpreters`
    are those of the environments, by their digest. `outside` is what native components reach, `listeners` gives who
    hears what a step prints, `scripts` is how many steps with scripts there are.
    """

    workspace: Workspace
    folder: Path
    request: RunRequest
    starts: Starts
    outside: Outside
    listeners: Callable[[str], list[Listener]]
    scripts: int = 1
    interpreters: dict[str, Interpreter] = field(default_factory=dict)
    inputs: dict[str, Mapping[str, str | None]] = field(default_factory=dict)
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    _lives: dict[str, Live] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)  # a signal may come while it is held
    _expecting: dict[str, Wanted] = field(default_factory=dict)
    _removing: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "removing"))
    _confinements: dict[str, Confinement] = field(default_factory=dict)
    _stopping: bool = False

    def execute(self, job: AnyJob) -> Executed:
        """Execute one job; see `engine.step.run_job` and `engine.native_step.run_native` for what it raises."""
        live = self._begin(job.id)
        try:
            return self._native(job, live) if isinstance(job, NativeJob) else self._executed(job, live)
        finally:
            live.finish()

    def stop(self, *, at_once: bool = False) -> None:
        """Ask every job that is going on, and every later one, to stop; `at_once` leaves them no more time to end."""
        with self._lock:
            self._stopping = True
            for live in self._lives.values():
                live.ask_to_stop(at_once=at_once)

    def close(self) -> None:
        """No other job comes."""
        for wanted in self._expecting.values():
            self.starts.expect(wanted, 0)
        self._removing.shutdown(wait=True)

    def step_folder(self, job: str) -> Path:
        """The folder of a step: its log, and what it left."""
        return step_folder(self.folder, step_of(job))

    def confinement(self, job: str) -> Confinement | None:
        """What a step was to be confined to, where a process was started for it."""
        return self._confinements.get(job)

    def _begin(self, job: str) -> Live:
        """What the step prints from now on; of an earlier try nothing is left."""
        if self.step_folder(job).exists():
            remove_tree(self.step_folder(job))
        limit, listeners = self.workspace.settings.log_bytes, self.listeners(job)
        live = Live(self.step_folder(job), limit_bytes=limit, listeners=listeners)
        with self._lock:
            self._lives[job] = live
            if self._stopping:
                live.ask_to_stop()
        return live

    def _native(self, job: NativeJob, live: Live) -> Executed:
        from transom.components.known import native
        from transom.engine.native_step import NativeAllowance, run_native
        from transom.engine.step import Executed

        allowance = NativeAllowance(live.folder / "job", self.outside, self.workspace.settings.stop_seconds)
        return Executed(run_native(job, native(job.component), self.workspace.blobs, live, allowance), {})

    def _executed(self, job: Job, live: Live) -> Executed:
        from transom.engine.step import ImportedTooEarly

        process, why_cold = self._process(job, self.starts)
        if why_cold is not None:
            live.write(f"warning: This step started cold: {why_cold}.\n")
        try:
            executed = self._run(job, live, process)
        except ImportedTooEarly:  # what is installed for this job must be imported instead
            process.discard()
            remove_tree(process.folder)
            process, _ = self._process(job, ColdStarts())
            executed = self._run(job, live, process)
        finally:
            process.discard()
        if executed.outcome.status is not Status.SUCCEEDED:
            keep_work(process.folder, live.folder / "work")
        self._removing.submit(remove_tree, process.folder)  # which need not be waited for by the next step
        return executed

    def _process(self, job: Job, starts: Starts) -> tuple[Process, str | None]:
        interpreter = self.interpreters[job.environment.digest]
        grounds = grounds_of(self.request, interpreter.policy, self.workspace, job.limits)
        self._confinements[job.id] = grounds.confinement
        wanted = Wanted(interpreter, grounds, self.request)
        with self._lock:
            is_first = job.environment.digest not in self._expecting
            self._expecting[job.environment.digest] = wanted
        if is_first:
            starts.expect(wanted, self.scripts)
        return starts.process(wanted, self.step_folder(job.id) / "job")

    def _run(self, job: Job, live: Live, process: Process) -> Executed:
        return jobs.executed(self.workspace, job, live, process, lambda: self._told(job, process), Asked())

    def _told(self, job: Job, process: Process) -> dict[str, Any]:
        """The facts of a step, for whoever answers its script; see `jobs.executed`."""
        confinement, datasets = process.grounds.confinement, self.inputs.get(job.id, {})
        return {
            "run": job.id,
            "experiment": self.request.experiment or self.workspace.settings.experiment,
            "created": self.created,
            "script": job.script_shown,
            "inputs": {port: datasets.get(port) for port in job.datasets},
            "policy": confinement.policy,
            "network": confinement.network,
            "secrets": self.request.secrets,
        }
