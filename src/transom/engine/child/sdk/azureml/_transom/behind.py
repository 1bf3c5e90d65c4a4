"""How a module of ours takes a name that it lacks from its namesake of the real SDK, where that is installed.

The real one costs a second to import, so it is touched only for such a name. Python 3.6 knows no `__getattr__` of a
module: the module gets a class that has one.
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
        if module is None:
            raise absent.of_module(self.__name__, attribute)
        return getattr(module, attribute)

    def __dir__(self):
        return sorted(set(self.__dict__) | set(self.__dict__["_lazily"]))


def real(name):
    """The real SDK's module of that name, imported now if it was not; None where it is not installed.

    It is another object than `sys.modules[name]`, which is ours. Raises ImportError where it cannot be imported.
    """
    if name not in _REAL:
        spec = _real_spec(name)
        if spec is None:
            _REAL[name] = None
            return None
        _REAL[name] = module = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except BaseException as wrong:
            del _REAL[name]
            if not isinstance(wrong, Exception):
                raise
            raise ImportError(
                "%s of the installed azureml-core cannot be imported: %s: %s" % (name, type(wrong).__name__, wrong)
            )
    return _REAL[name]


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
