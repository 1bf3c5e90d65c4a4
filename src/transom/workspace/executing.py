"""How a run is executed in an interpreter that is starting: inputs read, the script checked, called and told of."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transom.engine.packages import asks_for, named_by_bundle
from transom.engine.process import Process
from transom.engine.remedies import FailureContext, remedy
from transom.errors import BundleInvalid, EnvironmentFailed, InputUnreadable
from transom.model.assets import Sdk
from transom.model.runs import Failure, FailureKind, Job, Outcome, Seconds, Status
from transom.model.scripts import Severity
from transom.store.live import Live
from transom.workspace import checking, jobs
from transom.workspace.choosing import Choice, used, with_packages
from transom.workspace.failing import failure_of_error
from transom.workspace.inputs import Bundle, InputReader
from transom.workspace.limiting import limits_of
from transom.workspace.opening import Workspace
from transom.workspace.requests import Asked

if TYPE_CHECKING:
    from transom.model.records import RunInput

#: So many findings of earlier runs of a session are remembered.
_MOST_CHECKS = 100


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is ready before the script is called: its environment, what the check found, the inputs' digests by port.

    `added` are the requirements that are installed for this run.
    """

    choice: Choice
    checked: checking.Checked
    datasets: Mapping[str, str]
    bundle: Bundle | None
    added: tuple[str, ...] = ()


