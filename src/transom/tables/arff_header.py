"""What the header of an ARFF file says of its attributes, and how the values of each kind become a column."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING

import pyarrow as pa

from transom.model.texts import cut

if TYPE_CHECKING:
    from collections.abc import Sequence

#: A value in quotes, or up to the next comma. Nothing in it is tried twice, however long it is.
VALUE = r"""(?:'(?P<single>(?:[^'\\]|\\.)*+)'|"(?P<double>(?:[^"\\]|\\.)*+)"|(?P<plain>[^,]*))"""
_ITEM = re.compile(rf"\s*+{VALUE}\s*+(?P<end>,|\Z)")
_ATTRIBUTE = re.compile(
    r"""@attribute\s++(?:'(?P<single>(?:[^'\\]|\\.)*+)'|"(?P<double>(?:[^"\\]|\\.)*+)"|(?P<plain>[^\s{]++))(?P<kind>.*)""",
    re.IGNORECASE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}
_USUAL_DATE = "yyyy-MM-dd'T'HH:mm:ss"
_DATE_PART = re.compile(r"'(?P<quoted>[^']*)'|(?P<letters>([A-Za-z])\3*)|(?P<other>.)", re.DOTALL)
#: The letters of Java's dates, as Python spells them; the second is for four letters and more.
_DATE_LETTERS = {
    "y": ("%y", "%Y"),
    "M": ("%m", "%B"),
    "d": ("%d", "%d"),
    "D": ("%j", "%j"),
    "H": ("%H", "%H"),
    "h": ("%I", "%I"),
    "m": ("%M", "%M"),
    "s": ("%S", "%S"),
    "S": ("%f", "%f"),
    "a": ("%p", "%p"),
    "E": ("%a", "%A"),
    "Z": ("%z", "%z"),
    "X": ("%z", "%z"),
}
_DATE_PARTS = {"%b", *chain.from_iterable(_DATE_LETTERS.values())}
_EXACT_IN_FLOAT = 2.0**53


class UnfitError(ValueError):
    """What is wrong with a line, or with a value, as what follows `line 7`."""


@dataclass(slots=True)
class Attribute:
    """An attribute: its kind is numeric, integer, string, nominal (with its categories) or date (with its format)."""

    name: str
    kind: str
    categories: list[str] = field(default_factory=list)
    date_format: str = ""
    _codes: dict[str, int] = field(default_factory=dict)
    _moments: dict[str, datetime] = field(default_factory=dict)

    @property
    def left_out(self) -> str | None:
        """The value that a sparse row means where it leaves the attribute out; None is missing."""
        if self.kind in ("numeric", "integer"):
            return "0"
        return self.categories[0] if self.kind == "nominal" and self.categories else None

    def array(self, values: Sequence[str | None]) -> pa.Array:
        """The values as an array. Raises UnfitError where one is not of the kind."""
        if self.kind == "string":
            return pa.array(values, pa.string())
        if self.kind == "nominal":
            codes = [None if one is None else self._code(one) for one in values]
            return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(self.categories, pa.string()))
        if self.kind == "date":
            return self._dates(values)
        return self._numbers(values)

    def _code(self, value: str) -> int:
        if not self._codes:
            self._codes = {category: number for number, category in enumerate(self.categories)}
        try:
            return self._codes[value]
        except KeyError:
            raise UnfitError("which is none of its categories") from None

    def _numbers(self, values: Sequence[str | None]) -> pa.Array:
        texts = pa.array(values, pa.string())
        if self.kind == "integer":
            try:
                return texts.cast(pa.int64())
            except pa.ArrowInvalid:
                pass  # programs write 1.0, too
        try:
            numbers = [None if one is None else _number(one) for one in values]
        except ValueError:
            raise UnfitError("which is no number") from None
        if self.kind == "integer" and any(one is not None and abs(one) > _EXACT_IN_FLOAT for one in numbers):
            raise UnfitError("which is too large for a whole number")
        return pa.array(numbers, pa.float64())

    def _dates(self, values: Sequence[str | None]) -> pa.Array:
        zoned = "%z" in self.date_format
        moments = [None if one is None else self._moment(one) for one in values]
        return pa.array(moments, pa.timestamp("us", "UTC" if zoned else None))

    def _moment(self, value: str) -> datetime:
        found = self._moments.get(value)
        if found is None:
            try:
                found = datetime.strptime(value, self.date_format)
                found = found.astimezone(UTC) if found.tzinfo else found
            except (ValueError, OverflowError):
                raise UnfitError("which is no date of its format") from None
            self._moments[value] = found
        return found


