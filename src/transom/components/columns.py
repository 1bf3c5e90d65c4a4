"""Which columns of a table a person means: the forms of a `columns` parameter, and the nearest name to a wrong one.

A selection is a list of names, in the order in which the columns are wanted, or a mapping:

    [make, price]                          these, in this order
    {names: [make, price]}                 the same
    {all: true, except: [price]}           all but these
    {types: [numeric, datetime]}           by type: numeric, integer, double, boolean, string, datetime, timespan,
                                           categorical, other
    {roles: [label]}                       by role: feature, label, score, none; what has none is a feature
    {from: 1, to: 3}                       by position, from 1, both included; either may be left out

What a mapping names in several ways is added up in the order of the table, after `names`. `except` takes a list of
names, or another mapping of this kind, and is taken away in the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import pyarrow as pa

from transom.components.frame import Column, columns_of
from transom.components.native import CannotApply, Table
from transom.tables.description import ROLES

_KEYS = ("names", "all", "types", "roles", "from", "to", "except")
_TYPES = ("numeric", "integer", "double", "boolean", "string", "datetime", "timespan", "categorical", "other")
_FORMS = "Give a list of names, or a mapping with names, all, types, roles, from, to and except."
#: Among so many names the one that was meant is looked for, and so many of them are named.
_LOOKED_AT = 1000
_NAMED = 10
_LONGEST = 80


def selected(table: Table, said: Any, parameter: str) -> list[Column]:
    """The columns that a selection means, each once. Raises CannotApply."""
    columns = columns_of(table)
    return [columns[place] for place in _places(columns, said, parameter)]


def one_column(table: Table, name: str, parameter: str) -> Column:
    """The column of that name. Raises CannotApply."""
    columns = columns_of(table)
    return columns[_place({column.name: place for place, column in enumerate(columns)}, name, parameter)]


def _places(columns: Sequence[Column], said: Any, parameter: str) -> list[int]:
    if isinstance(said, str):
        said = [said]
    if isinstance(said, (list, tuple)):
        return _named(columns, said, parameter)
    if not isinstance(said, Mapping):
        raise CannotApply(f"{parameter} is no selection of columns: {_shown(said)}.", _FORMS)
    unknown = next((key for key in said if key not in _KEYS), None)
    if unknown is not None:
        raise CannotApply(f"{parameter} has {_shown(unknown)}, which no selection of columns has.", _FORMS)
    if not set(said) - {"except"}:
        raise CannotApply(f"{parameter} does not say which columns.", _FORMS)
    found = dict.fromkeys(_named(columns, _listed(said, "names", parameter), parameter))
    found |= dict.fromkeys(_by_order(columns, said, parameter))
    without = set(_places(columns, said["except"], f"`except` of {parameter}")) if said.get("except") else set()
    return [place for place in found if place not in without]


def _by_order(columns: Sequence[Column], said: Mapping[str, Any], parameter: str) -> Iterable[int]:
    if said.get("all") not in (None, True, False):
        raise CannotApply(f"`all` of {parameter} is {_shown(said['all'])}.", "Write `all: true`.")
    kinds = _words(_listed(said, "types", parameter), _TYPES, f"`types` of {parameter}")
    roles = _words(_listed(said, "roles", parameter), ROLES, f"`roles` of {parameter}")
    between = _between(len(columns), said, parameter)
    for place, column in enumerate(columns):
        fits = said.get("all") or place in between or (column.role or "feature") in roles
        if fits or (kinds and not kinds.isdisjoint(types_of(column))):
            yield place


def types_of(column: Column) -> set[str]:
    """The words of a selection that a column's type answers to."""
    kind = column.values.type
    if pa.types.is_dictionary(kind):
        return {"categorical"}
    word = (column.encoding or {}).get("encoding", "")
    if word in ("period", "moments"):
        return {"datetime"} if word == "moments" else {"other"}
    if word in ("integers", "decimals"):
        return {"numeric", "integer"} if word == "integers" else {"numeric"}
    for fits, words in _WORDS:
        if fits(kind):
            return words
    return {"other"}


_WORDS = (
    (pa.types.is_boolean, {"boolean"}),
    (pa.types.is_integer, {"numeric", "integer"}),
    (pa.types.is_floating, {"numeric", "double"}),
    (pa.types.is_decimal, {"numeric"}),
    (lambda kind: kind in (pa.string(), pa.large_string()), {"string"}),
    (pa.types.is_timestamp, {"datetime"}),
    (pa.types.is_date, {"datetime"}),
    (pa.types.is_duration, {"timespan"}),
)


def _between(count: int, said: Mapping[str, Any], parameter: str) -> range:
    if "from" not in said and "to" not in said:
        return range(0)
    ends = []
    for key, default in (("from", 1), ("to", count)):
        end = default if said.get(key) is None else said[key]
        if isinstance(end, bool) or not isinstance(end, int) or not 1 <= end <= count:
            raise CannotApply(
                f"`{key}` of {parameter} is {_shown(end)}, and the table has {count} columns.",
                f"Give a position from 1 to {count}." if count else "Select no columns of a table that has none.",
            )
        ends.append(end)
    if ends[0] > ends[1]:
        raise CannotApply(f"{parameter} goes from {ends[0]} to {ends[1]}.", "Give the smaller position first.")
    return range(ends[0] - 1, ends[1])


def _named(columns: Sequence[Column], names: Iterable[Any], parameter: str) -> list[int]:
    places = {column.name: place for place, column in enumerate(columns)}
    return list(dict.fromkeys(_place(places, name, parameter) for name in names))


def _place(places: Mapping[str, int], name: Any, parameter: str) -> int:
    if isinstance(name, (int, float)) and not isinstance(name, bool):
        name = str(name)  # a year as the name of a column is a number in YAML
    if not isinstance(name, str):
        raise CannotApply(f"{parameter} has {_shown(name)} where the name of a column belongs.", _FORMS)
    if name not in places:
        raise unknown_column(name, list(places), parameter)
    return places[name]


def unknown_column(name: str, known: Sequence[str], parameter: str) -> CannotApply:
    """The error for a column that is not there."""
    near = get_close_matches(name[:_LONGEST], known[:_LOOKED_AT], n=1)
    meant = f"Did you mean {near[0]!r}? " if near else ""
    more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
    has = f"The columns are {', '.join(map(_cut, known[:_NAMED]))}{more}." if known else "The table has no columns."
    return CannotApply(f"There is no column {_cut(name)!r}, which {parameter} names.", f"{meant}{has}")


def _listed(said: Mapping[str, Any], key: str, parameter: str) -> list[Any]:
    value = said.get(key)
    if value is None:
        return []
    if isinstance(value, (list, tuple)):
        return list(value)
    if isinstance(value, Mapping):
        raise CannotApply(f"`{key}` of {parameter} is {_shown(value)}.", f"Give a list: `{key}: [...]`.")
    return [value]


def _words(values: Iterable[Any], known: Sequence[str], where: str) -> set[str]:
    for value in values:
        if value not in known:
            near = get_close_matches(str(value)[:_LONGEST], known, n=1)
            meant = f"Did you mean {near[0]}? " if near else ""
            raise CannotApply(f"{where} has {_shown(value)}.", f"{meant}There are {', '.join(known)}.")
    return set(values)


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…"


def _shown(value: Any) -> str:
    return _cut(repr(value))
