"""Who starts the process of a run: cold, in a new interpreter; or warm, in a session."""

from __future__ import annotations

import contextlib
import os
import site
import sys
import sysconfig
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from transom.engine.job_folder import JobFolder
from transom.engine.process import Process, start
from transom.engine.warm import Origin, Spares
from transom.workspace.requests import RunRequest

if TYPE_CHECKING:
    from transom.engine.environments import Ready


@dataclass(frozen=True, slots=True)
class Interpreter:
    """What is started: the path of a Python, what it imports ahead where it is warm, and whether it may be forked."""

    path: str = sys.executable
    preload: tuple[str, ...] = ()
    forks: bool = True

    @staticmethod
    def of(ready: Ready) -> Interpreter:
        """That of an environment."""
        return Interpreter(ready.interpreter, ready.environment.preload, ready.environment.forks)


class Starts(Protocol):
    """Gives the process that executes a run."""

    def process(self, interpreter: Interpreter, folder: Path, request: RunRequest) -> tuple[Process, str | None]:
        """A process that waits for the job of `folder`, where nothing is yet; and why it is not warm, if it should be.

        Raises EnvironmentFailed where the interpreter cannot be executed.
        """
        ...


class ColdStarts:
    """A new interpreter for each run."""

    def process(self, interpreter: Interpreter, folder: Path, request: RunRequest) -> tuple[Process, str | None]:
        """See Starts."""
        JobFolder(folder).prepare()
        late = bool(request.packages) or request.bundle_requirements
        return start(interpreter.path, folder, terminal=request.debugger.terminal, late=late), None


class WarmStarts:
    """A warm process for each environment that was asked for, until `close`. Threads may share one."""

    def __init__(self, place: Path) -> None:
        """`place` is a folder for what waits, on the file system of the runs."""
        self._place = place
        self._spares: dict[Interpreter, tuple[tuple[int, ...], Spares]] = {}
        self._lock = threading.Lock()
        self._cold = ColdStarts()

    def process(self, interpreter: Interpreter, folder: Path, request: RunRequest) -> tuple[Process, str | None]:
        """See Starts; what is debugged, and what must not be forked, starts cold."""
        if request.debugger.is_wanted or not interpreter.forks:
            return self._cold.process(interpreter, folder, request)
        return self.warm(interpreter).take(folder)

    def warm(self, interpreter: Interpreter) -> Spares:
        """The spares of an environment; they begin to warm up when they are first asked for, or when it has changed."""
        state = _state_of(interpreter.path)
        with self._lock:
            before, found = self._spares.get(interpreter, (None, None))
            if found is None or before != state:
                if found is not None:
                    found.close()
                found = Spares(Origin(interpreter.path, interpreter.preload), self._place)
                self._spares[interpreter] = (state, found)
            return found

    def close(self) -> None:
        """End all of them."""
        with self._lock, contextlib.ExitStack() as stack:
            for _, each in self._spares.values():
                stack.callback(each.close)
            self._spares.clear()


def _state_of(interpreter: str) -> tuple[int, ...]:
    """What changes when packages are installed or removed where this interpreter looks, or its build is made again."""
    if interpreter != sys.executable:
        places = {str(Path(interpreter).parents[1])}
    else:  # not all of sys.path: a person's own folders change all the time
        places = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), site.getusersitepackages()}
    return tuple(os.stat(place).st_mtime_ns for place in sorted(places) if os.path.isdir(place))
