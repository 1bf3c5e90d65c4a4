"""What a machine is: its system, kernel, processor and memory, who asks, and whether all that is a container."""

from __future__ import annotations

import os
import platform
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from transom.engine import cgroups

#: Files that a container has, and what it is then.
_MARKS = {"/.dockerenv": "Docker", "/run/.containerenv": "Podman"}
#: What stands in the groups or mounts of the first process of a container.
_WORDS = {
    "kubepods": "Kubernetes",
    "docker": "Docker",
    "libpod": "Podman",
    "containerd": "containerd",
    "lxc": "LXC",
    "garden": "Garden",
    "nspawn": "systemd-nspawn",
}


@dataclass(frozen=True, slots=True)
class Machine:
    """What this machine is. Memory is in bytes; `container` is None where nothing tells of one: there may be one."""

    system: str
    kernel: str
    processor: str
    cores: int
    memory: int
    python: str
    interpreter: str
    user: str
    container: str | None

    @property
    def is_linux(self) -> bool:
        """Whether its kernel has what confinement is made of."""
        return self.kernel.startswith("Linux")

    @property
    def is_posix(self) -> bool:
        """Whether scripts can be run here at all."""
        return os.name == "posix"

    @property
    def version(self) -> tuple[int, ...]:
        """The version of its kernel: (6, 14) for 6.14.3-generic."""
        return tuple(int(number) for number in re.findall(r"\d+", self.kernel)[:2])


@cache
def machine() -> Machine:
    """This machine."""
    return Machine(
        system=_system(),
        kernel=f"{platform.system()} {platform.release()}",
        processor=_processor(),
        cores=_cores(),
        memory=_memory(),
        python=platform.python_version(),
        interpreter=sys.executable,
        user=_user(),
        container=_container(),
    )


def _system() -> str:
    if sys.platform == "darwin":
        return f"macOS {platform.mac_ver()[0]}".strip()
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    except OSError:
        return platform.system()


def _processor() -> str:
    named = re.search(r"^model name\s*:\s*(.+)$", _text("/proc/cpuinfo"), re.MULTILINE)
    return f"{named[1]} ({platform.machine()})" if named else platform.machine()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform.startswith("linux") else os.cpu_count() or 1


def _memory() -> int:
    """What this process may have of it: a container's limit counts."""
    import psutil

    return min(int(psutil.virtual_memory().total), *cgroups.memory_limits(), 1 << 62)


def _user() -> str:
    if sys.platform == "win32":
        return os.environ.get("USERNAME", "")
    return "root" if os.getuid() == 0 else f"user {os.getuid()}"


def _container() -> str | None:
    for mark, name in _MARKS.items():
        if os.path.exists(mark):
            return f"{name} (there is {mark})"
    if os.environ.get("KUBERNETES_SERVICE_HOST"):
        return "Kubernetes"
    if "microsoft" in platform.release().lower():
        return "WSL"
    told = _text("/proc/1/cgroup") + _text("/run/systemd/container")
    told += os.environ.get("container", "")  # noqa: SIM112 (systemd, Podman and LXC spell it so)
    return next((name for word, name in _WORDS.items() if word in told), None)


def _text(path: str) -> str:
    try:
        return Path(path).read_text("utf-8", "replace")
    except OSError:
        return ""
