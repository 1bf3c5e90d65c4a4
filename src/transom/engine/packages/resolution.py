"""Which packages an environment lacks for what is asked: uv's answer, kept for a while for whoever asks the same."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from transom.engine.packages.asked import Pin, Requirement, Target, Wanted, Wheel, lines
from transom.engine.packages.refusals import failed
from transom.engine.uv import Said, uv

#: An answer is taken without asking again while it is younger than this, in seconds; offline at any age.
FRESH_SECONDS = 600.0

_CHANGE = re.compile(r"^ (?P<sign>[-+~]) (?P<name>[^\s=@]+)(==(?P<version>\S+)| @ \S+)")


@dataclass(frozen=True, slots=True)
class Change:
    """What has to be installed or replaced: `before` is the environment's version, `version` the one to come."""

    name: str
    version: str
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """The pins that the job has after it, and the versions of the environment that they replace."""

    pins: Mapping[str, Pin]
    replaced: Mapping[str, str]


def resolve(
    target: Target, wanted: Wanted, pins: Mapping[str, Pin], answers: Path, *, offline: bool = False
) -> Resolved:
    """What `wanted` adds to an environment to which `pins` were added before.

    Earlier pins stay where they can: first all of them, then all but those that are named now, then none. `answers` is
    the folder of kept answers; `offline` asks nobody, and takes no answer that is kept. Raises CannotInstall.
    """
    said: Said | None = None
    for kept in _constraints(wanted, pins):
        question = _Question(target, wanted, tuple(kept), offline)
        found, said = question.answer(answers)
        if found is not None:
            return _merged(target, wanted, pins, kept, found)
        if said is not None and said.lacked_network:
            break
    assert said is not None
    raise failed(wanted.shown, said)


def _constraints(wanted: Wanted, pins: Mapping[str, Pin]) -> Iterator[list[Pin]]:
    """The earlier pins to hold on to, the most first, nothing twice."""
    named = set(wanted.names)
    everything = sorted(pins.values())
    others = [pin for pin in everything if pin.name not in named]
    tries = [others, []] if wanted.upgrade else [everything, others, []]
    for number, kept in enumerate(tries):
        if kept not in tries[:number]:
            yield kept


@dataclass(frozen=True, slots=True)
class _Question:
    target: Target
    wanted: Wanted
    kept: tuple[Pin, ...]
    offline: bool = False

    def answer(self, folder: Path) -> tuple[list[Change] | None, Said | None]:
        """The changes, or what uv said instead."""
        if self.offline:
            said = self._ask(folder)
            return (list(_changes(said.err + said.out, self.wanted)) if said.succeeded else None), said
        place = folder / f"{self._key()}.json"
        if _age(place) < FRESH_SECONDS:
            found = _read(place)
            if found is not None:
                return found, None
        said = self._ask(folder)
        if said.succeeded:
            changes = list(_changes(said.err + said.out, self.wanted))
            _write(place, changes)
            return changes, said
        return (_read(place) if said.lacked_network else None), said

    def _key(self) -> str:
        wanted = self.wanted
        parts = [
            [self.target.digest, self.target.interpreter, wanted.no_index, wanted.upgrade, wanted.no_deps, wanted.pre],
            sorted(each.line for each in wanted.requirements),
            sorted(each.line for each in wanted.constraints),
            sorted(each.digest + each.extras for each in wanted.wheels),
            sorted(each.digest for each in wanted.find_links),
            [pin.identity for pin in self.kept],
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]

    def _ask(self, folder: Path) -> Said:
        folder.mkdir(parents=True, exist_ok=True)
        wanted = self.wanted
        arguments = ["pip", "install", "--dry-run", "--break-system-packages", "--only-binary", ":all:"]
        # A project's own [tool.uv] is not about this script: uv looks for it from where it stands.
        arguments += ["--directory", str(folder), "--python", self.target.interpreter, "-r", "-"]
        arguments += ["--no-index"] if wanted.no_index else []
        arguments += ["--offline"] if self.offline else []
        arguments += ["--no-deps"] if wanted.no_deps else []
        arguments += ["--prerelease", "allow"] if wanted.pre else []
        for name in wanted.names if wanted.upgrade else ():
            arguments += ["--upgrade-package", name]
        for place in sorted({str(each.path.parent) for each in _links(wanted, self.kept)}):
            arguments += ["--find-links", place]
        held = [Requirement(pin.name, f"{pin.name}=={pin.version}", pin.hashes) for pin in self.kept]
        with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".constraints") as constraints:
            constraints.write(lines([*wanted.constraints, *held]))
            constraints.flush()
            return uv([*arguments, "-c", constraints.name], stdin=lines([*wanted.requirements, *wanted.wheels]))


