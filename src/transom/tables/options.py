"""How a person says how a table is read: `header=no,delimiter=;,encoding=cp1252,types=zip:text,sheet=2,file=a.csv`."""

from __future__ import annotations

import codecs
import difflib
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from transom.errors import WrongUse

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Encodings of single names or of Python's own source, which no table is written in.
_NO_FILES = ("idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined")
#: The names of the options; which of them a format has is the format's.
KEYS = ("header", "delimiter", "decimal", "encoding", "types", "sheet", "file")
_NAMED_DELIMITERS = {"tab": "\t", "\\t": "\t", "space": " ", "comma": ",", "semicolon": ";", "pipe": "|"}
_ADVICE = "For example: header=no,delimiter=;,decimal=,,encoding=cp1252,types=zip:text+year:whole."


class Kind(StrEnum):
    """What the cells of a text table's column may be read as."""

    WHOLE = "whole"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATETIME = "datetime"
    TEXT = "text"

    @property
    def shown(self) -> str:
        """The contract's words for it."""
        return {"whole": "whole number", "boolean": "true/false"}.get(self.value, self.value)


_KIND_WORDS = {kind.value: kind for kind in Kind} | {kind.shown: kind for kind in Kind}
_KIND_WORDS |= {"int": Kind.WHOLE, "integer": Kind.WHOLE, "float": Kind.DECIMAL, "string": Kind.TEXT, "str": Kind.TEXT}
_KIND_WORDS |= {"bool": Kind.BOOLEAN, "date": Kind.DATETIME, "number": Kind.DECIMAL}


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How a table is read; None is found out from the file. `types` maps a column's name to its kind.

    `sheet` is the name of an Excel sheet or its number, from 1; `file` names one of several files in a zip file.
    """

    header: bool | None = None
    delimiter: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    types: Mapping[str, Kind] = field(default_factory=dict)
    sheet: str | None = None
    file: str | None = None

    @property
    def said(self) -> tuple[str, ...]:
        """The names of the options that were said."""
        return tuple(key for key in KEYS if getattr(self, key) not in (None, {}))


DEFAULT_OPTIONS = ReadOptions()


def parse_options(text: str) -> ReadOptions:
    """The options that `text` names; a comma may be a value (`decimal=,,encoding=cp1252`).

    Raises WrongUse, in one sentence, with the key that was probably meant.
    """
    values: dict[str, object] = {}
    types: dict[str, Kind] = {}
    for piece in re.split(r",(?=[^\W\d]\w*=)", text.strip()) if text.strip() else ():
        key, equals, value = piece.partition("=")
        key = key.strip().lower()
        if not equals or key not in KEYS:
            raise _unknown("read option", key or piece, KEYS)
        if key == "types":
            types.update(_types(value))
        elif key in values:
            raise WrongUse(problem=f"The read option {key} is given twice.", advice=_ADVICE)
        else:
            values[key] = _READERS[key](value)
    return ReadOptions(types=types, **values)  # type: ignore[arg-type]


def _unknown(what: str, given: str, known: tuple[str, ...]) -> WrongUse:
    near = difflib.get_close_matches(given, known, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    return WrongUse(problem=f"There is no {what} {given!r}.", advice=f"There are {', '.join(known)}.{meant} {_ADVICE}")


def _header(value: str) -> bool:
    word = value.strip().lower()
    if word not in ("yes", "no", "true", "false"):
        raise WrongUse(problem=f"The read option header is {value!r}, neither yes nor no.", advice=_ADVICE)
    return word in ("yes", "true")


def _delimiter(value: str) -> str:
    found = _NAMED_DELIMITERS.get(value.strip().lower(), value)
    if len(found) != 1 or not found.isascii() or found in '"\r\n':
        raise WrongUse(problem=f"The read option delimiter is {value!r}, not one ASCII character.", advice=_ADVICE)
    return found


def _decimal(value: str) -> str:
    if value not in (",", "."):
        raise WrongUse(problem=f"The read option decimal is {value!r}, neither a comma nor a point.", advice=_ADVICE)
    return value


def _encoding(value: str) -> str:
    try:
        name = codecs.lookup(value.strip()).name
        if isinstance("a".encode(name), bytes) and name not in _NO_FILES:  # `zip` unpacks bytes, and makes no text
            return name
    except (LookupError, UnicodeError):
        pass
    raise WrongUse(problem=f"Python knows no text encoding {value!r}.", advice=_ADVICE)


def _name(value: str) -> str:
    if not value.strip():
        raise WrongUse(problem="A read option names a sheet or a file, and the name is empty.", advice=_ADVICE)
    return value.strip()


_READERS = {
    "header": _header,
    "delimiter": _delimiter,
    "decimal": _decimal,
    "encoding": _encoding,
    "sheet": _name,
    "file": _name,
}


def _types(value: str) -> dict[str, Kind]:
    """`zip:text+year:whole`; a name may hold `+` and `:`, since the kind is what follows its last colon."""
    found: dict[str, Kind] = {}
    rest = value
    while rest:
        match = re.match(r"(?P<name>.+?):(?P<kind>[A-Za-z/ ]+)(?:\+|$)", rest, re.DOTALL)
        if not match:
            raise WrongUse(problem=f"The read option types has {rest!r} where NAME:TYPE is wanted.", advice=_ADVICE)
        kind = _KIND_WORDS.get(match["kind"].strip().lower())
        if kind is None:
            raise _unknown("column type", match["kind"], tuple(kind.value for kind in Kind))
        found[match["name"]] = kind
        rest = rest[match.end() :]
    return found
