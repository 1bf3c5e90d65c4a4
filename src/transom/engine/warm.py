"""How spares wait for jobs, forked ahead by the warm process of an environment, and when a job starts cold instead."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from transom.engine.confinement import Grounds
from transom.engine.job_folder import JobFolder
from transom.engine.process import Process, start
from transom.engine.read_only import remove_tree
from transom.engine.warm_process import NotWarm, Origin, WarmProcess

#: After so many jobs, or when it has grown too much, a warm process is replaced by a new one.
MOST_JOBS = 5000
#: How long the next spare is put off for the job that got the last one, in seconds.
_SECONDS_FOR_THE_JOB = 0.02
#: So many spares wait at most, however many jobs are expected.
_MOST_AHEAD = 6


class Spares:
    """Processes for the jobs of one environment: a spare that waits already, or else a cold one.

    `place` is a folder on the file system of the blobs; what lies in it is removed by `close`. Threads may share one.
    """

    def __init__(self, origin: Origin, place: Path, grounds: Grounds, *, most_jobs: int = MOST_JOBS) -> None:
        """Spares are confined to `grounds`. After `most_jobs` a warm process is replaced by a new one."""
        self.origin = origin
        self.grounds = grounds
        self._place = place.resolve()
        self._most_jobs = most_jobs
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._waiting: list[Process] = []
        self._asked = 0
        self._taken = False
        self._expected = 0
        self._in_making = 0
        self._in_use: set[Path] = set()
        self._failed: NotWarm | None = None
        self._warm: WarmProcess | None = None
        self._closed = False
        self._owner = os.getpid()
        self._making = threading.Lock()
        self._keepers: list[threading.Thread] = []
        self._add_keeper()

    def take(self, folder: Path, grounds: Grounds | None = None) -> tuple[Process, str | None]:
        """A process that waits for its job in a folder of its own; and why it is cold, if it is: then that is `folder`.

        What is to have other grounds than a spare is forked now, by the same process.
        """
        grounds = grounds or self.grounds
        why: str
        try:
            process = self._next() if grounds == self.grounds else self._forked(grounds)
            if process.lives() and process.sees_what_it_should_not():
                _end(process)
                process = self._forked(grounds)
        except NotWarm as wrong:
            why = str(wrong)
        else:
            if process.lives():
                return process, None
            _end(process)
            why = "its waiting process had ended"
        JobFolder(folder).prepare()
        return start(self.origin.interpreter, folder, grounds), why

    def _forked(self, grounds: Grounds) -> Process:
        """A process with grounds of its own. Raises NotWarm."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._failed is not None or self._closed)
            warm = self._warm
        if warm is None:
            raise self._failed or NotWarm("the session was closed")
        process = warm.spare(grounds)
        self._in_use.add(process.folder)
        return process

    def expect(self, jobs: int) -> None:
        """So many jobs will come, one soon after the other: several spares are made ahead, by as many as have cores."""
        with self._changed:
            if self._closed:
                return
            self._expected = jobs
            self._changed.notify_all()
        while len(self._keepers) < min(jobs, os.cpu_count() or 1):
            self._add_keeper()

    def _still_in_use(self) -> set[Path]:
        """The folders of processes that were taken, as long as whoever took them has not removed them."""
        for folder in self._in_use.copy():  # others may add to it now
            if not folder.exists():
                self._in_use.discard(folder)
        return self._in_use.copy()

    def _add_keeper(self) -> None:
        keeper = threading.Thread(target=self._keep_ready, daemon=True, name="spares")
        self._keepers.append(keeper)
        keeper.start()

    @property
    def pid(self) -> int | None:
        """The process id of the warm process; None where there is none."""
        warm = self._warm
        return None if warm is None else warm.pid

    @property
    def one_waits(self) -> bool:
        """Whether a spare waits for its job now."""
        return bool(self._waiting)

    def memory(self) -> int:
        """What the warm process itself occupies, in bytes; 0 where there is none."""
        warm = self._warm
        return 0 if warm is None else warm.memory()

    def close(self) -> None:
        """End the warm process and its spares; jobs that run go on. In a fork of its process it does nothing."""
        if os.getpid() != self._owner:
            return
        with self._changed:
            self._closed = True
            left, self._waiting = self._waiting, []
            warm = self._warm
            self._changed.notify_all()
        for process in left:
            process.discard()
        if warm is not None:
            warm.end()
        for keeper in self._keepers:
            keeper.join()
        if warm is not None:
            warm.close(self._still_in_use())

    def _next(self) -> Process:
        """The next spare; it is waited for while one is being made. Raises NotWarm."""
        if os.getpid() != self._owner:
            raise NotWarm("this process is a fork of the one that made the session")
        with self._changed:
            self._asked += 1
            self._changed.notify_all()
            try:
                self._changed.wait_for(lambda: self._waiting or self._failed is not None or self._closed)
            finally:
                self._asked -= 1
            if not self._waiting:
                why = self._failed or NotWarm("the session was closed")
                if not why.for_good:
                    self._failed = None
                    self._changed.notify_all()
                raise why
            self._taken = True
            self._expected = max(0, self._expected - 1)
            self._changed.notify_all()
            process = self._waiting.pop(0)
            self._in_use.add(process.folder)
            return process

    def _keep_ready(self) -> None:
        """Make a spare whenever one is missing; runs in a thread of its own until all is closed."""
        while True:
            with self._changed:
                while not self._closed and (self._are_enough() or self._failed is not None):
                    self._changed.wait()
                if self._taken and not self._expected:  # the job that got the last one has the cores, unless one waits
                    self._changed.wait_for(lambda: self._closed or self._asked, _SECONDS_FOR_THE_JOB)
                if self._closed:
                    return
                self._taken = False
                self._in_making += 1
            try:
                process = self._made()
            except NotWarm as wrong:
                self._give_up(wrong)
                continue
            except Exception as wrong:  # nobody may wait for a thread that has ended
                self._give_up(NotWarm(f"it could not be made ({wrong})"))
                continue
            with self._changed:
                self._in_making -= 1
                closed = self._closed
                if not closed:
                    self._waiting.append(process)
                    self._changed.notify_all()
            if closed:
                process.discard()
                return

    def _are_enough(self) -> bool:
        """Whether as many wait, or are being made, as should."""
        return len(self._waiting) + self._in_making >= max(1, self._asked, min(self._expected, _MOST_AHEAD))

    def _made(self) -> Process:
        with self._making:
            warm = self._warm_now()
        return warm.spare(self.grounds, is_one_of_many=self._expected > 0)

    def _warm_now(self) -> WarmProcess:
        """The warm process, a new one where there is none or it is worn. Raises NotWarm."""
        warm = self._warm
        if warm is not None and warm.is_worn(self._most_jobs):
            self._warm = None
            warm.close(self._still_in_use())
            warm = None
        if warm is None:
            warm = WarmProcess(self.origin, self._place, self.grounds)
            with self._changed:
                self._warm = warm
                closed = self._closed
            if closed:  # whoever closed may not have seen it
                raise NotWarm("the session was closed")
            warm.wait_until_ready()
        return warm

    def _give_up(self, why: NotWarm) -> None:
        """Let who waits start cold; the next one may try again where that could help."""
        warm, self._warm = self._warm, None
        if warm is not None:
            warm.close(self._still_in_use())
        with self._changed:
            self._failed = why
            self._in_making -= 1
            self._changed.notify_all()


def _end(process: Process) -> None:
    """End a process that has no job, and take its folder away."""
    process.discard()
    remove_tree(process.folder)
