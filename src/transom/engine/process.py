"""How the process of a job is started, fed, limited and stopped, with every process that it starts in turn."""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import struct
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transom.engine import cgroups, process_tree
from transom.engine.confinement import Grounds, HiddenPlaces
from transom.engine.link import Link
from transom.engine.variables import JOB_FOLDER
from transom.engine.watching import Ended, Interrupts, Listener, StopReason, Watch, object_of
from transom.errors import EnvironmentFailed, PolicyUnenforceable
from transom.model.policies import Enforced
from transom.model.runs import Limits

CHILD = Path(__file__).parent / "child"
#: The socket in the job folder at which the job's processes ask.
LINK = "link"
#: The packages that the child imports to turn tables into frames, by their normalised names.
IMPORTED_AHEAD = frozenset({"numpy", "pandas", "pyarrow", "python-dateutil", "pytz", "six", "tzdata"})

#: How long it may take to hand a job over, and to end a process that has no job, in seconds.
_SECONDS_TO_HAND_OVER = 10.0
_SECONDS_TO_DISCARD = 5.0
#: How long an interpreter may take until it says how it is confined, in seconds.
_SECONDS_TO_CONFINE = 30.0
_MOST_BYTES_OF_A_LINE = 4096


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

    `began_with` are the environment variables that it has, `imported` the packages that it has imported ahead, and
    `grounds` what it may touch. At `link` its processes ask; who hands a job over says there what is answered.
    """

    def __init__(
        self,
        folder: Path,
        ends: Ends,
        began_with: Mapping[str, str],
        imported: frozenset[str],
        grounds: Grounds,
        *,
        popen: subprocess.Popen[bytes] | None = None,
    ) -> None:
        self.folder = folder
        self.grounds = grounds
        self.enforced: Enforced | None = None
        self.hidden: HiddenPlaces | None = None
        #: What says that the place of its folder is in use, as long as this process is held.
        self.place: object = None
        self.imported = imported
        self.link = ends.link
        self.ends = ends
        self._began_with = began_with
        self._popen = popen
        self.supervisor = popen.pid if popen is not None else 0
        self.cgroup: cgroups.Cgroup | None = None
        self._over = False

    def hold(self) -> None:
        """Put its processes into a control group of their own, where this machine lets us. Takes up to 10 ms."""
        self.cgroup = cgroups.holding(process_tree.usage(self.supervisor).pids)

    def go(
        self,
        job: Mapping[str, Any],
        inputs: Mapping[str, Path],
        variables: Mapping[str, str],
        file_size: float | None = None,
    ) -> None:
        """Let the job begin: everything in its folder is ready.

        `job` says what is to be done, see `child/__main__.py`; `inputs` are the files of the connected ports,
        `variables` the environment variables that it shall have, `file_size` the most bytes of a file it makes.
        """
        changed = {name: value for name, value in variables.items() if self._began_with.get(name) != value}
        gone: dict[str, None] = dict.fromkeys(name for name in self._began_with if name not in variables)
        told = {
            "folder": str(self.folder),
            "job": job,
            "inputs": {port: position for position, port in enumerate(inputs)},
            "variables": changed | gone,
            "file_size": None if file_size is None else int(file_size),
        }
        said = json.dumps(told).encode()
        with contextlib.ExitStack() as opened:
            descriptors = [opened.enter_context(path.open("rb")).fileno() for path in inputs.values()]
            with contextlib.suppress(OSError):  # it died before: watch() will find out
                self.ends.go.settimeout(_SECONDS_TO_HAND_OVER)
                socket.send_fds(self.ends.go, [struct.pack(">Q", len(said))], descriptors)
                self.ends.go.sendall(said)
        self.ends.go.close()

    def why_it_does_not_wait(self, seconds: float) -> str | None:
        """None once it waits for its job; asked once, of a fork of a warm process, which has so many seconds for it."""
        if not _readable([self.ends.go], seconds):
            return f"its spare process was not ready after {seconds:g} s"
        with contextlib.suppress(OSError):
            if self.ends.go.recv(1):
                self._hear_how_it_is_confined()
        if self.enforced is None:
            return f"its spare process ended {self._last_words()}".rstrip()
        return None

    def confirm(self) -> Enforced | None:
        """What enforces its policy; None where it has died before it said so.

        Raises PolicyUnenforceable where it was asked for, and this machine cannot enforce it whole: then it has ended.
        """
        if self.enforced is None and _readable([self.ends.control], _SECONDS_TO_CONFINE):
            with contextlib.suppress(OSError):
                self._hear_how_it_is_confined()
        return self.enforced

    def _hear_how_it_is_confined(self) -> None:
        """Take the first line of its supervisor, and no more: the next ones are for who watches."""
        line = self.ends.control.recv(_MOST_BYTES_OF_A_LINE, socket.MSG_PEEK).partition(b"\n")[0]
        told = object_of(self.ends.control.recv(len(line) + 1))
        asked = self.grounds.confinement
        if "impossible" in told:
            raise PolicyUnenforceable(policy=asked.policy, missing=told["impossible"])
        confined = told.get("confined")
        if isinstance(confined, dict):
            self.supervisor = told["supervisor"]
            self.enforced = Enforced(asked.policy, asked.network, tuple(confined["by"]), tuple(confined["missing"]))

    def _last_words(self) -> str:
        """The last line that it wrote, in brackets; empty where it wrote nothing."""
        os.set_blocking(self.ends.text, False)
        with contextlib.suppress(OSError):
            lines = os.read(self.ends.text, 1 << 16).decode("utf-8", "replace").split("\n")
            return next((f"({line.strip()})" for line in reversed(lines) if line.strip()), "")
        return ""

    def lives(self) -> bool:
        """Whether it still waits for its job: all that it would say before is that it ends."""
        return not _readable([self.ends.control, self.ends.go], 0.0)

    def sees_what_it_should_not(self) -> bool:
        """Whether a hidden place has changed since it was confined; asked of one that has waited."""
        return self.hidden is not None and not self.hidden.are_as_before()

    def discard(self) -> None:
        """End it, whatever it does; a second call does nothing."""
        if self._over:
            return
        self.ends.go.close()
        self.say(b"kill\n")
        _until_closed(self.ends.control)
        if self._popen is not None:
            self._popen.wait()
        self._close()

    def watch(self, listener: Listener, limits: Limits, stop_seconds: float) -> Ended:
        """Pass its text on until it has ended, stop it where limits or the listener ask for it; blocks.

        Its questions are taken meanwhile. Asked to stop, it has `stop_seconds` until it is killed. Ctrl-C here asks
        it to stop, a second one kills it. When this returns, no process of the job is left.
        """
        watch = Watch(self, listener, limits, stop_seconds)
        with Interrupts() as interrupts:
            while not watch.ended:
                watch.step()
                if interrupts.taken():
                    watch.stop(StopReason.CANCELLED)
        code = None if self._popen is None else self._popen.wait()
        pipe = os.fstat(self.ends.text).st_ino
        if watch.how is None:  # the supervisor was killed: its end is all that is known
            process_tree.sweep((JOB_FOLDER, str(self.folder)), pipe)
        peak = watch.peak_memory  # the control group is asked, which goes now
        self._close()
        if watch.how is None:
            return Ended(signal=max(-(code or 0), 0) or 9, stopped=watch.reason, peak_memory=peak)
        return Ended(watch.how.get("exit_code"), watch.how.get("signal"), watch.reason, peak)

    def say(self, what: bytes) -> None:
        """Tell the supervisor something: `stop` or `kill`, with the end of the line."""
        with contextlib.suppress(OSError):
            self.ends.control.sendall(what)

    def _close(self) -> None:
        self._over = True
        self.ends.close()
        if self.cgroup is not None:
            self.cgroup.remove()


def start(
    interpreter: str, folder: Path, grounds: Grounds, *, terminal: int | None = None, late: bool = False
) -> Process:
    """Start an interpreter for the one job of a folder. `terminal` is a descriptor that a debugger may use.

    `grounds` are what the job may touch. `late` lets it import pandas only when the job has come, for a job that may
    bring another one.

    Raises EnvironmentFailed where the interpreter cannot be executed.
    """
    folder = folder.resolve()
    ends, (text, control, go) = Ends.made(folder)
    variables = grounds.variables(interpreter, folder)
    told = [str(folder), str(control), str(go), json.dumps(grounds.rules(folder)), *(["late"] if late else [])]
    try:
        popen = subprocess.Popen(
            [interpreter, str(CHILD), *told],
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
    process = Process(folder, ends, variables, frozenset() if late else IMPORTED_AHEAD, grounds, popen=popen)
    process.hold()
    return process


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
