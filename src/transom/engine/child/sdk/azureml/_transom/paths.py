"""Where the files of a run lie, and what is said of a file that is not there."""

import errno
import os

_MOST_SEEN = 2000
_MOST_NAMED = 10


class _Missing(FileNotFoundError):
    """A file that is not there; the text is a sentence with the names that are near."""

    def __init__(self, text, path):
        super().__init__(errno.ENOENT, text, path)

    def __str__(self):
        return self.strerror


class _IsAFolder(IsADirectoryError):
    def __init__(self, text, path):
        super().__init__(errno.EISDIR, text, path)

    def __str__(self):
        return self.strerror


# A person reads the name of the type: it is that of the Python exception.
_Missing.__name__ = _Missing.__qualname__ = "FileNotFoundError"
_IsAFolder.__name__ = _IsAFolder.__qualname__ = "IsADirectoryError"


def there(path, for_folder):
    """The path of a file that is there, as text. Raises FileNotFoundError, and IsADirectoryError with `for_folder`."""
    path = os.fsdecode(os.fspath(path))
    if os.path.isdir(path):
        raise _IsAFolder("%r is a folder: %s" % (path, for_folder), path)
    if not os.path.isfile(path):
        raise missing(path)
    return path


def missing(path):
    """The error for a path that is not there: where it was looked for, and what is near it."""
    path = os.fsdecode(os.fspath(path))
    where = "There is no %r" % path
    if not os.path.isabs(path):
        where += " in the working directory %s" % os.getcwd()
    return _Missing("%s; %s" % (where, _what_is("" if os.path.isabs(path) else ".", path)), path)


def _what_is(folder, path):
    """What is said of the files that are there instead."""
    import difflib  # 4 ms that only a missing file costs

    names = files_below(folder, _MOST_SEEN) if folder else _beside(path)
    like = difflib.get_close_matches(os.path.basename(path), {os.path.basename(each) for each in names}, 3, 0.6)
    near = [each for each in names if os.path.basename(each) in like]
    near = difflib.get_close_matches(path, near, 3, 0.0)
    if near:
        return "did you mean %s?" % " or ".join(repr(each) for each in near)
    if not names:
        return "no files are there."
    more = " and %d more" % (len(names) - _MOST_NAMED) if len(names) > _MOST_NAMED else ""
    return "there are: %s%s." % (", ".join(names[:_MOST_NAMED]), more)


def _beside(path):
    try:
        return sorted(os.listdir(os.path.dirname(path)))[:_MOST_SEEN]
    except OSError:
        return []


def files_below(folder, most=None):
    """The names of the files in a folder and below it, with `/`, sorted; about the first `most` of very many."""
    found = []
    for place, folders, files in os.walk(folder):
        folders.sort()
        for each in files:
            found.append(os.path.relpath(os.path.join(place, each), folder).replace(os.sep, "/"))
        if most is not None and len(found) > most:
            break
    return sorted(found)


def parts_of(name):
    """The parts of the name of a kept file. Raises ValueError for one that leads out of its folder."""
    parts = [part for part in str(name).replace("\\", "/").split("/") if part not in ("", ".")]
    if not parts or ".." in parts or "\0" in str(name):
        raise ValueError("A file cannot be kept under the name %r: give a relative path without '..'." % (name,))
    return parts


def place_below(folder, name):
    """Where a file of that name lies below a folder; its own folders are there afterwards."""
    place = os.path.join(folder, *parts_of(name))
    os.makedirs(os.path.dirname(place), exist_ok=True)
    return place


def target_of(name, wanted):
    """The path that a download is written to: `wanted`, a folder or a file, or the file's own name here."""
    own = os.path.basename(str(name).rstrip("/"))
    if wanted is None:
        return own
    wanted = os.fspath(wanted)
    if os.path.isdir(wanted) or wanted.endswith(("/", os.sep)):
        wanted = os.path.join(wanted, own)
    os.makedirs(os.path.dirname(os.path.abspath(wanted)), exist_ok=True)
    return wanted
