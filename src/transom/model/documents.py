"""How values of ours become JSON documents and the same values again: by the types of their fields."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

#: JSON has no word for these numbers: {"$number": "nan"}. An object of others that looks like ours is put into one.
_NUMBER = "$number"
_OBJECT = "$object"
_PLAIN = (str, int, float, bool)

_Decode = Callable[[Any], Any]


class NoDocument(ValueError):
    """A document is not that of such a value; the text says where it differs."""


def finite(value: Any) -> Any:
    """A document without the numbers that JSON lacks: NaN and infinity become texts."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, dict):
        return {name: finite(each) for name, each in value.items()}
    return [finite(each) for each in value] if isinstance(value, list) else value


def document_of(value: Any) -> Any:
    """The document of a value of ours (a frozen dataclass with all below it): objects, lists, texts, numbers, truths.

    It holds no number that JSON lacks. TypeError for a value that has no document.
    """
    if isinstance(value, float):
        return _number(value)
    if value is None or type(value) in _PLAIN:
        return value
    if is_dataclass(value):
        kind: Any = type(value)
        return {name: document_of(getattr(value, name)) for name in _names(kind)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return _object({_key(name): document_of(each) for name, each in value.items()})
    if isinstance(value, (tuple, list)):
        return [document_of(each) for each in value]
    raise TypeError(f"a {type(value).__name__} has no document")


def value_of(kind: type[Any], document: Any) -> Any:
    """The value of that dataclass whose document this is; what a document does not say has its default.

    What it says beside the fields is passed over: a newer Transom may have written it. Raises NoDocument.
    """
    whole: Any = kind
    try:
        return _of_class(whole)(document)
    except NoDocument:
        raise
    except (TypeError, ValueError, RecursionError) as wrong:
        raise NoDocument(f"it is no {kind.__name__}: {wrong}") from None


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


def _number(value: float) -> Any:
    return value if math.isfinite(value) else {_NUMBER: str(value)}


def _key(name: Any) -> str:
    if type(name) is not str:
        raise TypeError(f"the name {name!r} is no text")
    return name


def _object(told: dict[str, Any]) -> dict[str, Any]:
    return {_OBJECT: told} if told.keys() in ({_NUMBER}, {_OBJECT}) else told


@cache
def _of_class(kind: Any) -> _Decode:
    types = get_type_hints(kind)
    parts = {each.name: _decoder(types[each.name]) for each in fields(kind)}
    needed = {each.name for each in fields(kind) if each.default is MISSING and each.default_factory is MISSING}

    def decode(told: Any) -> Any:
        if not isinstance(told, dict):
            raise NoDocument(f"a {kind.__name__} is an object, not {_shown(told)}")
        missing = needed - told.keys()
        if missing:
            raise NoDocument(f"a {kind.__name__} has {', '.join(sorted(missing))}")
        return kind(**{name: part(told[name]) for name, part in parts.items() if name in told})

    return decode


def _decoder(kind: Any) -> _Decode:
    if kind is Any or kind is object:
        return _free
    if get_origin(kind) in (Union, UnionType):
        return _of_union(get_args(kind))
    if get_origin(kind) is tuple:
        return _of_tuple(get_args(kind))
    if get_origin(kind) is Mapping:
        return _of_mapping(_decoder(get_args(kind)[1]))
    if is_dataclass(kind) and isinstance(kind, type):
        return _of_class(kind)
    if issubclass(kind, Enum):
        enumeration: _Decode = kind
        return enumeration
    if kind in _PLAIN:
        return _of_plain(kind)
    raise TypeError(f"no document has a {kind}")


def _of_union(kinds: tuple[Any, ...]) -> _Decode:
    """One kind or none: no value of ours may be of two kinds."""
    others = [_decoder(each) for each in kinds if each is not NoneType]
    if len(others) != 1:
        raise TypeError(f"no document has one of {kinds}")
    decode = others[0]
    return lambda told: None if told is None else decode(told)


def _of_tuple(kinds: tuple[Any, ...]) -> _Decode:
    if kinds[-1] is Ellipsis:
        each = _decoder(kinds[0])
        return lambda told: tuple(each(one) for one in _of_plain(list)(told))
    parts = [_decoder(one) for one in kinds]
    return lambda told: tuple(part(one) for part, one in zip(parts, _of_plain(list)(told), strict=True))


def _of_mapping(decode: _Decode) -> _Decode:
    return lambda told: {name: decode(each) for name, each in _opened(told).items()}


def _of_plain(kind: type[Any]) -> _Decode:
    """A text, number or truth; a whole number is a number, and JSON may have written one so."""
    kinds = (float, int) if kind is float else (kind,)

    def decode(told: Any) -> Any:
        told = _not_finite(told) if kind is float and isinstance(told, dict) else told
        if type(told) not in kinds:
            raise NoDocument(f"{_shown(told)} is no {kind.__name__}")
        return told

    return decode


def _free(told: Any) -> Any:
    """What a person or a script wrote down as it liked."""
    if isinstance(told, dict):
        if told.keys() == {_NUMBER}:
            return _not_finite(told)
        return {name: _free(each) for name, each in _opened(told).items()}
    return [_free(each) for each in told] if isinstance(told, list) else told


def _opened(told: Any) -> dict[str, Any]:
    inner = told[_OBJECT] if isinstance(told, dict) and told.keys() == {_OBJECT} else told
    if not isinstance(inner, dict):
        raise NoDocument(f"{_shown(inner)} is no object")
    return inner


def _not_finite(told: dict[str, Any]) -> float:
    number = told.get(_NUMBER)
    if number not in ("nan", "inf", "-inf"):
        raise NoDocument(f"{_shown(told)} is no number")
    return float(number)


_LONGEST_SHOWN = 60


def _shown(told: Any) -> str:
    text = repr(told)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
