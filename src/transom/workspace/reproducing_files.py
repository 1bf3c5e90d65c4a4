"""What all bundles of runs have in common: how one is opened as what strangers made, and what is masked in it."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile

from transom.engine.archives import Archive, BundleLimits, opened
from transom.engine.environments import HOST, Environments, Request
from transom.engine.environments.requirement_files import wanted_by
from transom.errors import BundleInvalid, ResultUnwritable, RunBundleInvalid, TransomError, WrongUse
from transom.model.policies import Policy
from transom.settings import Settings
from transom.workspace.datastores_masking import MASK, is_address, without_secrets

RUN, LOG, OUTCOME, LOCK = "run.json", "log.txt", "outcome.json", "environment.lock"
VERSION = 1
_LIMITS = BundleLimits(64 * 1024**3, 100_000)
_MOST_BYTES_OF_TEXT = 64 * 1024**2
#: The user and the password of an address, wherever it stands in a text.
_CREDENTIALS = re.compile(r"(?<=://)[^\s\"'<>/]*:[^\s\"'<>]*@")


@dataclass(frozen=True, slots=True)
class Replaying:
    """How a run is made again: in another environment, under another policy, without a word."""

    environment: str | None = None
    policy: str | None = None
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Replayed:
    """A run that was made again, and how it compares with the first one; `equal` where the same came out.

    `results` says of each port whether it was the same. Of a pipeline's run its keys are `STEP.PORT`; `steps` has
    {"status", "first", "equal", "results"} of each step, `outputs` whether each was the same.
    """

    run: str
    first: str
    status: str
    equal: bool
    sentences: tuple[str, ...] = ()
    results: Mapping[str, bool] = field(default_factory=dict)
    steps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    outputs: Mapping[str, bool] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """What `transom runs replay --json` prints."""
        told = {name: getattr(self, name) for name in ("run", "first", "status", "equal")}
        told |= {"sentences": list(self.sentences), "results": dict(self.results)}
        if self.steps:
            told |= {"steps": {name: dict(each) for name, each in self.steps.items()}, "outputs": dict(self.outputs)}
        return told


def masked(value: Any, *, queries: bool = True) -> Any:
    """A value of JSON without the passwords of addresses; with `queries` a text that is an address loses its query."""
    if isinstance(value, str):
        is_alone = queries and is_address(value) and not any(character.isspace() for character in value)
        return _CREDENTIALS.sub(f"{MASK}@", without_secrets(value) if is_alone else value)
    if isinstance(value, Mapping):
        return {key: masked(each, queries=queries) for key, each in value.items()}
    return [masked(each, queries=queries) for each in value] if isinstance(value, (list, tuple)) else value


def masked_text(text: str) -> str:
    """A text of several lines without the passwords of the addresses in it."""
    return _CREDENTIALS.sub(f"{MASK}@", text)


def as_json(value: Mapping[str, Any]) -> str:
    """The text of a file of a bundle."""
    return json.dumps(masked(value), ensure_ascii=False, indent=1, default=str)


def lock_text(lock: str, name: str, python: str) -> str:
    """The file of a lock: its first line tells the Python, which is read when an environment is defined from it."""
    of = f"Python {python}. " if python else ""
    return f"# {of}Environment {name}.\n{masked_text(lock)}"


def write_table(archive: ZipFile, name: str, path: Path, sample: int | None) -> None:
    """Put a step file into a bundle, or its first rows."""
    if sample is None:
        archive.write(path, name)
        return
    from transom.tables import formats

    with tempfile.TemporaryDirectory(prefix="transom-") as folder:
        target = Path(folder, "sample.arrow")
        formats.read(path, target, sample=sample)
        archive.write(target, name)


def write_zip(archive: ZipFile, name: str, path: Path) -> None:
    """Put a zip file into a bundle, as it is."""
    archive.write(path, name, ZIP_STORED)


def as_object(value: object) -> dict[str, Any]:
    """The value, if it is an object of JSON; else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """The value, if it is a list of JSON; else an empty one."""
    return value if isinstance(value, list) else []


