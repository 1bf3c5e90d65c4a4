"""What the arguments of `pip install` and the lines of a requirements file mean, and which of them are refused."""

from __future__ import annotations

import contextlib
import posixpath
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from transom.engine.packages.asked import LONGEST_LINE, Requirement, Wanted, Wheel
from transom.engine.packages.refusals import ADVICE_ENVIRONMENT, CannotInstall, refused
from transom.model.assets import normalised

_INDEX = "Configure pip's index on this machine (pip.conf or PIP_INDEX_URL where Transom runs): Transom uses it."
_SOURCE = "a source archive or folder would have to be built, and nothing is built from inside a script"
_ARCHIVES = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip", ".egg")


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\S+", text))


#: One spelling of each option.
_SHORT = {
    "-q": "--quiet",
    "-v": "--verbose",
    "-U": "--upgrade",
    "-I": "--ignore-installed",
    "-y": "--yes",
    "-r": "--requirement",
    "-c": "--constraint",
    "-f": "--find-links",
    "-e": "--editable",
    "-i": "--index-url",
    "-t": "--target",
    "-b": "--build",
    "-C": "--config-settings",
    "--no-dependencies": "--no-deps",
}
_MEANT = frozenset({"--quiet", "--upgrade", "--no-deps", "--pre", "--no-index"})
_MEANT_WITH_VALUE = frozenset({"--requirement", "--constraint", "--find-links"})
#: What changes nothing here: a job's packages are its own, are always new, and need nobody's permission.
_IGNORED = frozenset(
    [
        "--verbose",
        "--user",
        "--no-user",
        "--no-cache-dir",
        "--force-reinstall",
        "--ignore-installed",
        "--no-input",
        "--yes",
        "--no-color",
        "--disable-pip-version-check",
        "--no-warn-script-location",
        "--no-warn-conflicts",
        "--break-system-packages",
        "--prefer-binary",
        "--no-build-isolation",
        "--use-pep517",
        "--no-use-pep517",
        "--no-python-version-warning",
        "--compile",
        "--no-compile",
        "--isolated",
        "--no-clean",
        "--require-virtualenv",
        "--check-build-dependencies",
        "--ignore-requires-python",
        "--require-hashes",
        "--system",
        "--no-progress",
        "--use-wheel",
    ]
)
_IGNORED_WITH_VALUE = frozenset(
    [
        "--trusted-host",
        "--progress-bar",
        "--timeout",
        "--default-timeout",
        "--retries",
        "--root-user-action",
        "--only-binary",
        "--use-feature",
        "--use-deprecated",
        "--exists-action",
        "--cache-dir",
        "--log",
        "--upgrade-strategy",
        "--build",
        "--keyring-provider",
    ]
)
_NOTED_WITH_VALUE = frozenset({"--proxy", "--cert", "--client-cert"})
_REFUSED_WITH_VALUE = {
    "--editable": ("-e/--editable", _SOURCE, ADVICE_ENVIRONMENT),
    "--no-binary": ("--no-binary", "it asks for source code to be built", ADVICE_ENVIRONMENT),
    **{
        name: (name, "a script does not choose where packages come from", _INDEX)
        for name in ("--index-url", "--pypi-url", "--extra-index-url", "--index", "--default-index")
    },
    **{
        name: (name, "packages of a job go into its own folder", f"Leave {name} out: they are on sys.path already.")
        for name in ("--target", "--prefix", "--root", "--src")
    },
    **{
        name: (name, "it asks for another interpreter's packages", f"Leave {name} out.")
        for name in ("--platform", "--python-version", "--implementation", "--abi", "--python")
    },
    **{
        name: (name, "it is for packages that are built", f"Leave {name} out.")
        for name in ("--install-option", "--global-option", "--config-settings", "--build-option")
    },
}
_WITH_VALUE = _MEANT_WITH_VALUE | _IGNORED_WITH_VALUE | _NOTED_WITH_VALUE | _REFUSED_WITH_VALUE.keys()
_PIP_STAYS = "pip: Transom answers for it inside a script, so there is nothing to install or upgrade."
_MOST_NESTED = 10

Found = TypeVar("Found")


class Files(Protocol):
    """Where the files lie that arguments name; paths are as they were written, with slashes."""

    def text(self, path: str) -> str:
        """The text of a requirements file."""
        ...

    def wheel(self, path: str) -> Wheel:
        """A wheel file, kept."""
        ...

    def wheels_in(self, path: str) -> tuple[Wheel, ...]:
        """Every wheel file of a folder, kept."""
        ...


