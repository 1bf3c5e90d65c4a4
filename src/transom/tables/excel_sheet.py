"""Which sheet of a workbook is read, where its table begins and ends, and what is said of it."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from transom.model.texts import cut, plain_name
from transom.tables.column_names import unique_names
from transom.tables.csv_text import MOST_COLUMNS
from transom.tables.excel_columns import ExcelColumn, Kind
from transom.tables.excel_errors import lost_cells
from transom.tables.growth import refuse_growth
from transom.tables.keeping import Columns, keep_columns, named_columns, words_sentence
from transom.tables.retyped import as_said, check_types_name_columns
from transom.tables.zipped import EXCEL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from transom.tables.reading import Read, Reading

_ROWS_AT_ONCE = 4096
_BYTES_OF_A_CELL = 8
_SHEETS_NAMED = 10
_LONGEST_NAME = 60


def read_sheet(reading: Reading, target: Path) -> Read:
    """Read the sheet that the options name, or the first visible one, into the step file `target`."""
    from python_calamine import CalamineError, PasswordError, load_workbook

    try:
        with reading.path.open("rb") as file, load_workbook(file) as workbook:
            number, warnings = _chosen(reading, workbook)
            sheet = workbook.get_sheet_by_index(number)
            columns = _Sheet(reading, sheet).columns()
    except PasswordError:
        raise reading.unreadable("it is locked by a password", "Save it without a password.") from None
    except (CalamineError, OSError, ValueError) as wrong:
        raise reading.broken(wrong, EXCEL) from None
    said = Columns(columns.names, columns.values, columns.rows, (*warnings, *columns.warnings))
    return keep_columns(reading, said, target, EXCEL)


def _chosen(reading: Reading, workbook: Any) -> tuple[int, tuple[str, ...]]:
    """The number of the sheet, and what is said of the others."""
    names = list(workbook.sheet_names)
    wanted = reading.options.sheet
    if wanted is None:
        return _first(reading, workbook, names)
    if wanted in names:
        return names.index(wanted), ()
    if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted[:6]) <= len(names):
        return int(wanted) - 1, ()
    alike = [number for number, name in enumerate(names) if name.strip().lower() == wanted.lower()]
    if len(alike) == 1:
        return alike[0], ()
    raise reading.unreadable(f"it has no sheet {_shown(wanted)}", f"Its sheets are {_list(names)}.")


def _first(reading: Reading, workbook: Any, names: list[str]) -> tuple[int, tuple[str, ...]]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    tables = [number for number, one in enumerate(workbook.sheets_metadata) if one.typ == SheetTypeEnum.WorkSheet]
    visible = [each for each in tables if workbook.sheets_metadata[each].visible == SheetVisibleEnum.Visible]
    if not tables:
        raise reading.unreadable("it has no sheet with cells", "Save a workbook with a table.")
    first = (visible or tables)[0]
    if len(tables) == 1:
        return first, ()
    others = [names[each] for each in tables if each != first]
    return first, (f"The sheet {_shown(names[first])} was read; sheet=NAME reads another: {_list(others)}.",)


class _Sheet:
    """One sheet on its way."""

    def __init__(self, reading: Reading, sheet: Any) -> None:
        self._reading = reading
        self._sheet = sheet

    def columns(self) -> Columns:
        """The table: from the first row with a cell on, without empty rows at its end. Raises InputUnreadable."""
        rows = (row for row in self._sheet.iter_rows())
        first = next((row for row in rows if any(cell != "" for cell in row)), None)
        if first is None:
            raise self._reading.unreadable(
                f"its sheet {_shown(self._sheet.name)} is empty", "Name another sheet: sheet=NAME."
            )
        self._check_size(len(first))
        has_header = self._reading.options.header is not False
        names = [_name(cell) for cell in first] if has_header else [f"Column{n}" for n in range(1, len(first) + 1)]
        found = self._read(rows if has_header else chain([first], rows), len(first))
        return self._finished(names, found)

    def _check_size(self, width: int) -> None:
        if width > MOST_COLUMNS:
            raise self._reading.unreadable(f"it has {width:,} columns", f"A table has {MOST_COLUMNS:,} at most.")
        size = self._sheet.height * width * _BYTES_OF_A_CELL
        refuse_growth(self._reading, size, self._reading.path.stat().st_size)

    def _read(self, rows: Iterator[list[Any]], width: int) -> list[ExcelColumn]:
        found = [ExcelColumn() for _ in range(width)]
        wanted = self._reading.sample
        done = 0
        while wanted is None or done < wanted:
            block = list(islice(rows, _ROWS_AT_ONCE if wanted is None else min(_ROWS_AT_ONCE, wanted - done)))
            if not block:
                break
            for column, cells in zip(found, zip(*block, strict=True), strict=True):
                column.take(cells)
            done += len(block)
        return found

    def _finished(self, names: list[str], found: list[ExcelColumn]) -> Columns:
        while found and not found[-1].kinds and not names[-1]:
            found.pop()
            names.pop()
        columns = dict(zip(unique_names(names)[0], found, strict=True))
        check_types_name_columns(self._reading, columns)
        warnings = [*self._said(columns)]
        values = []
        for name, column in columns.items():
            if name in self._reading.options.types:
                typed = as_said(self._reading, name, column.texts())
                values.append(typed.values)
                warnings.extend(typed.warnings)
            else:
                values.append(column.values())
        rows = max((_filled(each) for each in values), default=0)
        return Columns(names, [each.slice(0, rows) for each in values], rows, tuple(warnings))

    def _said(self, columns: dict[str, ExcelColumn]) -> Iterator[str]:
        lost = lost_cells(self._reading.path, self._sheet.name)
        start = self._sheet.start[1] if self._sheet.start else 0
        for cells, said in (
            (lost.errors, "Cells with an error, such as #N/A, were read as missing: {}."),
            (lost.formulas, "Formulas without a result were read as missing: {}. Excel calculates them when it saves."),
        ):
            found = {name: f"{cells[start + number]:,}" for number, name in enumerate(columns) if cells[start + number]}
            if found:
                yield said.format(named_columns(found))
        words = {name: f"{column.words:,}" for name, column in columns.items() if column.words}
        if words:
            yield words_sentence(named_columns(words))
        mixed = {
            name: " and ".join(kind.value for kind in Kind if kind in column.kinds and kind is not Kind.WORDS)
            for name, column in columns.items()
            if column.is_mixed and name not in self._reading.options.types
        }
        if mixed:
            yield f"Columns whose cells are of several kinds became text: {named_columns(mixed)}."


def _name(cell: Any) -> str:
    """The name that a cell of the header gives."""
    if cell == "":
        return ""
    column = ExcelColumn()
    column.take([cell])
    return str(column.texts()[0].as_py())


def _filled(column: pa.ChunkedArray) -> int:
    """The number of rows up to the last one that holds something."""
    rows = len(column)
    for chunk in reversed(column.chunks):
        rows -= len(chunk)
        if chunk.null_count < len(chunk):
            return rows + int(pc.indices_nonzero(chunk.is_valid())[-1].as_py()) + 1
    return 0


def _shown(name: str) -> str:
    return cut(plain_name(name), _LONGEST_NAME)


def _list(names: list[str]) -> str:
    shown = ", ".join(_shown(name) for name in names[:_SHEETS_NAMED])
    return shown + (f" and {len(names) - _SHEETS_NAMED} more" if len(names) > _SHEETS_NAMED else "")
