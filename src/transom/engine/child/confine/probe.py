"""What of confinement this machine can really do: each means is tried, and each policy with what it must keep out.

    PYTHON CHILD_FOLDER --probe FOLDER

FOLDER is an empty folder of the user with `data/` and `outside/` in it; on standard input is {policy: rules} for
`confine`, in which FOLDER/data is hidden, and each job folder is there. Printed is {"means": {name: {"there", "found",
"error", "what"}}, "policies": {policy: {"by", "missing", "could": {attempt: true, false, or null where it could not be
tried}} or {"failed": text}}}. `error` is the name of the kernel's error, `what` the call and its words.

All of it happens in processes that are forked for it: this one stays as it was.
"""

import contextlib
import errno
import json
import os
import signal
import socket
import sys
import time

from . import calls, fork, kernel, landlock, rights, rooms

#: The longest that one trial may take, in seconds.
_SECONDS = 20
_MOST_BYTES = 65536
_PLAIN = kernel.MS_NOSUID | kernel.MS_NODEV
_PR_SET_PDEATHSIG = 1
_KEYCTL = {"x86_64": 250, "aarch64": 219}
#: An address that is set aside for examples: nobody has it. A datagram socket that connects to it sends nothing.
_FAR_AWAY = ("192.0.2.1", 9)


def main(arguments):
    """Try everything and print what came of it; does not return."""
    folder = os.path.realpath(arguments[0])
    policies = json.load(sys.stdin)
    told = {"means": {}, "policies": {}}
    if kernel.IS_LINUX:
        means = _Means(folder)
        for name, trial in means.trials():
            told["means"][name] = _tried(trial)
        for policy, rules in policies.items():
            told["policies"][policy] = _with_baits(folder, rules)
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    os._exit(0)


def _in_a_fork(trial):
    """What `trial` returns, as JSON has it, in a process that is forked for it; {"failed"} where it does not return."""
    told_read, told_write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(told_read)
        signal.alarm(_SECONDS)
        try:
            _adopt()
            said = trial()
        except BaseException as wrong:
            words = getattr(wrong, "strerror", None) or "%s: %s" % (type(wrong).__name__, wrong)
            said = {"failed": words, "errno": getattr(wrong, "errno", None)}
        with contextlib.suppress(OSError):
            os.write(told_write, json.dumps(said).encode())
        os._exit(0)
    os.close(told_write)
    text = _all_of(told_read)
    os.close(told_read)
    os.waitpid(pid, 0)
    try:
        return json.loads(text.decode())
    except ValueError:
        return {"failed": "it ended before it told anything", "errno": None}


def _all_of(descriptor):
    """What comes through a pipe until nobody has its other end."""
    text = b""
    while True:
        part = os.read(descriptor, _MOST_BYTES)
        if not part:
            break
        text += part
    return text


def _adopt():
    """What is forked further down comes to this process, which waits for it."""
    from .. import supervise

    supervise.adopt_orphans()


def _tried(trial):
    said = _in_a_fork(lambda: {"found": trial() or ""})
    if "failed" not in said:
        return {"there": True, "found": said["found"], "error": None, "what": ""}
    return {"there": False, "found": "", "error": errno.errorcode.get(said["errno"]), "what": said["failed"]}


