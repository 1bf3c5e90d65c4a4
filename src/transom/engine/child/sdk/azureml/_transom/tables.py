"""The table of a dataset: where it comes from, which rows and columns of it are wanted, and how it becomes a frame.

Nothing is asked or read before the frame, or something that only it tells, is wanted.
"""

import importlib
import importlib.util
import operator
import os
import sys

from . import asking, lazily, places, saying

_PACKAGE = "transom child"


class Registered:
    """The table of a registered dataset, by its id and what it is called."""

    def __init__(self, dataset_id, name):
        self.token = dataset_id
        self.name = name
        self._path = None

    def path(self, strictly=False):
        """The path of its step file, which is only to be read."""
        if self._path is None:
            self._path = asked("dataset/open", id=self.token)["table"]["path"]
        return self._path


class Read:
    """What a question reads: files, or a query. `facts()` gives its facts, handing over what goes with it.

    Where types of columns are given (`typed`), a cell that is not of its type is missing, or `strictly` an error.
    """

    name = "table"

    def __init__(self, question, facts, typed):
        self._question, self._facts, self._typed = question, facts, typed
        self._answers = {}

    @property
    def token(self):
        """What names the table that was read."""
        return self._asked(False)["token"]

    def path(self, strictly=False):
        """The path of its step file, which is only to be read."""
        return self._asked(strictly and self._typed)["table"]["path"]

    def _asked(self, strictly):
        if strictly not in self._answers:
            facts = dict(self._facts())
            if strictly:
                facts["options"] = dict(facts.get("options", {}), on_error="fail")
            self._answers[strictly] = asked(self._question, **facts)
            for warning in self._answers[strictly].get("warnings", ()):
                saying.once(warning)
        return self._answers[strictly]


class Table:
    """A source and the steps that lead from its frame to the one that is wanted."""

    def __init__(self, source, steps=()):
        self._source, self._steps = source, tuple(steps)

    def then(self, step):
        """The table after one more step, a function from frame to frame."""
        return Table(self._source, self._steps + (step,))

    def frame(self, strictly=False):
        """A DataFrame of the caller's own. Raises UserErrorException, and ImportError without pandas or pyarrow."""
        frame = read(self._source.path(strictly), self._source.name)
        for step in self._steps:
            frame = step(frame)
        return frame

    def content(self):
        """What registers it: the token of a table that is there already, or the table handed over."""
        return {"table": handed(self.frame())} if self._steps else {"same_as": self._source.token}


# Steps


def rows(first, end):
    """Keep the rows from `first` up to `end`, counted from 0; None is the last one."""
    return lambda frame: _own(frame, frame.iloc[first:end])


def some_rows(probability, seed, wanted=True):
    """Keep each row with that probability; with `wanted` False the others, if the seed is the same."""

    def step(frame):
        import numpy

        chosen = numpy.random.RandomState(seed).random_sample(len(frame)) < probability
        return _own(frame, frame[chosen if wanted else ~chosen])

    return step


def columns(names, keep, must_be_there):
    """Keep these columns, or drop them, in the order of the table.

    One that is not there is told, and with `must_be_there` an error.
    """

    def step(frame):
        there = [str(name) for name in frame.columns]
        for name in names:
            if name not in there:
                sentence = lazily.not_among("column", name, there)
                if must_be_there:
                    raise places.wrong(sentence)
                saying.once(sentence)
        places_kept = [place for place, name in enumerate(there) if (name in names) == keep]
        return _unwarned(frame.iloc[:, places_kept])

    return step


def _own(whole, part):
    """Some rows of a frame: numbered from 0 again if the rows of the whole were, as a dataset of Azure has no index."""
    import pandas

    if type(whole.index) is pandas.RangeIndex and whole.index.equals(pandas.RangeIndex(len(whole))):
        part.index = pandas.RangeIndex(len(part), name=whole.index.name)
    return _unwarned(part)


def _unwarned(part):
    """The part without pandas' warning at changes, which is for parts of a frame that somebody still has."""
    if getattr(part, "_is_copy", None) is not None:
        part._is_copy = None
    return part


# Numbers that a script gives


def count_of(value, what):
    """A number of rows. Raises UserErrorException."""
    try:
        count = operator.index(value)
    except TypeError:
        count = -1
    if count < 0 or isinstance(value, bool):
        raise places.wrong("%s is a whole number from 0 on, and not %s." % (what, places.shown(value)))
    return count


def share_of(value, what):
    """A probability. Raises UserErrorException."""
    if isinstance(value, (str, bytes, bool)) or not hasattr(value, "__float__") or not 0 <= float(value) <= 1:
        raise places.wrong("%s is a number from 0 to 1, and not %s." % (what, places.shown(value)))
    return float(value)


def seed_of(value):
    """A seed for numpy; without one a random one."""
    if value is None:
        return int.from_bytes(os.urandom(4), "little")
    return count_of(value, "The seed") % 2**32


def names_of(value, what):
    """The names of columns, given as a text or several. Raises UserErrorException."""
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, (list, tuple, set, frozenset)) and not hasattr(names, "tolist"):
        raise places.wrong("%s are a text or a list of texts, and not %s." % (what, places.shown(value)))
    names = list(names)
    for name in names:
        if not isinstance(name, str):
            raise places.wrong("%s are texts, and %s is none." % (what, places.shown(name)))
    return names


# Frames and step files


def asked(question, **facts):
    """The answer to a question about the content of data; what is refused raises DatasetExecutionError."""
    from azureml.data.dataset_error_handling import DatasetExecutionError
    from azureml.exceptions import UserErrorException

    try:
        return asking.ask(question, **facts)
    except UserErrorException as wrong:
        raise DatasetExecutionError(wrong.message) from None


def read(path, name):
    """The frame of a step file. The caller may change it: it lies in a private map of the file.

    What changed on the way is told in the log, with the name.
    """
    frame, warnings = _frames().read_frame(path)
    for warning in warnings:
        saying.once("%s: %s" % (name, warning))
    return frame


def handed(frame):
    """Hand a frame over; what stands for it in a question. Raises UserErrorException for what is no table."""
    import pandas

    if not isinstance(frame, pandas.DataFrame):
        raise places.wrong("A table is a pandas.DataFrame, and not of type %s." % type(frame).__name__)
    frames = _frames()
    place, told = asking.place_to_hand()
    try:
        _, warnings = frames.write_frame(frame, place, aside=False)
    except (frames.Unstorable, frames.ColumnsNested) as wrong:
        raise places.wrong(str(wrong)) from None
    for warning in warnings:
        saying.once(warning)
    return told


def _frames():
    """What turns step files into frames, as the ports of the script do."""
    if _PACKAGE not in sys.modules:
        _load(os.path.abspath(__file__))
    try:
        return importlib.import_module(_PACKAGE + ".frames")
    except ImportError as wrong:
        raise ImportError("A table needs pandas and pyarrow in the script's environment: %s" % wrong, name=wrong.name)


def _load(place):
    """Load the package in a process that the script started, which does not have it yet; its path stays as it is."""
    for _ in range(4):
        place = os.path.dirname(place)
    spec = importlib.util.spec_from_file_location(
        _PACKAGE, os.path.join(place, "__init__.py"), submodule_search_locations=[place]
    )
    package = importlib.util.module_from_spec(spec)
    sys.modules[_PACKAGE] = package
    spec.loader.exec_module(package)
