"""How a pipeline that was built in code becomes a text that is read like its file, and what no file can hold."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from transom.errors import WrongUse
from transom.flow.file_problems import PipelineInvalid, Problem
from transom.flow.file_yaml import Document, document_of
from transom.model.pipelines import Data, FromInput, FromStep, Place
from transom.model.runs import Limits

#: YAML reads a key of up to about so many characters.
_LONGEST_KEY = 1_000
_LONGEST_SHOWN = 60
#: Values that lie in each other deeper are no text of JSON; a file allows fewer.
_DEEPEST = 100
#: What JSON writes after a backslash; `\ud83d\ude00` is one character.
_ESCAPED = re.compile(r"\\(?:(ud[89ab]..\\ud[c-f]..|u....)|.)")
_IN_A_FILE = (str, int, float, bool, type(None))
#: What the options of the command are in Python.
_OPTIONS = {
    "from": "from_",
    "set": "run",
    "secret": "secrets",
    "allow-read": "allow_read",
    "allow-write": "allow_write",
}
_NAMES = "until|from|only|regenerate|jobs|environment|policy|network|secret|allow-read|allow-write|env|set"
_OPTION = re.compile(rf"--(?P<name>{_NAMES})\b(?: (?P<given>\w+=))?")


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
    elif not isinstance(value, (*_IN_A_FILE, list, tuple)):
        raise _no_value(where, value)
    for each in value if isinstance(value, (list, tuple)) else ():
        check_value(where, each, depth + 1)


def _check_key(where: str, key: Any) -> None:
    if not isinstance(key, _IN_A_FILE):
        problem = f"A pipeline holds texts, numbers, lists and mappings, and a key in {where} is {_a(key)}."
        raise WrongUse(problem=problem, advice="Give a text.")
    if isinstance(key, str) and len(json.dumps(key, ensure_ascii=False)) > _LONGEST_KEY:
        shown = f"{key[:_LONGEST_SHOWN]}…"
        problem = f"A key in {where} has {len(key):,} characters, too many for a pipeline file: {shown}"
        raise WrongUse(problem=problem, advice="Give a shorter one.")


def _no_value(where: str, value: Any) -> WrongUse:
    advice = "Give such a value."
    if hasattr(value, "columns") or hasattr(value, "to_pandas"):
        advice = (
            'Connect an input of the pipeline, `pipeline.input("cars", type="mltable")`, '
            "and give it the table when it is run: `pipeline.run(cars=frame)`."
        )
    elif callable(value):
        advice = "Of a function give the path of the file that defines it, as the `script` of a step."
    problem = f"A pipeline holds texts, numbers, lists and mappings, and {where} is given {_a(value)}."
    return WrongUse(problem=problem, advice=advice)


def _a(value: Any) -> str:
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def said(where: str, value: Any) -> Any:
    """What stands in a pipeline file for what was given in code; `where` is a phrase. Raises WrongUse."""
    if isinstance(value, (FromInput, FromStep)):
        return str(value)
    if isinstance(value, Data):
        return {"type": "uri_file", "path": value.path, **({"read": value.read} if value.read else {})}
    made = plain(value)
    check_value(where, made)
    return made


def plain(value: Any, depth: int = 0) -> Any:
    """A copy of the value with texts for paths, and Python's own numbers and lists for numpy's."""
    if depth > _DEEPEST:
        return value
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return plain(value.tolist(), depth + 1)
    if isinstance(value, Mapping):
        return {key: plain(each, depth + 1) for key, each in value.items()}
    return [plain(each, depth + 1) for each in value] if isinstance(value, (list, tuple)) else value


def limits_said(where: str, limits: object) -> dict[str, Any] | None:
    """What stands in a pipeline file for limits: a mapping, or `transom.Limits`. Raises WrongUse."""
    if limits is None:
        return None
    if isinstance(limits, Limits):
        limits = {name: value for name, value in asdict(limits).items() if value is not None}
    return {key: "none" if value == math.inf else value for key, value in mapping_said(where, limits).items()}


def mapping_said(where: str, value: object) -> dict[str, Any]:
    """A mapping that a file can hold; `where` is a phrase. Raises WrongUse for anything else."""
    if not isinstance(value, Mapping):
        raise WrongUse(problem=f"{where[:1].upper()}{where[1:]} are a mapping, not {_a(value)}.", advice="Give a dict.")
    made: dict[str, Any] = plain({key: each for key, each in value.items() if each is not None})
    check_value(where, {key: None if each == math.inf else each for key, each in made.items()})
    return made


def text_said(where: str, value: object) -> str | None:
    """A text or None. Raises WrongUse for anything else, with what may have been meant."""
    if value is None or isinstance(value, str):
        return value
    raise WrongUse(problem=f"{where} is a name, not {_a(value)}.", advice="Give it as a text.")


def names_said(where: str, value: object) -> tuple[str, ...]:
    """Names, of which one may stand alone. Raises WrongUse for anything else."""
    names = (value,) if isinstance(value, str) else value
    if isinstance(names, (list, tuple, set, frozenset)) and all(isinstance(each, str) for each in names):
        return tuple(names)
    raise WrongUse(problem=f"{where} are names, not {_a(value)}.", advice='Give one or a list of them: `["clean"]`.')


def in_python(wrong: WrongUse) -> WrongUse:
    """The same error, with what a command calls its options as a program calls them."""
    return WrongUse(problem=_in_python(wrong.message), advice=_in_python(wrong.remedy))


def _in_python(text: str) -> str:
    return _OPTION.sub(_called, text)


def _called(option: re.Match[str]) -> str:
    name = _OPTIONS.get(option["name"], option["name"])
    return f"run({option['given']}...)" if name == "run" and option["given"] else name


def told_of(wrong: PipelineInvalid, text: str) -> WrongUse:
    """What is wrong with a pipeline that was written as this text, with the step, input or output that it is about."""
    first, *others = wrong.problems
    document = document_of(text, Path(str(wrong.path)))
    of = _of(document, first)
    problem = first.text if of is None or of.lower() in first.text.lower() else f"{of}: {first.text}"
    more = f" There {'is' if len(others) == 1 else 'are'} {len(others)} more." if others else ""
    return WrongUse(problem=f"{problem}.{more}", advice=first.remedy or "See docs/pipelines.md.")


_PARTS = {"jobs": "The step", "inputs": "The input", "outputs": "The output"}


def _of(document: Document, problem: Problem) -> str | None:
    """The part of the pipeline in which a problem stands."""
    where = (problem.line, problem.column)
    began: tuple[tuple[int, int], Place] | None = None
    for place, position in document.keys.items():
        is_part = len(place) == 2 and place[0] in _PARTS
        if is_part and tuple(position) <= where and (began is None or tuple(position) > began[0]):
            began = (tuple(position), place)  # type: ignore[assignment]
    if began is None:
        return None
    return f"{_PARTS[str(began[1][0])]} {began[1][1]}"


def _character(found: re.Match[str]) -> str:
    if found[1] is None:
        return found[0]
    character: str = json.loads(f'"{found[0]}"')
    return character if character.isprintable() else f"\\U{ord(character):08x}"