@dataclass(slots=True)
class Reading:
    """What was read of one command so far."""

    files: Files
    quiet: int = 0
    flags: set[str] = field(default_factory=set)
    requirements: list[Requirement] = field(default_factory=list)
    constraints: list[Requirement] = field(default_factory=list)
    wheels: list[Wheel] = field(default_factory=list)
    find_links: list[Wheel] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    nested: list[str] = field(default_factory=list)

    def wanted(self) -> Wanted:
        """All of it as one value. Raises CannotInstall where --no-index leaves no place to install from."""
        if "--no-index" in self.flags and not self.find_links and self.requirements:
            raise CannotInstall(
                problem="--no-index leaves no place to install from.",
                advice="Name a folder of the working directory that holds wheels with --find-links.",
            )
        return Wanted(
            tuple(dict.fromkeys(self.requirements)),
            tuple(dict.fromkeys(self.constraints)),
            tuple(dict.fromkeys(self.wheels)),
            tuple(dict.fromkeys(self.find_links)),
            no_index="--no-index" in self.flags,
            upgrade="--upgrade" in self.flags,
            no_deps="--no-deps" in self.flags,
            pre="--pre" in self.flags,
        )


def read_command(arguments: Sequence[str], files: Files) -> Reading:
    """What the arguments that follow `pip install` ask for. Raises CannotInstall for what is refused."""
    reading = Reading(files)
    for option, value in _options(arguments):
        if option:
            _take_option(reading, option, value, "")
        else:
            _take_requirement(reading, value, "", into_constraints=False)
    if not (reading.requirements or reading.wheels or reading.notes or "--requirement" in reading.flags):
        raise CannotInstall(
            problem="pip install was called without anything to install.", advice="Name a package: pip install NAME."
        )
    return reading


def read_requirements_file(path: str, files: Files) -> Reading:
    """What a requirements file asks for. Raises CannotInstall for what is refused in it."""
    reading = Reading(files)
    _take_file(reading, path, into_constraints=False)
    return reading


