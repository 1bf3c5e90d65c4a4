"""What may be asked of an environment: package names with versions, each in one spelling."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from transom.errors import RequirementInvalid
from transom.model.policies import Policy

#: Every environment has these: tables reach a script, and leave it, through them.
_NEEDED = ("pandas", "pyarrow")
_EDITABLE = re.compile(r"^(-e\b|--editable\b)")
_OF_A_FOLDER = re.compile(r"^(\.{0,2}/|\.{1,2}$|~|[A-Za-z]:\\|file:)|\.(whl|zip|tar\.gz|tgz)$")
_ADDRESS = re.compile(r"^(?!file:)[a-z+]+://|^git\+| @ ")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a file or a command asks of an environment.

    `requirements` are in one spelling, sorted. `python` is a version (`3.6`) or a specifier (`>=3.9`), if one is named.
    `lock` is a whole lock, where everything was pinned with its hashes. `policy` is what its scripts may touch, if that
    is said. `notes` say what was left out or changed.
    """

    requirements: tuple[str, ...]
    python: str | None = None
    lock: str = ""
    policy: Policy | None = None
    notes: tuple[str, ...] = ()


def spelled(text: str, place: str) -> str:
    """A requirement in its one spelling: `Scikit_Learn >=0.22, <1` is `scikit-learn<1,>=0.22`.

    Raises RequirementInvalid, which begins with `place`, for what is none or may not be one here.
    """
    text = text.strip()
    _refuse_what_is_no_release(text, place)
    try:
        wanted = Requirement(text)
    except InvalidRequirement as wrong:
        reason = " ".join(str(wrong).split("\n")[0].split())
        raise RequirementInvalid(place=place, reason=f"`{text}` is no requirement ({reason})") from None
    if wanted.url:
        _refuse_what_is_no_release(f"{wanted.name} @ {wanted.url}", place)
    extras = f"[{','.join(sorted(canonicalize_name(each) for each in wanted.extras))}]" if wanted.extras else ""
    versions = ",".join(sorted(str(each) for each in wanted.specifier))
    marker = f" ; {wanted.marker}" if wanted.marker else ""
    return f"{canonicalize_name(wanted.name)}{extras}{versions}{marker}"


def _refuse_what_is_no_release(text: str, place: str) -> None:
    if _ADDRESS.search(text):
        raise RequirementInvalid(
            place=place,
            reason=f"`{text}` is an address, and an environment is made of packages of an index",
            advice="Name a release of the package, `NAME==VERSION`; an index is set where pip or uv is configured.",
        )
    if _EDITABLE.match(text) or _OF_A_FOLDER.search(text):
        raise RequirementInvalid(
            place=place,
            reason=f"`{text}` is a folder or file of this machine, and an environment is made of released packages",
            advice="Give your own modules to the script as its bundle: `transom run SCRIPT -b FOLDER`.",
        )


def sorted_once(requirements: Iterable[str]) -> tuple[str, ...]:
    """The requirements sorted, each once."""
    return tuple(sorted(set(requirements)))


def with_what_is_needed(requirements: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(the requirements with pandas and pyarrow among them, the notes on what was added)."""
    wanted = sorted_once(requirements)
    there = {package_name(each) for each in wanted}
    missing = [name for name in _NEEDED if name not in there]
    if not missing:
        return wanted, ()
    verb = "was" if len(missing) == 1 else "were"
    return sorted_once([*wanted, *missing]), (f"{' and '.join(missing)} {verb} added: tables come and go that way.",)


def package_name(requirement: str) -> str:
    """The normalised name of a requirement's package."""
    return canonicalize_name(Requirement(requirement).name)
