"""What is said of a run: the names, tags and properties of Run, and how one is found by them."""

from . import asking
from .plain import texts


class Marking:
    """The part of Run that is told of it; `self._record` is a `here.Here` or an `earlier.Earlier`."""

    @property
    def name(self):
        """The name that it was given; otherwise its script's, of a child run what it was called."""
        return self.display_name

    @property
    def display_name(self):
        """The name that it was given; otherwise its script's, of a child run what it was called. It can be set."""
        return self._record.told().properties.get("display_name") or self._record.name

    @display_name.setter
    def display_name(self, value):
        self._record.write("property", "display_name", str(value))

    @property
    def description(self):
        """The description that was set, or None."""
        return self._record.told().properties.get("description")

    @description.setter
    def description(self, value):
        self._record.write("property", "description", str(value))

    def tag(self, key, value=None):
        """Put a tag on the run."""
        self._record.write("tag", key, None if value is None else str(value))

    def set_tags(self, tags):
        """Put several tags on the run."""
        for key, value in tags.items():
            self.tag(key, value)

    def get_tags(self):
        """The tags of the run."""
        return dict(self._record.told().tags)

    @property
    def tags(self):
        """The tags of the run."""
        return self.get_tags()

    def remove_tags(self, tags):
        """Take these tags, one or a list, away; what they were."""
        before = self.get_tags()
        names = [tags] if isinstance(tags, str) else list(tags)
        for name in names:
            self._record.write("untag", name, None)
        return {name: before[name] for name in names if name in before}

    def add_properties(self, properties):
        """Give the run properties, which cannot be changed later. Raises UserErrorException for one that it has."""
        there = self.get_properties()
        for name, value in texts(properties).items():
            if there.get(name, value) != value:
                raise asking.told_as(
                    "UserErrorException",
                    "Property %r of the run is %r and cannot be changed: use a tag, run.tag(key, value)."
                    % (name, there[name]),
                )
            self._record.write("property", name, value)

    def get_properties(self):
        """The properties of the run."""
        return dict(self._record.told().properties)

    @property
    def properties(self):
        """The properties of the run."""
        return self.get_properties()

    def _is_among(self, tags, properties, status):
        """Whether it has these tags and properties, and this status; None asks for nothing."""
        told = self._record.told() if tags is not None or properties is not None else None
        return (
            (tags is None or _has(told.tags, tags))
            and (properties is None or _has(told.properties, properties))
            and (status is None or self._record.status() == status)
        )


def _has(there, wanted):
    """Whether tags or properties are there: a name, names, or names with their values."""
    if isinstance(wanted, dict):
        return all(name in there and (value is None or there[name] == str(value)) for name, value in wanted.items())
    names = [wanted] if isinstance(wanted, str) else wanted
    return all(name in there for name in names)
