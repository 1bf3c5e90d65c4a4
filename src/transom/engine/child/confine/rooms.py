"""How a mount namespace is furnished with what a script may see: nothing else has a path there."""

import os
import re

from . import kernel, places
from .places import HIDDEN, PRIVATE, READ, WRITE

_BIND = kernel.MS_BIND | kernel.MS_REC
_PLAIN = kernel.MS_NOSUID | kernel.MS_NODEV
#: A folder of the job folder on which the private root is made.
_ROOT = "root"
#: What /proc tells of the whole machine, and no script needs to know.
_OF_THE_MACHINE = (
    *("acpi", "asound", "config.gz", "iomem", "ioports", "kallsyms", "kcore", "key-users", "keys", "kmsg"),
    *("kpagecgroup", "kpagecount", "kpageflags", "latency_stats", "modules", "pagetypeinfo", "sched_debug", "scsi"),
    *("slabinfo", "sysrq-trigger", "timer_list", "timer_stats", "vmallocinfo"),
)
#: From this Linux on a process namespace has a number of processes of its own; before, root would set the machine's.
OWN_MOST_PROCESSES = (6, 14)
#: How a mount that lies under another one answers: nobody can reach it. (ENOENT, EACCES, ENOTDIR, EINVAL)
_COVERED = (2, 13, 20, 22)


