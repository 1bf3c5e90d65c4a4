"""How the process of a job is started, fed, limited and stopped, with every process that it starts in turn."""

from __future__ import annotations

import contextlib
import json
import os
import select
import selectors
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from transom.engine import process_tree
from transom.engine.link import Link
from transom.errors import EnvironmentFailed
from transom.model.runs import Limits

CHILD = Path(__file__).parent / "child"
JOB_FOLDER = "TRANSOM_JOB"
#: The socket in the job folder at which the job's processes ask.
LINK = "link"
#: The packages that the child imports to turn tables into frames, by their normalised names.
IMPORTED_AHEAD = frozenset({"numpy", "pandas", "pyarrow", "python-dateutil", "pytz", "six", "tzdata"})

#: How often stop flag and limits are looked at, in seconds.
_TICK = 0.1
#: A job that takes more than its limit times this is killed without asking it to stop.
_FAR_TOO_MUCH = 1.25
#: How long the text pipe is read after the last process should have closed it, in seconds.
_DRAIN_SECONDS = 2.0
#: How long it may take to hand a job over, and to end a process that has no job, in seconds.
_SECONDS_TO_HAND_OVER = 10.0
_SECONDS_TO_DISCARD = 5.0


class StopReason(StrEnum):
    """Why a job's processes were stopped from outside."""

    TIMED_OUT = "timed_out"
    MEMORY_EXCEEDED = "memory_exceeded"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Ended:
    """How the script's process ended: by exit code or signal number, and why it was stopped if it was."""

    exit_code: int | None = None
    signal: int | None = None
    stopped: StopReason | None = None


