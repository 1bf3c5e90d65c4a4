"""How JSON lines, or a JSON file of one array, become a step file: block by block, each column of one type."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from transom.tables.growth import refuse_growth
from transom.tables.json_lines_elements import are_elements, as_lines
from transom.tables.json_lines_exact import BYTES_OF_A_CELL, names_of, refuse_half_pairs, rows_of
from transom.tables.json_lines_fast import parsed
from transom.tables.json_lines_types import Seen, array_of
from transom.tables.keeping import Columns, keep_columns, named_columns
from transom.tables.lines import Lines, Place
from transom.tables.retyped import as_dates, as_said, check_types_name_columns
from transom.tables.utf_8 import with_utf_8

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from transom.tables.reading import Read, Reading

WORD = "JSON lines"


def read_json_lines(reading: Reading, target: Path) -> Read:
    """Read an object a line, or one array of objects, into the step file `target`."""
    return _kept(reading, target, WORD)


def read_json(reading: Reading, target: Path) -> Read:
    """Read the same from a file whose ending says less."""
    return _kept(reading, target, "JSON")


def _kept(reading: Reading, target: Path, word: str) -> Read:
    columns, warnings = with_utf_8(reading, target, lambda path: _read(reading, path, target))
    columns = Columns(columns.names, columns.values, columns.rows, (*warnings, *columns.warnings))
    return keep_columns(reading, columns, target, word)


def _read(reading: Reading, path: Path, target: Path) -> Columns:
    if not are_elements(path):
        return _columns(reading, Lines(reading, path))
    lines = target.with_name(f"{target.name}.lines")
    try:
        as_lines(reading, path, lines)
        return _columns(reading, Lines(reading, lines, "element"))
    finally:
        lines.unlink(missing_ok=True)


def _columns(reading: Reading, lines: Lines) -> Columns:
    blocks = _Blocks(reading, lines)
    blocks.read()
    names = list(blocks.seen)
    check_types_name_columns(reading, names)
    rows = sum(block.rows for block in blocks.kept)
    values: list[pa.ChunkedArray] = []
    warnings: list[str] = []
    for name, seen in blocks.seen.items():
        column = pa.chunked_array([block.arrays[name] for block in blocks.kept])
        typed = as_said(reading, name, column) if seen.said else None
        if seen.type() == pa.string() and not seen.said:
            typed = as_dates(name, column)
        values.append(column if typed is None else typed.values)
        warnings.extend(() if typed is None else typed.warnings)
    return Columns(names, values, rows, (*blocks.warnings(), *_of_one_object(values, rows), *warnings))


def _of_one_object(values: list[pa.ChunkedArray], rows: int) -> tuple[str, ...]:
    if rows != 1 or not any(pa.types.is_nested(one.type) for one in values):
        return ()
    return (
        "It holds one object, which became one row. pandas writes a table with a row an object by "
        'to_json(PATH, orient="records", lines=True).',
    )


@dataclass(slots=True)
class _Block:
    """A block that has been read: its columns in the types that were known then."""

    place: Place
    rows: int
    arrays: dict[str, pa.Array]


class _Blocks:
    """The blocks of a text, and what was seen in all of them so far."""

    def __init__(self, reading: Reading, lines: Lines) -> None:
        self._reading = reading
        self._lines = lines
        self.seen: dict[str, Seen] = {}
        self.kept: list[_Block] = []

    def read(self) -> None:
        """Read as many blocks as are wanted; afterwards all of them have the same columns in the same types."""
        rows = 0
        for block in self._in_order():
            self.kept.append(block)
            rows += block.rows
            self._reading.tell(block.place[1], self._lines.size)
            if self._reading.sample is not None and rows >= self._reading.sample:
                break
        if not self.kept or not rows:
            raise self._reading.unreadable("it holds no rows", "Give a file with an object a line.")
        refuse_growth(self._reading, rows * len(self.seen) * BYTES_OF_A_CELL, self._reading.path.stat().st_size)
        # what a late block showed may make other types of what was read before, and so on, until nothing changes
        changed = True
        while changed:
            changed = False
            for block in self.kept:
                changed |= not self._brought_in_line(block)

    def warnings(self) -> tuple[str, ...]:
        """What is said of columns that had to become text."""
        found = {name: seen.why() for name, seen in self.seen.items() if seen.type() is None and not seen.said}
        return (f"No type holds all values of these columns, so they became text: {named_columns(found)}.",) * bool(
            found
        )

    def _in_order(self) -> Iterator[_Block]:
        """The blocks; while Python looks at one, Arrow reads the next ones with the types that are known."""
        ahead = pa.cpu_count() + 1 if self._reading.sample is None else 1
        waiting: deque[tuple[Place, pa.Schema | None, Future[pa.Table | None]]] = deque()
        with ThreadPoolExecutor(ahead) as pool:
            places = self._lines.places()
            while True:
                for place in places:
                    schema = self._schema()
                    waiting.append((place, schema, pool.submit(self._parsed, place, schema)))
                    if len(waiting) >= ahead:
                        break
                if not waiting:
                    return
                place, schema, future = waiting.popleft()
                yield self._taken(place, schema, future.result())

    def _taken(self, place: Place, schema: pa.Schema | None, table: pa.Table | None) -> _Block:
        if table is None and schema != self._schema():  # what came between may have told what this block needs
            table = self._parsed(place, self._schema())
        return self._exact(place) if table is None else self._of(place, table)

    def _parsed(self, place: Place, schema: pa.Schema | None) -> pa.Table | None:
        return None if schema is None else parsed(self._lines.content(place), schema)

    def _of(self, place: Place, table: pa.Table) -> _Block:
        arrays = {name: _one(table.column(name)) for name in table.schema.names}
        for name, array in arrays.items():
            if pa.types.is_integer(array.type) and array.null_count < len(array):
                ends = pc.min_max(array).as_py()
                self.seen[name].reach(ends["min"], ends["max"])
        return _Block(place, table.num_rows, arrays)

    def _exact(self, place: Place) -> _Block:
        rows = rows_of(self._reading, self._lines, place)
        try:
            arrays = {}
            for name in names_of(self._reading, rows, self.seen):
                values = [row.get(name) for row in rows]
                name.encode()
                seen = self.seen.setdefault(name, Seen(said=name in self._reading.options.types))
                seen.look(values)
                arrays[name] = array_of(values, seen.type())
        except UnicodeEncodeError:
            refuse_half_pairs(self._reading, self._lines, place)
            raise
        return _Block(place, len(rows), arrays)

    def _schema(self) -> pa.Schema | None:
        """The types as Arrow's reader can be told them; None where a column is text whatever its values are."""
        kinds = {name: seen.type() for name, seen in self.seen.items()}
        return None if None in kinds.values() else pa.schema(list(kinds.items()))

    def _brought_in_line(self, block: _Block) -> bool:
        """Whether the columns of a block are of the types that are known now; if not, they are read again."""
        arrays = {}
        for name, seen in self.seen.items():
            array = block.arrays.get(name)
            kind = seen.type()
            wanted = pa.string() if kind is None else kind
            lifted = _lifted(pa.nulls(block.rows) if array is None else array, wanted)
            if lifted is None:
                schema = self._schema()
                again = self._taken(block.place, schema, self._parsed(block.place, schema))
                block.arrays = again.arrays
                return False
            arrays[name] = lifted
        block.arrays = arrays
        return True


def _lifted(array: pa.Array, wanted: pa.DataType) -> pa.Array | None:
    """The array in a type that holds all of its values as well; None where that has to be read."""
    if array.type == wanted:
        return array
    if pa.types.is_null(array.type):
        return pa.nulls(len(array), wanted)
    wider = pa.types.is_integer(array.type) and (pa.types.is_floating(wanted) or pa.types.is_integer(wanted))
    return array.cast(wanted) if wider else None


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)