class _Means:
    """The trials of single means; each raises OSError where the machine has it not, and may return what it found."""

    def __init__(self, folder):
        self.folder = folder
        self.room = os.path.join(folder, "outside", "room")
        for name in ("room", "upper", "work"):
            os.mkdir(os.path.join(folder, "outside", name))

    def trials(self):
        """(name, trial), in the order in which they are told."""
        return [
            ("user namespaces", lambda: _unshare(kernel.NEW_USER, needs_users=True)),
            ("mount namespaces", self._mounts),
            ("process namespaces", lambda: _as_first(lambda: None)),
            ("ipc namespaces", lambda: _unshare(kernel.NEW_IPC)),
            ("network namespaces", lambda: _unshare(kernel.NEW_NETWORK)),
            ("a root of its own", self._root),
            ("a /proc of its own", self._proc),
            ("read-only mounts", self._read_only),
            ("overlay for /tmp", self._overlay),
            ("number of processes", self._number_of_processes),
            ("Landlock", self._landlock),
            ("system call filter", _filter),
        ]

    def _mounts(self):
        _unshare(kernel.NEW_MOUNTS)
        self._mount_room()

    def _mount_room(self):
        kernel.mount(None, "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
        kernel.mount("tmpfs", self.room, "tmpfs", _PLAIN, "mode=755,size=1m")

    def _root(self):
        self._mounts()
        kernel.enter_root(self.room)

    def _proc(self):
        _as_first(self._mount_proc)

    def _mount_proc(self):
        self._mount_room()
        kernel.mount("proc", self.room, "proc", _PLAIN | kernel.MS_NOEXEC)

    def _read_only(self):
        self._mounts()
        try:
            kernel.set_attributes(self.room, kernel.ATTR_RDONLY, recursive=True)
            found = "mount_setattr"
        except OSError:
            kernel.mount(None, self.room, None, kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | _PLAIN)
            found = "one by one"
        _must_fail(lambda: os.mkdir(os.path.join(self.room, "new")))
        return found

    def _overlay(self):
        _unshare(kernel.NEW_MOUNTS)
        kernel.mount(None, "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
        places = [os.path.join(self.folder, "outside", name) for name in ("room", "upper", "work")]
        kernel.mount("overlay", self.room, "overlay", _PLAIN, rooms.overlay_options(*places))

    def _number_of_processes(self):
        if kernel.version() < rooms.OWN_MOST_PROCESSES:
            raise OSError(errno.ENOSYS, "all namespaces have one number")

        def lower():
            self._mount_proc()
            with open(os.path.join(self.room, "sys/kernel/pid_max"), "w") as most:
                most.write("1000")

        _as_first(lower)

    def _landlock(self):
        version = landlock.asked_version()
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        landlock.restrict([], [self.room], False)
        _must_fail(lambda: os.listdir(self.folder))
        os.mkdir(os.path.join(self.room, "landlock"))
        return "version %d" % version


def _filter():
    if not calls.can_filter():
        raise OSError(errno.ENOSYS, "for %s" % kernel.machine())
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    calls.restrict(False)
    _must_fail(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM).close())
    socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).close()


def _must_fail(what):
    """Raises OSError where it does not: then the means does not hold."""
    try:
        what()
    except OSError:
        return
    raise OSError(errno.EPROTO, "it is there and does not hold")


def _unshare(flags, needs_users=False):
    """Make these namespaces, in a user namespace, which an administrator does not need."""
    user, group = os.getuid(), os.getgid()
    try:
        kernel.call("unshare", flags | kernel.NEW_USER)
        rights.keep_identity(user, group)
    except OSError:
        if user != 0 or needs_users:
            raise
        kernel.call("unshare", flags)


def _as_first(trial):
    """The trial in the first process of a process namespace."""
    _unshare(kernel.NEW_PROCESSES | kernel.NEW_MOUNTS)

    def first():
        if os.getpid() != 1:
            raise OSError(errno.EPROTO, "it is not the first of its namespace")
        trial()

    said = _in_a_fork(first)
    if said is not None:
        raise OSError(said["errno"] or errno.EPROTO, said["failed"])


