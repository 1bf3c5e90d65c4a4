"""Which environment a run takes: the one that was named, or its script's header, or the project's setting asks for.

Where none of them does: the host if it has every import of script and bundle, else `current` if that has.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from transom.engine.checks import EnvironmentFacts, is_there
from transom.engine.environments import CURRENT, HOST, Environments, Ready
from transom.engine.environments.builds import Built
from transom.engine.environments.modules import modules_of
from transom.errors import TransomError
from transom.model.assets import Environment, normalised
from transom.model.runs import UsedEnvironment
from transom.settings import Settings
from transom.workspace.checking import Checked, check_script
from transom.workspace.requests import RunRequest
from transom.workspace.script_files import read_script

#: Called with a stage (resolve, download, install, compile, check) and what of it is done now, and before them with
#: `begin` and the reason.
Progress = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Choice:
    """The environment of a run, what it has, what is to be said of it, and whether anybody asked for it."""

    ready: Ready
    facts: EnvironmentFacts
    said: tuple[str, ...] = ()
    was_asked_for: bool = True


class Choosing:
    """Chooses the environments of runs; environments that are not built yet are built."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._looked_at: set[str] = set()
        self._host: tuple[tuple[int, ...], Ready, EnvironmentFacts] | None = None

    @cached_property
    def environments(self) -> Environments:
        """The environments of the data folder."""
        return Environments(self.settings)

    def first(self, request: RunRequest, text: str, progress: Progress) -> Choice:
        """What is known to be taken before the script is checked.

        Raises EnvironmentUnknown, PythonMissing, RequirementsUnmet, RequirementInvalid and BuildFailed.
        """
        if request.environment is not None:
            return self._choice(self._ready(request.environment, progress))
        defined = self.environments.of_header(text, str(request.script), progress)
        if defined is not None:
            return self._choice(self._usable_now(defined.environment, progress), *defined.notes)
        if self.settings.environment is not None:
            return self._choice(self._ready(self.settings.environment, progress))
        return replace(self._choice(self._ready(HOST, progress)), was_asked_for=False)

    def confirmed(self, choice: Choice, progress: Progress) -> Choice:
        """The same choice, or a new one where its build was damaged and had to be made again.

        A build is looked at whole once, while the interpreter starts: that takes 70 ms for 22,800 files.
        """
        environment = choice.ready.environment
        if environment.name == HOST or environment.digest in self._looked_at:
            return choice
        ready = self.environments.ready(environment, progress)
        self._looked_at.add(environment.digest)
        return self._choice(ready, *choice.said) if ready.notes else choice

    def doubt(self, ready: Ready) -> None:
        """Look at a build whole again before the next run: a script has failed in it."""
        self._looked_at.discard(ready.digest)

    def instead(self, choice: Choice, checked: Checked, added: Sequence[str], progress: Progress) -> Choice | None:
        """`current`, where nobody asked for an environment, and the script imports what only `current` has."""
        better = None if choice.was_asked_for else self._better(checked, added)
        if better is None:
            return None
        environment, _, lacks = better
        built = isinstance(self.environments.builds.look(environment.digest, whole=False), Built)
        if not built:
            progress("begin", f"{lacks}{environment.name} is built now, and only once.")
        try:
            ready = self._ready(CURRENT, progress)
        except TransomError as wrong:
            return replace(choice, said=(f"{lacks}{environment.name} would have it, but: {wrong.message}",))
        choice = self._choice(
            ready, f"{lacks}{environment.name} is used{'' if built else ', built now and only once'}."
        )
        return self.confirmed(choice, progress)

    def checked(self, script: Path, name: str | None, bundle: Path | None) -> tuple[str, Checked]:
        """The name of the environment that a script would be run in, and the script checked against that.

        It is the named one, or the one that a run would take; nothing is built. Raises what `first` does, NotThere,
        ScriptUnreadable and BundleInvalid.
        """
        environment = self.environments.peek(name or self.settings.environment or HOST)
        asked_for = name is not None or self.settings.environment is not None
        header = None if name is not None else self.environments.of_header(read_script(script).text, str(script))
        if header is not None:
            environment, asked_for = header.environment, True
        checked = check_script(script, self.environments.facts(environment), self.settings, bundle)
        better = None if asked_for else self._better(checked, ())
        if better is None:
            return environment.name, checked
        return better[0].name, checked.in_environment(better[1])

    def _better(self, checked: Checked, added: Sequence[str]) -> tuple[Environment, EnvironmentFacts, str] | None:
        """`current` with what it has, and what the host lacks of it in words; None where it does not help."""
        lacking = checked.lacks()
        if not (lacking.script or lacking.bundle):
            return None
        try:
            environment = self.environments.peek(CURRENT)
        except TransomError:  # there is no Python for it
            return None
        facts = with_packages(self.environments.facts(environment), added)
        there = replace(checked.surroundings, environment=facts)
        helped = [module for module in (*lacking.script, *lacking.bundle) if is_there(module, there)]
        if not helped or any(module not in helped for module in lacking.script):
            return None
        return environment, facts, f"The host lacks {_listed(helped)}: "

    def ready(self, name: str, progress: Progress = lambda _, __: None) -> Ready:
        """The environment of a name, built if need be, and whole. Raises what `first` does."""
        return self.confirmed(self._choice(self._ready(name, progress)), progress).ready

    def _host_now(self) -> Ready:
        """The host, looked at anew whenever one of its folders has changed."""
        changed = tuple(os.stat(place).st_mtime_ns for place in sys.path if os.path.isdir(place))
        if self._host is None or self._host[0] != changed:
            ready = self.environments.ready(self.environments.find(HOST))
            self._host = (changed, ready, self.environments.facts(ready.environment))
        return self._host[1]

    def _facts(self, ready: Ready) -> EnvironmentFacts:
        if self._host is not None and ready is self._host[1]:
            return self._host[2]
        return self.environments.facts(ready.environment)

    def _choice(self, ready: Ready, *said: str) -> Choice:
        return Choice(ready, self._facts(ready), (*said, *ready.notes))

    def _ready(self, name: str, progress: Progress) -> Ready:
        return self._host_now() if name == HOST else self._usable_now(self.environments.find(name), progress)

    def _usable_now(self, environment: Environment, progress: Progress) -> Ready:
        """An environment that is there, built if need be; whether it is whole is seen later, by `confirmed`."""
        return self.environments.ready(environment, progress, whole=False)


def with_packages(facts: EnvironmentFacts, requirements: Sequence[str]) -> EnvironmentFacts:
    """What an environment has when these packages are added to it, as far as their names tell."""
    if not requirements:
        return facts
    from packaging.requirements import InvalidRequirement, Requirement  # what most runs never need

    packages, names = dict(facts.packages), []
    for text in requirements:
        with suppress(InvalidRequirement):  # its installation will say so
            wanted = Requirement(text)
            names.append(normalised(wanted.name))
            exact = [each.version for each in wanted.specifier if each.operator == "==" and "*" not in each.version]
            packages.update((names[-1], version) for version in exact)
    return replace(facts, packages=packages, modules=facts.modules | modules_of(names, facts.python))


def used(ready: Ready) -> UsedEnvironment:
    """An environment as a job names it."""
    environment = ready.environment
    fonts = None if ready.fonts is None else str(ready.fonts)
    return UsedEnvironment(environment.name, environment.python, environment.digest, ready.interpreter, fonts)


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
