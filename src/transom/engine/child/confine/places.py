"""Which files and folders a script may see, and of what kind each place is, before anything is mounted."""

import os
import stat
import sys

#: What a place is for the script: to read, to write, hidden, or made anew for it.
READ, WRITE, HIDDEN, PRIVATE = "read", "write", "hidden", "private"
#: What programs need of the system.
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store")
_SETTINGS = (
    *("alternatives", "ca-certificates", "ca-certificates.conf", "crypto-policies", "debian_version", "fonts", "group"),
    *("host.conf", "hosts", "inputrc", "java", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "locale.alias"),
    *("locale.conf", "localtime", "machine-id", "magic", "mime.types", "nsswitch.conf", "odbc.ini", "odbcinst.ini"),
    *("OpenCL", "openmpi", "os-release", "passwd", "pki", "protocols", "resolv.conf", "services", "ssl/certs"),
    *("ssl/cert.pem", "ssl/openssl.cnf", "ssl/ct_log_list.cnf", "terminfo", "timezone"),
)
_PROCESSORS = "/sys/devices/system"
#: What processes share; without a private one a script has that of all, since processes of Python share locks there.
SHARED = "/dev/shm"
#: Devices that are everybody's, and those of a GPU by how their names begin.
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_GPU = ("nvidia", "dri", "kfd", "dxg", "mali")
#: What stays of /run where that is made anew: disks that a person has attached, and how names are resolved.
_OF_RUN = ("/run/media", "/run/mount", "/run/systemd/resolve", "/run/current-system", "/run/opengl-driver")
_MOST_LINKS = 40


class Place:
    """A place with what it is for the script; `descriptor` leads to what is there now, if that is needed."""

    def __init__(self, path, kind):
        self.path = path
        self.kind = kind
        self.descriptor = None
        self.is_folder = True

    def hold(self):
        """Keep hold of what is there: it may be covered soon. OSError where it is not there."""
        self.descriptor = os.open(self.path, os.O_PATH | os.O_CLOEXEC)
        self.is_folder = stat.S_ISDIR(os.fstat(self.descriptor).st_mode)

    def release(self):
        """Let go of it."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None


def devices():
    """The paths of the devices that a script may use."""
    names = list(_DEVICES)
    try:
        names += sorted(name for name in os.listdir("/dev") if name.startswith(_GPU))
    except OSError:
        pass
    return [path for path in ("/dev/" + name for name in names) if os.path.exists(path)]


def interpreter():
    """Where this interpreter and all that it can import lie."""
    places = [os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]
    places += [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix]
    places += [os.path.dirname(sys.executable), os.path.dirname(os.path.realpath(sys.executable))]
    places += [place for place in sys.path if place and os.path.exists(place)]
    return [place for place in places if os.path.abspath(place) != "/"]


def of(rules):
    """(places by real path, links as {path: target}) for the rules of a job; "/" is among the places."""
    found, links = {}, {}
    private_root = rules["policy"] != "guarded"

    def add(paths, kind):
        for path in paths:
            if not os.path.lexists(path):
                continue
            real, met = resolved(path)
            if os.path.lexists(real):
                found[real] = Place(real, kind)
                links.update(met)

    found["/"] = Place("/", PRIVATE if private_root else READ)
    add(_system() if private_root else _OF_RUN + ("/etc/resolv.conf",), READ)
    add(interpreter(), READ)
    add(rules["hidden"], HIDDEN)
    for path in ("/dev", "/proc", "/tmp", "/run"):
        if private_root or os.path.isdir(path):
            found[path] = Place(path, PRIVATE)
    add(rules["reads"], READ)
    add(rules["writes"] + [rules["job"]], WRITE)
    return found, links


def _system():
    """What of the system every program may read."""
    places = list(_SYSTEM) + ["/etc/" + name for name in _SETTINGS] + [_PROCESSORS]
    if any(os.path.basename(each).startswith(_GPU) for each in devices()):
        places.append("/sys")
    return places


def resolved(path):
    """The path without symbolic links, and the links that were met on the way as {path: target}."""
    done, rest, links = "/", [part for part in os.path.abspath(path).split("/") if part], {}
    while rest and len(links) < _MOST_LINKS:
        name = rest.pop(0)
        if name == "..":
            done = os.path.dirname(done)
            continue
        here = os.path.join(done, name)
        try:
            target = os.readlink(here)
        except OSError:
            done = here
            continue
        links[here] = target
        rest = [part for part in target.split("/") if part not in ("", ".")] + rest
        if target.startswith("/"):
            done = "/"
    return done, links


def in_order(found):
    """The places: the root, what is made anew, then the others, what contains some before those."""

    def order(path):
        return path != "/", found[path].kind != PRIVATE, [part for part in path.split("/") if part]

    return [found[path] for path in sorted(found, key=order)]


def around(path, found):
    """The nearest of the places that contains `path` and is not that path itself."""
    while path != "/":
        path = os.path.dirname(path)
        if path in found:
            return found[path]
    return None


def all_but(hidden, readable):
    """Places that together are everything but the hidden ones, save the readable ones among them; for Landlock.

    What is made later beside a hidden place is not among them.
    """
    kept = [path for path in readable if any(_is_below(path, each) for each in hidden)]
    return kept + list(_beside("/", [each for each in hidden if os.path.lexists(each)]))


def without(hidden, readable):
    """The readable places with what lies beside the hidden ones in them; for Landlock."""
    there = [each for each in hidden if os.path.lexists(each)]
    return [path for place in readable for path in _beside(place, there)]


def has_some_below(hidden, writable):
    """Whether something hidden that is there lies in a writable place."""
    around = [resolved(place)[0] for place in writable]
    there = [resolved(path)[0] for path in hidden if os.path.lexists(path)]
    return any(_is_below(path, place) for path in there for place in around)


def _beside(folder, hidden):
    if not any(_is_below(each, folder) for each in hidden):
        yield folder
        return
    if folder in hidden:
        return
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        path = os.path.join(folder, name)
        if not os.path.islink(path):
            yield from _beside(path, hidden)


def _is_below(path, folder):
    return path == folder or folder == "/" or path.startswith(folder + "/")
