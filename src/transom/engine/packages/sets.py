"""The store of package sets: what was installed once for some script is there for the next that asks for the same."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from transom.engine.package_places import make_sets, sets_in
from transom.engine.packages.asked import Pin, Wheel, lines
from transom.engine.packages.kept_wheels import keep_wheel
from transom.engine.packages.refusals import failed, no_room
from transom.engine.read_only import make_read_only, remove_tree, size_of

if TYPE_CHECKING:
    from transom.engine.packages.pythons import Interpreter

#: The largest wheel file that a script or bundle may bring, in bytes.
WHEEL_BYTES = 2 * 1024**3
#: What was made aside and is older than this belongs to nobody any more, in seconds.
_ABANDONED_SECONDS = 6 * 3600.0
#: Answers may serve offline for so long, in seconds.
_ANSWER_SECONDS = 90 * 86400.0
#: From so many Python files on, bytecode is made with every core.
_MANY_FILES = 200
_KEY = re.compile(r"[0-9a-f]{40}")


def tell_nobody(_: str) -> None:
    """What nobody wants to hear."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What pruning removed: the number of sets, and bytes."""

    sets: int
    bytes: int


@dataclass(frozen=True, slots=True)
class _Order:
    """What is to be built, with what, and who hears of it."""

    pins: Sequence[Pin]
    interpreter: str
    python: Interpreter
    tell: Callable[[str], None]

    def hear(self, line: str) -> None:
        """Pass on which files are fetched, as they are the long part."""
        if line.startswith("Downloading "):
            self.tell(f"  {line}")


