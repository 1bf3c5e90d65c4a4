"""The files of a dataset: where they come from, which of them are wanted, and where each can be read.

Nothing is asked or copied before the files, or their names, are wanted.
"""

import os
import random
import shutil
import tempfile

from . import paths, places, tables


class Given:
    """Files that an answer gives: those of a registered dataset, or what a question gathers. They are only to be read.

    `facts()` gives the facts of the question, handing over what goes with it.
    """

    def __init__(self, question, facts, dataset_id=None):
        self._question, self._facts, self._id = question, facts, dataset_id
        self._answer = None

    @property
    def token(self):
        """What names the set of files."""
        return self._id or self._asked()["token"]

    @property
    def folder(self):
        """The folder that holds them and nothing else."""
        return self._asked()["files"]["path"]

    def files(self):
        """(name, path) of each file, in order."""
        return [(name, os.path.join(self.folder, *name.split("/"))) for name in self._asked()["names"]]

    def _asked(self):
        if self._answer is None:
            self._answer = tables.asked(self._question, **self._facts())
        return self._answer


class Own:
    """Files of the script itself, looked for whenever they are wanted."""

    token = folder = None

    def __init__(self, given):
        self._places = given

    def files(self):
        """(name, path) of each file, in order."""
        return places.own_files(self._places)


class Written:
    """A table as one file, written when it is wanted: `write(frame, path)` writes it."""

    token = folder = None

    def __init__(self, table, name, write):
        self._table, self._name, self._write = table, name, write
        self._path = None

    def files(self):
        """(name, path) of the one file."""
        if self._path is None:
            path = os.path.join(tempfile.mkdtemp(prefix="dataset-"), self._name)
            self._write(self._table.frame(), path)
            self._path = path
        return [(self._name, self._path)]


class Files:
    """A source and the steps that lead from its files to those that are wanted."""

    def __init__(self, source, steps=()):
        self._source, self._steps = source, tuple(steps)

    def then(self, step):
        """The files after one more step, a function from a list to a list."""
        return Files(self._source, self._steps + (step,))

    def files(self):
        """(name, path) of each file, in order."""
        found = self._source.files()
        for step in self._steps:
            found = step(found)
        return found

    def folder(self):
        """A folder that holds these files and nothing else, if there is one already; it is only to be read."""
        return None if self._steps else self._source.folder

    def content(self):
        """What registers them: the token of a set that is there already, or the files handed over."""
        token = None if self._steps else self._source.token
        if token is not None:
            return {"same_as": token}
        return {"files": places.handed_files(self.files())}

    def copy_to(self, target, overwrite):
        """Copy them into a folder; the paths there. Raises UserErrorException where one may not be replaced."""
        if os.path.exists(target) and not os.path.isdir(target):
            raise places.wrong("%r is a file: give a folder to download into." % target)
        pairs = [(path, os.path.join(target, *paths.parts_of(name))) for name, path in self.files()]
        there = [place for _, place in pairs if os.path.lexists(place)]
        if there and not overwrite:
            raise places.wrong("%r is there already: give overwrite=True to write over it." % there[0])
        os.makedirs(target, exist_ok=True)
        for path, place in pairs:
            copy_file(path, place)
        return [os.path.abspath(place) for _, place in pairs]


def copy_file(path, place):
    """Copy a file to a place, whose folders are made; what lies there is replaced once the copy is whole."""
    if os.path.exists(place) and os.path.samefile(path, place):
        return
    os.makedirs(os.path.dirname(os.path.abspath(place)), exist_ok=True)
    aside = place + ".part"
    try:
        shutil.copyfile(path, aside)
        os.replace(aside, place)
    except BaseException:
        if os.path.lexists(aside):
            os.unlink(aside)
        raise


def some(first, end):
    """Keep the files from `first` up to `end`, counted from 0; None is the last one."""
    return lambda files: files[first:end]


def chosen(probability, seed, wanted=True):
    """Keep each file with that probability; with `wanted` False the others, if the seed is the same."""

    def step(files):
        dice = random.Random(seed)
        return [each for each in files if (dice.random() < probability) == wanted]

    return step


class Mount:
    """Files as a local folder, from `start()` to `stop()`, or in a `with` block."""

    def __init__(self, files, mount_point):
        self._files = files
        self._wanted = None if mount_point is None else os.fspath(mount_point)
        self._point = None
        self._is_made = self._was_there = False

    @property
    def mount_point(self):
        """The folder's path."""
        if self._point is None:
            self._point = self._wanted or self._files.folder() or tempfile.mkdtemp(prefix="dataset-")
        return self._point

    def start(self):
        """Let the folder show the files. Raises UserErrorException where other files are in it."""
        point = self.mount_point
        if self._is_made or (self._wanted is None and point == self._files.folder()):
            return
        self._was_there = os.path.lexists(point)
        if self._was_there and not (os.path.isdir(point) and not os.listdir(point)):
            raise places.wrong("%r is no empty folder: mount the files at another place." % point)
        pairs = [(path, os.path.join(point, *paths.parts_of(name))) for name, path in self._files.files()]
        self._is_made = True
        os.makedirs(point, exist_ok=True)
        for path, place in pairs:
            os.makedirs(os.path.dirname(place), exist_ok=True)
            os.symlink(os.path.abspath(path), place)

    def stop(self):
        """Let the folder be as it was before; the files stay where they are."""
        if self._is_made:
            shutil.rmtree(self._point, ignore_errors=True)
            if self._was_there and self._wanted is not None:
                os.makedirs(self._point, exist_ok=True)
        self._is_made = False

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, wrong, trace):
        self.stop()
