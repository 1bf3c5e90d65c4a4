"""How the kernel's control groups hold the processes of a job together, where this process may make one.

Version 1 (a folder for each controller) and version 2 (one folder) are known. A group is made under the own one, or
beside it where version 2 wants that; its name tells by which process it was made. Where none can be made, nothing is
said: the limits are then watched from outside alone.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

#: The controllers that are of use, by the names of version 1.
_WANTED = ("memory", "pids", "cpuacct")
_OURS = re.compile(r"transom-([0-9]+)-[0-9a-f]+")
#: The kernel steps in a little later than the watch does, which says what happened and lets the script end.
_MEMORY_MARGIN = 1.1
_MORE_MEMORY = 64 * 1024**2
_MORE_PROCESSES = 64
#: A group that holds more is not used again: to lower its limit would let the kernel look for what it can give back.
_LITTLE_MEMORY = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class Place:
    """A folder in which groups are made, and what can be limited and counted there."""

    folder: Path
    controllers: frozenset[str]
    version: int


class Cgroup:
    """The control groups of one job: one folder for each controller, or for all."""

    def __init__(self, folders: Mapping[str, Path], version: int) -> None:
        self._folders = folders
        self._version = version
        self._killed_before = 0
        self._is_leaving = False

    @property
    def folders(self) -> frozenset[Path]:
        """Where its groups lie."""
        return frozenset(self._folders.values())

    @property
    def entrances(self) -> tuple[Path, ...]:
        """The files to which a process writes `0` to be in it, with all that it starts from then on."""
        return tuple(folder / "cgroup.procs" for folder in self.folders)

    def begin_anew(self) -> None:
        """Of what happened before with other processes in it nothing counts."""
        self._killed_before = self._killed()

    def take(self, pids: Iterable[int]) -> None:
        """Move those of these processes into it that are not there yet; meanwhile, the kernel takes up to 10 ms."""
        left = frozenset(map(str, pids)) - self._members()
        if left:
            threading.Thread(target=self._move, args=(left,), daemon=True).start()

    def _move(self, pids: Iterable[str]) -> None:
        for pid in pids:
            for folder in self.folders:
                with contextlib.suppress(OSError):  # it has ended, or may not be moved: then it is watched alone
                    (folder / "cgroup.procs").write_text(pid)

    def _members(self) -> frozenset[str]:
        """The processes that are in all its groups."""
        members = [frozenset(self._read(each, "cgroup.procs").split()) for each in self._folders]
        return frozenset.intersection(*members)

    def limit(self, memory: float | None, processes: float | None) -> None:
        """Let the kernel step in a little above these limits (bytes; processes and threads together)."""
        if memory is not None:
            most = str(int(memory * _MEMORY_MARGIN) + _MORE_MEMORY)
            if self._version == 1:
                self._write("memory", "memory.limit_in_bytes", most)
                self._write("memory", "memory.memsw.limit_in_bytes", most)
            else:
                self._write("memory", "memory.max", most)
                self._write("memory", "memory.swap.max", "0")
        if processes is not None:
            self._write("pids", "pids.max", str(int(processes) + _MORE_PROCESSES + int(processes) // 8))

    def forbid_new_processes(self) -> None:
        """No process of the job can start another one or a thread from now on."""
        self._write("pids", "pids.max", "0")

    def killed_for_memory(self) -> bool:
        """Whether the kernel has killed a process of the job because all together had too much memory."""
        return self._killed() > self._killed_before

    def cpu(self) -> float | None:
        """The processor time that processes took in it since it was made, in seconds; None where it is not counted."""
        if self._version == 2:
            counted = self._numbers("cpuacct", "cpu.stat").get("usage_usec")
            return None if counted is None else counted / 1e6
        text = self._read("cpuacct", "cpuacct.usage")
        return int(text) / 1e9 if text.strip().isdigit() else None

    def remove(self) -> None:
        """It is not needed any more. What becomes of it is seen later: the kernel may still take its processes down."""
        with _lock:
            _ended.append(self)

    def is_empty(self) -> bool:
        """Whether no process is in it."""
        return not any(self._read(controller, "cgroup.procs") for controller in self._folders)

    def is_fresh_again(self) -> bool:
        """Whether it could be made like a new one: it holds little memory, such as pages of files that were written."""
        name = "memory.usage_in_bytes" if self._version == 1 else "memory.current"
        held = self._read("memory", name).strip()
        if self._is_leaving or (held.isdigit() and int(held) > _LITTLE_MEMORY):
            return False
        self._write("pids", "pids.max", "max")
        if self._version == 1:
            self._write("memory", "memory.memsw.limit_in_bytes", "-1")
            self._write("memory", "memory.limit_in_bytes", "-1")
        else:
            self._write("memory", "memory.max", "max")
            self._write("memory", "memory.swap.max", "max")
        return True

    def is_gone(self) -> bool:
        """Remove its folders; whether the kernel has done so."""
        self._is_leaving = True
        return all(_removed(folder) for folder in self.folders)

    def _killed(self) -> int:
        name = "memory.oom_control" if self._version == 1 else "memory.events"
        return self._numbers("memory", name).get("oom_kill", 0)

    def _numbers(self, controller: str, name: str) -> dict[str, int]:
        """The numbers of a file with lines such as `oom_kill 1`."""
        pairs = (line.split() for line in self._read(controller, name).splitlines())
        return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}

    def _read(self, controller: str, name: str) -> str:
        try:
            return (self._folders[controller] / name).read_text()
        except (KeyError, OSError):
            return ""

    def _write(self, controller: str, name: str, text: str) -> None:
        with contextlib.suppress(KeyError, OSError):
            (self._folders[controller] / name).write_text(text)


_lock = threading.Lock()
#: Groups whose job is over. They are used again: of a group that is removed the kernel keeps a part for as long as it
#: keeps pages of files that were written in it, and many jobs would leave many such parts.
_ended: list[Cgroup] = []
_count = iter(range(1 << 62))


def empty() -> Cgroup | None:
    """Control groups for processes to come; None where this process may make none."""
    places = _places()
    group = (_used_again() or _made(places)) if places else None
    if group is not None:
        group.begin_anew()
    return group


def holding(pids: Iterable[int]) -> Cgroup | None:
    """Control groups for these processes, which are moved into them; None where this process may make none."""
    group = empty()
    if group is not None:
        group.take(pids)
    return group


def _used_again() -> Cgroup | None:
    """A group whose job is over, made like a new one; those that cannot be are removed."""
    with _lock:
        waiting, _ended[:] = _ended[:], []
    found = None
    left = []
    for group in waiting:
        if found is None and group.is_empty() and group.is_fresh_again():
            found = group
        elif found is not None or not group.is_empty() or not group.is_gone():
            left.append(group)
    with _lock:
        _ended.extend(left)
    return found


def _made(places: tuple[Place, ...]) -> Cgroup | None:
    with _lock:
        name = f"transom-{os.getpid()}-{next(_count):x}"
    folders: dict[str, Path] = {}
    for place in places:
        with contextlib.suppress(OSError):
            (place.folder / name).mkdir()
            folders.update(dict.fromkeys(place.controllers, place.folder / name))
    return Cgroup(folders, places[0].version) if folders else None


def _forget() -> None:
    """The groups are those of the process that this one is a fork of."""
    _ended.clear()


def remove_all() -> None:
    """Remove the groups whose job is over, as far as their processes have been taken down."""
    with _lock:
        _ended[:] = [group for group in _ended if not group.is_gone()]


def _removed(folder: Path) -> bool:
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:  # a process in it is still being taken down
        return False
    return True


atexit.register(remove_all)
os.register_at_fork(after_in_child=_forget)


def usable() -> tuple[Place, ...]:
    """Where this process can make groups, and what can be limited there; empty where it can make none."""
    return _places()


@cache
def _places() -> tuple[Place, ...]:
    """Where this process can make groups. What processes that died left there is removed."""
    found = _first_usable(tuple(places_of(*_told_by_kernel())))
    for place in found:
        _remove_abandoned(place.folder)
    return found


def _told_by_kernel() -> tuple[str, str]:
    """The groups of this process, and what is mounted; empty texts on other systems than Linux."""
    try:
        return Path("/proc/self/cgroup").read_text(), Path("/proc/self/mountinfo").read_text()
    except OSError:
        return "", ""


def _first_usable(places: tuple[Place, ...]) -> tuple[Place, ...]:
    """The places of version 1 where memory or processes can be limited there, else that of version 2."""
    of_version_1 = tuple(place for place in places if place.version == 1 and _usable(place))
    if any(place.controllers & {"memory", "pids"} for place in of_version_1):
        return of_version_1
    return tuple(place for place in places if place.version == 2 and _usable(place))[:1]


def _usable(place: Place) -> bool:
    """Whether a group can be made there, tried with one, and processes moved into it."""
    trial = place.folder / f"transom-{os.getpid()}-{os.urandom(4).hex()}"
    try:
        trial.mkdir()
        writable = os.access(trial / "cgroup.procs", os.W_OK) and os.access(place.folder / "cgroup.procs", os.W_OK)
        trial.rmdir()
    except OSError:
        return False
    return writable


def places_of(own: str, mounts: str) -> Iterator[Place]:
    """Where groups might be made, from the texts of /proc/self/cgroup and /proc/self/mountinfo."""
    for each in _hierarchies(own, mounts):
        wanted = each.controllers.intersection(_WANTED)
        if each.version == 2:
            yield from _of_version_2(each)
        elif wanted:
            yield Place(each.own, wanted, 1)


@dataclass(frozen=True, slots=True)
class _Hierarchy:
    """A mounted hierarchy of groups: its folder, that of the own group, and its controllers in version 1."""

    top: Path
    own: Path
    controllers: frozenset[str]
    version: int


def _hierarchies(own: str, mounts: str) -> Iterator[_Hierarchy]:
    paths = [line.split(":", 2)[1:] for line in own.splitlines()]
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        root, point = before.split()[3:5]
        kind, _, options = after.split()[:3]
        if kind not in {"cgroup", "cgroup2"}:
            continue
        controllers = frozenset(options.split(",")) if kind == "cgroup" else frozenset({""})
        path = next((path for names, path in paths if controllers.intersection(names.split(","))), None)
        if path is not None:
            version = 1 if kind == "cgroup" else 2
            yield _Hierarchy(Path(point), Path(point, os.path.relpath(path, root)), controllers, version)


def _of_version_2(hierarchy: _Hierarchy) -> Iterator[Place]:
    """The own group where it hands controllers on, which one that holds processes does not; else the one above it."""
    for folder in (hierarchy.own, hierarchy.own.parent):
        if folder.is_relative_to(hierarchy.top):
            with contextlib.suppress(OSError):
                handed_on = set((folder / "cgroup.subtree_control").read_text().split()) & {"memory", "pids"}
                if handed_on:
                    yield Place(folder, frozenset(handed_on | {"cpuacct"}), 2)


def _remove_abandoned(folder: Path) -> None:
    """Remove the empty groups of processes that are no more; one that holds processes the kernel does not remove."""
    with contextlib.suppress(OSError):
        for each in folder.iterdir():
            made_by = _OURS.fullmatch(each.name)
            if made_by and not Path("/proc", made_by[1]).exists():
                _removed(each)


def memory_limits() -> Iterator[int]:
    """The memory limits of the groups that this process is in, in bytes, such as those of its container."""
    for each in _hierarchies(*_told_by_kernel()):
        if each.version == 2 or "memory" in each.controllers:
            name = "memory.max" if each.version == 2 else "memory.limit_in_bytes"
            for folder in (each.own, *each.own.parents):
                with contextlib.suppress(OSError, ValueError):
                    yield int((folder / name).read_text())
