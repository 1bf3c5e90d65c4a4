"""How many scripts are checked against many environments: which script runs where, and what keeps it from that."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from transom.engine.checks import EnvironmentFacts
from transom.engine.environments import Environments
from transom.errors import NotThere, TransomError, WrongUse
from transom.model.scripts import ENTRY_POINT, Finding, Severity
from transom.settings import Settings
from transom.workspace.checking import Checked, check_script
from transom.workspace.choosing import Choosing
from transom.workspace.requests import ALL

_PASSED_OVER = {".git", ".venv", "venv", "__pycache__", ".ipynb_checkpoints", "node_modules", "site-packages"}
#: Findings that will most likely keep a script from running, although nobody can know.
_GRAVE = frozenset({"missing_module", "departed_name", "undeclared_name", "installed_later"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of one script in one environment.

    `status` is `runs`, `warned` (it runs, but something was found), `fails` (what was found will most likely end it)
    or `refused`; `reason` and `remedy` are the gravest finding's, with its line.
    """

    script: str
    environment: str
    status: str
    reason: str = ""
    remedy: str = ""
    line: int | None = None


def verdicts(place: Path, bundle: Path | None, environment: str | None, settings: Settings) -> list[Verdict]:
    """Each script of a file or folder in an environment: the named one, each (`all`), or what a run would take (None).

    An environment that cannot be had here (its Python is missing) gives `refused` with that reason. Raises NotThere,
    BundleInvalid, EnvironmentUnknown, and WrongUse where a folder holds no script.
    """
    scripts = tuple(_scripts(place))
    choosing = Choosing(settings)
    if environment is None:
        return [_taken(script, bundle, choosing) for script in scripts]
    environments = choosing.environments
    names = environments.names() if environment == ALL else (environment,)
    known = {name: _facts(environments, name, certain=environment != ALL) for name in names}
    return [each for script in scripts for each in _in_each(script, bundle, known, settings)]


def _scripts(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
        return
    if not place.is_dir():
        raise NotThere(path=place)
    found = False
    for folder, folders, files in os.walk(place):
        folders[:] = sorted(name for name in folders if name not in _PASSED_OVER)
        for name in sorted(files):
            path = Path(folder, name)
            if name.endswith(".py") and path.is_file() and ENTRY_POINT.encode() in path.read_bytes():
                found = True
                yield path
    if not found:
        raise WrongUse(
            problem=f"No file in {place} defines {ENTRY_POINT}.", advice="Name a folder of scripts, or one script."
        )


def _facts(environments: Environments, name: str, *, certain: bool) -> EnvironmentFacts | TransomError:
    try:
        return environments.facts(environments.peek(name))
    except TransomError as wrong:
        if certain:
            raise
        return wrong


def _taken(script: Path, bundle: Path | None, choosing: Choosing) -> Verdict:
    """A script in the environment that a run of it would take."""
    try:
        name, checked = choosing.checked(script, None, bundle)
    except TransomError as wrong:
        return Verdict(str(script), "none", "refused", wrong.message, wrong.remedy)
    return _told(script, name, checked.findings)


def _in_each(
    script: Path, bundle: Path | None, known: Mapping[str, EnvironmentFacts | TransomError], settings: Settings
) -> Iterator[Verdict]:
    """A script in each environment; script and bundle are read once."""
    checked: Checked | None = None
    for name, facts in known.items():
        try:
            if isinstance(facts, TransomError):
                raise facts
            if checked is None:
                checked = check_script(script, facts, settings, bundle)
            else:
                checked = checked.in_environment(facts)
            yield _told(script, name, checked.findings)
        except TransomError as wrong:
            yield Verdict(str(script), name, "refused", wrong.message, wrong.remedy)


def _told(script: Path, name: str, findings: Sequence[Finding]) -> Verdict:
    own = [each for each in findings if each.file == str(script)]
    status, gravest = _gravest(own)
    if gravest is None:
        return Verdict(str(script), name, status)
    return Verdict(str(script), name, status, gravest.message, gravest.remedy, gravest.line)


def _gravest(findings: Sequence[Finding]) -> tuple[str, Finding | None]:
    refused = [each for each in findings if each.severity is Severity.REFUSED]
    if refused:
        return "refused", refused[0]
    grave = [each for each in findings if each.code in _GRAVE]
    if grave:
        return "fails", grave[0]
    return ("warned", findings[0]) if findings else ("runs", None)
