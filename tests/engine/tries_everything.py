"""Runs a script that tries what a policy keeps from it, and prints what it could do and how that ended, as JSON.

`PYTHON tries_everything.py FOLDER POLICY:named|default:cold|warm[:writes] ...`: FOLDER is an empty folder of the user; one
line is printed for each. The script may read a project in which a workspace lies, and with `writes` write there.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from tests.engine.running import Worker

from transom.engine.confinement import Grounds, Premises
from transom.engine.warm import Spares
from transom.engine.warm_process import Origin
from transom.errors import TransomError
from transom.model.policies import Confinement, Policy
from transom.model.runs import Limits

SCRIPT = """
import contextlib, ctypes, json, multiprocessing, os, signal, socket, sys

def can(what, *arguments):
    try:
        what(*arguments)
        return True
    except Exception:
        return False

def read(path):
    with open(path) as file:
        file.read()

def write(path):
    with open(path, "w") as file:
        file.write("harm")

def connect(family, address, kind=socket.SOCK_STREAM):
    with socket.socket(family, kind) as it:
        it.connect(address)

def keyring():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(219 if os.uname().machine == "aarch64" else 250, 0, -3, 0) == -1:
        raise OSError(ctypes.get_errno(), "keyctl")

def write_input():
    for name in os.listdir("/proc/self/fd"):
        descriptor = int(name)
        with contextlib.suppress(OSError):
            if os.fstat(descriptor).st_ino == at["input"]:
                os.fchmod(descriptor, 0o644)
                os.pwrite(os.open("/proc/self/fd/" + name, os.O_RDWR), b"harm", 0)
                return
    raise OSError("there is none")

def change_mode_of_input():
    for name in os.listdir("/proc/self/fd"):
        if os.fstat(int(name)).st_ino == at["input"]:
            os.fchmod(int(name), 0)
            return
    raise OSError("there is none")

def azureml_main(a=None, b=None):
    global at
    open("tried", "w").close()
    at = json.loads({at!r})
    print(json.dumps({{
        "read a hidden file": can(read, at["secret"]),
        "read the workspace of a project that it may read": can(read, at["workspace"]),
        "list the workspace of a project that it may read": can(os.listdir, os.path.dirname(at["workspace"])),
        "change the workspace of a project": can(write, at["workspace"]),
        "read another file": can(read, at["old"]),
        "read what another process was told": can(read, "/proc/%d/environ" % at["pid"]),
        "see another process": can(read, "/proc/%d/stat" % at["pid"]),
        "see what others share": can(read, at["shared"]),
        "use the loopback": can(connect, socket.AF_INET, ("127.0.0.1", at["port"])),
        "send to the loopback": can(connect, socket.AF_INET, ("127.0.0.1", at["port"]), socket.SOCK_DGRAM),
        "use a socket in a hidden place": can(connect, socket.AF_UNIX, at["socket"]),
        "use an abstract socket": can(connect, socket.AF_UNIX, at["abstract"]),
        "use the keyring": can(keyring),
        "write to its input": can(write_input),
        "change the mode of its input": can(change_mode_of_input),
        "change the mode of its standard input": can(lambda: os.fchmod(0, os.fstat(0).st_mode & 0o777)),
        "read what it is allowed to": can(read, at["readable"]) and can(read, at["beside"]),
        "change what it may only read": can(write, at["readable"]),
        "change packages of others": can(write, at["packages"]),
        "make a file": can(write, at["new"]),
        "change a file": can(write, at["old"]),
        "cut a file": can(os.truncate, at["cut"], 0),
        "change the mode of a file": can(os.chmod, at["old"], 0o777),
        "kill a process": can(os.kill, at["pid"], signal.SIGKILL),
        "write a file of its own": can(write, "mine"),
        "use several processes": can(lambda: multiprocessing.Pool(2).map(abs, [1, -2])),
    }}))
