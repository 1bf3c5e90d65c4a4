"""How a fork and the databases of a process get along: none is in use while it forks, and none is open then.

SQLite keeps in memory which locks the process holds, and a fork inherits the memory without the locks: a connection
that was open, or one that is opened beside it, could then write where another process writes. So a fork waits until
every transaction is over and closes what idles; a thread that forks within its own transaction gets a child that may
not use that database.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

#: A fork waits so many seconds for the transactions of other threads, which take milliseconds.
_LONGEST_WAIT = 10.0


class Closable(Protocol):
    """What holds connections."""

    def close_idle(self) -> None:
        """Close the connections that nobody is using."""


class Gate:
    """Where transactions go in and out, and which a fork shuts for a moment."""

    def __init__(self) -> None:
        #: Whether this process was forked while connections of its parent were in use.
        self.is_torn = False
        self._holders: weakref.WeakSet[Closable] = weakref.WeakSet()
        self._renew()

    def _renew(self) -> None:
        self._changed = threading.Condition(threading.Lock())
        self._own = threading.local()
        self._inside = 0
        self._forking = False

    def watch(self, holder: Closable) -> None:
        """Close what this one holds whenever the process forks."""
        self._holders.add(holder)

    @contextmanager
    def passing(self) -> Iterator[None]:
        """The time of one transaction. One within another of the same thread never waits."""
        own = getattr(self._own, "inside", 0)
        with self._changed:
            while self._forking and not own:
                self._changed.wait()
            self._inside += 1
        self._own.inside = own + 1
        try:
            yield
        finally:
            self._own.inside = own
            with self._changed:
                self._inside -= 1
                if self._forking:
                    self._changed.notify_all()

    def before_fork(self) -> None:
        """Shut the gate, wait until nobody but this thread is inside, and close what idles."""
        until = time.monotonic() + _LONGEST_WAIT
        with self._changed:
            while self._forking:
                self._changed.wait()
            self._forking = True
            own = getattr(self._own, "inside", 0)
            while self._inside > own and (left := until - time.monotonic()) > 0:
                self._changed.wait(left)
        for holder in list(self._holders):
            with suppress(Exception):  # what cannot be closed must not keep the program from forking
                holder.close_idle()

    def after_in_parent(self) -> None:
        """Open the gate again."""
        with self._changed:
            self._forking = False
            self._changed.notify_all()

    def after_in_child(self) -> None:
        """Begin anew: the other threads are gone, and with them who would open the gate."""
        self.is_torn = self.is_torn or self._inside > 0
        self._renew()


GATE = Gate()
os.register_at_fork(before=GATE.before_fork, after_in_parent=GATE.after_in_parent, after_in_child=GATE.after_in_child)
