"""How a command is measured: its wall time, and the peak memory of its whole process tree.

Memory is the sum over all processes of the tree of PSS (`/proc/PID/smaps_rollup`: private pages whole, shared and
mapped ones in parts), looked at every 20 ms; the peak is the highest sum seen. Looking costs time, so no run is timed
while it is looked at.
"""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import psutil

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLE_SECONDS = 0.02


class Command(NamedTuple):
    """A command line with the variables that it needs over those of this process; `quiet` hides what it says."""

    words: Sequence[str]
    variables: dict[str, str]
    quiet: bool = False

    def environment(self) -> dict[str, str]:
        """The variables that it runs with. Bytecode is cached, as for any user."""
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return kept | self.variables


class CommandFailedError(Exception):
    """A command that is measured must succeed."""


def seconds_of(command: Command) -> float:
    """The wall time of one run, in seconds; what earlier runs wrote is on the disk before it starts."""
    os.sync()
    began = time.perf_counter()
    _check(command, _start(command))
    return time.perf_counter() - began


def peak_of(command: Command) -> int:
    """The highest memory of the process tree in one run, in bytes."""
    process = _start(command)
    root = psutil.Process(process.pid)
    peak = 0
    while process.poll() is None:
        peak = max(peak, _memory(root))
        time.sleep(SAMPLE_SECONDS)
    _check(command, process)
    return peak


def interleaved(commands: Sequence[Command], rounds: int) -> list[float]:
    """The median wall time of each command, in seconds: A B A B ..., after one run of each that does not count."""
    for command in commands:
        seconds_of(command)
    times = [[seconds_of(command) for command in commands] for _ in range(rounds)]
    return [median(each) for each in zip(*times, strict=True)]


def peaks(commands: Sequence[Command], rounds: int) -> list[float]:
    """The median peak of each command, in bytes."""
    found = [[peak_of(command) for command in commands] for _ in range(rounds)]
    return [median(each) for each in zip(*found, strict=True)]


def _start(command: Command) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command.words,
        env=command.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL if command.quiet else None,
    )


def _check(command: Command, process: subprocess.Popen[bytes]) -> None:
    if process.wait() != 0:
        raise CommandFailedError(f"exit code {process.returncode}: {' '.join(command.words)}")


def _memory(root: psutil.Process) -> int:
    try:
        return sum(_pss(process.pid) for process in (root, *root.children(recursive=True)))
    except psutil.NoSuchProcess:
        return 0


def _pss(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:  # it has ended
        return 0
    return next((int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:")), 0)