class Bundle:
    """A bundle that is open; `told` is what its `run.json` tells. Everything in it may be forged."""

    def __init__(self, path: Path, archive: Archive) -> None:
        self.path = path
        self.archive = archive
        self.names = {entry.name for entry in archive.entries}
        self.told = self._read(RUN)

    def _read(self, name: str) -> dict[str, Any]:
        if name not in self.names:
            raise self.wrong(f"there is no {name} in it")
        with self.archive.stream(name) as stream:
            content = stream.read(_MOST_BYTES_OF_TEXT)
        try:
            told = json.loads(content)
        except (ValueError, RecursionError):
            raise self.wrong(f"{name} cannot be read") from None
        if not isinstance(told, dict):
            raise self.wrong(f"{name} is no object")
        return told

    def unpacked(self, name: str, target: Path) -> Path:
        """One file of it at `target`, which is not there yet."""
        if name not in self.names:
            raise self.wrong(f"there is no {name} in it")
        with _room_for(target), self.archive.stream(name) as stream, target.open("xb") as file:
            shutil.copyfileobj(stream, file)
        return target

    def unpack(self, folder: Path) -> None:
        """All of it below `folder`, which is empty."""
        with _room_for(folder):
            self.archive.unpack_to(folder)

    def text(self, value: object, name: str) -> str:
        """A text that must be there; `name` is what it is called."""
        if not isinstance(value, str) or not value or "\0" in value:
            raise self.wrong(f"its {name} is no text")
        return value

    def wrong(self, reason: str) -> RunBundleInvalid:
        """The error for a bundle that cannot be what it says."""
        return RunBundleInvalid(path=self.path, reason=reason)


@contextmanager
def _room_for(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as wrong:
        advice = "Make room, or name another folder for what is temporary: `TMPDIR=FOLDER transom runs replay ...`."
        raise ResultUnwritable(path=target, reason=wrong.strerror or str(wrong), advice=advice) from None


@contextmanager
def opened_bundle(path: Path) -> Iterator[Bundle]:
    """A bundle to read from. Raises NotThere and RunBundleInvalid."""
    from transom.workspace.script_files import must_exist

    must_exist(path)
    try:
        with opened(path, _LIMITS) as archive:
            yield Bundle(path, archive)
    except BundleInvalid as wrong:
        raise RunBundleInvalid(path=path, reason=wrong.facts["reason"]) from None


def policy_of(asked: str | None, recorded: object) -> Policy | None:
    """The policy that a person names, else the recorded one, which may only be stricter than the usual one."""
    if asked is not None:
        try:
            return Policy(asked)
        except ValueError:
            raise WrongUse(problem=f"There is no policy {asked!r}.", advice=f"There are {', '.join(Policy)}.") from None
    found = next((each for each in Policy if each == recorded), None)
    return None if found is None or found.is_looser_than(Policy.GUARDED) else found


def environment_here(
    told: Mapping[str, Any], lock: Path, settings: Settings, asked: str | None
) -> tuple[str, tuple[str, ...]]:
    """The name of the environment in which what ran in the one `told` of is made again, and what to say of that.

    It is defined from its `lock` if need be. Raises what defining one does.
    """
    name, digest = str(told.get("name") or HOST), str(told.get("digest") or "")
    if asked is not None:
        return asked, (f"It ran in {name}, and is made again in {asked}.",)
    environments = Environments(settings)
    with suppress(TransomError):
        if environments.peek(name).digest == digest:
            return name, ()
    if name == HOST or not lock.is_file():
        return HOST, ("It ran in the Python of another machine, whose packages may differ from those of this one.",)
    defined = environments.add(Request(f"replay-{digest[:12]}", wanted_by(lock)))
    return defined.environment.name, (f"Its environment {name} was defined here as {defined.environment.name}.",)
