"""How requirements stand in files: requirements.txt, conda's environment.yml, the header of a script."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from transom.engine.archive_files import plain_file
from transom.engine.environments.conda_files import wanted_by_conda
from transom.engine.environments.requirements import Wanted, sorted_once, spelled
from transom.errors import NotThere, RequirementInvalid

_HASH = re.compile(r"\s--hash[= ](\S+)")
_COMMENT = re.compile(r"(^|\s)#.*$")
_INCLUDED = re.compile(r"^(-r|--requirement)[ =]?\s*(?P<file>\S+)$")
_EDITABLE = ("-e", "--editable")
_PYTHON_OF_EXPORT = re.compile(r"^# Python (?P<python>\d\.\d+)\b")
_HEADER_BEGINS = re.compile(r"# /// (?P<type>[a-zA-Z0-9-]+)")
_MOST_BYTES = 10 * 1000**2
_LONGEST_HEADER = 1 << 14
_MOST_FILES = 100
_LONGEST_REQUIREMENT = 4096


def wanted_by(path: Path) -> Wanted:
    """What a file asks for: conda's where it ends in .yml or .yaml, the header of a script .py, else requirements.

    Raises NotThere, and RequirementInvalid with file and line.
    """
    text = _text(path)
    if path.suffix.lower() in (".yml", ".yaml"):
        return wanted_by_conda(text, path)
    if path.suffix.lower() == ".py":
        wanted = wanted_by_header(text, str(path))
        if wanted is None:
            raise RequirementInvalid(
                place=path,
                reason="this script has no header that names its packages",
                advice="Begin it with `# /// script`, `# dependencies = [...]`, `# ///`, or name the packages.",
            )
        return wanted
    return _File(path, text).wanted()


def wanted_by_header(text: str, shown: str) -> Wanted | None:
    """What the header of a script (PEP 723) asks for; None where it has none.

    Raises RequirementInvalid where it has one that cannot be understood.
    """
    found = _header(text.replace("\r\n", "\n").split("\n"))
    if found is None:
        return None
    line, lines = found
    place = f"{shown}:{line}"
    toml = "\n".join(each[2:] for each in lines)
    if len(toml) > _LONGEST_HEADER:
        raise _header_wrong(place, f"the header of the script has more than {_LONGEST_HEADER:,} signs")
    try:
        told = tomllib.loads(toml)
    except (ValueError, RecursionError) as wrong:  # a number of thousands of digits is a ValueError, too
        raise _header_wrong(place, f"the header of the script is no TOML ({str(wrong)[:200]})") from None
    packages, python = told.get("dependencies", []), told.get("requires-python")
    if not isinstance(packages, list) or not all(isinstance(each, str) for each in packages):
        raise _header_wrong(place, "`dependencies` of the script's header is no list of texts")
    return Wanted(sorted_once(_spelled(each, place) for each in packages), _specifier(python, place))


def _header(lines: list[str]) -> tuple[int, list[str]] | None:
    """(number of its first line, its lines) of the header of a script; None where it has none.

    As PEP 723's own pattern has it, a block ends with the last `# ///` of its comment; each line is looked at once.
    """
    start = 0
    while start < len(lines):
        begins = _HEADER_BEGINS.fullmatch(lines[start])
        if not begins:
            start += 1
            continue
        end, closed = start + 1, 0
        while end < len(lines) and (lines[end] == "#" or lines[end].startswith("# ")):
            closed = end if lines[end] == "# ///" else closed
            end += 1
        if closed > start + 1 and begins["type"] == "script":
            return start + 1, lines[start + 1 : closed]
        start = max(closed + 1, start + 1) if closed > start + 1 else end
    return None


def _header_wrong(place: str, reason: str) -> RequirementInvalid:
    return RequirementInvalid(
        place=place, reason=reason, advice='Write it as PEP 723 does: `# dependencies = ["pandas<2", "requests"]`.'
    )


def _specifier(text: Any, place: str) -> str | None:
    if text is None:
        return None
    try:
        return str(SpecifierSet(text))
    except (InvalidSpecifier, TypeError, AttributeError):
        raise _header_wrong(place, f"`requires-python` of the script's header is {text!r}, no specifier") from None


def _text(path: Path) -> str:
    try:
        with plain_file(path) as stream:
            content = stream.read(_MOST_BYTES + 1)
        text = content.decode("utf-8-sig")
    except FileNotFoundError:
        raise NotThere(path=path) from None
    except UnicodeDecodeError:
        raise RequirementInvalid(place=path, reason="this is no UTF-8 text", advice="Save it as UTF-8.") from None
    except OSError as wrong:
        reason = "this is a folder" if path.is_dir() else f"this cannot be read ({wrong.strerror})"
        raise RequirementInvalid(place=path, reason=reason, advice="Name a file of requirements.") from None
    if len(content) > _MOST_BYTES:
        raise RequirementInvalid(
            place=path, reason="this is too long for a list of packages", advice="Name a file of requirements."
        )
    return text


@dataclass
class _File:
    """A requirements file as pip has it, with the files that it includes."""

    path: Path
    text: str
    requirements: list[str] = field(default_factory=list)
    hashes: dict[str, list[str]] = field(default_factory=dict)
    python: str | None = None

    def wanted(self) -> Wanted:
        """What it asks for; a lock where each requirement is pinned and has its hashes."""
        self._read(self.path, self.text, {self.path.resolve()})
        found = _PYTHON_OF_EXPORT.match(self.text)
        return Wanted(
            sorted_once(self.requirements),
            python=found["python"] if found else None,
            lock=self._lock() if self._is_lock() else "",
        )

    def _is_lock(self) -> bool:
        return bool(self.requirements) and all(
            self.hashes.get(each) and re.match(r"[a-z0-9-]+==[^,*]+$", each.partition(" ;")[0])
            for each in self.requirements
        )

    def _lock(self) -> str:
        return "".join(
            " \\\n    ".join([each, *(f"--hash={one}" for one in sorted(set(self.hashes[each])))]) + "\n"
            for each in sorted_once(self.requirements)
        )

    def _read(self, path: Path, text: str, seen: set[Path]) -> None:
        for number, line in _lines(text):
            place = f"{path}:{number}"
            included = _INCLUDED.match(line)
            if included:
                other = (path.parent / included["file"]).absolute()
                if other.resolve() not in seen:  # what was read once counts, however often it is included
                    seen.add(other.resolve())
                    if len(seen) > _MOST_FILES:
                        raise RequirementInvalid(
                            place=place,
                            reason=f"this includes more than {_MOST_FILES} files",
                            advice="Put what is wanted into one file.",
                        )
                    self._read(other, _text(other), seen)
            elif line.startswith("-") and not line.startswith(_EDITABLE):
                raise RequirementInvalid(
                    place=place,
                    reason=f"the option `{line.split()[0]}` cannot be taken over into an environment",
                    advice="Remove the line; an index is taken from where pip or uv is configured.",
                )
            else:
                requirement = _spelled(_HASH.sub("", line), place)
                self.requirements.append(requirement)
                self.hashes.setdefault(requirement, []).extend(_HASH.findall(line))


def _spelled(text: str, place: str) -> str:
    if len(text) > _LONGEST_REQUIREMENT:
        raise RequirementInvalid(place=place, reason=f"this requirement has more than {_LONGEST_REQUIREMENT:,} signs")
    try:
        return spelled(text, place)
    except RecursionError:
        raise RequirementInvalid(place=place, reason="this requirement is nested too deeply") from None


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """(number of its first line, line) with continued lines joined, without comments and empty lines."""
    joined, begun = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        begun = begun or number
        continued = line.endswith("\\") and not line.lstrip().startswith("#")
        joined += _COMMENT.sub("", line.removesuffix("\\")) + " "
        if continued:
            continue
        if joined.strip():
            yield begun, joined.strip()
        joined, begun = "", 0
    if joined.strip():
        yield begun, joined.strip()
