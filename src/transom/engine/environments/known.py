"""Which environments there are, and what it takes to use one: its lock, its build, what is known of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from transom.engine.checks.surroundings import EnvironmentFacts, environment_facts
from transom.engine.environments import locking
from transom.engine.environments.asked import Defined, Ready, Request, Upgrade
from transom.engine.environments.building import build as build_it
from transom.engine.environments.builds import Builds, Built, Damaged
from transom.engine.environments.definitions import Definitions, ReadyMade, catalog, check_name, month_of
from transom.engine.environments.interpreters import Interpreter, interpreter_for, interpreters, newest_interpreter
from transom.engine.environments.locking import Locks, Progress, Question, silent
from transom.engine.environments.modules import modules_of
from transom.engine.environments.requirement_files import wanted_by_header
from transom.engine.environments.requirements import with_what_is_needed
from transom.errors import (
    EnvironmentExists,
    EnvironmentFailed,
    EnvironmentFixed,
    EnvironmentUnknown,
    PythonMissing,
    RequirementInvalid,
)
from transom.model.assets import Environment
from transom.settings import Settings

#: The interpreter that Transom runs in; it is never built.
HOST = "host"
#: The newest of the dated environments.
CURRENT = "current"
#: Names that mean something else.
_TAKEN = (HOST, CURRENT, "all")


@contextmanager
def _writing(name: str, folder: Path) -> Iterator[None]:
    """What keeps the folder from being written is told of in one sentence."""
    try:
        yield
    except OSError as wrong:
        advice = "Free space there, or name another folder in the setting TRANSOM_DATA_FOLDER."
        reason = f"{folder} cannot be written ({wrong.strerror or wrong})"
        raise EnvironmentFailed(name=name, reason=reason, advice=advice) from None


class Environments:
    """The environments of one data folder, and those that come with Transom."""

    def __init__(self, settings: Settings) -> None:
        folder = settings.data_folder / "environments"
        self.settings = settings
        self.folder = folder
        self.builds = Builds(folder / "builds")
        self._definitions = Definitions(folder / "definitions")
        self._locks = Locks(folder / "locks")

    def names(self) -> tuple[str, ...]:
        """Every name: the host, those of the catalog, the person's own."""
        fixed = [name for name in catalog() if month_of(name) is None]
        return tuple(dict.fromkeys([HOST, CURRENT, *fixed, *self._definitions.names()]))

    def find(self, name: str) -> Environment:
        """The environment of a name. What `current` means is settled when it is first asked for.

        Raises EnvironmentUnknown, EnvironmentFailed (its definition cannot be read) and PythonMissing.
        """
        environment = self.peek(name)
        if name != HOST and self._definitions.find(environment.name) is None:
            entry = catalog()[environment.name]
            if len(entry.pythons) > 1:
                self._write(environment)
        return environment

    def peek(self, name: str) -> Environment:
        """As `find`, but nothing is settled by it."""
        if name == HOST:
            return _host()
        if name == CURRENT:
            name = self._newest()
        ready_made = catalog().get(name)
        if ready_made is not None and len(ready_made.pythons) == 1:
            return ready_made.environment
        found = self._definitions.find(name)
        if found is not None:
            return found
        if ready_made is not None:
            return self._settled(ready_made)
        near = get_close_matches(name, {*self.names(), *catalog()}, n=2, cutoff=0.5)
        raise EnvironmentUnknown(name=name, near=" or ".join(near))

    def add(self, request: Request, progress: Progress = silent) -> Defined:
        """Define an environment and lock it; the same request again changes nothing.

        Raises EnvironmentExists, EnvironmentFixed, PythonMissing, RequirementsUnmet and WrongUse.
        """
        check_name(request.name)
        if request.name in _TAKEN or request.name in catalog() or month_of(request.name):
            raise EnvironmentFixed(name=request.name, verb="replaced")
        python = self._python(request.python or request.wanted.python)
        defined = self._locked(request, python, progress)
        before = self._definitions.find(request.name)
        if before is not None and replace(before, lock=defined.environment.lock) != defined.environment:
            raise EnvironmentExists(name=request.name)
        if before is not None and not request.wanted.lock:  # an upgrade may have changed its lock
            return replace(defined, environment=before)
        self._write(defined.environment)
        return defined

    def of_header(self, text: str, shown: str, progress: Progress = silent) -> Defined | None:
        """The environment that a script's header (PEP 723) asks for; None where it has none.

        Raises RequirementInvalid, PythonMissing and RequirementsUnmet.
        """
        wanted = wanted_by_header(text, shown)
        if wanted is None:
            return None
        request = Request(f"header of {Path(shown).name}", wanted)
        return self._locked(request, self._python(wanted.python), progress)

    def remove(self, name: str) -> None:
        """Forget an environment; its build goes too where no other is the same.

        Raises EnvironmentUnknown and EnvironmentFixed.
        """
        if name in _TAKEN or (name not in self._definitions.names() and name in catalog()):
            raise EnvironmentFixed(
                name=name, verb="removed", advice="Its build is removed by `transom env prune` when nothing uses it."
            )
        if name not in self._definitions.names():
            raise EnvironmentUnknown(name=name, near=" or ".join(get_close_matches(name, self.names())))
        try:
            digest = self.peek(name).digest
        except EnvironmentFailed:  # it cannot be read: then nothing can be known of its build
            digest = None
        self._definitions.remove(name)
        if digest is not None and digest not in self.digests_in_use() and not self.builds.runs(digest):
            self._clear(digest)

    def ready(self, environment: Environment, progress: Progress = silent, *, whole: bool = True) -> Ready:
        """The environment as it can be used: built now where it is not built, or was changed since.

        Whether it was changed is seen from the size and time of all its files (10 to 70 ms); not `whole` looks only
        whether it is there (under 1 ms). Raises PythonMissing and BuildFailed.
        """
        if environment.name == HOST:
            return Ready(environment, sys.executable)
        found = self.builds.look(environment.digest, whole=whole)
        if not isinstance(found, Built):
            return self.build(environment, progress)
        self.builds.used(environment.digest)
        return _ready(environment, found)

    def build(self, environment: Environment, progress: Progress = silent) -> Ready:
        """Build an environment unless its build stands; where another process builds it, wait for that.

        Raises PythonMissing and BuildFailed.
        """
        if environment.name == HOST:
            return Ready(environment, sys.executable)
        digest = environment.digest

        def wait() -> None:
            progress("install", "another process is building it")

        with _writing(environment.name, self.folder), self.builds.held(digest, wait):
            found = self.builds.look(digest)
            notes: tuple[str, ...] = ()
            if not isinstance(found, Built):
                if isinstance(found, Damaged):
                    notes = (f"The build of {environment.name} was not whole ({found.reason}): it was built again.",)
                python = self._python(environment.python)
                self.builds.clear(digest)
                found = build_it(environment, python, self.builds, progress)
            self.builds.used(digest)
        return _ready(environment, found, notes)

    def facts(self, environment: Environment) -> EnvironmentFacts:
        """What can be imported in it: from its build, or from its lock where it is not built."""
        if environment.name == HOST:
            return environment_facts(sys.executable)
        found = self.builds.look(environment.digest, whole=False)
        if isinstance(found, Built):
            told = found.told
            return EnvironmentFacts(
                tuple(told["python"]), told["packages"], frozenset(told["modules"]), found.interpreter
            )
        python = tuple(int(part) for part in environment.python.split("."))
        return EnvironmentFacts(python, environment.packages, modules_of(environment.packages, python))

    def upgrade(self, name: str = CURRENT, progress: Progress = silent) -> Upgrade:
        """What resolving it anew would change; nothing is written.

        Raises EnvironmentUnknown, EnvironmentFixed (an exact list) and RequirementsUnmet.
        """
        before = self.peek(name)
        if name == HOST or not before.resolve or (before.name in catalog() and month_of(before.name) is None):
            advice = "It is an exact list: `transom env add` makes another one."
            raise EnvironmentFixed(name=name, verb="upgraded", advice=advice)
        requirements = before.requirements
        if month_of(before.name) is not None:  # a newer Transom may have other packages in it
            requirements = catalog()[_newest_of(catalog())].environment.requirements
        question = Question(before.name, requirements, leave_out=_leave_out(before.name))
        with _writing(before.name, self.folder):
            lock = self._locks.made(question, self._python(before.python), progress)
        after = replace(before, name=self._name_after(before), requirements=requirements, lock=lock)
        return Upgrade(before, after, _changes(before, after))

    def accept(self, upgrade: Upgrade) -> None:
        """Write down what an upgrade changes."""
        self._write(upgrade.after)

    def digests_in_use(self) -> frozenset[str]:
        """The digests of every environment that has a name; one whose definition cannot be read has none."""
        found = set()
        for name in (*self.names(), *catalog()):
            try:
                found.add(self.peek(name).digest)
            except (EnvironmentFailed, PythonMissing):
                continue
        return frozenset(found)

    def prune(self, unused_for: float) -> int:
        """Remove builds that no named environment has and that nobody used for so many seconds.

        Returns the bytes that this freed. What was left of builds that failed or were killed goes too. A build stays
        while a process runs in it.
        """
        used = self.digests_in_use()
        freed = 0
        for digest in self.builds.digests():
            stays = digest in used or time.time() - self.builds.last_use(digest) < unused_for
            before = self.builds.bytes(digest)
            if stays or self.builds.runs(digest):
                with self.builds.held(digest, lambda: None):
                    self.builds.clear_parts(digest)
            else:
                self._clear(digest)
            freed += before - self.builds.bytes(digest)
        return freed

    def _clear(self, digest: str) -> None:
        with self.builds.held(digest, lambda: None):
            self.builds.clear(digest)
        self.builds.log(digest).unlink(missing_ok=True)

    def _newest(self) -> str:
        """The newest dated environment: of those in the data folder, or else of the catalog."""
        own = [name for name in self._definitions.names() if month_of(name)]
        return _newest_of(own or catalog())

    def _settled(self, entry: ReadyMade) -> Environment:
        """A ready-made environment of several Pythons, for the first of them that is here."""
        there = {each.python: each for each in reversed(interpreters())}
        python = next((there[each] for each in entry.pythons if each in there), None)
        if python is None:
            python = interpreter_for(entry.pythons[0], downloads=self.settings.python_downloads)
        lock = locking.for_python(entry.environment.lock, python)
        return replace(entry.environment, python=python.python, lock=lock)

    def _python(self, wanted: str | None) -> Interpreter:
        if wanted and wanted[0].isdigit():
            return interpreter_for(".".join(wanted.split(".")[:2]), downloads=self.settings.python_downloads)
        try:
            return newest_interpreter(wanted or "")
        except ValueError:
            raise RequirementInvalid(
                place=f"python {wanted}", reason="this is no version of Python", advice="Name one such as 3.10."
            ) from None

    def _locked(self, request: Request, python: Interpreter, progress: Progress) -> Defined:
        requirements, notes, resolve = request.wanted.requirements, request.wanted.notes, request.resolve
        if request.wanted.lock:
            lock, resolve = locking.for_python(request.wanted.lock, python), False
        else:
            requirements, added = with_what_is_needed(requirements)
            notes += added
            lock = self._lock(Question(request.name, requirements, resolve), python.python, progress)
        environment = Environment(
            name=request.name,
            python=python.python,
            requirements=requirements,
            lock=lock,
            preload=request.preload,
            resolve=resolve,
            forks=request.forks,
            policy=request.policy,
            sdk=request.sdk,
        )
        return Defined(environment, notes)

    def _lock(self, question: Question, python: str, progress: Progress) -> str:
        """The lock of what is asked, made now if it was not made before."""
        with _writing(question.name, self.folder):
            found = self._locks.found(question, python)
            if found is not None:
                return found
            lock = self._locks.made(question, self._python(python), progress)
            self._locks.keep(question, python, lock)
            return lock

    def _write(self, environment: Environment) -> None:
        with _writing(environment.name, self.folder):
            self._definitions.write(environment)

    def _name_after(self, before: Environment) -> str:
        if month_of(before.name) is None:
            return before.name
        plain = f"{CURRENT}-{date.today():%Y.%m}"
        taken = {*self._definitions.names(), *catalog()}
        numbered = (f"{plain}.{number}" for number in range(2, len(taken) + 3))
        return next(name for name in (plain, *numbered) if name not in taken)


def _ready(environment: Environment, built: Built, notes: tuple[str, ...] = ()) -> Ready:
    return Ready(environment, built.interpreter, built.folder, built.fonts, notes)


def _host() -> Environment:
    """The interpreter that Transom runs in: its lock has no hashes, since nobody installs from it."""
    packages = environment_facts(sys.executable).packages
    lock = "".join(f"{name}=={packages[name]}\n" for name in sorted(packages))
    return Environment(HOST, ".".join(map(str, sys.version_info[:3])), lock=lock, resolve=False)


def _newest_of(names: Iterable[str]) -> str:
    return max(names, key=lambda name: month_of(name) or ())


def _leave_out(name: str) -> tuple[str, ...]:
    """What the ready-made environment of this kind leaves out, and so do its upgrades."""
    return catalog()[_newest_of(catalog())].leave_out if month_of(name) is not None else ()


def _changes(before: Environment, after: Environment) -> tuple[tuple[str, str | None, str | None], ...]:
    old, new = before.packages, after.packages
    names = sorted({*old, *new})
    return tuple((name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name))