def _links(wanted: Wanted, kept: Sequence[Pin]) -> list[Wheel]:
    return [*wanted.find_links, *(pin.wheel for pin in kept if pin.wheel is not None)]


def _changes(text: str, wanted: Wanted) -> Iterator[Change]:
    """The changes among uv's messages: ` - name==version`, ` + name==version`, ` + name @ file:...`."""
    versions = {each.name: each.version for each in wanted.wheels}
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    for line in text.splitlines():
        match = _CHANGE.match(line)
        if match:
            version = match["version"] or versions.get(match["name"], "")
            (before if match["sign"] == "-" else after)[match["name"]] = version
    for name, version in after.items():
        yield Change(name, version, before.get(name))


def _merged(
    target: Target, wanted: Wanted, pins: Mapping[str, Pin], kept: Sequence[Pin], changes: Sequence[Change]
) -> Resolved:
    changed = {each.name for each in changes}
    # What was named, without its earlier pin, and needs no change: the environment's own version is meant again.
    given_up = {name for name in wanted.names if name not in changed and all(pin.name != name for pin in kept)}
    found = {name: pin for name, pin in pins.items() if name not in given_up}
    hashes = {each.name: each.hashes for each in (*wanted.constraints, *wanted.requirements) if each.hashes}
    for change in changes:
        earlier = found.get(change.name)
        if earlier is None or earlier.version != change.version or _wheel_named(wanted, change) is not None:
            wheel = _wheel_for(target, wanted, change)
            found[change.name] = Pin(change.name, change.version, hashes.get(change.name, ()), wheel)
    return Resolved(found, {each.name: each.before for each in changes if each.before is not None})


def _wheel_named(wanted: Wanted, change: Change) -> Wheel | None:
    return next((replace(each, extras="") for each in wanted.wheels if each.name == change.name), None)


def _wheel_for(target: Target, wanted: Wanted, change: Change) -> Wheel | None:
    """The wheel file that a change comes from; None where it comes from the index."""
    named = _wheel_named(wanted, change)
    if named is not None:
        return named
    found = [each for each in wanted.find_links if (each.name, each.version) == (change.name, change.version)]
    if len(found) < 2:
        return found[0] if found else None
    return next((each for each in found if _fits(target, each)), found[0])


def _fits(target: Target, wheel: Wheel) -> bool:
    arguments = ["pip", "install", "--dry-run", "--break-system-packages", "--no-deps", "--no-index", "--offline"]
    return uv([*arguments, "--python", target.interpreter, "-r", "-"], stdin=lines([wheel])).succeeded


def _age(place: Path) -> float:
    try:
        return time.time() - place.stat().st_mtime
    except OSError:
        return float("inf")


def _read(place: Path) -> list[Change] | None:
    try:
        told = json.loads(place.read_text("utf-8"))
        return [Change(str(name), str(version), before) for name, version, before in told["changes"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(place: Path, changes: Sequence[Change]) -> None:
    told = {"changes": [[each.name, each.version, each.before] for each in changes]}
    aside = place.with_name(f"{place.name}.{os.getpid()}.{os.urandom(4).hex()}.part")
    aside.write_text(json.dumps(told), "utf-8")
    aside.replace(place)
