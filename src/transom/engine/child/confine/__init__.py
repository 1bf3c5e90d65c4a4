"""How a job's processes are confined, step by step, and what of it this machine could do.

The rules, a dict: {"policy": "guarded"|"confined"|"strict" (for "open" there is only `rights.limit`), "network":
"none"|"packages"|"open", "required": whether a job must not begin where something cannot be enforced, "job": its
folder, without links in its path, "reads", "writes", "hidden": [absolute paths], "processes", "own_processes": most
processes of the job and of its user, or null, "shared_bytes": the size of /dev/shm, or null, "groups": files of the
control groups that what `fork` makes is to be in, as far as it may}.

The order: a first process makes the namespaces and forks; what it forks is the first of its process namespace,
furnishes the mounts, and becomes the supervisor of the job. The script's process, forked from that, takes Landlock,
gives up its capabilities, and takes the filter of calls, in this order: after Landlock nothing can be mounted, after
the filter nothing of this can be done.
"""

import json
import os

from . import calls, kernel, landlock, places, rights, rooms

#: What is promised, in the order in which it is told.
FILES, MODES, PROCESSES, NAMES = "files", "modes of files", "processes", "names of processes"
NETWORK, SOCKETS, SHARED, CALLS = "network", "sockets", "shared memory", "system calls"
_ALL = "namespaces"
_WITHOUT_PROCESSES = "namespaces but the processes'"
_NONE = "no namespaces"
_LADDER = [_ALL, _WITHOUT_PROCESSES, _NONE]
_MOST_BYTES = 65536


class Impossible(Exception):
    """Something that is required cannot be enforced here; its text names what, separated by commas."""


class Enclosure:
    """What was made around the process that is to be a job's supervisor, and what its script's process still does."""

    def __init__(self, rules, level=_NONE, room=None, own_users=True):
        self.rules = rules
        self.own_users = own_users
        self.process = os.getpid()
        self.level = level
        self.room = room
        self.landlock = 0 if rules["policy"] == "open" else landlock.version()
        self.filters = rules["policy"] != "open" and calls.can_filter()

    @property
    def report(self):
        """{"by": [what enforces the policy], "missing": [what nothing enforces]}."""
        if self.rules["policy"] == "open":
            return {"by": [], "missing": []}
        by = []
        if self.room is not None:
            by += ["user namespace"] if self.own_users else []
            by += ["mount namespace", "ipc namespace"]
            by += ["process namespace"] if self.level == _ALL else []
            by += ["network namespace"] if self.rules["network"] != "open" else []
        by += ["Landlock %d" % self.landlock] if self.landlock else []
        by += ["system call filter"] if self.filters else []
        by += ["no new privileges"] if kernel.IS_LINUX else []
        return {"by": by, "missing": self._missing()}

    def _missing(self):
        mounts = self.room is not None
        own_processes = mounts and self.level == _ALL
        scoped = self.landlock >= landlock.HOLDS_SIGNALS
        open_network = self.rules["network"] == "open"
        held = {
            FILES: self._landlock_holds_writes() or (mounts and self.room.is_read_only),
            MODES: mounts and self.room.is_read_only,
            PROCESSES: own_processes or scoped,
            NAMES: own_processes,
            NETWORK: open_network or mounts or self.filters,
            SOCKETS: mounts and (scoped or not open_network),  # abstract ones belong to the network
            SHARED: mounts,
            CALLS: self.filters,
        }
        return [promise for promise, is_held in held.items() if not is_held]

    def _landlock_holds_writes(self):
        """Whether it does: what it allows it allows for all below, so what is hidden in there needs a cover."""
        hidden, writes = self.rules["hidden"], self.rules["writes"]
        return self.landlock >= landlock.HOLDS_WRITES and (
            self.room is not None or not places.has_some_below(hidden, writes)
        )

    def close_script(self):
        """Called once in the script's process, before anything of the script. Raises OSError where it fails."""
        rights.limit(self.rules)
        if self.rules["policy"] == "open" or not kernel.IS_LINUX:
            return
        network = self.rules["network"] == "open"
        reads, writes = self._readable(), self._writable()
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        if self.landlock:
            landlock.restrict(reads, writes, network)
        rights.drop()
        if self.filters:
            calls.restrict(network, sees_others=NAMES in self._missing())

    def close_supervisor(self):
        """Called once in the supervisor, when it has forked: it needs no privilege, and nobody may look into it."""
        if self.rules["policy"] == "open" or not kernel.IS_LINUX:
            return
        rights.drop()
        rights.hide_memory()

    @property
    def allowed(self):
        """What of the rules is really enforced, as `refusals.watch` takes it; None where nothing is."""
        if self.rules["policy"] == "open":
            return None
        found = self.room.found if self.room is not None else places.of(self.rules)[0]
        missing = self._missing()
        shown = [each for each in found.values() if each.kind == places.READ]
        shown += [each for each in found.values() if each.kind == places.PRIVATE and each.path != "/"]
        return {
            "network": "open" if NETWORK in missing else self.rules["network"],
            "reads": [each.path for each in shown] if self.room is not None else self._readable(),
            "hidden": [each.path for each in found.values() if each.kind == places.HIDDEN],
            "writes": ["/"] if FILES in missing else self._writable(),
        }

    def _writable(self):
        if self.room is not None:
            return self.room.writable + places.devices()
        return self.rules["writes"] + [self.rules["job"], places.SHARED] + places.devices()

    def _readable(self):
        """None where the mounts show no more than may be read."""
        if self.room is not None:
            return None
        found, _ = places.of(self.rules)
        reads = [each.path for each in found.values() if each.kind == places.READ and each.path != "/"]
        if self.rules["policy"] == "guarded":
            outside = ["/dev", "/run", *self.rules["hidden"]]
            return places.all_but(outside, reads) + places.devices()
        hidden = [each.path for each in found.values() if each.kind == places.HIDDEN]
        return places.without(hidden, reads) + places.devices() + ["/proc"]


