"""What a person registers: an environment, a named interpreter with locked packages."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from transom.model.policies import Policy

_PINNED = re.compile(r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[^\s;\\]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Environment:
    """A named interpreter with locked packages.

    `python` is its version (`3.6`; of the host the whole one, `3.11.7`). `requirements` are what was asked for, in one
    spelling and sorted. `lock` is a requirements file with a line `name==version` and `--hash=` entries for every
    package, names normalised and sorted. `preload` names modules that a warm process imports besides numpy, pandas and
    pyarrow. Without `resolve` the requirements are an exact list that is installed as it stands. Without `forks` a
    library of it forbids forking, and every job starts cold. `policy` is what its scripts may touch unless a run says
    so itself.
    """

    name: str
    python: str
    requirements: tuple[str, ...] = ()
    lock: str = ""
    preload: tuple[str, ...] = ()
    resolve: bool = True
    forks: bool = True
    policy: Policy | None = None

    @property
    def digest(self) -> str:
        """What names its build: 64 hexadecimal digits of python, lock and preload, whatever it is called."""
        told = json.dumps([self.python, self.lock, list(self.preload)])
        return hashlib.sha256(told.encode()).hexdigest()

    @property
    def packages(self) -> Mapping[str, str]:
        """The version of every package of the lock, by its normalised name."""
        return {found["name"]: found["version"] for found in _PINNED.finditer(self.lock)}


def normalised(package: str) -> str:
    """The one spelling of a package's name: `scikit_learn` and `Scikit.Learn` are `scikit-learn`."""
    return re.sub(r"[-_.]+", "-", package).lower()
