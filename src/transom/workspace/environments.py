"""What a person asks of environments: which there are, what is in one, a new one, its build, its removal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transom.engine.environments import CURRENT, HOST, Defined, Environments, Ready, Request, Upgrade
from transom.engine.environments.builds import Built, Damaged
from transom.engine.environments.interpreters import interpreters
from transom.engine.environments.locking import Progress
from transom.engine.environments.requirement_files import wanted_by
from transom.engine.environments.requirements import Wanted, sorted_once, spelled
from transom.engine.packages import Packages
from transom.errors import EnvironmentFailed, EnvironmentFixed, PythonMissing, ResultUnwritable, WrongUse
from transom.model.assets import Environment, Sdk
from transom.model.policies import Policy
from transom.settings import PACKAGES, Settings

_DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Addition:
    """What a person asks of a new environment: packages by name, files of them, and how it is made."""

    name: str
    packages: Sequence[str] = ()
    files: Sequence[Path] = ()
    python: str | None = None
    preload: Sequence[str] = ()
    exact: bool = False
    forks: bool = True
    policy: Policy | None = None
    sdk: Sdk | None = None


def environment_rows(settings: Settings) -> list[dict[str, Any]]:
    """One document for each environment: name, what it stands for, python, packages, built, bytes, policy, problem."""
    environments = Environments(settings)
    return [_row(environments, name) for name in environments.names()]


def _row(environments: Environments, name: str) -> dict[str, Any]:
    row: dict[str, Any] = {"name": name, "stands_for": None, "python": None, "packages": 0, "built": False, "bytes": 0}
    row["policy"] = None
    try:
        environment = environments.peek(name)
    except (EnvironmentFailed, PythonMissing) as wrong:
        return row | {"problem": wrong.message}
    found = None if name == HOST else environments.builds.look(environment.digest, whole=False)
    return row | {
        "stands_for": environment.name if environment.name != name else None,
        "python": environment.python,
        "packages": len(environment.packages),
        "built": name == HOST or isinstance(found, Built),
        "bytes": found.told["bytes"] if isinstance(found, Built) else 0,
        "policy": environment.policy,
        "problem": f"its build is not whole: {found.reason}" if isinstance(found, Damaged) else None,
    }


def environment_document(name: str, settings: Settings) -> dict[str, Any]:
    """Everything that is known of an environment; its build is looked at whole. Raises EnvironmentUnknown."""
    environments = Environments(settings)
    environment = environments.peek(name)
    found = None if name == HOST else environments.builds.look(environment.digest)
    built = found if isinstance(found, Built) else None
    return {
        **_described(environment),
        "built": name == HOST or built is not None,
        "problem": f"its build is not whole: {found.reason}" if isinstance(found, Damaged) else None,
        "interpreter": sys.executable if name == HOST else built.interpreter if built else None,
        "folder": str(built.folder) if built else None,
        "bytes": built.told["bytes"] if built else 0,
        "date": built.told["date"] if built else None,
        "packages": dict(environment.packages),
        "lock": environment.lock,
    }


def _described(environment: Environment) -> dict[str, Any]:
    return {
        "name": environment.name,
        "python": environment.python,
        "digest": environment.digest,
        "requirements": list(environment.requirements),
        "preload": list(environment.preload),
        "resolve": environment.resolve,
        "forks": environment.forks,
        "policy": environment.policy,
        "sdk": environment.sdk,
    }


def add_environment(addition: Addition, settings: Settings, progress: Progress) -> Defined:
    """Define an environment from words and files, and lock it.

    Raises NotThere, RequirementInvalid, RequirementsUnmet, PythonMissing, EnvironmentExists and WrongUse.
    """
    parts = [wanted_by(path) for path in addition.files]
    words = sorted_once(spelled(each, f"the requirement {each}") for each in addition.packages)
    if not words and not parts:
        raise WrongUse(
            problem="No requirements are given.",
            advice="Name packages, or a file: `-r requirements.txt`, `-r script.py`.",
        )
    wanted = _together(parts, words)
    request = Request(
        name=addition.name,
        wanted=wanted,
        python=addition.python,
        preload=tuple(addition.preload),
        resolve=not addition.exact,
        forks=addition.forks,
        policy=addition.policy or wanted.policy,
        sdk=addition.sdk,
    )
    return Environments(settings).add(request, progress)


def _together(parts: Sequence[Wanted], words: Sequence[str]) -> Wanted:
    """What several files and words ask for; only a file alone can be a lock."""
    return Wanted(
        requirements=sorted_once([*words, *(each for part in parts for each in part.requirements)]),
        python=next((part.python for part in parts if part.python), None),
        lock=parts[0].lock if len(parts) == 1 and not words else "",
        policy=_strictest(part.policy for part in parts if part.policy is not None),
        notes=tuple(note for part in parts for note in part.notes),
    )


def _strictest(policies: Iterable[Policy]) -> Policy | None:
    return max(policies, key=list(Policy).index, default=None)


def defined_document(defined: Defined) -> dict[str, Any]:
    """What was defined, with its notes."""
    environment = defined.environment
    return {**_described(environment), "packages": dict(environment.packages), "notes": list(defined.notes)}


def build_environment(name: str, settings: Settings, progress: Progress) -> Ready:
    """Build an environment, unless its build stands and is whole.

    Raises BuildFailed, EnvironmentUnknown and PythonMissing.
    """
    environments = Environments(settings)
    return environments.ready(environments.find(name), progress)


def ready_document(ready: Ready, settings: Settings) -> dict[str, Any]:
    """What a build is: where it lies and how large it is."""
    built = None if ready.folder is None else Environments(settings).builds.look(ready.digest, whole=False)
    return {
        "name": ready.environment.name,
        "digest": ready.digest,
        "interpreter": ready.interpreter,
        "folder": None if ready.folder is None else str(ready.folder),
        "bytes": built.told["bytes"] if isinstance(built, Built) else 0,
        "notes": list(ready.notes),
    }


def remove_environment(name: str, settings: Settings) -> None:
    """Forget an environment, with its build where no other is the same. Raises EnvironmentUnknown, EnvironmentFixed."""
    Environments(settings).remove(name)


def exported(name: str, settings: Settings) -> str:
    """An environment as a requirements file with hashes, which `transom env add NAME -r FILE` makes again."""
    if name == HOST:
        raise EnvironmentFixed(
            name=HOST,
            verb="exported",
            advice="Its packages were not installed by Transom: see `transom env show host`.",
        )
    environment = Environments(settings).find(name)
    return f"# Python {environment.python}. Environment {environment.name} of Transom.\n{environment.lock}"


def export_environment(name: str, path: Path, settings: Settings) -> None:
    """Write an environment as a requirements file. Raises EnvironmentUnknown and ResultUnwritable."""
    text = exported(name, settings)
    try:
        path.write_text(text, "utf-8")
    except OSError as wrong:
        raise ResultUnwritable(path=path, reason=wrong.strerror or str(wrong)) from None


def python_rows() -> list[dict[str, Any]]:
    """One document for each Python that is found: version, path, origin."""
    return [
        {"version": ".".join(map(str, each.version)), "path": each.path, "origin": each.origin}
        for each in interpreters()
    ]


def upgrade_environment(name: str | None, settings: Settings, progress: Progress, *, write: bool) -> Upgrade:
    """What resolving an environment anew changes; with `write`, changed.

    Raises EnvironmentUnknown, EnvironmentFixed and RequirementsUnmet.
    """
    environments = Environments(settings)
    upgrade = environments.upgrade(name or CURRENT, progress)
    if write and upgrade.changes:
        environments.accept(upgrade)
    return upgrade


def upgrade_document(upgrade: Upgrade, *, written: bool) -> dict[str, Any]:
    """What changes, and whether it was written."""
    return {
        "name": upgrade.before.name,
        "becomes": upgrade.after.name,
        "changes": [{"package": name, "from": before, "to": after} for name, before, after in upgrade.changes],
        "written": written,
    }


def prune_environments(days: float, settings: Settings) -> int:
    """Remove builds that no name has, and packages of scripts, that were not used for so many days; their bytes."""
    builds = Environments(settings).prune(days * _DAY)
    return builds + Packages(settings.data_folder / PACKAGES).prune(keep_seconds=days * _DAY).bytes
