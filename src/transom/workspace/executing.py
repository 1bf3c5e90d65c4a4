"""How a run is executed in an interpreter that is starting: inputs read, the script checked, called and told of."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from transom.engine.bundles import BundleLimits, pack, python_files
from transom.engine.environments import Ready
from transom.engine.packages import Packages, asks_for, named_by_bundle
from transom.engine.process import Process
from transom.engine.remedies import FailureContext, remedy
from transom.engine.step import Allowance, run_job
from transom.errors import BundleInvalid, EnvironmentFailed, InputUnreadable
from transom.model.runs import Failure, FailureKind, Job, Outcome, Seconds, Status, UsedEnvironment
from transom.model.scripts import Severity
from transom.settings import PACKAGES
from transom.store.blobs import Blobs, digest_of
from transom.store.live import Live
from transom.workspace import checking, connecting
from transom.workspace.choosing import Choice, with_packages
from transom.workspace.limiting import limits_of
from transom.workspace.requests import Asked

_KIND_OF_ERROR = {
    "input_invalid": FailureKind.INPUT_INVALID,
    "bundle_invalid": FailureKind.BUNDLE_INVALID,
    "environment_failed": FailureKind.ENVIRONMENT_FAILED,
    "package_not_installed": FailureKind.ENVIRONMENT_FAILED,
}
#: So many findings of earlier runs of a session are remembered.
_MOST_CHECKS = 100


@dataclass(frozen=True, slots=True)
class _Bundle:
    """A bundle that lies among the blobs: its digest, and what a check needs of it."""

    digest: str
    contents: checking.Bundled


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is ready before the script is called: its environment, what the check found, the inputs' digests by port.

    `added` are the requirements that are installed for this run.
    """

    choice: Choice
    checked: checking.Checked
    datasets: Mapping[str, str]
    bundle: _Bundle | None
    added: tuple[str, ...] = ()