class Execution:
    """One run, from what was asked for to its outcome.

    `failed_early` is the outcome where the script was never called.
    """

    def __init__(self, asked: Asked, workspace: Workspace, live: Live, checks: dict[Any, checking.Checked]) -> None:
        """`checks` are what earlier runs of the same session have found; this one's is added."""
        self.request = asked.request
        self.settings = asked.settings
        self.watcher = asked.watcher
        self.source = asked.source
        self.began = asked.began
        self.workspace = workspace
        self.blobs = workspace.blobs
        self.live = live
        self.created = datetime.now(UTC)
        self.warnings: list[str] = []
        self.lock = ""
        self.failed_early = Outcome(Status.FAILED)
        self._checks = checks
        self._logged = 0
        self._inputs = InputReader(asked, workspace)

    @property
    def inputs(self) -> tuple[RunInput, ...]:
        """What was connected, as far as it was read."""
        return tuple(self._inputs.read.records.values())

    def prepared(self, inputs: Path, choice: Choice) -> Prepared | None:
        """Read the inputs into a folder, and check the script; None where one of them is not as it should be."""
        self.lock = choice.ready.lock
        try:
            bundle = self._inputs.bundle(inputs)
            added = (*self.request.packages, *self._asked_by(bundle))
            with ThreadPoolExecutor(1) as pool:
                checking_it = pool.submit(self._checked, bundle, choice, added)
                datasets = self._inputs.tables(inputs)
                return Prepared(choice, checking_it.result(), datasets, bundle, added)
        except (InputUnreadable, BundleInvalid, EnvironmentFailed) as wrong:
            self._fail(failure_of_error(wrong))
        except KeyboardInterrupt:
            self._fail(Failure(FailureKind.CANCELLED, "The run was stopped before the script began."))
        finally:
            self.warnings.extend(self._inputs.read.warnings)
        return None

    def moved(self, prepared: Prepared, choice: Choice) -> Prepared:
        """The same in another environment."""
        self.lock = choice.ready.lock
        facts = with_packages(choice.facts, prepared.added)
        return replace(prepared, choice=choice, checked=prepared.checked.in_environment(facts))

    def say(self, warnings: Iterable[str]) -> None:
        """Put into log and outcome what a person should know."""
        self.warnings.extend(warnings)
        self._log(self.warnings[self._logged :])
        self._logged = len(self.warnings)

    def refuses(self, prepared: Prepared) -> bool:
        """Whether the check keeps the script from running; what it warns of is said."""
        findings = prepared.checked.findings
        self.say(checking.sentence(each) for each in findings if each.severity is Severity.WARNING)
        self.say(self._unasked(prepared.bundle))
        refused = next((each for each in findings if each.severity is Severity.REFUSED), None)
        if refused is not None:
            self._fail(checking.failure_of(refused, self.source))
        return refused is not None

    def outcome(self, process: Process, prepared: Prepared) -> Outcome:
        """Execute the run in `process`, which waits for its job. Raises ImportedTooEarly, see `run_job`."""
        try:
            return self._executed(process, prepared)
        except (BundleInvalid, EnvironmentFailed) as wrong:
            self._fail(failure_of_error(wrong))
            return self.failed_early

    def _fail(self, failure: Failure) -> None:
        status = Status.CANCELLED if failure.kind is FailureKind.CANCELLED else Status.FAILED
        seconds = Seconds(total=time.monotonic() - self.began, read=self._inputs.read.seconds)
        self.failed_early = Outcome(status, failure, warnings=tuple(self.warnings), seconds=seconds)

    def _log(self, warnings: Iterable[str]) -> None:
        for warning in warnings:
            self.live.write(f"warning: {warning}\n")

    def _unasked(self, bundle: Bundle | None) -> Iterable[str]:
        """What a bundle brings for pip although nobody asked to install it."""
        brings = () if bundle is None or self.request.bundle_requirements else asks_for(bundle.contents.files)
        if brings:
            yield f"The bundle brings {', '.join(brings[:3])}: `--bundle-requirements` installs that before the script."

    def _asked_by(self, bundle: Bundle | None) -> tuple[str, ...]:
        """The requirements of the bundle that are to be installed. Raises CannotInstall."""
        if bundle is None or not self.request.bundle_requirements:
            return ()
        return named_by_bundle(self.blobs.path(bundle.digest), bundle.contents.files)

    def _checked(self, bundle: Bundle | None, choice: Choice, added: tuple[str, ...]) -> checking.Checked:
        """The script as it can run, and what is to be said of it."""
        folder = self.request.script.absolute().parent
        bundled, environment = None if bundle is None else bundle.digest, choice.ready.digest
        changed = folder.stat().st_mtime_ns  # files beside the script may have come or gone
        same = (self.source, self.request.entry_point, added, environment, bundled, folder, changed)
        if same not in self._checks:
            if len(self._checks) >= _MOST_CHECKS:
                self._checks.clear()
            contents = None if bundle is None else bundle.contents
            surroundings = checking.surroundings_of(
                self.request.script, with_packages(choice.facts, added), contents, self.request.entry_point
            )
            self._checks[same] = checking.check_source(self.source, surroundings)
        return self._checks[same]

    def _executed(self, process: Process, prepared: Prepared) -> Outcome:
        checked = prepared.checked
        context = FailureContext(
            checked.source,
            checked.surroundings,
            connected=frozenset(prepared.datasets),
            confinement=process.grounds.confinement,
        )
        job = self._job(self.blobs.put_bytes(checked.source.content), prepared)
        executed = jobs.executed(self.workspace, job, self.live, process, lambda: self._told(prepared, process))
        outcome = executed.outcome
        self._log(outcome.warnings)
        context = replace(context, facts=executed.facts)
        seconds = outcome.seconds
        return replace(
            outcome,
            failure=None if outcome.failure is None else remedy(outcome.failure, context),
            warnings=(*self.warnings, *outcome.warnings),
            seconds=replace(
                seconds, total=time.monotonic() - self.began, read=seconds.read + self._inputs.read.seconds
            ),
        )

    def _told(self, prepared: Prepared, process: Process) -> dict[str, Any]:
        """The facts of this run, for whoever answers its script; see `jobs.executed`."""
        confinement = process.grounds.confinement
        inputs = {each.port: each.dataset for each in self.inputs}
        return {
            "run": self.live.folder.name,
            "experiment": self.request.experiment or self.settings.experiment,
            "created": self.created,
            "script": str(self.request.script),
            "inputs": {port: inputs.get(port) for port in prepared.datasets},
            "policy": confinement.policy,
            "network": confinement.network,
            "secrets": self.request.secrets,
        }

    def _job(self, script: str, prepared: Prepared) -> Job:
        request, bundle = self.request, prepared.bundle
        return Job(
            id=self.live.folder.name,
            script=script,
            script_shown=str(request.script),
            environment=used(prepared.choice.ready),
            entry_point=request.entry_point,
            datasets=prepared.datasets,
            bundle=bundle.digest if bundle else None,
            bundle_shown=str(bundle.contents.shown) if bundle else None,
            limits=limits_of(request, self.workspace),
            packages=request.packages,
            bundle_requirements=request.bundle_requirements,
            debugger=request.debugger,
            real_sdk=(request.sdk or prepared.choice.ready.environment.sdk) is Sdk.AZURE,
        )
