"""Everything a worker does to execute one job: make its folder ready, run it, and tell how it ended."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from transom.engine import exceeded, faults, given_files, leftovers, metrics, own_component, result_files, said
from transom.engine.bundles import BundleLimits, roots, unpack
from transom.engine.exchange import GIVEN_NOTE, Exchange, Giving, WorkspaceAnswer, allowed
from transom.engine.exchange_secrets import without_secrets
from transom.engine.job_folder import RESULTS, JobFolder, Unusable
from transom.engine.packages import JobPackages, Packages, of_bundle, read_requirements
from transom.engine.packages import answers as package_answers
from transom.engine.process import Process
from transom.engine.remedies.confinement import sentences
from transom.engine.watching import Ended, StopReason
from transom.model.policies import Network
from transom.model.runs import (
    Failure,
    FailureKind,
    Frame,
    Job,
    Outcome,
    Result,
    Seconds,
    Status,
)
from transom.model.scripts import BUNDLE_FOLDER
from transom.store.blobs import Blobs
from transom.store.foreign import folder_below
from transom.store.live import Live

_WINDOWS_SPELLING = BUNDLE_FOLDER.encode() + b"\\"
_LEAVE_THE_JOB_FOLDER_ALONE = "Leave the files of the job folder alone: write to the working directory and below it."


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the parent of a job allows besides the job's own limits: sizes in bytes, times in seconds.

    `packages` is the store of what scripts install, `given` the folder in which contents of the workspace are given to
    jobs, one that the premises share; without it none can be given.
    """

    bundle: BundleLimits
    left_bytes: int
    stop_seconds: float
    packages: Packages
    given: Path | None = None


@dataclass(frozen=True, slots=True)
class Executed:
    """A job's outcome, and the facts of its failure from which a remedy is found."""

    outcome: Outcome
    facts: Mapping[str, Any]


class ImportedTooEarly(Exception):
    """What was installed for a job has been imported by its process already: it must begin in another, a late one."""


def run_job(
    job: Job,
    blobs: Blobs,
    live: Live,
    process: Process,
    allowance: Allowance,
    answers: Mapping[str, WorkspaceAnswer] | None = None,
) -> Executed:
    """Execute a job in a process that waits for it, and keep what it made in the blobs.

    `answers` are the workspace's, by question; contents travel with them as `exchange` tells. The folder of `live` is
    the run's: what the job is given is noted there, see `GIVEN_NOTE`.

    Raises BundleInvalid where the bundle cannot be unpacked, EnvironmentFailed where packages that the job asks for
    cannot be installed, PolicyUnenforceable where the process cannot be confined as asked, and ImportedTooEarly where
    the process has imported another version of one of them; then the process still waits.
    """
    folder = JobFolder(process.folder)
    began = time.monotonic()
    source = blobs.bytes(job.script)
    _make_ready(job, folder, blobs, source, allowance.bundle)
    packages = JobPackages(job.environment.interpreter, job.environment.digest, folder.packages, allowance.packages)
    with closing(packages):
        _install(job, folder, packages, live)
        _refuse_what_is_imported_already(packages, process)
        enforced = process.confirm()
        packages.may_add = process.grounds.confinement.network is not Network.NONE
        giving = Giving.under(enforced, allowance.given, live.folder / GIVEN_NOTE)
        exchange = Exchange(folder, blobs, giving, job.limits, live.mask)
        with closing(exchange):
            of_workspace = allowed(answers or {}, process.grounds.confinement.policy)
            process.link.answers = exchange.answers(of_workspace) | package_answers(packages, folder.work)
            told, variables = _told(job, folder, source), _variables(job, folder, process)
            process.go(told, _inputs(job, folder, blobs), variables, job.limits.file_size)
            ended = process.watch(live, job.limits, allowance.stop_seconds)
    executed = _Told(job, folder, source, ended).executed(blobs, allowance.left_bytes, began)
    refused = sentences(folder.refusals(), process.grounds.confinement)
    outcome = replace(
        executed.outcome,
        installed=packages.installed,
        confinement=enforced,
        warnings=(*executed.outcome.warnings, *refused),
        peak_memory=ended.peak_memory,
    )
    return Executed(*without_secrets(outcome, executed.facts, exchange.secrets))


def _install(job: Job, folder: JobFolder, packages: JobPackages, live: Live) -> None:
    """Install what the job has before its script starts."""
    wanted = []
    if job.packages:
        wanted.append(read_requirements(job.packages))
    if job.bundle_requirements:
        names = [name for name, _, _ in folder.plain_files(folder.bundle)]
        wanted.append(of_bundle(folder.bundle, names, packages.store))
    for each in wanted:
        installed = packages.install(each, lambda text: live.write(f"{text}\n"))
        for note in installed.notes:
            live.write(f"{note}\n")


