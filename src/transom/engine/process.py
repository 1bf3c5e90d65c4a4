"""How the process of a job is started, fed, limited and stopped, with every process that it starts in turn."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from transom.errors import EnvironmentFailed
from transom.model.runs import Limits

CHILD = Path(__file__).parent / "child"
JOB_FOLDER = "TRANSOM_JOB"

#: How often stop flag and limits are looked at, in seconds.
_TICK = 0.1
#: A job that takes more than its limit times this is killed without asking it to stop.
_FAR_TOO_MUCH = 1.25
#: How long the text pipe is read after the last process should have closed it, in seconds.
_DRAIN_SECONDS = 2.0
#: How often it is looked for what a killed supervisor has left.
_MOST_SWEEPS = 10


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


class Process:
    """A script's interpreter, started and waiting for the job in its folder."""

    def __init__(self, interpreter: str, folder: Path, *, terminal: int | None = None) -> None:
        """Start it. `folder` is the job folder, `terminal` a descriptor that a debugger may use.

        Raises EnvironmentFailed where the interpreter cannot be executed.
        """
        self.folder = folder
        self.interpreter = interpreter
        control, its_control = socket.socketpair()
        go_read, self._go = os.pipe()
        self._text, text_write = os.pipe()
        os.set_inheritable(go_read, True)
        passed = [its_control.fileno(), go_read, *([] if terminal is None else [terminal])]
        command = [interpreter, str(CHILD), str(folder), str(its_control.fileno()), str(go_read)]
        try:
            self._popen = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=text_write,
                stderr=text_write,
                cwd=folder / "work",
                env=_variables(interpreter, folder),
                pass_fds=passed,
                start_new_session=True,
            )
        except OSError as wrong:
            for end in (self._text, self._go):
                os.close(end)
            control.close()
            raise EnvironmentFailed(
                name=interpreter,
                reason=f"it cannot be started ({wrong.strerror})",
                advice="Name an interpreter that is installed here.",
            ) from None
        finally:
            os.close(text_write)
            os.close(go_read)
            its_control.close()
        self._control = control
        self._over = False

    def go(self) -> None:
        """Let the job begin; everything in its folder is ready."""
        with contextlib.suppress(BrokenPipeError):  # it died before: watch() will find out
            os.write(self._go, b"!")
        os.close(self._go)
        self._go = -1

    def discard(self) -> None:
        """End it, whatever it does; a second call does nothing."""
        if self._over:
            return
        self._say(b"kill\n")
        self._popen.wait()
        self._close()

    def watch(self, listener: Listener, limits: Limits, stop_seconds: float) -> Ended:
        """Pass its text on until it has ended, stop it where limits or the listener ask for it; blocks.

        Asked to stop, it has `stop_seconds` until it is killed. Ctrl-C here asks it to stop, a second one kills it.
        When this returns, no process of the job is left.
        """
        watch = _Watch(self, listener, limits, stop_seconds)
        with _Interrupts() as interrupts:
            while not watch.ended:
                watch.step()
                if interrupts.taken():
                    watch.stop(StopReason.CANCELLED)
        self._popen.wait()
        self._close()
        if watch.how is None:  # the supervisor was killed: its end is all that is known
            _sweep(self.folder)
            return Ended(signal=max(-self._popen.returncode, 0) or 9, stopped=watch.reason)
        return Ended(watch.how.get("exit_code"), watch.how.get("signal"), watch.reason)

    def memory(self) -> int:
        """What the processes of the job use now, in bytes: their own and shared memory, without mapped files."""
        return _memory_of_tree(self._popen.pid)

    def rough_memory(self) -> int:
        """An upper bound of `memory()` that costs little."""
        return sum(process.memory_info().rss for process in _tree(self._popen.pid))

    def _say(self, what: bytes) -> None:
        with contextlib.suppress(OSError):
            self._control.sendall(what)

    def _close(self) -> None:
        self._over = True
        self._control.close()
        os.close(self._text)
        if self._go >= 0:
            os.close(self._go)
            self._go = -1


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
        self.listener = listener
        self.limits = limits
        self.stop_seconds = stop_seconds
        self.reason: StopReason | None = None
        self.how: dict[str, int] | None = None
        self.ended = False
        self._began = time.monotonic()
        self._kill_at: float | None = None
        self._selector = selectors.DefaultSelector()
        self._selector.register(process._text, selectors.EVENT_READ)
        self._selector.register(process._control, selectors.EVENT_READ)
        self._heard = b""

    def step(self) -> None:
        """Wait for what happens next, or a tick, and act on it."""
        for key, _ in self._selector.select(_TICK):
            if key.fd == self.process._text:
                self._pass_text_on()
            else:
                self._hear()
        if not self.ended:
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
        data = os.read(self.process._text, 1 << 16)
        if data:
            self.listener.feed(data)
        else:
            self._selector.unregister(self.process._text)

    def _hear(self) -> None:
        try:
            said = self.process._control.recv(4096)
        except OSError:
            said = b""
        self._heard += said
        if said and b"\n" not in self._heard:
            return
        self.how = _ended_from(self._heard)
        self.ended = True
        self._drain()
        self._selector.close()

    def _drain(self) -> None:
        """All processes have ended: take what they had still written."""
        os.set_blocking(self.process._text, False)
        until = time.monotonic() + _DRAIN_SECONDS
        while time.monotonic() < until:
            try:
                data = os.read(self.process._text, 1 << 16)
            except BlockingIOError:  # only where the supervisor was killed: somebody still holds the pipe
                time.sleep(0.01)
                continue
            if not data:
                return
            self.listener.feed(data)


def _ended_from(line: bytes) -> dict[str, int] | None:
    try:
        ended: Any = json.loads(line.partition(b"\n")[0])["ended"]
    except (ValueError, KeyError, TypeError):
        return None
    return ended if isinstance(ended, dict) else None


def _variables(interpreter: str, folder: Path) -> dict[str, str]:
    """The environment variables of the script's process."""
    variables = dict(os.environ)
    if interpreter != sys.executable:
        for name in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"):
            variables.pop(name, None)
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


def _tree(pid: int) -> list[Any]:
    import psutil

    try:
        root = psutil.Process(pid)
        return [process for process in (root, *root.children(recursive=True)) if process.is_running()]
    except psutil.Error:
        return []


def _memory_of_tree(pid: int) -> int:
    return sum(_memory_of(process.pid) for process in _tree(pid))


def _memory_of(pid: int) -> int:
    """Anonymous and shared memory, each page divided by the processes that share it; mapped files do not count."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss")}
    if "Pss_Anon" in sizes:
        return sizes["Pss_Anon"] + sizes.get("Pss_Shmem", 0)
    return sizes.get("Pss", 0)


def _sweep(folder: Path) -> None:
    """Kill what still runs of a job whose supervisor was killed, known by the variable that it inherited.

    Again while something is found: what is killed may have started another process meanwhile.
    """
    import psutil

    for _ in range(_MOST_SWEEPS):
        found = [process for process in psutil.process_iter() if _belongs_to(process, folder)]
        if not found:
            return
        for process in found:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(found, timeout=2.0)


def _belongs_to(process: Any, folder: Path) -> bool:
    import psutil

    try:
        inherited = process.environ().get(JOB_FOLDER)
        return bool(inherited == str(folder) and process.pid != os.getpid() and process.status() != "zombie")
    except (psutil.Error, OSError):
        return False
