"""How files of a script come onto a datastore, and what is said of those that were there already."""

import fnmatch
import os

from . import asking, paths, places, saying

#: Files that go with one question.
_AT_ONCE = 1000
_MOST_NAMED = 5


def folder_files(folder, pattern=None):
    """(name, path) of each file in a folder and below it, or of one file; with a pattern those whose name fits it.

    A pattern without `/` is for names of files in every folder. Raises FileNotFoundError.
    """
    folder = os.fsdecode(os.fspath(folder))
    if os.path.isfile(folder):
        return [(os.path.basename(folder), folder)]
    if not os.path.isdir(folder):
        raise paths.missing(folder)
    names = [name for name in paths.files_below(folder) if pattern is None or _fits(name, pattern)]
    pairs = [(name, os.path.join(folder, *name.split("/"))) for name in names]
    found = [(name, path) for name, path in pairs if os.path.isfile(path)]
    if not found:
        fits = "" if pattern is None else " that fits %r" % pattern
        saying.once("there is no file%s in the folder %r, so nothing is uploaded." % (fits, folder))
    return found


def _fits(name, pattern):
    """Whether a name fits a pattern: `*.csv`, `deep/*.csv`, `**/*.csv`."""
    pattern = pattern.replace("\\", "/")
    while pattern.startswith("**/"):
        pattern = pattern[3:]
    return fnmatch.fnmatch(name if "/" in pattern else name.rpartition("/")[2], pattern)


def listed_files(files, relative_root):
    """(name, path) of each of these files, named from a folder: the one given, or the deepest that holds all of them.

    Raises FileNotFoundError, and UserErrorException for a file that lies elsewhere.
    """
    if isinstance(files, (str, bytes, os.PathLike)):
        files = [files]
    found = [paths.there(path, "datastore.upload(src_dir) uploads folders.") for path in files]
    if not found:
        saying.once("the list of files is empty, so nothing is uploaded.")
        return []
    whole = [os.path.abspath(path) for path in found]
    root = os.path.abspath(os.fspath(relative_root)) if relative_root else os.path.dirname(_common(whole))
    for path, real in zip(found, whole):
        if not real.startswith(root.rstrip(os.sep) + os.sep):
            raise places.wrong("%r does not lie in the folder %r, which is relative_root." % (path, relative_root))
    return [(os.path.relpath(real, root).replace(os.sep, "/"), real) for real in whole]


def _common(whole):
    """The path of the only file, or a path in the folder that holds all of them."""
    return whole[0] if len(set(whole)) == 1 else os.path.join(os.path.commonpath(whole), "file")


def upload(datastore, pairs, target_path, overwrite):
    """Upload the files (name, path) below a path of the datastore of that name; their names there."""
    target = cleaned(target_path)
    uploaded, skipped = [], []
    for first in range(0, len(pairs), _AT_ONCE):
        handed = places.handed_files(pairs[first : first + _AT_ONCE])
        files = [{"path": _joined(target, each["name"]), "content": each["content"]} for each in handed]
        answer = asking.ask("datastore/upload", name=datastore, files=files, overwrite=bool(overwrite))
        uploaded += answer["uploaded"]
        skipped += answer["skipped"]
    if skipped:
        named = ", ".join(skipped[:_MOST_NAMED]) + (" ..." if len(skipped) > _MOST_NAMED else "")
        saying.once(
            "on the datastore %s %d of %d files are there already and stay as they are (overwrite=True replaces them): "
            "%s" % (datastore, len(skipped), len(pairs), named)
        )
    return uploaded + skipped


def cleaned(path):
    """A path on a datastore without what says nothing in it."""
    parts = os.fspath(path or "").replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in ("", "."))


def _joined(target, name):
    return "%s/%s" % (target, name) if target else name
