r"""The two kinds of expression by which Split Data chooses rows, as the designer writes them.

Both begin with one column: `\"name"`, `"name"` (a quote within the name stands twice), or `(\2)`, its position from 1.

* A relative expression goes on with comparisons of that column's values: `\"price" >= 5000 & < 20000 | == 99`. The
  operators are `<`, `<=`, `>`, `>=`, `==` and `!=`; `&` is and, `|` is or, read from left to right as the designer
  does, without parentheses. A value is a number, a date (`2020-01-31`, `2020-01-31 10:00`), a time span (`00:01:30`,
  `2.00:00:00`), `true`, `false` or a text, in quotes where it has `&`, `|` or quotes in it.
* A regular expression goes on with a pattern that is looked for in the texts of the column: `\"make" ^a`. It is of the
  kind RE2: without looking ahead or back, and never slow.

A missing cell satisfies no comparison; to a pattern it is an empty text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transom.components.columns import unknown_column
from transom.components.frame import Column, columns_of
from transom.components.native import CannotApply, Table
from transom.components.plain_values import Kind, Plain, floats_of_decimals, plain, truth
from transom.components.told import one_line

_BY_NAME = re.compile(r'\s*\\?"((?:[^"]|"")*)"')
_BY_POSITION = re.compile(r"\s*(?:\(\s*\\(\d{1,9})\s*\)|\\(\d{1,9})(?=[\s<>=!]))")
_TERM = re.compile(
    r"""\s*(?P<operator><=|>=|==|!=|<>|<|>|=)\s*"""
    r"""(?:"(?P<double>(?:[^"]|"")*)"|'(?P<single>(?:[^']|'')*)'|(?P<bare>[^&|"']*[^&|"'\s]))\s*"""
)
_NAMED_AGAIN = re.compile(r'\s*\\?"((?:[^"]|"")*)"(?=\s*[<>=!])')
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
    "==": pc.equal,
    "=": pc.equal,
    "!=": pc.not_equal,
    "<>": pc.not_equal,
}
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_SPAN = re.compile(r"(-?)(?:(\d{1,6})(?:\.| days? ?))?(\d{1,4}):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?")
_FORM = 'Write the column, then comparisons: \\"price" > 5000 & < 20000.'


def rows_of_relative(table: Table, expression: str) -> pa.ChunkedArray:
    """Which rows satisfy a relative expression, as true and false. Raises CannotApply."""
    column, rest = _column(table, expression)
    values = plain(column)
    result: pa.ChunkedArray | None = None
    join: str | None = "&"
    while join is not None:
        rest = _without_name(column, rest)
        found = _TERM.match(rest)
        if found is None:
            raise CannotApply(f"The expression has no comparison at {one_line(rest)!r}.", _FORM)
        rows = _compared(column, values, found)
        result = rows if result is None else (pc.and_ if join == "&" else pc.or_)(result, rows)
        rest = rest[found.end() :]
        join = rest[0] if rest else None
        if join not in (None, "&", "|"):
            raise CannotApply(f"The expression does not go on with & or | at {one_line(rest)!r}.", _FORM)
        rest = rest[1:]
    assert result is not None
    return result


def _without_name(column: Column, rest: str) -> str:
    """The rest of an expression without the name of its column, which may stand before each comparison."""
    again = _NAMED_AGAIN.match(rest)
    if again is None:
        return rest
    name = again[1].replace('""', '"')
    if column.name not in (name, name.removesuffix("\\")):
        raise CannotApply(
            f"The expression is about the column {column.name!r}, and then about {one_line(repr(name))}.",
            "Compare one column, and split the parts again, or use Apply SQL Transformation.",
        )
    return rest[again.end() :]


def rows_of_pattern(table: Table, expression: str) -> pa.ChunkedArray:
    """Which rows have a text that the pattern of a regular expression is found in. Raises CannotApply."""
    column, rest = _column(table, expression)
    values, pattern = plain(column), rest.strip()
    if values.kind is Kind.EMPTY:
        values = Plain(Kind.TEXT, values.values.cast(pa.string()))
    if values.kind is not Kind.TEXT:
        raise CannotApply(
            f"The column {column.name!r} holds {values.kind}, in which no pattern is looked for.",
            "Choose a column of text, make it text by Edit Metadata, or use a relative expression.",
        )
    if not pattern:
        raise CannotApply("The regular expression has no pattern.", 'Write it after the column: \\"make" ^a.')
    try:
        return pc.match_substring_regex(pc.fill_null(values.values, ""), pattern)
    except pa.ArrowInvalid as wrong:
        said = one_line(str(wrong).partition("): ")[2] or wrong)
        raise CannotApply(
            f"The pattern {one_line(pattern)!r} is no regular expression: {said}.",
            "Patterns are of the kind RE2: without looking ahead or back, and without references.",
        ) from None


def _column(table: Table, expression: str) -> tuple[Column, str]:
    """The column that an expression begins with, and the rest of it."""
    columns = columns_of(table)
    found = _BY_NAME.match(expression)
    if found is not None:
        return _by_name(columns, found[1], expression[found.end() :])
    found = _BY_POSITION.match(expression)
    if found is None:
        raise CannotApply(
            f"The expression {one_line(expression)!r} does not begin with a column.",
            'Write its name in quotes, \\"price", or its position, (\\2).',
        )
    position = int(found[1] or found[2])
    if not 1 <= position <= len(columns):
        raise CannotApply(
            f"The expression names the column {position}, and the table has {len(columns)}.", "Positions begin at 1."
        )
    return columns[position - 1], expression[found.end() :]


def _by_name(columns: list[Column], said: str, rest: str) -> tuple[Column, str]:
    """A backslash before the closing quote belongs to the quote, as before the opening one."""
    by_name = {column.name: column for column in columns}
    name = said.replace('""', '"')
    for each in (name, name.removesuffix("\\"), name.strip(), name.removesuffix("\\").strip()):
        if each in by_name:
            return by_name[each], rest
    raise unknown_column(name.removesuffix("\\"), list(by_name), "the expression")


def _compared(column: Column, values: Plain, term: re.Match[str]) -> pa.ChunkedArray:
    quoted = term["double"] if term["double"] is not None else term["single"]
    sign = '"' if term["double"] is not None else "'"
    text = quoted.replace(sign * 2, sign) if quoted is not None else term["bare"].strip()
    scalar = _VALUES.get(values.kind, _no_value)(values, text)
    if scalar is None:
        raise CannotApply(
            f"The column {column.name!r} holds {values.kind}, which cannot be compared with {one_line(text)!r}.",
            _ADVICE.get(values.kind, "Choose a column of numbers, dates, time spans, text, or true and false."),
        )
    if values.kind is Kind.EMPTY:
        return pc.fill_null(values.values.cast(pa.bool_()), False)
    return truth(_OPERATORS[term["operator"]](scalar.column, scalar.value))


@dataclass(frozen=True, slots=True)
class _Compared:
    """A column and a value in one type."""

    column: pa.ChunkedArray
    value: pa.Scalar


def _number(values: Plain, text: str) -> _Compared | None:
    if not _NUMBER.fullmatch(text):
        return None
    kind = values.values.type
    if pa.types.is_integer(kind) and re.fullmatch(r"[+-]?\d+", text):
        try:
            return _Compared(values.values, pa.scalar(int(text), kind))
        except (pa.ArrowException, OverflowError, ValueError):
            pass  # no value of the column is as large
    if pa.types.is_decimal(kind):
        return _Compared(floats_of_decimals(values.values), pa.scalar(float(text)))
    if not pa.types.is_float64(kind):
        return _Compared(values.values.cast(pa.float64(), safe=False), pa.scalar(float(text)))
    return _Compared(values.values, pa.scalar(float(text)))


def _text(values: Plain, text: str) -> _Compared:
    return _Compared(values.values, pa.scalar(text, values.values.type))


def _boolean(values: Plain, text: str) -> _Compared | None:
    truth_of = {"true": True, "1": True, "false": False, "0": False}.get(text.lower())
    if truth_of is None:
        return None
    return _Compared(values.values.cast(pa.int8()), pa.scalar(int(truth_of), pa.int8()))


def _instant(values: Plain, text: str) -> _Compared | None:
    """Compared in the finer of the two units, where that has room; a column with a zone by its instants."""
    for unit in ("ns", "us", "ms", "s"):
        try:
            moment = _moment(text, unit, zoned=values.kind is Kind.ZONED)
            column = values.values.cast(pa.timestamp(unit, "UTC" if values.kind is Kind.ZONED else None))
        except pa.ArrowException:
            continue
        return _Compared(column, moment)
    return None


def _moment(text: str, unit: str, *, zoned: bool) -> pa.Scalar:
    if zoned and not re.search(r"(Z|[+-]\d\d(:?\d\d)?)$", text[10:]):
        text += ("" if ":" in text else " 00:00") + "Z"
    return pa.scalar(text).cast(pa.timestamp(unit, "UTC" if zoned else None))


def _span(values: Plain, text: str) -> _Compared | None:
    found = _SPAN.fullmatch(text)
    if found is None:
        return None
    seconds = (int(found[2] or 0) * 24 + int(found[3])) * 3600 + int(found[4]) * 60 + int(found[5] or 0)
    count = seconds * 10**9 + int((found[6] or "").ljust(9, "0"))
    try:
        column = values.values.cast(pa.duration("ns"))
        return _Compared(column, pa.scalar(-count if found[1] else count, pa.duration("ns")))
    except (pa.ArrowException, OverflowError):
        return None


def _date(values: Plain, text: str) -> _Compared | None:
    return _instant(Plain(Kind.INSTANT, values.values.cast(pa.timestamp("s"))), text)


def _nothing(values: Plain, _text: str) -> _Compared:
    return _Compared(values.values, pa.scalar(None))


def _no_value(_values: Plain, _text: str) -> None:
    return None


_VALUES: dict[Kind, Callable[[Plain, str], _Compared | None]] = {
    Kind.NUMBER: _number,
    Kind.TEXT: _text,
    Kind.BOOLEAN: _boolean,
    Kind.INSTANT: _instant,
    Kind.ZONED: _instant,
    Kind.SPAN: _span,
    Kind.DATE: _date,
    Kind.EMPTY: _nothing,
}
_ADVICE = {
    Kind.NUMBER: "Give a number.",
    Kind.BOOLEAN: "Give true or false.",
    Kind.INSTANT: "Give a date, 2020-01-31, or a date and a time, 2020-01-31 10:00.",
    Kind.ZONED: "Give a date, or a date and a time with its offset, 2020-01-31 10:00+01:00.",
    Kind.DATE: "Give a date, 2020-01-31.",
    Kind.SPAN: "Give hours, minutes and seconds, 00:01:30, with days before a point, 2.00:00:00.",
}
