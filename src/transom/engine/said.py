"""What a script's process says, made values of the right kind and of a bounded size: all of it may be forged.

A script that writes `outcome.json` itself deceives nobody but its own person: it could as well return such a table.
What counts is that nothing of what it says can be of another kind, larger or deeper than what a job of ours says.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from transom.model.runs import Cause, Failure, FailureKind, Frame
from transom.model.texts import cut, whole

#: The kinds that a script's process can know of; the others are the parent's to say.
_KINDS = {
    FailureKind.SCRIPT_SYNTAX,
    FailureKind.ENTRY_POINT_MISSING,
    FailureKind.ENTRY_POINT_SIGNATURE,
    FailureKind.SCRIPT_ERROR,
    FailureKind.SCRIPT_EXITED,
    FailureKind.RESULT_INVALID,
    FailureKind.INPUT_INVALID,
    FailureKind.ENVIRONMENT_FAILED,
    FailureKind.CANCELLED,
}
_LONGEST_MESSAGE = 20_000
_LONGEST_WARNING = 5_000
_LONGEST_NAME = 1_000
_LONGEST_CODE = 1_000
_LONGEST_PATH = 4_096
_MOST_WARNINGS = 1_000
_MOST_FRAMES = 100
_MOST_CAUSES = 20
_LAST_LINE = 10**9
_LARGEST_CODE = 2**31
_MOST_SECONDS = 10.0**9
#: Of the facts: so many names in one list and in all tables together, and so much of one: each is compared with others.
_MOST_NAMES = 2_000
_LONGEST_FACT = 120


def parsed(content: bytes) -> Any:
    """What a JSON text says. ValueError where it is none, is too deep, or holds a number of thousands of digits."""
    try:
        return json.loads(content)
    except (RecursionError, MemoryError) as wrong:
        raise ValueError(f"it is too deep or too large ({type(wrong).__name__})") from None


def mapping(value: object) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def text(value: object, longest: int = _LONGEST_NAME) -> str:
    """A text, or a number as one; empty for anything else. What is too long ends in an ellipsis."""
    if isinstance(value, str):
        return cut(whole(value[: longest + 1]), longest)
    return str(value) if isinstance(value, float) or _is_whole(value) else ""


def number(value: object) -> float:
    """A count of seconds: finite and not below nought, else nought."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0.0
    if not 0 <= value <= _MOST_SECONDS or not math.isfinite(value):
        return 0.0
    return float(value)


def warnings(value: object) -> tuple[str, ...]:
    """The sentences of a list; those that are too many are counted in the last one."""
    told = [text(each, _LONGEST_WARNING) for each in _items(value, _MOST_WARNINGS) if isinstance(each, str)]
    more = len(value) - _MOST_WARNINGS if isinstance(value, list) else 0
    return (*told, *([f"There were {more:,} more warnings."] if more > 0 else []))


def failure(value: object) -> Failure | None:
    """The failure that the script's process told of, if it did; what is not of its form is left out."""
    told = mapping(value)
    if not told:
        return None
    return Failure(
        kind=_kind(told.get("kind")),
        message=text(told.get("message"), _LONGEST_MESSAGE),
        type=_text_or_none(told.get("type"), _LONGEST_NAME),
        file=_text_or_none(told.get("file"), _LONGEST_PATH),
        line=_whole_number(told.get("line"), 0, _LAST_LINE),
        function=_text_or_none(told.get("function"), _LONGEST_NAME),
        frames=_frames(told.get("frames")),
        causes=tuple(
            Cause(text(each.get("type")), text(each.get("message"), _LONGEST_MESSAGE), _frames(each.get("frames")))
            for each in map(mapping, _items(told.get("causes"), _MOST_CAUSES))
            if each
        ),
        exit_code=_whole_number(told.get("exit_code"), -_LARGEST_CODE, _LARGEST_CODE),
    )


def facts(value: object) -> dict[str, Any]:
    """The facts from which remedies are found, see `FailureContext`: names and numbers, and no more of them."""
    told = mapping(value)
    lists = ("names", "none_variables", "working_directory_files", "refused_reads", "refused_writes", "refused_places")
    found: dict[str, Any] = {name: _names(told.get(name)) for name in lists if name in told}
    for name in ("module", "filename", "filename2", "key", "raised_in"):
        if isinstance(told.get(name), str):
            found[name] = text(told[name])
    for name in ("errno", "column"):
        if name in told:
            found[name] = _whole_number(told[name], 0, _LAST_LINE)
    return found | {"columns": _columns(mapping(told.get("columns")))}


def _columns(told: Mapping[str, Any]) -> dict[str, list[str]]:
    """The names of the columns of each table, as far as they go."""
    found: dict[str, list[str]] = {}
    left = _MOST_NAMES
    for table, columns in told.items():
        if left <= 0:
            break
        found[text(table, _LONGEST_FACT)] = names = _names(columns)[:left]
        left -= len(names) + 1
    return found


def _kind(value: object) -> FailureKind:
    try:
        kind = FailureKind(value if isinstance(value, str) else "")
    except ValueError:
        return FailureKind.PROCESS_DIED
    return kind if kind in _KINDS else FailureKind.PROCESS_DIED


def _frames(value: object) -> tuple[Frame, ...]:
    told = [mapping(each) for each in _items(value, _MOST_FRAMES)]
    return tuple(_frame(each) for each in told if {"file", "line", "function", "code"} <= each.keys())


def _frame(told: Mapping[str, Any]) -> Frame:
    line = _whole_number(told["line"], 0, _LAST_LINE) or 0
    return Frame(text(told["file"], _LONGEST_PATH), line, text(told["function"]), text(told["code"], _LONGEST_CODE))


def _names(value: object) -> list[str]:
    return [text(each, _LONGEST_FACT) for each in _items(value, _MOST_NAMES) if isinstance(each, str)]


def _items(value: object, most: int) -> list[Any]:
    return value[:most] if isinstance(value, list) else []


def _text_or_none(value: object, longest: int) -> str | None:
    return None if value is None else text(value, longest)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63


def _whole_number(value: object, least: int, most: int) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if least <= value <= most else None
