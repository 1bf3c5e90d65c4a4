"""Everything a worker does to execute a native component: a function of tables of ours, in a thread of this process.

A thread cannot be ended from outside. A component asks `stopped` between pieces of its work; one that is still within
one piece when its time to stop is over is left behind: the outcome is given, what it makes afterwards is dropped, and
what it has of memory and processor goes when it is done, or with this process.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transom.components.native import CannotApply, Given, Native, Outside, Stopped, Table
from transom.engine import exceeded
from transom.engine.disk_use import DiskUse, TooManyFiles
from transom.engine.watching import Interrupts, StopReason
from transom.errors import InputUnreadable, StoreUnwritable, TransomError
from transom.model.runs import Failure, FailureKind, Limits, NativeJob, Outcome, Result, Seconds, Status
from transom.store.blobs import Blobs
from transom.store.live import Live

if TYPE_CHECKING:
    from transom.model.runs import TableShape

#: How often it is asked whether to stop, in seconds.
_TICK = 0.05
#: After a look at the files that took some time, they are not looked at again until so many times as long have passed.
_REST = 10
_MADE = "made"
_OWN = "own"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NativeAllowance:
    """What the parent of a native job gives it besides its limits.

    `folder` is not there yet; it lies on the file system of the blobs, and is removed when the job has ended. `outside`
    is what the component may reach. `stop_seconds` is how long it may take to stop before it is left behind.
    """

    folder: Path
    outside: Outside
    stop_seconds: float


def run_native(job: NativeJob, apply: Native, blobs: Blobs, live: Live, allowance: NativeAllowance) -> Outcome:
    """Execute the function of a native component, and keep what it made in the blobs.

    Raises BlobMissing where an input is not there any more, and StoreUnwritable.
    """
    began = time.monotonic()
    for digest in job.datasets.values():
        blobs.path(digest)
    work = _Work(job, apply, blobs, live, allowance)
    try:
        for name in (_MADE, _OWN):
            (allowance.folder / name).mkdir(parents=True)
        stop = _watched(work)
        failure = stop.failure if stop else work.failure
        results = _kept(work, blobs) if failure is None else {}
    except OSError as wrong:
        raise StoreUnwritable(store=allowance.folder, reason=wrong.strerror or str(wrong)) from None
    finally:
        work.stop.set()
        work.abandoned.set()
        shutil.rmtree(allowance.folder, ignore_errors=True)
    status = stop.status if stop else Status.FAILED if failure else Status.SUCCEEDED
    seconds = Seconds(total=time.monotonic() - began, **work.seconds)
    return Outcome(status, failure, results, seconds=seconds)


@dataclass(frozen=True, slots=True)
class _Stop:
    """Why a step was stopped from outside."""

    status: Status
    failure: Failure


def _watched(work: _Work) -> _Stop | None:
    """Wait until the work is done; why it was stopped, if it was. Ctrl-C here asks it to stop, a second one leaves it.

    Raises what the store raised.
    """
    limits = work.job.limits
    timeout = None if limits.timeout is None else time.monotonic() + limits.timeout
    files = _Files(work.allowance.folder, limits)
    stop: _Stop | None = None
    give_up_at = 0.0
    thread = threading.Thread(target=work.do, name=f"native {work.job.id}", daemon=True)
    with Interrupts() as interrupts:
        thread.start()
        while not work.done.wait(_TICK):
            interrupted = interrupts.taken()
            if stop is not None:
                if interrupted or time.monotonic() >= give_up_at or work.live.stop_asked_at_once():
                    break
                continue
            if interrupted or work.live.stop_asked():
                stop = _stopped(StopReason.CANCELLED, limits)
            elif timeout is not None and time.monotonic() >= timeout:
                stop = _stopped(StopReason.TIMED_OUT, limits)
            else:
                stop = files.exceeded()
            if stop is not None:
                work.stop.set()
                give_up_at = time.monotonic() + work.allowance.stop_seconds
    if stop is not None:
        return stop
    if work.store_error is not None:
        raise work.store_error
    return files.exceeded(at_the_end=True) if work.failure is None else None


class _Files:
    """Looks at what a step writes into its folder; made when it begins.

    A script is held to the largest file by the kernel; here that would hold for this process.
    """

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._folder = folder
        self._limits = limits
        self._disk = None if limits.disk is None else DiskUse(folder, limits.disk)
        self._next_look = 0.0

    def exceeded(self, *, at_the_end: bool = False) -> _Stop | None:
        """The limit that is passed now, as far as it is known; None where all is well."""
        try:
            if self._disk is not None and self._disk.is_too_much(()):
                return _stopped(StopReason.DISK_EXCEEDED, self._limits)
        except TooManyFiles:
            return _stopped(StopReason.FILES_EXCEEDED, self._limits)
        began = time.monotonic()
        most = self._limits.file_size
        if most is None or (began < self._next_look and not at_the_end):
            return None
        if _has_larger(self._folder, most):
            return _file_too_large(most)
        self._next_look = time.monotonic() + (time.monotonic() - began) * _REST
        return None


def _has_larger(folder: Path, most: float) -> bool:
    """Whether a file in a folder, or below it, has more bytes; the work goes on meanwhile, and may remove some."""
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                if os.lstat(os.path.join(path, name)).st_size > most:
                    return True
            except OSError:
                continue
    return False


@dataclass(slots=True)
class _Made:
    """A finished step file at an output port."""

    path: Path
    shape: TableShape


@dataclass(slots=True)
class _Work:
    """What the thread does, and how far it has come. Only what it has finished is looked at by others, after `done`."""

    job: NativeJob
    apply: Native
    blobs: Blobs
    live: Live
    allowance: NativeAllowance
    stop: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)
    abandoned: threading.Event = field(default_factory=threading.Event)
    made: dict[str, _Made] = field(default_factory=dict)
    failure: Failure | None = None
    store_error: Exception | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    def do(self) -> None:
        """Read, apply, write; every end of it is noted."""
        try:
            self._done()
        except _Unwritable as wrong:
            self.store_error = StoreUnwritable(store=self.allowance.folder, reason=str(wrong))
        except MemoryError:  # Arrow's own is one too
            self.failure = _out_of_memory(self.job)
        except BaseException as wrong:  # Stopped too: where that was asked for, nobody looks at this
            self.failure = _defect(self.job, wrong)
        finally:
            self.done.set()
            if self.abandoned.is_set():
                shutil.rmtree(self.allowance.folder, ignore_errors=True)

    def _done(self) -> None:
        try:
            tables = self._timed("read", self._tables)
        except InputUnreadable as wrong:
            self.failure = Failure(FailureKind.INPUT_INVALID, wrong.message, remedy=wrong.remedy)
            return
        try:
            made = self._timed("script", lambda: self.apply(self._given(tables)))
        except CannotApply as wrong:
            self.failure = Failure(FailureKind.COMPONENT_FAILED, wrong.problem, remedy=wrong.advice or None)
            return
        except TransomError as wrong:  # what it read or fetched; it says itself what is wrong and what to do
            self.failure = Failure(FailureKind.COMPONENT_FAILED, wrong.message, remedy=wrong.remedy or None)
            return
        self._timed("write", lambda: self._write(made))

    def _timed(self, what: str, do: Any) -> Any:
        began = time.monotonic()
        try:
            return do()
        finally:
            self.seconds[what] = time.monotonic() - began

    def _tables(self) -> dict[str, Table]:
        from transom.tables.step_file import describe_step, open_step

        tables = {}
        for port, digest in self.job.datasets.items():
            arrow = open_step(self.blobs.path(digest))
            tables[port] = Table(arrow, describe_step(arrow))
        return tables

    def _given(self, tables: Mapping[str, Table]) -> Given:
        memory = self.job.limits.memory
        return Given(
            tables=tables,
            parameters=dict(self.job.parameters),
            folder=self.allowance.folder / _OWN,
            outside=self.allowance.outside.until(self.stop.is_set),
            say=self._say,
            stopped=self.stop.is_set,
            memory=None if memory is None else int(memory),
        )

    def _say(self, line: str) -> None:
        if not self.abandoned.is_set():
            self.live.write(f"{line}\n")

    def _write(self, made: Mapping[str, Table | Path]) -> None:
        """Make a step file of each table."""
        from transom.tables.step_file import shape

        if set(made) != set(self.job.outputs):
            raise RuntimeError(f"it made {', '.join(sorted(made))} where {', '.join(self.job.outputs)} belong")
        size = 0
        for port in self.job.outputs:
            if self.stop.is_set():
                raise Stopped
            path = self._step_file(port, made[port])
            size += path.stat().st_size
            self.made[port] = _Made(path, shape(path))
        limit = self.job.limits.outputs
        if limit is not None and size > limit:
            self.failure = Failure(
                FailureKind.OUTPUTS_EXCEEDED,
                f"The step made tables of {size:,} bytes together, more than {limit:,.0f}, its limit.",
                remedy="Hand on fewer rows or columns, or raise the limit `outputs`.",
            )

    def _step_file(self, port: str, made: Table | Path) -> Path:
        """Where the finished step file of a port lies: it is moved from there, so it must be the component's own."""
        from transom.tables.step_file import write_step

        if isinstance(made, Path):
            if made.is_symlink() or not made.resolve().is_relative_to((self.allowance.folder / _OWN).resolve()):
                raise RuntimeError(f"the file of {port} does not lie in the step's folder")
            return made
        path = self.allowance.folder / _MADE / f"{port}.arrow"
        try:
            write_step(made.arrow, path, made.description)
        except OSError as wrong:
            raise _Unwritable(wrong.strerror or str(wrong)) from None
        return path


