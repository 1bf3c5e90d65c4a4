"""What is installed here: the metadata folders on `sys.path`, read without a library that Python 3.6 lacks."""

import os
import re
import sys

_METADATA = re.compile(r"(?P<name>.+?)-(?P<version>[^-]+?)(-py[\d.]+)?\.(dist-info|egg-info)$")


class Distribution:
    """One installed package: its name, version, the folder it lies in, and its metadata."""

    def __init__(self, name, version, place, metadata):
        self.name = name
        self.version = version
        self.place = place
        self._metadata = metadata

    def fields(self):
        """The header fields of its metadata: {name: [values]}."""
        for file in ("METADATA", "PKG-INFO", ""):
            path = os.path.join(self._metadata, file) if file else self._metadata
            try:
                with open(path, encoding="utf-8", errors="replace") as stream:
                    return _fields(stream)
            except OSError:
                continue
        return {}

    def files(self):
        """The files that it has brought, as far as it lists them."""
        try:
            with open(os.path.join(self._metadata, "RECORD"), encoding="utf-8", errors="replace") as stream:
                return [line.rpartition(",")[0].rpartition(",")[0].strip('"') for line in stream]
        except OSError:
            return []


def plain_name(name):
    """The one spelling of a package's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed():
    """Every package that an import can find, by name; the first place of `sys.path` wins."""
    found = {}
    for place in sys.path:
        for entry in _listed(place or "."):
            match = _METADATA.match(entry)
            if match:
                plain = plain_name(match.group("name"))
                if plain not in found:
                    metadata = os.path.join(place, entry)
                    found[plain] = Distribution(_name(match, metadata), match.group("version"), place, metadata)
    return [found[name] for name in sorted(found)]


def _listed(place):
    try:
        return sorted(os.listdir(place))
    except OSError:
        return []


def _name(match, metadata):
    """The name as its author writes it: a folder's name has underscores for what is anything else."""
    name = match.group("name")
    return (Distribution(name, "", "", metadata).fields().get("Name") or [name])[0] if "_" in name else name


def _fields(stream):
    fields = {}
    for line in stream:
        if not line.strip():
            break
        name, colon, value = line.partition(":")
        if colon and not line[0].isspace():
            fields.setdefault(name, []).append(value.strip())
    return fields
