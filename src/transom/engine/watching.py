"""How a job's process is watched while it works: what it writes, says and asks, who may stop it, and by which limit."""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

from transom.engine.cgroups import Cgroup
from transom.engine.gauge import Exceeded, Gauge, StopReason
from transom.engine.link import Link
from transom.model.runs import Limits

__all__ = ["Ended", "Interrupts", "Listener", "StopReason", "Watch", "Watched", "object_of"]

#: How often stop flag and limits are looked at, in seconds.
_TICK = 0.1
#: How long a script that passed a limit has to end, in seconds, where more time would do more harm.
_SECONDS_TO_END = 1.0
_HARMLESS = frozenset({StopReason.TIMED_OUT, StopReason.CPU_EXCEEDED})
#: How long the text pipe is read after the last process should have closed it, in seconds.
_DRAIN_SECONDS = 2.0
#: No process has more memory than this, in bytes.
_MOST_MEMORY = 1 << 48


@dataclass(frozen=True, slots=True)
class Ended:
    """How the script's process ended: by exit code or signal number, and why it was stopped if it was.

    `peak_memory` is the most memory that the job's processes had, in bytes, the greater one of two: what all had
    together when that was looked at, ten times a second (own and shared memory, what they share counted once, mapped
    files not); and what one of them had at any moment (`ru_maxrss`, with the parts of mapped files that it read).
    """

    exit_code: int | None = None
    signal: int | None = None
    stopped: StopReason | None = None
    peak_memory: int | None = None


class Listener(Protocol):
    """Where the text of a run goes, and where it is asked whether to stop."""

    def feed(self, data: bytes) -> None: ...

    def stop_asked(self) -> bool: ...

    def stop_asked_at_once(self) -> bool: ...


class Led(Protocol):
    """Our ends of what leads to the processes of a job: the control socket and the text pipe."""

    @property
    def control(self) -> socket.socket: ...

    @property
    def text(self) -> int: ...


class Watched(Protocol):
    """What a watch needs of a process: our ends, its link, its supervisor's process id, its control groups if any."""

    supervisor: int
    folder: Path
    link: Link
    cgroup: Cgroup | None

    @property
    def ends(self) -> Led: ...

    def say(self, what: bytes) -> None: ...


class Interrupts:
    """Counts what would interrupt this process, instead of being interrupted anywhere: in its main thread only."""

    def __init__(self) -> None:
        self._count = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                if signal.getsignal(number) is signal.default_int_handler:  # whoever set another one knows why
                    self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def taken(self) -> bool:
        """Whether there was an interrupt since it was last asked."""
        count, self._count = self._count, 0
        return count > 0

    def _note(self, *_: object) -> None:
        self._count += 1


class Watch:
    """The state of one watch over a process."""

    def __init__(self, process: Watched, listener: Listener, limits: Limits, stop_seconds: float) -> None:
        self.process = process
        self.link = process.link
        self.listener = listener
        self.gauge = Gauge(process.supervisor, process.folder, limits, process.cgroup)
        self.stop_seconds = stop_seconds
        self.reason: StopReason | None = None
        self.how: dict[str, int] | None = None
        self.peak_told = 0
        self.ended = False
        self._next_look = 0.0
        self._kill_at: float | None = None
        self._killed = False
        self._selector = selectors.DefaultSelector()
        self._selector.register(process.ends.text, selectors.EVENT_READ)
        self._selector.register(process.ends.control, selectors.EVENT_READ)
        self._selector.register(self.link, selectors.EVENT_READ)
        self._heard = b""

    def step(self) -> None:
        """Wait for what happens next, or a tick, and act on it."""
        for key, _ in self._selector.select(max(0.0, self._next_look - time.monotonic())):
            if key.fd == self.process.ends.text:
                self._pass_text_on()
            elif key.fileobj is self.link:
                self.link.accept()
            else:
                self._hear()
            if self.ended:
                return
        self._look_at_limits()

    @property
    def peak_memory(self) -> int | None:
        """See `Ended`; known when it has ended."""
        return self.gauge.peak_memory(self.peak_told)

    def stop(self, reason: StopReason, *, seconds: float | None = None) -> None:
        """Ask the processes to stop; asked again, or when the time is over, kill them."""
        now = time.monotonic()
        if self._kill_at is None:
            self.reason = reason
            self._kill_at = now + (self.stop_seconds if seconds is None else seconds)
            self.process.say(b"stop\n")
        else:
            self._kill_at = now

    def _look_at_limits(self) -> None:
        now = time.monotonic()
        if now < self._next_look:  # it was woken by what the script writes
            return
        if self.reason is StopReason.CANCELLED and not self._killed and self.listener.stop_asked_at_once():
            self._kill_at = now
        if self._kill_at is not None and now >= self._kill_at:
            self._killed = True
            self.process.say(b"kill\n")
            self._kill_at = now + 1.0
        elif self.reason is None and self.listener.stop_asked():
            self.stop(StopReason.CANCELLED)
        else:
            exceeded = self.gauge.exceeded()
            if exceeded is not None:
                self._end(exceeded)
        self._next_look = time.monotonic() + _TICK

    def _end(self, exceeded: Exceeded) -> None:
        """Let it end, or kill it where it is too far over a limit for that; it may be ending already."""
        if self._kill_at is None:
            self.stop(exceeded.reason, seconds=None if exceeded.reason in _HARMLESS else _SECONDS_TO_END)
        if exceeded.far:
            self._kill_at = time.monotonic()
            if exceeded.reason is StopReason.PROCESSES_EXCEEDED:  # before there are twice as many
                self.gauge.forbid_new_processes()
                self.process.say(b"kill\n")

    def _pass_text_on(self) -> None:
        data = os.read(self.process.ends.text, 1 << 16)
        if data:
            self.listener.feed(data)
        else:
            self._selector.unregister(self.process.ends.text)

    def _hear(self) -> None:
        try:
            said = self.process.ends.control.recv(4096)
        except OSError:
            said = b""
        *lines, self._heard = (self._heard + said).split(b"\n")
        for line in lines:
            told = object_of(line)
            self.process.supervisor = told.get("supervisor", self.process.supervisor)
            self.how = told.get("ended", self.how)
            self.peak_told = max(self.peak_told, _bytes_of(told.get("peak_memory")))
        if not said or self.how is not None:
            self.ended = True
            if self.reason is None and self.gauge.killed_for_memory():
                self.reason = StopReason.MEMORY_EXCEEDED
            self._drain()
            self._selector.close()

    def _drain(self) -> None:
        """All processes have ended: take what they had still written."""
        os.set_blocking(self.process.ends.text, False)
        until = time.monotonic() + _DRAIN_SECONDS
        while time.monotonic() < until:
            try:
                data = os.read(self.process.ends.text, 1 << 16)
            except BlockingIOError:
                if self.how is not None:  # the kernel closes their ends soon; nobody writes any more
                    return
                time.sleep(0.01)
                continue
            if not data:
                return
            self.listener.feed(data)


def _bytes_of(value: object) -> int:
    """A number of bytes that a machine can have; 0 for anything else: the script's process has its part in it."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < _MOST_MEMORY else 0


def object_of(line: bytes) -> dict[str, Any]:
    """What a line of the control socket says; empty where it says nothing that can be understood."""
    try:
        told: Any = json.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
