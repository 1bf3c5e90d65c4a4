"""How an environment is written down: one file each, in the user's data folder or, ready-made, in the catalog."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from transom.engine.environments.locking import write_aside
from transom.errors import EnvironmentFailed, WrongUse
from transom.model.assets import Environment, Sdk
from transom.model.policies import Policy

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DATED = re.compile(r"current-(?P<year>\d{4})\.(?P<month>\d{2})(?:\.(?P<number>\d+))?")


@dataclass(frozen=True, slots=True)
class ReadyMade:
    """An environment of the catalog. `pythons` are the versions that it is made for, the preferred one first; its lock
    may have markers. `leave_out` names packages that others ask for and that nobody here needs."""

    environment: Environment
    pythons: tuple[str, ...]
    leave_out: tuple[str, ...]


class Definitions:
    """The environments that a person has defined."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> tuple[str, ...]:
        """Their names, sorted."""
        return tuple(sorted(path.stem for path in self.folder.glob("*.toml") if _NAME.fullmatch(path.stem)))

    def find(self, name: str) -> Environment | None:
        """The environment of this name. Raises EnvironmentFailed where its file cannot be understood."""
        path = self._path(name)
        if not _NAME.fullmatch(name) or not path.is_file():
            return None
        try:
            text = path.read_text("utf-8")
            told = tomllib.loads(text)
            environment = _environment(told, name, str(told["python"]))
            sdk = None if "sdk" not in told else Sdk(told["sdk"])
            return replace(environment, policy=_policy(told, text), sdk=sdk)
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as wrong:
            raise EnvironmentFailed(
                name=name,
                reason=f"its definition {path} cannot be read ({wrong})",
                advice=f"Remove it with `transom env remove {name}` and add it again.",
            ) from None

    def write(self, environment: Environment) -> None:
        """Write it down, in place of an earlier one of its name."""
        write_aside(self._path(environment.name), _text(environment))

    def remove(self, name: str) -> None:
        """Forget it."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.toml"


def check_name(name: str) -> None:
    """Raises WrongUse where an environment cannot be called so."""
    if not _NAME.fullmatch(name):
        raise WrongUse(
            problem=f"An environment cannot be called {name!r}.",
            advice="Use letters, digits, dots, hyphens and underscores, 64 at most.",
        )


def month_of(name: str) -> tuple[int, ...] | None:
    """(year, month, number) of a dated environment, `current-2026.11` or `current-2026.11.2`; None of any other."""
    found = _DATED.fullmatch(name)
    return (int(found["year"]), int(found["month"]), int(found["number"] or 1)) if found else None


@cache
def catalog() -> Mapping[str, ReadyMade]:
    """The environments that come with Transom, by name."""
    folder = resources.files("transom.engine.environments.catalog")
    files = sorted((each for each in folder.iterdir() if each.name.endswith(".toml")), key=lambda each: each.name)
    return {file.name.removesuffix(".toml"): _ready_made(file.name, file.read_text("utf-8")) for file in files}


def _ready_made(file: str, text: str) -> ReadyMade:
    told = tomllib.loads(text)
    pythons = tuple(told["python"]) if isinstance(told["python"], list) else (told["python"],)
    environment = _environment(told, file.removesuffix(".toml"), pythons[0])
    return ReadyMade(environment, pythons, tuple(told.get("leave_out", ())))


def _environment(told: Mapping[str, Any], name: str, python: str) -> Environment:
    return Environment(
        name=name,
        python=python,
        requirements=tuple(told["requirements"]),
        lock=told["lock"],
        preload=tuple(told.get("preload", ())),
        resolve=bool(told.get("resolve", True)),
        forks=bool(told.get("forks", True)),
    )


def _policy(told: Mapping[str, Any], text: str) -> Policy | None:
    """The policy of a definition, if it has one. Raises ValueError, which says in which line it is wrong."""
    if "policy" not in told:
        return None
    try:
        return Policy(told["policy"])
    except ValueError:
        number = next((at for at, line in enumerate(text.splitlines(), 1) if line.lstrip().startswith("policy")), 1)
        raise ValueError(f"line {number}: {told['policy']!r} is no policy; there are {', '.join(Policy)}") from None


def _text(environment: Environment) -> str:
    """The environment as TOML; JSON's texts, lists and flags are TOML's too."""
    names = ("python", "requirements", "preload", "resolve", "forks")
    lines = [f"{name} = {json.dumps(getattr(environment, name), ensure_ascii=False)}" for name in names]
    lines += [f'policy = "{environment.policy}"'] if environment.policy is not None else []
    lines += [f'sdk = "{environment.sdk}"'] if environment.sdk is not None else []
    head = "# Written by `transom env`. The lock is what counts; `transom env add` makes a new one."
    return "\n".join([head, *lines, f"lock = '''\n{environment.lock}'''", ""])
