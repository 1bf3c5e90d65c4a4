"""What to do about a column or an attribute that a table does not have."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from transom.engine.checks.reading import words
from transom.engine.remedies.brevity import listed
from transom.engine.remedies.context import FailureContext
from transom.model.runs import Failure

_MOST_SHOWN = 20
#: So many of the columns that are not there are compared with those that are.
_MOST_WANTED = 5
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_NO_ATTRIBUTE = re.compile(r"'(DataFrame|Series)' object has no attribute '([^']+)'")
_ABSENT = (
    re.compile(r"^\"?(?P<names>\[.*\]) not in index\"?$"),
    re.compile(r"^\"?None of \[?(?:\w*Index\()?(?P<names>\[[^\]]*\])[^\[]*are in the \[(?:columns|index)\]"),
    re.compile(r"^\"?(?P<names>\[.*\]) not found in axis\"?$"),
    re.compile(r"labels (?P<names>\[.*\]) not contained in axis"),
    re.compile(r"Column\(s\) (?P<names>\[.*\]) do not exist"),
    re.compile(r"Usecols do not match columns, columns expected but not found: (?P<names>\[.*\])"),
    re.compile(r"Missing column provided to 'parse_dates': (?P<names>'.*')"),
    re.compile(r"Index (?P<names>'?.*'?) invalid"),
    re.compile(r"The following 'value_vars' are not present in the DataFrame: (?P<names>\[.*\])"),
)
_TYPES = frozenset({"KeyError", "ValueError", "IndexError", "AttributeError"})


def columns(failure: Failure, context: FailureContext) -> str | None:
    """The near name of a column that is not there, and the columns that are."""
    if failure.type not in _TYPES:
        return None
    attribute = _NO_ATTRIBUTE.search(failure.message)
    if attribute:
        return _attribute(attribute[2], failure, context)
    wanted = _wanted(failure, context)
    if wanted and _is_of_something_else(wanted[0], failure, context):
        return None
    tables = _tables_in_sight(failure, context)
    if not wanted or not tables:
        return None
    return _advice(wanted, tables, failure)


def _wanted(failure: Failure, context: FailureContext) -> list[str]:
    """The columns that were asked for and are not there."""
    for pattern in _ABSENT:
        found = pattern.search(failure.message)
        if found:
            return [one or other for one, other in _QUOTED.findall(found["names"])] or [found["names"].strip("[]")]
    if failure.type != "KeyError":
        return []
    key = context.text("key")
    return [key if key is not None else failure.message.strip("'\"")]


def _is_of_something_else(key: str, failure: Failure, context: FailureContext) -> bool:
    """Whether the failing line looks the key up in something that is no table."""
    code = failure.frames[-1].code if failure.frames else ""
    looked_up = re.findall(rf"(\w+)\s*\[\s*['\"]{re.escape(key)}['\"]", code)
    return bool(looked_up) and not set(looked_up) & set(context.columns())


def _tables_in_sight(failure: Failure, context: FailureContext) -> dict[str, tuple[str, ...]]:
    """The tables that the failing line names, or all where it names none."""
    told = context.columns()
    code = failure.frames[-1].code if failure.frames else ""
    named = {name: names for name, names in told.items() if re.search(rf"\b{re.escape(name)}\b", code)}
    return named or told


def _advice(wanted: list[str], tables: dict[str, tuple[str, ...]], failure: Failure) -> str | None:
    code = failure.frames[-1].code if failure.frames else ""
    is_named = any(re.search(rf"\b{re.escape(name)}\b", code) for name in tables)
    for missing in wanted[:_MOST_WANTED]:
        for name, names in tables.items():
            near = near_column(missing, names)
            if near is not None and near != missing:
                return f"Write {near!r}: {_columns_of(name, names)}"
    if wanted[0].lstrip("-").isdigit() and is_named:
        name, names = next(iter(tables.items()))
        return f"Columns are found by their name, rows and columns by position with iloc. {_columns_of(name, names)}"
    if not is_named:
        return None
    name, names = next(iter(tables.items()))
    if all(missing in names for missing in wanted):
        return None
    return _columns_of(name, names)


def _columns_of(name: str, names: tuple[str, ...]) -> str:
    if not names:
        return f"{name} has no columns."
    shown = listed([repr(each) for each in names], _MOST_SHOWN)
    return f"{name} has the column{'s' if len(names) > 1 else ''} {shown}."


def near_column(missing: str, names: Iterable[str]) -> str | None:
    """The column that was probably meant: the same but for case, spaces and signs; else one that looks alike."""
    folded: dict[str, str] = {}
    for each in names:
        folded.setdefault(_folded(each), each)
    if _folded(missing) in folded:
        return folded[_folded(missing)]
    near = difflib.get_close_matches(_folded(missing), folded, n=1, cutoff=0.7)
    return folded[near[0]] if near else None


def _folded(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold()) or name


def _attribute(name: str, failure: Failure, context: FailureContext) -> str | None:
    """A column asked for as an attribute, or a method that is spelled otherwise."""
    for table, names in _tables_in_sight(failure, context).items():
        near = near_column(name, names)
        if near is not None:
            return f"The column is called {near!r}: write `{table}[{near!r}]`. {_columns_of(table, names)}"
    close = difflib.get_close_matches(name, _METHODS, n=1, cutoff=0.75)
    return f"Did you mean `.{close[0]}`?" if close else None


_METHODS = words(
    "columns index shape values dtypes groupby describe dropna fillna drop_duplicates reset_index set_index sort_values"
    " sort_index merge join pivot_table iterrows itertuples items apply astype isnull notnull head tail sample rename"
    " to_csv to_dict to_numpy to_frame value_counts unique nunique replace query assign loc iloc mean median count"
    " duplicated select_dtypes corr concat melt stack unstack resample rolling shift diff interpolate"
)
