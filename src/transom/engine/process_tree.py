"""Which processes belong to a job, what memory they take, and how those are found whose supervisor was killed."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

#: How often it is looked for what a killed supervisor has left.
_MOST_SWEEPS = 10


def memory(pid: int) -> int:
    """The own and shared memory of a process and its descendants, in bytes, without mapped files."""
    return sum(_memory_of(process.pid) for process in _tree(pid))


def rough_memory(pid: int) -> int:
    """An upper bound of `memory()` that costs little."""
    return sum(_resident(process) for process in _tree(pid))


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


def _tree(pid: int) -> list[Any]:
    import psutil

    try:
        root = psutil.Process(pid)
        return [process for process in (root, *root.children(recursive=True)) if process.is_running()]
    except psutil.Error:
        return []


def _resident(process: Any) -> int:
    import psutil

    try:
        return int(process.memory_info().rss)
    except psutil.Error:  # it has just ended
        return 0


def _memory_of(pid: int) -> int:
    """Anonymous and shared memory, each page divided by the processes that share it; mapped files do not count."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss")}
    if "Pss_Anon" in sizes:
        return sizes["Pss_Anon"] + sizes.get("Pss_Shmem", 0)
    return sizes.get("Pss", 0)


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
