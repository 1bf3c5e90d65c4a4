"""What a script touches that its policy keeps from it: each such place and connection, with the line that wanted it.

Nothing is refused here: that is the kernel's part (`confine`). What is refused is only noted, because a script may
swallow the error. Each note is a line of JSON in a file of the job folder: processes that the script forks note too,
and a kill loses nothing.

From Python 3.8 on an audit hook hears of each file, folder and socket before it is touched; what the kernel lets pass
all the same is not noted, where that can be tried without a trace. Older Pythons have no such hook: there the functions
are wrapped (`wrapped.py`), and what fails is judged afterwards.

Not noted are
- what Python and its libraries look for of their own accord: all reading while a module is imported that is not the
  bundle's; what `_OF_THEIR_OWN_ACCORD` reads; /proc, /sys and /dev, unless the script's own line reads there; bytecode;
- what is not there for a reason of its own, where the rules let that be seen;
- questions (`os.path.exists`, `os.stat`), which no hook hears; files that compiled libraries open by themselves
  (pyarrow, HDF5); other programs, among them Pythons that are started anew.
"""

import _socket
import errno
import json
import os
import re
import socket
import stat
import sys
from _thread import _local

from . import touches, wrapped
from .touches import CHANGE, CONNECT, ENTER, FOLLOWING, INTERNET, MAKE, OPEN, READ, REMOVE, WRITE, WRITING

#: What is noted where not even a socket can be made, and so no address is known.
ANYWHERE = "the internet"

#: So many are told, and so many are noted by one process at most; the file of notes has so many bytes at most.
MOST_TOLD = 100
MOST_NOTED = 1000
MOST_BYTES = 1 << 20
_LONGEST_PLACE = 1000
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


def watch(rules, shown, notes):
    """Note from now on, in this process and those that it forks, what lies outside of `rules`.

    `rules`: {"network": "none", "packages" or "open", "reads": absolute places that may be read with all below them
    (None: everything), "hidden": those that may not although they lie in these, "writes": those that may be written,
    and so read}; the longest place that holds a path decides. They say what is really enforced. `shown(filename)` gives
    the path that a person knows for a file of script or bundle, None for others. `notes` is the path of the file that
    is written, below one of the places that may be written.
    """
    watching = _Watch(_Rules(rules), shown, notes)
    if hasattr(sys, "addaudithook"):
        sys.addaudithook(_ear(watching))
    else:
        wrapped.tell_failures(watching)
    wrapped.tell_of_pandas(watching)
    _WATCHING[:] = [watching]


_WATCHING = []


def _ear(watching):
    """The audit hook: as cheap as it can be for what is not asked for, and for reading where much is read."""
    asked, plain, hear = touches.ASKED, watching.plain, watching.hear

    def ear(event, arguments):
        if event in asked:
            if event == "open" and len(arguments) == 3:
                path, _, flags = arguments
                if type(path) is str and path[:1] == "/" and type(flags) is int and not flags & WRITING:
                    if plain.get((path.rpartition("/")[0], READ), True) is False:
                        return
            hear(event, arguments)

    return ear


def found():
    """What was noted: up to MOST_TOLD dicts {"what", "place", "file", "line"}, and how many more there are."""
    if not _WATCHING:
        return [], 0
    told = {}
    for line in _lines(_WATCHING[0].notes):
        try:
            note = json.loads(line.decode("ascii"))
            told.setdefault((note["what"], note["place"]), note)
        except (ValueError, TypeError, LookupError):  # cut at the limit, or the script wrote into the file too
            continue
    return list(told.values())[:MOST_TOLD], max(0, len(told) - MOST_TOLD)


def _lines(path):
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:  # nothing was noted
        return []
    with open(descriptor, "rb") as stream:
        return stream.read(MOST_BYTES).splitlines()


def behind(wrong, file=None, line=None):
    """Places outside of the rules that an exception raised in this line is about.

    They are lists: "refused_reads", "refused_writes", and "refused_places" where it was not seen how they were touched.
    """
    errors = [each for each in _chain(wrong) if isinstance(each, OSError) or type(each).__module__ == "sqlite3"]
    if not _WATCHING or not errors:
        return {}
    watching, about = _WATCHING[0], {}
    for error in errors:
        for path in _paths_of(error):
            place = os.path.realpath(path)
            if not watching.rules.may(READ, place):
                about.setdefault(place, watching.what_was_noted(place))
            elif not watching.rules.may(WRITE, place) and _is_of_writing(error, place):
                about.setdefault(place, WRITE)
    for (what, place), where in list(watching.noted.items()):
        if where == (file, line) and line is not None and what != CONNECT:
            about.setdefault(place, what)
    told = {}
    for place, what in list(about.items())[:_MOST_BEHIND]:
        told.setdefault(_FACT.get(what, "refused_reads"), []).append(place[:_LONGEST_PLACE])
    return told


_FACT = {WRITE: "refused_writes", None: "refused_places"}


_MOST_BEHIND = 5
_PATH = re.compile(r"""(?<![\w/.:])/(?:[^\s'"<>|\[\]]*[^\s'"<>|\[\].,:;)])""")
_QUOTED_PATH = re.compile(r"""'(/[^'\n]+)'|"(/[^"\n]+)\"""")


def _chain(wrong):
    """The exception and what led to it."""
    found = []
    while wrong is not None and len(found) < _MOST_BEHIND:
        found.append(wrong)
        wrong = wrong.__cause__ or (None if wrong.__suppress_context__ else wrong.__context__)
    return found


def _paths_of(error):
    """The paths that an error names: compiled libraries do so in its text."""
    named = [getattr(error, name, None) for name in ("filename", "filename2")]
    found = [os.fsdecode(path) for path in named if isinstance(path, (str, bytes)) and path]
    if not found:
        text = _text_of(error)
        found = [one or other for one, other in _QUOTED_PATH.findall(text)] or _PATH.findall(text)
    return [os.path.abspath(path) for path in found[:_MOST_BEHIND] if "\0" not in path]


def _text_of(error):
    try:
        return str(error)[:_LONGEST_PLACE]
    except Exception:  # a broken __str__ of the script
        return ""


def _is_of_writing(error, place):
    """Whether an error is about writing to a place that may be read."""
    number = getattr(error, "errno", None)
    if number is None:
        named = re.search(r"errno (\d+)", _text_of(error))
        number = int(named.group(1)) if named else None
    is_refused = number in (errno.EACCES, errno.EPERM, errno.EROFS)
    return is_refused and (os.access(place, os.R_OK) or not os.path.lexists(place))


class _Rules:
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


class _Watch:
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
        note = {"what": what, "place": place[:_LONGEST_PLACE], "file": who.file, "line": who.line}
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
