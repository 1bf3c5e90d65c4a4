"""What a person is told of their machine: what it can enforce, which policy runs take, its Pythons and environments."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transom.engine.doctor import MEANINGS, PROMISES, Examined, Means, Tried, examine, machine
from transom.errors import EnvironmentFailed
from transom.model.policies import Policy
from transom.settings import Settings


@dataclass(frozen=True, slots=True)
class Health:
    """What was found: of the machine, and of what Transom keeps on it. Sizes are bytes."""

    examined: Examined
    default: dict[str, Any]
    pythons: list[dict[str, Any]]
    environments: list[dict[str, Any]]
    uv: dict[str, Any]
    disk: dict[str, Any]

    def document(self) -> dict[str, Any]:
        """All of it as one JSON document."""
        here = self.examined.machine
        return {
            "machine": {
                "system": here.system,
                "kernel": here.kernel,
                "processor": here.processor,
                "cores": here.cores,
                "memory": here.memory,
                "python": here.python,
                "interpreter": here.interpreter,
                "user": here.user,
                "container": here.container,
            },
            "means": [_means(each) for each in self.examined.means],
            "policies": [_policy(each) for each in self.examined.policies],
            "default_policy": self.default,
            "pythons": self.pythons,
            "uv": self.uv,
            "disk": self.disk,
            "environments": self.environments,
        }


def examine_machine(settings: Settings) -> Health:
    """Look at this machine. Nothing is downloaded, and nothing stays."""
    examined = examine(settings.data_folder, machine())
    return Health(
        examined=examined,
        default=_default(settings),
        pythons=_pythons() if examined.machine.is_posix else [],
        environments=_environments(settings) if examined.machine.is_posix else [],
        uv=_uv() if examined.machine.is_posix else {"version": None, "problem": "Transom runs no scripts on Windows."},
        disk=_disk(settings.data_folder),
    )


def _means(means: Means) -> dict[str, Any]:
    return {
        "name": means.name,
        "there": means.there,
        "found": means.found or None,
        "why": means.why or None,
        "advice": means.advice or None,
    }


def _policy(tried: Tried) -> dict[str, Any]:
    return {
        "policy": tried.policy.value,
        "network": tried.policy.network.value,
        "whole": tried.is_whole,
        "by": list(tried.by),
        "missing": list(tried.missing),
        "promises": {
            name: None if held is None else {"held": bool(held), "by": list(held)}
            for name, held in tried.of_promises().items()
        },
        "could": dict(tried.could),
        "broken": tried.broken,
        "problem": tried.wrong or None,
    }


def meanings() -> dict[str, str]:
    """What each promise means, by its name."""
    return {each.name: each.meaning for each in PROMISES}


def policies_in_words() -> dict[str, str]:
    """What each policy lets a script do, by its name, the loosest first."""
    return {policy.value: MEANINGS[policy] for policy in Policy}


def _default(settings: Settings) -> dict[str, Any]:
    """The policy that a run takes for which none is named, whether it must be whole to run, and who says so."""
    policy, loosest = settings.policy, settings.loosest_policy
    said_by = "setting policy" if policy else None
    if policy is None and loosest is not None and Policy.GUARDED.is_looser_than(Policy(loosest)):
        policy, said_by = loosest, "setting loosest_policy"
    return {"policy": policy or Policy.GUARDED.value, "must_be_whole": policy is not None, "said_by": said_by}


def _pythons() -> list[dict[str, Any]]:
    from transom.workspace.environments import python_rows

    return python_rows()


def _environments(settings: Settings) -> list[dict[str, Any]]:
    from transom.workspace.environments import environment_rows

    return environment_rows(settings)


def _uv() -> dict[str, Any]:
    from transom.engine.uv import uv

    try:
        said = uv(["--version"])
    except EnvironmentFailed as wrong:
        return {"version": None, "problem": wrong.message}
    if not said.succeeded:
        return {"version": None, "problem": said.reason}
    return {"version": said.out.split()[1] if len(said.out.split()) > 1 else said.out.strip(), "problem": None}


def _disk(folder: Path) -> dict[str, Any]:
    there = next((each for each in (folder, *folder.parents) if each.is_dir()), folder)
    found: dict[str, Any] = {"folder": str(folder), "free": None, "total": None}
    try:
        usage = shutil.disk_usage(there)
    except OSError:
        return found
    return found | {"free": usage.free, "total": usage.total}
