"""How a run is executed in an interpreter that is starting: inputs read, the script checked, called and told of."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from transom.engine.bundles import BundleLimits, pack, python_files
from transom.engine.job_folder import JobFolder
from transom.engine.process import Process
from transom.engine.remedies import FailureContext, remedy
from transom.engine.step import Allowance, run_job
from transom.errors import BundleInvalid, InputUnreadable
from transom.model.runs import Failure, FailureKind, Job, Limits, Outcome, Seconds, Status
from transom.model.scripts import Severity
from transom.store.blobs import Blobs, digest_of
from transom.store.live import Live
from transom.workspace import checking, connecting
from transom.workspace.requests import Asked


@dataclass(frozen=True, slots=True)
class _Bundle:
    """A bundle that lies among the blobs: its digest, and what a check needs of it."""

    digest: str
    contents: checking.Bundled


class Execution:
    """One run, from what was asked for to its outcome."""

    def __init__(self, asked: Asked, blobs: Blobs, live: Live) -> None:
        self.request = asked.request
        self.settings = asked.settings
        self.watcher = asked.watcher
        self.source = asked.source
        self.began = asked.began
        self.blobs = blobs
        self.live = live
        self.warnings: list[str] = []
        self.reading = 0.0

    def outcome(self, process: Process) -> tuple[Outcome, list[str]]:
        """Execute the run in `process`, which waits for its job: the outcome, and the digests of what the run needs."""
        try:
            bundle = self._bundle()
            with ThreadPoolExecutor(1) as pool:
                checking_it = pool.submit(self._checked, bundle)
                datasets = self._read_inputs(JobFolder(process.folder))
                checked = checking_it.result()
        except (InputUnreadable, BundleInvalid) as wrong:
            kind = FailureKind.INPUT_INVALID if isinstance(wrong, InputUnreadable) else FailureKind.BUNDLE_INVALID
            return self._failed(Failure(kind, wrong.message, remedy=wrong.remedy)), []
        except KeyboardInterrupt:
            return self._failed(Failure(FailureKind.CANCELLED, "The run was stopped before the script began.")), []
        findings = checked.findings
        self.warnings.extend(checking.sentence(each) for each in findings if each.severity is Severity.WARNING)
        self._log(self.warnings)
        refused = next((each for each in findings if each.severity is Severity.REFUSED), None)
        if refused is not None:
            return self._failed(checking.failure_of(refused, self.source)), []
        context = FailureContext(checked.source, checked.surroundings, connected=frozenset(datasets))
        return self._executed(process, context, datasets, bundle)

    def _failed(self, failure: Failure) -> Outcome:
        status = Status.CANCELLED if failure.kind is FailureKind.CANCELLED else Status.FAILED
        seconds = Seconds(total=time.monotonic() - self.began, read=self.reading)
        return Outcome(status, failure, warnings=tuple(self.warnings), seconds=seconds)

    def _log(self, warnings: Iterable[str]) -> None:
        for warning in warnings:
            self.live.write(f"warning: {warning}\n")

    def _limits(self) -> BundleLimits:
        return BundleLimits(self.settings.bundle_bytes, self.settings.bundle_files)

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

    def _checked(self, bundle: _Bundle | None) -> checking.Checked:
        """The script as it can run, and what is to be said of it."""
        request = self.request
        contents = None if bundle is None else bundle.contents
        surroundings = checking.surroundings_of(request.script, request.interpreter, contents, request.entry_point)
        return checking.check_source(self.source, surroundings)

    def _read_inputs(self, folder: JobFolder) -> dict[str, str]:
        """Put each connected table into the job's folder; the digests of their Arrow files.

        They go when the job has ended: what a person has as a file need not be kept a second time.
        """
        began = time.monotonic()
        datasets = {}
        for port, source in self.request.tables.items():
            target = folder.input_file(port)
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

    def _executed(
        self, process: Process, context: FailureContext, datasets: dict[str, str], bundle: _Bundle | None
    ) -> tuple[Outcome, list[str]]:
        job = self._job(self.blobs.put_bytes(context.source.content), datasets, bundle)
        allowance = Allowance(self._limits(), self.settings.left_bytes, self.settings.stop_seconds)
        executed = run_job(job, self.blobs, self.live, process, allowance)
        outcome = executed.outcome
        if self.live.dropped_bytes:
            cut = (
                f"The log was cut at {self.settings.log_bytes:,} bytes; "
                f"{self.live.dropped_bytes:,} more were printed. The setting log_bytes raises that."
            )
            outcome = replace(outcome, warnings=(*outcome.warnings, cut))
        self._log(outcome.warnings)
        context = replace(context, facts=executed.facts)
        seconds = outcome.seconds
        outcome = replace(
            outcome,
            failure=None if outcome.failure is None else remedy(outcome.failure, context),
            warnings=(*self.warnings, *outcome.warnings),
            seconds=replace(seconds, total=time.monotonic() - self.began, read=seconds.read + self.reading),
        )
        made = [result.digest for result in outcome.results.values()] + [file.digest for file in outcome.files]
        needed = [job.script, *made, *([bundle.digest] if bundle else [])]
        return outcome, needed

    def _job(self, script: str, datasets: dict[str, str], bundle: _Bundle | None) -> Job:
        request = self.request
        return Job(
            id=self.live.folder.name,
            script=script,
            script_shown=str(request.script),
            interpreter=request.interpreter,
            entry_point=request.entry_point,
            datasets=datasets,
            bundle=bundle.digest if bundle else None,
            bundle_shown=str(bundle.contents.shown) if bundle else None,
            limits=Limits(
                self.settings.timeout if request.timeout is None else request.timeout,
                self.settings.memory if request.memory is None else request.memory,
            ),
            terminal=request.terminal,
        )
