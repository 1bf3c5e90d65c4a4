"""Which modules packages bring, told from their names alone, and which come with a version of Python."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources

from transom.model.assets import normalised

#: Modules that Python had, and the version that had them no more.
_LEFT = {
    **dict.fromkeys(["parser", "symbol", "macpath", "formatter"], (3, 10)),
    **dict.fromkeys(["binhex", "distutils", "asynchat", "asyncore", "imp", "smtpd"], (3, 12)),
    **dict.fromkeys(["aifc", "audioop", "cgi", "cgitb", "chunk", "crypt", "imghdr", "lib2to3", "mailcap"], (3, 13)),
    **dict.fromkeys(["msilib", "nis", "nntplib", "ossaudiodev", "pipes", "sndhdr", "spwd", "sunau"], (3, 13)),
    **dict.fromkeys(["telnetlib", "uu", "xdrlib"], (3, 13)),
}
_CAME = {"dataclasses": (3, 7), "contextvars": (3, 7), "graphlib": (3, 9), "zoneinfo": (3, 9), "tomllib": (3, 11)}
#: What neither the name of a package nor the table of the checks tells.
_MORE = {
    "fusepy": ("fuse",),
    "json-logging-py": ("jsonlogging",),
    "matplotlib": ("matplotlib",),
    "ndg-httpsclient": ("ndg",),
    "psycopg2-binary": ("psycopg2",),
    "setuptools": ("setuptools", "easy_install"),
}
_ONLY_ON_WINDOWS = frozenset({"msilib", "msvcrt", "nt", "winreg", "winsound"})
#: Folders that many packages share.
_SHARED = ("azure", "azureml", "google", "backports", "ruamel")


def modules_of(packages: Iterable[str], python: tuple[int, ...]) -> frozenset[str]:
    """The top-level modules of these packages (normalised names) and of a Python of this version, as far as known."""
    found = _of_python(python[:2])
    for package in packages:
        found.update(_by_package().get(package) or (package.replace("-", "_"),))
        found.update(_MORE.get(package, ()))
        if package.split("-")[0] in _SHARED:
            found.add(package.split("-")[0])
    return frozenset(found)


def _of_python(python: tuple[int, ...]) -> set[str]:
    names = set(sys.stdlib_module_names) - _LEFT.keys() - _CAME.keys() - _ONLY_ON_WINDOWS
    left = {name for name, version in _LEFT.items() if python < version}
    return names | left | {name for name, version in _CAME.items() if python >= version}


@cache
def _by_package() -> Mapping[str, tuple[str, ...]]:
    """The top-level modules of each package that the table of the checks names."""
    text = resources.files("transom.engine.checks").joinpath("packages.toml").read_text("utf-8")
    found: dict[str, tuple[str, ...]] = {}
    for module, package in tomllib.loads(text)["modules"].items():
        found[normalised(package)] = (*found.get(normalised(package), ()), module.partition(".")[0])
    return found
