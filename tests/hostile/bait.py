"""What the hostile scripts are after: files, processes and sockets with secrets in them, all made by the test."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import json
import os
import pty
import re
import secrets
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import termios
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transom.engine.packages import Packages

HERE = Path(__file__).resolve().parent

#: Of a home folder: what is planted there, by the name under which scripts know it.
_CREDENTIALS = {
    "ssh_key": (".ssh/id_ed25519",),
    "authorized_keys": (".ssh/authorized_keys",),
    "cloud_credentials": (
        ".aws/credentials",
        ".azure/msal_token_cache.json",
        ".config/gcloud/credentials.db",
        ".kube/config",
    ),
    "passwords": (".netrc", ".git-credentials", ".pgpass", ".docker/config.json"),
    "index_tokens": (".pypirc", ".npmrc", ".cargo/credentials.toml", ".config/pip/pip.conf"),
    "keyrings": (
        ".gnupg/private-keys-v1.d/key",
        ".local/share/keyrings/login.keyring",
        ".mozilla/firefox/x/logins.json",
        ".password-store/bank.gpg",
    ),
    "histories": (".bash_history", ".python_history"),
    "document": ("documents/salaries.txt",),
    "shell_start": (".bashrc",),
}
#: These are one path, not a list of them.
_SINGLE = ("ssh_key", "authorized_keys", "document", "shell_start")


@dataclass(frozen=True)
class Snapshot:
    """What a file or folder is: any change of it is a harm."""

    kind: int
    owner: tuple[int, int]
    size: int
    changed: int
    attributes: tuple[str, ...]
    content: str


class Bait:
    """All of it, below a folder; `told` is what the scripts are told of it. Close it at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mark = f"mark{secrets.token_hex(4)}"
        self.home = folder / "home"
        self.data = folder / "data"
        self.project = folder / "project"
        self.workspace = self.project / ".transom"
        self.outside = folder / "outside"
        self.told: dict[str, Any] = {"mark": self.mark}
        self._files: dict[Path, bytes] = {}
        self._links: dict[Path, str] = {}
        self._closing = contextlib.ExitStack()
        self.signals = 0
        self._plan_files()
        self.plant()
        self._start_neighbour()
        self._be_the_host()
        self._listen_in_tmp()
        self._open_terminal()
        self.before = dict(self.snapshots())

    def secret(self, what: str) -> str:
        """A new secret, which says what it is the secret of."""
        return f"{self.mark}-{what}-{secrets.token_hex(6)}"

    def leaks_in(self, content: bytes) -> set[str]:
        """The secrets in something that a job left or printed."""
        found = re.findall(self.mark.encode() + rb"-[a-z]+-[0-9a-f]{12}", content)
        return {each.decode() for each in found}

    # -- files -----------------------------------------------------------------------------------------------------

    def _plan_files(self) -> None:
        for name, places in _CREDENTIALS.items():
            paths = [self.home / place for place in places]
            for path in paths:
                self._file(path, name.replace("_", ""))
            self.told[name] = str(paths[0]) if name in _SINGLE else [str(path) for path in paths]
        self.told["made_later"] = str(self.home / ".databrickscfg")
        self.told["written_anew"] = str(self.home / ".pgpass")
        self.told["replaced"] = str(self.home / ".netrc")
        self.told["credential_folders"] = [str(self.home / name) for name in (".ssh", ".aws", ".gnupg", ".azure")]
        self._file(self.home / ".cache/matplotlib/fontlist.json", "cache")
        told = self.told
        told["key_of_secrets"] = str(self._file(self.home / ".config/transom/secret.key", "keyofsecrets"))
        self._plan_data()
        self._plan_workspace()
        self._plan_outside()
        self.told.update(home=str(self.home), data_folder=str(self.data), host_folder=str(self.folder))

    def _plan_data(self) -> None:
        data, told = self.data, self.told
        told["package_file"] = str(self._file(data / "packages/sets/other/module.py", "package"))
        told["kept_wheel"] = str(self._file(data / "packages/wheels" / ("0" * 64) / "x.whl", "wheel"))
        told["packages"] = str(data / "packages")
        told["fonts"] = str(self._file(data / "fonts/fontlist.json", "fonts"))

    def _plan_workspace(self) -> None:
        """A project's own workspace: it lies beside its scripts and tables."""
        here, told = self.workspace, self.told
        told.update(project=str(self.project), workspace=str(here), given=str(here / "given"))
        self._files[self.project / "table.csv"] = b"x\n1\n"
        told["runs"] = str(here / "runs")
        told["other_job_file"] = str(self._file(here / "runs/other/work/secret.txt", "otherjob"))
        self._file(here / "runs/other/outcome.json", "outcome")
        self._file(here / "runs/older/result_dataset.arrow", "olderjob")
        told["database"] = str(here / "workspace.db")
        self._files[here / "workspace.db"] = _database(here / "planned.db", self.secret("database"))
        digest = hashlib.blake2b(b"another run").hexdigest()[:64]
        told["blob"] = str(self._file(here / "blobs" / digest[:2] / digest[2:], "blob"))
        told["blob_digest"] = digest
        told["secrets"] = str(self._file(here / "secrets.json", "secrets"))
        locks = self._file(self.data / "packages/locks/other", "lock")
        told["locks"] = [str(locks), told["database"]]
        told["trees_to_remove"] = [
            str(self.home / "documents"),
            str(here / "runs/older"),
            str(self.outside / "canary"),
        ]

    def _plan_outside(self) -> None:
        outside, told = self.outside, self.told
        told["canary"] = str(self._file(outside / "canary/canary.txt", "canary"))
        told["canary_folder"] = str(outside / "canary")
        self._file(outside / "beside.txt", "beside")
        told["allowed_to_read"] = str(outside / "to_read")
        self._files[outside / "to_read/data.txt"] = b"what may be read\n"
        self._links[outside / "to_read/link_to_beside.txt"] = "../beside.txt"
        told["allowed_to_write"] = str(outside / "to_write")
        self._files[outside / "to_write/data.txt"] = b"what may be written\n"
        self._links[outside / "to_write/link_to_canary"] = "../canary/canary.txt"
        foreign = outside / "foreign"
        told["foreign_outputs"] = str(foreign / "outputs")
        told["foreign_job"] = str(foreign)
        self._file(foreign / "outputs/files/picture.png", "foreignupload")
        self._file(foreign / "work/secret.png", "foreignwork")
        for name in ("script/x.py", "inputs/x", "link"):
            self._file(foreign / name, "foreignjob")
        told["foreign_table"] = str(foreign / "outputs/result_dataset.arrow")
        for name in ("result_dataset", "result_dataset2"):
            self._files[foreign / f"outputs/{name}.arrow"] = _table(self.secret("table"))
        told["foreign_outcome"] = str(foreign / "outcome.json")
        shapes = {port: {"rows": 1, "columns": [], "index": []} for port in ("result_dataset", "result_dataset2")}
        said = {"status": "succeeded", "warnings": [self.secret("foreignoutcome")], "seconds": {}, "results": shapes}
        self._files[foreign / "outcome.json"] = json.dumps(said).encode()
        told["foreign_metrics"] = str(foreign / "metrics.jsonl")
        metric = {"kind": "log", "name": "stolen", "value": self.secret("metric")}
        self._files[foreign / "metrics.jsonl"] = json.dumps(metric).encode() + b"\n"
        told["foreign_fault"] = str(foreign / "fault.txt")
        fault = f'Fatal Python error: {self.secret("fault")}\n\nCurrent thread 0x1 (most recent call first):\n  File "script.py", line 3 in {self.secret("fault")}\n'
        self._files[foreign / "fault.txt"] = fault.encode()
        told["foreign_wheel"] = str(foreign / "hostile-1.0-py3-none-any.whl")
        self._files[Path(told["foreign_wheel"])] = wheel("hostile", "HARMLESS = True\n")
        told["secret_wheel"] = str(foreign / "secret/hostile-1.0-py3-none-any.whl")
        self._files[Path(told["secret_wheel"])] = wheel("hostile_secret", f"SECRET = {self.secret('wheel')!r}\n")
        (outside / "run").mkdir(parents=True, exist_ok=True)

    def _file(self, path: Path, what: str) -> Path:
        self._files[path] = f"{self.secret(what)}\n".encode()
        return path

    @property
    def _trees(self) -> tuple[Path, ...]:
        """What a job must not change."""
        data = [self.data / name for name in ("packages/sets/other", "packages/locks/other", "fonts")]
        runs = [self.workspace / name for name in ("runs/other", "runs/older")]
        others = [Path(self.told[name]) for name in ("database", "blob", "secrets")]
        return (self.home, self.outside, self.project / "table.csv", *data, *runs, *others, *self._tmp())

    def _tmp(self) -> list[Path]:
        return [Path(self.told["tmp_folder"])] if "tmp_folder" in self.told else []

    def plant(self) -> None:
        """Make all files as they were planned; what is there beside them goes."""
        for tree in self._trees:
            if tree.is_dir():
                for path in list(tree.iterdir()):
                    if path != self.outside / "run":
                        _remove(path)
            elif os.path.lexists(tree):
                _remove(tree)
        Packages(self.data / "packages").make_ready()
        for path, content in self._files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            path.chmod(0o600)
        for path, target in self._links.items():
            path.symlink_to(target)
        handle = _handle(self.told["ssh_key"])
        if handle is not None:
            self.told["ssh_key_handle"] = handle

    def snapshots(self) -> Iterator[tuple[str, Snapshot]]:
        """Every file and folder that a job must not change, as it is now."""
        for tree in self._trees:
            if not tree.is_dir():
                yield from _snapshot(str(tree))
                continue
            for place, folders, names in os.walk(tree):
                folders[:] = [name for name in folders if not self._is_free(os.path.join(place, name))]
                for name in (".", *folders, *names):
                    path = os.path.normpath(os.path.join(place, name))
                    if not self._is_free(path):
                        yield from _snapshot(path)

    def changed_files(self) -> list[str]:
        """What was changed since it was planted; then all is planted again."""
        now = dict(self.snapshots())
        wrong = [f"{path} is gone" for path in self.before if path not in now]
        wrong += [f"{path} is new" for path in now if path not in self.before]
        wrong += [f"{path} was changed" for path, is_now in now.items() if self.before.get(path, is_now) != is_now]
        if wrong:
            self.plant()
            self.before = dict(self.snapshots())
        return wrong

    def _is_free(self, path: str) -> bool:
        """Whether it lies where the host itself writes, or where one job may."""
        return path.startswith((str(self.home / ".cache" / "uv"), self.told["allowed_to_write"] + os.sep))

    # -- processes -------------------------------------------------------------------------------------------------

    def _start_neighbour(self) -> None:
        name = f"hb-{secrets.token_hex(5)}"
        self.told.update(process_name=name, left_process=f"hl-{secrets.token_hex(5)}")
        self.told["left_name"] = f"hostile-left-{secrets.token_hex(5)}"
        command = [
            sys.executable,
            str(HERE / "neighbour.py"),
            self.secret("neighbour"),
            str(self.outside / "run"),
            name,
        ]
        self.neighbour = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PATH": os.defpath, "PASSWORD": self.secret("variable")},
        )
        assert self.neighbour.stdout is not None
        self.told.update(json.loads(self.neighbour.stdout.readline()))
        self._closing.callback(self._end_neighbour)

    def _end_neighbour(self) -> None:
        assert self.neighbour.stdin is not None
        self.neighbour.stdin.close()
        self.neighbour.wait(10)

    def _be_the_host(self) -> None:
        secret = self.secret("host").encode()
        self._memory = ctypes.create_string_buffer(secret)
        self.told.update(host_pid=os.getpid(), host_address=ctypes.addressof(self._memory), host_length=len(secret))
        signal.signal(signal.SIGUSR1, self._count)
        signal.signal(signal.SIGIO, self._count)

    def _count(self, *_: object) -> None:
        self.signals += 1

    def _listen_in_tmp(self) -> None:
        folder = tmp_folder(self.folder)
        folder.mkdir()
        self._closing.callback(shutil.rmtree, folder, ignore_errors=True)
        self.told.update(tmp_folder=str(folder), tmp_file=str(self._file(folder / "file.txt", "tmp")))
        self.plant()
        fifo = Path(f"{folder}.fifo")
        os.mkfifo(fifo)
        self._fifo = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
        self._closing.callback(fifo.unlink)
        self.told["fifo"] = str(fifo)
        self.told["own_address"] = _own_address()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.told["port_to_listen_at"] = free.getsockname()[1]
        self.told["name_to_listen_at"] = f"listen-{secrets.token_hex(5)}"

    def _open_terminal(self) -> None:
        self._master, self._slave = pty.openpty()
        os.set_blocking(self._master, False)
        self.told["terminal"] = os.ttyname(self._slave)
        attributes = termios.tcgetattr(self._slave)
        attributes[3] &= ~termios.ECHO
        termios.tcsetattr(self._slave, termios.TCSANOW, attributes)
        os.write(self._master, f"{self.secret('typed')}\n".encode() * 20)

    def was_reached(self) -> list[str]:
        """By which ways something of a job came here since it was last asked."""
        found = [f"the host got {self.signals} signals"] if self.signals else []
        self.signals = 0
        if self.neighbour.poll() is not None:
            found.append("the neighbour was ended")
            self._start_neighbour()
        for what, descriptor in (("the terminal", self._master), ("the pipe in /tmp", self._fifo)):
            with contextlib.suppress(BlockingIOError):
                if os.read(descriptor, 65536):
                    found.append(f"something was written to {what}")
        return found

    def close(self) -> None:
        """End the processes, and remove what does not lie in the folder."""
        self._closing.close()


