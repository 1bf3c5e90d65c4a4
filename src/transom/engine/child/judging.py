"""What of a script's touches lies outside of the rules, which line of the script wanted it, and how it is noted."""

import _socket
import json
import os
import socket
import stat
import sys
from _thread import _local

from . import touches
from .touches import CHANGE, CONNECT, ENTER, FOLLOWING, INTERNET, MAKE, OPEN, READ, REMOVE, WRITE

#: What is noted where not even a socket can be made, and so no address is known.
ANYWHERE = "the internet"

#: So many are noted by one process at most; the file of notes has so many bytes at most.
MOST_NOTED = 1000
MOST_BYTES = 1 << 20
#: So many characters of a place are noted.
LONGEST_PLACE = 1000
_DEEPEST_STACK = 1000
_MOST_FOLDERS = 20000

#: Modules of the standard library that touch what they are told to: who calls them wants it.
_MESSENGERS = frozenset(
    "os posixpath genericpath io _pyio codecs pathlib glob fnmatch shutil tempfile tokenize contextlib subprocess"
    " socket gzip bz2 lzma zipfile tarfile fileinput".split()
)
#: Modules that look in many places for what may be there, with all below them.
_OF_THEIR_OWN_ACCORD = (
    "importlib importlib_metadata pkg_resources pkgutil site sysconfig linecache traceback inspect locale gettext"
    " zoneinfo dateutil.tz pytz tzlocal mimetypes platform ctypes.util ssl certifi netrc webbrowser uuid"
    " multiprocessing joblib.externals threadpoolctl psutil matplotlib.font_manager debugpy pydevd _pydevd_bundle"
).split()
_OF_THE_SYSTEM = ("/proc/", "/sys/", "/dev/")


class Rules:
    """Which places may be read and written; the longest that holds a path decides."""

    def __init__(self, rules):
        self.network = rules["network"]
        reads = ["/"] if rules["reads"] is None else rules["reads"]
        self.writes = [_with_slash(place) for place in rules["writes"]]
        self.reads = [_with_slash(place) for place in reads] + self.writes
        self.hidden = [_with_slash(place) for place in rules["hidden"]]
        #: What lies directly in these is not all alike.
        self.mixed = {os.path.dirname(place[:-1]) for place in self.hidden}

    def may(self, what, place):
        return self.is_in(place, self.writes if what == WRITE else self.reads)

    def is_in(self, place, places):
        length = _longest(place, places)
        return length > 0 and length >= _longest(place, self.hidden)

    def is_hidden(self, place):
        return _longest(place, self.hidden) > _longest(place, self.reads)


def _with_slash(place):
    return place.rstrip("/") + "/"


def _longest(place, places):
    """The length of the longest of the places that holds a path; 0 where none does."""
    within = place + "/"
    return max([len(each) for each in places if within.startswith(each)] or [0])


