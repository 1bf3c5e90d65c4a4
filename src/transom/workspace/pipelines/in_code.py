"""How a pipeline that was built in code becomes a text that is read like its file, and what no file can hold."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from transom.errors import WrongUse

#: YAML reads a key of up to about so many characters.
_LONGEST_KEY = 1_000
_LONGEST_SHOWN = 60
#: Values that lie in each other deeper are no text of JSON; a file allows fewer.
_DEEPEST = 100
#: What JSON writes after a backslash; `\ud83d\ude00` is one character.
_ESCAPED = re.compile(r"\\(?:(ud[89ab]..\\ud[c-f]..|u....)|.)")


def as_yaml(document: Mapping[str, Any]) -> str:
    """The document in the part of YAML that is nearly JSON. Raises WrongUse."""
    _check_document(document)
    try:
        text = json.dumps(document, allow_nan=False)
    except (TypeError, ValueError) as wrong:
        problem = f"A pipeline holds texts, numbers, lists and mappings: {wrong}."
        raise WrongUse(problem=problem, advice="Give such a value.") from None
    # in YAML a character is one, not the two halves that JSON writes
    return _ESCAPED.sub(_character, text).replace("\x7f", "\\x7f")


def _check_document(document: Mapping[str, Any]) -> None:
    for name, given in document.get("inputs", {}).items():
        check_value(f"the input {name}", given)
    for name, step in document.get("jobs", {}).items():
        for key, value in step["inputs"].items():
            check_value(f"{key} of the step {name}", value)
        check_value(f"the step {name}", step)
    check_value("the pipeline", document)


def check_value(where: str, value: Any, depth: int = 0) -> None:
    """Raise WrongUse for a value that no pipeline file can hold as what it is; `where` it stands is a phrase."""
    if isinstance(value, float) and not math.isfinite(value):
        problem = f"A number in {where} is {float(value)}, which is none to count with."
        raise WrongUse(problem=problem, advice="Give another number, or None (null in a file) for a missing value.")
    if depth > _DEEPEST:
        raise WrongUse(problem=f"Values in {where} lie in each other too deep.", advice="Make them flatter.")
    if isinstance(value, Mapping):
        for key in value:
            _check_key(where, key)
        value = list(value.values())
    for each in value if isinstance(value, (list, tuple)) else ():
        check_value(where, each, depth + 1)


def _check_key(where: str, key: Any) -> None:
    if isinstance(key, str) and len(json.dumps(key, ensure_ascii=False)) > _LONGEST_KEY:
        shown = f"{key[:_LONGEST_SHOWN]}…"
        problem = f"A key in {where} has {len(key):,} characters, too many for a pipeline file: {shown}"
        raise WrongUse(problem=problem, advice="Give a shorter one.")


def _character(found: re.Match[str]) -> str:
    if found[1] is None:
        return found[0]
    character: str = json.loads(f'"{found[0]}"')
    return character if character.isprintable() else f"\\U{ord(character):08x}"
