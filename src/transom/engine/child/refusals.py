"""What a script touches that its policy keeps from it: each such place and connection, with the line that wanted it.

Nothing is refused here: that is the kernel's part (`confine`). What is refused is only noted, because a script may
swallow the error. Each note is a line of JSON in a file of the job folder: processes that the script forks note too,
and a kill loses nothing.

From Python 3.8 on an audit hook hears of each file, folder and socket before it is touched; what the kernel lets pass
all the same is not noted, where that can be tried without a trace. Older Pythons have no such hook: there the functions
are wrapped (`wrapped.py`), and what fails is judged afterwards.

Not noted are
- what Python and its libraries look for of their own accord: all reading while a module is imported that is not the
  bundle's; what modules read that `judging.py` knows for it; /proc, /sys and /dev, unless the script's own line reads
  there; bytecode;
- what is not there for a reason of its own, where the rules let that be seen;
- questions (`os.path.exists`, `os.stat`), which no hook hears; files that compiled libraries open by themselves
  (pyarrow, HDF5); other programs, among them Pythons that are started anew.
"""

import errno
import json
import os
import re
import sys

from . import touches, wrapped
from .judging import LONGEST_PLACE, MOST_BYTES, Rules, Watch
from .touches import CONNECT, READ, WRITE, WRITING

#: So many are told.
MOST_TOLD = 100


def watch(rules, shown, notes):
    """Note from now on, in this process and those that it forks, what lies outside of `rules`.

    `rules`: {"network": "none", "packages" or "open", "reads": absolute places that may be read with all below them
    (None: everything), "hidden": those that may not although they lie in these, "writes": those that may be written,
    and so read}; the longest place that holds a path decides. They say what is really enforced. `shown(filename)` gives
    the path that a person knows for a file of script or bundle, None for others. `notes` is the path of the file that
    is written, below one of the places that may be written.
    """
    watching = Watch(Rules(rules), shown, notes)
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
        told.setdefault(_FACT.get(what, "refused_reads"), []).append(place[:LONGEST_PLACE])
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
        return str(error)[:LONGEST_PLACE]
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