def tmp_folder(folder: Path) -> Path:
    """What the bait in `folder` has in the machine's /tmp; beside it lies a pipe of that name with `.fifo`."""
    return Path(f"/tmp/{folder.name}-bait")


def wheel(module: str, text: str) -> bytes:
    """A wheel of the distribution `hostile` with one module."""
    import io

    content = io.BytesIO()
    files = {
        f"{module}.py": text,
        "hostile-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: hostile\nVersion: 1.0\n",
        "hostile-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in (*files, "hostile-1.0.dist-info/RECORD"))
    with zipfile.ZipFile(content, "w") as archive:
        for name, said in {**files, "hostile-1.0.dist-info/RECORD": record}.items():
            archive.writestr(zipfile.ZipInfo(name), said)
    return content.getvalue()


def _table(secret: str) -> bytes:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    table = pa.table({"x": [secret]})
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _database(path: Path, secret: str) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE secrets (name TEXT, value TEXT)")
        database.execute("INSERT INTO secrets VALUES ('storage key', ?)", (secret,))
        database.commit()
    content = path.read_bytes()
    path.unlink()
    return content


def _handle(path: str) -> tuple[int, int] | None:
    """The inode of a file and its generation; None where the file system does not tell."""
    libc = ctypes.CDLL(None, use_errno=True)
    content = ctypes.create_string_buffer(struct.pack("<Ii", 128, 0) + bytes(128))
    if libc.name_to_handle_at(-100, path.encode(), content, ctypes.byref(ctypes.c_int()), 0):
        return None
    return struct.unpack("<II", content.raw[8:16])


def _snapshot(path: str) -> Iterator[tuple[str, Snapshot]]:
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return
    is_file = os.path.isfile(path) and not os.path.islink(path)
    is_folder = os.path.isdir(path) and not os.path.islink(path)
    content = ""
    if is_file:
        with open(path, "rb") as stream:
            content = hashlib.blake2b(stream.read()).hexdigest()
    attributes: tuple[str, ...] = ()
    with contextlib.suppress(OSError):
        attributes = tuple(os.listxattr(path, follow_symlinks=False))
    flags = (f"flags {_flags(path)}",) if is_file else ()
    # A folder's time changes with the sockets and links that come and go in it for a moment.
    changed = 0 if is_folder else found.st_mtime_ns
    owner = (found.st_uid, found.st_gid)
    yield (
        path,
        Snapshot(found.st_mode, owner, 0 if is_folder else found.st_size, changed, (*attributes, *flags), content),
    )


def _flags(path: str) -> int:
    import array
    import fcntl

    flags = array.array("L", [0])
    with open(path, "rb") as stream, contextlib.suppress(OSError):
        fcntl.ioctl(stream, 0x80086601, flags)
    return flags[0] & ~0x80000  # extents, which an empty file has not


def _own_address() -> str:
    """An address of this machine that is not the loopback's; empty where there is none."""
    import psutil

    for addresses in psutil.net_if_addrs().values():
        for each in addresses:
            if each.family == socket.AF_INET and not each.address.startswith("127."):
                return str(each.address)
    return ""


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        for place, folders, _ in os.walk(path):
            for name in folders:
                with contextlib.suppress(OSError):
                    os.chmod(os.path.join(place, name), 0o700, follow_symlinks=True)
        shutil.rmtree(path)
    else:
        path.unlink()