def fork(rules):
    """Fork a process in an enclosure: (0, the enclosure) there, (its process id, None) here.

    What a machine does not give once is not tried again. Raises Impossible where something is required and cannot be
    had, OSError where there is no process to be had.
    """
    if rules["policy"] == "open":
        pid = os.fork()
        if not pid:
            _join(rules)
        return pid, None if pid else Enclosure(rules, _NONE)
    while True:
        pid, enclosure, told = _forked(rules, _LADDER[0])
        if enclosure is not None:
            return 0, enclosure
        if "failed" not in told or len(_LADDER) == 1:
            break
        del _LADDER[0]
    if "failed" in told:
        raise OSError(told["failed"])
    if "impossible" in told:
        try:
            os.waitpid(pid, 0)
        except ChildProcessError:  # it has gone to somebody else
            pass
        raise Impossible(told["impossible"])
    return pid, None


def _forked(rules, level):
    """One try: (process id, None, what was told) here, (0, enclosure, None) in the new process."""
    told_read, told_write = os.pipe()
    first = os.fork()
    if first:
        os.close(told_write)
        told = _heard(told_read)
        os.close(told_read)
        if "pid" in told or "failed" in told:
            os.waitpid(first, 0)
        return told.get("pid", first), None, told
    os.close(told_read)
    try:
        _join(rules)
        enclosure = _enclosed(rules, level, told_write)
        missing = enclosure.report["missing"]
        if rules["required"] and missing:
            _tell(told_write, {"impossible": ", ".join(missing)})
            os._exit(1)
        _tell(told_write, {"ready": True})
    except BaseException as wrong:
        try:
            _tell(told_write, {"failed": "%s: %s" % (type(wrong).__name__, wrong)})
        finally:  # it must never go on in the caller's code, unconfined
            os._exit(1)
    os.close(told_write)
    return 0, enclosure, None


def _join(rules):
    """Be in the control groups of the job: to move what is there already would take the kernel longer."""
    for path in rules.get("groups", ()):
        try:
            entrance = os.open(path, os.O_WRONLY)
            try:
                os.write(entrance, b"0")
            finally:
                os.close(entrance)
        except OSError:  # then who watches tries to move them
            continue


def _enclosed(rules, level, told):
    """Be in an enclosure: in the first process of a new process namespace, where there is one."""
    if level == _NONE:
        return Enclosure(rules, level)
    user, group = os.getuid(), os.getgid()
    wanted = kernel.NEW_USER | kernel.NEW_MOUNTS | kernel.NEW_IPC
    if rules["network"] != "open":
        wanted |= kernel.NEW_NETWORK
    if level == _ALL:
        wanted |= kernel.NEW_PROCESSES
    own_users = True
    try:
        kernel.call("unshare", wanted)
        rights.keep_identity(user, group)
    except OSError:
        if user != 0:
            raise
        own_users = False
        kernel.call("unshare", wanted & ~kernel.NEW_USER)  # an administrator needs none
    if level == _ALL:
        inner = os.fork()
        if inner:
            _tell(told, {"pid": inner})
            os._exit(0)
    outer = int(os.readlink("/proc/self"))
    rights.be_ended_first()
    room = rooms.Rooms(rules, level == _ALL)
    room.furnish()
    _open_input_anew()
    enclosure = Enclosure(rules, level, room, own_users)
    enclosure.process = outer
    os.chdir(os.path.join(rules["job"], "work"))
    return enclosure


def _open_input_anew():
    """Standard input is /dev/null; by one from outside of the mounts a script of root could change who may use that."""
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)


def _tell(descriptor, what):
    os.write(descriptor, json.dumps(what).encode() + b"\n")


def _heard(descriptor):
    """All that is told until the end: the process id where it is another one, and how it went."""
    text = b""
    while True:
        part = os.read(descriptor, _MOST_BYTES)
        if not part:
            break
        text += part
    told = {}
    for line in text.splitlines():
        told.update(json.loads(line.decode()))
    return told or {"failed": "it ended before it was confined"}