class Watch:
    """Judges what is touched, and notes what lies outside of the rules."""

    def __init__(self, rules, shown, notes):
        self.rules = rules
        self.shown = shown
        self.notes = notes
        self.mine = _local()
        self.files = {}
        #: (what, place): file and line.
        self.noted = {}
        self.has_sockets = None
        #: (folder as it is written, what): what lies in it may be touched so; whether a link may lead out of it.
        self.plain = {}
        self.real = {}

    def hear(self, event, arguments):
        """Judge what is about to be touched. Nothing of ours is raised."""
        try:
            self._judge(touches.ASKED[event], arguments, False)
        except Exception as wrong:
            if not _is_our_own(wrong):  # a signal's handler raised it: the script waits for it
                raise

    def judge_failure(self, event, arguments):
        """The same for what has failed already."""
        try:
            self._judge(touches.ASKED[event], arguments, True)
        except Exception as wrong:
            if not _is_our_own(wrong):
                raise

    def _judge(self, asked, arguments, failed):
        mine = self.mine
        if getattr(mine, "busy", False):  # what is done to judge is heard too
            return
        mine.busy = True
        try:
            for touch in asked(arguments):
                if touch[0] == INTERNET:
                    self._judge_connection(*touch[1:])
                elif len(self.noted) < MOST_NOTED:
                    self._judge_place(*touch + (failed,))
        finally:
            mine.busy = False

    def _judge_connection(self, place, is_certain):
        """A connection to another machine or to this one; one that is not certain goes on if a socket can be made."""
        if self.rules.network == "open" or (not is_certain and self._can_make_sockets()):
            return
        who = self._who_asks()
        if place is not None:
            self._note(CONNECT, place, who)
        elif not (who.is_importing and who.module) and not self._is_connecting(who):
            self._note(CONNECT, ANYWHERE, who)

    def _can_make_sockets(self):
        if self.has_sockets is None:
            try:
                _socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
                self.has_sockets = True
            except OSError:
                self.has_sockets = False
        return self.has_sockets

    def _is_connecting(self, who):
        """Whether it is noted already where that line wants to connect to."""
        wanted = (who.file, who.line)
        return any(key[0] == CONNECT and where == wanted for key, where in list(self.noted.items()))

    def what_was_noted(self, place):
        """How a place was touched; None where that was not seen."""
        return next((what for what in (WRITE, READ, CONNECT) if (what, place) in self.noted), None)

    def _judge_place(self, what, how, path, failed):
        path = os.fsdecode(path)
        if path[:1] != "/":
            path = os.path.join(os.getcwd(), path)
        folder, _, name = path.rpartition("/")
        leads_out = None if name in _NO_NAMES else self.plain.get((folder, what))
        if leads_out is False or (leads_out and not os.path.islink(path)):
            return
        rule = READ if what == CONNECT else what
        real = self._real_folder(folder)
        place = _inside(real, name, path, how)
        if self.rules.may(rule, place):
            self._remember(rule, folder, real)
        elif not self._is_of_no_interest(what, how, path, place, failed):
            who = self._who_asks()
            if not who.is_of_own_accord(what, place):
                self._note(what, place, who)

    def _real_folder(self, folder):
        """The folder without links; one that a script cannot change is looked at once."""
        if folder in self.real:
            return self.real[folder]
        real = _told_by_the_kernel(folder) or self._step_by_step(folder)
        if len(self.real) < _MOST_FOLDERS and not _longest(real, self.rules.writes):
            self.real[folder] = real
        return real

    def _step_by_step(self, folder):
        """The same where the folder is not there, or must not be seen: from the nearest above that is."""
        above, _, name = folder.rpartition("/")
        if not folder or name in _NO_NAMES:
            return os.path.realpath(folder or "/")
        real = os.path.join(self._real_folder(above), name)
        return os.path.realpath(real) if os.path.islink(real) else real

    def _remember(self, what, folder, real):
        """That this is a plain folder: all in it is alike, but for links where the script can make some."""
        if len(self.plain) < _MOST_FOLDERS and real not in self.rules.mixed and self.rules.may(what, real):
            self.plain[(folder, what)] = _longest(real, self.rules.writes) > 0

    def _is_of_no_interest(self, what, how, path, place, failed):
        if (what, place) in self.noted:
            return True
        if not failed and not self.rules.is_hidden(place) and _passes(what, how, path):
            return True
        return self._is_simply_missing(what, how, place)

    def _is_simply_missing(self, what, how, place):
        """Whether it fails for its own reason: that something is not there can be seen where reading is allowed."""
        needed = place if how in (CHANGE, REMOVE) else os.path.dirname(place)
        return what == WRITE and self.rules.may(READ, needed) and not os.path.lexists(needed)

    def _who_asks(self):
        """Who touches this now: the first frame of script or bundle, and what stands between."""
        who = _Asker()
        frame = sys._getframe(1)
        for _ in range(_DEEPEST_STACK):
            if frame is None or who.file is not None:
                break
            self._see(frame, who)
            frame = frame.f_back
        return who

    def _see(self, frame, who):
        code = frame.f_code.co_filename
        if code not in self.files:
            if len(self.files) > MOST_NOTED:
                self.files.clear()
            self.files[code] = self.shown(code)
        if self.files[code] is not None:
            who.file, who.line = self.files[code], frame.f_lineno
        elif os.path.dirname(code) != _FOLDER:
            who.is_importing = who.is_importing or code.startswith("<frozen importlib.")
            name = frame.f_globals.get("__name__")
            if who.module is None and isinstance(name, str) and name.partition(".")[0] not in _MESSENGERS:
                who.module = name

    def _note(self, what, place, who):
        if (what, place) in self.noted or len(self.noted) >= MOST_NOTED:
            return
        self.noted[(what, place)] = (who.file, who.line)
        note = {"what": what, "place": place[:LONGEST_PLACE], "file": who.file, "line": who.line}
        options = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        descriptor = os.open(self.notes, options, 0o600)
        try:
            if os.fstat(descriptor).st_size < MOST_BYTES:
                os.write(descriptor, json.dumps(note).encode("ascii") + b"\n")
        finally:
            os.close(descriptor)