class Rooms:
    """The mounts of one job, made in a mount namespace of its own by who may mount there.

    `writable` are the places that can be written to when all is done, `kept` those that cannot although they may lie
    below one of these. Raises OSError where something cannot be had.
    """

    def __init__(self, rules, private_processes):
        self.rules = rules
        self.private_processes = private_processes
        self.found, self.links = places.of(rules)
        self.before = self.found["/"].kind == READ
        self.base = "" if self.before else os.path.join(rules["job"], _ROOT)
        self.done = {}
        self.writable = []
        self.kept = []
        self.is_read_only = True

    def furnish(self):
        """Mount everything, and make what is not to be written to read-only."""
        kernel.mount(None, "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
        order = [each for each in places.in_order(self.found) if self._is_there(each)]
        for place in order:
            self._make(place)
            self.done[place.path] = place
        for place in order:
            place.release()
        self._link()
        if self.base:
            kernel.enter_root(self.base)
            self.base = ""
        self._protect()

    def _is_there(self, place):
        if place.kind == PRIVATE or place.path == "/":
            return True
        try:
            place.hold()
        except OSError:
            return place.kind == HIDDEN
        return True

    def _at(self, path):
        return self.base + path

    def _make(self, place):
        around = places.around(place.path, self.done)
        if place.path == "/":
            if place.kind == PRIVATE:
                kernel.mount("tmpfs", self.base, "tmpfs", _PLAIN, "mode=755,size=16m")
        elif place.kind == PRIVATE:
            getattr(self, "_make_" + place.path.strip("/"))()
        elif place.kind == HIDDEN:
            if around.kind in (READ, WRITE):
                self._cover(place)
        elif around.kind in (PRIVATE, HIDDEN) or (place.kind == WRITE and around.kind == READ):
            self._bind(place)

    def _bind(self, place):
        """Let what was there be there again."""
        target = self._at(place.path)
        if place.is_folder:
            os.makedirs(target, exist_ok=True)
        elif not os.path.lexists(target):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.close(os.open(target, os.O_CREAT | os.O_WRONLY))
        whole = place.path != self.rules["job"]  # the new root lies in the job's folder
        kernel.mount("/proc/self/fd/%d" % place.descriptor, target, None, _BIND if whole else kernel.MS_BIND)
        (self.writable if place.kind == WRITE else self.kept).append(place.path)

    def _cover(self, place):
        """Put something there that nobody may open; what lies below and is to be seen can still be reached."""
        target = self._at(place.path)
        if place.is_folder:
            below = any(each.startswith(place.path + "/") for each in list(self.found) + list(self.links))
            kernel.mount("tmpfs", target, "tmpfs", _PLAIN, "size=1m,mode=" + ("111" if below else "000"))
        else:
            nothing = self._at("/dev/.nothing")
            kernel.mount(nothing, target, None, kernel.MS_BIND)
        self.kept.append(place.path)

    def _make_dev(self):
        nodes = places.devices()
        held = [(path, os.open(path, os.O_PATH)) for path in nodes]
        dev = self._at("/dev")
        os.makedirs(dev, exist_ok=True)
        kernel.mount("tmpfs", dev, "tmpfs", kernel.MS_NOSUID, "mode=755,size=1m")
        for path, descriptor in held:
            target = self._at(path)
            if os.path.isdir("/proc/self/fd/%d" % descriptor):
                os.mkdir(target)
            else:
                os.close(os.open(target, os.O_CREAT | os.O_WRONLY))
            kernel.mount("/proc/self/fd/%d" % descriptor, target, None, _BIND)
            os.close(descriptor)
        os.close(os.open(dev + "/.nothing", os.O_CREAT | os.O_WRONLY, 0))
        for name, target in (("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
            os.symlink("/proc/self/" + target, os.path.join(dev, name))
        for name in ("shm", "pts", ".empty"):
            os.mkdir(os.path.join(dev, name))
        size = self.rules.get("shared_bytes")
        kernel.mount("tmpfs", dev + "/shm", "tmpfs", _PLAIN, "mode=1777" + (",size=%d" % size if size else ""))
        self.writable += ["/dev/shm"]
        try:
            kernel.mount("devpts", dev + "/pts", "devpts", kernel.MS_NOSUID, "newinstance,ptmxmode=0666,mode=620")
            os.symlink("pts/ptmx", dev + "/ptmx")
            self.writable += ["/dev/pts"]
        except OSError:  # then there are no terminals of its own
            pass

    def _make_proc(self):
        proc = self._at("/proc")
        os.makedirs(proc, exist_ok=True)
        if not self.private_processes:
            if self.base:
                kernel.mount("/proc", proc, None, _BIND)
            return
        kernel.mount("proc", proc, "proc", _PLAIN | kernel.MS_NOEXEC)
        for name in _OF_THE_MACHINE:
            at = os.path.join(proc, name)
            if os.path.isdir(at):
                kernel.mount("tmpfs", at, "tmpfs", _PLAIN, "size=1m,mode=000")
            elif os.path.exists(at):
                kernel.mount(self._at("/dev/.nothing"), at, None, kernel.MS_BIND)
        processes = self.rules.get("processes")
        if processes is not None and kernel.version() >= OWN_MOST_PROCESSES:
            try:
                with open(proc + "/sys/kernel/pid_max", "w") as most:
                    most.write(str(processes))
            except OSError:  # the namespace above this one allows fewer
                pass

    def _make_tmp(self):
        """What a script writes to /tmp goes to its own folder; where it may read everything, it sees what is there.

        An overlay shows what is there but its sockets: whoever listens at one may do what a script must not.
        """
        own, target = os.path.join(self.rules["job"], "tmp"), self._at("/tmp")
        upper, work = os.path.join(own, ".changed"), os.path.join(own, ".work")
        for folder in (target, upper, work) if self.before else (target,):
            os.makedirs(folder, exist_ok=True)
        if self.before and _overlay(target, "lowerdir=/tmp,upperdir=%s,workdir=%s" % (_escaped(upper), _escaped(work))):
            self.writable.append("/tmp")
            self.found["/tmp"].kind = READ  # all that lies there can be seen: what is hidden must be covered
        elif self.before and _overlay(target, "lowerdir=/tmp:/dev/.empty"):  # the job's folder may lie in /tmp
            self.found["/tmp"].kind = READ
        else:
            kernel.mount(own, target, None, kernel.MS_BIND)
            self.writable.append("/tmp")

    def _make_run(self):
        target = self._at("/run")
        os.makedirs(target, exist_ok=True)
        kernel.mount("tmpfs", target, "tmpfs", _PLAIN, "mode=755,size=1m")

    def _link(self):
        """Where nothing is but what was put there, the links by which that is reached."""
        for path, target in self.links.items():
            at = self._at(path)
            if places.around(path, self.done).kind in (HIDDEN, PRIVATE) and not os.path.lexists(at):
                os.makedirs(os.path.dirname(at), exist_ok=True)
                os.symlink(target, at)
        if not self.base:
            return
        os.makedirs(self._at("/var"), exist_ok=True)
        if not os.path.lexists(self._at("/var/tmp")):
            os.symlink("/tmp", self._at("/var/tmp"))

    def _protect(self):
        """Nothing can be written to but what is meant to be, no program gives rights, and only /dev has devices."""
        wanted = kernel.ATTR_RDONLY | kernel.ATTR_NOSUID | kernel.ATTR_NODEV
        try:
            kernel.set_attributes("/", wanted, recursive=True)
        except OSError:  # before Linux 5.12
            self._protect_each()
            return
        kernel.set_attributes("/dev", 0, kernel.ATTR_NODEV, recursive=True)
        below = [path for path in self.kept if any(path.startswith(each + "/") for each in self.writable)]
        for path in sorted(self.writable + below, key=len):  # what contains others comes before them
            if path in below:
                kernel.set_attributes(path, kernel.ATTR_RDONLY, recursive=True)
            else:
                self._let_write(path)

    def _protect_each(self):
        """The same, mount by mount. Where one cannot be had, Landlock has to hold that nothing is written to."""
        for path, options in mounted():
            flags = 0 if self._lies_in_writable(path) else kernel.MS_RDONLY
            flags |= kernel.MS_NOSUID | (0 if path == "/dev" or path.startswith("/dev/") else kernel.MS_NODEV)
            flags |= sum(flag for name, flag in kernel.MOUNT_OPTIONS.items() if name in options)
            try:
                kernel.mount(None, path, None, kernel.MS_REMOUNT | kernel.MS_BIND | flags)
            except OSError as wrong:
                if wrong.errno not in _COVERED:
                    self.is_read_only = False

    def _lies_in_writable(self, path):
        around = [each for each in self.writable + self.kept if path == each or path.startswith(each + "/")]
        return bool(around) and max(around, key=len) in self.writable

    def _let_write(self, path):
        try:
            kernel.set_attributes(path, 0, kernel.ATTR_RDONLY, recursive=path != self.rules["job"])
        except OSError:  # something below it is read-only for everybody
            kernel.set_attributes(path, 0, kernel.ATTR_RDONLY)


def mounted():
    """(path, options) of each mount of this process, in the order in which they were made."""
    with open("/proc/self/mountinfo", "rb") as listing:
        lines = [line.split(b" ") for line in listing]
    for fields in lines:
        path = re.sub(rb"\\([0-7]{3})", lambda found: bytes([int(found.group(1), 8)]), fields[4])
        yield os.fsdecode(path), fields[5].decode().split(",")


def overlay_options(lower, upper, work):
    """The options of an overlay over `lower` whose changes go to `upper`; `work` is an empty folder beside that."""
    return "lowerdir=%s,upperdir=%s,workdir=%s,userxattr" % tuple(map(_escaped, (lower, upper, work)))


def _overlay(target, options):
    """Mount an overlay; whether it could be done."""
    try:
        kernel.mount("overlay", target, "overlay", _PLAIN, options + ",userxattr")
    except OSError:
        return False
    return True


def _escaped(path):
    """A path as the options of a mount have it."""
    for special in ("\\", ",", ":"):
        path = path.replace(special, "\\" + special)
    return path
