"""How work that is done for a job in other processes is given up when the job is over."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Stop:
    """Ends the processes that are started while it is heeded, those of later too."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()
        self._stopped = False

    def now(self) -> None:
        """End what runs, and whatever begins from now on."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                process.kill()

    @contextmanager
    def heeded(self) -> Iterator[None]:
        """Within this, in this thread, processes are ended by `now()`."""
        before = _STOP.set(self)
        try:
            yield
        finally:
            _STOP.reset(before)

    @contextmanager
    def ends(self, process: subprocess.Popen[str]) -> Iterator[None]:
        """While this process runs it may be ended."""
        with self._lock:
            self._running.add(process)
            if self._stopped:
                process.kill()
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(process)


_STOP: ContextVar[Stop | None] = ContextVar("stop", default=None)


def heeded_stop() -> Stop:
    """The stop that is heeded in this thread; one that never comes where none is."""
    return _STOP.get() or Stop()