class InUse:
    """A set that stays until it is released, or until the process that uses it has ended."""

    def __init__(self, path: Path, descriptor: int | None) -> None:
        self.path = path
        self._descriptor = descriptor

    def release(self) -> None:
        """Let the set be pruned again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class Packages:
    """The package sets in a folder, each in a folder of its own named after its content.

    sets/KEY/       the packages, read-only, with bytecode
    KEY.json        its signature, pins and Python; touched whenever a job uses it
    locks/KEY.used  held by the jobs that use the set
    locks/KEY       held while the set is looked at, built or removed
    answers/        uv's answers of late, see `resolution`
    wheels/SHA256/  the wheel files that scripts and bundles brought
    sets/empty/     the set of a job that has installed nothing
    """

    def __init__(self, folder: Path, *, wheel_bytes: int = WHEEL_BYTES) -> None:
        """`folder` is made when something is put into it; a wheel file may have `wheel_bytes` at most."""
        self.folder = folder.absolute()
        self.sets = sets_in(self.folder)
        self.answers = self.folder / "answers"
        self.wheel_bytes = wheel_bytes
        self._wheels = self.folder / "wheels"

    def empty(self) -> Path:
        """The set without packages."""
        place = self.sets / "empty"
        self.make_ready()
        place.mkdir(exist_ok=True)
        return place

    def make_ready(self) -> None:
        """Make the folder of the sets, which a job may enter but not list: it finds no set but its own."""
        make_sets(self.folder)

    def keep_wheel(self, name: str, content: IO[bytes]) -> Wheel:
        """Keep a wheel file of this file name. Raises CannotInstall where it is none, or too large."""
        return keep_wheel(name, content, self._wheels, self.wheel_bytes)

    def set_of(self, pins: Iterable[Pin], interpreter: str, tell: Callable[[str], None] = tell_nobody) -> InUse:
        """The set of these pins for an interpreter's Python, built if it is not there whole; `tell` hears of downloads.

        Raises CannotInstall.
        """
        wanted = sorted(pins)
        if not wanted:
            return InUse(self.empty(), None)
        from transom.engine.packages.pythons import interpreter_at  # what most jobs never need

        python = interpreter_at(interpreter)
        key = _key_of(wanted, python)
        place = self.sets / key
        try:
            with self._locked(key):
                if not self._is_whole(key):
                    self._remove(key)
                    self._build(key, _Order(wanted, interpreter, python, tell))
                os.utime(self._mark(key))
                descriptor = self._use(key)
                fcntl.flock(descriptor, fcntl.LOCK_SH)
        except OSError as wrong:
            raise no_room(", ".join(pin.name for pin in wanted), wrong) from None
        return InUse(place, descriptor)

    def prune(self, *, keep_seconds: float | None = None, most_bytes: int | None = None) -> Pruned:
        """Remove sets that were not used for `keep_seconds`, and the oldest beyond `most_bytes`; never one in use.

        What builders left behind, answers older than three months and wheel files that no set needs go too.
        """
        sizes = {key: self._size(key) for key in self._keys()}
        count = freed = 0
        total = sum(sizes.values())
        for key in sorted(sizes, key=self._used):
            idle = time.time() - self._used(key)
            is_old = keep_seconds is not None and idle > keep_seconds
            if (is_old or (most_bytes is not None and total > most_bytes)) and self._removed(key):
                count += 1
                total -= sizes[key]
                freed += sizes[key]
        return Pruned(count, freed + self._sweep())

    def disk_use(self) -> int:
        """The bytes of everything in the store."""
        beside = sum(size_of(each) for each in _listed(self.folder) if each != self.sets)
        return beside + sum(map(self._size, self._keys()))

    def _mark(self, key: str) -> Path:
        return self.folder / f"{key}.json"

    def _keys(self) -> list[str]:
        try:
            names = (name.removesuffix(".json") for name in os.listdir(self.folder) if name.endswith(".json"))
            return sorted(name for name in names if _KEY.fullmatch(name))
        except FileNotFoundError:
            return []

    def _used(self, key: str) -> float:
        try:
            return self._mark(key).stat().st_mtime
        except OSError:
            return 0.0

    def _size(self, key: str) -> int:
        try:
            return int(json.loads(self._mark(key).read_text("utf-8"))["signature"]["bytes"])
        except (OSError, ValueError, KeyError, TypeError):
            return size_of(self.sets / key)

    def _is_whole(self, key: str) -> bool:
        """Whether a set is there as it was built: no file added, changed, lost."""
        try:
            told = json.loads(self._mark(key).read_text("utf-8"))
            return bool(told["signature"] == _signature(self.sets / key))
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def _build(self, key: str, order: _Order) -> None:
        from transom.engine.uv import uv

        part = self.folder / f"{key}.{os.getpid()}.{os.urandom(4).hex()}.part"
        try:
            arguments = ["pip", "install", "--no-deps", "--only-binary", ":all:", "--link-mode", "copy"]
            arguments += [
                "--directory",
                str(self.folder),
                "--target",
                str(part),
                "--python",
                order.interpreter,
                "-r",
                "-",
            ]
            said = uv(arguments, stdin=lines(order.pins), on_line=order.hear)
            if not said.succeeded:
                raise failed(", ".join(f"{pin.name} {pin.version}" for pin in order.pins), said)
            _leave_standard_modules(part, order.python.standard)
            _compile(part, self.sets / key, order.interpreter)
            make_read_only(part)
            pins = [pin.identity for pin in order.pins]
            told = {"signature": _signature(part), "pins": pins, "python": order.python.tag}
            aside = part.with_suffix(".mark.part")
            aside.write_text(json.dumps(told), "utf-8")
            aside.replace(self._mark(key))
            self.make_ready()
            part.rename(self.sets / key)
        except BaseException:
            remove_tree(part)
            raise

    def _remove(self, key: str) -> None:
        """Take a set away: first its name, so that nobody finds half of it."""
        place = self.sets / key
        self._mark(key).unlink(missing_ok=True)
        if place.exists() or place.is_symlink():
            aside = self.folder / f"{key}.{os.getpid()}.{os.urandom(4).hex()}.part"
            place.rename(aside)
            remove_tree(aside)

    def _removed(self, key: str) -> bool:
        """Remove a set unless a job uses it or somebody builds it."""
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(self._locked(key, wait=False))
                descriptor = self._use(key)
                stack.callback(os.close, descriptor)
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return False
            self._remove(key)
            for name in (key, f"{key}.used"):
                (self.folder / "locks" / name).unlink(missing_ok=True)
            return True

    def _use(self, key: str) -> int:
        """A descriptor of the file that is held while a set is used; it lies where no job sees it."""
        return os.open(self.folder / "locks" / f"{key}.used", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextlib.contextmanager
    def _locked(self, key: str, *, wait: bool = True) -> Iterator[None]:
        """Hold the lock of a set; OSError where it is held and this does not wait."""
        place = self.folder / "locks" / key
        place.parent.mkdir(parents=True, exist_ok=True)
        while True:
            descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
                if _is_file_at(descriptor, place):  # else somebody removed it meanwhile
                    yield
                    return
            finally:
                os.close(descriptor)

    def _sweep(self) -> int:
        """Remove what was left aside, old answers, and wheel files that no set was made of; the bytes freed."""
        now, freed = time.time(), 0
        left = [each for each in _listed(self.folder) + _listed(self._wheels) if each.name.endswith(".part")]
        left += _listed(self.answers)
        needed = self._wheels_in_use()
        left += [each for each in _listed(self._wheels) if each.name not in needed and len(each.name) == 64]
        for each in left:
            with contextlib.suppress(OSError):
                limit = _ANSWER_SECONDS if each.parent == self.answers else _ABANDONED_SECONDS
                if now - each.lstat().st_mtime > limit:
                    freed += size_of(each)
                    remove_tree(each)
        return freed

    def _wheels_in_use(self) -> set[str]:
        found: set[str] = set()
        for key in self._keys():
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                told: Any = json.loads(self._mark(key).read_text("utf-8"))
                found.update(identity[-1] for identity in told["pins"])
        return found


def _key_of(pins: Sequence[Pin], python: Interpreter) -> str:
    import hashlib

    told = json.dumps([python.tag, [pin.identity for pin in pins]])
    return hashlib.sha256(told.encode()).hexdigest()[:40]


def _signature(folder: Path) -> dict[str, Any]:
    """Count, bytes, and a digest of names, sizes and times of all files of a set.

    Bytecode for -O, which Python adds where it may write, is no change.
    """
    if folder.is_symlink() or not folder.is_dir():
        raise FileNotFoundError(folder)
    import hashlib

    count = size = 0
    digest = hashlib.sha256()
    for place, folders, files in os.walk(folder):
        folders.sort()
        below = os.path.relpath(place, folder)
        for name in sorted(files):
            if ".opt-" in name and name.endswith(".pyc"):
                continue
            status = os.lstat(os.path.join(place, name))
            count += 1
            size += status.st_size
            digest.update(
                f"{below}/{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode("utf-8", "surrogateescape")
            )
    return {"files": count, "bytes": size, "digest": digest.hexdigest()}


def _leave_standard_modules(part: Path, standard: frozenset[str]) -> None:
    """Remove what would hide a standard module, as `enum34` does: where pip puts it, Python never finds it."""
    for entry in list(part.iterdir()):
        is_module = entry.suffix in ("", ".py") or ".cpython-" in entry.name or entry.suffix == ".so"
        if is_module and entry.name.split(".")[0] in standard:
            remove_tree(entry)
    remove_tree(part / ".lock")


def _compile(part: Path, final: Path, interpreter: str) -> None:
    """Make bytecode with the environment's own Python; what does not compile is left, as pip does.

    Folders of tests are left out: hardly anybody imports them.
    """
    many = sum(1 for _ in part.rglob("*.py")) > _MANY_FILES
    tests = re.escape(str(part)) + r"/(.*/)?tests/"
    command = [
        interpreter,
        "-I",
        "-m",
        "compileall",
        "-qq",
        "-x",
        tests,
        "-d",
        str(final),
        *(["-j", "0"] if many else []),
    ]
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([*command, str(part)], stdin=subprocess.DEVNULL, capture_output=True, env=variables, check=False)


def _is_file_at(descriptor: int, place: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), place.stat())
    except FileNotFoundError:
        return False


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
