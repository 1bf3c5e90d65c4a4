"""Everything a worker does to execute one job: make its folder ready, run it, and tell how it ended."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from transom.engine import faults, leftovers, metrics
from transom.engine.bundles import BundleLimits, roots, unpack
from transom.engine.job_folder import JobFolder
from transom.engine.packages import JobPackages, Packages, answers, of_bundle, read_requirements
from transom.engine.process import Ended, Process, StopReason, variables_of
from transom.errors import InputUnreadable
from transom.model.runs import (
    Cause,
    Failure,
    FailureKind,
    Frame,
    Job,
    Limits,
    Outcome,
    Result,
    Seconds,
    Status,
    TableShape,
)
from transom.model.scripts import BUNDLE_FOLDER, OUTPUT_PORTS
from transom.store.blobs import Blobs
from transom.store.live import Live
from transom.tables import step_file

_WINDOWS_SPELLING = BUNDLE_FOLDER.encode() + b"\\"
_STATUS_OF_STOP = {
    StopReason.TIMED_OUT: (Status.TIMED_OUT, FailureKind.TIMED_OUT),
    StopReason.CANCELLED: (Status.CANCELLED, FailureKind.CANCELLED),
    StopReason.MEMORY_EXCEEDED: (Status.FAILED, FailureKind.MEMORY_EXCEEDED),
}


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the parent of a job allows besides the job's own limits: sizes in bytes, times in seconds.

    `packages` is the store of what scripts install.
    """

    bundle: BundleLimits
    left_bytes: int
    stop_seconds: float
    packages: Packages


@dataclass(frozen=True, slots=True)
class Executed:
    """A job's outcome, and the facts of its failure from which a remedy is found."""

    outcome: Outcome
    facts: Mapping[str, Any]


class ImportedTooEarly(Exception):
    """What was installed for a job has been imported by its process already: it must begin in another, a late one."""


def run_job(job: Job, blobs: Blobs, live: Live, process: Process, allowance: Allowance) -> Executed:
    """Execute a job in a process that waits for it, and keep what it made in the blobs.

    Raises BundleInvalid where the bundle cannot be unpacked, EnvironmentFailed where packages that the job asks for
    cannot be installed, and ImportedTooEarly where the process has imported another version of one of them; then the
    process still waits.
    """
    folder = JobFolder(process.folder)
    began = time.monotonic()
    source = blobs.bytes(job.script)
    _make_ready(job, folder, blobs, source, allowance.bundle)
    packages = JobPackages(job.environment.interpreter, job.environment.digest, folder.packages, allowance.packages)
    with closing(packages):
        _install(job, folder, packages, live)
        _refuse_what_is_imported_already(packages, process)
        process.link.answers = answers(packages, folder.work)
        process.go(_told(job, folder, source), _inputs(job, folder, blobs), _variables(job, folder))
        ended = process.watch(live, job.limits, allowance.stop_seconds)
    executed = _Told(job, folder, source, ended).executed(blobs, allowance.left_bytes, began)
    return replace(executed, outcome=replace(executed.outcome, installed=packages.installed))


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


