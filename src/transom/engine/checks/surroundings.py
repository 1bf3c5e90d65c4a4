"""What a script will find around it when it runs: the environment, its script bundle, the files beside it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from transom.engine.asking import answer_of
from transom.errors import EnvironmentFailed
from transom.model.assets import normalised
from transom.model.scripts import ENTRY_POINT, Source

_ASK = "import json, sys; print(json.dumps([list(sys.version_info[:3]), sys.path[1:], list(sys.builtin_module_names)]))"
_ASK_SECONDS = 30
_DISTRIBUTION = re.compile(r"(?P<name>[^-]+)-(?P<version>[^-]+)(-py[\d.]+)?\.(dist-info|egg-info)$")


@dataclass(frozen=True, slots=True)
class EnvironmentFacts:
    """What is known of an environment without importing anything in it.

    `python` is its version; `packages` maps a normalised name (`scikit-learn`) to a version; `modules` holds the
    top-level names that can be imported; `interpreter` is the path of its Python, if it can be asked.
    """

    python: tuple[int, ...]
    packages: Mapping[str, str]
    modules: frozenset[str]
    interpreter: str | None = None

    def has_module(self, name: str) -> bool:
        """Whether the top-level module of a dotted name can be imported there."""
        return name.partition(".")[0] in self.modules

    def version(self, package: str) -> tuple[int, ...] | None:
        """The version of a package as numbers; None where it is not installed. `python` is a package here."""
        if package == "python":
            return self.python
        text = self.packages.get(normalised(package))
        return None if text is None else numbers(text)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a script is checked against.

    `bundle` maps the path of each `.py` of the bundle to its text, `bundle_files` names all of its files, with
    slashes; `folder` is where the person's script lies; `entry_point` is the function that will be called: with these
    `keywords`, or by position with two tables where there are none (None).
    """

    environment: EnvironmentFacts
    has_bundle: bool = False
    bundle: Mapping[str, Source] = field(default_factory=dict)
    bundle_files: tuple[str, ...] = ()
    folder: Path | None = None
    entry_point: str = ENTRY_POINT
    keywords: tuple[str, ...] | None = None


def numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version: (2, 2, 3) for `2.2.3rc1`."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def environment_facts(interpreter: str) -> EnvironmentFacts:
    """What the environment of this interpreter has; another one than our own is asked by a short process.

    Raises EnvironmentFailed where the interpreter does not answer.
    """
    if os.path.abspath(interpreter) == os.path.abspath(sys.executable):
        python, places, builtin = tuple(sys.version_info[:3]), sys.path, sys.builtin_module_names
    else:
        python, places, builtin = _asked(interpreter)
    packages, modules = _found_in(places)
    return EnvironmentFacts(python, packages, frozenset(modules | set(builtin)), interpreter)


def _asked(interpreter: str) -> tuple[tuple[int, ...], list[str], tuple[str, ...]]:
    try:
        python, places, builtin = answer_of(interpreter, _ASK, seconds=_ASK_SECONDS)
    except (OSError, ValueError) as wrong:
        reason = "its Python does not start" if isinstance(wrong, OSError) else "its Python does not answer"
        raise EnvironmentFailed(
            name=interpreter, reason=reason, advice="Name the path of a Python interpreter, 3.6 or newer."
        ) from None
    return tuple(python), places, tuple(builtin)


def _found_in(places: Iterable[str]) -> tuple[dict[str, str], set[str]]:
    """The packages and the top-level modules in folders of `sys.path`; the first place wins."""
    packages: dict[str, str] = {}
    modules: set[str] = set()
    for place in places:
        try:
            names = os.listdir(place or ".")
        except OSError:
            continue
        for name in names:
            found = _DISTRIBUTION.match(name)
            if found:
                packages.setdefault(normalised(found["name"]), found["version"])
                continue
            module, _, ending = name.partition(".")
            if module.isidentifier() and (not ending or ending == "py" or ending.endswith(("so", "pyd", "pyc"))):
                modules.add(module)
    return packages, modules
