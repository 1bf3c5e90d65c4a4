"""What a script gives as a path of data: its own files, a place on a datastore, an address; how files are handed.

Files of the script have names from the folder, or the pattern, that was given: `data/*.csv` gives `a.csv`.
"""

import glob
import os
import re
import shutil
from urllib.parse import unquote, urlparse

from . import asking, paths

#: More files than these are handed over in no question.
MOST_FILES = 10000
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
#: How Azure writes a path on a datastore as an address.
_NAMED = re.compile(r"azureml://(?:.*/)?datastores/([^/]+)/paths/(.*)")
_PATTERN = re.compile(r"[*?[]")
_HOW = (
    "Give a path of the script's own files ('data/*.csv'), an address ('https://...'), a path on a datastore "
    "((Datastore.get(workspace, NAME), 'folder/*.csv')), or a list of these."
)


class OnDatastore:
    """A file, a folder or a pattern on a datastore, by the datastore's name."""

    def __init__(self, datastore, path):
        self.datastore = datastore
        self.path = str(path or "").replace("\\", "/").strip("/")

    def told(self):
        """What stands for it in a question: objects."""
        return [{"datastore": self.datastore, "path": self.path}]


class Address:
    """A file somewhere else, by its address."""

    def __init__(self, url):
        self.url = url

    def told(self):
        """What stands for it in a question: objects."""
        return [{"url": self.url}]


class Own:
    """Files of the script: a file, a folder, or a pattern (`*`, `?`, `[...]`, `**` for any folders)."""

    def __init__(self, path):
        self.path = path

    def files(self):
        """(name, path) of each file, sorted. Raises FileNotFoundError where there is none, UserErrorException."""
        found = _files_at(self.path) or _files_at(self.path.replace("\\", "/"))
        if not found:
            raise paths.missing(self.path)
        if len(found) > MOST_FILES:
            raise wrong("%r are over %d files. Put them into an archive." % (self.path, MOST_FILES))
        return found

    def anchor(self):
        """Stay with the folder that the path is relative to, wherever the script goes."""
        here = os.getcwd()
        if not _PATTERN.search(here):  # the name of a folder is no pattern
            self.path = os.path.join(here, self.path)

    def told(self):
        """What stands for it in a question: objects, each file handed over."""
        return handed_files(self.files())


def places_of(path):
    """The places that a path is, in order. Raises UserErrorException for what is no path, FileNotFoundError."""
    if isinstance(path, tuple) and len(path) == 2 and _is_datastore(path[0]):
        beneath = path[1] if isinstance(path[1], (list, tuple)) else [path[1]]
        return [_on_datastore(path[0], each) for each in beneath]
    if isinstance(path, (list, tuple)):
        _refuse_datastore_as_text(path)
        if not path:
            raise wrong("The list of paths is empty. %s" % _HOW)
        return [place for each in path for place in places_of(each)]
    return [_place_of(path)]


def _place_of(path):
    if hasattr(path, "path_on_datastore"):
        return OnDatastore(datastore_name(path), path.path_on_datastore)
    if not isinstance(path, (str, bytes, os.PathLike)):
        raise wrong("%s is no path. %s" % (shown(path), _HOW))
    path = os.fsdecode(os.fspath(path))
    if not path.strip() or "\0" in path:
        raise wrong("%s is no path. %s" % (shown(path), _HOW))
    if path.lower().startswith("file://"):
        path = unquote(urlparse(path).path)
    elif _ADDRESS.match(path):
        named = _NAMED.match(path)
        return OnDatastore(unquote(named.group(1)), unquote(named.group(2))) if named else Address(path)
    own = Own(path)
    own.files()
    own.anchor()
    return own


def _on_datastore(datastore, path):
    if not isinstance(path, (str, os.PathLike)):
        raise wrong("The path on datastore %s is %s, which is no text." % (datastore.name, shown(path)))
    return OnDatastore(datastore.name, os.fspath(path))


def datastore_name(reference):
    """The name of the datastore that a DataPath or DataReference has. Raises UserErrorException."""
    name = reference.datastore_name
    if name is None:
        raise wrong("A DataPath needs a datastore: DataPath(Datastore.get(workspace, NAME), 'folder/cars.csv').")
    return name


