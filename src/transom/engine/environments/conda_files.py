"""What conda's environment.yml asks for, in the names of the Python package index."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from transom.engine.environments.requirements import Wanted, sorted_once, spelled
from transom.errors import RequirementInvalid
from transom.model.policies import Policy

_PACKAGE = re.compile(r"^(?:[\w./-]+::)?(?P<name>[A-Za-z0-9_][A-Za-z0-9_.-]*)(?P<versions>(?:[\s=<>!~].*)?)$")
_VERSION = re.compile(r"(?P<fuzzy>=?)(?P<version>\d[^\s=,<>|]*)(?:[ =](?P<build>\S+))?$")
#: An export of an environment of a thousand packages has 60 thousand signs; reading takes a second for 200 thousand.
_MOST_SIGNS = 200_000
_LONGEST_ENTRY = 500
_ADVICE = "Write it as conda does: `dependencies:` with a list of packages such as `- pandas=1.1`."


def wanted_by_conda(text: str, path: Path) -> Wanted:
    """What an environment.yml asks for: its Python, its conda packages by their names on the index, its pip part.

    What is not on the index is left out, and the notes name it. Raises RequirementInvalid with file and line.
    """
    python, requirements, absent = None, [], []
    document = _document(text, path)
    for line, entry in _entries(document, path):
        place = f"{path}:{line}"
        if isinstance(entry, Mapping):
            requirements += [spelled(each, f"{path}:{at}") for at, each in _pip_part(entry, line, place)]
            continue
        if not isinstance(entry, str) or len(entry) > _LONGEST_ENTRY:
            raise RequirementInvalid(place=place, reason="this is no text that names a package", advice=_ADVICE)
        name, versions = _split(entry, place)
        if name == "python":
            python = _python(versions) or python
        elif name in _tables()["absent"] or name.startswith(("lib", "_")):
            absent.append(name)
        elif name not in _tables()["infrastructure"]:
            requirements.append(spelled(_tables()["names"].get(name, name) + versions, place))
    notes = (f"Not on the Python package index, left out: {', '.join(sorted(absent))}.",) if absent else ()
    return Wanted(sorted_once(requirements), python, policy=_policy(document, path), notes=notes)


def _policy(document: Any, path: Path) -> Policy | None:
    """What `policy:` says; a file, which may come from others, cannot take all limits away."""
    told = document.get("policy")
    if told is None:
        return None
    place = f"{path}:{document.lc.key('policy')[0] + 1}"
    allowed = ", ".join(each for each in Policy if each is not Policy.OPEN)
    if told not in [*Policy]:
        raise RequirementInvalid(
            place=place, reason=f"`{told}` is no policy", advice=f"A file may name one of {allowed}."
        )
    if told == Policy.OPEN:
        advice = f"A file may name one of {allowed}; `--policy open` is for the command line."
        raise RequirementInvalid(place=place, reason="a file cannot ask for the policy `open`", advice=advice)
    return Policy(told)


@cache
def _tables() -> Mapping[str, Any]:
    return tomllib.loads(resources.files("transom.engine.environments").joinpath("conda_names.toml").read_text("utf-8"))


def _document(text: str, path: Path) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    if len(text) > _MOST_SIGNS:
        raise RequirementInvalid(place=path, reason=f"this has more than {_MOST_SIGNS:,} signs", advice=_ADVICE)
    try:
        return YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as wrong:
        line = wrong.problem_mark.line + 1 if wrong.problem_mark else 1
        raise RequirementInvalid(
            place=f"{path}:{line}", reason=f"this is no YAML ({wrong.problem})", advice=_ADVICE
        ) from None
    except (YAMLError, ValueError, TypeError, RecursionError, OverflowError, AttributeError):
        raise RequirementInvalid(place=path, reason="this is no YAML", advice=_ADVICE) from None


def _entries(document: Any, path: Path) -> Iterator[tuple[int, Any]]:
    """(line, entry) of the list of dependencies."""
    listed = document.get("dependencies") if isinstance(document, Mapping) else None
    if not isinstance(listed, list):
        raise RequirementInvalid(place=path, reason="this has no list of `dependencies`", advice=_ADVICE)
    lines: Any = getattr(listed, "lc", None)
    for index, entry in enumerate(listed):
        yield lines.item(index)[0] + 1, entry


def _pip_part(entry: Mapping[str, Any], line: int, place: str) -> Iterator[tuple[int, str]]:
    listed = entry.get("pip")
    if not isinstance(listed, list) or not all(isinstance(each, str) and len(each) < _LONGEST_ENTRY for each in listed):
        raise RequirementInvalid(place=place, reason="this is neither a package nor a list `pip:`", advice=_ADVICE)
    lines: Any = getattr(listed, "lc", None)
    for index, text in enumerate(listed):
        yield (lines.item(index)[0] + 1 if lines else line), text


def _split(text: str, place: str) -> tuple[str, str]:
    """(name, versions as pip writes them) of a conda package: `numpy=1.18` is numpy, ==1.18.*."""
    found = _PACKAGE.match(text.strip())
    if not found:
        raise RequirementInvalid(place=place, reason=f"`{text}` is no package of conda", advice=_ADVICE)
    return found["name"].lower(), _versions(found["versions"].strip(), text, place)


def _versions(text: str, whole: str, place: str) -> str:
    found = _VERSION.match(text)
    if found:  # `=1.18` is any 1.18; `=1.18.2=build` and `1.18.2 build` that version, whatever its build
        version = re.sub(r"\.?\*$", ".*", found["version"])
        fuzzy = found["fuzzy"] and not found["build"] and not version.endswith("*")
        return f"=={version}.*" if fuzzy else f"=={version}"
    if "|" in text:
        raise RequirementInvalid(
            place=place, reason=f"`{whole}` names alternatives, which pip does not know", advice="Name one range."
        )
    return "" if text == "*" else text.replace(" ", "")


def _python(versions: str) -> str | None:
    """`3.6` where a version is named, else the specifier."""
    found = re.match(r"==(\d\.\d+)", versions)
    return found[1] if found else (versions or None)
