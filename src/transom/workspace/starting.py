"""Who starts the process of a run: cold, in a new interpreter; or warm, in a session."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from transom.engine.confinement import Grounds
from transom.engine.job_folder import JobFolder
from transom.engine.process import Process, start
from transom.model.policies import Policy
from transom.workspace.requests import RunRequest

if TYPE_CHECKING:
    from transom.engine.environments import Ready
    from transom.engine.warm import Spares


@dataclass(frozen=True, slots=True)
class Interpreter:
    """What is started: the path of a Python, what it imports ahead where it is warm, and whether it may be forked.

    `policy` is what its environment says of what a script may touch, if it does.
    """

    path: str = sys.executable
    preload: tuple[str, ...] = ()
    forks: bool = True
    policy: Policy | None = None

    @staticmethod
    def of(ready: Ready) -> Interpreter:
        """That of an environment."""
        environment = ready.environment
        return Interpreter(ready.interpreter, environment.preload, environment.forks, environment.policy)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be started for one run: which interpreter, on which grounds, and for what it was asked."""

    interpreter: Interpreter
    grounds: Grounds
    request: RunRequest


class Starts(Protocol):
    """Gives the process that executes a run."""

    def process(self, wanted: Wanted, folder: Path) -> tuple[Process, str | None]:
        """A process that waits for its job, and why it is not warm, if it should be.

        It has a folder of its own, or `folder`, where nothing is yet. Raises EnvironmentFailed where the interpreter
        cannot be executed.
        """
        ...

    def expect(self, wanted: Wanted, jobs: int) -> None:
        """So many processes like this will be asked for soon."""


class ColdStarts:
    """A new interpreter for each run."""

    def expect(self, wanted: Wanted, jobs: int) -> None:
        """See Starts: nothing can be done ahead."""

    def process(self, wanted: Wanted, folder: Path) -> tuple[Process, str | None]:
        """See Starts."""
        JobFolder(folder).prepare()
        request = wanted.request
        late = bool(request.packages) or request.bundle_requirements
        terminal = request.debugger.terminal
        return start(wanted.interpreter.path, folder, wanted.grounds, terminal=terminal, late=late), None


class WarmStarts:
    """A warm process for each environment that was asked for, until `close`. Threads may share one."""

    def __init__(self, place: Path) -> None:
        """`place` is a folder for what waits, on the file system of the runs."""
        self._place = place
        self._spares: dict[tuple[Interpreter, bool], tuple[tuple[int, ...], Spares]] = {}
        self._lock = threading.Lock()
        self._cold = ColdStarts()

    def process(self, wanted: Wanted, folder: Path) -> tuple[Process, str | None]:
        """See Starts; what is debugged, and what must not be forked, starts cold."""
        if wanted.request.debugger.is_wanted or not wanted.interpreter.forks:
            return self._cold.process(wanted, folder)
        return self.warm(wanted.interpreter, wanted.grounds).take(folder, wanted.grounds)

    def expect(self, wanted: Wanted, jobs: int) -> None:
        """See Starts."""
        if wanted.interpreter.forks and not wanted.request.debugger.is_wanted:
            self.warm(wanted.interpreter, wanted.grounds).expect(jobs)

    def warm(self, interpreter: Interpreter, grounds: Grounds) -> Spares:
        """The spares of an environment; they begin to warm up when they are first asked for, or when it has changed.

        Whoever asks first has spares that wait; what has other grounds later is forked when it is asked for. A process
        that has seen all environment variables is not forked for a script that must not see them.
        """
        from transom.engine.warm import Spares  # a cold run needs none of it
        from transom.engine.warm_process import Origin

        state = _state_of(interpreter.path)
        key = (interpreter, grounds.sees_all_variables)
        with self._lock:
            before, found = self._spares.get(key, (None, None))
            if found is None or before != state:
                if found is not None:
                    found.close()
                found = Spares(Origin(interpreter.path, interpreter.preload), self._place, grounds)
                self._spares[key] = (state, found)
            return found

    def close(self) -> None:
        """End all of them."""
        with self._lock, contextlib.ExitStack() as stack:
            for _, each in self._spares.values():
                stack.callback(each.close)
            self._spares.clear()


def _state_of(interpreter: str) -> tuple[int, ...]:
    """What changes when packages are installed or removed where this interpreter looks, or its build is made again."""
    import site
    import sysconfig

    if interpreter != sys.executable:
        places = {str(Path(interpreter).parents[1])}
    else:  # not all of sys.path: a person's own folders change all the time
        places = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), site.getusersitepackages()}
    return tuple(os.stat(place).st_mtime_ns for place in sorted(places) if os.path.isdir(place))