def _variables(job: Job, folder: JobFolder) -> dict[str, str]:
    variables = variables_of(job.environment.interpreter, folder.path)
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
        "windows_spelling": _spelled_as_on_windows(source, folder),
        "terminal": job.debugger.terminal,
        "debug_port": job.debugger.port,
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
        self.said = folder.outcome() or {}

    def executed(self, blobs: Blobs, left_bytes: int, began: float) -> Executed:
        """The outcome, with everything that was made kept in the blobs."""
        status, failure = self._status_and_failure()
        results: dict[str, Result] = {}
        if failure is None:
            results, failure = self._results(blobs)
            status = Status.FAILED if failure else status
        files, dropped = leftovers.gather(self.folder, blobs, left_bytes)
        measured, tags = metrics.folded(self.folder.metrics())
        seconds = {name: _number(self._part("seconds").get(name)) for name in ("start", "read", "script", "write")}
        outcome = Outcome(
            status=status,
            failure=failure,
            results=results,
            files=files,
            metrics=measured,
            tags=tags,
            warnings=(*_texts(self.said.get("warnings")), *dropped),
            environment=self.job.environment,
            seconds=Seconds(total=time.monotonic() - began, **seconds),
        )
        return Executed(outcome, self._part("facts"))

    def _part(self, name: str) -> Mapping[str, Any]:
        part = self.said.get(name)
        return part if isinstance(part, dict) else {}

    def _status_and_failure(self) -> tuple[Status, Failure | None]:
        failure = _failure_from(self._part("failure")) if self._part("failure") else None
        if self.ended.stopped is not None:
            return self._stopped(self.ended.stopped, failure)
        if failure is not None:
            return Status.CANCELLED if failure.kind is FailureKind.CANCELLED else Status.FAILED, failure
        if self.said.get("status") == "succeeded":
            return Status.SUCCEEDED, None
        return Status.FAILED, self._died()

    def _stopped(self, reason: StopReason, interrupted: Failure | None) -> tuple[Status, Failure]:
        status, kind = _STATUS_OF_STOP[reason]
        frames = self._fault_frames() or (interrupted.frames if interrupted else ())
        message = f"The script was stopped {_why(reason, self.job.limits)}."
        return status, _placed(Failure(kind, message, signal=_signal_name(self.ended.signal)), frames)

    def _died(self) -> Failure:
        number = self.ended.signal
        if number is not None:
            name = _signal_name(number)
            message = f"The script's process was ended by {name} ({signal.strsignal(number)})."
            died = Failure(FailureKind.PROCESS_DIED, message, signal=name)
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

    def _results(self, blobs: Blobs) -> tuple[dict[str, Result], Failure | None]:
        results = {}
        for port in OUTPUT_PORTS:
            path = self.folder.result_file(port)
            try:
                digest = blobs.keep(path)
                results[port] = Result(_shape_of(blobs.path(digest)), digest)
            except (InputUnreadable, OSError, ValueError) as wrong:
                message = f"{port} is not there as a table although the script succeeded ({wrong})."
                return {}, Failure(FailureKind.RESULT_INVALID, message)
        return results, None


@lru_cache(maxsize=256)
def _shape_of(kept: Path) -> TableShape:
    """The shape of a kept table; a blob never changes, so one that comes again, such as an empty one, is known."""
    return step_file.shape(kept)


def _failure_from(said: Mapping[str, Any]) -> Failure:
    """The failure that the script's process told of; what is not of its form is left out."""
    try:
        kind = FailureKind(said.get("kind", ""))
    except ValueError:
        kind = FailureKind.PROCESS_DIED
    line = said.get("line")
    code = said.get("exit_code")
    return Failure(
        kind=kind,
        message=str(said.get("message") or ""),
        type=_text(said.get("type")),
        file=_text(said.get("file")),
        line=line if isinstance(line, int) else None,
        function=_text(said.get("function")),
        frames=_frames_from(said.get("frames")),
        causes=tuple(
            Cause(str(each.get("type")), str(each.get("message")), _frames_from(each.get("frames")))
            for each in said.get("causes") or ()
            if isinstance(each, dict)
        ),
        exit_code=code if isinstance(code, int) else None,
    )


def _frames_from(said: object) -> tuple[Frame, ...]:
    if not isinstance(said, list):
        return ()
    return tuple(
        Frame(str(each["file"]), int(each["line"] or 0), str(each["function"]), str(each["code"]))
        for each in said
        if isinstance(each, dict) and {"file", "line", "function", "code"} <= each.keys()
    )


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


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list) else ()


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _why(reason: StopReason, limits: Limits) -> str:
    if reason is StopReason.TIMED_OUT:
        return f"after {limits.timeout:g} s, its time limit"
    if reason is StopReason.MEMORY_EXCEEDED:
        return f"because its processes used more than {_bytes_text(limits.memory)} of memory, its limit"
    return "because it was asked to"


def _bytes_text(size: int | None) -> str:
    for unit, factor in (("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024)):
        if size is not None and size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size} bytes"
