"""How a name of Microsoft's SDK that is not there is told: an error that names it and says what to use instead.

What to use stands in `absences`.
"""

import importlib.machinery
import sys
import types

from .absences import METHODS, NAMES


class NotThere(AttributeError, NotImplementedError):
    """The SDK has such a name, and Transom does not; the text says what to use."""


class Telling:
    """What a class of the SDK inherits so that a name which it lacks is told, with what to use or what is near."""

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        declare(cls, METHODS.get(cls.__name__, {}))

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError("%r object has no attribute %r" % (type(self).__name__, name))
        for each in type(self).__mro__:
            if isinstance(each.__dict__.get(name), _Absent):
                raise each.__dict__[name].told()
        raise NotThere(_unknown(_shown(type(self)), name, dir(type(self))))

    def __dir__(self):
        return [name for name in super().__dir__() if not isinstance(_static(type(self), name), _Absent)]


def declare(cls, advice):
    """Let the class tell what to use for each of these names: a dictionary, name -> sentence."""
    for name, sentence in advice.items():
        if name not in cls.__dict__:
            setattr(cls, name, _Absent(_shown(cls), name, sentence))


class _Absent:
    """A method that is not there, asked for of the class or of an object."""

    def __init__(self, owner, name, advice):
        self.owner, self.name, self.advice = owner, name, advice

    def __get__(self, instance, owner=None):
        raise self.told()

    def told(self):
        return NotThere("%s.%s is not there in Transom. %s" % (self.owner, self.name, self.advice))


def of_module(module, name):
    """The error for a name that a module of the SDK lacks here."""
    advice = NAMES.get("%s.%s" % (module, name))
    if advice is not None:
        return NotThere("%s.%s is not there in Transom. %s" % (module, name, advice))
    names = [each for each, value in vars(sys.modules[module]).items() if not isinstance(value, types.ModuleType)]
    return AttributeError(_unknown(module, name, names + list(sys.modules[module]._lazily)))


def _unknown(owner, name, names):
    import difflib  # 4 ms that only a missing name costs

    there = sorted(each for each in names if not each.startswith("_"))
    near = difflib.get_close_matches(name, there, 3, 0.6)
    if near:
        return "%s.%s is not there. Did you mean %s?" % (owner, name, " or ".join(near))
    return "%s.%s is not there; there are: %s." % (owner, name, ", ".join(there))


def _shown(cls):
    """What scripts call the class: its `_shown_as`, or its name."""
    return getattr(cls, "_shown_as", None) or cls.__name__.lstrip("_")


def _static(cls, name):
    for each in cls.__mro__:
        if name in each.__dict__:
            return each.__dict__[name]
    return None


class _Finder:
    """The last to be asked for a module of `azureml`: it lets the import of a name that is not there say what to use.

    `from azureml.core import X` asks for a module `azureml.core.X` where there is no such attribute.
    """

    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self) if name in NAMES else None

    def create_module(self, spec):
        raise ImportError("%s is not there in Transom. %s" % (spec.name, NAMES[spec.name]), name=spec.name)

    def exec_module(self, module):
        """Nothing is ever made, so nothing is executed."""


def tell_of_imports():
    """Let imports of what is not there say what to use."""
    if not any(isinstance(each, _Finder) for each in sys.meta_path):
        sys.meta_path.append(_Finder())
