"""How a module of ours takes a name that it lacks from its namesake of the real SDK, where that is installed.

The real one costs a second to import, so it is touched only for such a name, or for a module that is only there.
Python 3.6 knows no `__getattr__` of a module: the module gets a class that has one.
"""

import importlib
import importlib.machinery
import importlib.util
import os
import sys
import types

from . import absent

#: The folder that holds `azureml` of ours.
_SDK = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_REAL = {}
#: The real package's modules import one another in circles that hold only in the order in which it imports them itself.
_FIRST = {
    "azureml.core": (
        "azureml.core.workspace",
        "azureml.core.experiment",
        "azureml.core.environment",
        "azureml.core.run",
        "azureml.core.datastore",
        "azureml.core.model",
        "azureml.core.dataset",
    )
}


def stand_before(name, lazily=None):
    """Let the module of that name find what it lacks: in modules of ours (`lazily`: attribute -> module), then behind.

    A module of ours calls it with its own `__name__`. Raises ImportError and AttributeError when a name is asked for.
    """
    module = sys.modules[name]
    module.__class__ = _Before
    module.__dict__["_lazily"] = dict(lazily or {})


class _Before(types.ModuleType):
    """A module of ours, before the real one."""

    def __getattr__(self, attribute):
        if attribute.startswith("__"):
            raise AttributeError("module %r has no attribute %r" % (self.__name__, attribute))
        place = self.__dict__["_lazily"].get(attribute)
        if place is not None:
            found = getattr(importlib.import_module(place), attribute)
        else:
            found = self._behind(attribute)
        self.__dict__.setdefault(attribute, found)
        return found

    def _behind(self, attribute):
        module = real(self.__name__)
        if module is None or not hasattr(module, attribute):
            raise absent.of_module(self.__name__, attribute)
        return getattr(module, attribute)

    def __dir__(self):
        return sorted(set(self.__dict__) | set(self.__dict__["_lazily"]))


def real(name):
    """The real SDK's module of that name, imported now if it was not; None where it is not installed.

    It is another object than `sys.modules[name]`, which is ours. Raises ImportError where it cannot be imported.
    """
    if name not in _REAL:
        parent = name.rpartition(".")[0]
        if parent:
            real(parent)
    if name not in _REAL:  # its package may have imported it
        spec = _real_spec(name)
        if spec is None:
            _REAL[name] = None
            return None
        _REAL[name] = importlib.util.module_from_spec(spec)
        _fill(_REAL[name], spec.loader)
    return _REAL[name]


def _fill(module, loader):
    name = module.__name__
    for each in _FIRST.get(name, ()):
        try:
            real(each)
        except ImportError:  # it is told where a name of it is asked for
            continue
    try:
        loader.exec_module(module)
    except BaseException as wrong:
        del _REAL[name]
        if not isinstance(wrong, Exception):
            raise
        raise ImportError(
            "%s of the installed azureml-core cannot be imported: %s: %s" % (name, type(wrong).__name__, wrong)
        )


def is_installed():
    """Whether this environment has the real SDK."""
    return _real_spec("azureml.core") is not None


def _real_spec(name):
    parent = name.rpartition(".")[0]
    places = sys.modules[parent].__path__ if parent else sys.path
    others = [place for place in places if not _is_ours(place)]
    spec = importlib.machinery.PathFinder.find_spec(name, others)
    return spec if spec is not None and spec.loader is not None else None


def _is_ours(place):
    return (os.path.abspath(place) + os.sep).startswith(_SDK + os.sep)


class _PackageFirst:
    """Lets the real package be imported before a module of it that we do not have, as Python itself would.

    It finds nothing itself. What a script installs meanwhile is added to the places in which modules are looked for.
    """

    def find_spec(self, name, path=None, target=None):
        parent = name.rpartition(".")[0]
        if parent.partition(".")[0] == "azureml" and isinstance(sys.modules.get(parent), _Before):
            _add_new_places(sys.modules[parent])
            if parent != "azureml" and parent not in _REAL and not _have(name) and _real_spec(name) is not None:
                real(parent)


def _have(name):
    """Whether a module is ours."""
    place = os.path.join(_SDK, *name.split("."))
    return os.path.isfile(place + ".py") or os.path.isdir(place)


def _add_new_places(package):
    """`__path__` with the folders of the package that came to be since it was imported."""
    below = os.path.join(*package.__name__.split("."))
    for place in sys.path:
        folder = os.path.join(place, below)
        if folder not in package.__path__ and os.path.isdir(folder):
            package.__path__.append(folder)


def keep_order():
    """Let the real package be imported before modules of it."""
    if not any(isinstance(each, _PackageFirst) for each in sys.meta_path):
        sys.meta_path.insert(0, _PackageFirst())
