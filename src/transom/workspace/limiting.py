"""Which limits a run has: what was asked for, else the setting, else what keeps this machine alive."""

from __future__ import annotations

import math
import os
from dataclasses import fields
from functools import cache
from pathlib import Path

from transom.engine import cgroups, disk_use
from transom.model.runs import Limits
from transom.workspace.opening import Workspace
from transom.workspace.requests import RunRequest

#: The part of this machine's memory that a run may have, and the part of what is free on the disk when it starts.
_MEMORY = 0.9
_DISK = 0.5
#: Half of a nearly full disk would be less than any script needs.
_LEAST_DISK = 100 * 1000**2


def limits_of(request: RunRequest, workspace: Workspace) -> Limits:
    """The limits of a run that starts now; one that was lifted is None."""
    disk = max(disk_use.free(_nearest_there(workspace.folder)) * _DISK, _LEAST_DISK)
    of_machine = {"memory": memory_of_machine() * _MEMORY, "file_size": disk, "disk": disk, "outputs": disk}
    chosen = {}
    for each in fields(Limits):
        asked, set_, default = (
            getattr(request.limits, each.name),
            getattr(workspace.settings, each.name),
            of_machine.get(each.name),
        )
        value = next((value for value in (asked, set_, default) if value is not None), math.inf)
        chosen[each.name] = None if math.isinf(value) else _whole(each.name, value)
    return Limits(**chosen)


def _whole(name: str, value: float) -> float:
    """Seconds may have parts; bytes and processes have none."""
    return value if name in {"timeout", "cpu"} else int(value)


@cache
def memory_of_machine() -> int:
    """The memory of this machine, or of the container that this process runs in, in bytes."""
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min(total, *cgroups.memory_limits(), total)


def _nearest_there(folder: Path) -> Path:
    """A folder that is not made yet will lie on the file system of the one above it."""
    return next((each for each in (folder, *folder.parents) if each.is_dir()), folder)