class _Unwritable(Exception):
    """A step file cannot be written; the text says why."""


def _kept(work: _Work, blobs: Blobs) -> dict[str, Result]:
    digests: dict[Path, str] = {}
    for each in work.made.values():  # one file may be at two ports, and is moved but once
        if each.path not in digests:
            digests[each.path] = blobs.keep(each.path)
    return {port: Result(each.shape, digests[each.path]) for port, each in work.made.items()}


_REMEDIES = {
    StopReason.TIMED_OUT: "Give it more time (`limits: {timeout: 3600}`), or fewer rows.",
    StopReason.DISK_EXCEEDED: "Let it write fewer rows or columns, or raise the limit (`limits: {disk: 20GiB}`).",
    StopReason.FILES_EXCEEDED: "Let it write fewer files.",
}


def _stopped(reason: StopReason, limits: Limits) -> _Stop:
    status, kind = exceeded.STATUS_OF_STOP[reason]
    said = f"The step was stopped {exceeded.why(reason, limits)}."
    return _Stop(status, Failure(kind, said, remedy=_REMEDIES.get(reason)))


def _file_too_large(most: float) -> _Stop:
    failure = Failure(
        FailureKind.FILE_SIZE_EXCEEDED,
        f"The step was stopped because it wrote a file of more than {most:,.0f} bytes, its limit.",
        remedy="Let it write fewer rows or columns, or raise the limit (`limits: {file_size: 20GiB}`).",
    )
    return _Stop(Status.FAILED, failure)


def _out_of_memory(job: NativeJob) -> Failure:
    return Failure(
        FailureKind.MEMORY_EXCEEDED,
        f"{job.component} needed more memory than there is.",
        remedy="Give it fewer rows or columns, or let fewer steps run at a time (`--jobs 1`).",
    )


def _defect(job: NativeJob, wrong: BaseException) -> Failure:
    """What no component of ours should raise: one sentence for whoever runs it, all of it for whoever debugs us."""
    _log.debug("the native component %s failed", job.component, exc_info=wrong)
    said = " ".join(str(wrong).split())[:500].rstrip(".")
    return Failure(
        FailureKind.COMPONENT_FAILED,
        f"{job.component} failed in a way that Transom does not know ({type(wrong).__name__}: {said}).",
        type=type(wrong).__name__,
        remedy="This is a defect of Transom: report it with this message and what the step was given.",
    )