def checked_datastore(datastore):
    """The datastore, if it is one. Raises UserErrorException."""
    if _is_datastore(datastore):
        return datastore
    if isinstance(datastore, str):
        raise wrong(
            "The datastore is given as text, %r. Give the datastore: Datastore.get(workspace, %r)."
            % (datastore, datastore)
        )
    raise wrong("%s is no datastore. Datastore.get(workspace, NAME) gives one." % shown(datastore))


def checked_target(target):
    """(datastore, path) of what an upload goes to: a datastore, a pair, or a DataPath. Raises UserErrorException."""
    if isinstance(target, tuple) and len(target) == 2:
        return checked_datastore(target[0]), str(target[1] or "")
    if not _is_datastore(target) and hasattr(target, "path_on_datastore"):
        return checked_datastore(target.datastore), str(target.path_on_datastore or "")
    return checked_datastore(target), ""


def _is_datastore(value):
    from azureml.data.abstract_datastore import AbstractDatastore

    return isinstance(value, AbstractDatastore)


def _refuse_datastore_as_text(path):
    """A pair of texts, of which the first is the name of a datastore that there always is."""
    from azureml.data.constants import WORKSPACE_BLOB_DATASTORE, WORKSPACE_FILE_DATASTORE

    if isinstance(path[0] if path else None, str) and path[0] in (WORKSPACE_BLOB_DATASTORE, WORKSPACE_FILE_DATASTORE):
        checked_datastore(path[0])


def are_own(places):
    """Whether all of them are files of the script."""
    return all(isinstance(place, Own) for place in places)


def own_files(places):
    """(name, path) of all files of places that are the script's own, each file once and each name too."""
    found = {path: name for place in places for name, path in place.files()}
    names = list(found.values())
    if len(set(names)) < len(names):
        found = {path: _whole_name(path) for path in found}
    return [(name, path) for path, name in found.items()]


def _whole_name(path):
    """The path as a name: from the working directory if it lies there, otherwise from the root."""
    within = os.path.relpath(path)
    chosen = os.path.abspath(path) if within.startswith(os.pardir) else within
    return "/".join(part for part in chosen.replace(os.sep, "/").split("/") if part not in ("", "."))


def _files_at(path):
    if os.path.isfile(path):
        return [(os.path.basename(path), path)]
    if os.path.isdir(path):
        return _beneath(path, paths.files_below(path, MOST_FILES))
    if not _PATTERN.search(path):
        return []
    base = _base_of(path)
    matches = (each for each in glob.iglob(path, recursive=True) if os.path.isfile(each))
    names = []
    for each in matches:
        names.append(os.path.relpath(each, base or os.curdir).replace(os.sep, "/"))
        if len(names) > MOST_FILES:
            break
    return _beneath(base, sorted(set(names)))


def _beneath(folder, names):
    pairs = [(name, os.path.join(folder, *name.split("/"))) for name in names]
    return [(name, path) for name, path in pairs if os.path.isfile(path)]


def _base_of(pattern):
    """The folder before the first part of a pattern that has a star or the like."""
    base = pattern
    while _PATTERN.search(base):
        base = os.path.dirname(base)
    return base


def handed_files(pairs):
    """{"name", "content"} of each (name, path), handed over. Raises OSError; then none is."""
    handed = []
    try:
        for name, path in pairs:
            handed.append({"name": name, "content": handed_file(path)})
    except BaseException:
        asking._forget_handed(handed)
        raise
    return handed


def handed_file(path):
    """Hand a file over by a second name of it where the disk allows that, otherwise by a copy; what stands for it."""
    place, told = asking.place_to_hand()
    try:
        os.link(os.path.realpath(path), place)
    except OSError:  # of another file system, or of somebody else
        try:
            shutil.copyfile(path, place)
        except BaseException:
            asking._forget_handed(told)
            raise
    return told


def wrong(text):
    """The exception for what a script gave that cannot be."""
    return asking.told_as("UserErrorException", text)


def shown(value):
    """A value and its type, for a sentence."""
    text = repr(value)
    return "%s (of type %s)" % (text if len(text) <= 60 else text[:57] + "...", type(value).__name__)
