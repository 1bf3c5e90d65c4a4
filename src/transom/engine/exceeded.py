"""How the end of a job shows that it passed a limit: what is said then, and by what else than the watch it is known."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from errno import EAGAIN, EFBIG
from typing import Any

from transom.engine.disk_use import MOST_DEPTH, MOST_FILES
from transom.engine.watching import StopReason
from transom.model.runs import Failure, FailureKind, Limits, Status

STATUS_OF_STOP: Mapping[StopReason, tuple[Status, FailureKind]] = {
    StopReason.TIMED_OUT: (Status.TIMED_OUT, FailureKind.TIMED_OUT),
    StopReason.CANCELLED: (Status.CANCELLED, FailureKind.CANCELLED),
    StopReason.CPU_EXCEEDED: (Status.FAILED, FailureKind.CPU_EXCEEDED),
    StopReason.MEMORY_EXCEEDED: (Status.FAILED, FailureKind.MEMORY_EXCEEDED),
    StopReason.PROCESSES_EXCEEDED: (Status.FAILED, FailureKind.PROCESSES_EXCEEDED),
    StopReason.DISK_EXCEEDED: (Status.FAILED, FailureKind.DISK_EXCEEDED),
    StopReason.FILES_EXCEEDED: (Status.FAILED, FailureKind.DISK_EXCEEDED),
}
_ERRNO = re.compile(r"\[errno (\d+)\]", re.IGNORECASE)
#: Files and functions of libraries that start processes.
_STARTS_A_PROCESS = re.compile(r"fork|spawn|popen|subprocess|launch", re.IGNORECASE)
_NO_THREAD = "can't start new thread"
_KINDS_OF_AN_ERROR = frozenset({FailureKind.SCRIPT_ERROR, FailureKind.RESULT_INVALID})


def why(reason: StopReason, limits: Limits) -> str:
    """Why a script was stopped, as the end of a sentence."""
    return _WHY[reason](limits)


_WHY: Mapping[StopReason, Callable[[Limits], str]] = {
    StopReason.CANCELLED: lambda _: "because it was asked to",
    StopReason.TIMED_OUT: lambda limits: f"after {limits.timeout:g} s, its time limit",
    StopReason.CPU_EXCEEDED: lambda limits: (
        f"because its processes used more than {limits.cpu:g} s of processor time, its limit"
    ),
    StopReason.MEMORY_EXCEEDED: lambda limits: (
        f"because its processes used more than {_bytes_text(limits.memory)} of memory, its limit"
    ),
    StopReason.PROCESSES_EXCEEDED: lambda limits: (
        f"because it had more than {limits.processes:,} processes and threads at a time, its limit"
    ),
    StopReason.DISK_EXCEEDED: lambda limits: (
        f"because the files in its folder took more than {_bytes_text(limits.disk)}, its limit"
    ),
    StopReason.FILES_EXCEEDED: lambda _: (
        f"because its folder held more than {MOST_FILES:,} files, or folders more than {MOST_DEPTH} deep"
    ),
}


def recognised(failure: Failure, facts: Mapping[str, Any], limits: Limits) -> Failure:
    """The failure under the name of its limit, where the kernel refused what the script did because of that."""
    if failure.kind in _KINDS_OF_AN_ERROR:
        number = _errno(failure, facts)
        if number == EFBIG and limits.file_size is not None:
            return _renamed(failure, FailureKind.FILE_SIZE_EXCEEDED, _file_too_large(limits))
        if limits.processes is not None and _no_more_processes(failure, number, facts):
            return _renamed(failure, FailureKind.PROCESSES_EXCEEDED, _too_many_processes(limits))
    if failure.signal == "SIGXFSZ" and limits.file_size is not None:
        return replace(failure, kind=FailureKind.FILE_SIZE_EXCEEDED, message=_file_too_large(limits) + ".")
    return failure


def outputs_exceeded(size: int, limits: Limits) -> Failure | None:
    """The failure of a script whose results and files have this many bytes together; None within the limit."""
    if limits.outputs is None or size <= limits.outputs:
        return None
    sizes = f"{_bytes_text(size)} together, more than {_bytes_text(limits.outputs)}, its limit"
    return Failure(FailureKind.OUTPUTS_EXCEEDED, f"The script left results and files of {sizes}.")


def _renamed(failure: Failure, kind: FailureKind, what: str) -> Failure:
    return replace(failure, kind=kind, message=f"{what} ({failure.type}: {failure.message}).")


def _file_too_large(limits: Limits) -> str:
    return f"The script wrote a file larger than {_bytes_text(limits.file_size)}, its limit"


def _too_many_processes(limits: Limits) -> str:
    return f"The script could start no more than {limits.processes:,} processes and threads at a time, its limit"


def _errno(failure: Failure, facts: Mapping[str, Any]) -> int | None:
    """The system's number of an error: libraries tell it in their text only."""
    told = facts.get("errno")
    if isinstance(told, int):
        return told
    found = _ERRNO.search(failure.message)
    return int(found[1]) if found else None


def _no_more_processes(failure: Failure, number: int | None, facts: Mapping[str, Any]) -> bool:
    """Whether no process or thread could be started; the same number tells also that a pipe has nothing to read."""
    if failure.type == "RuntimeError":
        return _NO_THREAD in failure.message
    places = (str(facts.get("raised_in")), failure.frames[-1].code if failure.frames else "")
    return number == EAGAIN and any(_STARTS_A_PROCESS.search(place) for place in places)


def _bytes_text(size: float | None) -> str:
    for unit, factor in (("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024)):
        if size is not None and size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size} bytes"
