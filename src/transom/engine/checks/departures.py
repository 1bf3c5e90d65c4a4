"""The table of names that left the libraries: how it is read, and which of its rows count in an environment."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from transom.engine.checks.surroundings import EnvironmentFacts, numbers

#: The libraries that have a file of rows, by the name that a script imports.
LIBRARIES: Mapping[str, str] = {
    "pandas": "pandas",
    "numpy": "numpy",
    "sklearn": "scikit-learn",
    "scipy": "scipy",
    "matplotlib": "matplotlib",
    "pylab": "matplotlib",
    "seaborn": "seaborn",
}


@dataclass(frozen=True, slots=True, eq=False)
class Departure:
    """One row: what left, in which version of which package, and what replaces it; docs/checks.md tells the fields."""

    kind: str
    library: str
    gone: str
    path: str = ""
    name: str = ""
    of: tuple[str, ...] = ()
    on: tuple[str, ...] = ()
    become: str = ""
    call: str = ""
    expression: str = ""
    rename: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    parameter: str = ""
    position: int | None = None
    drop: bool = False
    after: bool = False
    statement: bool = False
    remove: bool = False
    note: str = ""
    special: str = ""
    certain: bool = False
    back: str = ""
    introduced: str = ""
    hollow: str = ""

    def is_gone(self, version: tuple[int, ...]) -> bool:
        """Whether a version of the library lacks it."""
        if self.back and version >= numbers(self.back):
            return False
        return version >= numbers(self.gone)


@dataclass(frozen=True, slots=True)
class Departed:
    """The rows that count in one environment, by what they are found by."""

    versions: Mapping[str, str]
    names: Mapping[str, Departure]
    methods: Mapping[str, tuple[Departure, ...]]
    calls: Mapping[str, tuple[Departure, ...]]

    def name(self, dotted: str) -> Departure | None:
        """The row of a dotted name, or of the longest path that it begins with."""
        parts = dotted.split(".")
        for length in range(len(parts), 1, -1):
            found = self.names.get(".".join(parts[:length]))
            if found:
                return found
        return self.names.get(parts[0])


@cache
def rows_of(library: str) -> tuple[Departure, ...]:
    """Every row of one package's file."""
    text = resources.files("transom.engine.checks").joinpath("departed", f"{library}.toml").read_text("utf-8")
    found = []
    for kind, rows in tomllib.loads(text).items():
        for row in rows:
            lists = {key: tuple(value) for key, value in row.items() if isinstance(value, list)}
            found.append(Departure(kind=kind, **{"library": library, **row, **lists}))
    return tuple(found)


@cache
def older_environments() -> Mapping[str, Mapping[str, str]]:
    """The environments with older versions: name -> package -> version."""
    text = resources.files("transom.engine.checks").joinpath("departed", "environments.toml").read_text("utf-8")
    loaded: dict[str, dict[str, str]] = tomllib.loads(text)
    return loaded


def still_has(row: Departure) -> str:
    """Which environment still has what left, as a sentence; empty where none has."""
    for name, versions in older_environments().items():
        version = versions.get(row.library)
        if version and not row.is_gone(numbers(version)):
            package = "Python" if row.library == "python" else row.library
            return f"`--environment {name}` still has it, with {package} {version}."
    return ""


def departed(environment: EnvironmentFacts, libraries: Iterable[str]) -> Departed:
    """The rows of these packages, and of Python itself, that count in an environment."""
    versions: dict[str, str] = {"python": ".".join(map(str, environment.python))}
    rows: list[Departure] = []
    for library in ("python", *sorted(set(libraries))):
        version = environment.version(library)
        if version is not None:
            versions.setdefault(library, environment.packages.get(library, ""))
            rows += [row for row in rows_of(library) if row.is_gone(version)]
    methods: dict[str, tuple[Departure, ...]] = {}
    calls: dict[str, tuple[Departure, ...]] = {}
    for row in rows:
        if row.kind == "method":
            methods[row.name] = (*methods.get(row.name, ()), row)
        for function in row.of:
            calls[function] = (*calls.get(function, ()), row)
    return Departed(versions, {row.path: row for row in rows if row.kind == "name"}, methods, calls)