"""


@dataclass(frozen=True)
class Bait:
    """What the script is after: `at` tells it where."""

    data: Path
    outside: Path
    victim: subprocess.Popen[bytes]
    at: dict[str, Any]

    def harmed(self) -> dict[str, bool]:
        """What it did to it, whatever it was told itself: a write may have gone to a copy."""
        old, cut = self.outside / "old", self.outside / "cut"
        return {
            "change what it may only read": Path(self.at["readable"]).read_text() != "as it was",
            "change packages of others": Path(self.at["packages"]).read_text() != "as it was",
            "change the workspace of a project": Path(self.at["workspace"]).read_text() != "as it was",
            "make a file": (self.outside / "new").exists(),
            "change a file": old.read_text() != "as it was",
            "cut a file": cut.read_text() != "as it was",
            "change the mode of a file": stat.S_IMODE(old.stat().st_mode) == 0o777,
            "kill a process": self.victim.poll() is not None,
        }


@contextlib.contextmanager
def bait(folder: Path) -> Iterator[Bait]:
    data, outside, shared = folder / "data", folder / "outside", Path("/dev/shm", secrets.token_hex(8))
    readable, packages = folder / "readable" / "file", data / "packages" / "file"
    project = folder / "project"
    workspace, beside = project / ".transom" / "workspace.db", project / "table.csv"
    for each in (data, outside, data / "packages", readable.parent, workspace.parent):
        each.mkdir(parents=True)
    (data / "secret").write_text("secret")
    for path in (outside / "old", outside / "cut", shared, readable, packages, workspace, beside):
        path.write_text("as it was")
    abstract = "\0" + secrets.token_hex(8)
    with contextlib.ExitStack() as stack:
        stack.callback(shared.unlink)
        victim = stack.enter_context(subprocess.Popen(["/bin/sleep", "1000"]))
        stack.callback(victim.kill)
        places = [
            (socket.AF_INET, ("127.0.0.1", 0)),
            (socket.AF_UNIX, str(data / "socket")),
            (socket.AF_UNIX, abstract),
        ]
        listening = [stack.enter_context(socket.socket(family)) for family, _ in places]
        for each, (_, place) in zip(listening, places, strict=True):
            each.bind(place)
            each.listen()
        at = {name: str(outside / name) for name in ("old", "cut", "new")}
        at |= {name: str(data / name) for name in ("secret", "socket")}
        at |= {"readable": str(readable), "packages": str(packages)}
        at |= {"workspace": str(workspace), "beside": str(beside)}
        port = listening[0].getsockname()[1]
        yield Bait(
            data, outside, victim, at | {"shared": str(shared), "abstract": abstract, "pid": victim.pid, "port": port}
        )


def a_table(path: Path) -> Path:
    """A step file."""
    table = pa.table({"number": list(range(1000))})
    with pa.ipc.new_file(path, table.schema) as file:
        file.write_table(table)
    return path


def tried(folder: Path, policy: Policy, start: str, *, named: bool, writes: bool) -> dict[str, Any]:
    """What the script could do, and how it ended."""
    with bait(folder) as here:
        readable, project = str(folder / "readable"), str(folder / "project")
        may_write = (project,) if writes else ()
        confinement = Confinement(
            policy, policy.network, allow_read=(readable, project), allow_write=may_write, named=named
        )
        premises = Premises(here.data, (here.data / "packages",), (folder / "project" / ".transom",))
        grounds = Grounds(confinement, Limits(), premises)
        spares = Spares(Origin(sys.executable), here.data / "warm", grounds) if start == "warm" else None
        worker = Worker(here.data, sys.executable, grounds=grounds, spares=spares, may_be_cold=named)
        table = a_table(folder / "table.arrow")
        stored = worker.blobs.path(worker.blobs.put_bytes(table.read_bytes()))
        script = SCRIPT.format(at=json.dumps(here.at | {"input": stored.stat().st_ino}))
        try:
            done = worker.run(script, {"dataset1": table})
        except TransomError as wrong:
            ran = [str(each) for each in here.data.rglob("tried")]
            return {"raised": wrong.code, "message": wrong.message, "ran": ran, "harmed": here.harmed()}
        finally:
            if spares is not None:
                spares.close()
        assert done.outcome.status == "succeeded", (done.outcome.failure, done.log)
        assert done.outcome.confinement is not None
        could = json.loads(done.log.splitlines()[-1]) | here.harmed()
        enforced = done.outcome.confinement
        return {"could": could, "by": enforced.by, "missing": enforced.missing}


def main(folder: Path, asked: list[str]) -> None:
    """Print what came of each."""
    tempfile.tempdir = str(folder)
    for number, each in enumerate(asked):
        policy, how, start, *more = each.split(":")
        told = tried(folder / str(number), Policy(policy), start, named=how == "named", writes=bool(more))
        print(json.dumps({"asked": each} | told), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
