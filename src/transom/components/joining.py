"""How two tables become one: which rows are taken of each, what the columns are called, and whether there is room."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from transom.components.categories import not_categorical
from transom.components.columns import selected
from transom.components.frame import Column, filtered, made_of, without_index
from transom.components.gaps import with_gaps
from transom.components.join_data import ANTI, FULL, INNER, LEFT, SEMI
from transom.components.join_keys import key_of
from transom.components.matching import Matches, Pairs
from transom.components.native import CannotApply, Given, Made, Stopped, Table
from transom.components.plain_values import floats_of_decimals, is_text
from transom.tables.leaving import nan_to_null

_MOST_TEXT = 2**31 - 1
_UNITS = ("s", "ms", "us", "ns")


def joined(given: Given) -> Made:
    """The joined table; its row index is nothing but row numbers. Raises CannotApply and Stopped."""
    said = given.parameters
    join = _Join(given, _flat(given, "dataset1"), _flat(given, "dataset2"))
    left_keys, right_keys = join.keys()
    keys = [key_of(one, other, match_case=said["match_case"]) for one, other in zip(left_keys, right_keys, strict=True)]
    _ask(given)
    matches = Matches.of(keys)
    if said["join_type"] in (SEMI, ANTI):
        return {"results_dataset": join.chosen(matches)}
    join.check_room(matches)
    return {"results_dataset": join.paired(matches, left_keys, right_keys)}


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two tables, without its row index."""

    table: Table
    columns: Sequence[Column]

    @property
    def rows(self) -> int:
        return self.table.description.rows

    @property
    def bytes_of_row(self) -> float:
        return float(sum(column.values.nbytes for column in self.columns)) / max(self.rows, 1)


def _flat(given: Given, port: str) -> _Side:
    table = given.tables[port]
    columns, said = without_index(table)
    for sentence in said:
        given.say(f"{port}: {sentence}")
    return _Side(made_of(columns, table.description.rows, table.description), columns)


def _ask(given: Given) -> None:
    if given.stopped():
        raise Stopped


@dataclass(frozen=True, slots=True)
class _Join:
    """Two tables, and what is asked of them."""

    given: Given
    left: _Side
    right: _Side

    def keys(self) -> tuple[list[Column], list[Column]]:
        """The key columns of both. Raises CannotApply."""
        said = self.given.parameters
        left = selected(self.left.table, said["left_keys"], "left_keys")
        wanted = said["right_keys"] if said["right_keys"] is not None else [column.name for column in left]
        right = selected(self.right.table, wanted, "right_keys")
        if not left or len(left) != len(right):
            raise CannotApply(
                f"left_keys selects {len(left)} columns, right_keys {len(right)}.",
                "Name as many of the one as of the other, and at least one.",
            )
        return left, right

    def check_room(self, matches: Matches) -> None:
        """Raise CannotApply where the joined rows can never be held, as where a key stands often on both sides."""
        kind = self.given.parameters["join_type"]
        rows = matches.count(outer=kind != INNER) + (self.right.rows if kind == FULL else 0)
        most = self.given.memory or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        size = rows * (self.left.bytes_of_row + self.right.bytes_of_row)
        if size > most and rows > self.left.rows + self.right.rows:
            raise CannotApply(
                f"The join would have {rows:,} rows of about {size / 2**30:,.1f} GiB, more than fit into memory: "
                "values of the keys stand often on both sides.",
                "Join by more columns, or make the keys of one side unique first.",
            )

    def chosen(self, matches: Matches) -> Table:
        """The left rows that match, or those that do not."""
        mask = matches.is_matched
        if self.given.parameters["join_type"] == ANTI:
            mask = pc.invert(mask)
        count = int(pc.sum(mask, min_count=0).as_py())
        columns = self.left.columns
        if count < self.left.rows:
            columns = [replace(column, values=filtered(column.values, mask, count)) for column in columns]
        return made_of(columns, count, self.left.table.description)

    def paired(self, matches: Matches, left_keys: Sequence[Column], right_keys: Sequence[Column]) -> Table:
        """The rows side by side."""
        kind = self.given.parameters["join_type"]
        pairs = {INNER: matches.inner, LEFT: matches.left_outer, FULL: matches.full_outer}[kind]()
        keep, right = self.given.parameters["keep_right_keys"], list(self.right.columns)
        key_names = [column.name for column in right_keys]
        if not keep:
            right = [column for column in right if column.name not in key_names]
        left = [self._taken(column, pairs.left) for column in self.left.columns]
        if not keep and kind == FULL and pairs.left is not None:
            filled = _filled(pairs, left_keys, right_keys)
            left = [filled.get(column.name, column) for column in left]
        taken = [self._taken(column, pairs.right) for column in right]
        columns = [*left, *self._renamed(taken)]
        return made_of([with_gaps(column) for column in columns], pairs.rows, self.left.table.description)

    def _taken(self, column: Column, rows: pa.Array | None) -> Column:
        _ask(self.given)
        return column if rows is None else replace(column, values=_take(column.values, rows))

    def _renamed(self, right: Sequence[Column]) -> Iterable[Column]:
        """Right columns whose names the left table has too get a number, the same one for all."""
        left, others = {column.name for column in self.left.columns}, {column.name for column in right}
        both = [column.name for column in right if column.name in left]
        number = 1
        while any(f"{name}_{number}" in left or f"{name}_{number}" in others for name in both):
            number += 1
        for name in both:
            self.given.say(f"The right column {name} is named {name}_{number}, as the left table has one of its name.")
        for column in right:
            yield replace(column, name=f"{column.name}_{number}") if column.name in left else column