class _Baits:
    """What a script must not reach: files, sockets and a process, made anew for each policy."""

    def __init__(self, folder):
        self.folder = folder
        self.secret = os.path.join(folder, "data", "secret")
        self.path = os.path.join(folder, "data", "socket")
        self.abstract = "\0transom-" + os.urandom(8).hex()
        self.shared = "/dev/shm/transom-" + os.urandom(8).hex()
        self.old, self.cut, self.new = [os.path.join(folder, "outside", name) for name in ("old", "cut", "new")]
        self.sockets = {}
        self.port = None
        self.victim = None

    def __enter__(self):
        for path in (self.secret, self.old, self.cut, self.shared):
            with contextlib.suppress(OSError), open(path, "w") as file:
                file.write("as it was")
        os.chmod(self.old, 0o600)
        for name, family, address in (
            ("loopback", socket.AF_INET, ("127.0.0.1", 0)),
            ("hidden", socket.AF_UNIX, self.path),
            ("abstract", socket.AF_UNIX, self.abstract),
        ):
            listening = None
            try:
                listening = socket.socket(family, socket.SOCK_STREAM)
                listening.bind(address)
                listening.listen(5)
                self.sockets[name] = listening
            except OSError:  # there is none here, or the path is too long: that cannot be tried
                if listening is not None:
                    listening.close()
        if "loopback" in self.sockets:
            self.port = self.sockets["loopback"].getsockname()[1]
        self.victim = os.fork()
        if self.victim == 0:
            kernel.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            signal.alarm(3 * _SECONDS)
            while True:
                signal.pause()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            os.kill(self.victim, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.victim, 0)
        for each in self.sockets.values():
            each.close()
        for path in (self.secret, self.path, self.shared, self.old, self.cut, self.new):
            with contextlib.suppress(OSError):
                os.unlink(path)

    def attempts(self):
        """(name, whether it can be tried, what to call) for each attempt of a script."""
        return [
            ("read a hidden file", True, lambda: _read(self.secret)),
            ("make a file outside", True, lambda: _write(self.new)),
            ("change a file outside", True, lambda: os.truncate(self.cut, 0)),
            ("change the mode of a file outside", True, lambda: os.chmod(self.old, 0o644)),
            ("see another process", True, lambda: _read("/proc/%d/stat" % self.victim)),
            ("end another process", True, lambda: os.kill(self.victim, signal.SIGKILL)),
            ("connect out", _can(_reach_out), _reach_out),
            ("connect to this machine", "loopback" in self.sockets, lambda: _connect("127.0.0.1", self.port)),
            ("use a hidden socket", "hidden" in self.sockets, lambda: _connect(self.path)),
            ("use an abstract socket", "abstract" in self.sockets, lambda: _connect(self.abstract)),
            ("see shared memory of others", os.path.exists(self.shared), lambda: _read(self.shared)),
            ("use a call that no script needs", _can(_keyring), _keyring),
        ]

    def harmed(self):
        """What was done to them, seen from outside: what a script wrote may have gone to a copy."""
        time.sleep(0.01)  # a signal takes a moment
        return {
            "make a file outside": os.path.exists(self.new),
            "change a file outside": os.path.getsize(self.cut) == 0,
            "change the mode of a file outside": os.stat(self.old).st_mode & 0o777 == 0o644,
            "end another process": os.waitpid(self.victim, os.WNOHANG)[0] != 0,
        }


def _with_baits(folder, rules):
    """What the policy of these rules does here."""
    with _Baits(folder) as baits:
        said = _in_a_fork(lambda: _under(rules, baits))
        if "failed" not in said:
            said["could"].update(baits.harmed())
        return said


def _under(rules, baits):
    """The report of an enclosure, and what a process in the script's place could do."""
    told_read, told_write = os.pipe()
    attempts = baits.attempts()
    pid, enclosure = fork(dict(rules, required=False))
    if enclosure is not None:
        signal.alarm(_SECONDS)
        with contextlib.suppress(BaseException):
            _be_supervisor(enclosure, attempts, told_write)
        os._exit(0)
    os.close(told_write)
    text = _all_of(told_read)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)
    return json.loads(text.decode())


def _be_supervisor(enclosure, attempts, told):
    said = _in_a_fork(lambda: _be_script(enclosure, attempts))
    if "failed" not in said:
        said = dict(enclosure.report, could=said)
    os.write(told, json.dumps(said).encode())


def _be_script(enclosure, attempts):
    enclosure.close_script()
    return {name: _can(what) if can_be_tried else None for name, can_be_tried, what in attempts}


def _can(what):
    try:
        what()
        return True
    except Exception:
        return False


def _read(path):
    with open(path) as file:
        file.read()


def _write(path):
    with open(path, "w") as file:
        file.write("harm")


def _connect(*address):
    family = socket.AF_INET if len(address) == 2 else socket.AF_UNIX
    with contextlib.closing(socket.socket(family, socket.SOCK_STREAM)) as it:
        it.settimeout(2)
        it.connect(address if len(address) == 2 else address[0])


def _reach_out():
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as it:
        it.connect(_FAR_AWAY)


def _keyring():
    kernel.call("syscall", _KEYCTL[kernel.machine()], 0, -3, 0)
