"""The records of runs that are not in the database yet: a small file each, since to load the database takes 0.2 s.

`RUN.begun.json`, `RUN.ended.json` and `RUN.removed.json` each tell all that the history needs of that step; whoever
opens the history takes them in, see `store.history`. Each is written aside and renamed: it is there whole, or not at
all, as a transaction of the database is, and as such (`synchronous=NORMAL`) it outlives a kill, not a power cut.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from transom.errors import WorkspaceUnusable
from transom.store.content_files import write_all
from transom.store.foreign import NotPlain, file_in, folder_at

if TYPE_CHECKING:
    from pathlib import Path

    from transom.model.records import RunBegun, RunEnded

#: What the files of this Transom say as their `format`; those of a greater one are left to a newer Transom.
FORMAT = 1
#: The folder, in that of the journal, for what cannot be read.
BROKEN = "broken"
_LOCK = "lock"
_NAME = re.compile(r"([0-9A-Za-z][0-9A-Za-z_-]{0,99})\.(begun|ended|removed)\.json")
_PART = ".part"
#: What was written aside and is older, in seconds, belongs to nobody any more.
_ABANDONED_SECONDS = 3600.0
#: No record is larger; an outcome has at most a quarter of it.
_MOST_BYTES = 64 * 1024**2
_KINDS: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "str | None": (str, type(None)),
    "int": (int,),
    "int | None": (int, type(None)),
    "float": (float, int),
    "bool": (bool,),
    "Mapping": (dict,),
}
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Entry:
    """What one file says of a run: that it began, that it ended too, or, without `begun`, that it is to be forgotten.

    `name` is the name of the file.
    """

    name: str
    run: str
    begun: RunBegun | None = None
    ended: RunEnded | None = None


class Journal:
    """The journal in a folder. Threads and processes may share it; `shown` is what messages call its workspace."""

    def __init__(self, folder: Path, shown: object) -> None:
        """`folder` is made when something is first recorded."""
        self.folder = folder
        self._shown = shown
        self._going_on: dict[str, RunBegun] = {}

    @property
    def is_used(self) -> bool:
        """Whether a run that is recorded here is going on in this process."""
        return bool(self._going_on)

    def begin(self, begun: RunBegun) -> None:
        """Record that a run begins; its id is new. Raises WorkspaceUnusable."""
        self._write(begun.id, "begun", {"begun": _begun_told(begun)})
        self._going_on[begun.id] = begun

    def end(self, run: str, ended: RunEnded) -> None:
        """Record how a run ended that began here. Raises WorkspaceUnusable."""
        begun = self._going_on[run]
        self._write(run, "ended", {"begun": _begun_told(begun), "ended": _ended_told(ended)})
        del self._going_on[run]

    def remove(self, runs: Sequence[str]) -> None:
        """Forget runs. Raises WorkspaceUnusable.

        That is recorded too: another process may be about to take in that they began.
        """
        for run in runs:
            self._write(run, "removed", {})
            self._going_on.pop(run, None)

    def waiting(self, step: str = "") -> int:
        """How many files there are to be taken in, or how many of a step: `begun`, `ended` or `removed`."""
        try:
            names = os.listdir(self.folder)
        except FileNotFoundError:
            return 0
        except OSError as wrong:
            raise self._unusable(wrong) from None
        return sum(1 for name in names if name.endswith(f"{step}.json"))

    @contextlib.contextmanager
    def taking_in(self) -> Iterator[list[Entry]]:
        """What there is to be taken in, the run that began first first; when the block ends well it is removed.

        Nobody else takes it in meanwhile. Where the block ended well and the process was killed, it comes again: to
        take it in twice must do as once. Raises WorkspaceUnusable.
        """
        try:
            with (self.folder / _LOCK).open("a") as lock, folder_at(self.folder) as folder:
                fcntl.flock(lock, fcntl.LOCK_EX)
                found = self._read(folder)
                yield found
                for entry in found:
                    with contextlib.suppress(FileNotFoundError):
                        os.unlink(entry.name, dir_fd=folder)
        except OSError as wrong:
            raise self._unusable(wrong) from None

    def set_aside(self, name: str, reason: object) -> None:
        """Put a file away that cannot be read or believed, and say so; what it holds is kept."""
        target = self.folder / BROKEN / f"{time.time_ns()}-{name}"
        target.parent.mkdir(exist_ok=True)
        (self.folder / name).rename(target)
        _say(f"The record {name} of {self._shown} cannot be read ({reason}): it lies in {target.parent} now.")

    def _read(self, folder: int) -> list[Entry]:
        found = []
        for name in os.listdir(folder):
            if name.endswith(_PART):
                self._sweep(name)
            elif name not in (_LOCK, BROKEN):
                try:
                    entry = _read(name, folder)
                except (ValueError, TypeError, KeyError, AttributeError, RecursionError, NotPlain) as wrong:
                    self.set_aside(name, f"{type(wrong).__name__}: {wrong}")
                    continue
                found += [] if entry is None else [entry]
        return sorted(found, key=_order)

    def _sweep(self, name: str) -> None:
        """Remove what a process that was killed left half written."""
        place = self.folder / name
        with contextlib.suppress(OSError):
            if time.time() - place.lstat().st_mtime > _ABANDONED_SECONDS:
                place.unlink()

    def _write(self, run: str, step: str, told: Mapping[str, Any]) -> None:
        content = json.dumps({"format": FORMAT, "run": run, **told}, separators=(",", ":"), default=_plain).encode()
        part = self.folder / f"{run}.{step}-{os.urandom(4).hex()}{_PART}"
        try:
            self.folder.mkdir(exist_ok=True)
            try:
                descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
                try:
                    write_all(descriptor, content)
                finally:
                    os.close(descriptor)
                part.rename(self.folder / f"{run}.{step}.json")
            except OSError:
                part.unlink(missing_ok=True)
                raise
        except OSError as wrong:
            raise self._unusable(wrong) from None

    def _unusable(self, wrong: OSError) -> WorkspaceUnusable:
        return WorkspaceUnusable(path=self._shown, reason=wrong.strerror or str(wrong))


def _order(entry: Entry) -> tuple[float, str]:
    return (0.0 if entry.begun is None else entry.begun.created.timestamp(), entry.name)


def _say(sentence: str) -> None:
    import logging

    logging.getLogger("transom").warning(sentence)


def _read(name: str, folder: int) -> Entry | None:
    """What a file says; None where it is gone, or of a newer Transom. ValueError and the like for what is no record."""
    known = _NAME.fullmatch(name)
    if known is None:
        raise ValueError("no record of ours has such a name")
    try:
        with file_in(folder, name) as stream:
            content = stream.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    told = json.loads(content[:_MOST_BYTES])
    if told["format"] > FORMAT:
        return None
    run, step = known.groups()
    if told["run"] != run:
        raise ValueError(f"it is the record of {told['run']!r}")
    begun = None if step == "removed" else _begun_of(told["begun"])
    if begun is not None and begun.id != run:
        raise ValueError(f"it tells of {begun.id!r}")
    return Entry(name, run, begun, _ended_of(told["ended"]) if step == "ended" else None)


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no value of JSON")


def _begun_told(begun: RunBegun) -> dict[str, Any]:
    return _fields(begun) | {"created": begun.created.isoformat()}


def _ended_told(ended: RunEnded) -> dict[str, Any]:
    from transom.store.stored_shapes import shape_told

    return _fields(ended) | {
        "ended": ended.ended.isoformat(),
        "inputs": [_fields(each) | {"shape": shape_told(each.shape)} for each in ended.inputs],
        "results": {port: [shape_told(each.shape), each.digest] for port, each in ended.results.items()},
        "files": [_fields(each) for each in ended.files],
    }


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def _begun_of(told: dict[str, Any]) -> RunBegun:
    from transom.model.records import RunBegun

    return _checked(RunBegun(**{**told, "created": _moment(told["created"])}))


def _ended_of(told: dict[str, Any]) -> RunEnded:
    from transom.model.records import RunEnded, RunInput
    from transom.model.runs import FailureKind, KeptFile, Result, Status
    from transom.store.stored_shapes import shape_read

    kind = told["failure_kind"]
    results = {}
    for port, (shape, digest) in told["results"].items():
        read = shape_read(shape)
        if read is None:
            raise ValueError("a table without a shape")
        results[port] = Result(read, digest)
    values = {
        "status": Status(told["status"]),
        "ended": _moment(told["ended"]),
        "failure_kind": None if kind is None else FailureKind(kind),
        "inputs": tuple(_checked(RunInput(**{**each, "shape": shape_read(each["shape"])})) for each in told["inputs"]),
        "results": results,
        "files": tuple(_checked(KeptFile(**each)) for each in told["files"]),
    }
    return _checked(RunEnded(**{**told, **values}))


def _checked(value: _Value) -> _Value:
    """A value whose fields are of the kinds that they are said to be; TypeError for another."""
    for name, field in value.__dataclass_fields__.items():  # type: ignore[attr-defined]
        kinds = _KINDS.get(str(field.type).partition("[")[0])
        if kinds is not None and not isinstance(getattr(value, name), kinds):
            raise TypeError(f"{name} is of the wrong kind")
    return value


def _moment(text: str) -> Any:
    from datetime import datetime

    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} says no zone")
    return moment
