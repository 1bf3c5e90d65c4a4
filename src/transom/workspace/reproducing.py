"""How a run travels as one zip file, `transom runs bundle`, and is made again from it somewhere else.

The file holds `run.json` (what was asked for, the digests of what went in and came out), `script/NAME`,
`script_bundle.zip`, `inputs/PORT.arrow`, `environment.lock`, `log.txt` and `outcome.json`. All of it is read as what
strangers made: paths come from its names of ports only, and a policy in it can make a run stricter, never looser.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from transom.engine.archives import Archive, BundleLimits, opened
from transom.engine.environments import HOST, Environments, Request
from transom.engine.environments.requirement_files import wanted_by
from transom.errors import BundleInvalid, ContentRemoved, ResultUnwritable, RunBundleInvalid, TransomError, WrongUse
from transom.model.policies import Policy
from transom.model.records import PIPELINE, RunInput, RunRecord
from transom.model.scripts import INPUT_PORTS
from transom.settings import Settings
from transom.workspace.inputs import BUNDLE_PORT
from transom.workspace.requests import RunRequest
from transom.workspace.running import Runner
from transom.workspace.runs import Runs, metrics_of

_FORMAT = "transom run"
_VERSION = 1
_RUN = "run.json"
_LOCK = "environment.lock"
_BUNDLE = "script_bundle.zip"
_MOST_BYTES_OF_TEXT = 64 * 1024**2
_LIMITS = BundleLimits(64 * 1024**3, 1000)


def write_bundle(runs: Runs, record: RunRecord, target: Path, sample: int | None = None) -> dict[str, Any]:
    """Write what it takes to make a run again; `sample` keeps so many first rows of each input.

    Gives {"path", "bytes", "warnings"}. Raises ContentRemoved, ResultUnwritable, and WrongUse for a run that goes on.
    """
    if record.ended is None:
        raise WrongUse(problem=f"The run {record.id} is going on.", advice="Bundle it when it has ended.")
    if record.begun.kind == PIPELINE:
        raise WrongUse(
            problem=f"The run {record.id} is one of a pipeline, and a bundle holds the run of one script.",
            advice="Hand on the pipeline file with its data, or what `transom pipeline export` makes of it.",
        )
    if sample is not None and sample < 0:
        raise WrongUse(problem=f"A sample of {sample} rows is none.", advice="Give 0 or more, such as 1000.")
    aside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    writing = _Writing(runs, record, sample)
    try:
        with ZipFile(aside, "x", ZIP_DEFLATED) as archive:
            writing.write(archive)
        aside.replace(target)
    except OSError as wrong:
        raise ResultUnwritable(path=target, reason=wrong.strerror or str(wrong)) from None
    finally:
        aside.unlink(missing_ok=True)
    return {"path": str(target), "bytes": target.stat().st_size, "warnings": writing.warnings}


class _Writing:
    """The parts of one bundle as they are written."""

    def __init__(self, runs: Runs, record: RunRecord, sample: int | None) -> None:
        self.runs = runs
        self.record = record
        self.sample = sample
        self.warnings: list[str] = []

    def write(self, archive: ZipFile) -> None:
        record, runs = self.record, self.runs
        assert record.ended is not None
        name = Path(record.begun.script_shown).name or "script.py"
        archive.writestr(f"script/{name}", runs.content(record, record.begun.script, "its script"))
        inputs = [self._input(archive, each) for each in record.ended.inputs]
        lock = runs.lock(record)
        if lock:
            archive.writestr(_LOCK, f"# Python {record.ended.python}. Environment {record.ended.environment}.\n{lock}")
        with suppress(ContentRemoved):
            archive.writestr("log.txt", runs.log(record).encode("utf-8", "backslashreplace"))
        archive.writestr("outcome.json", _json(record.ended.document))
        archive.writestr(_RUN, _json(self._told(name, inputs)))

    def _told(self, name: str, inputs: list[dict[str, Any]]) -> dict[str, Any]:
        ended, begun = self.record.ended, self.record.begun
        assert ended is not None
        return {
            "format": _FORMAT,
            "version": _VERSION,
            "run": self.record.id,
            "created": begun.created.isoformat(),
            "script": name,
            "entry_point": begun.entry_point,
            "request": dict(begun.request),
            "inputs": inputs,
            "environment": {
                "name": ended.environment,
                "python": ended.python,
                "digest": ended.environment_digest,
                "policy": ended.policy,
            },
            "status": ended.status.value,
            "results": {port: each.digest for port, each in ended.results.items()},
            "metrics": metrics_of(self.record),
        }

    def _input(self, archive: ZipFile, each: RunInput) -> dict[str, Any]:
        told = {"port": each.port, "shown": each.shown, "digest": each.digest, "whole": False, "there": False}
        if each.port == BUNDLE_PORT:
            archive.write(self.runs.path(self.record, each.digest, "its bundle"), _BUNDLE, ZIP_STORED)
            return told | {"whole": True, "there": True}
        digest = each.digest if each.kept else each.sample
        if digest is None:
            self.warnings.append(f"{each.port} ({each.shown}) was not kept, so it is not in the bundle.")
            return told
        path = self.runs.path(self.record, digest, each.port)
        with self._first_rows(path) as cut:
            archive.write(cut, f"inputs/{each.port}.arrow")
        whole = each.kept and (self.sample is None or (each.shape is not None and each.shape.rows <= self.sample))
        if not whole:
            self.warnings.append(f"Of {each.port} ({each.shown}) the first rows only are in the bundle.")
        return told | {"whole": whole, "there": True}

    @contextmanager
    def _first_rows(self, path: Path) -> Iterator[Path]:
        """The step file itself, or one of its first rows, for as long as the block lasts."""
        if self.sample is None:
            yield path
            return
        from transom.tables import formats

        with tempfile.TemporaryDirectory(prefix="transom-") as folder:
            target = Path(folder, "sample.arrow")
            formats.read(path, target, sample=self.sample)
            yield target


@dataclass(frozen=True, slots=True)
class Replaying:
    """How a run is made again: in another environment, under another policy, without a word."""

    environment: str | None = None
    policy: str | None = None
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Replayed:
    """A run that was made again, and how it compares with the first one; `equal` where the same came out."""

    run: str
    first: str
    status: str
    equal: bool
    sentences: tuple[str, ...] = ()
    results: Mapping[str, bool] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """What `transom runs replay --json` prints."""
        told = {name: getattr(self, name) for name in ("run", "first", "status", "equal")}
        return told | {"sentences": list(self.sentences), "results": dict(self.results)}


def replay_bundle(path: Path, settings: Settings, how: Replaying) -> Replayed:
    """Make a run again from its bundle. Raises NotThere, RunBundleInvalid, and what `Runner.run` raises."""
    from transom.workspace.script_files import must_exist

    must_exist(path)
    with tempfile.TemporaryDirectory(prefix="transom-") as place:
        folder = Path(place)
        try:
            with opened(path, _LIMITS) as archive:
                bundle = _Bundle(path, archive)
                request = bundle.request(folder)
        except BundleInvalid as wrong:
            raise RunBundleInvalid(path=path, reason=wrong.facts["reason"]) from None
        environment, notes = bundle.environment(folder, settings, how)
        request = replace(request, environment=environment, policy=_policy(how.policy, request.policy))
        result = Runner(settings).run(request)
    return bundle.compared(result.id, result.status.value, result.outcome, notes)


def _policy(asked: str | None, recorded: Policy | None) -> Policy | None:
    """The policy that a person names, else the recorded one, which may only be stricter than the usual one."""
    if asked is not None:
        try:
            return Policy(asked)
        except ValueError:
            raise WrongUse(problem=f"There is no policy {asked!r}.", advice=f"There are {', '.join(Policy)}.") from None
    return None if recorded is None or recorded.is_looser_than(Policy.GUARDED) else recorded


class _Bundle:
    """What a bundle tells; everything in it may be forged."""

    def __init__(self, path: Path, archive: Archive) -> None:
        self.path = path
        self.archive = archive
        self.names = {entry.name for entry in archive.entries}
        self.told = self._object(_RUN)
        if self.told.get("format") != _FORMAT or self.told.get("version") != _VERSION:
            raise self._wrong("it was not written by `transom runs bundle`, or by a newer Transom")

    def request(self, folder: Path) -> RunRequest:
        """The run as it was asked for, its files unpacked below `folder`."""
        name = os.path.basename(self._text(self.told.get("script"), "script"))
        script = self._unpacked(f"script/{name}", folder / (name or "script.py"))
        tables = {
            port: self._unpacked(f"inputs/{port}.arrow", folder / f"{port}.arrow")
            for port in INPUT_PORTS
            if f"inputs/{port}.arrow" in self.names
        }
        bundle = self._unpacked(_BUNDLE, folder / _BUNDLE) if _BUNDLE in self.names else None
        if _LOCK in self.names:
            self._unpacked(_LOCK, folder / "requirements.txt")
        asked = self.told.get("request")
        asked = asked if isinstance(asked, dict) else {}
        return RunRequest(
            script=script,
            entry_point=self._text(self.told.get("entry_point"), "entry_point"),
            tables=tables,
            bundle=bundle,
            packages=tuple(each for each in _list(asked.get("packages")) if isinstance(each, str)),
            bundle_requirements=asked.get("bundle_requirements") is True,
            policy=next((each for each in Policy if each == self._environment().get("policy")), None),
        )

    def environment(self, folder: Path, settings: Settings, how: Replaying) -> tuple[str | None, tuple[str, ...]]:
        """The name of the environment that it is made again in, defined from the lock if need be, and what to say."""
        told = self._environment()
        name, digest = str(told.get("name") or HOST), str(told.get("digest") or "")
        if how.environment is not None:
            return how.environment, (f"It ran in {name}, and is made again in {how.environment}.",)
        environments = Environments(settings)
        with suppress(TransomError):
            if environments.peek(name).digest == digest:
                return name, ()
        lock = folder / "requirements.txt"
        if name == HOST or not lock.is_file():
            return HOST, ("It ran in the Python of another machine, whose packages may differ from those of this one.",)
        defined = environments.add(Request(f"replay-{digest[:12]}", wanted_by(lock)))
        return defined.environment.name, (f"Its environment {name} was defined here as {defined.environment.name}.",)

    def compared(self, run: str, status: str, outcome: Any, notes: tuple[str, ...]) -> Replayed:
        """How what came out compares with what came out first."""
        sentences = [f"The run {self.told.get('run')} was made again as {run}.", *notes]
        cut = [each for each in map(_object, _list(self.told.get("inputs"))) if each.get("whole") is not True]
        if cut:
            sentences.append("Inputs are in the bundle in part only, so other results are to be expected.")
        expected = _object(self.told.get("results"))
        same = {port: made.digest == expected.get(port) for port, made in outcome.results.items()}
        different = sorted(port for port, equal in same.items() if not equal)
        equal = status == self.told.get("status") and not different
        if status != self.told.get("status"):
            sentences.append(f"It {status} now; it was {self.told.get('status')}.")
        if different:
            sentences.append(f"Another table came out of {' and '.join(different)}.")
        if equal:
            sentences.append("The same came out.")
        return Replayed(run, str(self.told.get("run")), status, equal, tuple(sentences), same)

    def _environment(self) -> dict[str, Any]:
        return _object(self.told.get("environment"))

    def _object(self, name: str) -> dict[str, Any]:
        if name not in self.names:
            raise self._wrong(f"there is no {name} in it")
        with self.archive.stream(name) as stream:
            content = stream.read(_MOST_BYTES_OF_TEXT)
        try:
            told = json.loads(content)
        except (ValueError, RecursionError):
            raise self._wrong(f"{name} cannot be read") from None
        if not isinstance(told, dict):
            raise self._wrong(f"{name} is no object")
        return told

    def _unpacked(self, name: str, target: Path) -> Path:
        if name not in self.names:
            raise self._wrong(f"there is no {name} in it")
        with self.archive.stream(name) as stream, target.open("xb") as file:
            shutil.copyfileobj(stream, file)
        return target

    def _text(self, value: object, name: str) -> str:
        if not isinstance(value, str) or not value or "\0" in value:
            raise self._wrong(f"its {name} is no text")
        return value

    def _wrong(self, reason: str) -> RunBundleInvalid:
        return RunBundleInvalid(path=self.path, reason=reason)


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)
