"""How one script is run: its interpreter is started first, and all else made ready while that imports pandas."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transom.engine.process import Process
from transom.engine.read_only import remove_tree
from transom.engine.variables import JOB_FOLDER
from transom.errors import NameInvalid, RunInsideScript, TransomError
from transom.flow.scheduler import Scheduler
from transom.model.assets import NoName, checked_name
from transom.settings import Settings
from transom.workspace.confining import grounds_of
from transom.workspace.limiting import limits_of
from transom.workspace.opening import open_workspace
from transom.workspace.requests import Asked, Registered, RunRequest, Watcher
from transom.workspace.run_folders import RunFolders
from transom.workspace.script_files import must_exist, read_script
from transom.workspace.starting import ColdStarts, Interpreter, Starts, Wanted

if TYPE_CHECKING:
    from transom.model.runs import Outcome
    from transom.workspace.choosing import Choice, Choosing
    from transom.workspace.executing import Execution, Prepared
    from transom.workspace.results import RunResult

#: After how many runs of a session the old ones are removed again.
_PRUNED_EVERY = 20
#: What the header of a script (PEP 723) begins with.
_HEADER = "# /// script"


class Runner:
    """Runs scripts, one after the other or from several threads; `starts` gives the processes."""

    def __init__(self, settings: Settings, starts: Starts | None = None) -> None:
        self.settings = settings
        self.workspace = open_workspace(settings)
        self.folders = RunFolders(self.workspace)
        # Who runs many scripts has the database open: then the journal saves nothing.
        recorder = None if starts is not None else lambda: self.workspace.recorder
        self.scheduler = Scheduler(lambda: self.workspace.history, recorder)
        self._starts = starts or ColdStarts()
        self._choosing: Choosing | None = None
        self._runs = 0
        self.checks: dict[Any, Any] = {}

    @property
    def choosing(self) -> Choosing:
        """Who chooses environments: imported only when the first interpreter has been started."""
        if self._choosing is None:
            from transom.workspace.choosing import Choosing

            self._choosing = Choosing(self.settings)
        return self._choosing

    def run(
        self, request: RunRequest, watcher: Watcher | None = None, meanwhile: Callable[[], None] | None = None
    ) -> RunResult:
        """Run a script once and keep what came out in a run folder.

        `meanwhile` is called while the interpreter starts; what it raises ends the run before anything was executed.
        What goes wrong in the script, in an input or in the bundle is told in the result. Raises NotThere, Unknown and
        VersionUnknown for a dataset, ScriptUnreadable, StoreUnwritable, WrongUse, RunInsideScript, what is wrong with
        the workspace (WorkspaceNewer, DatabaseDamaged ...), and with the environment that was asked for
        (EnvironmentUnknown, PythonMissing, RequirementsUnmet, BuildFailed, EnvironmentFailed): then nothing was run.
        """
        if os.environ.get(JOB_FOLDER):
            raise RunInsideScript(script=request.script)
        _check_experiment(request.experiment or self.settings.experiment)
        asked = Asked(request, read_script(request.script), self.settings, watcher or Watcher())
        for source in (*request.tables.values(), request.bundle):
            if isinstance(source, Path):
                must_exist(source)
        with self.folders.new() as folder:
            result = _Run(self, self._starts, asked, folder).result(meanwhile)
        self.prune_now_and_then()
        return result

    def prune_now_and_then(self) -> None:
        """After each run; not where it would load the database for nothing."""
        with contextlib.suppress(TransomError):  # of a run that is over, nothing is to be said any more
            if self._runs % _PRUNED_EVERY == 0 and (
                self.workspace.is_open
                or self.workspace.journal.waiting("ended") >= _PRUNED_EVERY
                or self.folders.has_too_much()
            ):
                from transom.workspace.keeping import Keeping

                Keeping(self.workspace, self.folders, self.scheduler).prune()
            self._runs += 1


def _check_experiment(name: str) -> None:
    try:
        checked_name(name)
    except NoName as wrong:
        raise NameInvalid(kind="experiment", name=name, reason=wrong) from None


class _Run:
    """One run in its folder."""

    def __init__(self, runner: Runner, starts: Starts, asked: Asked, folder: Path) -> None:
        self.runner = runner
        self.asked = asked
        self.folder = folder
        self._starts = starts
        self._process: Process | None = None
        self._notes: list[str] = []

    def result(self, meanwhile: Callable[[], None] | None) -> RunResult:
        """Run it, and keep what came out."""
        with ExitStack() as stack:
            stack.callback(self._discard)
            if self._takes_the_host_first():
                self._start(Interpreter())
            # Imported only now: Arrow and the checks are loaded while the script's interpreter loads pandas.
            from transom.engine.child_bytecode import compile_child
            from transom.store.live import Live
            from transom.workspace import recording, results
            from transom.workspace.executing import Execution

            if meanwhile is not None:
                meanwhile()
            compile_child()
            self._look_up_datasets()
            choice = self.runner.choosing.first(self.asked.request, self.asked.source.text, self.asked.watcher.building)
            if self._process is None:
                self._start(Interpreter.of(choice.ready))
                confirmed = self.runner.choosing.confirmed(choice, self.asked.watcher.building)
                if confirmed is not choice:
                    choice = confirmed
                    self._start_again(Interpreter.of(choice.ready))
            listeners = [] if self.asked.watcher.on_text is None else [self.asked.watcher.on_text]
            live = Live(self.folder, limit_bytes=self.asked.settings.log_bytes, listeners=listeners)
            execution = Execution(self.asked, self.runner.workspace, live, self.runner.checks)
            with self._recorded():
                outcome = self._outcome(execution, choice)
            if outcome.failure is not None:
                self.runner.choosing.doubt(choice.ready)
        live.finish()
        document = results.document(self.folder, outcome)
        finished = recording.Finished(self.folder, outcome, document, execution.inputs, execution.lock)
        self.runner.scheduler.end(self.folder.name, recording.ended(finished, self.runner.workspace.blobs))
        result = results.kept(self.folder, outcome, execution.lock, self.runner.workspace.blobs)
        if not result.succeeded:
            from transom.engine.job_folder import keep_work

            keep_work(self.job, self.folder / "work")
        remove_tree(self.job)
        return result

    def _look_up_datasets(self) -> None:
        """That what is named as a dataset is one; the database is loaded for that while the interpreter starts."""
        from transom.workspace.inputs import found_dataset

        for source in (*self.asked.request.tables.values(), self.asked.request.bundle):
            if isinstance(source, Registered):
                found_dataset(self.runner.workspace, source)

    @contextmanager
    def _recorded(self) -> Iterator[None]:
        """The run is recorded as going on; where it could not be executed at all, it is forgotten again."""
        from transom.workspace import recording

        run = self.folder.name
        self.runner.scheduler.begin(recording.begun(run, self.asked, self.runner.workspace.blobs))
        try:
            yield
        except BaseException:
            self.runner.scheduler.withdraw(run)
            raise

    @property
    def job(self) -> Path:
        """The folder of the job, which is the process's own."""
        assert self._process is not None
        return self._process.folder

    def _outcome(self, execution: Execution, choice: Choice) -> Outcome:
        prepared = execution.prepared(self.job / "inputs", choice)
        if prepared is None:
            return execution.failed_early
        execution.say(choice.said)
        building = self.asked.watcher.building
        better = self.runner.choosing.instead(choice, prepared.checked, prepared.added, building)
        if better is not None:
            execution.say(better.said)
            if better.ready is not choice.ready:
                prepared = execution.moved(prepared, better)
                self._start_again(Interpreter.of(better.ready))
        return self._executed(execution, prepared)

    def _executed(self, execution: Execution, prepared: Prepared) -> Outcome:
        from transom.engine.step import ImportedTooEarly

        if execution.refuses(prepared):
            return execution.failed_early
        execution.say(self._notes)
        assert self._process is not None
        try:
            return execution.outcome(self._process, prepared)
        except ImportedTooEarly:  # what is installed for this run must be imported instead
            self._starts = ColdStarts()
            self._start_again(Interpreter.of(prepared.choice.ready))
            return execution.outcome(self._process, prepared)

    def _takes_the_host_first(self) -> bool:
        """Whether nothing names an environment: then nearly always the host is taken, and can be started now."""
        asked = self.asked
        named = asked.request.environment or asked.settings.environment
        return named is None and _HEADER not in asked.source.text

    def _start(self, interpreter: Interpreter) -> None:
        request = self.asked.request
        limits = limits_of(request, self.runner.workspace)
        wanted = Wanted(interpreter, grounds_of(request, interpreter.policy, self.runner.workspace, limits), request)
        self._process, why_cold = self._starts.process(wanted, self.folder / "job")
        if why_cold is not None:
            self._notes.append(f"This run started cold: {why_cold}.")

    def _start_again(self, interpreter: Interpreter) -> None:
        """Take another process for the same job; the inputs that were read stay."""
        self._discard()
        before = self.job
        if before.parent == self.folder:
            before = before.rename(self.folder / "job.before")
        self._start(interpreter)
        inputs = self.job / "inputs"
        inputs.rmdir()
        (before / "inputs").rename(inputs)
        remove_tree(before)

    def _discard(self) -> None:
        if self._process is not None:
            self._process.discard()
