"""How the entry point of a person's own component is called by names, and which tables by name it returned."""

import collections.abc
import inspect
import itertools

import pandas

from . import accepting


class SignatureWrong(Exception):
    """The entry point cannot be called with the names of its component; the text says why."""


class ResultsWrong(Exception):
    """What was returned are not the outputs of the component; `type_name` is that of what is no table, or None."""

    def __init__(self, text, type_name=None):
        super().__init__(text)
        self.type_name = type_name


def arguments(entry_point, name, frames, parameters):
    """The keywords to call it with. `frames` are by port, None where nothing is connected.

    A default of a parameter other than None is kept where nothing is connected. Raises SignatureWrong.
    """
    given = dict(frames, **parameters)
    try:
        taken = inspect.signature(entry_point).parameters
    except (ValueError, TypeError):  # some built-in callables tell nothing of themselves
        return given
    _check(taken, name, given)
    return {
        each: value
        for each, value in given.items()
        if value is not None or each not in frames or each not in taken or taken[each].default is taken[each].empty
    }


def _check(taken, name, given):
    wild = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    plain = [each for each in taken.values() if each.kind not in wild]
    required = [each.name for each in plain if each.default is each.empty]
    by_position = [each.name for each in plain if each.kind is each.POSITIONAL_ONLY and each.name in given]
    takes_any = any(each.kind is each.VAR_KEYWORD for each in taken.values())
    missing = [each for each in required if each not in given]
    unexpected = [each for each in given if each not in taken and not takes_any]
    if missing:
        raise SignatureWrong(
            "%s requires %s, which its component does not have; %s." % (name, ", ".join(missing), _has(given))
        )
    if unexpected:
        raise SignatureWrong(
            "%s takes no %s, which its component gives to it by name." % (name, " and no ".join(unexpected))
        )
    if by_position:
        raise SignatureWrong("%s takes %s by position only; a component gives all by name." % (name, by_position[0]))


def _has(given):
    return "it has %s" % ", ".join(given) if given else "it has no input and no parameter"


def accept(returned, outputs):
    """The frames of a component's outputs, in order. Raises ResultsWrong."""
    if isinstance(returned, pandas.DataFrame):
        returned = (returned,)
    if hasattr(returned, "_asdict") and set(getattr(returned, "_fields", ())) == set(outputs):
        returned = returned._asdict()  # of a named tuple the names count, not the order
    if isinstance(returned, collections.abc.Mapping):
        return _by_name(dict(returned), outputs)
    if returned is None and not outputs:
        return []
    if isinstance(returned, (str, bytes)) or not accepting.is_sequence(returned):
        raise ResultsWrong(
            "The script returned %s, but its component has %s." % (_what(returned), _listed(outputs)),
            type(returned).__name__,
        )
    return _in_order(returned, outputs)


def _by_name(returned, outputs):
    missing = [each for each in outputs if each not in returned]
    unknown = [str(each) for each in returned if each not in outputs]
    if missing or unknown:
        parts = ["no table for %s" % ", ".join(missing)] if missing else []
        parts += ["%s, which is no output" % ", ".join(unknown)] if unknown else []
        raise ResultsWrong("The script returned %s; its component has %s." % (" and ".join(parts), _listed(outputs)))
    return [_table(returned[each], each) for each in outputs]


def _in_order(returned, outputs):
    values = list(itertools.islice(iter(returned), len(outputs) + 1))
    if len(values) != len(outputs):
        raise ResultsWrong(
            "The script returned %s, but its component has %s." % (_count(values, outputs), _listed(outputs))
        )
    return [_table(value, each) for value, each in zip(values, outputs)]


def _count(values, outputs):
    """How many were returned, in words; no more than one above what is right was looked at."""
    if not values:
        return "nothing"
    if not outputs:
        return "something"
    what = "table" if all(isinstance(each, pandas.DataFrame) for each in values) else "value"
    if len(values) > len(outputs):
        return "more than %d %s%s" % (len(outputs), what, "" if len(outputs) == 1 else "s")
    return "%d %s%s" % (len(values), what, "" if len(values) == 1 else "s")


def _table(value, output):
    if not isinstance(value, pandas.DataFrame):
        raise ResultsWrong(
            "%s: the script returned %s where a DataFrame belongs." % (output, _what(value)), type(value).__name__
        )
    return value


def _what(value):
    return "None" if value is None else "a value of type %s" % accepting.type_name(value)


def _listed(outputs):
    if not outputs:
        return "no outputs"
    return "the output%s %s" % ("s" if len(outputs) > 1 else "", ", ".join(outputs))
