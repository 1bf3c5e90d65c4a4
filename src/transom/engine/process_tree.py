"""Which processes belong to a job, what they use together, and how those are found whose supervisor was killed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: How often it is looked for what a killed supervisor has left.
_MOST_SWEEPS = 10
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process and its descendants use at one moment.

    `threads` counts each thread of each process, a process that has ended but is not yet reaped as one. `cpu` are
    seconds, with those of the children that have ended and were reaped. `resident` is memory in bytes, with mapped
    files, and what several processes share counted for each: no less than `memory()` gives.
    """

    pids: tuple[int, ...] = ()
    threads: int = 0
    cpu: float = 0.0
    resident: int = 0


@dataclass(frozen=True, slots=True)
class _One:
    """The same of one process."""

    threads: int
    cpu: float
    resident: int


def usage(pid: int, most_threads: float = float("inf")) -> Usage:
    """What a process and its descendants use; counted no further where there are more than `most_threads`."""
    found: list[int] = []
    threads, cpu, resident = 0, 0.0, 0
    for each, one in _tree(pid):
        found.append(each)
        threads += max(one.threads, 1)
        cpu += one.cpu
        resident += one.resident
        if threads > most_threads:
            break
    return Usage(tuple(found), threads, cpu, resident)


def memory(pids: Iterable[int]) -> int:
    """The own and shared memory of these processes, in bytes, without mapped files.

    What several of them share is divided by those that share it, which takes the kernel long for much memory.
    """
    return sum(_memory_of(pid) for pid in pids)


def rough_memory(pids: Iterable[int]) -> int:
    """An upper bound of `memory()` that costs little: what several processes share counts for each of them."""
    return sum(_own_and_shared(pid) for pid in pids)


def sweep(variable: tuple[str, str], pipe: int) -> None:
    """Kill what still runs of a job whose supervisor was killed: it has inherited this variable, or the text pipe.

    Again while something is found: what is killed may have started another process meanwhile.
    """
    import psutil

    for _ in range(_MOST_SWEEPS):
        found = [process for process in psutil.process_iter() if _belongs_to(process, variable, pipe)]
        if not found:
            return
        for process in found:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(found, timeout=2.0)


def _tree(pid: int) -> Iterator[tuple[int, _One]]:
    """Each process of a tree, a parent before its children: what it has reaped since then is not counted twice."""
    if not (_PROC / "self" / "task" / str(os.getpid()) / "children").exists():
        yield from _tree_of_psutil(pid)
        return
    waiting = [pid]
    while waiting:
        each = waiting.pop()
        one = _from_stat(each)
        if one is not None:
            yield each, one
            waiting.extend(_children(each))


def _from_stat(pid: int) -> _One | None:
    """What /proc/PID/stat says, which everybody may read of every process; None where there is no such process."""
    try:
        fields = (_PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None
    ticks = sum(int(each) for each in fields[11:15])
    return _One(int(fields[17]), ticks / os.sysconf("SC_CLK_TCK"), int(fields[21]) * os.sysconf("SC_PAGE_SIZE"))


def _children(pid: int) -> Iterator[int]:
    try:
        for thread in os.listdir(_PROC / str(pid) / "task"):
            with contextlib.suppress(OSError):  # the thread has just ended
                yield from map(int, (_PROC / str(pid) / "task" / thread / "children").read_bytes().split())
    except OSError:  # the process has
        return


def _tree_of_psutil(pid: int) -> Iterator[tuple[int, _One]]:
    """The same where the kernel keeps no list of children."""
    import psutil

    try:
        root = psutil.Process(pid)
        tree = [root, *root.children(recursive=True)]
    except psutil.Error:
        return
    for process in tree:
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            cpu = times.user + times.system + getattr(times, "children_user", 0) + getattr(times, "children_system", 0)
            yield process.pid, _One(process.num_threads(), cpu, process.memory_info().rss)


def _memory_of(pid: int) -> int:
    """Anonymous and shared memory, each page divided by the processes that share it; mapped files do not count."""
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended, or made itself unreadable
        return _own_and_shared(pid)
    sizes = _sizes(line for line in lines if line.startswith("Pss"))
    if "Pss_Anon" in sizes:
        return sizes["Pss_Anon"] + sizes.get("Pss_Shmem", 0)
    return sizes.get("Pss", 0)


def _own_and_shared(pid: int) -> int:
    """Anonymous and shared memory of a process, undivided; everybody may read this of every process."""
    try:
        lines = (_PROC / str(pid) / "status").read_text("utf-8", "replace").splitlines()
    except OSError:
        return _resident(pid)
    sizes = _sizes(line for line in lines if line.startswith(("Rss", "VmRSS")))
    if "RssAnon" in sizes:
        return sizes["RssAnon"] + sizes.get("RssShmem", 0)
    return sizes.get("VmRSS", 0)


def _sizes(lines: Iterable[str]) -> dict[str, int]:
    """Bytes by name, from lines such as `RssAnon:  12 kB`."""
    return {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines}


def _resident(pid: int) -> int:
    """What a process has in memory; 0 for one that has ended."""
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def _belongs_to(process: Any, variable: tuple[str, str], pipe: int) -> bool:
    import psutil

    try:
        if process.pid == os.getpid() or process.status() == "zombie":
            return False
        name, value = variable
        return bool(process.environ().get(name) == value) or _writes_to(process.pid, pipe)
    except (psutil.Error, OSError):
        return False


def _writes_to(pid: int, pipe: int) -> bool:
    """Whether a process has the pipe as standard output or error."""
    return any(os.readlink(f"/proc/{pid}/fd/{number}") == f"pipe:[{pipe}]" for number in (1, 2))
