"""The mappings of a workspace (`ws.datasets`, `ws.models`, ...): names that are asked for once, values when needed."""

from collections.abc import Mapping


class Named(Mapping):
    """A read-only mapping from names to what `load(name)` gives; `names()` gives the names.

    `what` is what one value is called in a sentence: "dataset".
    """

    def __init__(self, what, names, load):
        self._what = what
        self._ask = names
        self._load = load
        self._names = None
        self._values = {}

    def __getitem__(self, name):
        if name not in self._values:
            if name not in self._all():
                raise KeyError(not_among(self._what, name, self._all()))
            self._values[name] = self._load(name)
        return self._values[name]

    def __iter__(self):
        return iter(self._all())

    def __len__(self):
        return len(self._all())

    def __contains__(self, name):
        return name in self._all()

    def __repr__(self):
        return "{%s}" % ", ".join("%r: <%s>" % (name, self._what) for name in self._all())

    def _all(self):
        if self._names is None:
            self._names = list(self._ask())
        return self._names


def not_among(what, name, names):
    """The sentence that no such thing is there, with the names near it, or those that are."""
    import difflib  # 4 ms that only a missing name costs

    near = difflib.get_close_matches(str(name), names, 3, 0.6)
    if near:
        return "There is no %s %r; did you mean %s?" % (what, name, " or ".join(repr(each) for each in near))
    there = ", ".join(repr(each) for each in sorted(names)[:20])
    return "There is no %s %r; %s" % (what, name, "there are: %s." % there if there else "there is none at all.")