def _refuse_what_is_imported_already(packages: JobPackages, process: Process) -> None:
    early = process.imported.intersection(name for name, _ in packages.installed)
    if early:
        raise ImportedTooEarly(", ".join(sorted(early)))


def _variables(job: Job, folder: JobFolder, process: Process) -> dict[str, str]:
    variables = process.grounds.variables(job.environment.interpreter, folder.path)
    if job.environment.fonts is not None:
        variables["MPLCONFIGDIR"] = str(folder.give_fonts(Path(job.environment.fonts)))
    return variables


def _inputs(job: Job, folder: JobFolder, blobs: Blobs) -> dict[str, Path]:
    """The Arrow file of each connected port: whoever read it from a file may have put it into the job's folder."""
    places = {port: folder.input_file(port) for port in job.datasets}
    return {port: place if place.exists() else blobs.path(job.datasets[port]) for port, place in places.items()}


def _make_ready(job: Job, folder: JobFolder, blobs: Blobs, source: bytes, limits: BundleLimits) -> None:
    if job.bundle is not None:
        unpack(blobs.path(job.bundle), folder.bundle, limits, shown=job.bundle_shown)
    for port, each in job.files.items():
        given_files.lay(each, folder.input_files(port), blobs, limits)
    folder.write_script(_module(job), source)


def _module(job: Job) -> str:
    """The name of the script's module: no other script of a process that it starts has the same."""
    return f"user_script_{job.script[:16]}"


def _told(job: Job, folder: JobFolder, source: bytes) -> dict[str, Any]:
    """What the script's process is told of the job."""
    return {
        "module": _module(job),
        "shown": job.script_shown,
        "shown_path": str(Path(job.script_shown).absolute()),
        "entry_point": job.entry_point,
        "bundle_shown": job.bundle_shown,
        "bundle_folder": _folder_of_bundle(job),
        "bundle_roots": list(roots(folder.bundle)),
        "inputs": list(job.datasets),
        "ports": None if job.ports is None else list(job.ports),
        "files": {port: str(given_files.place_of(each, folder.input_files(port))) for port, each in job.files.items()},
        "parameters": dict(job.parameters),
        "outputs": list(job.outputs),
        "windows_spelling": _spelled_as_on_windows(source, folder),
        "terminal": job.debugger.terminal,
        "debug_port": job.debugger.port,
        "real_sdk": job.real_sdk,
    }


def _folder_of_bundle(job: Job) -> str | None:
    """The person's own folder of the bundle, where it is one: a debugger knows its files by that path."""
    shown = None if job.bundle_shown is None else Path(job.bundle_shown).absolute()
    return str(shown) if shown is not None and shown.is_dir() else None


def _spelled_as_on_windows(source: bytes, folder: JobFolder) -> bool:
    """Whether script or bundle contain the literal `Script Bundle\\`."""
    texts = (path for name, path, _ in folder.plain_files(folder.bundle) if name.endswith(".py"))
    return _WINDOWS_SPELLING in source or any(_WINDOWS_SPELLING in path.read_bytes() for path in texts)