class Listener(Protocol):
    """Where the text of a run goes, and where it is asked whether to stop."""

    def feed(self, data: bytes) -> None: ...

    def stop_asked(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Ends:
    """Our ends of what leads to the processes of one job: the control socket, the go socket, the text pipe, the link.

    `made()` gives them with the other ends, in the same order but the text pipe first, as descriptors that are to be
    closed here once the job's processes have them.
    """

    control: socket.socket
    go: socket.socket
    text: int
    link: Link

    @staticmethod
    def made(folder: Path) -> tuple[Ends, tuple[int, int, int]]:
        """Both ends of the first three, and a link that listens in the job folder."""
        link = Link(folder / LINK)
        control, its_control = socket.socketpair()
        go, its_go = socket.socketpair()
        text, its_text = os.pipe()
        return Ends(control, go, text, link), (its_text, its_control.detach(), its_go.detach())

    def close(self) -> None:
        """Close what is still open."""
        self.link.close()
        self.control.close()
        self.go.close()
        os.close(self.text)


class Process:
    """A script's process that waits for the job in its folder; made by `start`, or by a warm process.

    `began_with` are the environment variables that it has, `imported` the packages that it has imported ahead. At
    `link` its processes ask; who hands a job over says there what is answered.
    """

    def __init__(
        self,
        folder: Path,
        ends: Ends,
        began_with: Mapping[str, str],
        imported: frozenset[str],
        *,
        popen: subprocess.Popen[bytes] | None = None,
    ) -> None:
        self.folder = folder
        self.imported = imported
        self.link = ends.link
        self._ends = ends
        self._began_with = began_with
        self._popen = popen
        self._supervisor = popen.pid if popen is not None else 0
        self._over = False

    def go(self, job: Mapping[str, Any], inputs: Mapping[str, Path], variables: Mapping[str, str]) -> None:
        """Let the job begin: everything in its folder is ready.

        `job` says what is to be done, see `child/__main__.py`; `inputs` are the files of the connected ports,
        `variables` the environment variables that it shall have.
        """
        changed = {name: value for name, value in variables.items() if self._began_with.get(name) != value}
        gone: dict[str, None] = dict.fromkeys(name for name in self._began_with if name not in variables)
        told = {
            "folder": str(self.folder),
            "job": job,
            "inputs": {port: position for position, port in enumerate(inputs)},
            "variables": changed | gone,
        }
        said = json.dumps(told).encode()
        with contextlib.ExitStack() as opened:
            descriptors = [opened.enter_context(path.open("rb")).fileno() for path in inputs.values()]
            with contextlib.suppress(OSError):  # it died before: watch() will find out
                self._ends.go.settimeout(_SECONDS_TO_HAND_OVER)
                socket.send_fds(self._ends.go, [struct.pack(">Q", len(said))], descriptors)
                self._ends.go.sendall(said)
        self._ends.go.close()

    def why_it_does_not_wait(self, seconds: float) -> str | None:
        """None once it waits for its job; asked once, of a fork of a warm process, which has so many seconds for it."""
        if not _readable([self._ends.go], seconds):
            return f"its spare process was not ready after {seconds:g} s"
        with contextlib.suppress(OSError):
            if self._ends.go.recv(1):
                said = self._ends.control.recv(4096).partition(b"\n")[0]
                self._supervisor = _object(said).get("supervisor", 0)
        return None if self._supervisor else f"its spare process ended {self._last_words()}".rstrip()

    def _last_words(self) -> str:
        """The last line that it wrote, in brackets; empty where it wrote nothing."""
        os.set_blocking(self._ends.text, False)
        with contextlib.suppress(OSError):
            lines = os.read(self._ends.text, 1 << 16).decode("utf-8", "replace").split("\n")
            return next((f"({line.strip()})" for line in reversed(lines) if line.strip()), "")
        return ""

    def lives(self) -> bool:
        """Whether it still waits for its job: all that it would say before is that it ends."""
        return not _readable([self._ends.control, self._ends.go], 0.0)

    def move(self, folder: Path) -> None:
        """Give the job's folder another name, where nothing is yet; its processes are not disturbed by that."""
        self.folder = self.folder.rename(folder)
        self.link.path = self.folder / LINK

    def discard(self) -> None:
        """End it, whatever it does; a second call does nothing."""
        if self._over:
            return
        self._ends.go.close()
        self._say(b"kill\n")
        if self._popen is not None:
            self._popen.wait()
        else:
            _until_closed(self._ends.control)
        self._close()

    def watch(self, listener: Listener, limits: Limits, stop_seconds: float) -> Ended:
        """Pass its text on until it has ended, stop it where limits or the listener ask for it; blocks.

        Its questions are taken meanwhile. Asked to stop, it has `stop_seconds` until it is killed. Ctrl-C here asks
        it to stop, a second one kills it. When this returns, no process of the job is left.
        """
        watch = _Watch(self, listener, limits, stop_seconds)
        with _Interrupts() as interrupts:
            while not watch.ended:
                watch.step()
                if interrupts.taken():
                    watch.stop(StopReason.CANCELLED)
        code = None if self._popen is None else self._popen.wait()
        pipe = os.fstat(self._ends.text).st_ino
        if watch.how is None:  # the supervisor was killed: its end is all that is known
            process_tree.sweep((JOB_FOLDER, str(self.folder)), pipe)
        self._close()
        if watch.how is None:
            return Ended(signal=max(-(code or 0), 0) or 9, stopped=watch.reason)
        return Ended(watch.how.get("exit_code"), watch.how.get("signal"), watch.reason)

    def memory(self) -> int:
        """What the processes of the job use now, in bytes: their own and shared memory, without mapped files."""
        return process_tree.memory(self._supervisor)

    def rough_memory(self) -> int:
        """An upper bound of `memory()` that costs little."""
        return process_tree.rough_memory(self._supervisor)

    def _say(self, what: bytes) -> None:
        with contextlib.suppress(OSError):
            self._ends.control.sendall(what)

    def _close(self) -> None:
        self._over = True
        self._ends.close()


def start(interpreter: str, folder: Path, *, terminal: int | None = None, late: bool = False) -> Process:
    """Start an interpreter for the one job of a folder. `terminal` is a descriptor that a debugger may use.

    `late` lets it import pandas only when the job has come, for a job that may bring another one.

    Raises EnvironmentFailed where the interpreter cannot be executed.
    """
    folder = folder.absolute()
    ends, (text, control, go) = Ends.made(folder)
    variables = variables_of(interpreter, folder)
    try:
        popen = subprocess.Popen(
            [interpreter, str(CHILD), str(folder), str(control), str(go), *(["late"] if late else [])],
            stdin=subprocess.DEVNULL,
            stdout=text,
            stderr=text,
            cwd=folder / "work",
            env=variables,
            pass_fds=[control, go, *([] if terminal is None else [terminal])],
            start_new_session=True,
        )
    except OSError as wrong:
        ends.close()
        raise EnvironmentFailed(
            name=interpreter,
            reason=f"it cannot be started ({wrong.strerror})",
            advice="Name an interpreter that is installed here.",
        ) from None
    finally:
        for end in (text, control, go):
            os.close(end)
    return Process(folder, ends, variables, frozenset() if late else IMPORTED_AHEAD, popen=popen)


def _readable(sockets: Sequence[socket.socket], seconds: float) -> bool:
    """Whether one of them can be read within so many seconds; any number of descriptors may be open."""
    poll = select.poll()
    for each in sockets:
        poll.register(each, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def _until_closed(control: socket.socket) -> None:
    """Wait until the supervisor has closed its end: then no process of the job is left."""
    with contextlib.suppress(OSError):
        control.settimeout(_SECONDS_TO_DISCARD)
        while control.recv(4096):
            pass


class _Interrupts:
    """Counts what would interrupt this process, instead of being interrupted anywhere: in its main thread only."""

    def __init__(self) -> None:
        self._count = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Interrupts:
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


class _Watch:
    """The state of one watch over a process."""

    def __init__(self, process: Process, listener: Listener, limits: Limits, stop_seconds: float) -> None:
        self.process = process
        self.link = process.link
        self.listener = listener
        self.limits = limits
        self.stop_seconds = stop_seconds
        self.reason: StopReason | None = None
        self.how: dict[str, int] | None = None
        self.ended = False
        self._began = time.monotonic()
        self._kill_at: float | None = None
        self._selector = selectors.DefaultSelector()
        self._selector.register(process._ends.text, selectors.EVENT_READ)
        self._selector.register(process._ends.control, selectors.EVENT_READ)
        self._selector.register(self.link, selectors.EVENT_READ)
        self._heard = b""

    def step(self) -> None:
        """Wait for what happens next, or a tick, and act on it."""
        for key, _ in self._selector.select(_TICK):
            if key.fd == self.process._ends.text:
                self._pass_text_on()
            elif key.fileobj is self.link:
                self.link.accept()
            else:
                self._hear()
            if self.ended:
                return
        self._look_at_limits()

    def stop(self, reason: StopReason, *, seconds: float | None = None) -> None:
        """Ask the processes to stop; asked again, or when the time is over, kill them."""
        now = time.monotonic()
        if self._kill_at is None:
            self.reason = reason
            self._kill_at = now + (self.stop_seconds if seconds is None else seconds)
            self.process._say(b"stop\n")
        else:
            self._kill_at = now

    def _look_at_limits(self) -> None:
        now = time.monotonic()
        if self._kill_at is not None:
            if now >= self._kill_at:
                self.process._say(b"kill\n")
                self._kill_at = now + 1.0
            return
        if self.listener.stop_asked():
            self.stop(StopReason.CANCELLED)
        elif self.limits.timeout is not None and now - self._began > self.limits.timeout:
            self.stop(StopReason.TIMED_OUT)
        elif self.limits.memory is not None and self.process.rough_memory() > self.limits.memory:
            used = self.process.memory()
            if used > self.limits.memory:
                far = used > self.limits.memory * _FAR_TOO_MUCH
                self.stop(StopReason.MEMORY_EXCEEDED, seconds=0.0 if far else 1.0)

    def _pass_text_on(self) -> None:
        data = os.read(self.process._ends.text, 1 << 16)
        if data:
            self.listener.feed(data)
        else:
            self._selector.unregister(self.process._ends.text)

    def _hear(self) -> None:
        try:
            said = self.process._ends.control.recv(4096)
        except OSError:
            said = b""
        *lines, self._heard = (self._heard + said).split(b"\n")
        for line in lines:
            told = _object(line)
            self.process._supervisor = told.get("supervisor", self.process._supervisor)
            self.how = told.get("ended", self.how)
        if not said or self.how is not None:
            self.ended = True
            self._drain()
            self._selector.close()

    def _drain(self) -> None:
        """All processes have ended: take what they had still written."""
        os.set_blocking(self.process._ends.text, False)
        until = time.monotonic() + _DRAIN_SECONDS
        while time.monotonic() < until:
            try:
                data = os.read(self.process._ends.text, 1 << 16)
            except BlockingIOError:
                if self.how is not None:  # the kernel closes their ends soon; nobody writes any more
                    return
                time.sleep(0.01)
                continue
            if not data:
                return
            self.listener.feed(data)


def _object(line: bytes) -> dict[str, Any]:
    try:
        told: Any = json.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def variables_of(interpreter: str, folder: Path) -> dict[str, str]:
    """The environment variables of a script's process."""
    variables = dict(os.environ)
    if interpreter != sys.executable:
        for name in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"):
            variables.pop(name, None)
        # A build has its bytecode; what is written into it by whoever may is a change that has it built again.
        variables["PYTHONDONTWRITEBYTECODE"] = "1"
    variables["PATH"] = os.pathsep.join([str(Path(interpreter).parent), variables.get("PATH", os.defpath)])
    variables.update(
        {
            "LC_ALL": "C.UTF-8",  # Python 3.6 knows no PYTHONUTF8
            "PYTHONIOENCODING": "utf-8:backslashreplace",
            "PYTHONUNBUFFERED": "1",
            "MPLBACKEND": "Agg",
            JOB_FOLDER: str(folder),
        }
    )
    return variables