def _options(arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(option, value) of each argument in order; a requirement has the option ""."""
    waiting = list(reversed(arguments))
    while waiting:
        argument = waiting.pop()
        if argument == "--":
            yield from (("", each) for each in reversed(waiting))
            return
        if not argument.startswith("-") or argument == "-":
            yield "", argument
            continue
        name, joined, value = _split(argument)
        if name in _WITH_VALUE:
            if not joined:
                if not waiting:
                    raise CannotInstall(problem=f"{argument} wants a value.", advice=f"Write {argument} VALUE.")
                value = waiting.pop()
            yield name, value
        else:
            yield name, ""
            if value and not argument.startswith("--"):  # -qU: several letters in one
                waiting.append(f"-{value}")


def _split(argument: str) -> tuple[str, bool, str]:
    """(the option's one spelling, whether its value is joined to it, the value)."""
    if argument.startswith("--"):
        name, equals, value = argument.partition("=")
        return _SHORT.get(name, name), bool(equals), value
    name, value = argument[:2], argument[2:].removeprefix("=")
    return _SHORT.get(name, name), bool(value), value


def _take_option(reading: Reading, option: str, value: str, place: str, *, folder: str = "") -> None:
    if option == "--quiet":
        reading.quiet += 1
    elif option in _MEANT:
        reading.flags.add(option)
    elif option in ("--requirement", "--constraint"):
        reading.flags.add(option)
        inner = value if "://" in value else posixpath.join(folder, value)
        _take_file(reading, inner, into_constraints=option == "--constraint")
    elif option == "--find-links":
        if "://" in value:
            raise refused(f"What {option} {value} offers", "a script does not choose where packages come from", _INDEX)
        reading.find_links.extend(_in_either(reading.files.wheels_in, folder, value))
    elif option in _NOTED_WITH_VALUE:
        reading.notes.append(f"{option} is passed over: packages are fetched as pip is configured on this machine.")
    elif option in _REFUSED_WITH_VALUE:
        shown, reason, advice = _REFUSED_WITH_VALUE[option]
        raise refused(f"What {shown} {value} asks for{place}", reason, advice)
    elif option not in _IGNORED and option not in _IGNORED_WITH_VALUE:
        raise CannotInstall(
            problem=f"{option}{place} is no option that pip has inside a script.",
            advice="Leave it out; docs/packages.md lists those that work.",
        )


def _take_file(reading: Reading, path: str, *, into_constraints: bool) -> None:
    if "://" in path:
        raise refused(f"What {path} lists", "a script does not choose where packages come from", _INDEX)
    if path in reading.nested or len(reading.nested) >= _MOST_NESTED:
        raise CannotInstall(problem=f"{path} includes itself.", advice="Remove the line that does.")
    reading.nested.append(path)
    for number, line in _lines(reading.files.text(path)):
        _take_line(reading, line, path, number, into_constraints)
    reading.nested.pop()


def _take_line(reading: Reading, line: str, path: str, number: int, into_constraints: bool) -> None:
    place = f" (line {number} of {path})"
    if not line.startswith("-"):
        _take_requirement(reading, line, place, into_constraints=into_constraints, folder=posixpath.dirname(path))
        return
    try:
        words = shlex.split(line)
    except ValueError:
        raise CannotInstall(problem=f"{line!r}{place} is no option.", advice="Correct the line.") from None
    for option, value in _options(words):
        _take_option(reading, option, value, place, folder=posixpath.dirname(path))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that say something, each with its number; one that ends in a backslash goes on."""
    waiting, first = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        first = first or number
        if len(waiting) + len(line) > LONGEST_LINE:
            raise CannotInstall(
                problem=f"Line {first} of a requirements file has more than {LONGEST_LINE} letters.",
                advice="Write one requirement a line.",
            )
        if line.endswith("\\") and not line.lstrip().startswith("#"):
            waiting += line[:-1] + " "
            continue
        whole = re.sub(r"(^|\s)#.*$", "", waiting + line).strip()
        if whole:
            yield first, whole
        waiting, first = "", 0
    if waiting.strip():
        yield first, waiting.strip()


def _take_requirement(reading: Reading, text: str, place: str, *, into_constraints: bool, folder: str = "") -> None:
    text, hashes = _without_hashes(text.strip(), place)
    refuse_places(text, place)
    wheel = re.fullmatch(r"(?P<path>.+\.whl)(?P<extras>\[[^\]]*\])?", text)
    if wheel and not into_constraints:
        found = _in_either(reading.files.wheel, folder, wheel["path"])
        reading.wheels.append(Wheel(found.name, found.version, found.path, found.digest, wheel["extras"] or ""))
        return
    requirement = requirement_from(text, place, hashes)
    if requirement.name == "pip":
        reading.notes.append(_PIP_STAYS)
    else:
        (reading.constraints if into_constraints else reading.requirements).append(requirement)


def _in_either(read: Callable[[str], Found], folder: str, path: str) -> Found:
    """What lies beside the requirements file or, as pip looks for it, in the current folder."""
    beside = posixpath.join(folder, path)
    if beside != path:
        with contextlib.suppress(CannotInstall):
            return read(beside)
    return read(path)


def _without_hashes(text: str, place: str) -> tuple[str, tuple[str, ...]]:
    text, *options = re.split(r"\s+(?=--)", text)
    hashes = []
    for option in options:
        name, _, value = option.replace(" ", "=", 1).partition("=")
        if name != "--hash" or not re.fullmatch(r"sha(256|384|512):[0-9a-fA-F]+", value):
            raise CannotInstall(
                problem=f"{text} cannot be installed with {option}{place}.", advice="Leave that option out."
            )
        hashes.append(value)
    return text, tuple(sorted(hashes))


def refuse_places(text: str, place: str) -> None:
    """Raise for what is no name and no wheel: URLs, repositories, folders, archives."""
    bare = text.partition("[")[0]
    if "://" in text or text.startswith(("git+", "hg+", "svn+", "bzr+", "file:")):
        raise refused(f"{text}{place}", "a URL is not fetched from inside a script")
    if bare.endswith(".whl"):
        return
    if bare.lower().endswith(_ARCHIVES) or bare.startswith((".", "/", "~")) or "/" in bare.partition(";")[0]:
        raise refused(f"{text}{place}", _SOURCE)


def requirement_from(text: str, place: str = "", hashes: tuple[str, ...] = ()) -> Requirement:
    """A requirement of the form `name[extras]>=1; marker`. Raises CannotInstall for anything else."""
    from packaging.requirements import InvalidRequirement
    from packaging.requirements import Requirement as Parsed

    # pip took `>=1.0.*` for many years; what it meant is `>=1.0`.
    mended = re.sub(r"((?:>=|<=|>|<)\s*[0-9][0-9.]*?)\.\*", r"\1", text)
    try:
        parsed = Parsed(mended)
    except InvalidRequirement:
        raise CannotInstall(
            problem=f"{text[:200]!r}{place} is no requirement.",
            advice="Write a name and, if need be, versions, such as `humanize>=3,<4`; several are separate arguments.",
        ) from None
    if parsed.url:
        raise refused(f"{text}{place}", "a URL is not fetched from inside a script")
    return Requirement(normalised(parsed.name), str(parsed), hashes)
