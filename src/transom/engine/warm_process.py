"""One warm process: an interpreter that has imported what the jobs of an environment need, and is forked for each.

The protocol with it is told in `child/warm.py`.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import subprocess
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import IO, Any

from transom.engine import cgroups
from transom.engine.checks.imports import package_of
from transom.engine.confinement import Grounds, HiddenPlaces
from transom.engine.job_folder import JobFolder
from transom.engine.process import CHILD, IMPORTED_AHEAD, Ends, Process
from transom.engine.read_only import remove_tree
from transom.engine.variables import JOB_FOLDER
from transom.model.assets import normalised

#: It is worn when it has grown so much, a factor and bytes; that is looked at after so many jobs.
_MOST_GROWTH = 1.5
_GROWTH_THAT_COUNTS = 64 * 1024**2
_LOOK_AT_MEMORY_EVERY = 50
#: How long importing what is to be imported may take, in seconds.
_SECONDS_TO_IMPORT = 120.0
#: How long a spare may take until it waits for its job, in seconds.
_SECONDS_TO_FORK = 30.0
#: How long it may take to end by itself, in seconds.
_SECONDS_TO_END = 0.5
_LOCK = "lock"
#: Whoever makes a folder holds it within so many seconds.
_SECONDS_TO_HOLD = 60.0
_MOST_BYTES = 65536


class NotWarm(Exception):
    """There is no warm process; its text says why. With `for_good` another try would end in the same way."""

    def __init__(self, why: str, *, for_good: bool = False) -> None:
        super().__init__(why)
        self.for_good = for_good


@dataclass(frozen=True, slots=True)
class Origin:
    """What a warm process is made of: the interpreter, what it imports ahead, and variables that it needs."""

    interpreter: str
    preload: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()


class WarmProcess:
    """An interpreter that has imported what jobs need, and is forked for each of them."""

    def __init__(self, origin: Origin, place: Path, grounds: Grounds) -> None:
        """Start it, with the variables of `grounds`. Raises NotWarm where that cannot be done."""
        self.origin = origin
        self._numbers = count(1)
        self._jobs = 0
        self.folder, self._held = _own_folder(place)
        self._control, its_control = _pair()
        self._began_with = _variables(origin, self.folder, grounds)
        with its_control, (self.folder / "log.txt").open("wb") as log:
            try:
                self._popen = subprocess.Popen(
                    [
                        *(origin.interpreter, str(CHILD), "--warm", str(its_control.fileno()), str(self.folder)),
                        *origin.preload,
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=self.folder,
                    env=self._began_with,
                    pass_fds=[its_control.fileno()],
                    start_new_session=True,
                )
            except OSError as wrong:
                self._remove()
                raise NotWarm(f"its interpreter cannot be started ({wrong.strerror})", for_good=True) from None
        self._at_first = 0

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._popen.pid

    def spare(self, grounds: Grounds, *, is_one_of_many: bool = False) -> Process:
        """A process that waits for a job in a folder of its own. Raises NotWarm where this one has ended.

        One of many joins its control groups by itself, which takes less in all; another one is there sooner, and is
        moved into them by a thread of ours.
        """
        folder = JobFolder(self.folder / f"spare{next(self._numbers)}")
        folder.prepare()
        ends, theirs = Ends.made(folder.path)
        group = cgroups.empty() if is_one_of_many else None
        rules = grounds.rules(folder.path)
        rules["groups"] = [] if group is None else list(map(str, group.entrances))
        hidden = HiddenPlaces(rules["hidden"])
        told = {"spare": str(folder.path), "rules": rules}
        try:
            socket.send_fds(self._control, [json.dumps(told).encode()], list(theirs))
        except OSError:
            ends.close()
            if group is not None:
                group.remove()
            raise NotWarm(self._how_it_ended()) from None
        finally:
            for end in theirs:
                os.close(end)
        self._jobs += 1
        imported = IMPORTED_AHEAD | {normalised(package_of(module)) for module in self.origin.preload}
        process = Process(folder.path, ends, self._began_with, imported, grounds)
        process.hidden, process.place, process.cgroup = hidden, self._held, group
        why_not = process.why_it_does_not_wait(_SECONDS_TO_FORK)
        if why_not is not None:
            process.discard()
            raise NotWarm(why_not)
        if group is None:
            process.hold()
        return process

    def is_worn(self, most_jobs: int) -> bool:
        """Whether it has served or grown enough, or has ended."""
        if self._popen.poll() is not None or self._jobs >= most_jobs:
            return True
        if self._jobs % _LOOK_AT_MEMORY_EVERY or not self._jobs:
            return False
        now = self.memory()
        return now > self._at_first * _MOST_GROWTH and now - self._at_first > _GROWTH_THAT_COUNTS

    def memory(self) -> int:
        """What it occupies, in bytes, what it shares with its forks included."""
        import psutil

        try:
            return int(psutil.Process(self.pid).memory_info().rss)
        except psutil.Error:
            return 0

    def end(self) -> None:
        """End it, whatever it does."""
        with contextlib.suppress(OSError):  # whoever waits for what it says hears the end
            self._control.shutdown(socket.SHUT_RDWR)
        try:
            self._popen.wait(timeout=_SECONDS_TO_END)
        except subprocess.TimeoutExpired:  # it is still importing something
            self._popen.kill()
            self._popen.wait()

    def close(self, in_use: Collection[Path] = ()) -> None:
        """End it, and remove its folder but for those folders of jobs that are `in_use`.

        Where there are some, its folder counts as used until their processes are let go of; see `remove_left`.
        """
        self.end()
        self._control.close()
        self._remove(in_use)

    def wait_until_ready(self) -> None:
        """Wait until it has imported all. Raises NotWarm where it cannot, or must not be forked."""
        self._control.settimeout(_SECONDS_TO_IMPORT)
        try:
            said = self._control.recv(_MOST_BYTES)
        except OSError:
            raise NotWarm(f"its modules were not imported within {_SECONDS_TO_IMPORT:g} s") from None
        if not said:
            raise NotWarm(self._how_it_ended())
        ready: dict[str, Any] = json.loads(said)["ready"]
        if ready["missing"]:
            raise NotWarm(f"it cannot import what tables need ({ready['missing']})", for_good=True)
        if ready["threads"] > 1:
            why = f"importing {ready['started_by']} starts threads, and those do not survive a fork"
            raise NotWarm(why, for_good=True)
        self._at_first = self.memory()

    def _how_it_ended(self) -> str:
        try:
            code = self._popen.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            return "its process does not answer"
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return f"its process ended ({how})"

    def _remove(self, in_use: Collection[Path] = ()) -> None:
        kept = [folder for folder in in_use if folder.parent == self.folder and folder.exists()]
        if not kept:
            remove_tree(self.folder)
            self._held.close()
            return
        for each in self.folder.iterdir():
            if each not in kept and each.name != _LOCK:
                remove_tree(each)


def _pair() -> tuple[socket.socket, socket.socket]:
    try:
        return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    except (OSError, AttributeError):  # macOS has no such sockets
        raise NotWarm("this system cannot hand descriptors over as it needs", for_good=True) from None


def _variables(origin: Origin, folder: Path, grounds: Grounds) -> dict[str, str]:
    """The variables of a warm process: as a job has them, but with one thread in OpenBLAS until the fork."""
    variables = grounds.variables(origin.interpreter, folder) | dict(origin.variables)
    del variables[JOB_FOLDER]
    wanted = variables.get("OPENBLAS_NUM_THREADS") or variables.get("OMP_NUM_THREADS")
    variables["OPENBLAS_NUM_THREADS"] = "1"
    variables["MPLCONFIGDIR"] = str(folder)
    if wanted is not None:
        variables["TRANSOM_BLAS_THREADS"] = wanted
    return variables


def _own_folder(place: Path) -> tuple[Path, IO[str]]:
    """A new folder and the lock that says it is in use; what processes that died left there is removed."""
    place.mkdir(parents=True, exist_ok=True)
    remove_left(place)
    folder = place / f"{os.getpid()}-{os.urandom(4).hex()}"
    folder.mkdir()
    held = (folder / _LOCK).open("w")
    fcntl.flock(held, fcntl.LOCK_EX)
    return folder, held


def remove_left(place: Path) -> None:
    """Remove what died processes left in the folder where warm ones have theirs; quiet where there is no folder."""
    if place.is_dir():
        for left in _abandoned(place):
            remove_tree(left)


def _abandoned(place: Path) -> Iterator[Path]:
    for folder in place.iterdir():
        try:
            with (folder / _LOCK).open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:  # just being made; or half removed, by somebody who was killed
            with contextlib.suppress(OSError):
                if time.time() - folder.stat().st_mtime > _SECONDS_TO_HOLD:
                    yield folder
            continue
        except OSError:  # held
            continue
        yield folder