def _number(text: str) -> float:
    if "_" in text or not text.isascii():  # Python takes 1_000 and digits of other scripts for numbers
        raise ValueError(text)
    return float(text)


def attribute_of(line: str) -> Attribute:
    """What an `@attribute` line declares. Raises UnfitError."""
    found = _ATTRIBUTE.fullmatch(line.strip())
    if not found:
        raise UnfitError("declares an attribute without a name")
    name, kind = unquoted(found), found["kind"].strip()
    if kind.startswith("{"):
        return Attribute(name, "nominal", categories=_categories(kind))
    word, _, rest = kind.partition(" ")
    word = word.lower()
    if word in ("numeric", "real", "integer", "string"):
        return Attribute(name, "numeric" if word == "real" else word)
    if word == "date":
        return Attribute(name, "date", date_format=_python_format(rest.strip()))
    if word == "relational":
        raise UnfitError("declares a relational attribute, which is a table in a cell")
    known = "numeric, integer, string, date and {a, b, ...}"
    raise UnfitError(f"declares an attribute of the kind {cut(word, 40) or 'nothing'}, and there are {known}")


def _categories(kind: str) -> list[str]:
    if not kind.endswith("}"):
        raise UnfitError("declares categories without a closing brace")
    return list(dict.fromkeys(text for text in items(kind[1:-1]) if text is not None))


def items(text: str) -> list[str | None]:
    """The values of a line between commas, without their quotes; None for a question mark. Raises UnfitError."""
    found: list[str | None] = []
    place = 0
    while True:
        item = _ITEM.match(text, place)
        if item is None or (item["plain"] or "").startswith(("'", '"')):
            raise UnfitError("has a quote that is never closed")
        value = unquoted(item)
        found.append(None if item["plain"] is not None and value == "?" else value)
        if not item["end"]:
            return found
        place = item.end()


def unquoted(found: re.Match[str]) -> str:
    """What a value or a name says, without its quotes."""
    if found["plain"] is not None:
        return found["plain"].strip()
    quoted = found["single"] if found["single"] is not None else found["double"]
    return _ESCAPE.sub(lambda one: _ESCAPED.get(one[1], one[1]), quoted) if "\\" in quoted else quoted


def _python_format(text: str) -> str:
    """Java's pattern of a date as Python's. Raises UnfitError for what Python has no letter for."""
    quoted = re.fullmatch(r"""(['"])(?P<inner>.*)\1""", text, re.DOTALL)
    pattern = (quoted["inner"] if quoted else text) or _USUAL_DATE
    made = []
    for part in _DATE_PART.finditer(pattern):
        letters = part["letters"]
        if letters is None:
            made.append((part["quoted"] if part["quoted"] is not None else part["other"]).replace("%", "%%"))
            continue
        if letters[0] not in _DATE_LETTERS:
            raise UnfitError(f"declares dates with {letters} in their format, which is not known here")
        short, long = _DATE_LETTERS[letters[0]]
        made.append("%b" if letters == "MMM" else long if len(letters) > 3 else short)
    parts = [one for one in made if one in _DATE_PARTS]
    if len(set(parts)) < len(parts):
        raise UnfitError("declares dates that name a part of the date twice")
    return "".join(made)