class _Told:
    """What is known of a job that has ended: how its process ended, and what it said before."""

    def __init__(self, job: Job, folder: JobFolder, source: bytes, ended: Ended) -> None:
        self.job = job
        self.folder = folder
        self.source = source
        self.ended = ended
        self.unusable = ""
        self.said: Mapping[str, Any] = {}
        try:
            self.said = folder.outcome()
        except Unusable as wrong:
            self.unusable = str(wrong)

    def executed(self, blobs: Blobs, left_bytes: int, began: float) -> Executed:
        """The outcome, with everything that was made kept in the blobs."""
        status, failure = self._status_and_failure()
        results: dict[str, Result] = {}
        found = leftovers.found(self.folder, left_bytes)
        too_much = exceeded.outputs_exceeded(found.bytes + self._bytes_of_results(), self.job.limits)
        failure = failure or too_much
        if failure is None:
            results, failure = self._results(blobs)
        status = Status.FAILED if failure and status is Status.SUCCEEDED else status
        files = () if too_much else found.kept(blobs)
        measured = metrics.folded(self.folder.metrics())
        seconds = {name: said.number(self._part("seconds").get(name)) for name in ("start", "read", "script", "write")}
        outcome = Outcome(
            status=status,
            failure=failure,
            results=results,
            files=files,
            metrics=measured.metrics,
            tags=measured.tags,
            properties=measured.properties,
            children=measured.children,
            warnings=(
                *said.warnings(self.said.get("warnings")),
                *found.warnings,
                *measured.warnings,
                *self.folder.metrics_warnings,
            ),
            environment=self.job.environment,
            seconds=Seconds(total=time.monotonic() - began, **seconds),
        )
        return Executed(outcome, said.facts(self.said.get("facts")))

    def _part(self, name: str) -> Mapping[str, Any]:
        return said.mapping(self.said.get(name))

    def _status_and_failure(self) -> tuple[Status, Failure | None]:
        """How the job ended. What the process said counts only where it left as ours does, after it had said it.

        A script can write the same and leave in the same way: then it succeeded, with the tables that it put there.
        """
        failure = self._said_failure()
        if self.ended.stopped is not None:
            return self._stopped(self.ended.stopped, failure)
        if self.ended.signal is not None or self.ended.exit_code != 0:
            return Status.FAILED, exceeded.recognised(self._died(), {}, self.job.limits)
        if failure is not None:
            failure = exceeded.recognised(failure, said.facts(self.said.get("facts")), self.job.limits)
            if failure.kind is not FailureKind.CANCELLED:
                return Status.FAILED, failure
            if self.job.debugger.is_wanted:
                return Status.CANCELLED, failure
        if self.said.get("status") == "succeeded":
            return Status.SUCCEEDED, None
        return Status.FAILED, exceeded.recognised(self._died(), {}, self.job.limits)

    def _said_failure(self) -> Failure | None:
        """The failure that the process told of; what a component's own names are is known here alone."""
        failure = said.failure(self.said.get("failure"))
        if failure is None or self.job.ports is None:
            return failure
        return own_component.with_remedy(failure, self.job)

    def _stopped(self, reason: StopReason, interrupted: Failure | None) -> tuple[Status, Failure]:
        status, kind = exceeded.STATUS_OF_STOP[reason]
        frames = self._fault_frames() or (interrupted.frames if interrupted else ())
        message = f"The script was stopped {exceeded.why(reason, self.job.limits)}."
        return status, _placed(Failure(kind, message, signal=_signal_name(self.ended.signal)), frames)

    def _died(self) -> Failure:
        number = self.ended.signal
        if number is not None:
            name = _signal_name(number)
            message = f"The script's process was ended by {name} ({signal.strsignal(number)})."
            died = Failure(FailureKind.PROCESS_DIED, message, signal=name)
        elif self.unusable:
            message = f"What the script's process said of its end cannot be used: outcome.json: {self.unusable}."
            died = Failure(
                FailureKind.PROCESS_DIED, message, exit_code=self.ended.exit_code, remedy=_LEAVE_THE_JOB_FOLDER_ALONE
            )
        else:
            message = f"The script's process left with exit code {self.ended.exit_code} before azureml_main returned."
            died = Failure(FailureKind.PROCESS_DIED, message, exit_code=self.ended.exit_code)
        return _placed(died, self._fault_frames())

    def _fault_frames(self) -> tuple[Frame, ...]:
        return faults.frames_of(self.folder.fault(), self._shown, self._code)

    def _shown(self, file: str) -> str | None:
        if file == self.job.script_shown:
            return file
        bundle = str(self.folder.bundle) + os.sep
        if file.startswith(bundle):
            return str(Path(self.job.bundle_shown or BUNDLE_FOLDER, file[len(bundle) :]))
        return None

    def _code(self, shown: str, line: int) -> str:
        if shown != self.job.script_shown:
            return ""
        lines = self.source.decode("utf-8", "replace").splitlines()
        return lines[line - 1].strip() if 0 < line <= len(lines) else ""

    def _bytes_of_results(self) -> int:
        size = 0
        if self.job.limits.outputs is None:
            return size
        with suppress(OSError), self.folder.opened() as job, folder_below(job, RESULTS) as folder:
            for port in self.job.outputs:
                with suppress(OSError):
                    size += os.stat(f"{port}.arrow", dir_fd=folder, follow_symlinks=False).st_size
        return size

    def _results(self, blobs: Blobs) -> tuple[dict[str, Result], Failure | None]:
        results = {}
        for port in self.job.outputs:
            try:
                with self.folder.opened() as job, folder_below(job, RESULTS) as folder:
                    digest = result_files.keep(folder, f"{port}.arrow", blobs)
                results[port] = Result(result_files.shape_of(blobs.path(digest)), digest)
            except (OSError, result_files.NoTable) as wrong:
                message = f"{port} is not there as a table although the script succeeded ({said.text(str(wrong))})."
                return {}, Failure(FailureKind.RESULT_INVALID, message)
        return results, None


def _placed(failure: Failure, frames: tuple[Frame, ...]) -> Failure:
    if not frames:
        return failure
    last = frames[-1]
    return replace(failure, frames=frames, file=last.file, line=last.line, function=last.function)


def _signal_name(number: int | None) -> str | None:
    if number is None:
        return None
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
