"""What this machine can enforce: every means and every policy is tried, in processes of their own, by the probe."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any

from transom.engine import cgroups
from transom.engine.doctor.machine import Machine, machine
from transom.engine.doctor.promises import MEANINGS, PROMISES, broken, held_by_landlock, holding, promised_by
from transom.engine.doctor.reasons import Reason, Refusal, reason_of
from transom.model.policies import Policy

__all__ = ["MEANINGS", "PROMISES", "Examined", "Machine", "Means", "Tried", "examine", "machine"]

CHILD = Path(__file__).resolve().parent.parent / "child"
#: The longest that the whole probe may take, in seconds.
_SECONDS = 120
#: Of a policy that nothing here enforces, all is missing.
_NOTHING = tuple(each.name for each in PROMISES)


@dataclass(frozen=True, slots=True)
class Means:
    """A means of confinement: whether it is there, what was found, and where it is not, why and what to do."""

    name: str
    there: bool
    found: str = ""
    why: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """A policy as it was tried: what enforces it, what of it nothing does, and what a script could do.

    An attempt that could not be made is None. `wrong` says what kept the policy from being tried.
    """

    policy: Policy
    by: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    could: Mapping[str, bool | None] = field(default_factory=dict)
    wrong: str = ""

    @property
    def broken(self) -> list[str]:
        """What a script could do although nothing was told to be missing."""
        return broken(self.policy, self.missing, self.could)

    @property
    def is_whole(self) -> bool:
        """Whether all that it promises is held, as was seen when it was tried."""
        return not self.missing and not self.broken and not self.wrong

    def of_promises(self) -> dict[str, tuple[str, ...] | None]:
        """What holds each promise; nothing for what it does not hold, None for what it does not promise."""
        promised = {each.name for each in promised_by(self.policy)}
        lacking = {*self.missing, *(_NOTHING if self.wrong else ())}
        return {
            each.name: None if each.name not in promised else () if each.name in lacking else holding(each, self.by)
            for each in PROMISES
        }


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found of this machine."""

    machine: Machine
    means: tuple[Means, ...]
    policies: tuple[Tried, ...]

    def policy(self, policy: Policy) -> Tried:
        """How one of them was found."""
        return next(each for each in self.policies if each.policy is policy)


def examine(data_folder: Path, here: Machine) -> Examined:
    """Try what this machine has for a data folder, which need not be there. Takes about a second.

    Where its kernel is not Linux nothing is tried, since there is nothing.
    """
    told = _probed(data_folder) if here.is_linux else {"means": {}, "policies": {}}
    return Examined(here, tuple(_means(told, here)), tuple(_tried(each, told) for each in Policy))


def _means(told: Mapping[str, Any], here: Machine) -> Iterator[Means]:
    for name, found in told["means"].items():
        if found["there"]:
            yield Means(name, True, _found(name, found["found"]))
        else:
            reason = reason_of(name, Refusal(found["error"], found["what"]), here)
            yield Means(name, False, "", reason.why, reason.advice)
    if not told["means"]:
        reason = Reason(told["wrong"]) if "wrong" in told else reason_of("namespaces", Refusal(None, ""), here)
        yield Means("namespaces, Landlock, system call filter", False, "", reason.why, reason.advice)
    yield _control_groups(here)
    where = shutil.which("bwrap")
    yield Means("bubblewrap", where is not None, where or "", "" if where else "It is not installed; nothing needs it.")


def _found(name: str, found: str) -> str:
    if name == "Landlock":
        return f"{found}: {held_by_landlock(int(found.rpartition(' ')[2]))}"
    return found


def _control_groups(here: Machine) -> Means:
    places = cgroups.usable()
    if places:
        controllers = sorted({controller for place in places for controller in place.controllers})
        return Means("control groups", True, f"version {places[0].version}: {', '.join(controllers)}")
    why = "This process may make none." if here.is_linux else "Only Linux has this."
    advice = "Memory, processor time and processes of a job are measured instead, ten times a second."
    return Means("control groups", False, "", why, advice)


def _tried(policy: Policy, told: Mapping[str, Any]) -> Tried:
    found = told["policies"].get(policy.value)
    if found is None or "failed" in found:
        if policy is Policy.OPEN:
            return Tried(policy)
        missing = tuple(each.name for each in promised_by(policy))
        return Tried(policy, (), missing, {}, "" if found is None else found["failed"])
    return Tried(policy, tuple(found["by"]), tuple(found["missing"]), found["could"])


def _probed(data_folder: Path) -> Mapping[str, Any]:
    """What the probe told; `wrong` where it could not."""
    with _place(data_folder) as folder:
        try:
            done = subprocess.run(
                [sys.executable, str(CHILD), "--probe", str(folder)],
                input=json.dumps(_rules(folder)).encode(),
                capture_output=True,
                timeout=_SECONDS,
                check=True,
            )
            told: Mapping[str, Any] = json.loads(done.stdout)
        except (subprocess.SubprocessError, OSError, ValueError) as wrong:
            return {"means": {}, "policies": {}, "wrong": f"The probe could not be run ({wrong})."}
        return told


def _rules(folder: Path) -> dict[str, Any]:
    """What a job of each policy is confined to, with a data folder of the probe's own."""
    from transom.engine.confinement import Grounds, Premises  # not on Windows
    from transom.engine.job_folder import JobFolder
    from transom.model.policies import Confinement
    from transom.model.runs import Limits

    rules = {}
    for policy in Policy:
        job = JobFolder(folder / "data" / policy.value)
        job.prepare()
        grounds = Grounds(Confinement(policy, policy.network), Limits(processes=1000), Premises(folder / "data"))
        rules[policy.value] = grounds.rules(job.path)
    return rules


@contextmanager
def _place(data_folder: Path) -> Iterator[Path]:
    """A new folder, where possible on the file system of the data folder and beside it."""
    there = next((each for each in data_folder.parents if each.is_dir()), Path(gettempdir()))
    with TemporaryDirectory(prefix=".transom-doctor-", dir=there if os.access(there, os.W_OK) else None) as name:
        folder = Path(name)
        for each in ("data", "outside"):
            (folder / each).mkdir()
        try:
            yield folder
        finally:
            for found in folder.rglob("*"):
                if found.is_dir() and not found.is_symlink():
                    with suppress(OSError):  # the kernel makes the work folder of an overlay with no rights
                        found.chmod(0o700)