class Execution:
    """One run, from what was asked for to its outcome.

    `needed` are the digests of what the run keeps, `failed_early` is the outcome where the script was never called.
    """

    def __init__(self, asked: Asked, blobs: Blobs, live: Live, checks: dict[Any, checking.Checked]) -> None:
        """`checks` are what earlier runs of the same session have found; this one's is added."""
        self.request = asked.request
        self.settings = asked.settings
        self.watcher = asked.watcher
        self.source = asked.source
        self.began = asked.began
        self.blobs = blobs
        self.live = live
        self.warnings: list[str] = []
        self.reading = 0.0
        self.needed: list[str] = []
        self.lock = ""
        self.failed_early = Outcome(Status.FAILED)
        self._checks = checks
        self._logged = 0
        self._packages = Packages(asked.settings.data_folder / PACKAGES)

    def prepared(self, inputs: Path, choice: Choice) -> Prepared | None:
        """Read the inputs into a folder, and check the script; None where one of them is not as it should be."""
        self.lock = choice.ready.lock
        try:
            bundle = self._bundle()
            added = (*self.request.packages, *self._asked_by(bundle))
            with ThreadPoolExecutor(1) as pool:
                checking_it = pool.submit(self._checked, bundle, choice, added)
                datasets = self._read_inputs(inputs)
                return Prepared(choice, checking_it.result(), datasets, bundle, added)
        except (InputUnreadable, BundleInvalid, EnvironmentFailed) as wrong:
            self._fail(Failure(_KIND_OF_ERROR[wrong.code], wrong.message, remedy=wrong.remedy))
        except KeyboardInterrupt:
            self._fail(Failure(FailureKind.CANCELLED, "The run was stopped before the script began."))
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
            self._fail(Failure(_KIND_OF_ERROR[wrong.code], wrong.message, remedy=wrong.remedy))
            return self.failed_early

    def _fail(self, failure: Failure) -> None:
        status = Status.CANCELLED if failure.kind is FailureKind.CANCELLED else Status.FAILED
        seconds = Seconds(total=time.monotonic() - self.began, read=self.reading)
        self.failed_early = Outcome(status, failure, warnings=tuple(self.warnings), seconds=seconds)

    def _log(self, warnings: Iterable[str]) -> None:
        for warning in warnings:
            self.live.write(f"warning: {warning}\n")

    def _limits(self) -> BundleLimits:
        return BundleLimits(self.settings.bundle_bytes, self.settings.bundle_files)

    def _unasked(self, bundle: _Bundle | None) -> Iterable[str]:
        """What a bundle brings for pip although nobody asked to install it."""
        brings = () if bundle is None or self.request.bundle_requirements else asks_for(bundle.contents.files)
        if brings:
            yield f"The bundle brings {', '.join(brings[:3])}: `--bundle-requirements` installs that before the script."

    def _bundle(self) -> _Bundle | None:
        """The bundle as one zip file among the blobs."""
        path = self.request.bundle
        if path is None:
            return None
        with self.blobs.writer(".zip") as writing:
            packed = pack(path, writing.path, self._limits())
        self.warnings.extend(packed.warnings)
        files = tuple(entry.name for entry in packed.entries if not entry.is_folder)
        python = python_files(self.blobs.path(writing.digest), self._limits())
        return _Bundle(writing.digest, checking.Bundled(path, files, python))

    def _asked_by(self, bundle: _Bundle | None) -> tuple[str, ...]:
        """The requirements of the bundle that are to be installed. Raises CannotInstall."""
        if bundle is None or not self.request.bundle_requirements:
            return ()
        return named_by_bundle(self.blobs.path(bundle.digest), bundle.contents.files)

    def _checked(self, bundle: _Bundle | None, choice: Choice, added: tuple[str, ...]) -> checking.Checked:
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

    def _read_inputs(self, folder: Path) -> dict[str, str]:
        """Put each connected table into the folder; the digests of their Arrow files.

        They go when the job has ended: what a person has as a file need not be kept a second time.
        """
        began = time.monotonic()
        datasets = {}
        for port, source in self.request.tables.items():
            target = folder / f"{port}.arrow"
            read = connecting.read_table(source, target, self._reading(port))
            datasets[port] = digest_of(target)
            self.warnings.extend(f"{port}: {warning}" for warning in read.warnings)
            if self.watcher.on_read is not None:
                self.watcher.on_read(port, read)
        self.reading = time.monotonic() - began
        return datasets

    def _reading(self, port: str) -> connecting.Reading:
        watch = self.watcher.on_progress
        return connecting.Reading(
            options=self.request.read.get(port, ""),
            sample=self.request.sample,
            progress=None if watch is None else partial(watch, f"reading {port}"),
        )

    def _executed(self, process: Process, prepared: Prepared) -> Outcome:
        checked = prepared.checked
        context = FailureContext(
            checked.source,
            checked.surroundings,
            connected=frozenset(prepared.datasets),
            confinement=process.grounds.confinement,
        )
        job = self._job(self.blobs.put_bytes(checked.source.content), prepared)
        settings = self.settings
        allowance = Allowance(self._limits(), settings.left_bytes, settings.stop_seconds, self._packages)
        executed = run_job(job, self.blobs, self.live, process, allowance)
        outcome = executed.outcome
        if self.live.dropped_bytes:
            cut = (
                f"The log was cut at {self.settings.log_bytes:,} bytes; "
                f"{self.live.dropped_bytes:,} more were printed. The setting log_bytes raises that."
            )
            outcome = replace(outcome, warnings=(*outcome.warnings, cut))
        outcome = self._with_what_is_missing(outcome)
        self._log(outcome.warnings)
        context = replace(context, facts=executed.facts)
        made = [result.digest for result in outcome.results.values()] + [file.digest for file in outcome.files]
        self.needed = [job.script, *made, *([prepared.bundle.digest] if prepared.bundle else [])]
        seconds = outcome.seconds
        return replace(
            outcome,
            failure=None if outcome.failure is None else remedy(outcome.failure, context),
            warnings=(*self.warnings, *outcome.warnings),
            seconds=replace(seconds, total=time.monotonic() - self.began, read=seconds.read + self.reading),
        )

    def _with_what_is_missing(self, outcome: Outcome) -> Outcome:
        """Say once what of its policy this machine does not enforce; the outcome has it every time."""
        enforced = outcome.confinement
        if enforced is None or not enforced.missing:
            return outcome
        said = self.settings.data_folder / "said" / f"{enforced.policy}-{'-'.join(enforced.missing)}".replace(" ", "_")
        if said.exists():
            return outcome
        with contextlib.suppress(OSError):
            said.parent.mkdir(parents=True, exist_ok=True)
            said.touch()
        warning = (
            f"This machine cannot enforce all of the policy {enforced.policy}: it has no means for "
            f"{', '.join(enforced.missing)}. `transom doctor` tells more; this is said once."
        )
        return replace(outcome, warnings=(*outcome.warnings, warning))

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
            limits=limits_of(request, self.settings),
            packages=request.packages,
            bundle_requirements=request.bundle_requirements,
            debugger=request.debugger,
        )


def used(ready: Ready) -> UsedEnvironment:
    """An environment as a job names it."""
    environment = ready.environment
    fonts = None if ready.fonts is None else str(ready.fonts)
    return UsedEnvironment(environment.name, environment.python, environment.digest, ready.interpreter, fonts)
