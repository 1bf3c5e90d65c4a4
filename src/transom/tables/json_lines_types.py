"""What the values of a JSON column have in common, and which type of Arrow therefore holds all of them, if any.

A column that no type holds (numbers and text, structures of hundreds of fields) becomes text: texts stay as they are,
any other value becomes its JSON.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import chain
from types import NoneType
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

#: A structure with more fields than this is text, and so is what is nested deeper: names there are values, mostly.
MOST_FIELDS = 256
DEEPEST = 16

_EXACT_IN_FLOAT = 2**53
_WORDS = {
    bool: "true/false",
    int: "whole numbers",
    float: "decimals",
    str: "text",
    list: "lists",
    dict: "structures",
}


@dataclass(slots=True)
class Seen:
    """What was seen of the values of a column, of the items of a list or of a field. `said` asks for text."""

    said: bool = False
    kinds: set[type] = field(default_factory=set)
    low: int = 0
    high: int = 0
    items: Seen | None = None
    fields: dict[str, Seen] = field(default_factory=dict)
    too_many: bool = False

    def look(self, values: Sequence[Any], depth: int = 1) -> None:
        """Take in values as Python's JSON has them."""
        found = set(map(type, values))
        found.discard(NoneType)
        self.kinds |= found
        if int in found:
            whole = [one for one in values if type(one) is int]
            self.reach(min(whole), max(whole))
        if self.too_many or not found & {list, dict}:
            return
        if depth > DEEPEST:
            self.too_many = True
            return
        self._look_into_lists([one for one in values if type(one) is list], depth)
        self._look_into_structures([one for one in values if type(one) is dict], depth)

    def reach(self, low: int, high: int) -> None:
        """Take in the extremes of whole numbers."""
        self.low, self.high = min(self.low, low), max(self.high, high)

    def _look_into_lists(self, lists: list[list[Any]], depth: int) -> None:
        if lists:
            self.items = self.items or Seen()
            self.items.look(list(chain.from_iterable(lists)), depth + 1)

    def _look_into_structures(self, structures: list[dict[str, Any]], depth: int) -> None:
        names = dict.fromkeys(chain.from_iterable(structures))
        if len(self.fields.keys() | names) > MOST_FIELDS:
            self.too_many = True
            return
        for name in names:
            seen = self.fields.setdefault(name, Seen())
            seen.look([one[name] for one in structures if name in one], depth + 1)

    def type(self) -> pa.DataType | None:
        """The type that holds all of the values exactly; None where there is none but text."""
        kinds = frozenset(self.kinds)
        if self.said:
            return pa.string() if kinds <= {str} else None
        if not kinds:
            return pa.null()
        if kinds <= {int, float}:
            return self._number()
        if len(kinds) > 1 or self.too_many:
            return None
        return {bool: pa.bool_(), str: pa.string()}.get(next(iter(kinds))) or self._nested()

    def _number(self) -> pa.DataType | None:
        if float in self.kinds:
            return pa.float64() if max(-self.low, self.high) <= _EXACT_IN_FLOAT else None
        if self.low >= -(2**63) and self.high < 2**63:
            return pa.int64()
        return pa.uint64() if self.low >= 0 and self.high < 2**64 else None

    def _nested(self) -> pa.DataType | None:
        if self.items is not None:
            item = self.items.type()
            return None if item is None else pa.list_(_known(item))
        inner = {name: seen.type() for name, seen in self.fields.items()}
        if not inner or None in inner.values():
            return None
        return pa.struct([(name, _known(kind)) for name, kind in inner.items()])

    def why(self) -> str:
        """What the values are, in people's words, where they had to become text."""
        if len(self.kinds - {int}) == 0:
            return "whole numbers of more than 64 bits"
        if self.kinds == {int, float}:
            return "decimals, and whole numbers that would be rounded among them"
        if len(self.kinds) > 1:
            return _joined([word for kind, word in _WORDS.items() if kind in self.kinds])
        if self.too_many:
            return "structures of very many fields, or nested very deeply"
        return f"{_WORDS[next(iter(self.kinds))]} of values that differ in type"


def _joined(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _known(kind: pa.DataType) -> pa.DataType:
    """The type of what is nested; of nothing but missing values it is that of an empty column."""
    return pa.float64() if pa.types.is_null(kind) else kind


def array_of(values: list[Any], kind: pa.DataType | None) -> pa.Array:
    """Values as an array of the type that holds them; as text for None. UnicodeError for half a surrogate pair."""
    if kind is None:
        return pa.array([None if one is None else text_of(one) for one in values], pa.string())
    return pa.array(values, kind)


def text_of(value: Any) -> str:
    """A value of JSON as text: a text as it is."""
    return value if type(value) is str else json.dumps(value, ensure_ascii=False)