_FOLDER = os.path.dirname(__file__)


def _is_our_own(wrong):
    """Whether an exception came from the code of this folder, or what it calls, and no signal's handler."""
    trace = wrong.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    return os.path.dirname(code.co_filename) == _FOLDER or trace.tb_frame.f_globals.get("__name__") in (
        "os",
        "posixpath",
        "genericpath",
        "json",
        "json.encoder",
    )


def _told_by_the_kernel(folder):
    """The path of a folder without links, which the kernel knows of what is open; None where that cannot be had."""
    try:
        descriptor = os.open(folder or "/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except (OSError, AttributeError):
        return None
    try:
        path = os.readlink("/proc/self/fd/%d" % descriptor)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return path if path.startswith("/") and not path.endswith(" (deleted)") else None


class _Asker:
    """Who touches something: file and line of the script, and the module in between, if one is."""

    def __init__(self):
        self.file = self.line = self.module = None
        self.is_importing = False

    def is_of_own_accord(self, what, place):
        """Whether this is a library's own search, of which a script knows nothing."""
        if self.module is None:
            return False
        if what == WRITE:
            return place.endswith(".pyc") or "/__pycache__" in place or self.module.startswith("importlib.")
        if self.is_importing or place.startswith(_OF_THE_SYSTEM):
            return True
        within = self.module + "."
        return any(within.startswith(each + ".") for each in _OF_THEIR_OWN_ACCORD)


#: What may stand at the end of a path and names nothing.
_NO_NAMES = ("", ".", "..")


def _inside(folder, name, path, how):
    """The place of that name in a folder without links; `path` is how it was written."""
    if name in _NO_NAMES:
        return os.path.realpath(path)
    place = os.path.join(folder, name)
    return os.path.realpath(place) if how in FOLLOWING and os.path.islink(place) else place


def _passes(what, how, path):
    """Whether it would be done although the rules say otherwise, or fails for a reason that all can see."""
    if how == MAKE:
        return os.path.lexists(path)
    if how == ENTER:
        return os.path.isdir(path)
    if how != OPEN:
        return False
    try:
        kind = os.stat(path).st_mode
        if stat.S_ISDIR(kind) and what == WRITE:
            return True
        if stat.S_ISREG(kind) or stat.S_ISDIR(kind):
            os.close(os.open(path, (os.O_WRONLY if what == WRITE else os.O_RDONLY) | os.O_NONBLOCK | os.O_CLOEXEC))
            return True
        # To open a device or a pipe may do something.
        return os.access(path, os.R_OK if what == READ else os.W_OK)
    except OSError:
        return False
