"""What a running job has used of what it may use, looked at from outside: processors, memory, processes, disk."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from transom.engine import process_tree
from transom.engine.cgroups import Cgroup
from transom.engine.disk_use import DiskUse, TooManyFiles
from transom.engine.process_tree import Usage
from transom.model.runs import Limits

#: A job that uses more than its limit times this is killed without asking it to stop.
_FAR_TOO_MUCH = 1.25
#: After a look that took some time, the same is not looked at again until so many times as long have passed.
_REST = 10
#: The memory of more processes than this is not looked at for the peak: it would take too long.
_MOST_LOOKED_AT = 256
#: Of a job that takes less long, in seconds, its processes themselves tell what they had.
_FIRST_LOOK_AT_PEAK = 0.05


class StopReason(StrEnum):
    """Why a job's processes were stopped from outside."""

    TIMED_OUT = "timed_out"
    CPU_EXCEEDED = "cpu_exceeded"
    MEMORY_EXCEEDED = "memory_exceeded"
    PROCESSES_EXCEEDED = "processes_exceeded"
    DISK_EXCEEDED = "disk_exceeded"
    FILES_EXCEEDED = "files_exceeded"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Exceeded:
    """A limit that was passed; `far` where there is no time to let the script end."""

    reason: StopReason
    far: bool = False


class Gauge:
    """Looks at what the processes of one job use; made when the job begins."""

    def __init__(self, supervisor: int, folder: Path, limits: Limits, cgroup: Cgroup | None) -> None:
        self._supervisor = supervisor
        self._limits = limits
        self._cgroup = cgroup
        self._began = time.monotonic()
        before = process_tree.usage(supervisor)
        self._cpu_before = before.cpu
        self._counted_before = self._counted_cpu()
        self._disk = None if limits.disk is None else DiskUse(folder, limits.disk)
        self._next_exact_look = 0.0
        self._peak = 0
        self._next_look_at_peak = self._began + _FIRST_LOOK_AT_PEAK
        if cgroup is not None:
            cgroup.limit(limits.memory, limits.processes)
            cgroup.take(before.pids)  # what was started while the first ones were being moved

    def exceeded(self) -> Exceeded | None:
        """A limit that is passed now, first those where each moment counts; None where all is well."""
        most = self._limits.processes
        most_threads = float("inf") if most is None else most * _FAR_TOO_MUCH + 1
        usage = process_tree.usage(self._supervisor, most_threads)
        if most is not None and usage.threads - 1 > most:  # the supervisor does not count
            return Exceeded(StopReason.PROCESSES_EXCEEDED, far=usage.threads > most_threads)
        passed = self._memory_exceeded(usage) or self._disk_exceeded(usage) or self._time_exceeded(usage)
        if passed is None:
            self._note_peak(usage)
        return passed

    def _time_exceeded(self, usage: Usage) -> Exceeded | None:
        if self._limits.cpu is not None and self._cpu(usage) > self._limits.cpu:
            return Exceeded(StopReason.CPU_EXCEEDED)
        if self._limits.timeout is not None and time.monotonic() - self._began > self._limits.timeout:
            return Exceeded(StopReason.TIMED_OUT)
        return None

    def peak_memory(self, told: int) -> int | None:
        """The most memory that its processes had, in bytes; None where nothing is known. See `Ended`.

        `told` is what the supervisor said: the most that one of them had. What the kernel counts for a control group is
        no help: it takes the pages of all files that were read for the job's, and not what was there before.
        """
        limit = self._limits.memory
        return max(self._peak, told, int(limit) if limit is not None and self.killed_for_memory() else 0) or None

    def _note_peak(self, usage: Usage) -> None:
        """Look at the memory exactly only where it may be more than ever, and the last look was a while ago."""
        began = time.monotonic()
        pids = usage.pids[1:]  # the supervisor does not count
        if usage.resident <= self._peak or began < self._next_look_at_peak or len(pids) > _MOST_LOOKED_AT:
            return
        used = process_tree.rough_memory(pids)
        if len(pids) > 1 and used > self._peak:
            used = process_tree.memory(pids)
        self._peak = max(self._peak, used)
        self._next_look_at_peak = time.monotonic() + (time.monotonic() - began) * _REST

    def killed_for_memory(self) -> bool:
        """Whether the kernel has killed a process of the job because of its memory limit."""
        return self._limits.memory is not None and self._cgroup is not None and self._cgroup.killed_for_memory()

    def forbid_new_processes(self) -> None:
        """Let the kernel refuse them, where it can."""
        if self._cgroup is not None:
            self._cgroup.forbid_new_processes()

    def _cpu(self, usage: Usage) -> float:
        """Seconds since the job began. The kernel's own count knows also of those children that nobody waits for."""
        return max(usage.cpu - self._cpu_before, self._counted_cpu() - self._counted_before)

    def _counted_cpu(self) -> float:
        counted = None if self._cgroup is None else self._cgroup.cpu()
        return counted or 0.0

    def _memory_exceeded(self, usage: Usage) -> Exceeded | None:
        limit = self._limits.memory
        if limit is None:
            return None
        if self.killed_for_memory():
            return Exceeded(StopReason.MEMORY_EXCEEDED)
        if usage.resident <= limit or process_tree.rough_memory(usage.pids) <= limit:
            return None
        began = time.monotonic()
        if began < self._next_exact_look:
            return None
        used = process_tree.memory(usage.pids)
        self._peak = max(self._peak, used)
        self._next_exact_look = time.monotonic() + (time.monotonic() - began) * _REST
        return Exceeded(StopReason.MEMORY_EXCEEDED, far=used > limit * _FAR_TOO_MUCH) if used > limit else None

    def _disk_exceeded(self, usage: Usage) -> Exceeded | None:
        try:
            if self._disk is not None and self._disk.is_too_much(usage.pids[1:]):
                return Exceeded(StopReason.DISK_EXCEEDED)
        except TooManyFiles:
            return Exceeded(StopReason.FILES_EXCEEDED)
        return None
