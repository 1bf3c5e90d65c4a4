"""What a path says of the table in it: Azure's `partition_format`, such as `/{state}/{day:yyyy/MM/dd}/data.csv`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from transom.errors import WrongUse

_FIELD = re.compile(r"\{(?P<name>[^{}:]+)(?::(?P<times>[^{}]+))?\}")
#: What stands for a part of a time, and how many digits it has.
_TIMES = {"yyyy": ("year", 4), "MM": ("month", 2), "dd": ("day", 2), "HH": ("hour", 2), "mm": ("minute", 2)}
_TIMES |= {"ss": ("second", 2)}
_TIME = re.compile("|".join(_TIMES))
_LONGEST = 1000
#: So many parts between two slashes may be of any length: with more a path could be read in too many ways.
_MOST_FREE = 2
_ADVICE = "Write it as Azure does: '/{state}/{day:yyyy/MM/dd}/data.csv', from the first such part to the file's name."


@dataclass(frozen=True, slots=True)
class _Field:
    """A column, and the groups of the pattern that tell its value: one text, or the `parts` of a time."""

    name: str
    start: int
    parts: tuple[str, ...]


class Partitions:
    """A format of paths. Raises WrongUse for one that is none."""

    def __init__(self, text: str) -> None:
        self._text = text
        fields = list(_FIELD.finditer(text))
        free = (len(re.findall(r"\{[^{}:]+\}|\*", part)) for part in re.sub(r"\{[^{}:]+:[^{}]+\}", "", text).split("/"))
        if not fields or len(text) > _LONGEST or max(free) > _MOST_FREE:
            raise WrongUse(problem=f"{text[:60]!r} is no partition format that can be used.", advice=_ADVICE)
        self._fields: list[_Field] = []
        groups, end, pieces = 0, 0, []
        for field in fields:
            pieces.append(_literal(text[end : field.start()]))
            end = field.end()
            parts = _parts(field["times"])
            pieces.append("([^/]*)" if field["times"] is None else _time_regex(field["times"]))
            self._fields.append(_Field(field["name"].strip(), groups, parts))
            groups += max(1, len(parts))
        self._pattern = re.compile("".join(pieces) + _literal(text[end:]) + r"\Z")
        if len(self.names) > len(set(self.names)):
            raise WrongUse(problem=f"{text[:60]!r} names a column twice.", advice=_ADVICE)

    @property
    def names(self) -> Sequence[str]:
        """The columns that it gives."""
        return [field.name for field in self._fields]

    def values(self, path: str) -> list[pa.Scalar]:
        """What a path says of each column: a text, or a time. Raises WrongUse for one that has another form."""
        found = self._pattern.search(f"/{path.lstrip('/')}")
        if found is None:
            raise WrongUse(problem=f"The path {path[:200]} is not of the form {self._text[:60]!r}.", advice=_ADVICE)
        groups = found.groups()
        return [
            _value(path, field, groups[field.start : field.start + max(1, len(field.parts))]) for field in self._fields
        ]


def _value(path: str, field: _Field, texts: Sequence[str]) -> pa.Scalar:
    if not field.parts:
        return pa.scalar(texts[0])
    numbers = {"year": 1970, "month": 1, "day": 1}
    numbers |= {_TIMES[part][0]: int(text) for part, text in zip(field.parts, texts, strict=True)}
    try:
        return pa.scalar(datetime(**numbers), pa.timestamp("us"))  # type: ignore[arg-type]
    except ValueError:
        raise WrongUse(problem=f"The path {path[:200]} tells no time.", advice=_ADVICE) from None


def _literal(text: str) -> str:
    """A piece of the format; a star in it is any name."""
    return re.escape(text).replace(r"\*", "[^/]*")


def _parts(times: str | None) -> tuple[str, ...]:
    return () if times is None else tuple(_TIME.findall(times))


def _time_regex(times: str) -> str:
    pieces, end = [], 0
    for part in _TIME.finditer(times):
        pieces.append(re.escape(times[end : part.start()]))
        pieces.append(rf"(\d{{{_TIMES[part[0]][1]}}})")
        end = part.end()
    if not pieces:
        raise WrongUse(problem=f"{times[:60]!r} is no form of a time.", advice=_ADVICE)
    return "".join(pieces) + re.escape(times[end:])