def _filled(pairs: Pairs, left_keys: Sequence[Column], right_keys: Sequence[Column]) -> dict[str, Column]:
    """The left key columns with the right keys of rows that only the right table has."""
    made = {}
    for left, right in zip(left_keys, right_keys, strict=True):
        one, other = not_categorical(left), not_categorical(right)
        try:
            one = _widened(one, other.values.type)
            values = _as_exactly(_take(other.values, pairs.right), one.values.type)
        except pa.ArrowException:
            raise CannotApply(
                f"The keys {left.name!r} ({left.dtype}) and {right.name!r} ({right.dtype}) have no common type.",
                "Keep the right keys (`keep_right_keys: true`), or make them of one type by Edit Metadata.",
            ) from None
        only_right = pc.is_null(pairs.left)
        mine = _take(one.values, pairs.left)
        made[left.name] = replace(one, values=pc.if_else(only_right, values, mine))
    return made


def _widened(column: Column, other: pa.DataType) -> Column:
    """The column in the type of the other's values where that is the wider of two floats, or of two units of time."""
    kind = column.values.type
    if pa.types.is_floating(kind) and pa.types.is_floating(other) and other.bit_width > kind.bit_width:
        name = f"float{other.bit_width}"
        name = name.capitalize() if column.dtype.startswith("Float") else name
        return replace(column, values=column.values.cast(other), entry=None, encoding={"dtype": name})
    for are_such, wide in _TIMES if column.dtype != "object" else ():  # objects have no finer units
        if are_such(kind) and are_such(other) and _UNITS.index(other.unit) > _UNITS.index(kind.unit):
            values = column.values.cast(wide(other.unit, kind))
            encoding = column.encoding
            if encoding is not None:
                encoding = {**encoding, "dtype": column.dtype.replace(f"[{kind.unit}", f"[{other.unit}")}
            return replace(column, values=values, entry=None, encoding=encoding)
    return column


_TIMES: tuple[tuple[Callable[[pa.DataType], bool], Callable[[str, pa.DataType], pa.DataType]], ...] = (
    (pa.types.is_timestamp, lambda unit, kind: pa.timestamp(unit, kind.tz)),
    (pa.types.is_duration, lambda unit, _kind: pa.duration(unit)),
)


def _as_exactly(values: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """The values in that type, NaN as null. Raises ArrowInvalid where it has no room for one."""
    if pa.types.is_floating(values.type):
        values = nan_to_null(values)
        made = values.cast(kind)
        if pa.types.is_decimal(kind) and not _are_equal(values.cast(pa.float64()), floats_of_decimals(made)):
            raise pa.ArrowInvalid("a decimal would be rounded")
        return made
    if pa.types.is_decimal(values.type) and pa.types.is_floating(kind):
        return floats_of_decimals(values).cast(kind)
    return values.cast(kind)


def _are_equal(one: pa.ChunkedArray, other: pa.ChunkedArray) -> bool:
    return pc.all(pc.equal(one, other)).as_py() in (True, None)


def _take(values: pa.ChunkedArray, rows: pa.Array) -> pa.ChunkedArray:
    """The values of these rows; text that becomes too long for its type gets a wider one."""
    kind = values.type
    if (pa.types.is_string(kind) or pa.types.is_binary(kind)) and _letters(values, rows) > _MOST_TEXT:
        values = values.cast(pa.large_string() if is_text(kind) else pa.large_binary())
    return values.take(rows)


def _letters(values: pa.ChunkedArray, rows: pa.Array) -> int:
    """How many bytes the texts of these rows have; counted only where they may be too many."""
    if values.nbytes / max(len(values), 1) * len(rows) < _MOST_TEXT / 4:
        return 0
    return int(pc.sum(pc.binary_length(values).cast(pa.int64()).take(rows)).as_py() or 0)
